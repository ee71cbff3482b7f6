# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.tests import tagged

from .rescore_case import LEADS, STATE, RescoreCase

# Runs the scheduled action as the scheduler does, in small batches, with a pause each.
SCHEDULER = """
from odoo.addons.crm_lead_management.models.scoring import crm_score_engine_batch
batch, pause = given
crm_score_engine_batch.BATCH = batch
engine = registry["crm.score.engine"]
score = engine._score
def slowly(self, *args, **kwargs):
    time.sleep(pause)
    return score(self, *args, **kwargs)
engine._score = slowly
env.ref("crm_lead_management.ir_cron_score").method_direct_trigger()
"""
CURSOR = "crm_lead_management.score_cursor"


@tagged("post_install", "-at_install")
class TestScoreProcesses(RescoreCase):
    """A pass over all open leads that is killed, and started again."""

    def _clean(self, env):
        env["ir.config_parameter"].search([("key", "=", CURSOR)]).unlink()
        return super()._clean(env)

    def _ask(self):
        """Ask for the pass, as publishing a scorecard does without queue_job."""
        with self.registry.cursor() as cr:
            cr.execute(
                "INSERT INTO ir_config_parameter (key, value) VALUES (%s, '0')",
                [CURSOR],
            )
        self.registry.clear_cache("default", "stable")
        self.registry.signal_changes()

    def test_killed_in_the_middle_and_started_again(self):
        expected = self._undisturbed()
        self._ask()
        killed = self._start(SCHEDULER, 100, 0.1)
        self.assertTrue(self._wait(self._graded))
        self._stop(killed)
        done = self._graded()
        self.assertGreater(done, 0)
        self.assertLess(done, LEADS, "it was killed too late to show anything")
        self.assertEqual(done % 100, 0, "whole batches, never a part of one")
        for _again in range(2):
            self._finish(self._start(SCHEDULER, 500, 0))
            self.assertEqual(self._query(STATE), expected)
        query = "SELECT count(*) FROM ir_config_parameter WHERE key = %s"
        self.assertEqual(self._query(query, CURSOR), [(0,)])
