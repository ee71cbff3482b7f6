# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models
from odoo.tools import SQL

from ..common.rule.rule_set import LEADS, NOW, UID, rule_leads
from .crm_score_engine import SCORE_FIELDS

# Spreads neighbouring ids over the share of leads that a pilot gets.
SPREAD = 7919
# The band of a lead that would be left, were more known of it.
SPARED = SQL("CASE WHEN little THEN 'nurture' ELSE 'leave' END")


class CrmScoreEngine(models.AbstractModel):
    """The parts of the statements of the score engine."""

    _inherit = "crm.score.engine"

    # === WHICH LEADS === #

    @api.model
    def _scope_sql(self, setup, query):
        """Return which leads a scorecard grades: its own, but for those of earlier ones."""
        setups = self._setups()
        earlier = setups[: setups.index(setup)] if setup in setups else ()
        parts = [self._company_sql(setup, query), self._pilot_sql(setup, query)]
        for other in earlier:
            if other.state == "pilot":
                theirs = SQL(
                    "(%s AND %s)",
                    self._company_sql(other, query),
                    self._pilot_sql(other, query),
                )
                parts.append(SQL("NOT COALESCE(%s, FALSE)", theirs))
        return SQL(" AND ").join(parts)

    @api.model
    def _about_sql(self, setup, query):
        """Return the leads that a scorecard is about, or would be if it were live."""
        company = self._company_sql(setup._replace(state="live"), query)
        return SQL("(%s AND %s)", company, self._pilot_sql(setup, query))

    @api.model
    def _company_sql(self, setup, query):
        """Return the leads of the company that a scorecard is for."""
        leads, Company = rule_leads(self.env), self.env["res.company"]
        is_only, own = Company._crm_is_only_company(), self._companies_with_their_own()
        if setup.company_id:
            if is_only:
                return SQL("TRUE")
            # Leads that are tied to no company are for the general one, where there is one.
            company = Company._crm_of_lead_sql(leads, query, tied=self._has_general())
            return SQL("%s = %s", company, setup.company_id)
        if setup.state != "live" or not own:
            return SQL("TRUE")
        if is_only:
            return SQL("FALSE")
        company = Company._crm_of_lead_sql(leads, query, tied=True)
        return SQL("(%s IS NULL OR %s <> ALL(%s))", company, company, own)

    @api.model
    def _has_general(self):
        """Tell whether a live scorecard is for the leads of all companies."""
        return any(s.state == "live" and not s.company_id for s in self._setups())

    @api.model
    def _companies_with_their_own(self):
        """Return the ids of the companies that have a live scorecard of their own."""
        return [
            s.company_id for s in self._setups() if s.company_id and s.state == "live"
        ]

    @api.model
    def _pilot_sql(self, setup, query):
        """Return the leads of the teams, or in the share, that a pilot is for."""
        if setup.state != "pilot":
            return SQL("TRUE")
        leads = rule_leads(self.env)
        parts = []
        if setup.pilot_team_ids:
            team = leads._field_to_sql("crm_lead", "team_id", query)
            parts.append(SQL("%s = ANY(%s)", team, list(setup.pilot_team_ids)))
        if setup.pilot_share:
            parts.append(
                SQL("crm_lead.id * %s::bigint %% 100 < %s", SPREAD, setup.pilot_share)
            )
        return SQL("(%s)", SQL(" AND ").join(parts)) if parts else SQL("FALSE")

    # === POINTS AND GRADES === #

    @api.model
    def _points_sql(self, setup, query, conditions, each=False):
        """Return the sum of the points of a lead, each group within its limits.

        Joins the events that the rules look at to the query.

        :param bool each: each lead has a moment of its own: the plan has a clock.
        """
        parts = self._parts_sql(query, conditions, each)
        return self._total_sql(setup, conditions, parts)

    @api.model
    def _closed_sql(self, query):
        """Return as of when a lead is looked at: its close, or now where it is open."""
        leads = rule_leads(self.env)
        status, closed = (
            leads._field_to_sql("crm_lead", name, query)
            for name in ("won_status", "date_closed")
        )
        return SQL(
            "(CASE WHEN %s IN ('won', 'lost') THEN LEAST(%s, %s::timestamp)"
            " ELSE %s::timestamp END)",
            status,
            closed,
            NOW,
            NOW,
        )

    @api.model
    def _parts_sql(self, query, conditions, each=False):
        """Return what each rule gives, in the order of the conditions; see above."""
        Rule = self.env["crm.scorecard.rule"]
        Rule._join_events(query, [row for row, _sqls in conditions], each)
        return [Rule._part_sql(row, sqls[0]) for row, sqls in conditions]

    @api.model
    def _counts_sql(self, conditions):
        """Return how many events each rule counts, once they are joined."""
        Rule = self.env["crm.scorecard.rule"]
        return [
            SQL("0") if row.values["measure"] == "facts" else Rule._count_sql(row)
            for row, _sqls in conditions
        ]

    @api.model
    def _total_sql(self, setup, conditions, parts):
        """Return the sum of parts, each group of rules within its limits."""
        sums = {}
        for (row, _sqls), part in zip(conditions, parts, strict=True):
            sums.setdefault(row.values["group_id"], []).append(part)
        totals = []
        for group_id, parts in sums.items():
            floor, ceiling = setup.caps.get(group_id, (None, None))
            total = SQL("(%s)", SQL(" + ").join(parts))
            if ceiling is not None:
                total = SQL("LEAST(%s, %s)", total, ceiling)
            if floor is not None:
                total = SQL("GREATEST(%s, %s)", total, floor)
            totals.append(total)
        return SQL("(%s)::float8", SQL(" + ").join(totals) if totals else SQL("0"))

    @api.model
    def _grade_sql(self, setup, points):
        """Return the grade that a number of points makes."""
        best = SQL(" ").join(
            SQL("WHEN %s >= %s THEN %s", points, threshold, grade)
            for grade, threshold, _band in setup.grades
            if grade > 1
        )
        return SQL("CASE %s ELSE 1 END", best)

    @api.model
    def _band_sql(self, setup):
        """Return the band of columns ``grade`` and ``little``: unknown is not bad."""
        bands = SQL(" ").join(
            SQL("WHEN %s THEN %s", grade, SPARED if band == "leave" else band)
            for grade, _threshold, band in setup.grades
        )
        return SQL("CASE grade %s END", bands)

    @api.model
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

    @api.model
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

    @api.model
    def _passed_sql(self, query):
        """Return whether a lead passed the qualifiers; without any, all leads did."""
        if not self.env["crm.qualifier"]._rule_rows():
            return SQL("TRUE")
        leads = rule_leads(self.env)
        state = leads._field_to_sql("crm_lead", "qualification_state", query)
        return SQL("%s IS NOT DISTINCT FROM 'passed'", state)

    # === STATEMENTS === #

    @api.model
    def _update_sql(self, setup, query, points):
        """Return the statement that writes the scores that differ, and logs the grades.

        :param query: the leads to score.
        :param SQL points: their points.
        :return: the statement; it gives the id of each lead that changed, and its grade
            where that is another one than before, else NULL.
        """
        current = self._current_sql(query)
        scored = query.select(
            SQL("crm_lead.id"),
            SQL("%s AS points", points),
            SQL("%s AS passed", self._passed_sql(query)),
            SQL("%s AS manual", self._manual_sql(query)),
            SQL("%s AS little", self._little_sql(query)),
            SQL("crm_lead.lead_grade AS old_grade"),
        )
        return SQL(
            """
            WITH scored AS MATERIALIZED (%(scored)s), graded AS MATERIALIZED (
                SELECT id, points, passed, old_grade, COALESCE(manual, %(grade)s) AS grade,
                       little AND manual IS NULL AS little
                  FROM scored
            ), changed AS (%(changed)s), logged AS (%(logged)s)
            SELECT id, NULLIF(grade, old_grade) FROM changed
            """,
            scored=scored,
            grade=self._grade_sql(setup, SQL("points")),
            changed=self._changed_sql(setup, current),
            logged=self._logged_sql(setup),
        )

    @api.model
    def _current_sql(self, query):
        """Return the scores that leads have now, in the order of SCORE_FIELDS."""
        leads = rule_leads(self.env)
        return SQL(", ").join(
            leads._field_to_sql("crm_lead", name, query) for name in SCORE_FIELDS
        )

    @api.model
    def _changed_sql(self, setup, current):
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
              FROM (SELECT id, points, grade, old_grade, %(band)s AS band,
                           passed AND grade >= %(mql_grade)s AS mql FROM graded) AS new
             WHERE crm_lead.id = new.id AND crm_lead.id = ANY(%(ids)s)
               AND (%(current)s) IS DISTINCT FROM (new.points, new.grade, new.band, new.mql)
            RETURNING crm_lead.id, new.old_grade, new.grade, new.points
            """,
            band=self._band_sql(setup),
            mql_grade=setup.mql_grade,
            current=current,
            ids=LEADS,
        )

    @api.model
    def _logged_sql(self, setup):
        """Return the INSERT of the grades in ``changed`` into the log."""
        return SQL(
            """
            INSERT INTO crm_lead_grade_log (lead_id, scorecard_id, from_grade, to_grade,
                        points, create_uid, create_date, write_uid, write_date)
            SELECT id, %(scorecard)s, COALESCE(old_grade, 0), grade, points,
                   %(uid)s, %(now)s, %(uid)s, %(now)s
              FROM changed WHERE COALESCE(old_grade, 0) <> grade
            """,
            scorecard=setup.id,
            uid=UID,
            now=NOW,
        )

    @api.model
    def _shadow_sql(self, setup, query, points):
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
            grade=self._grade_sql(setup, SQL("points")),
            scorecard=setup.id,
            uid=UID,
            now=NOW,
        )
