# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from . import mail_template
from . import sms_template
from . import mail_blacklist
from . import phone_blacklist
from . import mail_mail
from . import mail_notification
from . import mail_scheduled_message
from . import mail_thread
from . import sms_sms
from . import sms_tracker
from . import res_partner
from . import turn
from . import crm_message_queue
