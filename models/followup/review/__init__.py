# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.

# The weekly review: what to talk about, what was decided, what became of it.
from . import agenda
from . import crm_review_meeting
from . import crm_review_line
