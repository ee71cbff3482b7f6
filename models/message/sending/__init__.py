# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from . import problems
from . import undelivered
from . import crm_message_claim
from . import crm_message_whatsapp
from . import crm_message_sender
from . import crm_message_planner
from . import mail_activity
