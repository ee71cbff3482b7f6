# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""How good a scorecard is: by closed leads, beside other ways, month by month."""

from . import rivals
from . import verdict
from . import judge
from . import reviewer
from . import crm_scorecard_evaluation
