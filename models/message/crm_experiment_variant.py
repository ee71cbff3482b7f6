# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import fields, models


class CrmExperimentVariant(models.Model):
    _inherit = "crm.experiment.variant"

    template_id = fields.Many2one(
        "crm.message.template",
        string="Message",
        ondelete="restrict",
        help="The text that the leads of this variant get. Of the control: the one that goes"
        " today.",
    )

    def _problems(self):
        yield from super()._problems()
        subject = self[:1].experiment_id.subject
        if subject not in ("message", "first_message"):
            return
        for variant in self:
            if not variant.template_id.active:
                yield self.env._("%s has a message that is not archived", variant.name)
        if len(self.template_id) < len(self):
            yield self.env._("each variant has a message of its own")
        if subject == "first_message":
            yield from self._problems_of_first()
        else:
            yield from self._problems_of_texts()

    def _problems_of_first(self):
        control = self.filtered("is_control").template_id
        # sudo: which rules there are, whoever starts the experiment.
        rules = self.env["crm.routing.rule"].sudo()
        if not rules.search_count([("first_message_id", "in", control.ids)], limit=1):
            yield self.env._("a routing rule sends the message of the control")

    def _problems_of_texts(self):
        """Return why a text could not stand in for another one."""
        experiment = self[:1].experiment_id
        channels = set(self.filtered("is_control").template_id._channels())
        for variant in self:
            text = variant.template_id
            if text and channels != set(text._channels()):
                yield self.env._(
                    "%s has a text in each channel in which the control has one, and in no"
                    " other",
                    variant.name,
                )
            if text.company_id and text.company_id != experiment.company_id:
                yield self.env._(
                    "%s has a message that goes to all leads of the experiment's company",
                    variant.name,
                )
