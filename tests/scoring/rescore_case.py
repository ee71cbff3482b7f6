# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import fields
from odoo.api import SUPERUSER_ID, Environment
from odoo.fields import Domain

from ..processes import ProcessCase

LEADS = 2000
STATE = """
    SELECT lead.id, lead.lead_points, lead.lead_grade, lead.lead_band, lead.is_mql,
           (SELECT count(*) FROM crm_lead_grade_log AS log WHERE log.lead_id = lead.id)
      FROM crm_lead AS lead WHERE lead.name LIKE 'Rescored %' ORDER BY lead.id
"""
GRADED = "SELECT count(*) FROM crm_lead WHERE name LIKE 'Rescored %' AND lead_grade > 0"


class RescoreCase(ProcessCase):
    """Two thousand leads and a scorecard, committed, to be scored by other processes."""

    def setUp(self):
        super().setUp()
        with self.registry.cursor() as cr:
            env = Environment(cr, SUPERUSER_ID, {"tracking_disable": True})
            rules = [("Any", 5, []), ("Known", 20, [("email_from", "!=", False)])]
            rules += [
                (f"From {size}", 15, [("company_size", ">=", size)])
                for size in range(10, 60, 10)
            ]
            env["crm.scorecard"].create(
                {
                    # A pilot on all leads: the card that is live stays as it is.
                    "name": "Rescored",
                    "state": "pilot",
                    "pilot_share": 100,
                    "rule_ids": [
                        (0, 0, {"name": name, "points": points, "domain": repr(domain)})
                        for name, points, domain in rules
                    ],
                }
            )
            env["crm.lead"].with_context(crm_lead_management_skip=True).create(
                [
                    {
                        "name": f"Rescored {number}",
                        "company_size": number % 60,
                        "email_from": f"n{number}@x.example" if number % 3 else False,
                    }
                    for number in range(LEADS)
                ]
            )
        self.registry.signal_changes()

    def _clean(self, env):
        env["crm.lead"].search([("name", "=like", "Rescored %")]).unlink()
        env["crm.scorecard"].search([("name", "=", "Rescored")]).unlink()

    def _undisturbed(self):
        """Return the state that one process leaves that scores all alone; nothing is kept."""
        with self.registry.cursor() as cr:
            env = Environment(cr, SUPERUSER_ID, {})
            env["crm.score.engine"]._score_domain(Domain.TRUE, fields.Datetime.now())
            env.flush_all()
            cr.execute(STATE)
            state = cr.fetchall()
            cr.rollback()
        self.assertEqual(len(state), LEADS)
        self.assertEqual({row[-1] for row in state}, {1}, "one change of grade each")
        self.assertGreater(len({row[2] for row in state}), 3, "all sorts of grades")
        return state

    def _graded(self):
        """Return how many of the leads have a grade by now."""
        return self._query(GRADED)[0][0]
