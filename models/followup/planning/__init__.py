# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.

# What is next for a lead, and by when: the policies, the curve, working time.
from . import hours
from . import facts
from . import curve
from . import marks
from . import planner
from . import happening
from . import by_hand
from . import crm_followup_policy
from . import crm_followup_step
from . import crm_followup_mark
from . import crm_followup_engine
from . import crm_followup_engine_clock
from . import crm_lead
