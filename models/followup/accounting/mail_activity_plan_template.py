# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ....const import FOLLOWUP_DUTIES

# Who is asked as for which step: of the owner, and of the leader first.
STEPS = {"lead_owner": "touch", "team_leader": "decide"}
TYPES = (*STEPS, "duty")


class MailActivityPlanTemplate(models.Model):
    """An activity of a plan for leads can be for whoever the lead says: never for nobody."""

    _inherit = "mail.activity.plan.template"

    responsible_type = fields.Selection(
        selection_add=[
            ("lead_owner", "Owner of the lead"),
            ("team_leader", "Leader of its team"),
            ("duty", "Who Does What"),
        ],
        # Without the addon somebody is asked when the plan is launched, as by default.
        ondelete=dict.fromkeys(TYPES, "set default"),
    )
    lead_duty = fields.Selection(
        FOLLOWUP_DUTIES,
        string="Step",
        help="The activity is for whoever does this step by the matrix Who Does What.",
    )

    @api.constrains("plan_id", "responsible_type", "lead_duty")
    def _check_responsible_lead(self):
        """Leads alone have an owner, a team and steps."""
        for template in self:
            if template.responsible_type not in TYPES:
                continue
            if template.plan_id.res_model != "crm.lead":
                raise ValidationError(
                    self.env._(
                        "%(plan)s is not about leads: choose another assignment.",
                        plan=template.plan_id.name,
                    )
                )
            if template.responsible_type == "duty" and not template.lead_duty:
                raise ValidationError(
                    self.env._(
                        "%(activity)s: choose the step of which the person is asked.",
                        activity=template.summary or template.activity_type_id.name,
                    )
                )

    def _lead_step(self):
        """Return the step by which it is found who does the activity, or None.

        :rtype: str
        """
        self.ensure_one()
        if self.responsible_type == "duty":
            return self.lead_duty
        return STEPS.get(self.responsible_type)

    def _determine_responsible(self, on_demand_responsible, applied_on_record):
        step = self._lead_step()
        if not step:
            return super()._determine_responsible(
                on_demand_responsible, applied_on_record
            )
        people = self.env["crm.followup.accountant"]._responsible(
            applied_on_record, step
        )
        return {
            "responsible": self.env["res.users"].browse(people[applied_on_record.id]),
            "error": False,
            "warning": False,
        }
