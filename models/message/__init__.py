# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""The right words, in three channels.

``writing`` is what a message says: placeholders, languages, which one suits. ``guarding`` is who
may not be written to, and when. ``sending`` plans, checks, hands over and takes back.
``selecting`` is a message to many leads, and what came of it.
``queues`` is the one queue of all that goes by itself, and Odoo's own doors: whatever goes to
a lead passes them.
"""

from . import writing
from . import crm_message_template
from . import crm_message_rendering
from . import guarding
from . import sending
from . import crm_message_first
from . import crm_routing_rule
from . import crm_experiment
from . import crm_experiment_variant
from . import queues
from . import selecting
from . import crm_followup_accountant
from . import crm_touchpoint
from . import crm_scorecard
from . import crm_scorecard_grade
from . import res_company
from . import crm_lead
from . import crm_lead_thread
from . import crm_message_station
