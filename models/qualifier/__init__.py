# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from . import res_company
from . import crm_qualifier
from . import crm_qualifier_conflict
from . import crm_qualifier_option
from . import crm_qualifier_answer_value
from . import crm_qualifier_answer
from . import crm_qualifier_engine
from . import crm_qualifier_checklist
from . import crm_lead
from . import crm_qualifier_station
from . import ir_ui_menu
from . import crm_intake_mapping
from . import crm_intake_writer
