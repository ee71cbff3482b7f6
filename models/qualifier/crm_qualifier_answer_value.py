# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_date, formatLang

# The one column that holds the answer, by the kind of the question.
VALUE_FIELDS = {
    "yes_no": "value_yes_no",
    "choice": "option_id",
    "number": "value_number",
    "text": "value_text",
    "date": "value_date",
}


class CrmQualifierAnswerValue(models.AbstractModel):
    """The value of an answer: a column for each kind of question, and how it is told."""

    _name = "crm.qualifier.answer.value"
    _description = "Value of an answer to a qualifier"

    qualifier_id = fields.Many2one("crm.qualifier")
    kind = fields.Selection(related="qualifier_id.kind")
    option_id = fields.Many2one(
        "crm.qualifier.option",
        string="Choice",
        index="btree_not_null",
        ondelete="restrict",
        domain="[('qualifier_id', '=', qualifier_id)]",
    )
    value_yes_no = fields.Selection([("yes", "Yes"), ("no", "No")], string="Yes or No")
    value_number = fields.Float(string="Number")
    value_text = fields.Char(string="Text")
    value_date = fields.Date(string="Date")

    def _display_value(self):
        """Return the answer as text, in the language of the user."""
        self.ensure_one()
        if self.kind == "yes_no":
            return dict(
                self._fields["value_yes_no"]._description_selection(self.env)
            ).get(self.value_yes_no, "")
        if self.kind == "choice":
            return self.option_id.name or ""
        if self.kind == "number":
            return formatLang(
                self.env, self.value_number, digits=2 if self.value_number % 1 else 0
            )
        if self.kind == "date":
            return format_date(self.env, self.value_date) if self.value_date else ""
        return self.value_text or ""

    def _raw_value(self):
        """Return the answer as plain data, as :meth:`_prepare_values` takes it."""
        self.ensure_one()
        field = self._fields.get(VALUE_FIELDS.get(self.kind))
        if not field:  # The question has become a fact since.
            return False
        value = self[field.name]
        if self.kind == "choice":
            return value.id
        return fields.Date.to_string(value) if self.kind == "date" else value

    def _says(self, vals):
        """Tell whether this answer already has the column values ``vals``."""
        field_name, value = next(iter(vals.items()))
        mine = self[field_name]
        return (mine.id if field_name == "option_id" else mine) == value

    @api.model
    def _prepare_values(self, qualifier, value):
        """Return the column values for an answer given as plain data.

        :param qualifier: the crm.qualifier that asks.
        :param value: "yes"/"no" or a boolean; the id of an option; a number; a text; a date
            as YYYY-MM-DD.
        :rtype: dict
        :raise ValidationError: where the value does not fit the question.
        """
        kind = qualifier.kind
        if kind not in VALUE_FIELDS:
            raise ValidationError(
                self.env._(
                    '"%s" is a fact of the lead, not a question: change the lead instead.',
                    qualifier.name,
                )
            )
        try:
            if kind == "yes_no":
                value = {True: "yes", False: "no", "yes": "yes", "no": "no"}[value]
            elif kind == "choice":
                value = int(value)
                if value not in qualifier.option_ids.ids:
                    raise ValueError(value)
            elif kind == "number":
                value = float(value)
                if not abs(value) < 1e15:
                    raise ValueError(value)
            elif kind == "date":
                value = fields.Date.to_date(value)
            else:
                value = str(value).strip()
        except (TypeError, ValueError, KeyError, OverflowError) as error:
            raise ValidationError(
                self.env._(
                    '"%(value)s" is no answer to "%(qualifier)s".',
                    value=value,
                    qualifier=qualifier.name,
                )
            ) from error
        return {VALUE_FIELDS[kind]: value}
