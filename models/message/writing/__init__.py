# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from . import placeholders
from . import languages
from . import lead_language
from . import readable
from . import proposal
from . import braces
from . import read_once
