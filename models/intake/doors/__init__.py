# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.

# Doors of Odoo's own, at which somebody has to stand.
from . import mailbox
from . import meta
from . import website
from . import mail_thread
