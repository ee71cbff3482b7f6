# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from . import crm_message_batch
from . import crm_message_compose
from . import mail_compose_message
from . import sms_composer
from . import crm_pipeline_setup
from . import crm_lead_management_setup
from . import crm_stage_override
from . import crm_routing_pause
from . import crm_scorecard_learn
from . import crm_lead_grade_manual
from . import crm_scorecard_compare
from . import crm_scorecard_bench
from . import crm_segment_assign
from . import crm_routing_gallery
from . import crm_routing_trial
from . import crm_routing_reassign
from . import crm_touchpoint_import
