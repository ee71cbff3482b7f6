# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from . import deciding
from . import reading
from . import acting
from . import res_company
from . import res_users
from . import crm_team_member
from . import crm_lost_reason
from . import crm_routing_rule
from . import crm_routing_rule_actions
from . import crm_routing_engine
from . import crm_routing_waiting
from . import crm_lead_routing_log
from . import crm_lead
from . import crm_lead_actions
from . import crm_routing_station
from . import crm_routing_station_again
from . import res_config_settings
