# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models

from ...tools.proportion import wilson_interval

# With fewer closed leads a rate of won ones says too little to be shown as a figure.
MIN_CLOSED = 20


class CrmLeadGroupMixin(models.AbstractModel):
    """What a group of leads (a persona, a segment) tells of itself: its size, its won rate.

    **How to use.** Inherit from it, and name in ``_lead_field`` the relation of crm.lead
    that says which leads are in the group.

    **How it works.** One grouped query for all groups on the screen, as the user: everybody
    sees figures of the leads that he may read.
    """

    _name = "crm.lead.group.mixin"
    _description = "Group of leads"

    _lead_field = None

    lead_count = fields.Integer(string="Leads", compute="_compute_lead_figures")
    closed_count = fields.Integer(
        string="Closed",
        compute="_compute_lead_figures",
        help="Leads that were won or lost.",
    )
    won_count = fields.Integer(string="Won", compute="_compute_lead_figures")
    won_rate = fields.Float(
        string="Won (%)",
        compute="_compute_lead_figures",
        help="Share of the closed leads that were won. 0 while there are too few of them.",
    )
    won_summary = fields.Char(string="Won Rate", compute="_compute_lead_figures")

    @api.depends_context("uid", "allowed_company_ids", "lang")
    def _compute_lead_figures(self):
        field = self._lead_field
        figures = {}
        for group, active, status, count in (
            self.env["crm.lead"]
            .with_context(active_test=False)
            ._read_group(
                [(field, "in", self.ids)], [field, "active", "won_status"], ["__count"]
            )
        ):
            total = figures.setdefault(group.id, {"leads": 0, "won": 0, "closed": 0})
            total["leads"] += count if active else 0
            total["won"] += count if status == "won" else 0
            total["closed"] += count if status in ("won", "lost") else 0
        for group in self:
            total = figures.get(group.id, {"leads": 0, "won": 0, "closed": 0})
            group.lead_count = total["leads"]
            group.won_count, group.closed_count = total["won"], total["closed"]
            enough = total["closed"] >= MIN_CLOSED
            group.won_rate = 100.0 * total["won"] / total["closed"] if enough else 0.0
            group.won_summary = self._summarise_won(total["won"], total["closed"])

    def _summarise_won(self, won, closed):
        """Say in words what the closed leads of a group allow to say."""
        if not closed:
            return self.env._("no closed leads yet")
        if closed < MIN_CLOSED:
            return self.env._(
                "%(won)s of %(closed)s closed leads won: too few for a rate",
                won=won,
                closed=closed,
            )
        low, high = wilson_interval(won, closed)
        return self.env._(
            "%(rate).0f %% of %(closed)s closed leads won (%(low).0f to %(high).0f %%)",
            rate=100 * won / closed,
            closed=closed,
            low=100 * low,
            high=100 * high,
        )

    def action_open_leads(self):
        """Open the leads of this group.

        :return: a window action.
        :rtype: dict
        """
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.display_name,
            "res_model": "crm.lead",
            "view_mode": "list,kanban,form",
            "domain": [(self._lead_field, "in", self.ids)],
        }
