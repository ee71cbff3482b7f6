# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from . import story
from . import test_audit
from . import test_audit_tours
from . import test_picking
from . import test_need_to_know
from . import test_card_tours
from . import test_headline
from . import test_story
from . import test_story_tour
from . import test_insight_figures
from . import test_insight_board
from . import test_insight_people
from . import test_insight_review
from . import test_insight_rows
from . import test_insight_tour
from . import test_insight_real_data
from . import test_story_tracks
