# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.tools import SQL

# The fields that grade a lead, in the order in which the engine writes them.
SCORE_FIELDS = ["lead_points", "lead_grade", "lead_band", "is_mql"]


class CrmScoreEngine(models.AbstractModel):
    """Gives leads points, and with them a grade from 1 to 5, a band and the MQL mark.

    **What.** Each lead is scored with one scorecard: the pilot whose team or share it is in,
    else the live scorecard of its company, else the live one without a company. Leads
    without any are left alone. Shadow scorecards score the same leads aside.

    **How to use.** ``_score(leads)`` scores and writes; ``_points(leads, scorecard)`` only
    counts, for drafts too; ``_explain(lead)`` says which rule gave what.

    **How it works.** One statement per scorecard in use, for any number of leads: every rule
    is one CASE, the grade is read off the thresholds, and only rows that differ are updated.
    The same statement logs the grades that changed. The set-up is kept in memory.
    """

    _name = "crm.score.engine"
    _description = "Score engine"

    # === BUSINESS METHODS === #

    @api.model
    def _score(self, leads=None, now=None):
        """Score leads with the scorecard that applies to each, and write what changed.

        :param leads: crm.lead records; None: all open leads, in batches. In a cron each
            batch is committed; a run that was stopped can simply be started again, as
            scoring twice changes nothing.
        :param datetime now: the moment that ages are counted to, in UTC; now when None.
        :return: the number of leads that changed.
        :rtype: int
        """
        now = now or fields.Datetime.now()
        if leads is None:
            return self._score_open(now)
        changed = sum(self._score_with(setup, leads, now) for setup in self._setups())
        for setup in self.env["crm.scorecard"]._setups_in_use():
            if setup.state == "shadow":
                self._score_aside(setup, leads, now)
        return changed

    @api.model
    def _score_changed(self, leads, changed):
        """Score leads if what changed matters to a scorecard.

        :param leads: crm.lead records.
        :param changed: names of the fields that changed, or None for all.
        :return: the names of the fields that may have changed in turn.
        :rtype: set
        """
        reads = self.env["crm.scorecard.rule"]._score_trigger_fields()
        if changed is not None and (reads | self._own_triggers()).isdisjoint(changed):
            return set()
        self._score(leads)
        return set(SCORE_FIELDS)

    @api.model
    def _points(self, leads, scorecard, now=None):
        """Count the points of leads with any scorecard, drafts included. Writes nothing.

        :param leads: crm.lead records.
        :param scorecard: one crm.scorecard.
        :param datetime now: the moment that ages are counted to, in UTC; now when None.
        :return: points by lead id.
        :rtype: dict[int, float]
        """
        setup = self._setup_of(scorecard)
        points = dict.fromkeys(leads.ids, 0.0)

        def build(query, conditions):
            query.add_where(SQL("crm_lead.id = ANY(%s)", leads.ids))
            total = self._points_sql(setup, query, conditions, leads.ids, now)
            return query.select(SQL("crm_lead.id"), total)

        now = now or fields.Datetime.now()
        if leads:
            points.update(self._execute(setup, build))
        return points

    # === STEPS === #

    @api.model
    def _setups(self):
        """Return the scorecards that grade, those that come first in their order first.

        :rtype: tuple[ScorecardSetup]
        """
        setups = self.env["crm.scorecard"]._setups_in_use()
        return tuple(setup for setup in setups if setup.state in ("pilot", "live"))

    @api.model
    def _own_triggers(self):
        """Return the lead fields that matter to every scorecard, whatever its rules."""
        own = {
            "company_id",
            "qualification_state",
            "grade_manual",
            "grade_manual_until",
        }
        # The team decides which scorecard grades a lead only where one is a pilot of teams.
        setups = self.env["crm.scorecard"]._setups_in_use()
        return (
            own | {"team_id"} if any(setup.pilot_team_ids for setup in setups) else own
        )

    @api.model
    def _execute(self, setup, build):
        """Execute a statement around the conditions of a scorecard's rules.

        A scorecard without rules gives 0 points, which is a score too: the statement is
        built all the same.
        """
        Rule = self.env["crm.scorecard.rule"]
        rows = Rule._scorecard_rows(setup.id)
        if rows:
            result = Rule._rule_execute(rows, build)
            if result or Rule._scorecard_rows(setup.id):
                return result
        statement = build(*Rule._rule_conditions([]))
        Rule._rule_flush(statement)
        return Rule._rule_fetch(statement)

    @api.model
    def _score_with(self, setup, leads, now):
        """Score with one scorecard those of ``leads`` that it is about.

        :return: the number of leads that changed.
        :rtype: int
        """
        if not leads:
            return 0
        fresh = leads._lead_is_fresh()
        rows = self._score_fresh if fresh else self._score_known
        rows = rows(setup, leads, now)
        changed = self.env["crm.lead"].browse(row[0] for row in rows)
        changed._lead_refresh([*SCORE_FIELDS, "grade_log_ids"])
        self._grades_reached(setup, {row[0]: row[1] for row in rows if row[1]})
        return len(rows)

    @api.model
    def _score_known(self, setup, leads, now):
        """Score leads with one scorecard, and write what changed.

        :return: the id of each lead that changed, and its grade where that is another one
            than before, else None.
        :rtype: list[tuple]
        """

        def build(query, conditions):
            query.add_where(SQL("crm_lead.id = ANY(%s)", leads.ids))
            query.add_where(self._scope_sql(setup, query))
            points = self._points_sql(setup, query, conditions, leads.ids, now)
            return self._update_sql(setup, query, points, leads.ids, now)

        return self._execute(setup, build)

    @api.model
    def _score_aside(self, setup, leads, now):
        """Score with a shadow scorecard: the grades are stored, and shown nowhere."""

        def build(query, conditions):
            query.add_where(SQL("crm_lead.id = ANY(%s)", leads.ids))
            query.add_where(self._company_sql(setup, query))
            points = self._points_sql(setup, query, conditions, leads.ids, now)
            return self._shadow_sql(setup, query, points, now)

        if leads:
            self._execute(setup, build)

    @api.model
    def _grades_reached(self, setup, grades):
        """React to leads having reached another grade.

        :param ScorecardSetup setup: the scorecard that graded them.
        :param dict grades: the new grade by lead id, of those whose grade changed.
        """
