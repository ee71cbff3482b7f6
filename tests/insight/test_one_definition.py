# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import date, timedelta

from odoo.fields import Domain
from odoo.tests import tagged

from ...models.insight.figures.scope import Scope, Span
from ...models.insight.figures.tables import TABLES
from ...models.insight.figures.tabling import Tabler
from .common import NOW
from .story import InsightStory


@tagged("post_install", "-at_install")
class TestOneDefinition(InsightStory):
    """Neglected, without a next step, at risk: the same leads wherever they are counted."""

    @classmethod
    def _tell_more(cls):
        told = super()._tell_more()
        a, g, e = cls.a, cls.g, cls.e
        # Paused, and no longer paused; nobody's for a long time; set aside.
        cls._set(a[4], routing_paused_until=NOW + timedelta(days=3))
        cls._set(a[5], routing_paused_until=NOW - timedelta(days=3))
        cls._set(e[0], create_date="2026-01-05 09:00", received_on=None)
        cls._set(g[2], qualification_state="failed")
        # In a track that is paused.
        track = cls.env["crm.nurture.track"].search([], limit=1)
        cls.env["crm.nurture.enrollment"].create(
            {
                "lead_id": g[3].id,
                "track_id": track.id,
                "company_id": cls.company.id,
                "state": "paused",
                "started_on": "2026-02-15 09:00:00",
                "step_id": track.step_ids.id,
                "next_on": "2026-04-20 09:00:00",
            }
        )
        cls.people = cls.user_seller | cls.user_colleague | cls.user_all
        return told

    def _team_board(self, user):
        Card = self.env["crm.followup.board"].with_user(self.user_manager)
        return Card.search([("user_id", "=", user.id)])

    def _rows_of(self, person):
        People = self.env["crm.insight.people"].with_user(self.user_manager)
        page = People.get_people("month", NOW.date().isoformat())
        return next(row for row in page["rows"] if row["user_id"] == person.id)

    def _listed(self, what, person):
        People = self.env["crm.insight.people"].with_user(self.user_manager)
        opened = People.get_list(what, person.id, "month", NOW.date().isoformat())
        return self.env[opened["model"]].search(Domain(opened["domain"]))

    def _opened(self, action):
        return self.env[action["res_model"]].search(action["domain"])

    def test_neglected(self):
        """next.md 5.6: open, somebody's, neither paused nor set aside nor in a track."""
        accountant = self.env["crm.followup.accountant"]
        leads = accountant._neglected()
        expected = self.a[5:] + self.b[4:6] + self.b[8:] + self.g[4:]
        self.assertEqual(leads, expected)
        figure = self._figures("day", NOW.date())["neglected"]
        self.assertEqual(self.env["crm.lead"].search(figure["domain"]), leads)
        self.assertEqual(
            self.env["crm.lead"].search([("is_neglected", "=", True)]), leads
        )
        others = self.env["crm.lead"].search([("is_neglected", "=", False)])
        self.assertEqual(others, self.env["crm.lead"].search([]) - leads)
        # Of the records of leads: by another name of the table.
        moves = self.env["crm.lead.stage.log"].search([])
        found = moves.search([("lead_id.is_neglected", "=", True)])
        self.assertEqual(found, moves.filtered(lambda move: move.lead_id in leads))
        self.assertTrue(found)
        counts = accountant._neglected_counts(self.people)
        for person in self.people:
            with self.subTest(person.login):
                mine = leads.filtered(lambda one, person=person: one.user_id == person)
                card = self._team_board(person)
                self.assertEqual(card.neglected_count, len(mine))
                self.assertEqual(self._opened(card.action_open_neglected()), mine)
                self.assertEqual(self._rows_of(person)["neglected"], len(mine))
                self.assertEqual(self._listed("neglected", person), mine)
                self.assertEqual(counts.get(person.id, 0), len(mine))
                Insight = self.Insight.with_user(self.user_manager)
                own = Insight._figures(
                    "day", NOW.date(), self.company, user=person, codes=("neglected",)
                )["neglected"]
                self.assertEqual(own["num"], len(mine))

    def test_the_first_policy_that_is_for_a_lead_decides(self):
        """One that allows any number of days is no reason to ask the next one."""
        self.env["crm.followup.policy"].create(
            {
                "name": "Best",
                "sequence": -1,
                "domain": "[('lead_grade', '>=', 5)]",
                "first_days": 3,
                "neglect_days": 0,
            }
        )
        leads = self.env["crm.followup.accountant"]._neglected()
        self.assertTrue(leads)
        self.assertFalse(leads & self.a)

    def test_no_next_step(self):
        figure = self._figures("day", NOW.date())["no_next_step"]
        leads = self.env["crm.lead"].search(figure["domain"])
        self.assertTrue(leads)
        self.assertFalse(leads & (self.c + self.g[2]), "set aside")
        defects = self.env["crm.followup.accountant"]._defects()
        self.assertLessEqual(leads, defects)
        self.assertFalse(defects & (self.c + self.g[2]))
        of_cards = self.env["crm.lead"]
        for person in self.people:
            with self.subTest(person.login):
                mine = leads.filtered(lambda one, person=person: one.user_id == person)
                card = self._team_board(person)
                self.assertEqual(card.none_count, len(mine))
                self.assertEqual(self._opened(card.action_open_none()), mine)
                of_cards |= mine
        self.assertEqual(leads - of_cards, leads.filtered(lambda one: not one.user_id))

    def test_no_owner(self):
        self._set(self.c[3:5], user_id=None)
        figure = self._figures("day", NOW.date())["no_owner"]
        leads = self.env["crm.lead"].search(figure["domain"])
        self.assertEqual(leads, self.e)
        card = (
            self.env["crm.followup.board"]
            .with_user(self.user_manager)
            .search([("is_nobody", "=", True)])
        )
        self.assertEqual(card.lead_count, len(leads))
        self.assertEqual(self._opened(card.action_open_leads()), leads)

    def test_at_risk(self):
        figure = self._figures("day", NOW.date())["money_at_risk"]
        leads = self.env["crm.lead"].search(figure["domain"])
        self.assertEqual(leads, self.d[2:4])
        risk = self.env["crm.followup.accountant"]._risk(
            self.env["crm.lead"].search([])
        )
        self.assertAlmostEqual(sum(risk.values()), figure["value"], 2)
        self.assertEqual({lead for lead, one in risk.items() if one}, set(leads.ids))
        self.assertAlmostEqual(sum(leads.mapped("money_at_risk")), figure["value"], 2)
        card, row = (
            self._team_board(self.user_colleague),
            self._rows_of(self.user_colleague),
        )
        self.assertAlmostEqual(card.money_at_risk, figure["value"], 2)
        self.assertAlmostEqual(row["risk"], figure["value"], 2)
        self.assertEqual(row["risky"], len(leads))

    def test_the_review_talks_about_nobody_who_is_set_aside(self):
        meeting = self.env["crm.review.meeting"].create({"team_id": self.team_north.id})
        lines = meeting.line_ids.lead_id
        self.assertTrue(lines)
        self.assertFalse(lines & (self.c + self.g[2]))
        # By reason, the same leads as on the board.
        none = self.env["crm.lead"].search(
            self._figures("day", NOW.date())["no_next_step"]["domain"]
        )
        told = meeting.line_ids.filtered(lambda line: line.reason == "4_no_step")
        self.assertLessEqual(told.lead_id, none)

    def test_nights_and_digest_say_the_same(self):
        Stock = self.env["crm.insight.stock"]
        Stock._keep(self.company, NOW.date())
        kept = dict(
            Stock._read_group([("day", "=", NOW.date())], ["code"], ["num:sum"])
        )
        found = self._figures("day", NOW.date())
        for code in ("neglected", "no_next_step", "overdue", "money_at_risk"):
            self.assertEqual(kept[code], found[code]["num"], code)

    def test_what_is_asked_of_leads_is_asked_as_their_reader(self):
        """A rule of the company's own on leads: contacts are seen, some of the leads are not."""
        rule = self.env["ir.rule"].create(
            {
                "name": "Own rule",
                "model_id": self.env.ref("crm.model_crm_lead").id,
                "domain_force": "[(1, '=', 1)]",
            }
        )
        day, fits = date(2026, 3, 5), ("qualification_state", "!=", "failed")
        Touch = self.env["crm.touchpoint"].with_user(self.user_manager)
        for domain, hits in (
            ([], 2),
            ([fits], 0),
            ([fits, ("team_id.name", "!=", "Nowhere")], 0),
            ([("team_id.name", "!=", "Nowhere")], 2),
        ):
            rule.domain_force = repr(domain)
            said = self._figures("month", day, self.user_manager)["wasted_touches"]
            self.assertEqual((said["num"], said["den"]), (hits, 10), domain)
            self.assertEqual(Touch.search_count(said["domain"]), hits, domain)

    def test_the_stages_hold_all_that_is_open(self):
        """Counted with the figures of open leads, or alone: the same."""
        Insight = self.Insight.with_user(self.user_manager)
        board = Insight.get_board(kind="month", day=NOW.date().isoformat())
        tables = [one for block in board["blocks"] for one in block["tables"]]
        rows = next(one["rows"] for one in tables if one["code"] == "by_stage")
        Lead = self.env["crm.lead"].with_user(self.user_manager)
        self.assertEqual(
            sum(row["den"] for row in rows),
            Lead.search_count([("won_status", "=", "pending")]),
        )
        for row in rows:
            self.assertEqual(Lead.search_count(row["cases_domain"]), row["den"])
        span = Span("month", NOW.date(), self.company)
        tabler = Tabler(Lead.env, span, Scope(self.company))
        self.assertEqual(rows, tabler.rows(TABLES)["by_stage"])
