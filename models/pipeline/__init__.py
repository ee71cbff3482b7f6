# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from . import res_company
from . import crm_stage
from . import crm_stage_gate
from . import crm_stage_gatekeeper
from . import crm_stage_dormancy
from . import crm_lead_stage_log
from . import crm_lead_stage_history
from . import crm_pipeline_setup_log
from . import crm_pipeline_plan
from . import crm_pipeline_plan_apply
from . import crm_pipeline_mover
from . import crm_lead
from . import crm_pipeline_station
from . import product_catalog_mixin
from . import res_config_settings
