# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models
from odoo.tools import SQL


class CrmMessageClaim(models.Model):
    """A row for each lead that was written to, with the lead's id: who sends writes it.

    Nobody reads it. It is as narrow as can be: to write the lead's own row would cost more
    than all else that the database does for a message.
    """

    _name = "crm.message.claim"
    _description = "Turn to write to a lead"
    _log_access = False

    @api.model
    def _take(self, leads, wait=True):
        """Have nobody else write to leads until this transaction ends.

        Limits and repeats are judged by what went: of two who send at the same moment the
        second one's transaction waits, and is done again by Odoo, which sees what the first
        one sent. So a row is written, not only locked: a lock alone would let the second
        one judge by what it saw before.

        :param bool wait: for others who hold some of the leads; else these are left out.
        :return: the leads that are claimed.
        """
        leads.flush_recordset()
        held = self.env.execute_query(
            SQL(
                "SELECT id FROM crm_lead WHERE id = ANY(%s) ORDER BY id"
                " FOR NO KEY UPDATE %s",
                leads.ids,
                SQL() if wait else SQL("SKIP LOCKED"),
            )
        )
        ids = [lead_id for [lead_id] in held]
        self.env.cr.execute(
            SQL(
                "INSERT INTO crm_message_claim (id) SELECT unnest(%s::int[])"
                " ON CONFLICT (id) DO UPDATE SET id = EXCLUDED.id",
                ids,
            )
        )
        return leads.browse(ids)

    @api.autovacuum
    def _gc_claims(self):
        """Forget leads that are gone."""
        self.env.cr.execute(
            "DELETE FROM crm_message_claim AS claim WHERE NOT EXISTS"
            " (SELECT FROM crm_lead WHERE crm_lead.id = claim.id)"
        )
