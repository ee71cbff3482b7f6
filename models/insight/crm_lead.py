# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..common.rule.together import told_together
from .headline import glance, headline

NAMES = """
    SELECT users.id, partner.name FROM res_users AS users
      JOIN res_partner AS partner ON partner.id = users.partner_id
     WHERE users.id = ANY(%s)
"""
# At most so many rows at once.
MAX_ROWS = 200


class CrmLead(models.Model):
    _inherit = "crm.lead"

    lead_headline = fields.Json(
        compute="_compute_lead_headline",
        exportable=False,
        export_string_translation=False,
    )
    lead_glance = fields.Json(
        compute="_compute_lead_glance",
        exportable=False,
        export_string_translation=False,
    )

    # The first page of the story, of all kinds.
    lead_story = fields.Json(
        compute="_compute_lead_story",
        exportable=False,
        export_string_translation=False,
    )

    # === COMPUTE METHODS === #

    @api.depends(
        "contact_name",
        "partner_id",
        "partner_name",
        "function",
        "country_id",
        "phone",
        "email_from",
        "message_lang",
    )
    @api.depends_context("uid", "lang", "tz")
    def _compute_lead_headline(self):
        for lead in self:
            saved = lead._origin
            lead.lead_headline = headline(saved) if saved else False

    # What it looks at of the lead itself is read together, by the first statement.
    @api.depends(
        *("lead_profile", "qualifier_marks", "routing_reason", "touchpoint_ids"),
        *("qualification_state", "active", "won_status", "lead_grade"),
        *("company_id", "team_id", "user_id"),
    )
    @api.depends_context("uid", "lang")
    def _compute_lead_glance(self):
        for lead in self:
            saved = lead._origin
            lead.lead_glance = told_together(saved, glance) if saved else False

    @api.depends("company_id", "team_id", "user_id")
    @api.depends_context("uid", "lang", "tz")
    def _compute_lead_story(self):
        for lead in self:
            lead.lead_story = lead._origin.get_story() if lead._origin else False

    # === THE STORY === #

    @api.readonly
    def get_story(self, kinds=None, before=None, limit=50):
        """Return what happened with this lead, newest first.

        :param kinds: only these kinds of ``crm.lead.event``; all when None.
        :param before: only what comes after this row on the way into the past: the pair of
            its date and id, as in ``next`` of the page before; or its id alone.
        :param int limit: how many rows, at most 200.
        :return: ``rows`` (id, kind, date in UTC, direction, is_human, user, title, note, and
            the record: model, res_id), ``next`` (for ``before``; False at the end), and
            ``kinds``: pairs of the key and the words of each kind that the lead has.
        :rtype: dict
        :raise AccessError: where the lead is not for the user.
        """
        self.ensure_one()
        # What the record rules look at, and not all of a wide row.
        self.fetch(["company_id", "team_id", "user_id"])
        self.check_access("read")
        Event = self.env["crm.lead.event"]
        limit = self._story_limit(limit)
        known = Event._fields["kind"].get_values(self.env)
        if kinds is not None and not isinstance(kinds, (list, tuple, set)):
            raise UserError(self.env._("Which kinds of events: a list of their keys."))
        kinds = [kind for kind in known if kinds is None or kind in kinds]
        arms = Event._arms_readable()
        page, there = self._story_page(arms, kinds, before, limit + 1)
        rows, more = page[:limit], len(page) > limit
        return {
            "rows": self._story_rows(rows, {arm.number: arm.model for arm in arms}),
            "next": [fields.Datetime.to_string(rows[-1][1]), rows[-1][0]]
            if more
            else False,
            "kinds": [
                [kind, text]
                for kind, text in Event._fields["kind"]._description_selection(self.env)
                if kind in there
            ],
        }

    def _story_page(self, arms, kinds, before, limit):
        """Return the rows of a page, and the kinds that the lead has on any page.

        All kinds, too, whatever page it is: the events of the lead are looked up once.
        """
        Event = self.env["crm.lead.event"]
        self.env.flush_all()
        # Without a row on this page there are still the kinds, in a row without an event.
        page = self.env.execute_query(
            SQL(
                "WITH event AS MATERIALIZED (SELECT * FROM (%s) AS event"
                " WHERE lead_id = %s) SELECT page.*, known.kinds"
                " FROM (SELECT array_agg(DISTINCT kind) AS kinds FROM event) AS known"
                " LEFT JOIN (SELECT id, date, kind, direction, is_human, user_id, arm,"
                " res_id FROM event WHERE kind = ANY(%s) AND %s"
                " ORDER BY date DESC, id DESC LIMIT %s) AS page ON TRUE"
                " ORDER BY page.date DESC, page.id DESC",
                Event._sql(arms),
                self.id,
                kinds,
                self._story_before(before),
                limit,
            )
        )
        rows = [row[:-1] for row in page if row[0] is not None]
        return rows, page[0][-1] or ()

    @api.model
    def _story_limit(self, limit):
        if not isinstance(limit, int) or isinstance(limit, bool) or limit < 1:
            raise UserError(self.env._("How many rows: a whole number from 1 on."))
        return min(limit, MAX_ROWS)

    def _story_before(self, before):
        """Return the condition of a page that begins after a row.

        :raise UserError: where what the client sent is no row's date and id.
        """
        if not before:
            return SQL("TRUE")
        if isinstance(before, int) and not isinstance(before, bool):
            return SQL(
                "(date, id) < (SELECT date, id FROM event WHERE id = %s)", before
            )
        try:
            date, row_id = before
            moment, row_id = fields.Datetime.to_datetime(date), int(row_id)
        except (TypeError, ValueError) as error:
            raise UserError(
                self.env._("Where the page begins: the date and the id of a row.")
            ) from error
        return SQL("(date, id) < (%s::timestamp, %s::bigint)", moment, row_id)

    @api.model
    def _story_rows(self, rows, models_by_arm):
        """Put rows into words; those that the user may not read are left out."""
        told = self.env["crm.lead.event"]._told([row[6:8] for row in rows])
        # The names of colleagues, whose records a salesperson may not read.
        users = sorted({row[5] for row in rows} - {None})
        names = dict(self.env.execute_query(SQL(NAMES, users))) if users else {}
        return [
            {
                "id": row_id,
                "kind": kind,
                "date": fields.Datetime.to_string(date),
                "direction": direction,
                "is_human": is_human,
                "user": names.get(user_id, ""),
                "title": told[arm, res_id][0],
                "note": told[arm, res_id][1],
                "model": models_by_arm[arm],
                "res_id": res_id,
            }
            for row_id, date, kind, direction, is_human, user_id, arm, res_id in rows
            if (arm, res_id) in told
        ]
