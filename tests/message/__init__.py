# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from . import test_block_person
from . import test_language
from . import test_mutants
from . import test_placeholder
from . import test_privacy
from . import test_what_goes
from . import test_render
from . import test_send
from . import test_compose
from . import test_shipped
from . import test_batch
from . import test_block_email
from . import test_block_phone
from . import test_hold
from . import test_figures
from . import test_first_message
from . import test_tours
