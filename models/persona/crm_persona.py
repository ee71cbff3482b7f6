# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models

from ..common.crm_config_mixin import kept

CONTACT_DAYS = (
    "contact_mon",
    "contact_tue",
    "contact_wed",
    "contact_thu",
    "contact_fri",
    "contact_sat",
    "contact_sun",
)


class CrmPersona(models.Model):
    _name = "crm.persona"
    _inherit = [
        "crm.carried.mixin",
        "crm.config.mixin",
        "crm.waiting.mixin",
        "crm.restriction.mixin",
        "crm.lead.group.mixin",
    ]
    _description = "Lead persona"
    _carried_rank = 10
    _order = "sequence, id"

    _lead_field = "persona_id"
    _followed_by = frozenset(("threshold", "sequence", "company_id", "active"))
    _followed_from_start = False  # its criteria do

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    color = fields.Integer(export_string_translation=False)
    company_id = fields.Many2one(
        "res.company",
        help="Only leads of this company can be this persona. Empty: all.",
    )
    is_ideal = fields.Boolean(
        string="Ideal Customer",
        help="Mark the personas that you would like to have more of.",
    )
    who = fields.Text(string="Who are they?", translate=True)
    what = fields.Text(string="What do they want?", translate=True)
    where_from = fields.Text(string="Where do they come from?", translate=True)
    when_active = fields.Text(string="When do they interact most?", translate=True)
    why = fields.Text(string="Why are they interested?", translate=True)
    threshold = fields.Float(
        string="Match From (%)",
        default=50.0,
        help="A lead can only be this persona when it meets criteria that together have at"
        " least this share of the weight.",
    )
    criterion_ids = fields.One2many("crm.persona.criterion", "persona_id", copy=True)

    # When they are best contacted, on their own clock
    contact_mon = fields.Boolean(string="Monday")
    contact_tue = fields.Boolean(string="Tuesday")
    contact_wed = fields.Boolean(string="Wednesday")
    contact_thu = fields.Boolean(string="Thursday")
    contact_fri = fields.Boolean(string="Friday")
    contact_sat = fields.Boolean(string="Saturday")
    contact_sun = fields.Boolean(string="Sunday")
    contact_from = fields.Float(
        string="Best From",
        default=9.0,
        help="First hour to contact them, on their own clock.",
    )
    contact_to = fields.Float(string="Best To", default=17.0)

    _check_contact_hours = models.Constraint(
        "CHECK (contact_from >= 0 AND contact_from < contact_to AND contact_to <= 24)",
        "The hours of contact must lie within one day, the first before the last.",
    )
    _check_threshold = models.Constraint(
        "CHECK (threshold > 0 AND threshold <= 100)",
        "The match threshold of a persona must be more than 0 % and at most 100 %.",
    )

    @api.model
    @kept()
    def _ranking(self):
        """Return the rank and the match threshold (0 to 100) of the active personas.

        :rtype: dict[int, tuple[int, float]]
        """
        # sudo: personas are matched for every lead, whoever saves it.
        personas = self.sudo().search([("active", "=", True)])
        return {p.id: (rank, p.threshold) for rank, p in enumerate(personas)}

    def _contact_days(self):
        """Return the days of the week on which to contact them, 0 for Monday.

        :rtype: list[int]
        """
        self.ensure_one()
        return [day for day, name in enumerate(CONTACT_DAYS) if self[name]]

    @api.model
    def _leaves_behind(self, vals):
        # Leads of what is archived follow at once, see write().
        return super()._leaves_behind(
            {name: value for name, value in vals.items() if name != "active" or value}
        )

    def write(self, vals):
        archived = vals.get("active") is False and self.filtered("active")
        result = super().write(vals)
        if archived:
            # sudo: whoever may archive personas decides for all leads.
            leads = self.env["crm.lead"].sudo()
            mine = [("won_status", "=", "pending"), ("persona_id", "in", archived.ids)]
            self.env["crm.lead.batch"]._follow(
                leads.search(mine, order="id desc"),
                lambda leads: leads._lead_evaluate(None),
            )
        return result
