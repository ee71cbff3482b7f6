# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from . import test_call
from . import test_events_of_apps
from . import test_cursor
from . import test_hooks
from . import test_import
from . import test_touchpoint
from . import test_faults_contact
from . import test_faults_events
from . import test_faults_neighbours
from . import test_further_contacts
