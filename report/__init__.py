# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from . import insight
from . import followup
from . import message
from . import nurture
from . import routing
