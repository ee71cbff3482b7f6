# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.tests import tagged

from .common import PipelineCommon

COUNT = 1000
# The way of most leads; the last quarter is given up on the way.
WAY = ("contacted", "nurturing", "qualified", "negotiation")


@tagged("post_install", "-at_install")
class TestChannels(PipelineCommon):
    """A thousand leads through all stages, by every channel: log and statistics."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # What the stages demand has its own tests.
        cls.env["crm.stage.gate"].search([]).active = False
        cls.lost_reason = cls.env.ref("crm_lead_management.crm_lost_reason_unqualified")

    def _make(self):
        """Return leads of two teams that can be moved by the salesperson."""
        leads = self.env["crm.lead"].create(
            [
                {
                    "name": f"Lead {number}",
                    "type": "opportunity",
                    "stage_id": self.stages["open"].id,
                    "team_id": (self.team_north, self.team_south)[number % 2].id,
                    "user_id": False,
                    "email_from": f"lead{number}@example.com" if number % 3 else False,
                }
                for number in range(COUNT)
            ]
        )
        return leads.with_user(self.user_all)

    def _by_list(self, leads, stage):
        leads.write({"stage_id": stage.id})

    def _by_drag(self, leads, stage):
        for lead in leads:
            lead.web_save({"stage_id": stage.id}, {"stage_id": {}})

    def _by_api(self, leads, stage):
        for lead in leads:
            lead.write({"stage_id": stage.id})

    def _by_import(self, leads, stage):
        rows = [[str(lead.id), str(stage.id)] for lead in leads]
        result = leads.load([".id", "stage_id/.id"], rows)
        self.assertFalse(result["messages"])

    def _move(self, leads, stage):
        """Move a fourth of the leads by each channel."""
        channels = (self._by_list, self._by_drag, self._by_api, self._by_import)
        for number, channel in enumerate(channels):
            channel(leads[number::4], stage)

    def _play(self, lose):
        """Move all leads on; lose a quarter of them on the way; return the statistics."""
        leads = self._make()
        quarter = len(leads) // 4
        lost, moving = leads[:quarter], leads
        for role in WAY:
            self._move(moving, self.stages[role])
            if role == "nurturing":
                lose(lost)
                moving = leads[quarter:]
        self._move(moving, self.stages["customer"])
        return lost, moving, self._frequencies()

    def test_a_thousand_leads(self):
        self.env.flush_all()
        with self.cr.savepoint() as savepoint:
            lost, customers, with_roles = self._play(
                lambda leads: self._move(leads, self.stages["unqualified"])
            )
            self._check_log(lost, ["open", "contacted", "nurturing", "unqualified"])
            self._check_log(customers, ["open", *WAY, "customer"])
            self.assertEqual(set(customers.mapped("won_status")), {"won"})
            self.assertEqual(set(lost.mapped("won_status")), {"lost"})
            self._move(customers, self.stages["inactive"])
            self.assertEqual(self._frequencies(), with_roles, "A win is counted once.")
            savepoint.rollback()
        self.env.invalidate_all()
        self.env.registry.clear_cache()
        # The same moves in a plain pipeline that ends with its won stage.
        (self.stages["inactive"] + self.stages["unqualified"]).unlink()
        self.env["crm.stage"].search([]).lead_role = False
        _lost, _customers, plain = self._play(lambda leads: leads.action_set_lost())
        self.assertGreater(len(plain), 10)
        self.assertEqual(with_roles, plain)

    def _check_log(self, leads, roles):
        """Assert that each of the leads went through these roles, and no others."""
        wanted = list(zip([False, *roles], roles, strict=False))
        rows = self.env["crm.lead.stage.log"].search(
            [("lead_id", "in", leads.ids)], order="id"
        )
        moves = {}
        for row in rows:
            moves.setdefault(row.lead_id.id, []).append((row.from_role, row.to_role))
        self.assertEqual(len(moves), len(leads))
        self.assertEqual({tuple(m) for m in moves.values()}, {tuple(wanted)})
