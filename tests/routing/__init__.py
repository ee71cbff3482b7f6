# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from . import test_routing_accounts
from . import test_routing_create
from . import test_routing_engine
from . import test_routing_filters
from . import test_routing_forecast
from . import test_routing_guard
from . import test_routing_ladder
from . import test_routing_leave
from . import test_routing_methods
from . import test_routing_processes
from . import test_routing_real_data
from . import test_routing_rule
from . import test_routing_tours
from . import test_routing_turns
from . import test_routing_waiting
from . import test_routing_website
from . import test_routing_wizards
