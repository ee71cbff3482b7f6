# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from . import as_if
from . import broken
from . import linked
from . import rule_fixed
from . import rule_meaning
from . import rule_moment
from . import rule_set
from . import together
from . import several
from . import crm_restriction_mixin
from . import crm_rule_mixin
