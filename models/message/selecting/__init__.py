# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from . import crm_message_batch
from . import crm_message_batch_line
