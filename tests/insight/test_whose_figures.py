# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import date

from freezegun import freeze_time

from odoo.tests import tagged

from ...models.insight.figures.scope import Span
from .common import NOW
from .story import InsightStory

# Lists of what is to be done, which show what the reader may see: no figures.
WORK = {"crm.lead.agenda", "crm.lead.event", "crm.message.queue"}


@tagged("post_install", "-at_install")
class TestWhoseFigures(InsightStory):
    """Of two companies, and leads without one: each view says what the board says.

    ::

        leads  company  team of  owner of   belong to
        ------------------------------------------------
        F0-2   Second   -        -          Second
        F3-4   -        Second   -          Second
        F5-6   -        -        Second     Second
        F7     -        -        -          the first one
    """

    @classmethod
    def _tell_more(cls):
        told = super()._tell_more()
        cls.second = cls.env["res.company"].create({"name": "Second"})
        cls.second.resource_calendar_id = cls.company.resource_calendar_id
        cls.user_manager.company_ids += cls.second
        team = cls.env["crm.team"].create(
            {"name": "Theirs", "company_id": cls.second.id}
        )
        user = cls.env["res.users"].create(
            {
                "name": "Theirs",
                "login": "lead_theirs",
                "company_id": cls.second.id,
                "company_ids": [cls.second.id],
            }
        )
        f = cls.f
        cls._set(f, user_id=None, team_id=None, company_id=None)
        cls._set(f[:3], company_id=cls.second.id)
        cls._set(f[3:5], team_id=team.id)
        cls._set(f[5:7], user_id=user.id)
        cls.theirs = f[:7]
        cls._tell_what_happened()
        return told

    @classmethod
    def _tell_what_happened(cls):
        """A message, a step of a track, a decision and a win of each of the leads F."""
        text = cls.env["crm.message.template"].search([("name", "=", "See you")])
        cls._touch(cls.f, "2026-04-01 10:00:00", "email", "out", False)
        sent = cls.f.touchpoint_ids.filtered(lambda touch: not touch.is_human)
        cls._set(sent, message_template_id=text.id)
        track = cls.env["crm.nurture.track"].search([("name", "=", "Keep warm")])
        enrollments = cls.env["crm.nurture.enrollment"].create(
            [
                {
                    "lead_id": lead.id,
                    "track_id": track.id,
                    # What was noted when it entered: it may belong to another one now.
                    "company_id": cls.company.id,
                    "state": "active",
                    "started_on": "2026-04-01 09:00:00",
                    "step_id": track.step_ids.id,
                    "next_on": "2026-04-20 09:00:00",
                }
                for lead in cls.f
            ]
        )
        cls.env["crm.nurture.delivery"].create(
            [
                {
                    "enrollment_id": one.id,
                    "lead_id": one.lead_id.id,
                    "track_id": track.id,
                    "step_id": track.step_ids.id,
                    "state": "sent",
                    "done_on": "2026-04-01 11:00:00",
                }
                for one in enrollments
            ]
        )
        cls.env["crm.lead.routing.log"].create(
            [
                {
                    "lead_id": lead.id,
                    "to_user_id": cls.user_seller.id,
                    "mode": "manual",
                    "outcome": "manual",
                }
                for lead in cls.f
            ]
        )
        with freeze_time("2026-04-01 13:00"):
            won = cls.f[2] + cls.f[4] + cls.f[6] + cls.f[7]
            won.write({"stage_id": cls.won.id, "expected_revenue": 10})
        cls._set(won, date_closed="2026-04-01 13:00")
        # A win that Odoo gives to somebody is not what this is about.
        cls._set(cls.f[2] + cls.f[4] + cls.f[7], user_id=None)
        cls.env.flush_all()

    def _views(self):
        return sorted(
            name
            for name, model in self.env.registry.items()
            if not model._auto
            and not model._abstract
            and model._module == "crm_lead_management"
            and {"lead_id", "company_id"} <= model._fields.keys()
            and name not in WORK
        )

    def _as(self, company, model):
        """Return a model as the manager reads it who works in one of the companies."""
        reader = self.env[model].with_user(self.user_manager)
        return reader.with_context(allowed_company_ids=company.ids)

    def test_the_story_is_as_it_says(self):
        Company = self.env["res.company"]
        for lead in self.f:
            mine = self.second if lead in self.theirs else self.company
            self.assertEqual(Company._crm_of_lead(lead), mine)

    def test_every_view_knows_whose_a_row_is(self):
        """Each row of each view is of the company that its lead belongs to."""
        self.assertEqual(
            self._views(),
            [
                "crm.lead.report.flow",
                "crm.lead.report.funnel",
                "crm.message.report",
                "crm.nurture.report",
                "crm.routing.report",
            ],
        )
        Company = self.env["res.company"]
        for name in self._views():
            with self.subTest(name):
                rows = self.env[name].search([("lead_id", "in", self.f.ids)])
                self.assertEqual(rows.lead_id, self.f)
                for row in rows:
                    whose = Company._crm_of_lead(row.lead_id)
                    self.assertEqual(row.company_id, whose, row.lead_id)
                for company in self.company, self.second:
                    seen = self._as(company, name).search([])
                    self.assertLessEqual(seen.company_id, company)
                    leads = self.f & seen.lead_id.sudo()
                    mine = (
                        self.theirs if company == self.second else self.f - self.theirs
                    )
                    self.assertEqual(leads, mine)

    def test_figures_in_detail_add_up_to_the_board(self):
        flows = {one.code for one in self.env["crm.lead.report.flow"]._figures()}
        for company in self.company, self.second:
            found = self._as(company, "crm.insight")._figures(
                "quarter", date(2026, 4, 2), company
            )
            begin, end = Span("quarter", date(2026, 4, 2), company).edges[-2:]
            groups = self._as(company, "crm.lead.report.flow")._read_group(
                [("date", ">=", begin), ("date", "<", end)],
                ["code"],
                ["hits:sum", "cases:sum"],
            )
            sums = {code: numbers for code, *numbers in groups}
            for code in flows:
                with self.subTest(code, company=company.name):
                    hits, cases = sums.get(code, (0, 0))
                    self.assertEqual(hits or 0, found[code]["num"])
                    self.assertEqual(cases or 0, found[code]["den"] or 0)
            if company == self.second:
                self.assertEqual(found["received"]["num"], 7)
                self.assertEqual(found["customers"]["num"], 3)
                self.assertEqual(found["messages_sent"]["num"], 7)

    def test_messages_and_stages(self):
        for company in self.company, self.second:
            said = self._as(company, "crm.insight")._figures(
                "quarter", date(2026, 4, 2), company
            )
            begin, end = Span("quarter", date(2026, 4, 2), company).edges[-2:]
            messages = self._as(company, "crm.message.report").search_count(
                [("date", ">=", begin), ("date", "<", end)]
            )
            self.assertEqual(messages, said["messages_sent"]["num"])

    def test_people_and_nobody(self):
        """The cards of the team board, and the page of people."""
        for company in self.company, self.second:
            figure = self._as(company, "crm.insight")._figures(
                "day", NOW.date(), company
            )["no_owner"]
            cards = self._as(company, "crm.followup.board").search(
                [("is_nobody", "=", True)]
            )
            self.assertLessEqual(cards.company_id, company)
            self.assertEqual(sum(cards.mapped("lead_count")), figure["num"])
            action = cards.action_open_leads()
            leads = self._as(company, "crm.lead").search(action["domain"])
            self.assertEqual(len(leads), figure["num"])
