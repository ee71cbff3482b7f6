# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.

# What all rooms share, then one folder for each room. The order in which a lead passes the
# rooms is not this one: it stands in common/crm_lead.py.
from . import common
from . import persona
from . import intake
from . import qualifier
from . import scoring
from . import routing
from . import followup
from . import activity

# After activity: messages add their template to the touchpoints.
from . import message
from . import pipeline
from . import nurture

# Last: it reads all, and nobody reads it.
from . import insight
