# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from . import test_lead_evaluator
from . import test_qualifier_answer
from . import test_qualifier_conflict
from . import test_qualifier_engine
from . import test_qualifier_merge
from . import test_qualifier_tours
from . import test_faults_merge
from . import test_progress
