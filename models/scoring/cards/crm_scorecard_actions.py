# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.exceptions import UserError

from ....tools.discrimination import thresholds
from ..grading.scope import Scope
from ..judging.verdict import Verdict
from ..learning.learner import SHARES
from .words_of_card import applies

# What publishing would change is shown on so many open leads, the latest.
MOST_PREVIEWED = 2000
# In the context of publishing: the id of the scorecard that the user saw as the live one.
REPLACES = "crm_scorecard_replaces"


class CrmScorecard(models.Model):
    """What people do with scorecards, the buttons of the form; and whom one is for."""

    _inherit = "crm.scorecard"

    rescore_remaining = fields.Integer(
        string="Leads Left to Grade", compute="_compute_rescore_remaining"
    )

    replaces_id = fields.Many2one(
        "crm.scorecard",
        string="Would Replace",
        compute="_compute_replaces_id",
        help="The scorecard that is retired when this one is published.",
    )

    applies_text = fields.Char(
        string="Applies To",
        compute="_compute_applies_text",
        help="Which leads the scorecard grades.",
    )
    pilot_text = fields.Char(
        compute="_compute_pilot_text", export_string_translation=False
    )

    publish_preview = fields.Char(
        compute="_compute_publish_preview", export_string_translation=False
    )
    evaluation_count = fields.Integer(compute="_compute_evaluation_count")
    is_for_me = fields.Boolean(
        compute="_compute_is_for_me", export_string_translation=False
    )

    @api.depends("user_ids")
    @api.depends_context("uid")
    def _compute_is_for_me(self):
        is_manager = self.env.user.has_group("sales_team.group_sale_manager")
        for scorecard in self:
            scorecard.is_for_me = is_manager or self.env.user in scorecard.user_ids

    def _compute_evaluation_count(self):
        counts = dict(
            self.env["crm.scorecard.evaluation"]._read_group(
                [("scorecard_id", "in", self.ids)], ["scorecard_id"], ["__count"]
            )
            if self.env["crm.scorecard.evaluation"].has_access("read")
            else ()
        )
        for scorecard in self:
            scorecard.evaluation_count = counts.get(scorecard, 0)

    @api.depends("state", "company_id")
    def _compute_replaces_id(self):
        live = self.search([("state", "=", "live")])
        for scorecard in self:
            scorecard.replaces_id = live.filtered(
                lambda other, card=scorecard: (
                    other != card._origin and other.company_id == card.company_id
                )
            )[:1]

    @api.depends("state", "rule_ids", "grade_ids", "replaces_id")
    @api.depends_context("lang")
    def _compute_publish_preview(self):
        """Say how many open leads would rise and fall if a scorecard were published."""
        for scorecard in self:
            card = scorecard._origin
            leads = card.rule_ids and self._graded_by(card.replaces_id)
            if not leads:
                scorecard.publish_preview = False
                continue
            points = self.env["crm.score.engine"]._points(leads, card)
            new = {lead.id: card._grade_of(points[lead.id]) for lead in leads}
            said = self.env._(
                "If it were live, %(up)s of the latest %(all)s open leads would rise, and"
                " %(down)s would fall.",
                up=sum(new[lead.id] > lead.lead_grade for lead in leads),
                down=sum(new[lead.id] < lead.lead_grade for lead in leads),
                all=len(leads),
            )
            others = leads.filtered(
                lambda lead, new=new: new[lead.id] != lead.lead_grade
            )
            follows = others and self._grades_follow(
                others, card._graded_as_if(others, points, new)
            )
            scorecard.publish_preview = " ".join([said, *(follows or ())])

    def _graded_as_if(self, leads, points, grades):
        """Return what leads would have if the scorecard graded them.

        :param dict points: by lead id; ``grades`` likewise.
        :return: by name of a field, its values by lead id.
        :rtype: dict[str, dict]
        """
        self.ensure_one()
        # sudo: what grades are made of, whoever may read all of it.
        leads, Company = leads.sudo(), self.env["res.company"].sudo()
        band_of = {row.grade: row.band for row in self.grade_ids}
        mql_grade = min(self.grade_ids.filtered("is_mql").mapped("grade"), default=6)
        least, bands, marks = Company._crm_known_least(), {}, {}
        for lead in leads:
            grade = grades[lead.id]
            marks[lead.id] = lead.qualification_state == "passed" and grade >= mql_grade
            bands[lead.id] = band_of.get(grade)
            mark = least.get(Company._crm_of_lead(lead).id, 0)
            # Unknown is not bad; what failed the gate and is set aside is to be left.
            if bands[lead.id] == "leave" and lead.info_completeness < mark:
                bands[lead.id] = "nurture"
            if Company._crm_is_set_aside(lead):
                bands[lead.id] = "leave"
        return {
            "lead_points": points,
            "lead_grade": grades,
            "lead_band": bands,
            "is_mql": marks,
        }

    @api.model
    def _grades_follow(self, leads, values):
        """Say what else would be another way if leads were graded otherwise.

        Nothing is known here; rooms that go by grades add a sentence each.

        :param leads: crm.lead records whose grade would be another one.
        :param dict values: see :meth:`_graded_as_if`.
        :rtype: list[str]
        """
        return []

    @api.model
    def _graded_by(self, live):
        """Return the latest open leads that have their grade from a live scorecard.

        Not those of another company's scorecard, or of a pilot, nor who has a grade by hand.
        """
        scope = Scope(self.env)
        setup = next((one for one in scope.setups if one.id == live.id), None)
        leads = self.env["crm.lead"]
        if not setup:
            return leads
        domain = [
            *(("won_status", "=", "pending"), ("lead_grade", ">", 0)),
            ("grade_manual", "in", (0, False)),
        ]
        query = leads._search(domain, order="id desc", limit=MOST_PREVIEWED)
        query.add_where(scope.graded_sql(setup, query))
        return leads.browse(query)

    @api.depends("state", "company_id", "pilot_share", "pilot_team_ids")
    @api.depends_context("lang")
    def _compute_applies_text(self):
        in_use = self.search([("state", "in", ("live", "pilot"))])
        for scorecard in self:
            scorecard.applies_text = applies(scorecard, in_use)

    @api.depends("state")
    @api.depends_context("lang")
    def _compute_pilot_text(self):
        """Say whether the pilot's leads are won more often than the others of its time."""
        for scorecard in self:
            card = scorecard._origin
            scorecard.pilot_text = card.state == "pilot" and (
                Verdict(card).pilot(Verdict(card).pilot_counts())
                or self.env._(
                    "Nothing to compare yet: no leads of the pilot, or no others of its time,"
                    " have been closed."
                )
            )

    @api.depends("state")
    def _compute_rescore_remaining(self):
        remaining = self.env["crm.score.engine"]._rescore_remaining()
        for scorecard in self:
            scorecard.rescore_remaining = remaining if scorecard.state == "live" else 0

    @api.depends("state")
    def _compute_waiting_text(self):
        in_use = self.filtered(lambda card: card.state in ("live", "pilot"))
        (self - in_use).waiting_text = False
        return super(CrmScorecard, in_use)._compute_waiting_text()

    # === ACTION METHODS === #

    def action_publish(self):
        """Make the scorecard live; the former one is retired, open leads are re-scored.

        The form says in the context which scorecard the user saw as the live one.

        :return: a notification.
        :rtype: dict
        :raise UserError: where another one was made live since.
        """
        self.ensure_one()
        self._check_replaced(self.env.context.get(REPLACES))
        self.state = "live"
        self.env["crm.score.engine"]._rescore_start()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "title": self.env._("%s is live", self.name),
                "message": self.env._("Open leads are graded again in the background."),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _check_replaced(self, expected):
        """Check that what is live is what the user saw when the choice was made.

        :param expected: the id of a scorecard, False for none, or None where nobody looked.
        :raise UserError: where another one was made live since.
        """
        if (
            expected is not None
            and self.replaces_id.id != expected
            and self.replaces_id
        ):
            raise UserError(
                self.env._(
                    'The scorecard "%s" was made live in the meantime. Reload the page, and'
                    " decide which of the two shall be live.",
                    self.replaces_id.name,
                )
            )

    def action_shadow(self):
        """Score leads with the scorecard aside: only the scoring team sees the grades."""
        self.write({"state": "shadow"})
        self.env["crm.score.engine"]._rescore_start()

    def action_pilot(self):
        """Grade the leads of the pilot's teams, or its share of them."""
        self.write({"state": "pilot"})
        self.env["crm.score.engine"]._rescore_start()

    def action_open_shadow(self):
        """Open the grades that the scorecard gives as a shadow.

        :return: a window action.
        :rtype: dict
        """
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Grades in the shadow"),
            "res_model": "crm.lead.grade.shadow",
            "view_mode": "list",
            "domain": [("scorecard_id", "=", self.id)],
        }

    @api.model
    def action_open_strategy(self):
        """Open the strategy document of the scorecard that grades the user's leads.

        Whoever handles leads is to know what a grade means, and whose turn it is.

        :return: a report action; where no scorecard is live, a notification that says so.
        :rtype: dict
        """
        company = self.env.company.id
        live = self.search(
            [("state", "=", "live"), ("company_id", "in", [company, False])],
            order="company_id",
            limit=1,
        )
        if not live:
            message = self.env._(
                "No scorecard is live. A sales manager publishes one under Configuration,"
                " Lead Management, Scorecards."
            )
            return {
                "type": "ir.actions.client",
                "tag": "display_notification",
                "params": {"type": "info", "message": message},
            }
        report = self.env.ref("crm_lead_management.crm_scorecard_strategy_html")
        return report.report_action(live)

    def action_open_bench(self):
        """Open the test bench: what the scorecard says of one lead.

        :return: a window action.
        :rtype: dict
        """
        return self._open_trial("crm_scorecard_bench_action")

    def action_open_compare(self):
        """Open the comparison with another scorecard.

        :return: a window action.
        :rtype: dict
        """
        return self._open_trial("crm_scorecard_compare_action")

    def _open_trial(self, name):
        self.ensure_one()
        self.check_access("write")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            f"crm_lead_management.{name}"
        )
        return {**action, "context": {"default_scorecard_id": self.id}}

    def action_set_thresholds(self):
        """Open the dialog that sets the thresholds from wanted shares of leads.

        :return: a window action.
        :rtype: dict
        """
        return self._open_trial("crm_scorecard_shares_action")

    def _set_shares(self, points, shares=SHARES):
        """Set the thresholds so that leads spread over the grades as wanted.

        :param points: what the leads have.
        :param shares: of the grades 5, 4, 3 and 2, each 0 to 1, together 1 at most.
        """
        self.ensure_one()
        starts = dict(zip((5, 4, 3, 2), thresholds(points, shares), strict=True))
        self.grade_ids = [
            fields.Command.update(row.id, {"threshold": starts[row.grade]})
            for row in self.grade_ids
            if row.grade in starts
        ]

    def action_retire(self):
        """Take the scorecard out of use. Leads keep their grades."""
        self.write({"state": "retired"})

    def action_new_version(self):
        """Duplicate the scorecard, and open the copy.

        :return: a window action.
        :rtype: dict
        """
        self.ensure_one()
        return self.copy()._get_records_action()

    def action_evaluate(self):
        """Judge the scorecard by all closed leads that it is about, and open the result.

        :return: a window action.
        :rtype: dict
        """
        self.ensure_one()
        return self._evaluate([])._get_records_action()

    def action_open_evaluations(self):
        """Open the evaluations of the scorecard.

        :return: a window action.
        :rtype: dict
        """
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Evaluations"),
            "res_model": "crm.scorecard.evaluation",
            "view_mode": "list,form",
            "domain": [("scorecard_id", "=", self.id)],
        }

    # === WHOM IT IS FOR === #

    @api.model
    def _rule_restrictions(self):
        return [*super()._rule_restrictions(), "pilot_team_ids"]

    def _rule_emptied(self):
        # Its teams count for a pilot only.
        emptied = super()._rule_emptied()
        is_pilot = self.state == "pilot"
        return [name for name in emptied if is_pilot or name != "pilot_team_ids"]

    @api.depends("state")
    def _compute_emptied_reason(self):
        return super()._compute_emptied_reason()
