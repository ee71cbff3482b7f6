# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Carries decisions out: owners, log, clock, notifications, actions; and counts the turns."""

from . import counters
from . import reservations
from . import action
from . import crm_routing_teller
from . import crm_routing_writer
