# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _name = "res.config.settings"
    _inherit = ["res.config.settings", "crm.waiting.mixin"]

    # message
    message_calendar_id = fields.Many2one(
        related="company_id.message_calendar_id", readonly=False
    )
    message_holidays = fields.Boolean(
        related="company_id.message_holidays", readonly=False
    )
    message_cap_days = fields.Integer(
        related="company_id.message_cap_days", readonly=False
    )
    # persona
    lead_standardise = fields.Boolean(
        related="company_id.lead_standardise", readonly=False
    )
    lead_shared_senders = fields.Text(
        related="company_id.lead_shared_senders", readonly=False
    )

    # scoring
    lead_known_least = fields.Integer(
        related="company_id.lead_known_least", readonly=False
    )

    # routing
    lead_fallback_user_id = fields.Many2one(
        related="company_id.lead_fallback_user_id", readonly=False
    )
    lead_known_first = fields.Boolean(
        related="company_id.lead_known_first", readonly=False
    )
    lead_set_aside = fields.Boolean(related="company_id.lead_set_aside", readonly=False)
    lead_routing_log_months = fields.Integer(
        string="Months of Explanations",
        config_parameter="crm_lead_management.routing_log_months",
    )
    lead_touchpoint_months = fields.Integer(
        string="Months of Touchpoints",
        config_parameter="crm_lead_management.touchpoint_months",
    )
    lead_stage_log_months = fields.Integer(
        string="Months of Stage Moves",
        config_parameter="crm_lead_management.stage_log_months",
    )
    lead_audit_months = fields.Integer(
        string="Months of Audits",
        config_parameter="crm_lead_management.audit_months",
    )
    lead_creator_keeps = fields.Boolean(
        related="company_id.lead_creator_keeps", readonly=False
    )

    # insight
    lead_need_to_know = fields.Boolean(
        related="company_id.lead_need_to_know", readonly=False
    )

    # followup
    lead_followup_notes = fields.Selection(
        related="company_id.lead_followup_notes", readonly=False
    )
    lead_drop_reason = fields.Boolean(
        related="company_id.lead_drop_reason", readonly=False
    )
    lead_followup_sample = fields.Boolean(
        related="company_id.lead_followup_sample", readonly=False
    )
    lead_day_home = fields.Boolean(related="company_id.lead_day_home", readonly=False)

    # pipeline
    lead_stage_by_contact = fields.Boolean(
        related="company_id.lead_stage_by_contact", readonly=False
    )
    lead_stage_by_quotation = fields.Boolean(
        related="company_id.lead_stage_by_quotation", readonly=False
    )
    lead_stage_by_order = fields.Boolean(
        related="company_id.lead_stage_by_order", readonly=False
    )
    lead_stage_by_grade = fields.Selection(
        related="company_id.lead_stage_by_grade", readonly=False
    )
    lead_stage_unqualify = fields.Boolean(
        related="company_id.lead_stage_unqualify", readonly=False
    )
    lead_rotting = fields.Boolean(related="company_id.lead_rotting", readonly=False)
    lead_has_sales = fields.Boolean(compute="_compute_lead_has_sales")

    def _compute_lead_has_sales(self):
        # The sales app and its link with opportunities are optional.
        self.lead_has_sales = (
            "opportunity_id" in self.env.get("sale.order", self)._fields
        )
