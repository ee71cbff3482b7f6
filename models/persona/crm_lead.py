# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import date

import pytz

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...tools.mail_domain import BRANDS, FREE_MAIL, own_domain
from ...tools.normalise import least_of_range
from ...tools.social import NETWORKS
from ..common.field_kinds import BOOKKEEPING, FACT

# No field here has a default, and none is computed and stored: adding them to a database
# with hundreds of thousands of leads must cost nothing and change nothing. The engines fill
# them, lead by lead as leads come and change, and in batches when the administrator asks.

SOCIAL_FIELDS = {f"social_{network}": network for network in NETWORKS}


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
        lead_kind=FACT,
    )
    request_note = fields.Text(
        help="What the lead asks for, in a few words.", lead_kind=FACT
    )

    # qualifiers
    segment_ids = fields.Many2many(
        "crm.segment",
        "crm_lead_segment_rel",
        "lead_id",
        "segment_id",
        copy=False,
        lead_kind=FACT,
    )
    industry_id = fields.Many2one(
        "res.partner.industry", index="btree_not_null", lead_kind=FACT
    )
    company_size = fields.Integer(string="Employees", aggregator="avg", lead_kind=FACT)

    # supplementary
    birthdate = fields.Date(lead_kind=FACT)
    social_linkedin = fields.Char(string="LinkedIn", lead_kind=FACT)
    social_facebook = fields.Char(string="Facebook", lead_kind=FACT)
    social_instagram = fields.Char(string="Instagram", lead_kind=FACT)
    social_x = fields.Char(string="X", lead_kind=FACT)
    preferred_channel = fields.Selection(
        [
            ("phone", "Phone"),
            ("email", "Email"),
            ("whatsapp", "WhatsApp"),
            ("sms", "SMS"),
            ("meeting", "Meeting"),
        ],
        lead_kind=FACT,
    )

    # what the engine says
    persona_id = fields.Many2one(
        "crm.persona",
        index="btree_not_null",
        copy=False,
        help="The persona that fits the lead best, or the one chosen by hand.",
        lead_kind=FACT,
    )
    persona_match = fields.Float(
        string="Persona Match (%)",
        readonly=True,
        copy=False,
        aggregator="avg",
        help="Share of the persona's weighted criteria that the lead meets.",
        lead_kind=BOOKKEEPING,
    )
    persona_is_manual = fields.Boolean(
        string="Persona Chosen by Hand",
        copy=False,
        export_string_translation=False,
        lead_kind=BOOKKEEPING,
    )
    info_completeness = fields.Float(
        string="Completeness (%)",
        readonly=True,
        copy=False,
        aggregator="avg",
        help="Weighted share of the expected information that is known.",
        lead_kind=FACT,
    )
    lead_profile = fields.Json(
        compute="_compute_lead_profile",
        exportable=False,
        export_string_translation=False,
    )

    # === COMPUTE METHODS === #

    def _compute_email_domain_criterion(self):
        result = super()._compute_email_domain_criterion()
        shared = self.env["res.company"]._crm_shared_senders()
        for lead in self:
            domain = (lead.email_domain_criterion or "").removeprefix("@")
            # Most domains are a company's own: nothing more to look at.
            if domain and (
                shared or domain in FREE_MAIL or domain.partition(".")[0] in BRANDS
            ):
                lead.email_domain_criterion = own_domain(
                    lead.email_normalized, lead.email_domain_criterion, shared
                )
        return result

    @api.depends("persona_id", "persona_match", "info_completeness", "segment_ids")
    @api.depends_context("uid", "lang")
    def _compute_lead_profile(self):
        for lead in self:
            saved = lead._origin
            lead.lead_profile = (
                self.env["crm.lead.profile"]._profile(saved) if saved else False
            )

    # === CONSTRAINT METHODS === #

    @api.constrains("birthdate")
    def _check_birthdate(self):
        for lead in self:
            if (
                lead.birthdate
                and not date(1900, 1, 1) <= lead.birthdate <= fields.Date.today()
            ):
                raise ValidationError(
                    self.env._(
                        'The birth date %(date)s of the lead "%(lead)s" cannot be right: it must'
                        " lie between 1900 and today.",
                        date=lead.birthdate,
                        lead=lead.name,
                    )
                )

    @api.constrains(*SOCIAL_FIELDS)
    def _check_social_links(self):
        # Again, for what came in past the hooks: a link that is a script must never be shown.
        for lead in self:
            self.env["crm.persona.station"]._complete_social_links(
                {name: lead[name] for name in SOCIAL_FIELDS}
            )

    # === CRUD METHODS === #

    @api.model
    def load(self, fields, data):
        """Import leads; of ranges of employees ("51-200") the lower end is kept."""
        self.browse().check_access("create")
        if "company_size" in fields:
            place = fields.index("company_size")
            data = [
                [
                    least_of_range(value)
                    if column == place and isinstance(value, str)
                    else value
                    for column, value in enumerate(row)
                ]
                for row in data
            ]
        return super().load(fields, data)

    # === BUSINESS METHODS === #

    def _lead_questions(self, missing):
        """Return what is worth asking this lead, what helps most first.

        First comes what could raise the grade most, then what weighs most.

        :param missing: RuleRow tuples of the crm.info.item that are not known.
        :return: ``kind`` ("fact"), ``id``, ``name``, ``field`` (of the lead), ``group``,
            ``weight``, ``rank``, ``points`` (that the grade could gain).
        :rtype: list[dict]
        """
        self.ensure_one()
        questions = self._lead_open_questions(missing)
        names = {question["field"] for question in questions}
        values = self._lead_question_values(names) if names else {}
        for question in questions:
            question["points"] = values.get(question["field"], 0)
        questions.sort(key=lambda q: (-q["points"], -q["rank"], -q["weight"]))
        return questions

    def _lead_open_questions(self, missing):
        """Return the questions of :meth:`_lead_questions`, in no order, without points.

        The rooms that have questions of their own add them, with a ``kind`` of their own
        and a ``rank`` that says what comes first where the grade does not care.
        """
        items = self.env["crm.info.item"].browse(row.id for row in missing)
        return [
            {
                "kind": "fact",
                "id": item.id,
                "name": item.name,
                "field": item.field_name.partition(".")[0],
                "group": item.group,
                "weight": item.weight,
                "rank": 0,
            }
            for item in items._filtered_access("read")
        ]

    def _lead_question_values(self, names=None):
        """Tell how much the knowledge of a field could add to the lead's points at best.

        Nothing is known here; the room that has the scorecards overrides this.

        :param names: only these fields of the lead; all when None.
        :return: points by the name of a field of the lead.
        :rtype: dict[str, float]
        """
        self.ensure_one()
        return {}

    def _lead_time_zones(self):
        """Return the time zones in which the lead may live, the likeliest first.

        :rtype: list[str]
        """
        self.ensure_one()
        if self.partner_id.tz:
            return [self.partner_id.tz]
        return list(pytz.country_timezones.get(self.country_id.code or "", []))
