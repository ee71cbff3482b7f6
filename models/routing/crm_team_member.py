# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...tools.phrases import listed


class CrmTeamMember(models.Model):
    """What routing knows about a member, beside what Odoo knows already.

    Odoo's "Pause assignment" takes a member out of all routing; Odoo's capacity (leads in 30
    days) and its two filters count where a rule says so: the assignment filter refuses leads,
    and members whose priority filter a lead meets come before all others.
    """

    _inherit = "crm.team.member"

    routing_weight = fields.Integer(
        string="Share",
        default=1,
        help="How many leads the member gets for each one of a member with share 1, where a"
        " rule weighs its members. 0: none.",
    )
    routing_seniority = fields.Selection(
        [("1", "Junior"), ("2", "Experienced"), ("3", "Senior")],
        string="Seniority",
        help="Rules can ask for a minimum. Empty counts as experienced.",
    )
    routing_lang_ids = fields.Many2many(
        "res.lang",
        "crm_team_member_lang_rel",
        "member_id",
        "value_id",
        string="Languages",
    )
    routing_industry_ids = fields.Many2many(
        "res.partner.industry",
        "crm_team_member_industry_rel",
        "member_id",
        "value_id",
        string="Industries",
    )
    routing_product_ids = fields.Many2many(
        "product.template",
        "crm_team_member_product_rel",
        "member_id",
        "value_id",
        string="Products Known",
    )
    routing_tag_ids = fields.Many2many(
        "crm.tag",
        "crm_team_member_tag_rel",
        "member_id",
        "value_id",
        string="Other Skills",
    )
    routing_titles = fields.Char(
        string="Job Titles",
        help="Positions of the people whom the member deals with well, apart by commas:"
        " CFO, Head of Purchasing.",
    )
    routing_channels = fields.Char(
        string="Channels",
        help="Channels in which the member likes to work, apart by commas: phone, email,"
        " whatsapp, sms, meeting.",
    )
    routing_cap_day = fields.Integer(
        string="Leads per Day", help="At most this many leads in 24 hours. 0: no limit."
    )
    routing_cap_week = fields.Integer(
        string="Leads per Week", help="At most this many leads in 7 days. 0: no limit."
    )
    routing_cap_open = fields.Integer(
        string="Open Leads", help="At most this many open leads at a time. 0: no limit."
    )
    routing_credit = fields.Integer(
        string="Leads Owed",
        readonly=True,
        copy=False,
        help="Leads that did not count, and for which the member gets others before his turn.",
    )
    routing_taken_on = fields.Datetime(
        readonly=True, copy=False, export_string_translation=False
    )
    routing_calendar_id = fields.Many2one(
        "resource.calendar",
        string="Working Hours",
        help="Empty: the hours of the user, else those of the company.",
    )
    routing_substitute_id = fields.Many2one(
        "res.users",
        string="Substitute",
        domain="[('share', '=', False), ('id', '!=', user_id)]",
        help="Gets the leads of the member's own accounts while he is away.",
    )

    _check_routing_numbers = models.Constraint(
        "CHECK (COALESCE(routing_weight, 0) BETWEEN 0 AND 100"
        " AND COALESCE(routing_cap_day, 0) >= 0 AND COALESCE(routing_cap_week, 0) >= 0"
        " AND COALESCE(routing_cap_open, 0) >= 0)",
        "Shares go from 0 to 100, and limits of leads cannot be negative.",
    )

    @api.constrains("routing_channels")
    def _check_routing_channels(self):
        known = dict(self.env["crm.lead"]._fields["preferred_channel"].selection)
        for member in self:
            strange = sorted(listed(member.routing_channels) - set(known))
            if strange:
                raise ValidationError(
                    self.env._(
                        "There is no channel %(strange)s. Write these, apart by commas:"
                        " %(known)s.",
                        strange=", ".join(strange),
                        known=", ".join(known),
                    )
                )
