# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from . import next_steps
from . import entering
from . import leaving
from . import hearing
from . import tasks
from . import rows
from . import messages
from . import settling
from . import telling
from . import runner
from . import previewing
from . import checking
from . import merging
