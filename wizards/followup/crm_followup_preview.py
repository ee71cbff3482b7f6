# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models

from ...models.common.rule.crm_rule_mixin import RuleRow
from ...models.followup.planning import facts
from ...models.followup.planning.curve import Curve
from ...models.followup.planning.planner import Planner

# So many leads are looked at, the latest ones.
LOOKED_AT = 5000


class CrmFollowupPreview(models.TransientModel):
    """Shows what a policy would plan for the leads that are there. Nothing is written."""

    _name = "crm.followup.preview"
    _description = "Preview of a follow-up policy"

    policy_id = fields.Many2one(
        "crm.followup.policy", required=True, ondelete="cascade"
    )
    lead_count = fields.Integer(string="Leads", compute="_compute_counts")
    past_count = fields.Integer(string="Past Their Date", compute="_compute_counts")
    week_count = fields.Integer(string="In the Next 7 Days", compute="_compute_counts")
    later_count = fields.Integer(string="Later", compute="_compute_counts")
    never_count = fields.Integer(string="Never Contacted", compute="_compute_counts")
    is_part = fields.Boolean(compute="_compute_counts")
    is_on = fields.Boolean(related="policy_id.active")

    @api.depends("policy_id")
    def _compute_counts(self):
        for window in self:
            counts = preview(window.policy_id)
            for name in ("lead", "past", "week", "later", "never"):
                window[f"{name}_count"] = counts[name]
            window.is_part = counts["is_part"]

    def action_switch_on(self):
        """Switch the policy on: from now on it plans.

        :return: the action that closes the dialog.
        :rtype: dict
        """
        self.ensure_one()
        self.policy_id.check_access("write")
        self.policy_id.active = True
        return {"type": "ir.actions.act_window_close"}


def preview(policy):
    """Return what a policy would plan for the leads that are there; nothing is written.

    :param policy: one crm.followup.policy, on or off; the user's own leads, as he sees them.
    :return: numbers of leads: ``lead`` that match, ``never`` contacted, ``past`` their date,
        due within a ``week``, ``later``; and whether it ``is_part`` of the leads only.
    :rtype: dict
    """
    env, now = policy.env, fields.Datetime.now()
    won = "won" if policy.kind == "support" else "pending"
    found = env["crm.lead"].search(
        [("won_status", "=", won)], limit=LOOKED_AT + 1, order="id desc"
    )
    leads = found[
        :LOOKED_AT
    ].sudo()  # sudo: what is next follows from more than is seen
    counts = dict.fromkeys(("lead", "never", "past", "week", "later"), 0)
    counts["is_part"] = len(found) > LOOKED_AT
    domain = policy._parse_domain(policy.domain)
    columns = {name: policy[name] for name in policy._rule_columns()}
    row = RuleRow(
        policy.id,
        policy.name,
        policy.company_id.id,
        domain,
        columns,
        policy.domain_lang or None,
    )
    # sudo: which leads a rule is about is the same for everybody.
    matched = env["crm.followup.policy"].sudo()._rule_match(leads, (row,))
    leads = leads.filtered(lambda lead: matched[lead.id])
    if not leads:
        return counts
    planner = Planner(leads.env, now)
    known = facts.read(leads.env, leads, now)
    planner.duties.gather(leads, known)
    planner._cover(known)
    curve = Curve.of(columns)
    counts["lead"] = len(known)
    for one in known:
        counts["never"] += not one.touched_on
        moment = planner.touch_on(one, curve)
        days = (moment - now).total_seconds() / 86400
        counts["past" if days <= 0 else "week" if days <= 7 else "later"] += 1
    return counts
