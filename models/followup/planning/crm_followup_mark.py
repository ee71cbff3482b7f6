# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import fields, models

from ...common.rights import LeadField


class CrmFollowupMark(models.Model):
    """What a lead looked like when its next step was planned last. See marks.py.

    It can be thrown away: the next pass looks at each lead once.
    """

    _name = "crm.followup.mark"
    _description = "Mark of a planned lead"
    _log_access = False

    lead_id = LeadField("crm.lead", required=True, readonly=True, ondelete="cascade")
    mark = fields.Char(readonly=True, required=True)

    _lead_uniq = models.UniqueIndex("(lead_id)")
