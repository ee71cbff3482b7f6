# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.

# Experiments: does another way of handing out leads bring more customers?
from . import conversions
from . import history
from . import outcomes
from . import telling
from . import tested_rules
from . import crm_experiment
from . import crm_experiment_course
from . import crm_experiment_variant
from . import crm_experiment_unit
