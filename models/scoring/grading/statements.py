# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.tools import SQL

from ...common.rule.rule_set import LEADS, NOW, UID, rule_leads

# The fields that grade a lead, in the order in which the engine writes them.
SCORE_FIELDS = ["lead_points", "lead_grade", "lead_band", "is_mql"]
# The band of a lead that would be left, were more known of it.
SPARED = SQL("CASE WHEN little THEN 'nurture' ELSE 'leave' END")


class Statements:
    """The statements that give leads their scores.

    :param env: any environment of the database.
    :param setup: the ScorecardSetup.
    """

    def __init__(self, env, setup):
        self.env, self.setup = env, setup

    def update_sql(self, query, points):
        """Return the statement that writes the scores that differ, and logs the grades.

        :param query: the leads to score.
        :param SQL points: their points.
        :return: the statement; it gives the id of each lead that changed, and its grade
            where that is another one than before, else NULL; and FALSE.
        """
        current = self._current_sql(query)
        scored = query.select(
            SQL("crm_lead.id"),
            SQL("%s AS points", points),
            SQL("%s AS passed", self._passed_sql(query)),
            SQL("%s AS manual", self._manual_sql(query)),
            SQL("%s AS little", self._little_sql(query)),
            SQL("%s AS aside", self._aside_sql(query)),
            SQL("crm_lead.lead_grade AS old_grade"),
            # Since when it has the grade: of a closed lead, since its close.
            SQL("%s::timestamp AS moment", NOW),
        )
        return SQL(
            """
            WITH scored AS MATERIALIZED (%(scored)s), graded AS MATERIALIZED (
                SELECT id, points, passed, old_grade, moment,
                       COALESCE(manual, %(grade)s) AS grade,
                       little AND manual IS NULL AS little,
                       aside AND manual IS NULL AS aside
                  FROM scored
            ), changed AS (%(changed)s), logged AS (%(logged)s)
            SELECT id, NULLIF(grade, old_grade), FALSE FROM changed
            """,
            scored=scored,
            grade=self._grade_sql(SQL("points")),
            changed=self._changed_sql(current),
            logged=self._logged_sql(),
        )

    def _current_sql(self, query):
        """Return the scores that leads have now, in the order of SCORE_FIELDS."""
        leads = rule_leads(self.env)
        return SQL(", ").join(
            leads._field_to_sql("crm_lead", name, query) for name in SCORE_FIELDS
        )

    def _changed_sql(self, current):
        """Return the UPDATE of the leads in ``graded`` whose scores differ.

        The ids of the leads are named once more: without them the database may look through
        the whole table for each lead. Right after an import it takes it for empty.

        :param SQL current: what they have now.
        """
        return SQL(
            """
            UPDATE crm_lead
               SET lead_points = new.points, lead_grade = new.grade,
                   lead_band = new.band, is_mql = new.mql
              FROM (SELECT id, points, grade, old_grade, moment, %(band)s AS band,
                           passed AND grade >= %(mql_grade)s AS mql FROM graded) AS new
             WHERE crm_lead.id = new.id AND crm_lead.id = ANY(%(ids)s)
               AND (%(current)s) IS DISTINCT FROM (new.points, new.grade, new.band, new.mql)
            RETURNING crm_lead.id, new.old_grade, new.grade, new.points, new.moment
            """,
            band=self._band_sql(),
            mql_grade=self.setup.mql_grade,
            current=current,
            ids=LEADS,
        )

    def _logged_sql(self):
        """Return the INSERT of the grades in ``changed`` into the log."""
        return SQL(
            """
            INSERT INTO crm_lead_grade_log (lead_id, scorecard_id, from_grade, to_grade,
                        points, create_uid, create_date, write_uid, write_date)
            SELECT id, %(scorecard)s, COALESCE(old_grade, 0), grade, points,
                   %(uid)s, moment, %(uid)s, moment
              FROM changed WHERE COALESCE(old_grade, 0) <> grade
            """,
            scorecard=self.setup.id,
            uid=UID,
        )

    def shadow_sql(self, query, points):
        """Return the statement that stores the grades of a shadow scorecard."""
        return SQL(
            """
            WITH scored AS MATERIALIZED (%(scored)s)
            INSERT INTO crm_lead_grade_shadow AS known (scorecard_id, lead_id, grade, points,
                        create_uid, create_date, write_uid, write_date)
            SELECT %(scorecard)s, id, %(grade)s, points, %(uid)s, %(now)s, %(uid)s, %(now)s
              FROM scored
            ON CONFLICT (scorecard_id, lead_id) DO UPDATE
               SET grade = excluded.grade, points = excluded.points,
                   write_uid = excluded.write_uid, write_date = excluded.write_date
             WHERE (known.grade, known.points)
                   IS DISTINCT FROM (excluded.grade, excluded.points)
            """,
            scored=query.select(SQL("crm_lead.id"), SQL("%s AS points", points)),
            grade=self._grade_sql(SQL("points")),
            scorecard=self.setup.id,
            uid=UID,
            now=NOW,
        )

    # === PARTS === #

    def _grade_sql(self, points):
        """Return the grade that a number of points makes."""
        best = SQL(" ").join(
            SQL("WHEN %s >= %s THEN %s", points, threshold, grade)
            for grade, threshold, _band in self.setup.grades
            if grade > 1
        )
        return SQL("CASE %s ELSE 1 END", best)

    def _band_sql(self):
        """Return the band of columns ``grade``, ``little`` and ``aside``.

        Unknown is not bad; what is set aside, since it failed the gate, is to be left.
        """
        bands = SQL(" ").join(
            SQL("WHEN %s THEN %s", grade, SPARED if band == "leave" else band)
            for grade, _threshold, band in self.setup.grades
        )
        return SQL("CASE WHEN aside THEN 'leave' ELSE CASE grade %s END END", bands)

    def _manual_sql(self, query):
        """Return the grade that was set by hand and still holds, or NULL."""
        leads = rule_leads(self.env)
        grade = leads._field_to_sql("crm_lead", "grade_manual", query)
        until = leads._field_to_sql("crm_lead", "grade_manual_until", query)
        return SQL(
            "CASE WHEN %s IS NULL OR %s >= %s::date THEN NULLIF(%s, 0) END",
            until,
            until,
            NOW,
            grade,
        )

    def _little_sql(self, query):
        """Return whether so little is known of a lead that its grade is provisional."""
        least = self.env["res.company"]._crm_known_least()
        if not any(least.values()):
            return SQL("FALSE")
        leads = rule_leads(self.env)
        known = leads._field_to_sql("crm_lead", "info_completeness", query)
        marks = set(least.values())
        if len(marks) == 1:
            return SQL("COALESCE(%s, 0) < %s", known, marks.pop())
        company = self.env["res.company"]._crm_of_lead_sql(leads, query)
        cases = SQL(" ").join(
            SQL("WHEN %s THEN %s", company_id, mark)
            for company_id, mark in least.items()
        )
        return SQL("COALESCE(%s, 0) < CASE %s %s ELSE 0 END", known, company, cases)

    def _aside_sql(self, query):
        """Return whether a lead is set aside, and no grade by hand says otherwise."""
        Company = self.env["res.company"]
        return Company._crm_set_aside_sql(rule_leads(self.env), query)

    def _passed_sql(self, query):
        """Return whether a lead passed the qualifiers; without any, all leads did."""
        if not self.env["crm.qualifier"]._rule_rows():
            return SQL("TRUE")
        leads = rule_leads(self.env)
        state = leads._field_to_sql("crm_lead", "qualification_state", query)
        return SQL("%s IS NOT DISTINCT FROM 'passed'", state)
