# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""What must be known before anything is decided: one query for each kind of thing.

``reader`` puts it together, as a ``Run``; the others read what a query of its own gives.
"""

from . import crm_routing_account
from . import history
from . import measure
from . import crm_routing_pool
from . import helpers
from . import reader
