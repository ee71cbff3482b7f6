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
    def _fresh_sql(self, setup, query, points, now):
        """Return the statement that gives the scores of leads, in the order of SCORE_FIELDS.

        :param query: the leads to score.
        :param SQL points: their points.
        :param datetime now: the present, in UTC.
        """
        scored = query.select(
            SQL("crm_lead.id"),
            SQL("%s AS points", points),
            SQL("%s AS passed", self._passed_sql(query)),
            SQL("%s AS manual", self._manual_sql(query, now)),
        )
        # OFFSET 0: the points are read several times and computed once.
        return SQL(
            """
            SELECT id, points, grade, %(band)s, passed AND grade >= %(mql_grade)s
              FROM (SELECT id, points, passed, COALESCE(manual, %(grade)s) AS grade
                      FROM (%(scored)s OFFSET 0) AS scored) AS graded
            """,
            scored=scored,
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
        before = {lead.id: lead.lead_grade for lead in leads}
        changed = set(leads._lead_written(rows, SCORE_FIELDS)._ids)
        graded = [row[:3] for row in rows if before[row[0]] != row[2]]
        self._log_fresh(setup, graded, before, now)
        new = {lead_id: grade for lead_id, _points, grade in graded}
        return [(row[0], new.get(row[0])) for row in rows if row[0] in changed]

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
