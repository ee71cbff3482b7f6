# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import SQL

from .common import MessageCommon


@tagged("post_install", "-at_install")
class TestFirstMessageExperiment(MessageCommon):
    """R258: the automatic first message as the subject of an experiment."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.message.copy({"name": "Another welcome"})
        cls.rule = cls.env["crm.routing.rule"].create(
            {
                "name": "Welcome",
                "team_id": cls.team_north.id,
                "first_message_id": cls.message.id,
            }
        )

    def _experiment(self, **values):
        variants = [
            {"name": "Today", "is_control": True, "template_id": self.message.id},
            {"name": "B", "template_id": self.other.id},
        ]
        return (
            self.env["crm.experiment"]
            .with_user(self.user_manager)
            .create(
                {
                    "name": "Another welcome",
                    "subject": "first_message",
                    "base_rate": 0.2,
                    "min_effect": 0.6,
                    "ends_on": fields.Date.add(fields.Date.today(), days=30),
                    "variant_ids": [(0, 0, variant) for variant in variants],
                    **values,
                }
            )
        )

    def _arrive(self, count):
        """Let leads come in by themselves, few at a time as no import does."""
        leads = self.env["crm.lead"]
        for number in range(count):
            leads += leads.create(
                {
                    "name": "New",
                    "email_from": f"new{number}@example.com",
                    "user_id": False,
                }
            )
        return leads

    def _texts(self, leads):
        """Return the first message of each lead."""
        rows = self.env["crm.message.first"].search([("lead_id", "in", leads.ids)])
        return {row.lead_id: row.template_id for row in rows}

    def test_each_variant_has_its_text(self):
        experiment = self._experiment()
        self.assertEqual(set(self._texts(self._arrive(3)).values()), {self.message})
        experiment.action_start()
        leads = self._arrive(44)
        texts = self._texts(leads)
        for lead in leads:
            variant = experiment._variant_of(lead)
            self.assertEqual(texts[lead], variant.template_id)
        self.assertEqual(set(texts.values()), {self.message, self.other})
        units = self.env["crm.experiment.unit"].search(
            [("experiment_id", "=", experiment.id)]
        )
        self.assertEqual(units.lead_id, leads)
        # It ends: the time of all is over, and those of the test have answered.
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE crm_experiment_unit SET entered_on = entered_on - interval '50 days',"
                " due_on = due_on - interval '50 days' WHERE experiment_id = %s",
                experiment.id,
            )
        )
        self.env.cr.execute(
            SQL(
                "UPDATE crm_experiment SET ends_on = %s WHERE id = %s",
                fields.Date.today(),
                experiment.id,
            )
        )
        self.env.invalidate_all()
        self.env["crm.touchpoint"]._record(
            [
                {
                    "lead_id": unit.lead_id.id,
                    "kind": "email",
                    "direction": "in",
                    "is_human": True,
                    "occurred_on": unit.entered_on + timedelta(days=2),
                }
                for unit in units
                if not unit.variant_id.is_control
            ]
        )
        experiment.sudo()._go_on()
        self.assertEqual(experiment.verdict, "better")
        experiment.action_make_default()
        self.assertEqual(self.rule.first_message_id, self.other)
        self.assertEqual(set(self._texts(self._arrive(3)).values()), {self.other})

    def test_what_cannot_start(self):
        for change, word in (
            (
                lambda one: one.variant_ids[1].write({"template_id": False}),
                "not archived",
            ),
            (
                lambda one: one.variant_ids[1].write({"template_id": self.message.id}),
                "of its own",
            ),
            (lambda one: self.rule.write({"first_message_id": False}), "routing rule"),
        ):
            experiment = self._experiment()
            change(experiment)
            with self.assertRaisesRegex(ValidationError, word):
                experiment.action_start()

    def test_beside_an_experiment_on_rules(self):
        """Two subjects: a lead may be in one experiment on each."""
        self._experiment().action_start()
        with self.assertRaises(ValidationError):
            self._experiment().action_start()
