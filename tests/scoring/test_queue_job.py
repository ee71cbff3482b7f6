# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from unittest.mock import patch

from odoo.tests import tagged

from ..common import NEIGHBOUR, needs
from .common import ScoringCommon


@tagged(*NEIGHBOUR)
class TestQueueJob(ScoringCommon):
    """With OCA's queue_job the bulk re-score runs as jobs, with the same end state."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        needs("queue.job" in cls.env, "queue_job")
        # Other leads of the database would make jobs, too.
        cls.env["crm.lead"].search([]).action_archive()

    def test_jobs_end_where_the_cron_does(self):
        from odoo.addons.queue_job.job import Job

        leads = self._make_leads(5, company_size=100) | self._make_leads(3)
        card = self._make_scorecard(
            ("Big", 60, [("company_size", ">=", 100)]), state="draft"
        )
        module = "odoo.addons.crm_lead_management.models.scoring.crm_score_engine_batch"
        with patch(f"{module}.BATCH", 3):
            card.action_publish()
            self.env["crm.score.engine"]._rescore_start()
            jobs = self.env["queue.job"].search(
                [("model_name", "=", "crm.score.engine")]
            )
            self.assertEqual(len(jobs), 3, "no job is made twice")
            self.assertEqual(card.rescore_remaining, 8)
            self.assertFalse(any(leads.mapped("lead_grade")))
            # In any order, as workers would.
            results = [Job.load(self.env, job.uuid).perform() for job in reversed(jobs)]
        self.assertEqual(sum(results), 8)
        self.assertEqual(leads.mapped("lead_grade"), [4] * 5 + [1] * 3)
        self.assertEqual(self.env["crm.score.engine"]._score(leads), 0)
