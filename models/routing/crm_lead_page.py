# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models


class CrmLead(models.Model):
    """What the routing page of a lead shows."""

    _inherit = "crm.lead"

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
