# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import fields, models
from odoo.tools import SQL

from ...common.rights import LeadField


class CrmLeadCardLook(models.Model):
    """Somebody opened the folded card of a lead before anybody was in touch with it.

    Counted once for each person and lead, for the person and the leader of the team only
    (``crm.picking.watch``). It goes with its lead.
    """

    _name = "crm.lead.card.look"
    _description = "Opened card of a lead"
    _log_access = False
    _order = "id desc"
    _rec_name = "lead_id"

    lead_id = LeadField(
        "crm.lead", required=True, readonly=True, index=True, ondelete="cascade"
    )
    user_id = fields.Many2one(
        "res.users", required=True, readonly=True, ondelete="cascade"
    )
    opened_on = fields.Datetime(required=True, readonly=True)

    _look_uniq = models.UniqueIndex("(user_id, lead_id)", "This is on record already.")

    def _note(self, leads):
        """Put on record that the user opens the cards of leads; one statement."""
        self.env.execute_query(
            SQL(
                "INSERT INTO crm_lead_card_look (lead_id, user_id, opened_on)"
                " SELECT unnest(%s::int[]), %s, %s ON CONFLICT DO NOTHING RETURNING id",
                leads.ids,
                self.env.uid,
                fields.Datetime.now(),
            )
        )
        self.invalidate_model(flush=False)
