# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.

# How entries are kept, whose turn it is to process them, and what became of them.
from . import outcome
from . import turn
from . import letterbox
