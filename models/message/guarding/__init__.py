# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from . import zones
from . import blocks
from . import holds
from . import privacy
from . import unsubscribe
from . import crm_message_guard
from . import crm_lead_routing_log
