# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.

# Files of leads: reading, trying, importing, taking back.
from . import file_import
from . import file_undo
from . import crm_intake_file
