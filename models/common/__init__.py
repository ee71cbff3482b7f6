# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.

# What all rooms share; it knows none of them, but for their names in the hub (crm_lead.py).
# Plain Python first, then the models.
from . import contacts
from . import context
from . import field_kinds
from . import guarded
from . import moments
from . import rights
from . import working_hours
from . import crm_config_mixin
from . import res_company
from . import rule
from . import crm_lead_station
from . import crm_lead_evaluator
from . import crm_lead
from . import crm_lead_store
from . import batch
from . import carrying
from . import ir_ui_menu
from . import res_config_settings
