# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from . import test_nurture_engine
from . import test_nurture_exits
from . import test_nurture_run
from . import test_nurture_processes
from . import test_nurture_review
from . import test_nurture_tours
from . import test_nurture_deleting
from . import test_nurture_design
from . import test_nurture_figures
from . import test_nurture_table
