# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from . import crm_touchpoint_collector
from . import crm_touchpoint_cursor
from . import crm_touchpoint
from . import crm_touchpoint_intake
from . import discuss_channel
from . import mail_thread
from . import mail_scheduled_message
from . import mail_activity
from . import mail_blacklist
from . import phone_blacklist
from . import crm_lead
from . import calendar_event
from . import crm_activity_station
