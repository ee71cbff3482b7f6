# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models
from odoo.tools import SQL

from ...const import LEADS, NOW, UID
from .crm_score_engine import SCORE_FIELDS


class CrmScoreEngine(models.AbstractModel):
    """The scores of leads that are just being created.

    The same points and grades; but they stay in memory, to be written with all the rest of
    the lead (see ``FRESH`` in const.py). Only the log is written at once.
    """

    _inherit = "crm.score.engine"

    @api.model
    def _score_fresh(self, setup, leads, now):
        """Score new leads with one scorecard, keep what it gives, and log the grades.

        :return: as of :meth:`_score_known`.
        :rtype: list[tuple]
        """
        Rule = self.env["crm.scorecard.rule"]
        rows = Rule._rule_fresh_execute(
            leads,
            ("score", setup.id),
            [(Rule._name, Rule._scorecard_rows(setup.id))],
            lambda query, found, lacking: self._fresh_sql(
                setup,
                query,
                found[0],
                None if "touchpoint_ids" in lacking else LEADS,
                NOW,
                UID,
            ),
            now=now,
            asks=("touchpoint_ids",),
        )
        if rows is None:

            def build(query, conditions):
                query.add_where(SQL("crm_lead.id = ANY(%s)", leads.ids))
                ids, uid = leads.ids, self.env.uid
                return self._fresh_sql(setup, query, conditions, ids, now, uid)

            rows = self._execute(setup, build)
        return self._keep_fresh(setup, leads, rows)

    @api.model
    def _fresh_sql(self, setup, query, conditions, ids, now, uid):
        """Return the statement that gives the scores of leads, and logs their grades.

        :param query: the leads to score.
        :param conditions: those of the rules.
        :param ids: those of the leads; None where they have no touchpoints.
        :param datetime now: the present, in UTC.
        :param int uid: the user who creates the leads.
        :return: the statement; it gives the id of each lead, the values in the order of
            SCORE_FIELDS, the former grade, the ids of the rules, the points and the events
            of each.
        """
        query.add_where(self._scope_sql(setup, query))
        parts = self._parts_sql(query, conditions, ids, now)
        counted = query.select(
            SQL("crm_lead.id"),
            SQL("COALESCE(crm_lead.lead_grade, 0) AS old_grade"),
            SQL("%s AS passed", self._passed_sql(query)),
            SQL("%s AS manual", self._manual_sql(query, now)),
            SQL("ARRAY[%s]::float8[] AS parts", SQL(", ").join(parts)),
            SQL(
                "ARRAY[%s]::int[] AS counts",
                SQL(", ").join(self._counts_sql(conditions)),
            ),
        )
        numbered = [SQL("parts[%s]", n) for n in range(1, len(parts) + 1)]
        # MATERIALIZED and OFFSET 0: what is read several times is computed once.
        return SQL(
            """
            WITH changed AS MATERIALIZED (
                SELECT *, COALESCE(manual, %(grade)s) AS grade
                  FROM (SELECT *, %(points)s AS points
                          FROM (%(counted)s OFFSET 0) AS counted OFFSET 0) AS scored
            ), logged AS (%(logged)s)
            SELECT id, points, grade, %(band)s, passed AND grade >= %(mql_grade)s,
                   old_grade, %(rules)s::int[], parts, counts
              FROM changed
            """,
            counted=counted,
            points=self._total_sql(setup, conditions, numbered),
            grade=self._grade_sql(setup, SQL("points")),
            band=self._band_sql(setup),
            mql_grade=setup.mql_grade,
            logged=self._logged_sql(setup, now, uid),
            rules=[row.id for row, _sqls in conditions],
        )

    @api.model
    def _keep_fresh(self, setup, leads, rows):
        """Keep what :meth:`_fresh_sql` gave.

        :return: as of :meth:`_score_known`.
        :rtype: list[tuple]
        """
        notes, size, new = leads._lead_fresh().notes, 1 + len(SCORE_FIELDS), {}
        for row in rows:
            lead_id, _points, grade = row[:3]
            before, rules, parts, counts = row[size:]
            notes["parts", setup.id, lead_id] = (lead_id, rules, parts, counts)
            new[lead_id] = grade if grade != before else None
        changed = leads._lead_written([row[:size] for row in rows], SCORE_FIELDS)
        return [(lead_id, new[lead_id]) for lead_id in changed._ids]

    @api.model
    def _fresh_parts(self, setup, leads):
        """Return the parts of the points of new leads as :meth:`_fresh_sql` found them.

        :return: for each lead its id, the ids of the rules, the points and the events of
            each; None where not all of the leads are new, or were scored with this scorecard.
        :rtype: list[tuple] or None
        """
        if not leads or not leads._lead_is_fresh():
            return None
        notes = leads._lead_fresh().notes
        found = [notes.get(("parts", setup.id, lead_id)) for lead_id in leads.ids]
        return found if all(found) else None
