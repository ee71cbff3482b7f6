# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from . import test_architecture
from . import test_demo
from . import test_hub
from . import test_lead_batch
from . import test_load_data
from . import test_load_data_rows
from . import test_main_tours
from . import test_rule_mixin
from . import test_setup
from .persona import *
from .qualifier import *
from .scoring import *
from .activity import *
from .routing import *
from .message import *
from .pipeline import *
