# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.

# What is planned with leads, and what becomes of it: the ledger, and Odoo's activities.
from . import arrays
from . import ledger
from . import activities
from . import effective
from . import wanted
from . import settling
from . import crm_lead_followup
from . import mail_activity
