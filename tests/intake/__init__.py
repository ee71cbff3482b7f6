# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from . import test_intake_letterbox
from . import test_intake_web
from . import test_intake_person
from . import test_intake_mail
from . import test_intake_odd_input
from . import samples
from . import test_intake_file
from . import test_intake_samples
from . import test_intake_bad_input
from . import test_intake_doors
from . import test_intake_website
from . import test_intake_website_processes
from . import test_intake_tours
from . import test_intake_fuzz
from . import test_intake_processes
