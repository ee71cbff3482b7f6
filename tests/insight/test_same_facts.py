# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from collections import Counter
from datetime import date, datetime

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tests import tagged

from ...models.scoring.judging.judge import Judge
from ...models.scoring.learning.closed import ClosedLeads
from ..scoring.common import ScoringCommon

CAME, CLOSED = datetime(2026, 3, 2, 9, 0), datetime(2026, 3, 10, 12, 0)
LATER, NOW = datetime(2026, 3, 20, 12, 0), datetime(2026, 3, 30, 12, 0)
FITS, FITS_NOT = "ann@fits.example", "bob@other.example"


@tagged("post_install", "-at_install")
class TestSameFacts(ScoringCommon):
    """Learning, evaluating, the calibration of insight and audits count the same closed leads.

    ::

        lead         what became of it                                     counts as
        ---------------------------------------------------------------------------------
        plain        30 won that fit, 25 lost that do not                  won 5, lost 1
        reopened     won, and back in the pipeline                         open
        turned       won, opened again, lost                               lost 5
        restored     lost, and restored                                    open
        unfit        Unqualified                                           lost 1
        quiet        Customer, then Inactive                               won 5
        twice        two leads of a customer, both won                     won 5, won 5
        foreign      won, of the other company                             not here
        theirs       without a company, won by somebody of the other one   not here
        archived     archived only                                         neither
        stored       won, archived afterwards                              won 5
        aside        failed the qualifiers, set aside                      open
        merged       lost, merged into an open one                         gone
        deleted      lost and deleted                                      gone
        edited       won though it did not fit; fits since it was edited   won 1
        noted        lost; saved when another scorecard was live           lost 5
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["crm.lead"].with_context(active_test=False).search([]).unlink()
        cls.other = cls.env["res.company"].create({"name": "Second"})
        cls.company.lead_set_aside = True
        with freeze_time(CAME):
            cls._tell_who_came()
        with freeze_time(CLOSED):
            cls._tell_who_closed()
        with freeze_time(LATER):
            cls._tell_what_came_later()
        cls.env.flush_all()
        with freeze_time(NOW):
            cls.env["crm.lead.audit"]._build()

    def setUp(self):
        super().setUp()
        freezer = freeze_time(NOW)
        freezer.start()
        self.addCleanup(freezer.stop)

    # === THE STORY === #

    @classmethod
    def _tell_who_came(cls):
        Stage = cls.env["crm.stage"]
        cls.won_stage = Stage.search([("is_won", "=", True)], limit=1)
        cls.quiet_stage = Stage.create(
            {"name": "Quiet", "is_won": True, "lead_role": "inactive", "sequence": 99}
        )
        cls.unfit_stage = Stage.create({"name": "Unfit", "lead_role": "unqualified"})
        fits = [("email_from", "=like", "%@fits.example")]
        cls.card = cls._make_scorecard(("Fits", 90, fits), ("Is there", 5, []))
        cls.user = cls.env["res.users"].create(
            {
                "name": "Theirs",
                "login": "lead_theirs",
                "company_id": cls.other.id,
                "company_ids": [cls.other.id],
            }
        )
        cls.expected, cls.created = {}, {}
        for name, count, email in (
            ("plain_won", 30, FITS),
            ("plain_lost", 25, FITS_NOT),
            ("reopened", 1, FITS),
            ("turned", 1, FITS),
            ("restored", 1, FITS_NOT),
            ("unfit", 1, FITS_NOT),
            ("quiet", 1, FITS),
            ("twice", 2, FITS),
            ("archived", 1, FITS_NOT),
            ("stored", 1, FITS),
            ("aside", 1, FITS_NOT),
            ("merged", 2, FITS_NOT),
            ("deleted", 1, FITS_NOT),
            ("edited", 1, FITS_NOT),
            ("noted", 1, FITS),
        ):
            cls.created[name] = cls._make_leads(
                count,
                type="opportunity",
                email_from=email,
                company_id=cls.company.id,
                team_id=cls.team_north.id,
                user_id=cls.user_seller.id,
            )
        cls.created["foreign"] = cls._make_lead(
            type="opportunity",
            email_from=FITS,
            company_id=cls.other.id,
            team_id=False,
            user_id=False,
        )
        theirs = cls._make_lead(
            type="opportunity", email_from=FITS, team_id=False, user_id=False
        )
        theirs.write({"user_id": cls.user.id, "team_id": False, "company_id": False})
        cls.created["theirs"] = theirs
        assert not theirs.company_id

    @classmethod
    def _win(cls, name):
        cls.created[name].write({"stage_id": cls.won_stage.id})

    @classmethod
    def _tell_who_closed(cls):
        for name in ("plain_won", "reopened", "turned", "quiet", "twice", "stored"):
            cls._win(name)
        for name in ("edited", "foreign", "theirs"):
            cls._win(name)
        for name in ("plain_lost", "restored", "deleted", "noted"):
            cls.created[name].action_set_lost()
        cls.created["merged"][0].action_set_lost()
        cls.created["unfit"].write({"stage_id": cls.unfit_stage.id})
        # With a probability of zero Odoo calls it lost.
        cls.created["archived"].write({"probability": 20})
        cls.created["archived"].action_archive()
        cls.created["aside"].sudo().write({"qualification_state": "failed"})

    @classmethod
    def _tell_what_came_later(cls):
        first = cls.env["crm.stage"].search([("is_won", "=", False)], limit=1)
        for name in ("reopened", "turned"):
            cls.created[name].write({"stage_id": first.id})
        cls.created["turned"].action_set_lost()
        cls.created["restored"].action_restore()
        cls.created["quiet"].write({"stage_id": cls.quiet_stage.id})
        cls.created["stored"].action_archive()
        merged = cls.created["merged"]
        cls.created["merged"] = merged.merge_opportunity()
        cls.created["deleted"].unlink()
        edited = cls.created["edited"].with_context(tracking_disable=False)
        edited.write({"email_from": FITS})
        cls.env.flush_all()
        cls.env.cr.precommit.run()
        # With another scorecard nobody fits.
        cls.card.rule_ids.write({"points": 0})
        cls.created["noted"].write({"description": "Asked once more", "phone": "1"})
        cls.card.rule_ids.filtered(lambda rule: rule.name == "Fits").points = 90
        cls.card.rule_ids.filtered(lambda rule: rule.name == "Is there").points = 5
        cls.expected = {
            lead.id: (outcome, grade)
            for name, outcome, grade in (
                ("plain_won", "won", 5),
                ("plain_lost", "lost", 1),
                ("turned", "lost", 5),
                ("unfit", "lost", 1),
                ("quiet", "won", 5),
                ("twice", "won", 5),
                ("stored", "won", 5),
                ("edited", "won", 1),
                ("noted", "lost", 5),
            )
            for lead in cls.created[name]
        }

    # === WHO COUNTS === #

    def _outcomes(self, leads):
        return {lead.id: (lead.won_status, lead.lead_grade) for lead in leads}

    def _of_company(self):
        return self.env["res.company"]._crm_lead_is_of_domain(self.company.id)

    def _counts(self, won_only=False):
        return Counter(
            grade
            for outcome, grade in self.expected.values()
            if outcome == "won" or not won_only
        )

    def test_learn_and_evaluate(self):
        """What is learned from, and judged by, are these leads with these outcomes."""
        expected = {lead: one[0] == "won" for lead, one in self.expected.items()}
        domain = self._of_company()
        rows = ClosedLeads(self.env).find(domain)
        self.assertEqual({row.id: row.won for row in rows}, expected)
        rows, _notes = Judge(self.card)._rows(domain)
        self.assertEqual({row.id: row.won for row in rows}, expected)

    def test_evaluate_with_the_grades_of_the_close(self):
        """The one whose facts are known to have changed is left out, and it is said."""
        found = self.card._evaluate(self._of_company())
        self.assertTrue(found.is_conclusive)
        edited = self.created["edited"].id
        known = {lead: one for lead, one in self.expected.items() if lead != edited}
        self.assertEqual(found.n, len(known))
        self.assertEqual(found.n_won, sum(one[0] == "won" for one in known.values()))
        self.assertIn("1 were left out", found.verdict)
        told = {row.grade: (row.n, row.n_won) for row in found.grade_ids if row.n}
        counts, won = self._counts(), self._counts(True)
        counts[1], won[1] = counts[1] - 1, won[1] - 1
        self.assertEqual(told, {grade: (counts[grade], won[grade]) for grade in counts})

    def test_insight(self):
        """The board, its calibration, and the grades of twelve months."""
        Insight = self.env["crm.insight"].with_user(self.user_manager)
        board = Insight.get_board("month", "2026-03-15")
        figures = {
            one["code"]: one for block in board["blocks"] for one in block["figures"]
        }
        rate = figures["win_rate"]
        n_won = sum(one[0] == "won" for one in self.expected.values())
        self.assertEqual((rate["num"], rate["den"]), (n_won, len(self.expected)))
        leads = self.env["crm.lead"].search(Domain(rate["cases_domain"]))
        self.assertEqual(self._outcomes(leads), self.expected)
        sleep = figures["lost_sleep"]
        self.assertEqual((sleep["num"], sleep["den"]), (1, n_won))
        tables = {
            one["code"]: one for block in board["blocks"] for one in block["tables"]
        }
        counts, won = self._counts(), self._counts(True)
        rows = tables["calibration"]["rows"]
        self.assertEqual([row["den"] for row in rows], [counts[1], counts[5]])
        self.assertEqual([row["num"] for row in rows], [won[1], won[5]])
        Money = self.env["crm.insight.money"].with_user(self.user_manager)
        grades = Money.get_money("quarter", "2026-03-15")["grades"]
        self.assertEqual(
            {row["grade"]: (row["den"], row["num"]) for row in grades},
            {grade: (counts[grade], won[grade]) for grade in counts},
        )

    def test_audits(self):
        """The audits that stand are those of these leads, with the grade of the close."""
        audits = self.env["crm.lead.audit"].search(
            [("is_standing", "=", True), ("company_id", "=", self.company.id)]
        )
        self.assertEqual(
            {
                audit.lead_id.id: (
                    "won" if audit.outcome == "won" else "lost",
                    audit.grade_last,
                )
                for audit in audits
            },
            self.expected,
        )
        for audit in audits:
            self.assertEqual(audit.closed_on, audit.lead_id.date_closed)
        former = self.env["crm.lead.audit"].search(
            [("is_standing", "=", False), ("company_id", "=", self.company.id)]
        )
        again = ("reopened", "turned", "restored", "merged")
        self.assertLessEqual(
            former.lead_id, sum((self.created[name] for name in again), audits.lead_id)
        )
        self.assertTrue(all(audits.mapped("is_standing")))
        self.assertFalse(any(former.mapped("is_standing")))

    def test_figures_of_audits_are_of_the_same_leads(self):
        Insight = self.env["crm.insight"].with_user(self.user_manager)
        said = Insight._figures("month", date(2026, 3, 15), self.company)
        n_won = sum(one[0] == "won" for one in self.expected.values())
        self.assertEqual(said["contacts_per_win"]["num"], n_won)
        self.assertEqual(said["contacts_per_drop"]["num"], len(self.expected) - n_won)
        self.assertEqual(said["grave_audits"]["den"], len(self.expected))

    def test_a_day_is_the_same_for_all(self):
        """Who was won and then archived counts on the day on which he was won."""
        Insight = self.env["crm.insight"].with_user(self.user_manager)
        said = Insight._figures("day", CLOSED.date(), self.company)
        turned = self.created["turned"].id
        here = {lead: one for lead, one in self.expected.items() if lead != turned}
        self.assertEqual(said["win_rate"]["den"], len(here))
        self.assertEqual(said["grave_audits"]["den"], len(here))

    # === THE GRADE OF THE CLOSE === #

    def test_a_closed_lead_keeps_its_grade_until_it_is_open_again(self):
        lead = self.created["plain_lost"][0].with_context(active_test=False)
        lead.write({"email_from": FITS})
        self.assertEqual(lead.lead_grade, 1)
        why = self.env["crm.score.engine"]._explain(lead)
        self.assertEqual(sum(part["points"] for part in why), lead.lead_points)
        self.assertIn("keeps the grade of its close", str(why))
        lead.action_restore()
        self.assertEqual(lead.lead_grade, 5)

    def test_one_that_comes_in_closed_is_graded_once(self):
        lead = self._make_lead(
            type="opportunity", email_from=FITS, stage_id=self.won_stage.id
        )
        self.assertEqual((lead.won_status, lead.lead_grade), ("won", 5))
        lead.write({"email_from": FITS_NOT})
        self.assertEqual(lead.lead_grade, 5)

    def test_no_grade_by_hand_for_what_is_closed(self):
        window = self.env["crm.lead.grade.manual"].with_user(self.user_seller)
        lead = self.created["plain_lost"][1]
        with self.assertRaisesRegex(UserError, "closed"):
            window.create(
                {"lead_id": lead.id, "grade": "5", "reason": "I know them"}
            ).action_set()
        self.assertEqual(lead.lead_grade, 1)

    # === WHEN === #

    def test_lost_after_it_was_archived(self):
        """It is lost on the day on which somebody said so."""
        lead = self._make_lead(type="opportunity")
        lead.write({"probability": 20})
        with freeze_time(CLOSED):
            lead.action_archive()
        self.assertEqual(lead.won_status, "pending")
        with freeze_time(LATER):
            lead.action_set_lost()
        self.assertEqual((lead.won_status, lead.date_closed), ("lost", LATER))
        audit = self.env["crm.lead.audit"].search([("lead_id", "=", lead.id)])
        self.assertEqual(audit.closed_on, LATER)

    def test_lost_after_it_was_won(self):
        lead = self.created["plain_won"][0]
        first = self.env["crm.stage"].search([("is_won", "=", False)], limit=1)
        with freeze_time(LATER):
            lead.write({"stage_id": first.id})
            lead.action_set_lost()
        self.assertEqual((lead.won_status, lead.date_closed), ("lost", LATER))
        audits = self.env["crm.lead.audit"].search(
            [("lead_id", "=", lead.id)], order="id"
        )
        self.assertEqual(audits.mapped("closed_on"), [CLOSED, LATER])
        self.assertEqual(audits.mapped("is_standing"), [False, True])

    def test_lost_once_more(self):
        lead = self.created["plain_lost"][2].with_context(active_test=False)
        lead.action_set_lost()
        self.assertEqual((lead.won_status, lead.date_closed), ("lost", CLOSED))

    def test_archiving_won_leads_costs_as_much_for_any_number(self):
        def archive(count):
            leads = self._make_leads(
                count, type="opportunity", stage_id=self.won_stage.id
            )
            return leads.action_archive

        self.assertSameQueryCount(archive, 3, 30)
