# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Who gets a lead: plain Python over what ``reading`` found. Nothing here knows a database.

``engine`` and ``fallback`` decide; ``filters``, ``methods`` and ``person_methods`` are what
they decide by, one object for each; ``story`` says it in words. The doctests are the
specification, and run without Odoo: ``./dev/test --only doctests``.
"""

from . import types
from . import turns
from . import fit
from . import methods
from . import person_methods
from . import filters
from . import panel
from . import engine
from . import fallback
from . import story
