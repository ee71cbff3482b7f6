# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.

# Who does what, what shows that it was done, and who owes what.
from . import evidence
from . import duties
from . import crm_followup_duty
from . import neglect
from . import crm_followup_accountant
from . import mail_activity_plan_template
from . import crm_plan_launcher
