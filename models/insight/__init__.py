# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from . import audit
from . import card
from . import crm_lead
from . import headline
from . import figures
from . import board
