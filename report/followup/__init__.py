# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from . import agenda_rows
from . import crm_lead_agenda
from . import crm_followup_board
