# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import math
from itertools import product
from textwrap import shorten

from markupsafe import Markup

from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError
from odoo.tools import SQL, OrderedSet, html2plaintext

from ...tools import contact
from ..common.batch.retention import drop_old
from ..common.rights import LeadField
from .crm_touchpoint_collector import Collector


class CrmTouchpoint(models.Model):
    """One event in the story of a lead: a mail, a call, a meeting, a visit of the website.

    Touchpoints are written once and never changed. They come in through :meth:`_record`
    only, which every room calls, and which knows the events that it has seen before.
    """

    _name = "crm.touchpoint"
    _description = "Lead touchpoint"
    _order = "occurred_on desc, id desc"

    lead_id = LeadField(
        "crm.lead", required=True, index=True, ondelete="cascade", readonly=True
    )
    kind = fields.Selection(
        [
            ("email", "Email"),
            ("sms", "SMS"),
            ("whatsapp", "WhatsApp"),
            ("call", "Call"),
            ("meeting", "Meeting"),
            ("note", "Note"),
            ("form", "Form"),
            ("web_visit", "Website visit"),
            ("email_open", "Mailing opened"),
            ("email_click", "Mailing link clicked"),
            ("social", "Social network"),
            ("bounce", "Bounce"),
            ("unsubscribe", "Unsubscription"),
            ("other", "Other"),
        ],
        required=True,
        readonly=True,
    )
    direction = fields.Selection(
        [("in", "From the lead"), ("out", "To the lead"), ("internal", "Internal")],
        required=True,
        readonly=True,
    )
    is_human = fields.Boolean(
        string="By a Person",
        readonly=True,
        help="Whether a person did it, not a program: automatic mails are no contact.",
    )
    outcome = fields.Selection(
        [
            ("talked", "Talked"),
            ("message", "Left a message"),
            ("no_answer", "No answer"),
            ("wrong_number", "Wrong number"),
            ("held", "Took place"),
            ("no_show", "Nobody came"),
            ("cancelled", "Cancelled"),
            ("failed", "Not delivered"),
        ],
        readonly=True,
        help="How it ended, where that is known.",
    )
    is_answer = fields.Boolean(
        compute="_compute_is_answer", export_string_translation=False
    )
    batch_id = fields.Char(
        string="Import",
        readonly=True,
        index="btree_not_null",
        export_string_translation=False,
    )
    occurred_on = fields.Datetime(required=True, readonly=True)
    value = fields.Float(
        readonly=True,
        help="How much, where the event has an amount: minutes of a call, pages of a visit.",
    )
    source = fields.Char(readonly=True, help="Where the event comes from.")
    external_ref = fields.Char(
        string="External Reference",
        readonly=True,
        help="Its number there: known events are skipped.",
    )
    summary = fields.Char(readonly=True)

    _external_ref_uniq = models.UniqueIndex(
        "(source, external_ref, lead_id) WHERE external_ref IS NOT NULL",
        "This event of this source is recorded already.",
    )

    # The newest first, of any number: the first page of the list.
    _occurred_idx = models.Index("(occurred_on DESC, id DESC)")

    # === COMPUTE METHODS === #

    @api.depends("kind", "direction", "is_human", "outcome")
    def _compute_is_answer(self):
        for touch in self:
            touch.is_answer = contact.is_answer(
                touch.kind, touch.direction, touch.is_human, touch.outcome
            )

    @api.depends("kind", "direction", "summary")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        directions = dict(self._fields["direction"]._description_selection(self.env))
        for touchpoint in self:
            words = [kinds.get(touchpoint.kind), directions.get(touchpoint.direction)]
            text = touchpoint.summary or ", ".join(word for word in words if word)
            touchpoint.display_name = text

    @api.model
    def _cron_collect(self):
        """Record what Odoo knows of, but tells nobody; see ``Collector``."""
        Collector(self.env).run()

    @api.autovacuum
    def _gc_old(self):
        """Drop old touchpoints of closed leads, where they are kept for a time only."""
        return drop_old(self, "crm_lead_management.touchpoint_months", "occurred_on")

    # === BUSINESS METHODS === #

    @api.model
    def _record(self, vals_list):
        """Record events of leads: the one door through which touchpoints come in.

        Events whose ``(source, external_ref)`` is known of the same lead are skipped, and so
        are events of leads that no longer exist, whoever else may record the same just now.
        Afterwards the leads are told (``_lead_touched``). One statement for any number.

        :param list[dict] vals_list: values of touchpoints. ``lead_id`` and ``kind`` are
            required; ``direction`` defaults to "internal", ``occurred_on`` (UTC) to now.
        :return: the new touchpoints, as superuser.
        :raise ValidationError: where an event has an unknown kind or direction, or no lead.
        """
        if not vals_list:
            return self.browse()
        now = fields.Datetime.now()
        rows = [
            SQL("(%s, %s)", place, self._record_row(vals, now))
            for place, vals in enumerate(vals_list)
        ]
        columns = SQL(
            "lead_id, kind, direction, is_human, occurred_on, value, source, external_ref,"
            " summary, outcome, batch_id"
        )
        statement = SQL(
            """
            INSERT INTO crm_touchpoint (%(columns)s, create_uid, create_date, write_uid, write_date)
            SELECT %(columns)s, %(uid)s, %(now)s, %(uid)s, %(now)s
              FROM (VALUES %(rows)s) AS event(place, %(columns)s)
             WHERE EXISTS (SELECT FROM crm_lead WHERE crm_lead.id = event.lead_id)
             ORDER BY place
            ON CONFLICT DO NOTHING
            RETURNING id, lead_id
            """,
            columns=columns,
            uid=self.env.uid,
            now=now,
            rows=SQL(", ").join(rows),
        )
        recorded = self.env.execute_query(statement)
        # sudo: events are recorded for whoever caused them, and nobody may write them.
        touchpoints = self.sudo().browse(row[0] for row in recorded)
        # sudo: the reaction is that of the rooms, not of who caused the event.
        leads = (
            self.env["crm.lead"].sudo().browse(OrderedSet(row[1] for row in recorded))
        )
        leads.invalidate_recordset(["touchpoint_ids", "touchpoint_count"], flush=False)
        if leads:
            leads._lead_touched(touchpoints)
        return touchpoints

    def _withdraw(self):
        """Take events back that did not happen, or not with these leads, and tell the leads."""
        # sudo: nobody may delete touchpoints; what never was is no part of the story.
        gone = self.sudo().exists()
        if not gone:
            return
        gone.write({"outcome": "failed"})
        leads = gone.lead_id
        for lead, group in gone.grouped("lead_id").items():
            lead._lead_touched(group)
        gone.unlink()
        leads.invalidate_recordset(["touchpoint_ids", "touchpoint_count"], flush=False)
        leads._lead_evaluate({"touchpoint_ids"})

    def _landed(self, has_landed):
        """Write down whether messages have left after all, and tell the leads.

        :param bool has_landed: they have; else they could not be delivered.
        """
        wrong = self.filtered(lambda t: (t.outcome == "failed") == has_landed)
        if not wrong:
            return
        # What has not left went nowhere.
        vals = {"outcome": False, "direction": "out"}
        if not has_landed:
            vals = {"outcome": "failed", "direction": "internal"}
        # sudo: nobody writes touchpoints; what became of a message is the system's to say.
        wrong.sudo().write(vals)
        for lead, group in wrong.grouped("lead_id").items():
            lead.sudo()._lead_touched(group)  # sudo: the reaction is that of the rooms

    @api.model
    def _summary(self, title, note=None):
        """Return what happened in one line: a title, and the beginning of a note.

        :param str title: in plain words.
        :param note: plain text or HTML, or nothing.
        :rtype: str
        """
        text = html2plaintext(note or "") if isinstance(note, Markup) else note or ""
        return shorten(": ".join(filter(None, [title, text])), 200, placeholder="...")

    @api.model
    @tools.ormcache("judge")
    def _judged(self, judge):
        """Return the events of people of which a function of tools/contact.py says yes.

        :param str judge: is_landed, is_attempt, is_answer or is_reach.
        :return: texts "kind,direction,outcome".
        :rtype: list[str]
        """
        kinds, directions, outcomes = (
            [value for value, _label in self._fields[name].selection]
            for name in ("kind", "direction", "outcome")
        )
        return [
            f"{kind},{direction},{outcome}"
            for kind, direction, outcome in product(kinds, directions, [*outcomes, ""])
            if getattr(contact, judge)(kind, direction, True, outcome or None)
        ]

    @api.model
    def _record_row(self, vals, now):
        """Return the values of one event in SQL, in the order of the columns of :meth:`_record`.

        :raise ValidationError: where a value cannot be used.
        """
        vals = {"direction": "internal", "occurred_on": now, "value": 0.0, **vals}
        for name in ("kind", "direction", "outcome"):
            if not vals.get(name) and name == "outcome":
                continue
            if vals.get(name) not in dict(self._fields[name].selection):
                raise ValidationError(
                    self.env._(
                        "A touchpoint cannot be recorded: %(value)s is not one of the values of"
                        ' "%(field)s".',
                        value=repr(vals.get(name)),
                        field=self._fields[name]._description_string(self.env),
                    )
                )
        if not vals.get("lead_id"):
            raise ValidationError(
                self.env._("A touchpoint cannot be recorded without its lead.")
            )
        value = float(vals["value"] or 0.0)
        return SQL(
            "%s::int, %s, %s, %s::boolean, %s::timestamp, %s::float8, %s, %s, %s, %s, %s",
            vals["lead_id"],
            vals["kind"],
            vals["direction"],
            bool(vals.get("is_human")),
            fields.Datetime.to_datetime(vals["occurred_on"]) or now,
            value if math.isfinite(value) else 0.0,
            vals.get("source") or "",
            vals.get("external_ref") or None,
            vals.get("summary") or None,
            vals.get("outcome") or None,
            vals.get("batch_id") or None,
        )
