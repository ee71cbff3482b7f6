# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from unittest.mock import patch

from odoo.tests import tagged

from ..models.common.batch import crm_lead_batch
from .common import LeadCommon


@tagged("post_install", "-at_install")
class TestLeadBatch(LeadCommon):
    """The evaluation of leads that were there before the addon."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["crm.lead"].search([]).action_archive()
        cls.persona = cls.env["crm.persona"].create(
            {
                "name": "Anybody",
                "criterion_ids": [(0, 0, {"name": "all", "domain": "[]"})],
            }
        )
        cls.old = (
            cls.env["crm.lead"]
            .with_context(crm_lead_management_skip=True)
            .create([{"name": f"Old {number}"} for number in range(5)])
        )
        cls.cron = cls.env.ref("crm_lead_management.ir_cron_evaluate_leads")
        cls.batch = cls.env["crm.lead.batch"]

    def _run(self):
        with self.enter_registry_test_mode():
            self.cron.method_direct_trigger()
        self.env.invalidate_all()

    def test_off_until_asked_for(self):
        self.assertFalse(self.cron.active)
        self.assertFalse(self.old.persona_id)

    def test_all_open_leads_and_no_others(self):
        closed = self.old[0]
        closed.with_context(crm_lead_management_skip=True).action_set_lost()
        self.batch._start()
        self.assertEqual(self.batch._progress(), (4, 4))
        self._run()
        self.assertEqual(self.old.filtered("persona_id"), self.old - closed)
        self.assertEqual(self.batch._progress(), (0, 4))
        self.assertTrue(self.cron.active, "every night from now on")
        self.batch._stop()
        self.assertFalse(self.cron.active)

    def test_goes_on_where_it_was_stopped(self):
        self.batch._start()
        with (
            patch.object(crm_lead_batch, "BATCH", 2),
            patch.object(
                type(self.env["ir.cron"]), "_commit_progress", lambda *a, **k: 0
            ),
        ):
            self.batch._cron_evaluate()
        self.assertEqual(self.old.filtered("persona_id"), self.old[:2])
        self.assertEqual(self.batch._progress(), (3, 5))
        self._run()
        self.assertEqual(self.old.filtered("persona_id"), self.old)

    def test_owners_stay(self):
        self.old.with_context(crm_lead_management_skip=True).user_id = self.user_seller
        self.batch._start()
        self._run()
        self.assertEqual(self.old.user_id, self.user_seller)
