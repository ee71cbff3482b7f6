# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.

# The verdict on each win and each drop.
from . import facts
from . import reading
from . import findings
from . import seal
from . import crm_lead_audit
from . import crm_lead_audit_building
from . import crm_lead_audit_finding
from . import crm_insight_station
from . import crm_lead
