# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.

# What goes over many leads, and the jobs that do.
from . import lead_pass
from . import crm_lead_batch
from . import crm_plan_launcher
from . import crm_waiting_mixin
from . import ir_cron
from . import linked_records
from . import retention
