# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from ..common import LeadCommon
from ..routing.test_experiment import ExperimentCase


def talk(lead, **values):
    """Have a person of ours have talked to the lead."""
    return lead.env["crm.touchpoint"]._record(
        [
            {
                "lead_id": lead.id,
                "kind": "call",
                "direction": "out",
                "is_human": True,
                "outcome": "talked",
                "occurred_on": fields.Datetime.now(),
                **values,
            }
        ]
    )


@tagged("post_install", "-at_install")
class TestNeedToKnow(LeadCommon):
    """R253, R254: until the first contact a lead shows what is needed for it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lead = cls.env["crm.lead"].create(
            {
                "name": "Big",
                "expected_revenue": 90000,
                "request_note": "A price",
                "user_id": cls.user_seller.id,
            }
        )

    def _is_folded(self, lead=None, user=None):
        lead = lead or self.lead
        lead.invalidate_recordset(["need_to_know"])
        return lead.with_user(user or self.user_seller).need_to_know

    def test_a_switch_of_the_company(self):
        self.assertFalse(self._is_folded(), "installing changes nothing")
        self.company.lead_need_to_know = True
        self.assertTrue(self._is_folded())
        self.company.lead_need_to_know = False
        self.assertFalse(self._is_folded())

    def test_until_somebody_was_in_touch(self):
        self.company.lead_need_to_know = True
        talk(self.lead, kind="email", is_human=False, outcome=False)
        self.assertTrue(self._is_folded(), "an automatic message is no contact")
        talk(self.lead)
        self.assertFalse(self._is_folded())

    def test_closed_ones_and_own_ones(self):
        """What is over hides nothing; nor does what one has typed in oneself."""
        self.company.lead_need_to_know = True
        own = self.env["crm.lead"].with_user(self.user_seller).create({"name": "Mine"})
        self.assertFalse(self._is_folded(own))
        own.sudo().user_id = self.user_all
        self.assertTrue(self._is_folded(own.sudo(), self.user_all))
        self.lead.action_set_lost()
        self.assertFalse(self._is_folded())

    def test_two_companies(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.user_all.company_ids += other
        theirs = self.env["crm.lead"].create(
            {"name": "T", "company_id": other.id, "user_id": False, "team_id": False}
        )
        self.lead.company_id = self.company
        other.lead_need_to_know = True
        self.assertTrue(self._is_folded(theirs, self.user_all))
        self.assertFalse(self._is_folded(user=self.user_all))

    def test_a_click_shows_all_and_is_counted(self):
        """Not forbidden: for who clicked only, and told to him and his leader as a number."""
        self.company.lead_need_to_know = True
        lead = self.lead.with_user(self.user_seller)
        lead.action_show_all()
        lead.action_show_all()
        self.assertFalse(self._is_folded())
        self.assertTrue(self._is_folded(user=self.user_all))
        looks = self.env["crm.lead.card.look"].search([("lead_id", "=", lead.id)])
        self.assertEqual(looks.user_id, self.user_seller)
        self.assertEqual(len(looks), 1)
        # Where nothing is folded there is nothing to open.
        talk(self.lead)
        self.lead.with_user(self.user_all).action_show_all()
        self.assertEqual(
            self.env["crm.lead.card.look"].search_count([("lead_id", "=", lead.id)]), 1
        )
        looks.lead_id.team_id.user_id = self.user_all
        for user in (self.user_seller, self.user_all, self.user_manager):
            with self.assertRaises(AccessError):
                looks.with_user(user).read(["user_id"])
        looks.lead_id.team_id.user_id = self.user_manager
        looks.with_user(self.user_manager).read(["user_id"])
        foreign = self.env["crm.lead"].create(
            {"name": "Not his", "user_id": self.user_colleague.id}
        )
        with self.assertRaises(AccessError):
            foreign.with_user(self.user_seller).action_show_all()

    def test_counted_in_the_watch(self):
        self.company.lead_need_to_know = True
        rule = self.env["crm.routing.rule"].create(
            {"name": "R", "active": False, "team_id": self.team_north.id}
        )
        self.lead.team_id = self.team_north
        self.env["crm.lead.routing.log"].create(
            {
                "lead_id": self.lead.id,
                "to_user_id": self.user_seller.id,
                "rule_id": rule.id,
                "mode": "auto",
                "team_id": self.team_north.id,
            }
        )
        self.env.cr.execute(
            "UPDATE crm_lead SET lead_grade = 4 WHERE id = %s", [self.lead.id]
        )
        watch = self.env["crm.picking.watch"]
        mine = [("user_id", "=", self.user_seller.id)]
        self.assertEqual(watch.search(mine).opened_count, 0)
        self.lead.with_user(self.user_seller).action_show_all()
        self.env.invalidate_all()
        self.assertEqual(watch.search(mine).opened_count, 1)

    def test_what_the_card_shows(self):
        """The next question is on it; the fields are layout only: nobody is refused."""
        self.company.lead_need_to_know = True
        self.env["crm.info.item"].search([]).active = False
        self.env["crm.info.item"].create(
            {"name": "Employees", "field_name": "company_size"}
        )
        lead = self.lead.with_user(self.user_seller)
        self.assertEqual(lead.expected_revenue, 90000)
        self.assertEqual(lead.card_question, "Employees")
        talk(self.lead)
        self.env.invalidate_all()
        self.assertFalse(lead.card_question)

    def test_statements(self):
        """None where it is off; a constant number where it is on."""

        def count(size):
            leads = self.env["crm.lead"].create(
                [{"name": f"L{n}", "user_id": self.user_seller.id} for n in range(size)]
            )
            self.env.flush_all()
            self.env.invalidate_all()
            leads = leads.with_user(self.user_seller)
            leads.mapped("name")
            before = self.env.cr.sql_log_count
            leads.mapped("need_to_know")
            return self.env.cr.sql_log_count - before

        count(2)
        self.assertEqual(count(10), 0)
        self.company.lead_need_to_know = True
        count(2)
        few, many = count(10), count(60)
        self.assertGreater(few, 0)
        self.assertEqual(few, many)


@tagged("post_install", "-at_install")
class TestCardExperiment(ExperimentCase):
    """R258: the lead card as the subject of an experiment."""

    def _experiment(self, **values):
        variants = [
            {"name": "As today", "is_control": True, "card": "full"},
            {"name": "Card", "card": "need_to_know"},
        ]
        return super()._experiment(
            subject="card",
            **{"variant_ids": [(0, 0, variant) for variant in variants], **values},
        )

    def _folded(self, leads):
        leads.invalidate_recordset(["need_to_know"])
        return (
            leads.with_user(self.user_all).filtered("need_to_know").with_env(self.env)
        )

    def test_each_variant_has_its_card(self):
        experiment = self._experiment()
        before = self._leads(4)
        experiment.action_start()
        leads = self._leads(30)
        units = self._units(experiment)
        self.assertEqual(units.lead_id, leads)
        test = units.filtered(lambda unit: not unit.variant_id.is_control).lead_id
        self.assertGreater(min(len(test), len(leads - test)), 4)
        self.assertEqual(self._folded(before | leads), test)
        for unit in units:
            self.assertEqual(experiment._variant_of(unit.lead_id), unit.variant_id)
        # Who has entered stays, also when no more leads are taken.
        leads.company_size = 5
        experiment.sudo().with_context(active_test=False)._finish()
        self.assertEqual(self._folded(leads), test)
        talk(test[0])
        self.assertEqual(self._folded(leads), test[1:])

    def test_outside_of_the_audience(self):
        experiment = self._experiment(domain="[('company_size', '>', 10)]")
        experiment.action_start()
        small, big = self._leads(8, company_size=3), self._leads(12, company_size=30)
        self.assertFalse(self._folded(small))
        self.assertEqual(self._units(experiment).lead_id, big)
        folded = self._folded(big)
        big.company_size = 3
        self.assertEqual(self._folded(big), folded)

    def test_closed_ones_do_not_enter(self):
        experiment = self._experiment()
        experiment.action_start()
        won = self.env["crm.stage"].search([("is_won", "=", True)], limit=1)
        self._leads(3, type="opportunity", stage_id=won.id)
        self.assertFalse(self._units(experiment))

    def _decided(self, **values):
        experiment = self._experiment(**values)
        experiment.action_start()
        self._leads(60)
        experiment.sudo()._go_on()
        self.assertEqual((experiment.state, experiment.verdict), ("running", False))
        self.assertFalse(any(experiment.variant_ids.mapped("rate")))
        self._over(experiment)
        test = self._units(experiment).filtered(lambda u: not u.variant_id.is_control)
        self._answer(test)
        return experiment

    def test_the_better_card_becomes_the_default(self):
        experiment = self._decided(company_id=self.company.id)
        experiment.sudo()._go_on()
        self.assertEqual((experiment.verdict, experiment.guard), ("better", "good"))
        self.assertFalse(self.company.lead_need_to_know)
        self.assertFalse(self._folded(self._leads(3)), "decided: as Settings say")
        experiment.action_make_default()
        self.assertEqual(experiment.decided_by_id, self.user_manager)
        self.assertTrue(self.company.lead_need_to_know)
        self.assertEqual(len(self._folded(self._leads(3))), 3)
        self.assertEqual(self.today.active, True, "rules are not touched")

    def test_a_guard_figure_that_is_worse(self):
        """Dropped without anybody having reached out: the card hides what matters."""
        experiment = self._decided()
        test = self._units(experiment).filtered(lambda u: not u.variant_id.is_control)
        test.lead_id.action_set_lost()
        experiment.sudo()._go_on()
        self.assertEqual((experiment.verdict, experiment.guard), ("better", "worse"))
        with self.assertRaises(UserError):
            experiment.action_make_default()
        self.assertFalse(self.company.lead_need_to_know)

    def test_stopping_it(self):
        experiment = self._experiment()
        experiment.action_start()
        leads = self._leads(12)
        self.assertTrue(self._folded(leads))
        experiment.action_stop()
        self.assertFalse(self._folded(leads))

    def test_what_cannot_start(self):
        for place, card, word in (
            (1, False, "has a card"),
            (1, "full", "of its own"),
            (0, "need_to_know", "of its own"),
        ):
            experiment = self._experiment()
            experiment.variant_ids[place].card = card
            with self.assertRaisesRegex(ValidationError, word):
                experiment.action_start()
        # The control is what is done today.
        experiment = self._experiment()
        self.company.lead_need_to_know = True
        with self.assertRaisesRegex(ValidationError, "Settings say today"):
            experiment.action_start()
        self.company.lead_need_to_know = False
        experiment.action_start()
        with self.assertRaisesRegex(ValidationError, "one experiment at"):
            self._experiment().action_start()

    def test_beside_an_experiment_on_rules(self):
        """Two subjects: a lead may be in one experiment on each."""
        card = self._experiment()
        rules = ExperimentCase._experiment(self)
        card.action_start()
        rules.action_start()
        leads = self._leads(6)
        self.assertEqual(self._units(card).lead_id, leads)
        self.assertEqual(self._units(rules).lead_id, leads)

    def test_in_all_figures(self):
        """Leads of control and test are leads as all others: no figure leaves them out."""
        day = fields.Date.today()

        def received():
            insight = self.env["crm.insight"]
            found = insight._figures("day", day, self.company, codes=["received"])
            return found["received"]["num"]

        before = received()
        self._experiment().action_start()
        self._leads(20)
        self.assertEqual(received(), before + 20)

    def test_statements_at_creation(self):
        """None more where none runs; a constant number where one does."""

        def count(size):
            values = [{"name": f"Q {n}", "user_id": False} for n in range(size)]
            self.env["crm.lead"].create(values)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env["crm.lead"].create(values)
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        sizes = (10, 60)
        bare = {size: count(size) for size in sizes}
        experiment = self._experiment()
        self.assertEqual(count(10), bare[10], "a draft costs nothing")
        experiment.action_start()
        more, again = (count(size) - bare[size] for size in sizes)
        self.assertGreater(more, 0)
        self.assertEqual(more, again)
        experiment.action_stop()
        self.assertEqual(count(10), bare[10])
