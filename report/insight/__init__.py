# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from . import story_arms
from . import crm_lead_event
from . import crm_lead_report_flow
from . import crm_lead_report_funnel
from . import crm_picking_watch
