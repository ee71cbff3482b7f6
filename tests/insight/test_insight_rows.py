# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import date, datetime

from odoo.tests import tagged

from ...models.insight.figures import catalogue
from ...models.insight.figures.scope import Span
from .common import InsightCase


@tagged("post_install", "-at_install")
class TestInsightRows(InsightCase):
    """What the figures count as rows of a pivot, and the way of leads from stage to stage."""

    def _sums(self, user, kind, day):
        """Return by code what the rows of a period add up to: count, cases, money."""
        begin, end = Span(kind, day, self.company).edges[-2:]
        rows = self.env["crm.lead.report.flow"].with_user(user)
        groups = rows._read_group(
            [("date", ">=", begin), ("date", "<", end)],
            ["code"],
            ["hits:sum", "cases:sum", "money:sum"],
        )
        return {code: numbers for code, *numbers in groups}

    def test_rows_add_up_to_the_figures(self):
        """Each figure of a period is the sum of its rows, as a leader and as a salesperson."""
        flows = {one.code for one in self.env["crm.lead.report.flow"]._figures()}
        self.assertIn("received", flows)
        self.assertNotIn("no_owner", flows)
        for user in (self.user_manager, self.user_seller):
            for kind, day in (("month", date(2026, 3, 17)), ("week", date(2026, 4, 2))):
                found = (
                    self.env["crm.insight"]
                    .with_user(user)
                    ._figures(kind, day, self.company)
                )
                sums = self._sums(user, kind, day)
                for code in flows & set(found):
                    with self.subTest(code, user=user.login, kind=kind):
                        hits, cases, money = sums.get(code, (0, 0, 0))
                        self.assertEqual(hits or 0, found[code]["num"])
                        self.assertEqual(cases or 0, found[code]["den"] or 0)
                        if catalogue.BY_CODE[code].unit == "money":
                            self.assertEqual(money or 0, found[code]["value"] or 0)

    def test_a_share_is_that_of_its_figure(self):
        Flow = self.env["crm.lead.report.flow"].with_user(self.user_manager)
        begin, end = Span("month", date(2026, 3, 1), self.company).edges[-2:]
        domain = [
            ("code", "=", "win_rate"),
            ("date", ">=", begin),
            ("date", "<", end),
        ]
        [(share,)] = Flow._read_group(domain, [], ["share:avg"])
        self.assertAlmostEqual(share, 6 / 9)

    def test_own_rows_only(self):
        """A salesperson reads the rows of his own leads, and of those of nobody."""
        for model in ("crm.lead.report.flow", "crm.lead.report.funnel"):
            leads = self.env[model].with_user(self.user_seller).search([]).lead_id
            owners = leads.sudo().user_id
            self.assertEqual(owners, self.user_seller, model)
            everybody = self.env[model].with_user(self.user_manager).search([])
            self.assertIn(self.user_colleague, everybody.lead_id.user_id, model)

    def test_a_figure_that_is_broken_takes_no_other_with_it(self):
        figure = catalogue.Figure(
            "broken",
            1,
            catalogue.RECEIVED,
            lambda _: "Broken",
            catalogue.known(("no_such_field", "=", 1)),
        )
        catalogue.register(figure)
        self.addCleanup(catalogue.BY_CODE.pop, "broken")
        self.addCleanup(catalogue.FIGURES.remove, figure)
        with self.assertLogs(
            "odoo.addons.crm_lead_management.report.insight.crm_lead_report_flow",
            "WARNING",
        ):
            rows = self.env["crm.lead.report.flow"].search([("code", "=", "received")])
        self.assertTrue(rows)

    def test_from_stage_to_stage(self):
        """Where a lead stood, how long, and whether it went on; a way back is no way on."""
        first, second = self.env["crm.stage"].create(
            [{"name": "First", "sequence": 801}, {"name": "Second", "sequence": 802}]
        )
        lead, lost = self._make_leads(
            2, type="opportunity", user_id=self.user_seller.id, stage_id=first.id
        )
        self.env["crm.lead.stage.log"].sudo().search(
            [("lead_id", "in", (lead + lost).ids)]
        ).unlink()
        for one, stages in ((lead, (first, second, first)), (lost, (first,))):
            for number, stage in enumerate(stages):
                self._set(
                    self._move(one, stage),
                    date=datetime(2026, 3, 1 + 2 * number, 9, 0),
                )
        lost.action_set_lost()
        rows = (
            self.env["crm.lead.report.funnel"]
            .with_user(self.user_manager)
            .search([("stage_id", "in", (first + second).ids)], order="id")
        )
        told = [
            (row.lead_id, row.stage_id, row.days, row.went_on, row.still_there)
            for row in rows
        ]
        self.assertEqual(
            told,
            [
                (lead, first, 2, 1, 0),
                (lead, second, 2, 0, 0),
                (lead, first, 0, 0, 1),
                (lost, first, 0, 0, 0),
            ],
        )
        [(entered, went_on)] = rows._read_group(
            [("stage_id", "=", first.id)], [], ["entered:sum", "went_on:avg"]
        )
        # The one that still stands there is not among those of which it is known.
        self.assertEqual((entered, went_on), (3, 0.5))

    def _move(self, lead, stage):
        return (
            self.env["crm.lead.stage.log"]
            .sudo()
            .create(
                {"lead_id": lead.id, "to_stage_id": stage.id, "date": self.env.cr.now()}
            )
        )
