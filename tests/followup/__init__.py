# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from . import test_followup_accounts
from . import test_followup_care
from . import test_followup_day
from . import test_followup_engine
from . import test_followup_review
from . import test_followup_board
from . import test_followup_steps
from . import test_followup_tours
from . import test_followup_week
from . import test_followup_bad_input
from . import test_followup_home
from . import test_followup_marks
from . import test_followup_meetings
from . import test_followup_processes
from . import test_followup_publish
