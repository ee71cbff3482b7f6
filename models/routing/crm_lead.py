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

    # What the routing page shows.
    routing_log_id = fields.Many2one(
        "crm.lead.routing.log",
        string="Last Decision",
        compute="_compute_routing_log_id",
    )
    routing_reason = fields.Char(
        string="Why This Owner", compute="_compute_routing_log_id"
    )
    routing_story = fields.Html(compute="_compute_routing_story", sanitize=False)
    routing_known = fields.Char(
        string="Known Account",
        compute="_compute_routing_known",
        help="Somebody else looks after this company or person.",
    )

    # === COMPUTE METHODS === #

    @api.depends("routing_log_ids")
    @api.depends_context("lang")
    def _compute_routing_log_id(self):
        last = dict(
            self.env["crm.lead.routing.log"]._read_group(
                [("lead_id", "in", self.ids)], ["lead_id"], ["id:max"]
            )
        )
        Log = self.env["crm.lead.routing.log"]
        for lead in self:
            lead.routing_log_id = log = Log.browse(last.get(lead._origin))
            lead.routing_reason = log.reason

    @api.depends("routing_log_id")
    @api.depends_context("lang")
    def _compute_routing_story(self):
        for lead in self:
            lead.routing_story = lead.routing_log_id.story

    @api.depends("partner_id", "email_from", "phone", "user_id")
    def _compute_routing_known(self):
        """Say who looks after the account, and how it was recognised.

        The other lead itself is not shown: whoever may not see it learns only that it exists,
        and whom to ask.
        """
        found = self.env["crm.routing.account"]._owners(self._origin.filtered("id"))
        hows = self.env["crm.routing.account"]._how_texts()
        for lead in self:
            owner_id, how, _name = found.get(lead._origin.id, (False, "", ""))
            if not owner_id or owner_id == lead.user_id.id:
                lead.routing_known = False
                continue
            # sudo: the name of a colleague.
            owner = self.env["res.users"].sudo().browse(owner_id)
            lead.routing_known = self.env._(
                "%(owner)s %(how)s. Ask before you start.",
                owner=owner.name,
                how=hows[how],
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
