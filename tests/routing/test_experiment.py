# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import random
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import BaseCase, tagged
from odoo.tools import SQL

from ...tools import experiment as statistics
from ...tools.experiment import Group
from ..common import LeadCommon


@tagged("post_install", "-at_install")
class TestExperimentStatistics(BaseCase):
    """How often an experiment is wrong, and how often it sees what is there."""

    def _run(self, draw, shares, needed):
        """Run one experiment; look each tenth of the way. Return all that was said."""
        hits, said = [0, 0], []
        for n in range(1, needed + 1):
            for place, share in enumerate(shares):
                hits[place] += draw.random() < share
            if n % (needed // 10) == 0 or n == needed:
                groups = [Group(count, n) for count in hits]
                said.append(statistics.verdict(groups, needed, n == needed)[0])
        return said

    def test_no_difference_no_verdict(self):
        """R260: at most 6 in 100 end with a verdict, however often somebody looks."""
        draw, needed = random.Random(19), statistics.sample_size(0.2, 0.1)
        found = [self._run(draw, (0.2, 0.2), needed) for _n in range(400)]
        wrong = sum(any(word in ("better", "worse") for word in said) for said in found)
        self.assertLessEqual(wrong / len(found), 0.06)
        # Who compared at each look would be wrong far more often.
        peeking = 0
        draw = random.Random(19)
        for _n in range(400):
            hits, seen = [0, 0], False
            for n in range(1, needed + 1):
                for place in (0, 1):
                    hits[place] += draw.random() < 0.2
                if n % (needed // 10) == 0:
                    found = statistics.compare(hits[0], n, hits[1], n)
                    seen |= found["p"] < 0.05
            peeking += seen
        self.assertGreater(peeking / 400, 0.1)

    def test_a_difference_of_the_planned_size_is_seen(self):
        """R261: at least 75 in 100."""
        draw, needed = random.Random(20), statistics.sample_size(0.2, 0.1)
        found = [self._run(draw, (0.2, 0.3), needed)[-1] for _n in range(400)]
        self.assertGreaterEqual(found.count("better") / len(found), 0.75)


class ExperimentCase(LeadCommon):
    """The rules of today give leads to the seller, those of the test to a colleague."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        Rule = cls.env["crm.routing.rule"]
        values = {"method": "fixed", "domain": "[]"}
        cls.today = Rule.create(
            {**values, "name": "Today", "user_id": cls.user_seller.id}
        )
        cls.other = Rule.create(
            {
                **values,
                "name": "Other",
                "user_id": cls.user_colleague.id,
                "active": False,
                "sequence": 5,
            }
        )

    def _experiment(self, **values):
        return (
            self.env["crm.experiment"]
            .with_user(self.user_manager)
            .create(
                {
                    "name": "A colleague first",
                    "base_rate": 0.2,
                    "min_effect": 0.6,
                    "ends_on": fields.Date.add(fields.Date.today(), days=30),
                    "variant_ids": [
                        (
                            0,
                            0,
                            {
                                "name": "As today",
                                "is_control": True,
                                "rule_ids": [(6, 0, self.today.ids)],
                            },
                        ),
                        (0, 0, {"name": "B", "rule_ids": [(6, 0, self.other.ids)]}),
                    ],
                    **values,
                }
            )
        )

    def _leads(self, count, **values):
        """Have leads come in; return them."""
        return self.env["crm.lead"].create(
            [
                {"name": f"In {n}", "type": "lead", "user_id": False, **values}
                for n in range(count)
            ]
        )

    def _over(self, experiment):
        """Have the time of the experiment, and of all its leads, be over."""
        self.env.flush_all()
        before = fields.Datetime.now() - timedelta(days=100)
        self.env.cr.execute(
            SQL(
                "UPDATE crm_experiment SET started_on = %s, ends_on = %s WHERE id = %s",
                before,
                fields.Date.today(),
                experiment.id,
            )
        )
        self.env.cr.execute(
            SQL(
                "UPDATE crm_experiment_unit SET entered_on = entered_on - interval '50 days',"
                " due_on = due_on - interval '50 days' WHERE experiment_id = %s",
                experiment.id,
            )
        )
        self.env.invalidate_all()

    def _units(self, experiment):
        return self.env["crm.experiment.unit"].search(
            [("experiment_id", "=", experiment.id)]
        )

    def _answer(self, units, days=3):
        """Have the leads answer, so many days after they entered."""
        self.env["crm.touchpoint"]._record(
            [
                {
                    "lead_id": unit.lead_id.id,
                    "kind": "email",
                    "direction": "in",
                    "is_human": True,
                    "occurred_on": unit.entered_on + timedelta(days=days),
                }
                for unit in units
            ]
        )


@tagged("post_install", "-at_install")
class TestExperiment(ExperimentCase):
    """R255 to R263: eight steps, and what must not happen on the way."""

    def test_who_gets_which_variant(self):
        experiment = self._experiment()
        self.assertFalse(experiment._variant_of(self._leads(1)))
        experiment.action_start()
        leads = self._leads(30)
        units = self._units(experiment)
        self.assertEqual(units.lead_id, leads)
        control, test = experiment.variant_ids
        self.assertTrue(control.is_control)
        for unit in units:
            mine = self.user_colleague if unit.variant_id == test else self.user_seller
            self.assertEqual(unit.lead_id.user_id, mine)
            self.assertEqual(experiment._variant_of(unit.lead_id), unit.variant_id)
            place = statistics.assign(experiment.salt, unit.lead_id.id, [1, 1])
            self.assertEqual(unit.variant_id, experiment.variant_ids[place])
        self.assertGreater(min(control.unit_count, test.unit_count), 4)

    def test_looking_puts_nobody_on_record(self):
        experiment = self._experiment()
        experiment.action_start()
        lead = self.env["crm.lead"].with_context(crm_lead_management_skip=True)
        lead = lead.create({"name": "Looked at", "user_id": False})
        preview = self.env["crm.routing.engine"]._preview(lead)[0]
        self.assertFalse(self._units(experiment))
        test = experiment.variant_ids[1]
        mine = experiment._variant_of(lead) == test
        self.assertEqual(preview["to_user_id"] == self.user_colleague.id, mine)

    def test_outside_of_the_audience_the_control_counts(self):
        experiment = self._experiment(domain="[('company_size', '>', 10)]")
        experiment.action_start()
        small, big = self._leads(8, company_size=3), self._leads(8, company_size=30)
        self.assertEqual(small.user_id, self.user_seller)
        self.assertEqual(self._units(experiment).lead_id, big)
        variants = {lead: experiment._variant_of(lead) for lead in big}
        big.company_size = 3
        for lead in big:
            self.assertEqual(experiment._variant_of(lead), variants[lead], "it stays")

    def test_what_cannot_start(self):
        two = self._experiment
        for values, word in (
            ({"variant_ids": []}, "two variants"),
            ({"ends_on": False}, "planned end"),
            ({"ends_on": fields.Date.today()}, "planned end"),
        ):
            with self.assertRaisesRegex(ValidationError, word):
                two(**values).action_start()
        experiment = two()
        experiment.variant_ids[0].is_control = False
        with self.assertRaisesRegex(ValidationError, "control"):
            experiment.action_start()
        experiment = two()
        experiment.variant_ids[1].rule_ids = False
        with self.assertRaisesRegex(ValidationError, "routing rules"):
            experiment.action_start()
        experiment = two()
        self.today.active = False
        with self.assertRaisesRegex(ValidationError, "archived"):
            experiment.action_start()
        self.today.active = True
        with self.assertRaisesRegex(ValidationError, "above 0"):
            experiment.variant_ids[1].weight = 0
        for base, effect in ((0.95, 0.1), (0.1, 0), (-1, 0.1)):
            with self.assertRaises(ValidationError):
                two(base_rate=base, min_effect=effect)

    def test_two_on_one_subject(self):
        self._experiment().action_start()
        with self.assertRaisesRegex(ValidationError, "one experiment at"):
            self._experiment().action_start()

    def test_what_was_started_stays(self):
        experiment = self._experiment()
        for vals in ({"state": "decided"}, {"verdict": "better"}, {"salt": "x"}):
            with self.assertRaises(UserError):
                experiment.write(vals)
        experiment.action_start()
        for vals in (
            {"conversion": "customer"},
            {"ends_on": fields.Date.today()},
            {"min_effect": 0.1},
            {"variant_ids": [(5, 0, 0)]},
        ):
            with self.assertRaises(UserError, msg=vals):
                experiment.write(vals)
        with self.assertRaises(UserError):
            experiment.variant_ids[0].weight = 9
        with self.assertRaises(UserError):
            experiment.variant_ids[0].unlink()
        with self.assertRaises(UserError):
            experiment.unlink()
        # Nor once it has ended.
        experiment.action_stop()
        for vals in ({"conversion": "customer"}, {"domain": "[]"}, {"state": "draft"}):
            with self.assertRaises(UserError, msg=vals):
                experiment.write(vals)
        with self.assertRaises(UserError):
            experiment.variant_ids[1].name = "Another"
        with self.assertRaises(UserError):
            experiment.action_start()
        experiment.note = "Nothing else"
        again = experiment.copy()
        self.assertEqual((again.state, len(again.variant_ids)), ("draft", 2))
        self.assertFalse(again.salt)

    def test_no_verdict_before_the_end(self):
        """R260: whatever is known already; only counts are shown."""
        experiment = self._experiment()
        experiment.action_start()
        self._leads(30)
        test = self._units(experiment).filtered(lambda u: not u.variant_id.is_control)
        self._answer(test)
        experiment.sudo()._go_on()
        self.assertEqual(experiment.state, "running")
        self.assertFalse(experiment.verdict or experiment.verdict_text)
        self.assertEqual(sum(experiment.variant_ids.mapped("unit_count")), 30)
        self.assertFalse(any(experiment.variant_ids.mapped("rate")))
        with self.assertRaises(UserError):
            experiment.action_make_default()
        with self.assertRaises(AccessError):
            self._units(experiment).with_user(self.user_manager).read(["outcome"])

    def _decided(self, answering, **values):
        experiment = self._experiment(**values)
        experiment.action_start()
        self._leads(60)
        self._over(experiment)
        self._answer(self._units(experiment).filtered(answering))
        experiment.sudo()._go_on()
        return experiment

    def test_the_better_one_becomes_the_default(self):
        """R261 to R263: significantly better, at the planned end; who, and when, stays."""
        experiment = self._decided(lambda unit: not unit.variant_id.is_control)
        self.assertEqual((experiment.state, experiment.verdict), ("decided", "better"))
        self.assertEqual(experiment.guard, "good")
        self.assertIn("B: 100 %, As today: 0 %", experiment.verdict_text)
        self.assertFalse(self.other.active, "the split is over")
        self.assertEqual(self._leads(3).user_id, self.user_seller)
        with self.assertRaises(AccessError):
            experiment.with_user(self.user_seller).action_make_default()
        experiment.action_make_default()
        self.assertEqual(experiment.state, "kept")
        self.assertEqual(experiment.decided_by_id, self.user_manager)
        self.assertTrue(experiment.decided_on)
        self.assertTrue(self.other.active)
        self.assertFalse(self.today.active or self.other.is_tested)
        self.assertEqual(self._leads(3).user_id, self.user_colleague)
        with self.assertRaises(UserError):
            experiment.unlink()

    def test_what_is_no_default(self):
        for answering, verdict in (
            (lambda unit: False, "same"),
            (lambda unit: unit.variant_id.is_control, "worse"),
        ):
            with self.subTest(verdict=verdict), self.env.cr.savepoint() as savepoint:
                experiment = self._decided(answering)
                self.assertEqual(experiment.verdict, verdict)
                self.assertFalse(experiment.may_make_default)
                with self.assertRaises(UserError):
                    experiment.action_make_default()
                savepoint.rollback()
                self.env.invalidate_all()

    def test_a_guard_figure_that_is_worse(self):
        experiment = self._experiment()
        experiment.action_start()
        self._leads(60)
        test = self._units(experiment).filtered(lambda u: not u.variant_id.is_control)
        self._over(experiment)
        self._answer(test)
        self.env["crm.touchpoint"]._record(
            [
                {
                    "lead_id": unit.lead_id.id,
                    "kind": "unsubscribe",
                    "direction": "in",
                    "is_human": True,
                    "occurred_on": fields.Datetime.now(),
                }
                for unit in test
            ]
        )
        experiment.sudo()._go_on()
        self.assertEqual((experiment.verdict, experiment.guard), ("better", "worse"))
        with self.assertRaises(UserError):
            experiment.action_make_default()

    def test_a_broken_split_is_refused(self):
        experiment = self._experiment()
        experiment.action_start()
        self._leads(120)
        control, test = experiment.variant_ids
        units = self._units(experiment)
        self._over(experiment)
        kept = units.filtered(lambda unit: unit.variant_id == test)[:10]
        (units.filtered(lambda unit: unit.variant_id == test) - kept).lead_id.unlink()
        self._answer(kept)
        experiment.sudo()._go_on()
        self.assertEqual(experiment.verdict, "broken")
        self.assertFalse(experiment.may_make_default)
        self.assertTrue(control.unit_count)

    def test_too_few_leads(self):
        """It goes on: the planned end is the day, or the leads, whichever is later."""
        experiment = self._experiment(min_effect=0.1)
        experiment.action_start()
        self._leads(5)
        self._over(experiment)
        experiment.sudo()._go_on()
        self.assertEqual(experiment.state, "running")
        experiment.action_stop()
        self.assertEqual((experiment.state, experiment.verdict), ("stopped", False))
        self.assertFalse(self.other.active)
        self.assertEqual(self._leads(3).user_id, self.user_seller)

    def test_archiving_stops_it(self):
        experiment = self._experiment()
        experiment.action_start()
        experiment.active = False
        self.assertEqual((experiment.state, self.other.active), ("stopped", False))
        self.assertEqual(self._leads(6).user_id, self.user_seller)

    def test_a_late_answer_is_none(self):
        experiment = self._experiment(min_effect=0.7)
        experiment.action_start()
        self._leads(20)
        self._over(experiment)
        self._answer(self._units(experiment), days=20)
        experiment.sudo()._settle(fields.Datetime.now())
        self.assertEqual(set(self._units(experiment).mapped("outcome")), {"no"})

    def test_an_archived_rule(self):
        """The leads of its variant go on to the next rules; nobody is left without owner."""
        experiment = self._experiment()
        experiment.action_start()
        self.other.active = False
        self.company.lead_fallback_user_id = self.user_manager
        leads = self._leads(20)
        self.assertEqual(self._units(experiment).lead_id, leads)
        self.assertTrue(all(lead.user_id for lead in leads))

    def test_planned_from_history(self):
        leads = self._leads(20)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_lead SET create_date = create_date - interval '60 days'"
            " WHERE id = ANY(%s)",
            [leads.ids],
        )
        self.env.invalidate_all()
        self.env["crm.touchpoint"]._record(
            [
                {
                    "lead_id": lead.id,
                    "kind": "email",
                    "direction": "in",
                    "is_human": True,
                    "occurred_on": fields.Datetime.now() - timedelta(days=58),
                }
                for lead in leads[:5]
            ]
        )
        experiment = self._experiment(
            min_effect=0.05, domain=f"[('id', 'in', {leads.ids})]"
        )
        experiment.action_propose()
        self.assertAlmostEqual(experiment.base_rate, 0.25)
        self.assertGreater(experiment.n_needed, 1000)
        self.assertIn("months at your volume: choose a nearer", experiment.advice)
        with self.assertRaises(UserError):
            self._experiment(domain="[('name', '=', 'nobody')]").action_propose()

    def test_statements_at_creation(self):
        """None more where no experiment runs; a constant number where one does."""

        def create(size):
            values = [{"name": f"Q {n}", "user_id": False} for n in range(size)]
            return lambda: self.env["crm.lead"].create(values)

        def count(size):
            create(size)()
            self.env.flush_all()
            self.env.invalidate_all()
            run, before = create(size), self.env.cr.sql_log_count
            run()
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        # Odoo looks for the stage of each lead by itself: what comes on top is compared.
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

    def test_for_managers_of_the_company_only(self):
        experiment = self._experiment(company_id=self.company.id)
        experiment.action_start()
        self._leads(2)
        for user in (self.user_seller, self.user_all):
            for record in (experiment, experiment.variant_ids, self._units(experiment)):
                with self.assertRaises(AccessError):
                    record.with_user(user).read(["display_name"])
