# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.tests import tagged

from ..test_main_tours import MainTours
from .test_experiment import ExperimentCase


@tagged("post_install", "-at_install", "crm_lead_management_tour")
class TestExperimentTours(ExperimentCase, MainTours):
    browser_size = "1366x900"

    def test_eight_steps(self):
        """R256 to R263: define, split, make, record, run, compare, see, make the default."""
        experiment = self._experiment(min_effect=0.5)
        past = self._leads(40)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_lead SET create_date = create_date - interval '60 days'"
            " WHERE id = ANY(%s)",
            [past.ids],
        )
        self.env.invalidate_all()
        login = self.user_manager.login
        self._tour("/odoo/lead-experiments", "routing_experiment_start", login)
        # The transaction of the test is older than the click that started it.
        self.env.cr.execute(
            "UPDATE crm_experiment SET started_on = started_on - interval '1 day'"
            " WHERE id = %s",
            [experiment.id],
        )
        self.env.invalidate_all()
        self.assertEqual(experiment.state, "running")
        self._leads(60)
        self._over(experiment)
        self._answer(
            self._units(experiment).filtered(
                lambda unit: not unit.variant_id.is_control
            )
        )
        experiment.sudo()._go_on()
        self.assertEqual(experiment.verdict, "better")
        self._tour("/odoo/lead-experiments", "routing_experiment_end", login)
        experiment.invalidate_recordset()
        self.assertEqual(experiment.state, "kept")
        self.assertEqual(experiment.decided_by_id, self.user_manager)
        self.assertEqual(self._leads(3).user_id, self.user_colleague)
