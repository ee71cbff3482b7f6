# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from . import controllers
from . import models
from . import report
from . import wizards
from .hooks import uninstall_hook
