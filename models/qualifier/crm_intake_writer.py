# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models
from odoo.exceptions import ValidationError

from ...tools.intake import values
from ...tools.intake.same_person import fold


class CrmIntakeWriter(models.AbstractModel):
    """What people answer in forms are answers to qualifiers."""

    _inherit = "crm.intake.writer"

    @api.model
    def _answer(self, answers):
        result = super()._answer(answers)
        lines = self.env["crm.intake.mapping"].browse(
            {line for _l, line, _t in answers}
        )
        questions = {line.id: line.qualifier_id for line in lines}
        rows, not_understood = [], {}
        for lead, line_id, text in answers:
            question = questions[line_id]
            try:
                rows.append(
                    {
                        "lead_id": lead.id,
                        "qualifier_id": question.id,
                        **self._answer_values(question, text),
                    }
                )
            except (ValidationError, ValueError):
                not_understood.setdefault(lead, []).append(f"{question.name}: {text}")
        if rows:
            self.env["crm.qualifier.answer"].create(rows)
        for lead, texts in not_understood.items():
            lead._message_log(
                body=self.env._("Answered, but not understood: %s", "; ".join(texts))
            )
        return result

    @api.model
    def _answer_values(self, question, text):
        """Return the columns of an answer that was typed into a form.

        :raise ValidationError: where it is no answer to the question.
        """
        value = text
        if question.kind == "choice":
            wanted = fold(text)
            found = question.option_ids.filtered(lambda one: fold(one.name) == wanted)
            value = found[:1].id
        elif question.kind == "yes_no":
            value = values.truth(text)
        elif question.kind == "number":
            value = values.number(text)
        elif question.kind == "date":
            value = values.date(text)
        return self.env["crm.qualifier.answer"]._prepare_values(question, value)
