# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from . import res_company
from . import crm_lead_group_mixin
from . import crm_persona
from . import crm_persona_criterion
from . import crm_segment
from . import crm_info_item
from . import crm_persona_matcher
from . import crm_lead_profile
from . import crm_lead_standardiser
from . import linked_field
from . import crm_lead
from . import crm_persona_station
