# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .crm_lead import SCORE_FIELDS

BATCH = 5000


class CrmScoreEngine(models.AbstractModel):
    """Gives leads points, and with them a grade from 1 to 5, a band and the MQL mark.

    **What.** Each lead is scored with the live scorecard of its company, else with the live
    one without a company. Leads without either are left alone.

    **How to use.** ``_score(leads)`` scores and writes; ``_points(leads, scorecard)`` only
    counts, for drafts too; ``_explain(lead)`` says which rule gave what.

    **How it works.** One statement per scorecard, for any number of leads: every rule is one
    CASE, the grade is read off the thresholds, and only rows that differ are updated. The
    same statement logs the grades that changed. The set-up is kept in memory.
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
        return sum(self._score_with(setup, leads, now) for setup in self._setups())

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
    def _points(self, leads, scorecard):
        """Count the points of leads with any scorecard, drafts included. Writes nothing.

        :param leads: crm.lead records.
        :param scorecard: one crm.scorecard.
        :return: points by lead id.
        :rtype: dict[int, float]
        """
        # sudo: the set-up counts for everybody; the leads were read by the caller.
        setup = scorecard.sudo()._setup()
        points = dict.fromkeys(leads.ids, 0.0)

        def build(query, conditions):
            query.add_where(SQL("crm_lead.id = ANY(%s)", leads.ids))
            return query.select(SQL("crm_lead.id"), self._points_sql(setup, conditions))

        if leads:
            points.update(self._execute(setup, build))
        return points

    @api.model
    def _explain(self, lead, scorecard=None):
        """Tell which rules give a lead how many points.

        :param lead: one crm.lead.
        :param scorecard: the scorecard to explain with; None: the one that applies, and
            then the parts sum to the points that the lead has.
        :return: one dict for each part: ``rule`` (crm.scorecard.rule; empty for the limit
            of a group), ``kind``, ``label``, ``points``, ``reason``. Biggest first.
        :rtype: list[dict]
        """
        lead.ensure_one()
        applied = scorecard or self._scorecard_of(lead)
        if not applied or (scorecard is None and not lead.lead_grade):
            return []
        # sudo: everybody may know why a lead has its grade, names included.
        setup = applied.sudo()._setup()
        rows = self._explain_rules(lead, setup)
        if scorecard is None:
            rest = round(lead.lead_points - sum(row["points"] for row in rows), 2)
            if rest:
                rows.append(
                    self._part(
                        self.env._("Changed since"),
                        rest,
                        kind="implicit",
                        reason=self.env._(
                            "Takes effect when the lead is scored again."
                        ),
                    )
                )
        return sorted(rows, key=lambda row: -abs(row["points"]))

    # === BATCHES === #

    @api.model
    def _score_open(self, now):
        """Score all open leads in batches; in a cron, commit each batch."""
        cron = self.env["ir.cron"]
        in_cron = bool(self.env.context.get("ir_cron_progress_id"))
        # sudo: all leads of all companies, each with the scorecard of its own company.
        leads = self.env["crm.lead"].sudo()
        domain, last, changed = Domain("won_status", "=", "pending"), 0, 0
        if in_cron:
            cron._commit_progress(remaining=leads.search_count(domain))
        while batch := leads.search(
            domain & Domain("id", ">", last), order="id", limit=BATCH
        ):
            changed += self._score(batch, now)
            last = batch.ids[-1]
            self.env.invalidate_all()  # memory stays flat, however many leads there are
            if in_cron and not cron._commit_progress(len(batch)):
                break
        return changed

    @api.model
    def _rescore_start(self):
        """Have all open leads scored again in the background, by the nightly evaluation."""
        self.env["crm.lead.batch"]._start()

    # === STATEMENTS === #

    @api.model
    def _setups(self):
        """Return the scorecards that score, from memory."""
        return self.env["crm.scorecard"]._live_setups()

    @api.model
    def _own_triggers(self):
        """Return the lead fields that matter to every scorecard, whatever its rules."""
        return {"company_id", "qualification_state"}

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
        query, conditions = Rule._rule_conditions([])
        return self.env.execute_query(build(query, conditions))

    @api.model
    def _score_with(self, setup, leads, now):
        """Score with one scorecard those of ``leads`` that it is about.

        :return: the number of leads that changed.
        :rtype: int
        """
        if not leads:
            return 0

        def build(query, conditions):
            query.add_where(SQL("crm_lead.id = ANY(%s)", leads.ids))
            where = self._scope_sql(setup, query)
            if where:
                query.add_where(where)
            return self._update_sql(
                setup, query, self._points_sql(setup, conditions), now
            )

        changed = [row[0] for row in self._execute(setup, build)]
        if changed:
            self.env["crm.lead"].browse(changed)._lead_refresh(
                [*SCORE_FIELDS, "grade_log_ids"]
            )
        return len(changed)

    @api.model
    def _scope_sql(self, setup, query):
        """Return which leads a scorecard is about, or None for all."""
        leads = self.env["crm.scorecard.rule"]._rule_leads()
        company = leads._field_to_sql("crm_lead", "company_id", query)
        if setup.company_id:
            if self.env["res.company"]._crm_is_only_company():
                return None
            return SQL("%s = %s", company, setup.company_id)
        own = [other.company_id for other in self._setups() if other.company_id]
        if not own:
            return None
        if self.env["res.company"]._crm_is_only_company():
            return SQL("FALSE")
        return SQL("(%s IS NULL OR %s <> ALL(%s))", company, company, own)

    @api.model
    def _points_sql(self, setup, conditions):
        """Return the sum of the points of a lead, each group within its limits."""
        sums = {}
        for row, sqls in conditions:
            part = SQL(
                "CASE WHEN %s THEN %s ELSE 0 END",
                sqls[0],
                round(row.values["points"], 2),
            )
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
    def _passed_sql(self, query):
        """Return whether a lead passed the qualifiers; without any, all leads did."""
        Lead = self.env["crm.scorecard.rule"]._rule_leads()
        if (
            "qualification_state" not in Lead._fields
            or not self.env["crm.qualifier"]._rule_rows()
        ):
            return SQL("TRUE")
        state = Lead._field_to_sql("crm_lead", "qualification_state", query)
        return SQL("%s IS NOT DISTINCT FROM 'passed'", state)

    @api.model
    def _update_sql(self, setup, query, points, now):
        """Return the statement that writes the scores that differ, and logs the grades.

        :param query: the leads to score.
        :param SQL points: their points.
        :param datetime now: the time of the log, in UTC.
        """
        Lead = self.env["crm.scorecard.rule"]._rule_leads()
        bands = SQL(" ").join(
            SQL("WHEN %s THEN %s", grade, band)
            for grade, _threshold, band in setup.grades
        )
        passed = self._passed_sql(query)
        current = SQL(", ").join(
            Lead._field_to_sql("crm_lead", name, query) for name in SCORE_FIELDS
        )
        scored = query.select(
            SQL("crm_lead.id"),
            SQL("%s AS points", points),
            SQL("%s AS passed", passed),
            SQL("crm_lead.lead_grade AS old_grade"),
        )
        return SQL(
            """
            WITH scored AS MATERIALIZED (%(scored)s), graded AS MATERIALIZED (
                SELECT id, points, passed, old_grade, %(grade)s AS grade FROM scored
            ), changed AS (
                UPDATE crm_lead
                   SET lead_points = new.points, lead_grade = new.grade,
                       lead_band = new.band, is_mql = new.mql
                  FROM (SELECT id, points, grade, old_grade, CASE grade %(bands)s END AS band,
                               passed AND grade >= %(mql_grade)s AS mql FROM graded) AS new
                 WHERE crm_lead.id = new.id
                   AND (%(current)s) IS DISTINCT FROM (new.points, new.grade, new.band, new.mql)
             RETURNING crm_lead.id, new.old_grade, new.grade, new.points
            ), logged AS (
                INSERT INTO crm_lead_grade_log (lead_id, scorecard_id, from_grade, to_grade,
                            points, create_uid, create_date, write_uid, write_date)
                SELECT id, %(scorecard)s, COALESCE(old_grade, 0), grade, points,
                       %(uid)s, %(now)s, %(uid)s, %(now)s
                  FROM changed WHERE COALESCE(old_grade, 0) <> grade
            )
            SELECT id FROM changed
            """,
            scored=scored,
            grade=self._grade_sql(setup, SQL("points")),
            bands=bands,
            mql_grade=setup.mql_grade,
            current=current,
            scorecard=setup.id,
            uid=self.env.uid,
            now=now,
        )

    # === EXPLANATION === #

    @api.model
    def _scorecard_of(self, lead):
        """Return the live scorecard that applies to a lead, or an empty recordset."""
        single = self.env["res.company"]._crm_is_only_company()
        setups = {setup.company_id: setup.id for setup in self._setups()}
        company_id = lead.company_id.id
        if single and not company_id:
            company_id = next((company for company in setups if company), False)
        found = setups.get(company_id) or setups.get(False)
        return self.env["crm.scorecard"].browse(found or [])

    @api.model
    def _explain_rules(self, lead, setup):
        """Return the parts of a lead's points, with those that the limits of groups make."""

        def build(query, conditions):
            query.add_where(SQL("crm_lead.id = %s", lead.id))
            parts = SQL(", ").join(
                SQL(
                    "CASE WHEN %s THEN %s ELSE 0 END",
                    sqls[0],
                    round(row.values["points"], 2),
                )
                for row, sqls in conditions
            )
            ids = [row.id for row, _sqls in conditions]
            return query.select(
                SQL("%s::int[]", ids), SQL("ARRAY[%s]::float8[]", parts)
            )

        found = self._execute(setup, build)
        rule_ids, points = found[0] if found else ([], [])
        # sudo: everybody may know why a lead has its grade.
        rules = self.env["crm.scorecard.rule"].sudo().browse(rule_ids)
        rows, sums = [], {}
        for rule, part in zip(rules, points, strict=True):
            if part:
                rows.append(
                    self._part(
                        rule.name, part, rule, rule.kind, self._reason(lead, rule)
                    )
                )
                sums[rule.group_id] = sums.get(rule.group_id, 0) + part
        for group, total in sums.items():
            floor, ceiling = setup.caps.get(group.id, (None, None))
            limited = total if ceiling is None else min(total, ceiling)
            limited = limited if floor is None else max(limited, floor)
            if limited != total:
                label = self.env._(
                    "%(group)s: limited to %(limit)g", group=group.name, limit=limited
                )
                kind = "negative" if limited < total else "explicit"
                rows.append(self._part(label, round(limited - total, 2), kind=kind))
        return rows

    @api.model
    def _part(self, label, points, rule=None, kind="explicit", reason=""):
        """Return one part of an explanation."""
        return {
            "rule": rule if rule is not None else self.env["crm.scorecard.rule"],
            "kind": kind,
            "label": label,
            "points": points,
            "reason": reason,
        }

    @api.model
    def _reason(self, lead, rule):
        """Say which values of the lead a rule speaks of, as far as the user may see them."""
        try:
            domain = rule._parse_domain(rule.domain)
        except (ValueError, SyntaxError, TypeError):
            return ""
        reasons = {}
        for condition in domain.iter_conditions():
            name = condition.field_expr.split(".")[0]
            field = lead._fields.get(name)
            if (
                not field
                or name in reasons
                or not lead._has_field_access(field, "read")
            ):
                continue
            value = lead._reason_value(field)
            reasons[name] = f"{field._description_string(self.env)}: {value}"
        return ", ".join(reasons.values())

    @api.model
    def _explanation(self, lead):
        """Return what the grade widget shows; see ``get_grade_explanation``."""
        scorecard = self._scorecard_of(lead)
        # sudo: labels and thresholds, for whoever may see the lead.
        grades = {row.grade: row for row in scorecard.sudo().grade_ids}
        mine, better = grades.get(lead.lead_grade), grades.get(lead.lead_grade + 1)
        bands = dict(lead._fields["lead_band"]._description_selection(self.env))
        rows = self._explain(lead)
        return {
            "grade": lead.lead_grade,
            "label": mine.name if mine else "",
            "band": bands.get(lead.lead_band, ""),
            "points": round(lead.lead_points, 2),
            "next": round(better.threshold - lead.lead_points, 2) if better else False,
            "scorecard": scorecard.sudo().name or "",  # sudo: its name only
            "rows": [
                {**row, "rule": row["rule"].id, "points": round(row["points"], 2)}
                for row in rows
            ],
        }
