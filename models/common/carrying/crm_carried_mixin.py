# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models
from odoo.exceptions import ValidationError

# What no copy takes along, and a file does: in which language words of a condition are.
ALWAYS = ("domain_lang",)
# What is said of the file in its own words, or remembered here.
NEVER = ("company_id", "restricted_by", "render_model", *models.MAGIC_COLUMNS)
# No number of the set-up is larger: of days more than a thousand years. Dates that are reckoned
# with it are dates still, and sums are numbers that the database can hold.
LARGEST = 500_000
KINDS = frozenset(
    (
        *(
            "char",
            "text",
            "html",
            "selection",
            "boolean",
            "integer",
            "float",
            "monetary",
        ),
        *("date", "datetime", "many2one", "many2many", "one2many"),
    )
)


class CrmCarriedMixin(models.AbstractModel):
    """Set-up that goes from one company or database to another in a file.

    **What.** The fields that a copy of the record would have, without what engines write,
    and without what is of one company alone. A model says with the attributes below what is
    otherwise with it. Lines (one2many fields of models that are carried) go along.

    **How to use.** Inherit from it. ``crm.setup.file`` does the rest.
    """

    _name = "crm.carried.mixin"
    _description = "Set-up that goes along in a file"

    # What conditions of others name comes first: lower numbers.
    _carried_rank = 50
    # By which fields a record is known to be there already.
    _carried_by = ("name",)
    # Fields that a copy leaves out and a file takes along.
    _carried_more = ()
    # Fields that stay where they are: what opens a door, or runs code.
    _carried_not = ()
    # What belongs to the record alone: {many2one: the fields of what it leads to}.
    _carried_owned = {}

    @api.constrains(lambda self: self._carried_numbers())
    def _check_carried_numbers(self):
        """Refuse numbers by which whoever asks later would fail: a lead, a list, a job."""
        names = self._carried_numbers()
        for record in self:
            for name in names:
                if abs(record[name]) > LARGEST:
                    raise ValidationError(
                        self.env._(
                            '"%(record)s": %(number)s is too large for "%(field)s". At most'
                            " %(largest)s.",
                            record=record.display_name,
                            number=record[name],
                            field=self._fields[name]._description_string(self.env),
                            largest=LARGEST,
                        )
                    )

    @api.model
    def _carried_numbers(self):
        """Return the names of the whole numbers that are entered.

        :rtype: list[str]
        """
        return [
            name
            for name, field in self._fields.items()
            if field.type == "integer"
            and field.store
            and not field.compute
            and name not in models.MAGIC_COLUMNS
        ]

    @api.model
    def _carried_domain(self):
        """Return the domain of what is worth taking along."""
        return []

    @api.model
    def _carried_fields(self):
        """Return the fields that go along, by name.

        :rtype: dict
        """
        found = {}
        for name, field in self._fields.items():
            if name in NEVER or name in self._carried_not or field.type not in KINDS:
                continue
            if (
                name in ALWAYS
                or name in self._carried_more
                or self._carried_goes(field)
            ):
                found[name] = field
        return found

    @api.model
    def _carried_goes(self, field):
        """Tell whether a field goes along where nothing else is said."""
        if not field.copy or field.manual or field.related:
            return False
        if field.type == "one2many":
            return self._carried_is(field.comodel_name)
        if not field.store or field.readonly or field.name == self._carried_parent():
            return False
        return not (field.relational and field.comodel_name.startswith("mail.thread"))

    @api.model
    def _carried_is(self, model):
        """Tell whether records of a model go along in a file."""
        registry = self.env.registry
        return model in registry and issubclass(
            registry[model], registry["crm.carried.mixin"]
        )

    @api.model
    def _carried_parent(self):
        """Return the name of the field by which this is a line of something, or None."""
        for name, field in self._fields.items():
            if (
                field.type == "many2one"
                and field.required
                and field.ondelete == "cascade"
                and self._carried_is(field.comodel_name)
            ):
                return name
        return None
