# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta

from odoo import fields
from odoo.api import SUPERUSER_ID, Environment
from odoo.tests import tagged

from ..processes import ProcessCase

LEADS = 40
# The clock, in batches of 10, with a pause between the ledger and the activities.
CLOCK = """
from odoo.addons.crm_lead_management.models.followup.keeping import activities
from odoo.addons.crm_lead_management.models.followup.planning import (
    crm_followup_engine_clock as clock,
)
pause, = given
clock.BATCH = 10
make = activities.make
def slowly(env, steps):
    time.sleep(pause)
    make(env, steps)
    env.flush_all()
    time.sleep(pause)
activities.make = slowly
env["crm.followup.engine"]._cron_run()
cr.commit()
"""
# A pass over all leads, as every night.
NIGHT = """
from odoo.addons.crm_lead_management.models.followup.planning.planner import Planner
pause, = given
settle = Planner._settle
def slowly(self, *args):
    result = settle(self, *args)
    time.sleep(pause)
    return result
Planner._settle = slowly
env["crm.followup.engine"].with_context(ir_cron_progress_id=0)._plan()
cr.commit()
"""
STEPS = """
    SELECT count(*), count(DISTINCT lead_id), count(DISTINCT activity_id)
      FROM crm_lead_followup WHERE lead_id = ANY(%s) AND state = 'planned'
"""
ACTIVITIES = (
    "SELECT count(*), count(DISTINCT res_id) FROM mail_activity"
    " WHERE res_model = 'crm.lead' AND res_id = ANY(%s)"
)


@tagged("post_install", "-at_install")
class TestFollowupProcesses(ProcessCase):
    """Each step is planned once and has one activity: killed, started again, two at once."""

    def setUp(self):
        super().setUp()
        with self.registry.cursor() as cr:
            self._set_up(Environment(cr, SUPERUSER_ID, {"tracking_disable": True}))
        self.registry.signal_changes()

    def _set_up(self, env):
        self.off = []
        for name in ("crm.followup.policy", "crm.followup.duty"):
            active = env[name].search([])
            self.off.append((name, active.ids))
            active.active = False
        leads = (
            env["crm.lead"]
            .with_context(crm_lead_management_skip=True)
            .create(
                [
                    {
                        "name": f"Followup process {number}",
                        "user_id": env.ref("base.user_admin").id,
                    }
                    for number in range(LEADS)
                ]
            )
        )
        self.leads = leads.ids
        # Touched so long ago that all are due at once.
        now = fields.Datetime.now()
        env["crm.touchpoint"]._record(
            [
                {
                    "lead_id": lead.id,
                    "kind": "call",
                    "direction": "out",
                    "outcome": "talked",
                    "is_human": True,
                    "occurred_on": now - timedelta(days=30),
                }
                for lead in leads
            ]
        )
        # Without a calendar a working day is over in eight hours: due soon.
        self.calendar_id = env.company.resource_calendar_id.id
        env.company.resource_calendar_id = False
        env["crm.followup.policy"].create({"name": "Followup process", "first_days": 3})
        env.flush_all()
        env.cr.execute(
            "UPDATE crm_lead SET retention_k = NULL WHERE id = ANY(%s)", [leads.ids]
        )

    def _clean(self, env):
        named = [("name", "=like", "Followup process%")]
        env["crm.lead"].search(named).unlink()
        env["crm.followup.policy"].search(named).unlink()
        for name, ids in self.off:
            env[name].browse(ids).active = True
        env.company.resource_calendar_id = self.calendar_id
        for name in ("ir_cron_followup", "ir_cron_followup_plan"):
            env.ref(f"crm_lead_management.{name}").active = False

    def _steps(self):
        return self._query(STEPS, self.leads)[0]

    def test_killed_between_the_ledger_and_the_activities(self):
        killed = self._start(CLOCK, 0.4)
        self.assertTrue(self._wait(lambda: self._query(ACTIVITIES, self.leads)[0][0]))
        self._stop(killed)
        done = self._query(ACTIVITIES, self.leads)[0][0]
        self.assertLess(done, LEADS, "it was killed too late to show anything")
        for _again in range(2):
            self._finish(self._start(CLOCK, 0))
            self.assertEqual(self._steps(), (LEADS, LEADS, LEADS))
            self.assertEqual(self._query(ACTIVITIES, self.leads), [(LEADS, LEADS)])

    def test_two_clocks_at_once(self):
        both = [self._start(CLOCK, 0.1) for _worker in range(2)]
        for worker in both:
            worker.communicate(timeout=240)  # one of them may give way
        self._finish(self._start(CLOCK, 0))
        self.assertEqual(self._steps(), (LEADS, LEADS, LEADS))
        self.assertEqual(self._query(ACTIVITIES, self.leads), [(LEADS, LEADS)])

    def test_two_nights_at_once(self):
        both = [self._start(NIGHT, 0.5) for _worker in range(2)]
        for worker in both:
            worker.communicate(timeout=240)
        self._finish(self._start(NIGHT, 0))
        self.assertEqual(self._steps()[:2], (LEADS, LEADS))
