# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, tagged

from ..routing.test_experiment import ExperimentCase
from .common import MessageCommon


class MessageExperimentCase(ExperimentCase, MessageCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.b = cls.message.copy(
            {
                "name": "B",
                "sms_template_id": cls.message.sms_template_id.copy().id,
                "sequence": 50,
                "grade_min": "1",
            }
        )
        cls.b.sms_template_id.body = "Another text"

    def _experiment(self, **values):
        variants = [
            {"name": "Today", "is_control": True, "template_id": self.message.id},
            {"name": "B", "template_id": self.b.id},
        ]
        return super()._experiment(
            subject="message",
            **{"variant_ids": [(0, 0, variant) for variant in variants], **values},
        )

    def _named(self, count):
        leads = self._leads(count)
        for number, lead in enumerate(leads):
            lead.write(
                {
                    "email_from": f"p{number}.{lead.id}@example.com",
                    "phone": f"+9665{lead.id % 100000000:08d}",
                    "user_id": self.user_seller.id,
                }
            )
        return leads

    def _split(self, experiment, leads):
        """Return the leads of the control, and those of the test."""
        control = leads.filtered(lambda one: experiment._variant_of(one).is_control)
        return control, leads - control


@tagged("post_install", "-at_install")
class TestMessageExperiment(MessageExperimentCase):
    """R258: the text of a message as the subject, wherever it goes."""

    def test_each_lead_gets_the_text_of_its_variant(self):
        leads = self._named(24)
        experiment = self._experiment()
        self.message._send(leads[0], "sms")
        self.assertFalse(self._units(experiment), "a draft does nothing")
        experiment.action_start()
        had, leads = leads[0], leads[1:]
        control, test = self._split(experiment, leads)
        self.assertGreater(min(len(control), len(test)), 2)
        self.assertFalse(self._units(experiment), "looking puts nobody on record")
        for place, lead in enumerate(leads):
            # Whichever of the texts is chosen.
            (self.message if place % 2 else self.b)._send(lead, "sms")
        for group, text in ((control, self.message), (test, self.b)):
            for lead in group:
                self.assertEqual(self._sent(lead).message_template_id, text)
        self.assertIn("Another text", self._sms(test[0]).body)
        self.assertNotIn("Another text", self._sms(control[0]).body)
        units = self._units(experiment)
        self.assertEqual(units.lead_id, leads)
        for unit in units:
            self.assertEqual(unit.variant_id.is_control, unit.lead_id in control)
        # It had one of them before: it is not of the audience, and gets what is chosen.
        self.b._send(had, "sms")
        self.assertEqual(self._sent(had).message_template_id, self.message | self.b)
        self.assertNotIn(had, self._units(experiment).lead_id)

    def test_in_the_window(self):
        """Who writes sees the text that goes, and reads why it is another one."""
        experiment = self._experiment()
        experiment.action_start()
        _control, test = self._split(experiment, self._named(12))
        lead = test[0].with_user(self.user_seller)
        action = lead.action_send_message()
        model = self.env["crm.message.compose"].with_user(self.user_seller)
        form = Form(model.with_context(**action["context"]))
        form.template_id = self.message
        form.channel = "sms"
        self.assertEqual(form.body, "Another text")
        self.assertTrue(form.is_tested)
        form.save().action_send()
        self.assertEqual(self._sent(lead).message_template_id, self.b)
        self.assertEqual(self._units(experiment).lead_id, test[0])

    def test_in_a_selection(self):
        experiment = self._experiment()
        experiment.action_start()
        leads = self._named(16)
        control, test = self._split(experiment, leads)
        batch = self.env["crm.message.batch"].with_user(self.user_seller)
        batch = batch.create(
            {
                "lead_ids": [(6, 0, leads.ids)],
                "template_id": self.message.id,
                "channel": "sms",
            }
        )
        batch.action_plan()
        self.assertEqual(
            batch.line_ids.filtered(lambda one: one.template_id == self.b).lead_id, test
        )
        self.assertFalse(self._units(experiment), "planning puts nobody on record")
        batch.action_send()
        for group, text in ((control, self.message), (test, self.b)):
            self.assertEqual(self._sent(group).message_template_id, text)
        self.assertEqual(self._units(experiment).lead_id, leads)

    def test_outside_of_the_audience(self):
        experiment = self._experiment(domain="[('company_size', '>', 10)]")
        experiment.action_start()
        small, big = self._named(6), self._named(12)
        big.company_size = 30
        _control, test = self._split(experiment, big)
        for lead in small | big:
            self.message._send(lead, "sms")
        self.assertEqual(self._sent(small).message_template_id, self.message)
        self.assertEqual(self._units(experiment).lead_id, big)
        # Who has entered stays: the text of the variant, and no other, also later.
        test.company_size = 1
        self.message._send(test[0], "sms")
        self.assertEqual(self._sent(test[0]).message_template_id, self.b)

    def _decided(self, harm=False):
        experiment = self._experiment()
        experiment.action_start()
        leads = self._named(60)
        for lead in leads:
            self.message._send(lead, "sms")
        self._over(experiment)
        test = self._units(experiment).filtered(lambda u: not u.variant_id.is_control)
        self._answer(test)
        if harm:
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
        return experiment

    def test_the_better_text_becomes_the_default(self):
        """R263: it is proposed and sent where the control's was; that one is archived."""
        rule = self.env["crm.routing.rule"].create(
            {
                "name": "Welcome",
                "active": False,
                "team_id": self.team_north.id,
                "first_message_id": self.message.id,
            }
        )
        track = self.env["crm.nurture.track"].create(
            {
                "name": "Warm",
                "step_ids": [
                    (0, 0, {"kind": "message", "template_id": self.message.id})
                ],
            }
        )
        experiment = self._experiment()
        with self.assertRaises(UserError):
            experiment.action_make_default()
        experiment.action_start()
        self.assertFalse(experiment.verdict)
        self.assertFalse(any(experiment.variant_ids.mapped("rate")))
        experiment.action_stop()
        experiment = self._decided()
        self.assertEqual((experiment.verdict, experiment.guard), ("better", "good"))
        self.assertIn("B: 100 %, Today: 0 %", experiment.verdict_text)
        experiment.action_make_default()
        self.assertEqual(experiment.state, "kept")
        self.assertEqual(experiment.decided_by_id, self.user_manager)
        self.assertFalse(self.message.active)
        self.assertTrue(self.b.active)
        self.assertEqual(
            (self.b.sequence, self.b.grade_min),
            (self.message.sequence, self.message.grade_min),
        )
        self.assertEqual(rule.first_message_id, self.b)
        self.assertEqual(track.step_ids.template_id, self.b)
        lead = self._named(1)
        self.assertEqual(self.b._propose(lead), self.b)

    def test_a_guard_figure_that_is_worse(self):
        experiment = self._decided(harm=True)
        self.assertEqual((experiment.verdict, experiment.guard), ("better", "worse"))
        with self.assertRaises(UserError):
            experiment.action_make_default()
        self.assertTrue(self.message.active)

    def test_an_archived_text(self):
        """Its leads get what is chosen, and stay in their group: the verdict is honest."""
        experiment = self._experiment()
        experiment.action_start()
        leads = self._named(12)
        _control, test = self._split(experiment, leads)
        self.b.active = False
        for lead in leads:
            self.message._send(lead, "sms")
        self.assertEqual(self._sent(leads).message_template_id, self.message)
        units = self._units(experiment)
        self.assertEqual(
            units.filtered(lambda u: not u.variant_id.is_control).lead_id, test
        )

    def test_what_cannot_start(self):
        for change, word in (
            (lambda two: two.write({"template_id": False}), "not archived"),
            (lambda two: two.write({"template_id": self.message.id}), "of its own"),
            (lambda two: self.b.write({"whatsapp_body": False}), "in each channel"),
            (
                lambda two: self.b.write({"company_id": self.company.id}),
                "all leads of the experiment's company",
            ),
        ):
            with self.env.cr.savepoint() as savepoint:
                experiment = self._experiment()
                change(experiment.variant_ids[1])
                with self.assertRaisesRegex(ValidationError, word):
                    experiment.action_start()
                savepoint.rollback()
                self.env.invalidate_all()
        self._experiment().action_start()
        with self.assertRaisesRegex(ValidationError, "one experiment at"):
            self._experiment().action_start()

    def test_planned_from_history(self):
        """By the leads that got the control's text, from when they got it."""
        leads = self._named(10)
        for lead in leads[:8]:
            self.message._send(lead, "sms")
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_touchpoint SET occurred_on = occurred_on - interval '40 days'"
            " WHERE lead_id = ANY(%s)",
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
                    "occurred_on": fields.Datetime.now() - timedelta(days=38),
                }
                for lead in leads[:2] + leads[9]
            ]
        )
        experiment = self._experiment(min_effect=0.1)
        experiment.action_propose()
        self.assertAlmostEqual(experiment.base_rate, 0.25)
        self.assertAlmostEqual(experiment.leads_per_month, 8 * 30.4 / 180, 1)

    def test_statements(self):
        """None more for sending where no such experiment runs, a constant number with one."""

        def count(size):
            leads = self._named(size)
            self.env.flush_all()
            self.env.invalidate_all()
            leads.mapped("name")
            before = self.env.cr.sql_log_count
            self.env["crm.experiment"]._message_texts(
                dict.fromkeys(leads.ids, self.message)
            )
            self.env["crm.experiment"]._message_goes(self.message, leads)
            return self.env.cr.sql_log_count - before

        count(3)
        self.assertEqual(count(10), 0)
        experiment = self._experiment()
        self.assertEqual(count(10), 0, "a draft costs nothing")
        experiment.action_start()
        few, many = count(10), count(60)
        self.assertGreater(few, 0)
        self.assertEqual(few, many)
        experiment.action_stop()
        count(3)
        self.assertEqual(count(10), 0)
