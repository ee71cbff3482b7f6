# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models

from ....const import (
    FOLLOWUP_CHANNELS,
    FOLLOWUP_DUTIES,
    FOLLOWUP_OTHERS,
    MESSAGE_PURPOSES,
)


class CrmFollowupStep(models.Model):
    """A step that a policy plans beside the curve: at the beginning, or when something happens.

    *Initial*: once for each lead, so long after it came in, was given to its owner, or after
    the step before. *Targeted*: once, as soon as the lead matches the condition of the step.
    """

    _name = "crm.followup.step"
    _inherit = ["crm.rule.file.mixin", "crm.rule.mixin"]
    _description = "Follow-up step"
    _order = "policy_id, sequence, id"

    name = fields.Char(string="What to Do")
    policy_id = fields.Many2one(
        "crm.followup.policy", required=True, index=True, ondelete="cascade"
    )
    kind = fields.Selection(
        [("initial", "Initial"), ("targeted", "Targeted: when it matches")],
        required=True,
        default="initial",
    )
    duty = fields.Selection(
        FOLLOWUP_DUTIES + FOLLOWUP_OTHERS,
        required=True,
        default="other",
        help="Who does it is said there: see Who Does What.",
    )
    channel = fields.Selection(FOLLOWUP_CHANNELS, required=True, default="call")
    purpose = fields.Selection(MESSAGE_PURPOSES, help="What the message is for.")
    delay = fields.Float(default=1.0)
    unit = fields.Selection(
        [
            ("minutes", "Working minutes"),
            ("days", "Working days"),
            ("calendar", "Calendar days"),
        ],
        required=True,
        default="days",
    )
    after = fields.Selection(
        [
            ("received", "After it came in"),
            ("assigned", "After it got its owner"),
            ("previous", "After the step before"),
            ("event", "After it matches"),
        ],
        required=True,
        default="received",
    )
    advice = fields.Text(translate=True)

    _check_delay = models.Constraint(
        "CHECK (delay >= 0 AND delay <= 100000)", "A delay cannot be negative."
    )

    @api.model
    def _rule_columns(self):
        return [
            *super()._rule_columns(),
            *(
                "policy_id",
                "kind",
                "duty",
                "channel",
                "purpose",
                "delay",
                "unit",
                "after",
            ),
        ]

    @api.model
    def _rule_later_fields(self):
        return self.env["crm.followup.policy"]._rule_later_fields()
