# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from . import rescore_case
from . import test_behaviour
from . import test_explain
from . import test_learning
from . import test_queue_job
from . import test_queue_job_processes
from . import test_review
from . import test_score_engine
from . import test_score_processes
from . import test_scorecard
from . import test_scoring_tours
from . import test_starter
from . import test_trend
from . import test_trial
from . import test_versions
from . import test_x_education
from . import x_education
