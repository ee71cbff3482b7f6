# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models

from ..common.context import COPYING
from ..common.field_kinds import BOOKKEEPING, OUTCOME
from .deciding.types import Decision


class CrmLead(models.Model):
    _inherit = "crm.lead"

    routing_rule_id = fields.Many2one(
        "crm.routing.rule",
        readonly=True,
        copy=False,
        index="btree_not_null",
        lead_kind=BOOKKEEPING,
    )
    first_assigned_on = fields.Datetime(
        readonly=True,
        copy=False,
        help="When the lead had an owner for the first time.",
        lead_kind=BOOKKEEPING,
    )
    routing_hops = fields.Integer(
        string="Re-routed",
        readonly=True,
        copy=False,
        aggregator="avg",
        help="How often the lead was taken from an owner who did not act.",
        lead_kind=OUTCOME,
    )
    routing_waiting_since = fields.Datetime(
        string="Waiting Since",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="Since when routing finds nobody for the lead.",
        lead_kind=BOOKKEEPING,
    )
    routing_asked_on = fields.Datetime(
        string="To Be Routed Since",
        readonly=True,
        copy=False,
        index="btree_not_null",
        export_string_translation=False,
        lead_kind=BOOKKEEPING,
    )
    routing_log_ids = fields.One2many(
        "crm.lead.routing.log", "lead_id", readonly=True, lead_kind=BOOKKEEPING
    )

    # === ROUTING === #

    def copy(self, default=None):
        copies = super(CrmLead, self.with_context(**COPYING.on())).copy(default)
        return copies.with_env(self.env)

    def _routing_is_answered(self):
        """Tell whether a person has answered the lead; the room that watches it knows."""
        return False

    def _assign_userless_lead_in_team(self, creation_source):
        """Leave it to routing, where it is on, to find an owner: it falls back on the leader."""
        rules = self.env["crm.routing.rule"]
        company = self.env["res.company"]._crm_of_lead
        others = self.filtered(lambda lead: not rules._is_on(company(lead).id))
        return super(CrmLead, others)._assign_userless_lead_in_team(creation_source)

    @api.model
    def _routing_decision(self, lead, outcome, from_user_id, to_user_id):
        """Return a decision that no rule made, as the log keeps it."""
        # sudo: names of users whom the current one may not see.
        owner = self.env["res.users"].sudo().browse(to_user_id)
        return Decision(
            lead.id,
            to_user_id,
            outcome,
            team_id=lead.sudo().team_id.id,  # sudo: as above
            from_user_id=from_user_id,
            facts={
                "user": owner.name or "",
                "old": lead.sudo().user_id.name or "",  # sudo: as above
                "author": self.env.user.name,
            },
        )
