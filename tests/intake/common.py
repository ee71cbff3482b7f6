# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from ..common import LeadCommon


class IntakeCommon(LeadCommon):
    """A company with one source, and a rule that gives its leads to a salesperson."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.country_id = cls.env.ref("base.sa")
        cls.env["crm.routing.rule"].create(
            {"name": "All", "method": "fixed", "user_id": cls.user_seller.id}
        )
        cls.engine = cls.env["crm.intake.engine"]
        cls.source = cls._make_source()

    @classmethod
    def _make_source(cls, kind="web", **values):
        """Make a source, as the sales administrator."""
        sources = cls.env["crm.intake.source"].with_user(cls.user_manager)
        values = {"name": f"Source {kind}", "kind": kind, "limit_minute": 0, **values}
        source = sources.create(values)
        return source.sudo()

    @classmethod
    def _map(cls, source, **targets):
        """Give a source a field map: target = path."""
        source.mapping_ids = [
            (0, 0, {"path": path, "target": target}) for target, path in targets.items()
        ]

    def _bring(self, payload, source=None, **values):
        """Receive and process an entry; return its item."""
        items = self.engine._receive(source or self.source, payload, **values)
        self.engine._process(items)
        return items

    def _run_job(self):
        """Have the scheduled job do what waits."""
        with self.enter_registry_test_mode():
            self.env.ref("crm_lead_management.ir_cron_intake").method_direct_trigger()
        self.env.invalidate_all()
