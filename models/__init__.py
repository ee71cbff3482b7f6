# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.

# The order is meaning, not taste: what is imported later comes earlier in the method
# resolution order of crm.lead. The hub comes first, then the rooms in the order in which a
# lead passes through them: each room's hook calls super() and then does its own part.
from . import res_company
from . import ir_ui_menu
from . import config_mixin
from . import rule_mixin
from . import rule_sql
from . import rule_fresh
from . import rule_memory
from . import rule_broken
from . import crm_lead
from . import lead_fresh
from . import lead_batch
from . import persona
from . import qualifier
from . import scoring
from . import routing
from . import activity

# After activity: messages add their template to the touchpoints.
from . import message
from . import pipeline
from . import res_config_settings
