# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models


class CrmRoutingRule(models.Model):
    """The automatic first message of a routing rule."""

    _inherit = "crm.routing.rule"

    first_message_id = fields.Many2one(
        "crm.message.template",
        index="btree_not_null",
        ondelete="set null",
        help="Goes by itself, once, to each new lead that this rule gives to somebody, in the"
        " channel that the lead prefers. Blacklists, sending hours and limits are respected."
        " It does not stop the time for a person's answer.",
    )
    first_message_for = fields.Selection(
        [
            ("incoming", "Leads that come in by themselves"),
            ("entered", "Also leads that users enter"),
            ("all", "All new leads, imports too"),
        ],
        string="Sent To",
        required=True,
        default="incoming",
        help="By themselves: by e-mail, web form or API. More than 20 leads created in one go"
        " count as an import. Leads that are there already, or that a person gives to"
        " somebody, get no first message.",
    )
    first_message_count = fields.Integer(
        string="First Messages", compute="_compute_first_message_count"
    )

    def _compute_first_message_count(self):
        counts = dict(
            self.env["crm.message.first"]._read_group(
                [("rule_id", "in", self.ids)], ["rule_id"], ["__count"]
            )
        )
        for rule in self:
            rule.first_message_count = counts.get(rule, 0)

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        if rules.first_message_id:
            self.env["crm.message.queue"]._switch_on()
        return rules

    def write(self, vals):
        result = super().write(vals)
        if vals.get("first_message_id"):
            self.env["crm.message.queue"]._switch_on()
        return result

    # === ACTIONS === #

    def action_open_first_messages(self):
        """Open the first messages of this rule: who got one, and who did not, and why.

        :return: a window action.
        :rtype: dict
        """
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_lead_management.crm_message_first_action"
        )
        return {**action, "domain": [("rule_id", "=", self.id)]}

    # === BUSINESS METHODS === #

    @api.model
    def _rule_columns(self):
        return [*super()._rule_columns(), "first_message_id", "first_message_for"]
