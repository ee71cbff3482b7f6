# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from . import crm_lead_grade_manual
from . import crm_scorecard_bench
from . import crm_scorecard_compare
from . import crm_scorecard_learn
from . import crm_scorecard_shares
