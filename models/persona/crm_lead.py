# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import date

import pytz

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...tools.mail_domain import BRANDS, FREE_MAIL, own_domain
from ...tools.normalise import least_of_range
from ...tools.social import NETWORKS
from ..common.field_kinds import BOOKKEEPING, FACT
from .linked_field import LinkedField

# No field here has a default, and none is computed and stored: adding them to a database
# with hundreds of thousands of leads must cost nothing and change nothing. The engines fill
# them, lead by lead as leads come and change, and in batches when the administrator asks.

SOCIAL_FIELDS = {f"social_{network}": network for network in NETWORKS}


class CrmLead(models.Model):
    _inherit = "crm.lead"

    # basic
    product_ids = LinkedField(
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
    segment_ids = LinkedField(
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

        First comes what could raise the grade most, then what weighs most. It is without
        words, which are :meth:`_lead_told`: whoever needs the first one reads no others.

        :param missing: RuleRow tuples of the crm.info.item that are not known.
        :return: ``kind`` ("fact"), ``id``, ``field`` (of the lead), ``weight``, ``rank``,
            ``points`` (that the grade could gain).
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
        return [
            {
                "kind": "fact",
                "id": row.id,
                "field": row.values["field_name"].partition(".")[0],
                "weight": row.values["weight"],
                "rank": 0,
            }
            for row in missing
        ]

    def _lead_told(self, questions):
        """Put questions into words, in the same order; without what the user may not read.

        :param questions: as from :meth:`_lead_questions`.
        :return: these with ``name``, ``group``, and what else their room has to say.
        :rtype: list[dict]
        """
        words = {}
        for kind in dict.fromkeys(question["kind"] for question in questions):
            ids = [one["id"] for one in questions if one["kind"] == kind]
            words |= {
                (kind, key): told
                for key, told in self._lead_question_words(kind, ids).items()
            }
        places = ((one, (one["kind"], one["id"])) for one in questions)
        return [one | words[place] for one, place in places if place in words]

    def _lead_question_words(self, kind, ids):
        """Return the words of questions of one kind that the user may read, by id.

        The rooms that have questions of their own answer for their kind.
        """
        if kind != "fact":
            return {}
        items = self.env["crm.info.item"].browse(ids)._filtered_access("read")
        return {item.id: {"name": item.name, "group": item.group} for item in items}

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
