# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import json
import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError

# What may be filled in from outside: what a lead is, never whose it is or how it stands.
LEAD_FIELDS = (
    "name", "contact_name", "partner_name", "email_from", "phone", "function", "website",
    "street", "street2", "city", "zip", "state_id", "country_id", "lang_id", "request_note",
    "description", "product_ids", "tag_ids", "industry_id", "company_size", "expected_revenue",
    "source_id", "medium_id", "campaign_id", "referred", "birthdate", "preferred_channel",
    "social_linkedin", "social_facebook", "social_instagram", "social_x",
)  # fmt: skip
CUSTOM_TYPES = frozenset(
    ("char", "text", "integer", "float", "date", "boolean", "selection")
)
MOST_REGEX = 200


class CrmIntakeMapping(models.Model):
    """One line of a field map: what comes in under a name becomes a field of the lead."""

    _name = "crm.intake.mapping"
    _inherit = ["crm.carried.mixin", "crm.config.mixin"]
    _description = "Line of a field map"
    _order = "sequence, id"

    source_id = fields.Many2one(
        "crm.intake.source", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="source_id.company_id")
    sequence = fields.Integer(default=10, export_string_translation=False)
    path = fields.Char(
        string="What Comes In",
        required=True,
        help="The name of a field or column, the way to it in JSON (fields.email.value), the"
        " label of a line in a mail, or a regular expression with one group between slashes.",
    )
    target = fields.Selection(
        selection=lambda self: self._targets(), string="Becomes", required=True
    )
    transform = fields.Selection(
        [
            ("plain", "As typed"),
            ("name", "Name (Last, First)"),
            ("phone", "Phone number"),
            ("email", "Email address"),
            ("number", "Number"),
            ("date", "Date"),
            ("truth", "Yes or no"),
            ("list", "List"),
        ],
        string="Read As",
        help="Empty: as the field needs it.",
    )
    date_format = fields.Char(
        help="How dates are written, e.g. %m/%d/%Y. Empty: as most do, days before months."
    )
    value_map = fields.Text(
        string="Words",
        help="What a word stands for, one in a line: their word = ours.",
    )
    required = fields.Boolean(
        help="What comes in without it waits in the letterbox for a person."
    )

    # === SELECTION === #

    @api.model
    def _targets(self):
        """Return what can be filled in from outside: (name, label)."""
        lead = self.env["crm.lead"]
        custom = [
            name
            for name, field in sorted(lead._fields.items())
            if name.startswith("x_")
            and field.store
            and not field.readonly
            and field.type in CUSTOM_TYPES
        ]
        names = [name for name in LEAD_FIELDS if name in lead._fields] + custom
        labels = [
            (name, lead._fields[name]._description_string(self.env) or name)
            for name in names
        ]
        return [
            *labels,
            ("first_name", self.env._("First Name")),
            ("last_name", self.env._("Last Name")),
            ("note", self.env._("Note in the history")),
            ("consent", self.env._("Consent to messages (yes or no)")),
            ("no_mail", self.env._("Wants no messages (yes or no)")),
            ("question", self.env._("Answer to a qualifier")),
            ("touchpoint", self.env._("Summary of the touchpoint")),
            ("occurred_on", self.env._("Moment when it was sent")),
            ("external_ref", self.env._("Number at the sender")),
            ("person_ref", self.env._("Number of the person at the sender")),
            ("ignore", self.env._("Nothing")),
        ]

    @api.model
    def _target_names(self):
        return {name for name, _label in self._targets()}

    # === CONSTRAINT METHODS === #

    @api.constrains("path", "value_map")
    def _check_path(self):
        for line in self:
            pattern = line._pattern()
            if pattern is None:
                continue
            try:
                groups = re.compile(pattern).groups
            except re.error as error:
                raise ValidationError(
                    self.env._(
                        "The regular expression %(path)s cannot be read: %(error)s",
                        path=line.path,
                        error=error,
                    )
                ) from error
            # Repetitions of repetitions can take for ever.
            if (
                groups != 1
                or len(pattern) > MOST_REGEX
                or re.search(r"[*+}]\)[*+{]", pattern)
            ):
                raise ValidationError(
                    self.env._(
                        "The regular expression %s needs exactly one group, at most 200"
                        " characters, and no repetition within a repetition.",
                        line.path,
                    )
                )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        self._refuse_targets(vals_list)
        return super().create(vals_list)

    def write(self, vals):
        self._refuse_targets([vals])
        return super().write(vals)

    @api.model
    def _refuse_targets(self, vals_list):
        """Refuse what nobody outside may fill in, and say what may be."""
        allowed = self._target_names()
        for vals in vals_list:
            if vals.get("target") and vals["target"] not in allowed:
                raise ValidationError(
                    self.env._(
                        'What comes in from outside cannot become "%(target)s" of a lead.'
                        " Choose one of the fields that tell who the person is and what is"
                        " asked.",
                        target=vals["target"],
                    )
                )

    # === BUSINESS METHODS === #

    def _pattern(self):
        """Return the regular expression of the line, or None."""
        path = (self.path or "").strip()
        is_pattern = len(path) > 2 and path[0] == path[-1] == "/"
        return path[1:-1] if is_pattern else None

    def _words(self):
        """Return what words stand for, in small letters.

        :rtype: dict[str, str]
        """
        text = (self.value_map or "").strip()
        if text.startswith("{"):
            try:
                found = json.loads(text)
                return {str(k).strip().casefold(): str(v) for k, v in found.items()}
            except ValueError:
                return {}
        pairs = (line.partition("=") for line in text.splitlines() if "=" in line)
        return {key.strip().casefold(): value.strip() for key, _is, value in pairs}
