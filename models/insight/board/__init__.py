# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.

# The board: what figures say of a period, for whom, and what is kept by night.
from . import crm_insight_stock
from . import crm_insight_target
from . import crm_insight
from . import people_measures
from . import crm_insight_people
from . import crm_review_meeting
from . import digest_digest
from . import utm_medium
from . import crm_source_cost
from . import waste
from . import crm_insight_money
