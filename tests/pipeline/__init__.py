# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from . import test_channels
from . import test_dormancy
from . import test_facts
from . import test_orders
from . import test_pipeline_setup
from . import test_pipeline_tours
from . import test_qualified
from . import test_stage_gate
from . import test_stage_history
from . import test_stages
from . import test_faults_stages
from . import test_unqualified_window
