# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from . import crm_routing_pause
from . import crm_routing_trial
from . import crm_followup_next
from . import crm_followup_change
from . import crm_followup_preview
from . import crm_followup_clock
