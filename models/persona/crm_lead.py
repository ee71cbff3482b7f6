# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models

# No field here has a default, and none is computed and stored: adding them to a database
# with hundreds of thousands of leads must cost nothing and change nothing. The engines fill
# them, lead by lead as leads come and change, and in batches when the administrator asks.


class CrmLead(models.Model):
    _inherit = "crm.lead"

    # basic
    product_ids = fields.Many2many(
        "product.template",
        "crm_lead_product_template_rel",
        "lead_id",
        "product_tmpl_id",
        string="Interested In",
        help="Products or services that the lead asks about.",
    )
    request_note = fields.Text(help="What the lead asks for, in a few words.")

    # qualifiers
    segment_ids = fields.Many2many(
        "crm.segment", "crm_lead_segment_rel", "lead_id", "segment_id", copy=False
    )
    industry_id = fields.Many2one("res.partner.industry", index="btree_not_null")
    company_size = fields.Integer(string="Employees", aggregator="avg")

    # supplementary
    birthdate = fields.Date()
    social_linkedin = fields.Char(string="LinkedIn")
    social_facebook = fields.Char(string="Facebook")
    social_instagram = fields.Char(string="Instagram")
    social_x = fields.Char(string="X")
    preferred_channel = fields.Selection(
        [
            ("phone", "Phone"),
            ("email", "Email"),
            ("whatsapp", "WhatsApp"),
            ("sms", "SMS"),
            ("meeting", "Meeting"),
        ],
    )

    # what the engine says
    persona_id = fields.Many2one(
        "crm.persona",
        index="btree_not_null",
        copy=False,
        help="The persona that fits the lead best, or the one chosen by hand.",
    )
    persona_match = fields.Float(
        string="Persona Match (%)",
        readonly=True,
        copy=False,
        aggregator="avg",
        help="Share of the persona's weighted criteria that the lead meets.",
    )
    persona_is_manual = fields.Boolean(
        string="Persona Chosen by Hand", copy=False, export_string_translation=False
    )
    info_completeness = fields.Float(
        string="Completeness (%)",
        readonly=True,
        copy=False,
        aggregator="avg",
        help="Weighted share of the expected information that is known.",
    )

    # === HOOKS === #

    def _lead_pre_create(self, vals_list):
        state = super()._lead_pre_create(vals_list)
        for vals in vals_list:
            self._mark_manual_persona(vals)
        return state

    def _lead_pre_write(self, vals):
        state = super()._lead_pre_write(vals)
        self._mark_manual_persona(vals)
        return state

    def _lead_evaluate(self, changed):
        changed = super()._lead_evaluate(changed)
        outputs = self.env["crm.persona.matcher"]._match_changed(self, changed)
        return changed if changed is None else changed | outputs

    # === HELPERS === #

    @api.model
    def _mark_manual_persona(self, vals):
        """Mark a persona that somebody chose, so that the matcher leaves it alone.

        Whoever empties the field asks for the automatic match again.
        """
        if "persona_id" in vals:
            vals.setdefault("persona_is_manual", bool(vals["persona_id"]))
