# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.

# The need-to-know card: what is enough to handle a lead, until somebody was in touch with it.
from . import folding
from . import res_company
from . import crm_lead_card_look
from . import crm_lead
from . import crm_experiment
from . import crm_experiment_variant
