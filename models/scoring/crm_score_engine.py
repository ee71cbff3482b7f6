# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.query import Query

from ..common.crm_config_mixin import kept
from ..common.rule.rule_set import LEADS, Plan, RuleSet, rule_leads
from .closed import is_closed_sql
from .grading.explainer import Explainer
from .grading.points import Points, as_of_sql, is_drawback
from .grading.scope import Scope
from .grading.statements import SCORE_FIELDS, Statements


class CrmScoreEngine(models.AbstractModel):
    """Gives leads points, and with them a grade from 1 to 5, a band and the MQL mark.

    **What.** Each lead is scored with one scorecard: the pilot whose team or share it is in,
    else the live scorecard of its company, else the live one without a company. Leads
    without any are left alone. Shadow scorecards score the same leads aside.

    **How to use.** ``_score(leads)`` scores and writes; ``_points(leads, scorecard)`` only
    counts, for drafts too; ``_explain(lead)`` says which rule gave what.

    **How it works.** One statement per scorecard in use, for any number of leads: every rule
    is one CASE, the grade is read off the thresholds, and only rows that differ are updated.
    The same statement logs the grades that changed. Leads that are won or lost are scored as
    of their close, by a statement of their own. Set-up and statements are kept in memory
    (``RuleSet``). Leads that reach another grade are told of (``_on_graded``).
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
        if leads is None:
            return self._score_open(now or fields.Datetime.now())
        changed = self._score_leads(leads, now or fields.Datetime.now())
        if changed:
            changed._lead_evaluate(SCORE_FIELDS)
        return len(changed)

    @api.model
    def _score_leads(self, leads, now, graded=True, bare=True):
        """Score leads with the scorecard that applies to each.

        What follows from new scores elsewhere is for the caller to have found out.

        :param bool graded: also closed leads that have a grade, as of their close.
        :param bool bare: also closed leads that have none.
        :return: the leads that changed.
        """
        if not leads:
            return leads
        changed = leads.browse()
        for setup in self._setups_of_use():
            changed |= self._score_with(setup, leads, now, graded, bare)
        for setup in self.env["crm.scorecard"]._setups_in_use():
            if setup.state == "shadow":
                # The grades of a shadow scorecard are stored, and shown nowhere.
                RuleSet(self.env, self._name, "_shadow_plan", setup.id).execute(
                    leads, now
                )
        return changed

    @api.model
    def _points(self, leads, scorecard, now=None):
        """Count the points of leads with any scorecard, drafts included. Writes nothing.

        Closed leads are looked at as of the moment in which each was closed: what they did
        later, and how long ago that is, tells nothing about what they were then. Their facts
        are those of today: see ``ClosedLeads.changed_since()``.

        :param leads: crm.lead records.
        :param scorecard: one crm.scorecard.
        :param datetime now: the moment that ages are counted to, in UTC; now when None.
        :return: points by lead id.
        :rtype: dict[int, float]
        """
        points = dict.fromkeys(leads.ids, 0.0)
        if leads:
            now, rules = (
                now or fields.Datetime.now(),
                self._rules_of(scorecard, "_points_plan"),
            )
            points.update(rules.execute(leads, now, lambda: self._closings(leads, now)))
        return points

    @api.model
    def _hits(self, leads, scorecard, now=None, drawbacks=False):
        """Return which rules of a scorecard give leads points, as :meth:`_points` counts.

        :param bool drawbacks: only of those that take points; the others are not looked at.
        :rtype: dict[int, list[int]]
        """
        now = now or fields.Datetime.now()
        rules = RuleSet(self.env, self._name, "_hits_plan", scorecard.id, drawbacks)
        return dict(rules.execute(leads, now, lambda: self._closings(leads, now)))

    @api.model
    def _closings(self, leads, now):
        """Return as of when leads are looked at, by the day: pairs of a moment and ids.

        :param datetime now: the moment for leads that are open, in UTC.
        :rtype: list[tuple[datetime, list[int]]]
        """
        clock = as_of_sql(self.env, Query(self.env, "crm_lead"))
        return self.env.execute_query(
            SQL(
                "SELECT max(at), array_agg(id) FROM (SELECT id, %s AS at FROM crm_lead"
                " WHERE id = ANY(%s)) AS lead GROUP BY at::date",
                SQL(clock.code, *[now] * len(clock.params), to_flush=clock.to_flush),
                leads.ids,
            )
        )

    @api.model
    def _explain(self, lead, scorecard=None, now=None, reasons=True):
        """Tell which rules give a lead how many points.

        :param lead: one crm.lead.
        :param scorecard: the scorecard to explain with; None: the one that applies, and
            then the parts sum to the points that the lead has.
        :param datetime now: the moment that ages are counted to, in UTC; now when None.
        :param bool reasons: whether to say in words why; that takes most of the time.
        :return: one dict for each part: ``rule`` (crm.scorecard.rule; empty for the limit
            of a group), ``kind``, ``label``, ``points``, ``reason``. Biggest first.
        :rtype: list[dict]
        """
        lead.ensure_one()
        return Explainer(self.env, now, reasons).explain(lead, scorecard)[lead.id]

    # === WHICH SCORECARD === #

    @api.model
    def _scorecards_of(self, leads):
        """Return the scorecard that grades each lead.

        :param leads: crm.lead records, at any number: one query, or none where there is one
            scorecard for all.
        :return: crm.scorecard by lead id, empty where there is none.
        :rtype: dict[int, crm.scorecard]
        """
        scorecards, setups = self.env["crm.scorecard"], self._setups_of_use()
        if not setups or not leads:
            return dict.fromkeys(leads.ids, scorecards)
        is_only = self.env["res.company"]._crm_is_only_company()
        is_for_all = setups[0].state == "live" and (is_only or not setups[0].company_id)
        if is_for_all and len(setups) == 1:
            return dict.fromkeys(leads.ids, scorecards.browse(setups[0].id))
        found = dict(RuleSet(self.env, self._name, "_scope_plan").execute(leads))
        return {lead_id: scorecards.browse(found.get(lead_id)) for lead_id in leads.ids}

    @api.model
    def _scorecard_of(self, lead):
        """Return the scorecard that grades a lead, or an empty recordset."""
        return self._scorecards_of(lead)[lead.id]

    @api.model
    def _scope_plan(self):
        """Return the plan of the statement that tells which scorecard grades each lead."""

        def build(query, _found):
            query.add_where(SQL("crm_lead.id = ANY(%s)", LEADS))
            scope = Scope(self.env)
            cases = SQL(" ").join(
                SQL("WHEN %s THEN %s", scope.graded_sql(setup, query), setup.id)
                for setup in self._setups_of_use()
            )
            return query.select(SQL("crm_lead.id"), SQL("CASE %s END", cases))

        return Plan([], build)

    @api.model
    def _courses(self, leads):
        """Return the course of action that the scorecard has for each lead's grade.

        :return: the crm.scorecard.grade, as superuser, by lead id; empty where there is none.
        :rtype: dict[int, crm.scorecard.grade]
        """
        scorecards = self._scorecards_of(leads)
        # sudo: what to do about a lead is for whoever handles it.
        return {
            lead.id: scorecards[lead.id]
            .sudo()
            .grade_ids.filtered(lambda row, grade=lead.lead_grade: row.grade == grade)
            for lead in leads
        }

    # === STEPS === #

    @api.model
    @kept()
    def _setups(self):
        """Return the scorecards that grade, those that come first in their order first.

        :rtype: tuple[ScorecardSetup]
        """
        setups = self.env["crm.scorecard"]._setups_in_use()
        return tuple(setup for setup in setups if setup.state in ("pilot", "live"))

    @api.model
    @kept()
    def _setups_of_use(self):
        """Return those of them that can be for any lead.

        Where there is one company, and it has a live one of its own, the general one is not.

        :rtype: tuple[ScorecardSetup]
        """
        setups, is_only = self._setups(), self.env["res.company"]._crm_is_only_company()
        if not is_only or not Scope(self.env).own_companies():
            return setups
        return tuple(s for s in setups if s.company_id or s.state != "live")

    @api.model
    def _setup_of(self, scorecard):
        """Return what the engine knows of a scorecard; from memory where it is in use.

        :param scorecard: one crm.scorecard, or its id.
        :rtype: ScorecardSetup
        """
        if isinstance(scorecard, int):
            scorecard = self.env["crm.scorecard"].browse(scorecard)
        setups = self.env["crm.scorecard"]._setups_in_use()
        known = next((setup for setup in setups if setup.id == scorecard.id), None)
        # sudo: everybody may know why a lead has its grade, names included.
        return known or scorecard.sudo()._setup()

    @api.model
    def _rules_of(self, scorecard, method):
        """Return the rules of a scorecard around which a statement is built.

        They are kept in memory also for scorecards that are not in use: what a statement
        says changes with the scorecard only, and a change is a new version of all.

        :param scorecard: one crm.scorecard.
        :param str method: of this model, which gives the plan for the id of a scorecard.
        :rtype: RuleSet
        """
        return RuleSet(self.env, self._name, method, scorecard.id)

    @api.model
    def _score_with(self, setup, leads, now, graded=True, bare=True):
        """Score with one scorecard those of ``leads`` that it is about.

        :param bool graded: see :meth:`_score_leads`; ``bare``, too.
        :return: the leads that changed.
        """
        rules = RuleSet(self.env, self._name, "_score_plan", setup.id)
        found = rules.execute(leads, now)
        rows = [row for row in found if not row[2]]
        closed = leads.browse(
            row[0] for row in found if row[2] and (graded if row[1] else bare)
        )
        if closed:
            rules = RuleSet(self.env, self._name, "_score_closed_plan", setup.id)
            rows += rules.execute(closed, now, lambda: self._closings(closed, now))
        changed = leads.browse(row[0] for row in rows)
        changed._lead_refresh([*SCORE_FIELDS, "grade_log_ids"])
        grades = {lead_id: grade for lead_id, grade, _closed in rows if grade}
        leads.browse(grades)._lead_tell("_on_graded", grades, setup)
        return changed

    # === PLANS === #

    @api.model
    def _plan_of(self, setup, build):
        """Return a plan around the rules of a scorecard.

        :param build: called with the query and the conditions of the rules.
        :rtype: Plan
        """

        def build_all(query, found):
            query.add_where(SQL("crm_lead.id = ANY(%s)", LEADS))
            return build(query, found[0])

        rows = self.env["crm.scorecard.rule"]._scorecard_rows(setup.id)
        return Plan([("crm.scorecard.rule", rows)], build_all)

    @api.model
    def _score_plan(self, scorecard_id):
        """Return the plan of the statement that scores, writes and logs.

        It gives the id of each open lead that changed, its grade where that is another one
        than before, and FALSE; and the ids of closed leads, their grade and TRUE.
        """
        setup = self._setup_of(scorecard_id)

        def build(query, conditions):
            query.add_where(Scope(self.env).graded_sql(setup, query))
            closed = is_closed_sql(rule_leads(self.env), query)
            query.add_where(SQL("NOT %s", closed))
            points = Points(setup, query, conditions).total()
            return SQL(
                "%s UNION ALL SELECT id, lead_grade, TRUE FROM crm_lead"
                " WHERE id = ANY(%s) AND %s",
                Statements(self.env, setup).update_sql(query, points),
                LEADS,
                closed,
            )

        return self._plan_of(setup, build)

    @api.model
    def _score_closed_plan(self, scorecard_id):
        """Return the plan of the same statement for closed leads, as of their close."""
        setup = self._setup_of(scorecard_id)

        def build(query, conditions):
            query.add_where(Scope(self.env).graded_sql(setup, query))
            query.add_where(is_closed_sql(rule_leads(self.env), query))
            points = Points(setup, query, conditions, each=True).total()
            return Statements(self.env, setup).update_sql(query, points)

        return self._at_close(self._plan_of(setup, build))

    @api.model
    def _shadow_plan(self, scorecard_id):
        """Return the plan of the statement that stores the grades of a shadow scorecard."""
        setup = self._setup_of(scorecard_id)

        def build(query, conditions):
            query.add_where(Scope(self.env).company_sql(setup, query))
            query.add_where(SQL("NOT %s", is_closed_sql(rule_leads(self.env), query)))
            points = Points(setup, query, conditions).total()
            return Statements(self.env, setup).shadow_sql(query, points)

        return self._plan_of(setup, build)

    @api.model
    def _points_plan(self, scorecard_id):
        """Return the plan of the statement that counts points, and writes nothing."""
        setup = self._setup_of(scorecard_id)

        def build(query, conditions):
            points = Points(setup, query, conditions, each=True).total()
            return query.select(SQL("crm_lead.id"), points)

        return self._at_close(self._plan_of(setup, build))

    @api.model
    def _hits_plan(self, scorecard_id, drawbacks=False):
        """Return the plan of the statement that tells which rules give points."""

        setup = self._setup_of(scorecard_id)

        def build(query, conditions):
            if drawbacks:
                conditions = [one for one in conditions if is_drawback(one[0].values)]
            parts = Points(setup, query, conditions, each=True).parts()
            hits = SQL(", ").join(
                SQL("CASE WHEN %s <> 0 THEN %s END", part, row.id)
                for (row, _sqls), part in zip(conditions, parts, strict=True)
            )
            return query.select(
                SQL("crm_lead.id"), SQL("array_remove(ARRAY[%s]::int[], NULL)", hits)
            )

        return self._at_close(self._plan_of(setup, build))

    @api.model
    def _at_close(self, plan):
        """Return a plan that looks at closed leads as of the moment of their close."""
        return plan._replace(clock=as_of_sql(self.env, Query(self.env, "crm_lead")))

    @api.model
    def _parts_plan(self, scorecard_id, closed=False):
        """Return the plan of the statement that tells what each rule gives, and why.

        :param bool closed: of leads that are won or lost, as of their close.
        """
        setup = self._setup_of(scorecard_id)

        def build(query, conditions):
            points = Points(setup, query, conditions, each=closed)
            return query.select(
                SQL("crm_lead.id"),
                SQL("%s::int[]", [row.id for row, _sqls in conditions]),
                SQL("ARRAY[%s]::float8[]", SQL(", ").join(points.parts())),
                SQL("ARRAY[%s]::int[]", SQL(", ").join(points.counts())),
            )

        plan = self._plan_of(setup, build)
        return self._at_close(plan) if closed else plan
