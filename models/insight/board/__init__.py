# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.

# The board: what figures say of a period, for whom, and what is kept by night.
from . import crm_insight_stock
from . import crm_insight
