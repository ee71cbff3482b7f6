# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.exceptions import ValidationError

STEPS = ("remind", "warn", "reroute")


class CrmRoutingPolicy(models.Model):
    """How long a lead may wait for its first answer, and what happens when it waits longer.

    The first active policy that matches a lead counts. The steps are shares of the time, in
    the working time of the owner: remind him, warn the team leader, give the lead to somebody
    else; after so many changes of the owner, to the team leader. As long as there is no
    policy, nothing is watched and nothing is taken from anybody.
    """

    _name = "crm.routing.policy"
    _inherit = ["crm.rule.file.mixin", "crm.rule.mixin"]
    _description = "Response time"

    minutes = fields.Integer(
        string="Answer Within (Minutes)",
        required=True,
        default=60,
        help="Working time of the owner until a person must have answered.",
    )
    remind_at = fields.Integer(
        string="Remind Owner At (%)", default=50, help="Share of the time. 0: never."
    )
    warn_at = fields.Integer(
        string="Warn Leader At (%)", default=100, help="Share of the time. 0: never."
    )
    reroute_at = fields.Integer(
        string="Re-route At (%)",
        default=150,
        help="Share of the time at which somebody else gets the lead. 0: never.",
    )
    max_hops = fields.Integer(
        string="Re-route at Most",
        default=2,
        help="After so many changes of the owner the team leader gets the lead.",
    )

    _check_numbers = models.Constraint(
        "CHECK (minutes > 0 AND remind_at >= 0 AND warn_at >= 0 AND reroute_at >= 0"
        " AND max_hops >= 0)",
        "The time must be at least one minute, and shares cannot be negative.",
    )

    @api.constrains("remind_at", "warn_at", "reroute_at")
    def _check_order(self):
        for policy in self:
            shares = [
                share for share in (policy[f"{step}_at"] for step in STEPS) if share
            ]
            if shares != sorted(set(shares)):
                raise ValidationError(
                    self.env._(
                        'Response time "%(policy)s": first comes the reminder, then the'
                        " warning, then the change of the owner. Correct the shares.",
                        policy=policy.display_name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        policies = super().create(vals_list)
        policies._switch_cron()
        return policies

    def write(self, vals):
        result = super().write(vals)
        if vals.get("active"):
            self._switch_cron()
        elif "active" in vals:
            self._stop_clocks()
        return result

    def unlink(self):
        leads = self._running()
        result = super().unlink()
        self.env["crm.routing.clock"]._restart(leads.exists())
        return result

    def _running(self):
        """Return the leads whose clock runs by these response times, as superuser."""
        # sudo: the leads of everybody.
        leads = self.env["crm.lead"].sudo()
        domain = [
            ("routing_policy_id", "in", self.ids),
            ("first_response_on", "=", False),
        ]
        return leads.search([*domain, ("won_status", "=", "pending")])

    def _stop_clocks(self):
        """Take down what these response times, which are no more, have planned.

        Another one that matches begins anew.
        """
        self.env["crm.routing.clock"]._restart(self._running())

    def _switch_cron(self):
        """Have the clock run from the first active policy on."""
        if any(policy.active for policy in self):
            self.env["crm.routing.waiting"]._switch_on()

    # === ACTIONS === #

    def action_offer_clock(self):
        """Show which leads that are there would get this response time, and offer it.

        :return: a window action.
        :rtype: dict
        """
        self.check_access("write")
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Existing Leads"),
            "res_model": "crm.followup.clock",
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_policy_id": self.id},
        }

    @api.model
    def _rule_columns(self):
        return [
            *super()._rule_columns(),
            "minutes",
            "remind_at",
            "warn_at",
            "reroute_at",
            "max_hops",
        ]
