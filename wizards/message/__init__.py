# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from . import crm_message_compose
from . import mail_compose_message
from . import sms_composer
from . import crm_message_preview
from . import crm_message_texts
