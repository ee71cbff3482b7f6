# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from . import closed
from . import grading
from . import learning
from . import judging
from . import res_company
from . import cards
from . import no_circles
from . import crm_lead_grade_log
from . import crm_lead_grade_shadow
from . import crm_score_engine
from . import crm_score_engine_batch
from . import crm_lead
from . import crm_lead_batch
from . import crm_lead_trend
from . import crm_scoring_station
