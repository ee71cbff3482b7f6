# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models


class CrmQualifierChecklist(models.AbstractModel):
    """Puts into words how a lead stands with each of its qualifiers.

    **How to use.** ``_rows(lead, marks)`` returns plain data for the widget on the
    page Checklist; marks are those of ``crm.qualifier.engine``.
    """

    _name = "crm.qualifier.checklist"
    _description = "Checklist of the qualifiers of a lead"

    @api.model
    def _rows(self, lead, marks):
        """Return the lines of the checklist, in the order of the qualifiers.

        :param lead: a crm.lead, saved or not.
        :param dict marks: pass, fail or open by qualifier id.
        :return: ``id``, ``name``, ``question``, ``kind``, ``importance``, ``mark``,
            ``reason`` (why it is not passed), ``options`` (id and name), ``field`` (of a
            fact: where to fill it in), ``answer`` (value, text, user, on; or None).
        :rtype: list[dict]
        """
        answers = {
            answer.qualifier_id.id: answer for answer in lead.qualifier_answer_ids
        }
        qualifiers = self.env["crm.qualifier"].browse(marks)._filtered_access("read")
        return [
            self._row(lead, qualifier, marks[qualifier.id], answers.get(qualifier.id))
            for qualifier in qualifiers.sorted()
        ]

    # === STEPS === #

    @api.model
    def _row(self, lead, qualifier, mark, answer):
        is_fact = qualifier.kind == "fact"
        facts = self._facts(lead, qualifier) if is_fact else []
        return {
            "id": qualifier.id,
            "name": qualifier.name,
            "question": qualifier.question or "",
            "kind": qualifier.kind,
            "importance": qualifier.importance,
            "mark": mark,
            "reason": self._reason(lead, qualifier, mark, answer, facts),
            "options": [
                {"id": option.id, "name": option.name}
                for option in qualifier.option_ids
            ],
            "field": next(
                (field.name for field in facts if not lead[field.name]),
                facts[0].name if facts else "",
            ),
            "answer": answer and not is_fact and self._answer(answer) or None,
        }

    @api.model
    def _answer(self, answer):
        return {
            "value": answer._raw_value(),
            "text": answer._display_value(),
            # sudo: a name, also of a user of another company
            "user": answer.user_id.sudo().name or "",
            "on": fields.Datetime.to_string(answer.answered_on),
        }

    @api.model
    def _reason(self, lead, qualifier, mark, answer, facts):
        """Say why the lead fails a qualifier, or what is not known yet."""
        if mark == "pass" or (mark == "open" and not facts):
            return ""
        if mark == "open":
            unknown = [field for field in facts if not lead[field.name]]
            labels = [field._description_string(self.env) for field in unknown]
            return self.env._("Not known yet: %s", ", ".join(labels)) if labels else ""
        if qualifier.fail_reason:
            return qualifier.fail_reason
        if answer:
            return self.env._("The answer was: %s", answer._display_value())
        told = [
            f"{field._description_string(self.env)}: "
            f"{self._fact_text(lead, field) or self.env._('nothing')}"
            for field in facts
        ]
        return self.env._("The lead says: %s", ", ".join(told)) if told else ""

    @api.model
    def _facts(self, lead, qualifier):
        """Return the fields of the lead that the user may see and a fact is about."""
        domain = qualifier._parse_domain(qualifier.domain)
        names = dict.fromkeys(
            condition.field_expr.split(".")[0] for condition in domain.iter_conditions()
        )
        found = [lead._fields[name] for name in names if name in lead._fields]
        return [
            field
            for field in found
            if field.type != "properties" and lead._has_field_access(field, "read")
        ]

    @api.model
    def _fact_text(self, lead, field):
        """Return the value of a field as text, in the language of the user."""
        value = lead[field.name]
        if field.relational:
            return ", ".join(value.mapped("display_name"))
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, "")
        if field.type == "boolean":
            return self.env._("yes") if value else self.env._("no")
        return str(value) if value else ""
