# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError


class CrmRoutingReassign(models.TransientModel):
    """Hands over the leads of somebody who leaves, or is away for long, by the rules.

    The same engine as for new leads decides, without the person; his open activities and
    coming meetings on the leads go along.
    """

    _name = "crm.routing.reassign"
    _description = "Hand-over of leads"

    user_id = fields.Many2one(
        "res.users",
        string="Salesperson",
        required=True,
        domain="[('share', '=', False)]",
        context={"active_test": False},
    )
    lead_ids = fields.Many2many("crm.lead", string="Only These Leads")
    pause = fields.Boolean(
        string="No New Leads",
        default=True,
        help="Pauses the person in all sales teams, so that he gets no new leads.",
    )
    state = fields.Selection([("ask", "Ask"), ("preview", "Preview")], default="ask")
    line_ids = fields.One2many("crm.routing.reassign.line", "wizard_id", readonly=True)
    stays = fields.Integer(string="Would Stay", readonly=True)

    def action_preview(self):
        """Show who would get which lead; nothing is changed.

        :return: the action that shows this dialog again.
        :rtype: dict
        :raise UserError: where the person has no open lead.
        """
        self.ensure_one()
        self._check_right()
        leads = self._leads()
        if not leads:
            raise UserError(self.env._("%s has no open lead.", self.user_id.name))
        decisions = self.env["crm.routing.engine"]._preview(
            leads, excluded=self._excluded(leads)
        )
        self.line_ids.unlink()
        self.write(
            {
                "state": "preview",
                "stays": sum(
                    d["to_user_id"] in (False, self.user_id.id) for d in decisions
                ),
                "line_ids": [
                    (
                        0,
                        0,
                        {
                            "lead_id": d["lead_id"],
                            "to_user_id": d["to_user_id"],
                            "reason": d["reason"],
                        },
                    )
                    for d in decisions
                ],
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Hand Over Leads"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_reassign(self):
        """Hand over the leads, with activities and meetings.

        :return: a notification that says how many leads have a new owner.
        :rtype: dict
        """
        self.ensure_one()
        self._check_right()
        leads = self._leads()
        if self.pause:
            # sudo: memberships are written by sales managers; who may hand over may pause.
            members = self.env["crm.team.member"].sudo()
            members.search([("user_id", "=", self.user_id.id)]).assignment_optout = True
        logs = self.env["crm.routing.engine"]._route(
            leads, mode="manual", excluded=self._excluded(leads)
        )
        moved = logs.filtered(
            lambda log: log.to_user_id not in (False, log.from_user_id)
        )
        moved = moved.filtered("to_user_id")
        self._move_along(moved)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if len(moved) == len(leads) else "warning",
                "title": self.env._("Hand Over Leads"),
                "message": self.env._(
                    "%(moved)s of %(all)s leads have a new owner.",
                    moved=len(moved),
                    all=len(leads),
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    # === HELPERS === #

    def _check_right(self):
        if not self.env.user.has_group("sales_team.group_sale_manager"):
            raise AccessError(
                self.env._("Only sales administrators can hand over leads.")
            )

    def _leads(self):
        """Return the open leads of the person, or those of the selection."""
        domain = [("user_id", "=", self.user_id.id), ("won_status", "=", "pending")]
        if self.lead_ids:
            domain.append(("id", "in", self.lead_ids.ids))
        return self.env["crm.lead"].search(domain)

    def _excluded(self, leads):
        return {lead.id: {self.user_id.id} for lead in leads}

    @api.model
    def _move_along(self, logs):
        """Give open activities and coming meetings on leads to their new owners."""
        owner_of = {log.lead_id.id: log.to_user_id.id for log in logs}
        # sudo: activities and meetings of the person who leaves.
        activities = self.env["mail.activity"].sudo()
        activities = activities.search(
            [
                ("res_model", "=", "crm.lead"),
                ("res_id", "in", list(owner_of)),
                ("user_id", "=", self.user_id.id),
            ]
        )
        for user_id, mine in activities.grouped(lambda a: owner_of[a.res_id]).items():
            mine.user_id = user_id
        # sudo: as above; and the partners of the new owners.
        meetings, users = (
            self.env["calendar.event"].sudo(),
            self.env["res.users"].sudo(),
        )
        meetings = meetings.search(
            [
                ("opportunity_id", "in", list(owner_of)),
                ("user_id", "=", self.user_id.id),
                ("stop", ">=", fields.Datetime.now()),
            ]
        )
        leaver = self.user_id.partner_id
        by_owner = meetings.grouped(lambda meeting: owner_of[meeting.opportunity_id.id])
        for user_id, mine in by_owner.items():
            partner = users.browse(user_id).partner_id
            mine.write(
                {"user_id": user_id, "partner_ids": [(3, leaver.id), (4, partner.id)]}
            )


class CrmRoutingReassignLine(models.TransientModel):
    _name = "crm.routing.reassign.line"
    _description = "Lead of a hand-over"

    wizard_id = fields.Many2one(
        "crm.routing.reassign", required=True, index=True, ondelete="cascade"
    )
    lead_id = fields.Many2one("crm.lead", ondelete="cascade")
    to_user_id = fields.Many2one("res.users", string="Would Get It")
    reason = fields.Char()
