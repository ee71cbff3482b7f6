# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from . import crm_message_template
from . import crm_message_placeholder
from . import crm_message_proposal
from . import crm_message_figures
from . import crm_message_guard
from . import crm_message_hold
from . import crm_message_whatsapp
from . import crm_message_sender
from . import crm_message_planner
from . import mail_render
from . import crm_message_first
from . import crm_routing_rule
from . import mail_scheduled_message
from . import crm_touchpoint
from . import crm_scorecard_grade
from . import res_company
from . import crm_lead
