# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.tools import SQL

from ...tools.pipeline import ROLES
from ..common import LeadCommon


class PipelineCommon(LeadCommon):
    """A company with Odoo's four stages, set up with the eight roles by the wizard.

    ``cls.stages`` gives the stage of each role; the statistics of Odoo start empty.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._reset_stages(("New", 1), ("Qualified", 2), ("Proposition", 3), ("Won", 70))
        cls.setup_log = cls._apply_setup()
        cls.stages = {
            role: cls.env["crm.stage"].search([("lead_role", "=", role)])
            for role in ROLES
        }

    @classmethod
    def _reset_stages(cls, *stages):
        """Replace whatever the database has by stages of our own; the last one is won."""
        cls.env["crm.lead"].with_context(active_test=False).search([]).unlink()
        cls.env["crm.lead.scoring.frequency"].search([]).unlink()
        cls.env["crm.stage"].search([]).unlink()
        return cls.env["crm.stage"].create(
            [
                {
                    "name": name,
                    "sequence": sequence,
                    "is_won": (name, sequence) == stages[-1],
                }
                for name, sequence in stages
            ]
        )

    @classmethod
    def _apply_setup(cls, **values):
        """Apply the proposal of the wizard, and return the record of it."""
        action = cls.env["crm.pipeline.setup"].create(values).action_apply()
        return cls.env["crm.pipeline.setup.log"].browse(action.get("res_id"))

    @classmethod
    def _table(cls, table):
        """Return all rows of a table, byte by byte."""
        cls.env.flush_all()
        return cls.env.execute_query(
            SQL(
                "SELECT to_jsonb(t)::text FROM %s AS t ORDER BY id",
                SQL.identifier(table),
            )
        )

    def _frequencies(self, *fields):
        """Return Odoo's statistics: won and lost, by team, variable and value."""
        self.env.flush_all()
        return {
            (row.team_id.id, row.variable, row.value): (
                round(row.won_count, 4),
                round(row.lost_count, 4),
            )
            for row in self.env["crm.lead.scoring.frequency"].search([])
        }

    def _moves(self, lead):
        """Return the roles through which a lead moved, oldest first."""
        return [(log.from_role, log.to_role) for log in lead.stage_log_ids.sorted("id")]
