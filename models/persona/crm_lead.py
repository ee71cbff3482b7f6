# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import date

import pytz

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...const import SKIP
from ...tools.social import NETWORKS, social_link

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
    lead_profile = fields.Json(
        compute="_compute_lead_profile",
        exportable=False,
        export_string_translation=False,
    )

    # === COMPUTE METHODS === #

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
            self._complete_social_links({name: lead[name] for name in SOCIAL_FIELDS})

    # === HOOKS === #

    def _lead_pre_create(self, vals_list):
        state = super()._lead_pre_create(vals_list)
        for vals in vals_list:
            self._mark_manual_persona(vals)
            self._complete_social_links(vals)
        standardise = self.env["crm.lead.standardiser"]._standardise
        return {**state, "persona": [standardise(vals) for vals in vals_list]}

    def _lead_post_create(self, state):
        super()._lead_post_create(state)
        typed = zip(self, state.get("persona", ()), strict=False)
        self.env["crm.lead.standardiser"]._log(
            {lead: said for lead, said in typed if said}
        )

    def _lead_pre_write(self, vals):
        state = super()._lead_pre_write(vals)
        self._mark_manual_persona(vals)
        self._complete_social_links(vals)
        if self.env.context.get(SKIP) or len(self) != 1:
            return state  # What fits one lead (its country) need not fit another.
        return {
            **state,
            "persona": self.env["crm.lead.standardiser"]._standardise(vals, self),
        }

    def _lead_post_write(self, names, state):
        super()._lead_post_write(names, state)
        if state.get("persona"):
            self.env["crm.lead.standardiser"]._log({self: state["persona"]})

    def _lead_evaluate(self, changed):
        changed = super()._lead_evaluate(changed)
        outputs = self.env["crm.lead.evaluator"]._evaluate(self, changed)
        self.invalidate_recordset(["lead_profile"], flush=False)
        return changed if changed is None else changed | outputs

    def _lead_refresh(self, field_names):
        result = super()._lead_refresh(field_names)
        # Segments by what the engines find (a grade, a persona) follow as soon as it is found.
        names = set(field_names) - {"segment_ids"}
        if self and not names.isdisjoint(
            self.env["crm.segment"]._rule_trigger_fields()
        ):
            self.env["crm.persona.matcher"]._match_segments(self)
        return result

    def _lead_merge_fields(self):
        return {
            **super()._lead_merge_fields(),
            "product_ids": lambda _name, leads: leads.product_ids,
            "request_note": lambda _name, leads: "\n\n".join(
                dict.fromkeys(note for note in leads.mapped("request_note") if note)
            ),
            **dict.fromkeys(
                (
                    "industry_id",
                    "company_size",
                    "birthdate",
                    "preferred_channel",
                    *SOCIAL_FIELDS,
                )
            ),
        }

    def _lead_merge(self, opportunities):
        super()._lead_merge(opportunities)
        vals = {
            "segment_ids": [(4, segment.id) for segment in opportunities.segment_ids]
        }
        manual = opportunities.filtered("persona_is_manual")[:1]
        if manual and not self.persona_is_manual:
            vals.update(persona_id=manual.persona_id.id, persona_is_manual=True)
        # The merged data are written afterwards; that evaluates the lead.
        self.with_context(**{SKIP: True}).write(vals)

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
        values = self._lead_question_values() if questions else {}
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

    def _lead_question_values(self):
        """Tell how much the knowledge of a field could add to the lead's points at best.

        Nothing is known here; the room that has the scorecards overrides this.

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

    # === HELPERS === #

    @api.model
    def _mark_manual_persona(self, vals):
        """Mark a persona that somebody chose, so that the matcher leaves it alone.

        Whoever empties the field asks for the automatic match again.
        """
        if "persona_id" in vals:
            vals.setdefault("persona_is_manual", bool(vals["persona_id"]))

    @api.model
    def _complete_social_links(self, vals):
        """Turn what was typed into links to profiles, and refuse other links.

        :raise ValidationError: for a link to anywhere else, or a script.
        """
        for name, network in SOCIAL_FIELDS.items():
            if not vals.get(name):
                continue
            try:
                vals[name] = social_link(network, vals[name]) or False
            except ValueError as error:
                raise ValidationError(
                    self.env._(
                        "%(field)s: %(text)s is not a link to a profile there. Paste the address"
                        " of the profile (it begins with https://%(host)s/), or its name alone.",
                        field=self._fields[name]._description_string(self.env),
                        text=vals[name],
                        host=error,
                    )
                ) from error
