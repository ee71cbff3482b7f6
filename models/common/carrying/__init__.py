# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.

# The set-up in a file, from one company or database to another. Plain Python first.
from . import names
from . import conditions
from . import values
from . import writer
from . import reader
from . import crm_carried_mixin
from . import crm_rule_file_mixin
from . import crm_setup_file
from . import crm_setup_file_line
