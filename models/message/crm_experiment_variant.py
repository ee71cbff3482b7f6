# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import fields, models


class CrmExperimentVariant(models.Model):
    _inherit = "crm.experiment.variant"

    template_id = fields.Many2one(
        "crm.message.template",
        string="Message",
        ondelete="restrict",
        help="The first message of the leads of this variant. Of the control: the one that the"
        " routing rules send today.",
    )

    def _problems(self):
        yield from super()._problems()
        if self[:1].experiment_id.subject != "first_message":
            return
        for variant in self:
            if not variant.template_id.active:
                yield self.env._("%s has a message that is not archived", variant.name)
        if len(self.template_id) < len(self):
            yield self.env._("each variant has a message of its own")
        control = self.filtered("is_control").template_id
        # sudo: which rules there are, whoever starts the experiment.
        rules = self.env["crm.routing.rule"].sudo()
        if not rules.search_count([("first_message_id", "in", control.ids)], limit=1):
            yield self.env._("a routing rule sends the message of the control")
