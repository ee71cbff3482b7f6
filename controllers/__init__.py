# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from . import crm_guide
from . import crm_intake
from . import crm_message
