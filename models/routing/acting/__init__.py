# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Carries decisions out: owners, log, clock, notifications, actions; and counts the turns."""

from . import counters
from . import reservations
from . import action
from . import teller
from . import writer
