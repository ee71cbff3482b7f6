# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.

# The porch: how leads come in. What there is, then who works on it.
from . import said
from . import sample
from . import reading
from . import telling
from . import keeping
from . import crm_intake_source
from . import crm_intake_source_key
from . import crm_intake_mapping
from . import crm_intake_item
from . import crm_intake_item_actions
from . import crm_lead
from . import res_partner
from . import crm_intake_matcher
from . import crm_intake_engine
from . import crm_intake_writer
from . import doors
from . import crm_intake_station
from . import files
