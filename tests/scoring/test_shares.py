# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import ScoringCommon

GRADES = (5, 4, 3, 2, 1)


@tagged("post_install", "-at_install")
class TestShares(ScoringCommon):
    """The thresholds follow from wanted shares, and are previewed before they are set."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["crm.lead"].search([]).active = False
        cls.card = cls._make_scorecard(
            *[(f"{n}", n, [("company_size", "=", n)]) for n in range(1, 41)],
            state="draft",
        )
        cls.leads = cls.env["crm.lead"].create(
            [{"name": f"Lead {n}", "company_size": n} for n in range(1, 41)]
        )

    def _wizard(self, **values):
        action = self.card.with_user(self.user_manager).action_set_thresholds()
        Wizard = self.env[action["res_model"]].with_user(self.user_manager)
        return Wizard.with_context(**action["context"]).create(values)

    def _spread(self):
        points = self.env["crm.score.engine"]._points(self.leads, self.card)
        grades = [self.card._grade_of(number) for number in points.values()]
        return [grades.count(grade) for grade in GRADES]

    def test_usual_shares(self):
        wizard = self._wizard()
        wizard.action_set()
        self.assertEqual(self._spread(), [4, 8, 10, 10, 8])

    def test_other_shares_as_previewed(self):
        wizard = self._wizard(share_5=50, share_4=0, share_3=25, share_2=25)
        preview = wizard.preview
        wizard.action_set()
        spread = self._spread()
        self.assertEqual((spread[0], spread[4]), (20, 0))
        for grade, count in zip(GRADES, spread, strict=True):
            row = preview.split(f"<b>{grade}</b>")[1].split("</tr>")[0]
            cells = [cell.split("</td>")[0] for cell in row.split('end">')[1:]]
            self.assertEqual(cells[1], str(count), f"grade {grade}: {preview}")

    def test_a_grade_for_nobody(self):
        self._wizard(share_5=0, share_4=10, share_3=40, share_2=30).action_set()
        self.assertEqual(self._spread(), [0, 4, 16, 12, 8])

    def test_the_preview_follows_what_is_typed(self):
        action = self.card.with_user(self.user_manager).action_set_thresholds()
        Wizard = self.env[action["res_model"]].with_user(self.user_manager)
        with Form(Wizard.with_context(**action["context"])) as form:
            before = form.preview
            form.share_5 = 30
            self.assertNotEqual(form.preview, before)
            form.share_2 = 95
            self.assertIn("170 %", form.preview)
            form.share_2 = 25

    def test_shares_that_cannot_be(self):
        before = self.card.grade_ids.mapped("threshold")
        for values in (
            {"share_5": -1},
            {"share_5": 90},
            {"share_5": 0, "share_4": 0, "share_3": 0, "share_2": 0},
        ):
            with self.subTest(values=values), self.assertRaises(UserError):
                self._wizard(**values).action_set()
        self.assertEqual(self.card.grade_ids.mapped("threshold"), before)

    def test_without_leads(self):
        wizard = self._wizard(base="closed")
        self.env["crm.lead"].with_context(active_test=False).search([]).unlink()
        self.assertIn("no such leads", wizard.preview)
        with self.assertRaises(UserError):
            wizard.action_set()

    def test_who_may(self):
        with self.assertRaises(AccessError):
            self.card.with_user(self.user_seller).action_set_thresholds()

    def test_learned_with_wanted_shares(self):
        leads = self.env["crm.lead"].create(
            [
                {"name": f"Closed {n}", "company_size": n * 73 % 200, "city": "Ulm"}
                for n in range(200)
            ]
        )
        self.env.flush_all()
        # The bigger, the more often won; never for sure.
        self.env.cr.execute(
            "UPDATE crm_lead SET won_status = CASE WHEN company_size % 10"
            " < company_size / 25 + 1 THEN 'won' ELSE 'lost' END WHERE id = ANY(%s)".replace(
                "% 10", "%% 10"
            ),
            [leads.ids],
        )
        self.env.invalidate_all()
        wizard = (
            self.env["crm.scorecard.learn"]
            .with_user(self.user_manager)
            .create(
                {
                    "domain": repr([("id", "in", leads.ids)]),
                    "share_5": 40,
                    "share_4": 20,
                    "share_3": 20,
                    "share_2": 10,
                }
            )
        )
        self.assertIn(">56<", wizard.share_preview, "40 % of 140 leads")
        wizard.share_2 = 99
        self.assertIn("text-danger", wizard.share_preview)
        with self.assertRaises(UserError):
            wizard.action_learn()
        wizard.share_2 = 10
        card = self.env["crm.scorecard"].browse(wizard.action_learn()["res_id"])
        seen = self.env["crm.lead"].browse(card.training_lead_ids)
        points = self.env["crm.score.engine"]._points(seen, card)
        best = [p for p in points.values() if card._grade_of(p) == 5]
        self.assertGreaterEqual(len(best), 0.4 * len(seen))
        starts = card.grade_ids.sorted("grade")[1:].mapped("threshold")
        self.assertEqual(starts, sorted(set(starts)))
