# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.

# What is counted of the other rooms, and how: plain classes, and what leads say of themselves.
from . import figure
from . import sources
from . import customers
from . import catalogue
from . import tables
from . import scope
from . import conditions
from . import counting
from . import tabling
from . import buying
from . import crm_lead
