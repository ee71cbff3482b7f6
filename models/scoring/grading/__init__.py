# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""How leads get their points and grades, as SQL, and why they have them.

Plain classes; ``crm.score.engine`` is their door.
"""

from . import words
from . import scope
from . import points
from . import statements
from . import alone
from . import explainer
from . import questions
from . import explanation
