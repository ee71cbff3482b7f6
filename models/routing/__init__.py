# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from . import routing_types
from . import res_company
from . import crm_team_member
from . import crm_routing_turn
from . import crm_routing_rule
from . import crm_routing_pool
from . import crm_routing_hours
from . import crm_routing_account
from . import crm_routing_history
from . import crm_routing_reader
from . import crm_routing_filter
from . import crm_routing_method
from . import crm_routing_fallback
from . import crm_routing_engine
from . import crm_routing_writer
from . import crm_lead_routing_log
from . import crm_lead
