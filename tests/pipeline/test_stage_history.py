# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.tests import tagged

from .common import PipelineCommon


@tagged("post_install", "-at_install")
class TestStageHistory(PipelineCommon):
    """The history of leads from before the addon, read from what Odoo tracked."""

    def _tracked_lead(self, *roles):
        """Return a lead that moved, a day apart, before there was a log."""
        Lead = self.env["crm.lead"].with_context(tracking_disable=False)
        lead = Lead.create({"name": "Old", "stage_id": self.stages[roles[0]].id})
        self.flush_tracking()
        for role in roles[1:]:
            lead.stage_id = self.stages[role]
            self.flush_tracking()
        self.env.flush_all()
        self.env.cr.execute(
            "DELETE FROM crm_lead_stage_log WHERE lead_id = %s", [lead.id]
        )
        # Each move a day after the one before, all of them long ago.
        self.env.cr.execute(
            """
            WITH tracked AS (
                SELECT v.id, row_number() OVER (ORDER BY v.id) AS n
                  FROM mail_tracking_value v JOIN mail_message m ON m.id = v.mail_message_id
                 WHERE m.model = 'crm.lead' AND m.res_id = %(lead)s
            )
            UPDATE mail_tracking_value v
               SET create_date = timestamp '2026-01-01' + tracked.n * interval '1 day'
              FROM tracked WHERE tracked.id = v.id
            """,
            {"lead": lead.id},
        )
        self.env.cr.execute(
            "UPDATE crm_lead SET create_date = '2026-01-01' WHERE id = %s", [lead.id]
        )
        self.env.invalidate_all()
        return lead

    def flush_tracking(self):
        self.env.flush_all()
        self.cr.flush()

    def _read(self, leads):
        count = self.env["crm.lead.stage.history"]._read(leads.ids)
        self.env.invalidate_all()
        return count

    def test_what_odoo_tracked(self):
        lead = self._tracked_lead("open", "contacted", "negotiation")
        self.assertEqual(self._read(lead), 3)
        self.assertEqual(
            self._moves(lead),
            [(False, "open"), ("open", "contacted"), ("contacted", "negotiation")],
        )
        logs = lead.stage_log_ids.sorted("id")
        self.assertEqual(logs.mapped("days"), [0, 1, 1])
        self.assertEqual(set(logs.mapped("is_history")), {True})
        self.assertEqual(self._read(lead), 0, "Once.")

    def test_moves_of_our_own_log_are_not_read_again(self):
        lead = self._tracked_lead("open", "contacted")
        lead.with_context(tracking_disable=False).stage_id = self.stages["qualified"]
        self.flush_tracking()
        self.assertEqual(self._read(lead), 2)
        logs = lead.stage_log_ids.sorted("date")
        self.assertEqual(logs.mapped("to_role"), ["open", "contacted", "qualified"])
        self.assertEqual(self._read(lead), 0)

    def test_a_lead_that_never_moved(self):
        lead = self._tracked_lead("nurturing")
        self._read(lead)
        self.assertEqual(self._moves(lead), [(False, "nurturing")])

    def test_a_stage_that_is_gone(self):
        gone = self.env["crm.stage"].create({"name": "Demo", "sequence": 3})
        self.stages["demo"] = gone
        lead = self._tracked_lead("open", "demo", "contacted")
        gone.unlink()
        self._read(lead)
        logs = lead.stage_log_ids.sorted("id")
        self.assertEqual(logs.mapped("to_label"), ["New", "Demo", "Contacted"])
        self.assertEqual(logs[2].from_label, "Demo")

    def test_restoring_an_old_unqualified_lead(self):
        lead = self._tracked_lead("open", "contacted", "unqualified")
        self._read(lead)
        lead.action_restore()
        self.assertEqual(lead.stage_id, self.stages["contacted"])

    def test_one_statement_for_any_number(self):
        def run(size):
            leads = self._make_leads(size, stage_id=self.stages["open"].id)
            self.env.cr.execute(
                "DELETE FROM crm_lead_stage_log WHERE lead_id = ANY(%s)", [leads.ids]
            )
            return lambda: self._read(leads)

        self.assertSameQueryCount(run, 10, 100)

    def test_the_cron_ends_itself(self):
        lead = self._tracked_lead("open", "contacted")
        cron = self.env.ref("crm_lead_management.ir_cron_stage_history")
        self.assertFalse(cron.active)
        with self.enter_registry_test_mode():
            self.env["crm.lead.stage.history"]._start()
            cron.method_direct_trigger()
        self.assertEqual(len(lead.stage_log_ids), 2)
        self.assertFalse(
            self.env["ir.config_parameter"].get_param(
                "crm_lead_management.stage_history_cursor"
            )
        )
