# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from . import test_as_they_came
from . import test_info_item
from . import test_lead_group
from . import test_lead_profile
from . import test_persona_matcher
from . import test_persona_real_data
from . import test_persona_rights
from . import test_persona_tours
from . import test_shared_senders
from . import test_standardise
from . import test_supplementary
