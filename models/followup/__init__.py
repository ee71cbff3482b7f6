# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from . import crm_routing_policy
from . import crm_routing_rule
from . import crm_routing_clock
from . import crm_routing_ladder
from . import crm_routing_forecast
from . import crm_routing_teller
from . import res_company
from . import ir_http
from . import crm_lead
from . import crm_scorecard
from . import keeping
from . import planning
from . import accounting
from . import review
from . import resource_calendar_leaves
from . import crm_followup_station
