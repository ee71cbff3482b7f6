# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from . import what_next
from . import persona
from . import intake
from . import scoring
from . import routing
from . import followup
from . import message
from . import activity
from . import pipeline

# The set-up assistant leads through all rooms.
from . import checks
from . import crm_lead_management_health
from . import crm_lead_management_setup
from . import nurture
