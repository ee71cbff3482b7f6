# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...common.context import SAVING
from ...common.crm_config_mixin import kept
from ...common.guarded import guarded
from ..judging.judge import Judge
from ..judging.reviewer import REVIEW_DAYS, Reviewer
from ..learning.learner import SHARES, Learner
from .setup import ScorecardSetup


class CrmScorecard(models.Model):
    """A way to give points to leads, and to turn points into a grade from 1 to 5.

    The live scorecard of a company grades its leads; the live one without a company grades
    the leads of all companies that have none of their own. What was live is kept, with its
    dates: to change the way of scoring, duplicate, try, and publish the copy.
    """

    _name = "crm.scorecard"
    _inherit = [
        "crm.carried.mixin",
        "crm.config.mixin",
        "crm.waiting.mixin",
        "crm.restriction.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _description = "Scorecard"
    _order = "state_rank, live_from desc, id desc"
    _carried_more = ("state", "group_ids")

    name = fields.Char(required=True, translate=True, tracking=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        help="The scorecard grades leads of this company. Empty: leads of all companies that"
        " have no live scorecard of their own.",
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("shadow", "Shadow"),
            ("pilot", "Pilot"),
            ("live", "Live"),
            ("retired", "Retired"),
        ],
        default="draft",
        required=True,
        copy=False,
        tracking=True,
        help="Shadow: leads are scored, but nobody sees it but the scoring team. Pilot: grades"
        " the leads of some teams, or a share of all leads. Live: grades all others.",
    )
    pilot_team_ids = fields.Many2many(
        "crm.team", "crm_scorecard_pilot_team_rel", string="Pilot Teams"
    )
    pilot_share = fields.Integer(
        string="Pilot Share (%)",
        help="Share of the leads, drawn by chance, that the pilot grades. 0: all of its teams.",
    )
    state_rank = fields.Integer(
        compute="_compute_state_rank", store=True, export_string_translation=False
    )
    description = fields.Text(
        translate=True, help="What the scorecard is for, and who made it."
    )
    user_ids = fields.Many2many(
        "res.users",
        string="Scoring Team",
        domain=[("share", "=", False)],
        help="Who makes, tries and reviews this scorecard: best a mix of sales and marketing.",
    )
    live_from = fields.Datetime(readonly=True, copy=False)
    live_until = fields.Datetime(readonly=True, copy=False)
    rule_ids = fields.One2many("crm.scorecard.rule", "scorecard_id", copy=True)
    group_ids = fields.One2many("crm.scorecard.group", "scorecard_id", copy=False)
    grade_ids = fields.One2many("crm.scorecard.grade", "scorecard_id", copy=True)
    rule_count = fields.Integer(string="Rules", compute="_compute_rule_count")
    evaluation_ids = fields.One2many(
        "crm.scorecard.evaluation", "scorecard_id", readonly=True
    )
    review_date = fields.Date(
        string="Next Review",
        copy=False,
        help="On this day the figures of the last month are looked at. Where the grades have"
        " drifted, the scoring team gets an activity. Empty: no reviews.",
    )
    training_domain = fields.Char(
        readonly=True,
        help="The closed leads that the rules were learned from.",
    )
    training_lead_ids = fields.Json(
        readonly=True, prefetch=False, export_string_translation=False
    )
    training_count = fields.Integer(string="Learned From (Leads)", readonly=True)

    _one_live_uniq = models.UniqueIndex(
        "((COALESCE(company_id, 0))) WHERE state = 'live'",
        "Another scorecard was made live at the same moment. Reload the page, and decide which"
        " of the two shall be live.",
    )

    _check_pilot_share = models.Constraint(
        "CHECK (COALESCE(pilot_share, 0) BETWEEN 0 AND 100)",
        "The share of leads of a pilot goes from 0 to 100 %.",
    )

    # === COMPUTE METHODS === #

    @api.depends("state")
    def _compute_state_rank(self):
        states = ["live", "pilot", "shadow", "draft", "retired"]
        for scorecard in self:
            scorecard.state_rank = states.index(scorecard.state or "draft")

    @api.depends("rule_ids")
    def _compute_rule_count(self):
        for scorecard in self:
            scorecard.rule_count = len(scorecard.rule_ids)

    # === CONSTRAINT METHODS === #

    @api.constrains("state", "pilot_team_ids", "pilot_share")
    def _check_pilot(self):
        for scorecard in self:
            if scorecard.state == "pilot" and not (
                scorecard.pilot_team_ids or scorecard.pilot_share
            ):
                raise ValidationError(
                    self.env._(
                        'Scorecard "%s": a pilot needs its teams, or the share of leads that'
                        " it grades.",
                        scorecard.name,
                    )
                )

    @api.constrains("grade_ids", "state")
    def _check_grades(self):
        for scorecard in self:
            grades = scorecard.grade_ids.sorted("grade").mapped("grade")
            # A draft may still be without.
            if grades != [1, 2, 3, 4, 5] and (grades or scorecard.state != "draft"):
                raise ValidationError(
                    self.env._(
                        'Scorecard "%s": there must be one row for each of the grades 1 to 5.',
                        scorecard.name,
                    )
                )
        self._check_grade_order()

    def _check_grade_order(self):
        """Check that each grade begins at more points than the one below.

        :raise ValidationError: naming the two grades.
        """
        for scorecard in self:
            rows = scorecard.grade_ids.filtered(lambda row: row.grade > 1).sorted(
                "grade"
            )
            for lower, higher in zip(rows, rows[1:], strict=False):
                if higher.threshold <= lower.threshold:
                    raise ValidationError(
                        self.env._(
                            'Scorecard "%(scorecard)s": grade %(higher)s must begin at more'
                            " points than grade %(lower)s (now %(high)g and %(low)g).",
                            scorecard=scorecard.name,
                            higher=higher.grade,
                            lower=lower.grade,
                            high=higher.threshold,
                            low=lower.threshold,
                        )
                    )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [dict(vals) for vals in vals_list]
        if self.env.context.get("import_file"):
            # A file retires no scorecard that is live: who wants that presses the button.
            vals_list = [{**vals, "state": "draft"} for vals in vals_list]
        states = [vals.pop("state", "draft") for vals in vals_list]
        for vals in vals_list:
            if not vals.get("grade_ids"):
                vals["grade_ids"] = self.env["crm.scorecard.grade"]._default_commands()
        scorecards = super(CrmScorecard, self.with_context(**SAVING.on())).create(
            vals_list
        )
        scorecards = scorecards.with_env(self.env)
        for scorecard, state in zip(scorecards, states, strict=True):
            if state != "draft":
                scorecard.state = state
        return scorecards

    def write(self, vals):
        if "grade_ids" in vals and not SAVING.of(self.env):
            return self.with_context(**SAVING.on()).write(vals)
        if vals.get("active") is False:
            # What is archived scores no leads.
            in_use = self.filtered(lambda s: s.state in ("shadow", "pilot", "live"))
            in_use.write({"state": "retired"})
        if vals.get("state") == "live":
            vals = {"live_from": fields.Datetime.now(), "live_until": False, **vals}
        elif "state" in vals:
            live = self.filtered(lambda scorecard: scorecard.state == "live")
            if live:
                super(CrmScorecard, live).write({"live_until": fields.Datetime.now()})
        if vals.get("state", "live") == "live" and not {
            "state",
            "company_id",
        }.isdisjoint(vals):
            self._retire_former(vals)
        pilots = self.filtered(lambda scorecard: scorecard.state == "pilot")
        result = super().write(vals)
        self._rescore_after(vals, pilots)
        return result

    def copy_data(self, default=None):
        vals_list = super().copy_data(default)
        for scorecard, vals in zip(self, vals_list, strict=True):
            if "name" not in (default or {}):
                vals["name"] = self.env._("%s (copy)", scorecard.name)
        return vals_list

    def copy(self, default=None):
        copies = super().copy(default)
        for origin, copied in zip(self, copies, strict=True):
            origin._copy_groups(copied)
        return copies

    # === BUSINESS METHODS === #

    def _rescore_after(self, vals, pilots):
        """Have leads graded again that another scorecard is for now.

        :param dict vals: what was written to ``self``.
        :param pilots: those that were pilots before.
        """
        if not {"pilot_team_ids", "pilot_share", "company_id"}.isdisjoint(vals):
            self.env["crm.score.engine"]._rescore_edited(self)
        if pilots.filtered(lambda scorecard: scorecard.state != "pilot"):
            # Their leads are graded by the live one again.
            live = self.search([("state", "=", "live")])
            self.env["crm.score.engine"]._rescore_edited(live)

    def _retire_former(self, vals):
        """Retire what is live now where the scorecards ``self`` are about to be.

        :param dict vals: what is going to be written to ``self``.
        """
        incoming = (
            self if vals.get("state") else self.filtered(lambda s: s.state == "live")
        )
        if not incoming:
            return
        companies = (
            [vals["company_id"]] if "company_id" in vals else incoming.company_id.ids
        )
        if "company_id" not in vals and any(not s.company_id for s in incoming):
            companies = [*companies, False]
        former = self.search(
            [
                ("state", "=", "live"),
                ("company_id", "in", companies),
                ("id", "not in", self.ids),
            ]
        )
        if former:
            former.write({"state": "retired"})
            # Before the new one is written: the database allows one only.
            former.flush_recordset(["state"])

    def _copy_groups(self, copied):
        """Give a copy its own groups, and its rules the group that they had."""
        self.ensure_one()
        twins = {
            group: group.copy({"scorecard_id": copied.id}) for group in self.group_ids
        }
        for rule, twin in zip(self.rule_ids, copied.rule_ids, strict=True):
            if rule.group_id:
                twin.group_id = twins[rule.group_id]

    def _grade_of(self, points):
        """Return the grade that a number of points makes."""
        return next(
            (
                row.grade
                for row in self.grade_ids.sorted("grade", reverse=True)
                if row.grade > 1 and points >= row.threshold
            ),
            1,
        )

    # === IN MEMORY === #

    def _setup(self):
        """Return what the engine needs to know about this scorecard.

        :rtype: ScorecardSetup
        """
        self.ensure_one()
        return ScorecardSetup.of(self)

    @api.model
    @kept()
    def _setups_in_use(self):
        """Return the scorecards that score leads, from memory.

        Pilots come first, then live ones, those of a company before the general one, then
        shadows.

        :rtype: tuple[ScorecardSetup]
        """
        order = {"pilot": 0, "live": 1, "shadow": 2}
        # sudo: scorecards count for every lead, whoever saves it.
        scorecards = (
            self.sudo()
            .with_context(active_test=True)
            .search([("state", "in", list(order))])
        )
        setups = [
            scorecard._setup()
            for scorecard in scorecards
            if not scorecard._rule_is_for_nobody()
        ]
        return tuple(
            sorted(setups, key=lambda s: (order[s.state], not s.company_id, s.id))
        )

    # === LEARN, JUDGE, REVIEW === #

    @api.model
    def _suggest(
        self,
        domain,
        excluded_fields=(),
        holdout=0.0,
        seed=1,
        shares=SHARES,
        scope=None,
    ):
        """Return a draft scorecard learned from closed leads.

        :param domain: the leads to learn from; the closed ones among them are used.
        :param excluded_fields: names of fields that must not be used. Fields that leak the
            outcome never are, whether they are known to, or turn out to.
        :param float holdout: share of the leads to leave out, for an honest evaluation:
            the latest where their dates span 30 days or more, else by chance.
        :param int seed: of the choice by chance.
        :param shares: the wanted shares of the grades 5, 4, 3 and 2 among the leads that
            are learned from; they set the thresholds.
        :param scope: the ScorecardSetup of the scorecard to be: only leads that it would be
            about; None: all of the domain.
        :return: the draft; ``training_lead_ids`` are the leads that it has seen.
        :raise UserError: where there are too few closed leads, or no fact tells anything.
        """
        learner = Learner(self.env, scope)
        return learner.learn(domain, excluded_fields, holdout, seed, shares)

    def _evaluate(self, domain):
        """Judge the scorecard by closed leads that it has not learned from.

        Each lead is scored as of its own close: events, ages and "today" up to then. Leads
        of which Odoo knows that a fact which a rule reads was changed afterwards are left
        out. Of more than MOST_CLOSED leads a sample is judged.

        :param domain: leads; the closed ones among them count that the scorecard is about,
            but for those that it was learned from.
        :return: the ``crm.scorecard.evaluation``. With too few closed leads it has no
            figures but a sentence in ``verdict``.
        """
        return Judge(self).judge(domain)

    @api.model
    def _cron_review(self):
        """Review the live scorecards whose day has come, and set the next day."""
        today = fields.Date.context_today(self)
        for scorecard in self.search(
            [("state", "=", "live"), ("review_date", "<=", today)]
        ):
            # sudo: a cron; of other companies' leads none is looked at, see Scope.about_sql().
            with guarded(self.env, "The review of scorecard %s failed", scorecard.id):
                reviewer = Reviewer(scorecard)
                findings = reviewer.review(fields.Datetime.now())
                if findings:
                    reviewer.tell(findings)
            scorecard.review_date = today + timedelta(days=REVIEW_DAYS)

    def _last_evaluation(self):
        """Return the last evaluation of the scorecard, empty if there is none."""
        self.ensure_one()
        # sudo: its figures, for whoever may read the scorecard.
        return self.sudo().evaluation_ids[:1]

    def _first_evaluation(self):
        """Return what the scorecard was judged to be when it was published.

        :return: the last evaluation with figures up to that day, else the first one after it.
        """
        self.ensure_one()
        # sudo: see above.
        found = self.sudo().evaluation_ids.filtered("is_conclusive").sorted("id")
        published = self.live_from or fields.Datetime.now()
        before = found.filtered(lambda row: row.create_date <= published)
        return before[-1:] or found[:1]

    def _rules_by_kind(self):
        """Return the rules for the strategy document: ``label`` and ``rules`` of each kind.

        :rtype: list[dict]
        """
        self.ensure_one()
        labels = dict(
            self.env["crm.scorecard.rule"]
            ._fields["kind"]
            ._description_selection(self.env)
        )
        groups = self.rule_ids.grouped("kind")
        return [
            {"label": label, "rules": groups[kind]}
            for kind, label in labels.items()
            if kind in groups
        ]
