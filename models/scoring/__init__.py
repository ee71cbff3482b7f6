# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from . import crm_scorecard
from . import crm_scorecard_grade
from . import crm_scorecard_group
from . import crm_scorecard_rule
from . import crm_score_facts
from . import crm_scorecard_suggest
from . import crm_scorecard_evaluation
from . import crm_scorecard_evaluate
from . import crm_lead_grade_log
from . import crm_score_engine
from . import crm_lead
