# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from . import crm_nurture_track
from . import crm_nurture_step
from . import crm_nurture_enrollment
from . import crm_nurture_delivery
from . import running
from . import crm_nurture_engine
from . import crm_nurture_engine_clock
from . import crm_message_queue
from . import crm_lead
from . import crm_followup_engine
from . import crm_review_line
from . import crm_followup_policy
from . import crm_stage_dormancy
from . import crm_nurture_station
from . import crm_experiment
from . import crm_message_template
