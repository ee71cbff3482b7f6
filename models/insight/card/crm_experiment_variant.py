# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import fields, models


class CrmExperimentVariant(models.Model):
    _inherit = "crm.experiment.variant"

    card = fields.Selection(
        [("full", "All at once"), ("need_to_know", "Need to know")],
        help="Need to know: until somebody was in touch with a lead, amounts, company size,"
        " probability and the story are folded away. Of the control: what Settings say today.",
    )

    def _problems(self):
        yield from super()._problems()
        if self[:1].experiment_id.subject != "card":
            return
        cards = self.mapped("card")
        if not all(cards):
            yield self.env._("each variant has a card")
        elif len(set(cards)) < len(cards):
            yield self.env._("each variant has a card of its own")
        control = self.filtered("is_control")[:1]
        today = set(self[:1].experiment_id._companies().mapped("lead_need_to_know"))
        if control.card and today != {control.card == "need_to_know"}:
            yield self.env._(
                "the control has the card that Settings say today, in all companies of the"
                " experiment"
            )
