# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.tools import SQL, babel_locale_parse, format_datetime
from odoo.tools.misc import get_lang

from ...const import INFO_GROUPS
from ...tools.contact_window import contact_window, same_clock
from ..common.rule.rule_set import LEADS, Plan, RuleSet

# How many personas beside the matched one are told about: the next best, not all.
OTHERS = 2

# Facts that nobody asks for: they follow from others.
NOT_ASKED = ("segment_ids", "source_id", "medium_id", "campaign_id", "lang_id")


class CrmLeadProfile(models.AbstractModel):
    """Puts into words and figures what we know about one lead, for the page Facts.

    **What.** The completeness by group and as a whole, the missing facts, the one question
    worth asking next, why the lead is the persona that it is, and when it is best contacted.

    **How to use.** ``_profile(lead)`` returns plain data (see there). The widget on the
    page Facts shows the computed field ``lead_profile``, which is this.

    **How it works.** Two queries on top of the lead's own: one for all facts, one for all
    criteria. Nothing is written.
    """

    _name = "crm.lead.profile"
    _description = "Profile of a lead"

    @api.model
    def _profile(self, lead):
        """Return what the page Facts says about a lead.

        :param lead: one saved crm.lead.
        :return: ``completeness`` (0 to 100), ``groups`` (key, label, completeness),
            ``missing`` (see ``crm.lead._lead_told``), ``next`` (the first of those that
            can be asked, or None; None for closed leads), ``personas`` (name, match,
            threshold, current, criteria with name and hit; the current one first),
            ``manual``, ``window`` (or None, as for closed leads).
        :rtype: dict
        """
        lead.ensure_one()
        facts = self._facts(lead)
        questions = lead._lead_told(self._questions(lead, facts))
        return {
            "completeness": self._share(facts),
            "groups": self._groups(facts),
            "missing": questions,
            "next": self._first(lead, questions),
            "personas": self._personas(lead),
            "manual": lead.persona_is_manual,
            "window": self._window(lead) if lead._lead_is_open() else None,
        }

    @api.model
    def _next(self, lead):
        """Return the question that is worth asking next, the ``next`` of :meth:`_profile`.

        :rtype: dict or None
        """
        lead.ensure_one()
        if not lead._lead_is_open():
            return None
        questions = self._questions(lead, self._facts(lead))
        first = self._first(lead, questions)
        # One is read; where the user may not, the first of all that he may read.
        told = lead._lead_told([first] if first else [])
        return told[0] if told else self._first(lead, lead._lead_told(questions))

    # === INFORMATION === #

    @api.model
    def _questions(self, lead, facts):
        return lead._lead_questions([row for row, known in facts if not known])

    @api.model
    def _first(self, lead, questions):
        """Return the first question that can be asked; none of who has bought or has said no."""
        asked = questions if lead._lead_is_open() else []
        return next((q for q in asked if q["field"] not in NOT_ASKED), None)

    @api.model
    def _facts(self, lead):
        """Return the facts that are expected of a lead, and whether they are known.

        :rtype: list[tuple[RuleRow, bool]]
        """
        rows = {row.id: row for row in self.env["crm.info.item"]._rule_rows()}
        if not rows:
            return []
        for ids, cells in RuleSet(self.env, self._name, "_facts_plan").execute(lead):
            return [
                (rows[item_id], known)
                for item_id, known in zip(ids, cells, strict=True)
                if known is not None
            ]
        return []

    @api.model
    def _facts_plan(self):
        """Return the plan of the statement that tells which facts are expected, and known.

        :rtype: Plan
        """

        def build(query, found):
            query.add_where(SQL("crm_lead.id = ANY(%s)", LEADS))
            cells = SQL(", ").join(
                SQL("CASE WHEN %s THEN %s END", applies, known)
                for _row, (known, applies) in found[0]
            )
            ids = [row.id for row, _sqls in found[0]]
            return query.select(
                SQL("%s::int[]", ids), SQL("ARRAY[%s]::boolean[]", cells)
            )

        return Plan([("crm.info.item", self.env["crm.info.item"]._rule_rows())], build)

    @api.model
    def _share(self, facts):
        """Return the weighted share of the facts that are known, from 0 to 100."""
        total = sum(row.values["weight"] for row, _known in facts)
        known = sum(row.values["weight"] for row, known in facts if known)
        return round(100.0 * known / total, 1) if total else 0.0

    @api.model
    def _groups(self, facts):
        """Return the completeness of each group that has facts."""
        labels = dict(
            self.env["crm.info.item"]._fields["group"]._description_selection(self.env)
        )
        groups = []
        for key, _label in INFO_GROUPS:
            mine = [(row, known) for row, known in facts if row.values["group"] == key]
            if mine:
                groups.append(
                    {
                        "key": key,
                        "label": labels[key],
                        "completeness": self._share(mine),
                    }
                )
        return groups

    # === PERSONA === #

    @api.model
    def _personas(self, lead):
        """Return the personas that fit best, with the criteria that the lead hits and misses."""
        Criterion = self.env["crm.persona.criterion"]
        hits = Criterion._rule_match(lead)[lead.id]
        by_persona = {}
        for row in Criterion._rule_rows():
            by_persona.setdefault(row.values["persona_id"], []).append(row)
        personas = self.env["crm.persona"].browse(by_persona) | lead.persona_id
        result = []
        for persona in personas._filtered_access("read").filtered("active").sorted():
            rows = by_persona.get(persona.id, [])
            criteria = Criterion.browse(row.id for row in rows)
            total = sum(row.values["weight"] for row in rows)
            hit = sum(row.values["weight"] for row in rows if row.id in hits)
            result.append(
                {
                    "id": persona.id,
                    "name": persona.name,
                    "current": persona == lead.persona_id,
                    "match": round(100.0 * hit / total, 1) if total else 0.0,
                    "threshold": persona.threshold,
                    "criteria": [
                        {"name": c.name, "hit": c.id in hits} for c in criteria
                    ],
                }
            )
        result.sort(key=lambda data: (not data["current"], -data["match"]))
        return result[: OTHERS + 1]

    # === CONTACT WINDOW === #

    @api.model
    def _window(self, lead, now=None):
        """Say when the lead's persona is best contacted, on the lead's own clock.

        :param datetime now: naive UTC; the present when None.
        :return: ``text``, ``is_open``, or None where the persona has no hours or the lead no
            place.
        :rtype: dict or None
        """
        persona = lead.persona_id
        now = now or fields.Datetime.now()
        zones = lead._lead_time_zones()
        if not persona or not zones:
            return None
        window = contact_window(
            now,
            zones[0],
            persona._contact_days(),
            persona.contact_from,
            persona.contact_to,
        )
        if not window:
            return None
        text = self._window_text(persona, window)
        if not same_clock(zones, now):
            text = self.env._("%s. The country has several time zones.", text)
        return {"text": text, "is_open": window.is_open}

    @api.model
    def _window_text(self, persona, window):
        """Say in words when to contact, in the language and on the clock of the user."""
        names = babel_locale_parse(get_lang(self.env).code).days["format"][
            "abbreviated"
        ]
        details = {
            "days": ", ".join(names[day] for day in persona._contact_days()),
            "start": self._clock(persona.contact_from),
            "end": self._clock(persona.contact_to),
            "local": f"{window.local:%H:%M}",
        }
        if window.is_open:
            return self.env._(
                "Now: it is %(local)s there (best %(days)s, %(start)s to %(end)s)",
                **details,
            )
        details["opens"] = format_datetime(
            self.env, window.opens, dt_format="EEE HH:mm", tz=self.env.user.tz or "UTC"
        )
        return self.env._(
            "From %(opens)s your time: it is %(local)s there"
            " (best %(days)s, %(start)s to %(end)s)",
            **details,
        )

    @api.model
    def _clock(self, hours):
        """Write hours of the day as on a clock: 9.5 is 09:30."""
        minutes = round(hours * 60)
        return f"{minutes // 60:02d}:{minutes % 60:02d}"
