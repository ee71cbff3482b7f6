# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from . import crm_lead_lost
from . import crm_pipeline_setup
from . import crm_stage_override
