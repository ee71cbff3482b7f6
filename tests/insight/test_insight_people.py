# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import date

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import html2plaintext

from ...models.insight.board.digest_digest import CODES
from ...models.insight.figures.scope import Window
from .common import NOW, InsightCase

MARCH = {"kind": "month", "day": "2026-03-05"}


@tagged("post_install", "-at_install")
class TestInsightPeople(InsightCase):
    """Five figures for each person, what money comes from, and the digest."""

    def _people(self, user=None, **options):
        People = self.env["crm.insight.people"].with_user(user or self.user_manager)
        return People.get_people(**(MARCH | options))

    def _row(self, page, user):
        return next(row for row in page["rows"] if row["user_id"] == user.id)

    def test_each_person_by_name(self):
        page = self._people()
        names = [row["name"] for row in page["rows"]]
        self.assertEqual(names, sorted(names))
        row = self._row(page, self.user_colleague)
        self.assertEqual((row["leads"], row["customers"]), (14, 0))
        self.assertEqual(row["headline"], "14 leads", "too few for a rate")
        seller = self._row(page, self.user_seller)
        self.assertEqual((seller["won"], round(seller["deal"])), (6, 833))
        self.assertEqual(page["average"]["leads"], 24)

    def test_the_headline_has_a_rate_where_it_can_be_judged(self):
        page = self._people(kind="quarter", day="2025-12-01")
        self.assertEqual(self._row(page, self.user_seller)["headline"], "10 leads")
        more = self._some(
            40, "2025-12-01 09:00", self.user_seller, self.team_north, "open", 50, 3
        )
        self._close(more[:3], "2026-01-10 12:00", 100)
        page = self._people(kind="quarter", day="2025-12-01")
        row = self._row(page, self.user_seller)
        self.assertEqual(row["headline"], "50 leads, 10 %")
        self.assertEqual(row["words"], "5 of 50, likely 4 to 21 %, so far")

    def test_what_is_no_person_is_refused(self):
        People = self.env["crm.insight.people"].with_user(self.user_manager)
        for user_id in ("1 OR 1=1", None, [self.user_seller.id], 1.5):
            with self.assertRaises(UserError):
                People.get_list("leads", user_id, **MARCH)
        with self.assertRaises(UserError):
            People.get_people(**MARCH, team_id="x")

    def test_each_number_opens_what_it_counts(self):
        page = self._people()
        counted = {
            "leads": "leads",
            "reached": "reached",
            "customers": "customers",
            "won": "won",
            "steps": "due",
            "neglected": "neglected",
            "at_risk": "risky",
        }
        People = self.env["crm.insight.people"].with_user(self.user_manager)
        for row in page["rows"]:
            for what, key in counted.items():
                found = People.get_list(what, row["user_id"], **MARCH)
                Model = self.env[found["model"]].with_user(self.user_manager)
                with self.subTest(what, user=row["name"]):
                    self.assertEqual(Model.search_count(found["domain"]), row[key])

    def test_whose_a_lead_was_at_the_end_of_the_period_counts(self):
        """The routing log says who had it then; who has it now is another question."""
        self.env["crm.lead.routing.log"].create(
            [
                {
                    "lead_id": lead.id,
                    "to_user_id": user.id,
                    "mode": "manual",
                    "outcome": "manual",
                }
                for lead in self.b[:4]
                for user in (self.user_colleague, self.user_seller)
            ]
        )
        logs = self.env["crm.lead.routing.log"].search([("lead_id", "in", self.b.ids)])
        early = logs.filtered(lambda log: log.to_user_id == self.user_colleague)
        self._set(early, create_date="2026-03-04 12:00")
        self._set(logs - early, create_date="2026-04-01 12:00")
        page = self._people()
        self.assertEqual(self._row(page, self.user_colleague)["leads"], 18)
        self.assertEqual(self._row(page, self.user_seller)["leads"], 6)

    def test_a_salesperson_sees_himself_and_all_together(self):
        page = self._people(self.user_seller)
        self.assertEqual(
            [row["user_id"] for row in page["rows"]], [self.user_seller.id]
        )
        self.assertEqual(page["average"]["leads"], 24, "his team")

    def test_a_leader_sees_his_team(self):
        self.team_north.user_id = self.user_seller
        page = self._people(self.user_seller)
        self.assertEqual(
            {row["user_id"] for row in page["rows"]},
            {self.user_seller.id, self.user_colleague.id},
        )

    def test_the_cost_does_not_depend_on_their_number(self):
        def run(size):
            self._make_leads(
                size, user_id=self.user_seller.id, team_id=self.team_north.id
            )
            return self._people

        self.assertSameQueryCount(run, 10, 100)

    # === MONEY === #

    def _money(self, user=None, **options):
        Money = self.env["crm.insight.money"].with_user(user or self.user_manager)
        return Money.get_money(**({"kind": "quarter", "day": "2026-03-05"} | options))

    def test_the_best_fifth(self):
        partner = self.env["res.partner"].create({"name": "Big one"})
        self._set(self.a[:4], partner_id=partner.id)
        page = self._money()
        self.assertEqual(page["pareto"]["leads"]["of"], 6)
        self.assertEqual(page["pareto"]["leads"]["best"], 2)
        self.assertAlmostEqual(page["pareto"]["leads"]["share"], 2000 / 5000)
        self.assertEqual(page["pareto"]["customers"]["of"], 3)
        self.assertAlmostEqual(page["pareto"]["customers"]["share"], 4000 / 5000)
        self.assertFalse(page["pareto"]["customers"]["judged"])

    def test_contacts_wasted_by_each_negative_rule(self):
        """R119: which criteria show that work was lost."""
        card = self.env["crm.scorecard"].create(
            {
                "name": "Card",
                "rule_ids": [
                    (
                        0,
                        0,
                        {
                            "name": name,
                            "kind": kind,
                            "points": points,
                            "domain": domain,
                        },
                    )
                    for name, kind, points, domain in (
                        ("Fits", "explicit", 10, "[('user_id', '!=', False)]"),
                        ("Far away", "negative", -5, "[('city', '=', 'Far')]"),
                        ("Nobody", "negative", -5, "[('city', '=', 'Nowhere')]"),
                    )
                ],
            }
        )
        card.action_publish()
        self._set(self.c[:3], city="Far")
        self.env["crm.touchpoint"]._record(
            [
                {
                    "lead_id": lead.id,
                    "kind": "call",
                    "direction": "out",
                    "outcome": "talked",
                    "is_human": True,
                    "occurred_on": f"2026-03-30 0{hour}:00:00",
                }
                for lead in self.c[:2] + self.b[0]
                for hour in (8, 9)
            ]
        )
        rows = self._money()["waste"]
        self.assertEqual(
            [(row["name"], row["leads"], row["num"]) for row in rows],
            [("Far away", 2, 4)],
        )
        Model = self.env[rows[0]["model"]].with_user(self.user_manager)
        self.assertEqual(Model.search_count(rows[0]["domain"]), 4)
        self.assertFalse(self._money(self.user_all, day="2025-03-05")["waste"])

    def test_sources_and_methods_with_their_cost(self):
        fair = self.env["utm.source"].create({"name": "Fair"})
        face = self.env["utm.medium"].create({"name": "Stand", "lead_method": "face"})
        self._set(self.a, source_id=fair.id, medium_id=face.id)
        self.env["crm.source.cost"].with_user(self.user_manager).create(
            [
                # Half of its days lie in the quarter.
                {
                    "source_id": fair.id,
                    "date_from": "2025-12-22",
                    "date_to": "2026-01-10",
                    "amount": 800,
                },
                {
                    "source_id": self.env["utm.source"].create({"name": "Tour"}).id,
                    "medium_id": face.id,
                    "date_from": "2026-02-01",
                    "date_to": "2026-02-01",
                    "amount": 100,
                },
            ]
        )
        page = self._money()
        row = next(row for row in page["sources"] if row["name"] == "Fair")
        told = (row["received"], row["qualified"], row["customers"], row["revenue"])
        self.assertEqual(told, (10, 10, 4, 4000))
        self.assertEqual((row["cost"], row["per_customer"]), (400, 100))
        row = next(row for row in page["methods"] if row["name"] == "Face to Face")
        self.assertEqual((row["received"], row["per_customer"]), (10, 25))
        for row in page["sources"] + page["methods"]:
            count = self.env["crm.lead"].search_count(row["domain"])
            self.assertEqual(count, row["received"])

    def test_a_method_has_the_days_of_all_its_sources(self):
        """The median of all its customers, not one of the medians of its sources."""
        face = self.env["utm.medium"].create({"name": "Stand", "lead_method": "face"})
        sources = self.env["utm.source"].create(
            [{"name": name} for name in ("Fair", "Tour")]
        )
        won = self.a[:4]
        self._set(won, medium_id=face.id)
        self._set(won[:3], source_id=sources[0].id)
        self._set(won[3], source_id=sources[1].id)
        for lead, day in zip(won, (11, 12, 13, 20), strict=True):
            self._set(
                lead, create_date="2026-02-10 12:00", date_closed=f"2026-02-{day} 12:00"
            )
        page = self._money()
        days = {row["name"]: row["days"] for row in page["sources"] + page["methods"]}
        self.assertEqual((days["Fair"], days["Tour"]), (2, 10))
        self.assertEqual(days["Face to Face"], 2.5)

    def test_leads_at_risk_without_an_amount(self):
        """Counted now, with the money at risk; of a period that is over as of now, too."""
        self._set(
            self.b[:3],
            next_touch_on="2026-04-01 09:00",
            prorated_revenue=0,
            retention_k=0.1,
        )
        for day in ("2026-04-02", "2026-02-05"):
            said = self._money(day=day)["unpriced"]
            leads = self.env["crm.lead"].search(said["domain"])
            self.assertLessEqual(self.b[:3], leads)
            self.assertEqual(said["num"], len(leads))

    def test_odoos_own_media_have_a_method(self):
        phone = self.env.ref("utm.utm_medium_phone")
        self.assertEqual(self.env["utm.medium"]._lead_methods()[phone.id], "phone")
        phone.lead_method = "other"
        self.assertEqual(self.env["utm.medium"]._lead_methods()[phone.id], "other")

    def test_what_a_grade_was_worth(self):
        grades = {row["grade"]: row for row in self._money()["grades"]}
        self.assertEqual((grades[5]["num"], grades[5]["den"]), (4, 4))
        self.assertEqual((grades[2]["num"], grades[2]["den"]), (2, 2))
        self.assertEqual((grades[1]["num"], grades[1]["den"]), (0, 3))

    def test_a_salesperson_sees_his_own_money(self):
        page = self._money(self.user_colleague)
        self.assertEqual(page["pareto"]["leads"]["of"], 0)
        self.assertEqual(sum(row["received"] for row in page["sources"]), 14)

    # === DIGEST === #

    def _digest(self, periodicity, **values):
        kpis = {f"kpi_lead_{code}": True for code in CODES}
        return self.env["digest.digest"].create(
            {
                "name": "Test",
                "periodicity": periodicity,
                "lead_periods": True,
                "user_ids": [(6, 0, self.user_manager.ids)],
                **kpis,
                **values,
            }
        )

    def _column(self, digest, user, code, number=1):
        rows = digest._compute_kpis(self.company, user)
        row = next(row for row in rows if row["kpi_name"] == f"kpi_lead_{code}")
        return row[f"kpi_col{number}"]

    def test_a_digest_of_the_quarter_shows_the_quarter(self):
        digest = self._digest("quarterly")
        said = self._column(digest, self.user_manager, "received")
        self.assertEqual((said["value"], said["col_subtitle"]), (40, "Last quarter"))
        self.assertEqual(said["margin"], 300.0, "ten in the quarter before")
        said = self._column(digest, self.user_manager, "qualified")
        self.assertEqual(said["value"], "40 %")
        said = self._column(digest, self.user_manager, "overdue")
        self.assertEqual(said["value"], "–", "that day was not kept")
        month = self._column(digest, self.user_manager, "customers", 2)
        self.assertEqual((month["value"], month["col_subtitle"]), (6, "Last month"))

    def test_the_mail_of_a_digest(self):
        """What a reader gets: the figures in words, with the periods above them."""
        digest = self._digest("quarterly")
        self.user_manager.email = "mira@example.com"
        digest._action_send_to_user(self.user_manager, tips_count=0)
        mail = self.env["mail.mail"].search([], order="id desc", limit=1)
        text = html2plaintext(mail.body_html)
        for words in ("Leads Received", "Last quarter", "Last 12 months", "40 %", "–"):
            self.assertIn(words, text)
        for words in ("None", "nan", "kpi_"):
            self.assertNotIn(words, text)

    def test_the_mail_of_a_digest_goes_from_the_right(self):
        """In Arabic the mail of a calendar digest runs from the right; Odoo's is left alone."""
        self.env["res.lang"]._activate_lang("ar_001")
        self.user_manager.email = "mira@example.com"
        for told, counted in ((True, 2), (False, 0)):
            digest = self._digest("quarterly", lead_periods=told)
            digest.with_context(lang="ar_001")._action_send_to_user(
                self.user_manager, tips_count=0
            )
            mail = self.env["mail.mail"].search([], order="id desc", limit=1)
            self.assertEqual(mail.body_html.count('dir="rtl"'), counted)
            # Capitals are those of the language; so is the day.
            self.assertEqual(mail.body_html.count('lang="ar"'), counted)
            day = "أبريل" if told else "April 02, 2026"
            self.assertIn(day, mail.body_html)

    def test_each_reader_gets_his_own(self):
        digest = self._digest("monthly")
        said = self._column(digest, self.user_seller, "received")
        self.assertEqual(said["value"], 10)

    def test_a_calendar_digest_is_never_slowed_down(self):
        digest = self._digest("weekly")
        self.assertFalse(digest._check_daily_logs())
        self.assertEqual(digest._get_next_run_date(), date(2026, 4, 5))
        plain = self._digest("weekly", lead_periods=False)
        self.assertEqual(plain._check_daily_logs(), plain)
        names = [name for name, _tf in plain._compute_timeframes(self.company)]
        self.assertEqual(names[0], "Last 24 hours")

    def test_all_windows_are_counted_in_one_go(self):
        digest, plain = (
            self._digest("weekly"),
            self._digest("weekly", lead_periods=False),
        )
        Insight = self.registry["crm.insight"]
        calls = []

        def watch(name):
            real = getattr(Insight, name)

            def spy(model, *args, **kwargs):
                calls.append(name)
                return real(model, *args, **kwargs)

            self.patch(Insight, name, spy)

        watch("_figures_of")
        watch("_values_of")
        digest._compute_kpis(self.company, self.user_manager)
        self.assertEqual(calls, ["_values_of"])
        calls.clear()
        plain._compute_kpis(self.company, self.user_manager)
        self.assertEqual(calls, ["_figures_of"] * 6, "Odoo asks for each 26 times")

    def test_windows_in_one_another_say_what_each_says_alone(self):
        digest = self._digest("quarterly")
        self.env["crm.insight.stock"]._keep(self.company, date(2026, 3, 31))
        windows = [
            w for _n, pair in digest._compute_timeframes(self.company) for w in pair
        ]
        Insight = self.Insight.with_user(self.user_manager)
        users = self.env["res.users"]
        together = Insight._values_of(self.company, windows, users, CODES)
        for window, found in zip(windows, together, strict=True):
            alone = Insight._figures_of(Window(self.company, *window), codes=CODES)
            for code in CODES:
                with self.subTest(code, window=window):
                    self.assertEqual(found[code]["value"], alone[code]["value"])

    def test_four_are_ready_and_off(self):
        ready = self.env["digest.digest"].search([("lead_periods", "=", True)])
        self.assertEqual(
            sorted(ready.mapped("periodicity")),
            ["daily", "monthly", "quarterly", "weekly"],
        )
        self.assertEqual(set(ready.mapped("state")), {"deactivated"})
        self.assertFalse(ready.user_ids)
        self.assertGreater(NOW.year, 2000)
