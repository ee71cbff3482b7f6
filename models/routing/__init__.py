# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from . import res_company
from . import crm_routing_turn
from . import crm_routing_rule
from . import crm_routing_pool
from . import crm_routing_fallback
from . import crm_routing_engine
from . import crm_routing_writer
from . import crm_lead_routing_log
from . import crm_lead
