# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models
from odoo.tools import SQL

from .crm_score_engine import SCORE_FIELDS


class CrmScoreEngine(models.AbstractModel):
    """The scores of leads that are just being created.

    The same points and grades; but they stay in memory, to be written with all the rest of
    the lead (see ``FRESH`` in const.py). Only the log is written at once.
    """

    _inherit = "crm.score.engine"

    @api.model
    def _fresh_sql(self, setup, query, conditions, leads, now):
        """Return the statement that gives the scores of leads, and the parts of their points.

        :param query: the leads to score.
        :param conditions: those of the rules.
        :param datetime now: the present, in UTC.
        :return: the statement; it gives the id of each lead, the values in the order of
            SCORE_FIELDS, the ids of the rules, the points and the events of each.
        """
        parts = self._parts_sql(query, conditions, leads, now)
        counted = query.select(
            SQL("crm_lead.id"),
            SQL("%s AS passed", self._passed_sql(query)),
            SQL("%s AS manual", self._manual_sql(query, now)),
            SQL("%s::int[] AS rules", [row.id for row, _sqls in conditions]),
            SQL("ARRAY[%s]::float8[] AS parts", SQL(", ").join(parts)),
            SQL(
                "ARRAY[%s]::int[] AS counts",
                SQL(", ").join(self._counts_sql(conditions)),
            ),
        )
        numbered = [SQL("parts[%s]", n) for n in range(1, len(parts) + 1)]
        # OFFSET 0: parts and points are read several times and computed once.
        return SQL(
            """
            SELECT id, points, grade, %(band)s, passed AND grade >= %(mql_grade)s,
                   rules, parts, counts
              FROM (SELECT *, COALESCE(manual, %(grade)s) AS grade
                      FROM (SELECT *, %(points)s AS points
                              FROM (%(counted)s OFFSET 0) AS counted OFFSET 0
                   ) AS scored) AS graded
            """,
            counted=counted,
            points=self._total_sql(setup, conditions, numbered),
            grade=self._grade_sql(setup, SQL("points")),
            band=self._band_sql(setup),
            mql_grade=setup.mql_grade,
        )

    @api.model
    def _keep_fresh(self, setup, leads, rows, now):
        """Keep what :meth:`_fresh_sql` gave, and log the grades.

        :return: as of the statement that updates: the id of each lead that changed, and its
            grade where that is another one than before, else None.
        :rtype: list[tuple]
        """
        notes = leads._lead_fresh().notes
        for lead_id, *_scores, rules, parts, counts in rows:
            notes["parts", setup.id, lead_id] = (lead_id, rules, parts, counts)
        size = 1 + len(SCORE_FIELDS)
        before = {lead.id: lead.lead_grade for lead in leads}
        changed = leads._lead_written([row[:size] for row in rows], SCORE_FIELDS)
        graded = [row[:3] for row in rows if before[row[0]] != row[2]]
        self._log_fresh(setup, graded, before, now)
        new = {lead_id: grade for lead_id, _points, grade in graded}
        return [(lead_id, new.get(lead_id)) for lead_id in changed._ids]

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

    @api.model
    def _log_fresh(self, setup, graded, before, now):
        """Put grades on record.

        :param list graded: ``(lead id, points, grade)``.
        :param dict before: the former grade by lead id.
        :param datetime now: the time of the log, in UTC.
        """
        if not graded:
            return
        rows = SQL(", ").join(
            (
                *(lead_id, setup.id, before[lead_id], grade, points),
                *(self.env.uid, now) * 2,
            )
            for lead_id, points, grade in graded
        )
        self.env.cr.execute(
            SQL(
                "INSERT INTO crm_lead_grade_log (lead_id, scorecard_id, from_grade, to_grade,"
                " points, create_uid, create_date, write_uid, write_date) VALUES %s",
                rows,
            )
        )
