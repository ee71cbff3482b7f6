# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import date, timedelta
from itertools import count
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ...models.insight.figures import buying, catalogue
from ...models.insight.figures.figure import Figure
from ...tools import periods
from .common import NOW, InsightCase

FLOWS = ("received", "customers", "answered_in_time", "human_touches", "won_back")
# The board of any size costs at most so many statements.
MOST_STATEMENTS = 20


@tagged("post_install", "-at_install")
class TestInsightBoard(InsightCase):
    """Whose figures, of which days, and what becomes of them where something is wrong."""

    def _board(self, user=None, **options):
        return self.Insight.with_user(user or self.user_manager).get_board(**options)

    def _said(self, board, code):
        figures = [one for block in board["blocks"] for one in block["figures"]]
        return next(one for one in figures if one["code"] == code)

    # === PERIODS === #

    def _sums(self, kind, day, start):
        found = self._figures(kind, day)
        days = [self._figures("day", one) for one in periods.days_of(kind, day, start)]
        for code in FLOWS:
            with self.subTest(code, kind=kind, start=start):
                for part in ("num", "den"):
                    parts = [one[code][part] or 0 for one in days]
                    self.assertEqual(found[code][part] or 0, sum(parts))

    def test_days_add_up_across_the_change_of_clocks(self):
        """Weeks that begin on Sunday or on Monday; the clocks change on 29 March."""
        self.env["crm.touchpoint"]._record(
            [
                {
                    "lead_id": self.b[0].id,
                    "kind": "call",
                    "direction": "out",
                    "outcome": "talked",
                    "is_human": True,
                    "occurred_on": f"2026-03-{day} {hour:02}:30:00",
                }
                for day, hour in (
                    (28, 22),
                    (28, 23),
                    (29, 0),
                    (29, 1),
                    (29, 21),
                    (29, 22),
                )
            ]
        )
        for lang_start in ("7", "1"):
            lang = self.env["res.lang"]._get_data(
                code=self.company.partner_id.lang or "en_US"
            )
            self.env["res.lang"].browse(lang.id).week_start = lang_start
            self._sums("week", date(2026, 3, 29), int(lang_start))
            self._sums("month", date(2026, 3, 29), int(lang_start))
        touches = self._figures("day", date(2026, 3, 29))["human_touches"]["num"]
        self.assertEqual(touches, 4, "from 23:00 UTC on up to 22:00 UTC")

    def test_quarter_is_the_sum_of_its_months(self):
        quarter = self._figures("quarter", date(2026, 2, 1))
        months = [self._figures("month", date(2026, month, 1)) for month in (1, 2, 3)]
        for code in FLOWS:
            parts = [one[code]["num"] for one in months]
            self.assertEqual(quarter[code]["num"], sum(parts), code)
        self.assertEqual(quarter["received"]["num"], 40)
        self.assertEqual(quarter["received"]["series"][-2:], [10, 40])
        self.assertEqual(quarter["received"]["previous"], 10)

    def test_the_reader_changes_nothing(self):
        mine = self._board(kind="month", day="2026-03-05")
        self.user_manager.tz = "Pacific/Auckland"
        self.env["res.lang"]._activate_lang("ar_001")
        self.user_manager.lang = "ar_001"
        other = self.Insight.with_user(self.user_manager).with_context(
            lang="ar_001", tz="Pacific/Auckland"
        )
        other = other.get_board(kind="month", day="2026-03-05")
        for key in ("first", "last", "before", "after"):
            self.assertEqual(other[key], mine[key])
        for one, two in zip(mine["blocks"], other["blocks"], strict=True):
            for a, b in zip(one["figures"], two["figures"], strict=True):
                for key in ("num", "den", "value", "previous", "series", "domain"):
                    self.assertEqual(a[key], b[key], (a["code"], key))

    def test_shares_of_few_are_not_judged(self):
        board = self._board(kind="month", day="2026-03-05")
        self.assertEqual(
            self._said(board, "answered_in_time")["words"], "6 of 10: too few to judge"
        )
        self.assertEqual(
            self._said(board, "complete")["words"], "6 of 30, likely 10 to 37 %"
        )

    # === STOCKS === #

    def test_what_was_open_is_kept_and_a_missed_night_is_a_gap(self):
        Stock = self.env["crm.insight.stock"]
        now = self._figures("day", NOW.date())
        self.assertEqual(now["no_owner"]["num"], 6)
        self.assertEqual(now["no_owner"]["series"][-2:], [None, 6])
        Stock._keep(self.company, NOW.date() - timedelta(days=1))
        self.e[:2].user_id = self.user_seller
        now = self._figures("day", NOW.date())
        self.assertEqual(now["no_owner"]["series"][-3:], [None, 6, 4])
        self.assertEqual(now["overdue"]["series"][-2], 2, "never answered")
        self.assertEqual(now["neglected"]["series"][-2], 0, "kept, and nothing was so")
        past = self._figures("day", NOW.date() - timedelta(days=1))["no_owner"]
        self.assertEqual((past["num"], past["domain"]), (6, False))
        missed = self._figures("day", NOW.date() - timedelta(days=2))["no_owner"]
        self.assertEqual((missed["num"], missed["value"]), (None, None))

    def test_a_night_that_is_repeated_is_kept_once(self):
        Stock = self.env["crm.insight.stock"]
        Stock._cron_keep()
        first = Stock.search_count([("company_id", "=", self.company.id)])
        Stock._cron_keep()
        self.assertEqual(
            Stock.search_count([("company_id", "=", self.company.id)]), first
        )

    def test_neglected_is_what_the_accountant_says(self):
        self.env["crm.followup.policy"].create(
            [
                {
                    "name": "Best",
                    "sequence": 1,
                    "domain": "[('lead_grade', '>=', 5)]",
                    "first_days": 3,
                    "neglect_days": 90,
                },
                {"name": "All", "sequence": 2, "first_days": 3, "neglect_days": 14},
            ]
        )
        found = self._figures("day", NOW.date())["neglected"]
        leads = self.env["crm.followup.accountant"]._neglected()
        self.assertTrue(leads)
        self.assertEqual(self.env["crm.lead"].search(found["domain"]), leads)
        self.assertEqual(found["num"], len(leads))
        self.assertTrue(all(leads.mapped("is_neglected")))
        self.assertFalse(any((self.a - leads).mapped("is_neglected")))

    # === WHO SEES WHAT === #

    def test_a_salesperson_sees_his_own(self):
        board = self._board(self.user_seller, kind="month", day="2026-03-05")
        self.assertEqual(board["user_id"], self.user_seller.id)
        self.assertEqual(self._said(board, "received")["num"], 10)
        self.assertEqual(self._said(board, "customers")["num"], 6)
        self.assertEqual(board["people"], [])

    def test_a_colleagues_figures_are_refused(self):
        for options in (
            {"user_id": self.user_colleague.id},
            {"team_id": self.team_north.id},
        ):
            with self.assertRaises(AccessError):
                self._board(self.user_seller, **options)
        People = self.env["crm.insight.people"].with_user(self.user_seller)
        with self.assertRaises(AccessError):
            People.get_list("leads", self.user_colleague.id)

    def test_who_is_no_salesperson_gets_nothing(self):
        employee = new_test_user(self.env, "insight_employee", "base.group_user")
        with self.assertRaises(AccessError):
            self._board(employee)
        with self.assertRaises(AccessError):
            self.env["crm.insight.people"].with_user(employee).get_people()
        with self.assertRaises(AccessError):
            self.env["crm.insight.money"].with_user(employee).get_money()

    def test_a_salesperson_without_leads_sees_zeros(self):
        nobody = new_test_user(
            self.env, "insight_nobody", "sales_team.group_sale_salesman"
        )
        board = self._board(nobody, kind="quarter", day="2026-04-02")
        for block in board["blocks"]:
            for one in block["figures"]:
                self.assertFalse(one["error"])
                self.assertFalse(one["num"], one["code"])
            for table in block["tables"]:
                self.assertFalse(table["rows"])
        page = self.env["crm.insight.money"].with_user(nobody).get_money()
        self.assertFalse(page["pareto"]["leads"]["of"] + len(page["sources"]))

    def test_a_manager_looks_at_a_team_or_a_person(self):
        options = {"kind": "month", "day": "2026-03-05"}
        team = self._board(team_id=self.team_north.id, **options)
        self.assertEqual(self._said(team, "received")["num"], 24)
        person = self._board(user_id=self.user_colleague.id, **options)
        self.assertEqual(self._said(person, "received")["num"], 14)

    def test_who_changes_teams_takes_no_past_along(self):
        before = self._board(kind="month", day="2026-03-05", team_id=self.team_north.id)
        self.user_seller.crm_team_member_ids.unlink()
        self.env["crm.team.member"].create(
            {"crm_team_id": self.team_south.id, "user_id": self.user_seller.id}
        )
        after = self._board(kind="month", day="2026-03-05", team_id=self.team_north.id)
        for code in ("received", "customers"):
            one, other = self._said(before, code), self._said(after, code)
            self.assertEqual(one["num"], other["num"])

    def test_what_is_no_period_is_refused(self):
        for options in ({"kind": "year"}, {"day": "soon"}, {"day": "0001-01-01"}):
            with self.assertRaises(UserError):
                self._board(**options)

    # === COMPANIES === #

    def test_an_empty_company_says_nothing_yet(self):
        company = self.env["res.company"].create({"name": "Empty"})
        user = new_test_user(
            self.env,
            "insight_empty",
            "sales_team.group_sale_manager",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        board = self.Insight.with_user(user).get_board(kind="quarter")
        for block in board["blocks"]:
            for one in block["figures"]:
                self.assertFalse(one["num"], one["code"])
                self.assertFalse(one["error"])
        self.assertEqual(self._said(board, "complete")["words"], "Nothing yet")

    def test_leads_without_a_company_count_once(self):
        """They belong to the first company, or to that of their team or owner."""
        other = self.env["res.company"].create({"name": "Second"})
        self._set(self.b, company_id=None)
        self._set(self.e, company_id=None)
        march = self._figures("month", date(2026, 3, 5))["received"]["num"]
        self.assertEqual(march, 30)
        user = self.user_manager
        user.company_ids += other
        Insight = self.Insight.with_user(user).with_company(other)
        found = Insight._figures("month", date(2026, 3, 5), other)
        self.assertEqual(found["received"]["num"], 0)

    def test_amounts_are_those_of_the_company(self):
        board = self._board(kind="month", day="2026-03-05")
        self.assertEqual(board["currency_id"], self.company.currency_id.id)
        self.assertEqual(self._said(board, "won_revenue")["value"], 5000)

    def test_each_company_counts_in_its_own_currency(self):
        """No amount of one company is added to those of another."""
        franc = self.env["res.currency"].create(
            {"name": "FRX", "symbol": "x", "rate_ids": [(0, 0, {"rate": 7})]}
        )
        other = self.env["res.company"].create(
            {"name": "Second", "currency_id": franc.id}
        )
        self.user_manager.company_ids += other
        lead = self._make_lead(type="opportunity", company_id=other.id, user_id=False)
        self._close(lead, "2026-03-20 12:00", 300)
        both = {"allowed_company_ids": [other.id, self.company.id]}
        for company, amount in ((self.company, 5000), (other, 300)):
            Insight = self.Insight.with_user(self.user_manager).with_context(**both)
            board = Insight.with_company(company).get_board("month", "2026-03-05")
            self.assertEqual(board["currency_id"], company.currency_id.id)
            self.assertEqual(self._said(board, "won_revenue")["value"], amount)

    def test_who_bought_more_than_once_is_asked_once(self):
        calls, real = [], buying._won

        def spy(env):
            calls.append(1)
            return real(env)

        with patch.object(buying, "_won", spy):
            self._board(kind="month", day="2026-03-05")
            self.assertEqual(len(calls), 1)
            self._set(self.g[0], email_normalized="eve@shop.example")
            self._set(self.a[0], email_normalized="eve@shop.example")
            board = self._board(kind="month", day="2026-03-05")
        self.assertEqual(self._said(board, "repeat_customers")["num"], 1, "not kept")

    def test_who_bought_again(self):
        """The same customer, by his company or his address; the first time is no repeat."""
        ann = self.env["res.partner"].create({"name": "Firm", "is_company": True})
        bob = self.env["res.partner"].create({"name": "Bob", "parent_id": ann.id})
        self._set(self.g[0], partner_id=ann.id)
        self._set(self.a[0], partner_id=bob.id)
        self._set(self.a[1:3], email_normalized="eve@shop.example")
        again = self.env["crm.lead"].search([("is_bought_again", "=", True)])
        self.assertEqual(again, self.g[0] + self.a[2], "A was won before G")
        said = self._figures("month", date(2026, 3, 5))["repeat_customers"]
        self.assertEqual((said["num"], said["den"]), (2, 6))

    def test_referrals(self):
        self._set(self.a[3:6], referred="Ann")
        said = self._figures("month", date(2026, 2, 5))
        self.assertEqual(said["referrals"]["num"], 3)
        counted = (said["referrals_won"]["num"], said["referrals_won"]["den"])
        self.assertEqual(counted, (1, 3))

    # === FAULTS === #

    @mute_logger("odoo.addons.crm_lead_management.models.insight.figures.counting")
    def test_a_figure_whose_field_is_gone_leaves_the_others(self):
        gone = Figure(
            "gone",
            1,
            catalogue.RECEIVED,
            lambda _: "Gone",
            lambda _now: Domain("x_gone", "=", 1),
        )
        with patch.object(catalogue, "FIGURES", [*catalogue.FIGURES, gone]):
            board = self._board(kind="month", day="2026-03-05")
        self.assertIn("x_gone", self._said(board, "gone")["words"])
        self.assertEqual(self._said(board, "received")["num"], 30)
        self.assertFalse(self._said(board, "received")["error"])

    def test_another_addon_adds_a_figure(self):
        with (
            patch.object(catalogue, "FIGURES", [*catalogue.FIGURES]),
            patch.object(catalogue, "BY_CODE", {**catalogue.BY_CODE}),
        ):
            catalogue.register(
                Figure(
                    "big",
                    1,
                    catalogue.RECEIVED,
                    lambda _: "Big",
                    catalogue.known(("lead_grade", "=", 4)),
                )
            )
            self.assertEqual(self._figures("month", date(2026, 3, 5))["big"]["num"], 6)
            with self.assertRaises(ValueError):
                catalogue.register(catalogue.FIGURES[0])

    def test_tables_open_what_they_count(self):
        self.a.product_ids = self.env["product.template"].create({"name": "Machine"})
        self.b[:4].product_ids = self.env["product.template"].create({"name": "Mill"})
        self._set(self.c[:3], lost_reason_id=self.reason.id)
        for kind, day in (("quarter", "2026-02-01"), ("month", "2026-04-02")):
            board = self._board(kind=kind, day=day)
            for block in board["blocks"]:
                for table in block["tables"]:
                    for row in table["rows"]:
                        with self.subTest(table["code"], row=row["label"]):
                            Model = self.env[row["model"]].with_user(self.user_manager)
                            rows = Model.search_count(row["cases_domain"])
                            self.assertEqual(rows, row["den"])
                            if row["num"] is not None:
                                self.assertEqual(
                                    Model.search_count(row["domain"]), row["num"]
                                )
        product = self._board(kind="quarter", day="2026-02-01")
        tables = {t["code"]: t["rows"] for b in product["blocks"] for t in b["tables"]}
        self.assertEqual(
            [(r["label"], r["den"], r["num"]) for r in tables["by_product"]],
            [("Machine", 10, 10), ("Mill", 4, 0)],
        )
        self.assertEqual([r["label"] for r in tables["by_reason"]], ["Too dear"])

    def test_a_target_stands_beside_its_figure(self):
        Target = self.env["crm.insight.target"].with_user(self.user_manager)
        Target.create(
            [
                {"code": "complete", "kind": "month", "value": 80},
                {
                    "code": "received",
                    "kind": "month",
                    "value": 5,
                    "user_id": self.user_seller.id,
                },
            ]
        )
        board = self._board(kind="month", day="2026-03-05")
        self.assertEqual(self._said(board, "complete")["target"], 0.8)
        self.assertIsNone(self._said(board, "received")["target"])
        own = self._board(self.user_seller, kind="month", day="2026-03-05")
        self.assertEqual(self._said(own, "received")["target"], 5)
        week = self._board(kind="week", day="2026-03-05")
        self.assertIsNone(self._said(week, "complete")["target"])

    # === COST === #

    def test_the_cost_does_not_depend_on_the_number_of_leads_or_people(self):
        numbers = count()

        def run(size):
            self._make_leads(
                size, user_id=self.user_seller.id, team_id=self.team_north.id
            )
            for _turn in range(size // 10):
                login = f"insight_{next(numbers)}"
                user = new_test_user(self.env, login, "sales_team.group_sale_salesman")
                self.env["crm.team.member"].create(
                    {"crm_team_id": self.team_south.id, "user_id": user.id}
                )
                self._make_lead(user_id=user.id, team_id=self.team_south.id)
            return lambda: self._board(kind="quarter")

        self.assertSameQueryCount(run, 10, 100)
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self._board(kind="quarter")
        spent = self.env.cr.sql_log_count - before
        self.assertLessEqual(spent, MOST_STATEMENTS)
