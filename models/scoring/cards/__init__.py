# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Scorecards and what they are made of."""

from . import setup
from . import words_of_card
from . import crm_scorecard_part_mixin
from . import crm_scorecard
from . import crm_scorecard_actions
from . import crm_scorecard_grade
from . import crm_scorecard_group
from . import crm_scorecard_rule
from . import crm_scorecard_rule_events
