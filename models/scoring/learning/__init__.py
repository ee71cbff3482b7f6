# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""What closed leads teach: their facts, what must not be learned from, a draft of it."""

from . import closed
from . import facts
from . import leaks
from . import writer
from . import learner
