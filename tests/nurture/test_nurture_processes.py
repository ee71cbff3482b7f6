# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta

from odoo import fields
from odoo.api import SUPERUSER_ID, Environment
from odoo.tests import tagged

from ..processes import ProcessCase

LEADS, BATCH = 60, 10
# Runs the clock as the scheduler does, in small batches, with a pause in each before the
# commit: the messages are in the queue by then, and not committed.
CLOCK = """
from odoo.addons.crm_lead_management.models.nurture.running import runner
batch, pause = given
type(env["crm.nurture.enrollment"])._queue_batch = batch
ended = runner.Runner.run
def slowly(self, *args):
    result = ended(self, *args)
    env.flush_all()
    time.sleep(pause)
    return result
runner.Runner.run = slowly
env["crm.nurture.engine"]._cron_run()
cr.commit()
"""
SENT = """
    SELECT count(*), count(DISTINCT enrollment_id), count(mail_message_id)
      FROM crm_nurture_delivery WHERE enrollment_id = ANY(%s)
"""
MAILS = (
    "SELECT count(*), count(DISTINCT res_id) FROM mail_mail JOIN mail_message ON"
    " mail_message.id = mail_message_id WHERE model = 'crm.lead' AND res_id = ANY(%s)"
)


@tagged("post_install", "-at_install")
class TestNurtureProcesses(ProcessCase):
    """Each step goes exactly once: killed, started again, two at once, again and again."""

    def setUp(self):
        super().setUp()
        with self.registry.cursor() as cr:
            env = Environment(cr, SUPERUSER_ID, {"tracking_disable": True})
            self._set_up(env)
        self.registry.signal_changes()

    def _set_up(self, env):
        mail = env["mail.template"].create(
            {
                "name": "Nurture process",
                "model_id": env["ir.model"]._get_id("crm.lead"),
                "subject": "Hello",
                "body_html": "<p>Hello</p>",
                "use_default_to": True,
            }
        )
        template = env["crm.message.template"].create(
            {"name": "Nurture process", "purpose": "other", "mail_template_id": mail.id}
        )
        track = env["crm.nurture.track"].create(
            {
                "name": "Nurture process",
                "state": "live",
                "late_days": 9999,
                "step_ids": [
                    (0, 0, {"template_id": template.id, "channel": "email"}),
                ],
            }
        )
        leads = (
            env["crm.lead"]
            .with_context(crm_lead_management_skip=True)
            .create(
                [
                    {
                        "name": f"Nurture process {number}",
                        "email_from": f"process.{number}@ex.example",
                        "user_id": env.ref("base.user_admin").id,
                    }
                    for number in range(LEADS)
                ]
            )
        )
        env.company.message_calendar_id = False
        made, refused = env["crm.nurture.engine"]._enroll(leads, track)
        assert len(made) == LEADS, refused
        made.next_on = fields.Datetime.now() - timedelta(hours=1)
        self.leads, self.ones = leads.ids, made.ids

    def _clean(self, env):
        named = [("name", "=like", "Nurture process%")]
        env["mail.mail"].search(
            [("model", "=", "crm.lead"), ("res_id", "in", self.leads)]
        ).unlink()
        env["crm.lead"].search(named).unlink()
        env["crm.nurture.track"].search(named).unlink()
        env["crm.message.template"].search(named).unlink()
        env["mail.template"].search(named).unlink()
        names = ("ir_cron_message_queue", "ir_cron_nurture_enter")
        for name in names:
            env.ref(f"crm_lead_management.{name}").active = False

    def _sent(self):
        return self._query(SENT, self.ones)[0]

    def test_killed_and_started_again_and_twice(self):
        killed = self._start(CLOCK, BATCH, 0.4)
        self.assertTrue(self._wait(lambda: self._sent()[0]))
        self._stop(killed)
        done = self._sent()[0]
        self.assertGreater(done, 0)
        self.assertLess(done, LEADS, "it was killed too late to show anything")
        self.assertEqual(done % BATCH, 0, "whole batches, never a part of one")
        for _again in range(2):
            self._finish(self._start(CLOCK, LEADS, 0))
            self.assertEqual(self._sent(), (LEADS, LEADS, LEADS))
            self.assertEqual(self._query(MAILS, self.leads), [(LEADS, LEADS)])

    def test_two_at_once(self):
        both = [self._start(CLOCK, BATCH, 0.1) for _worker in range(2)]
        for worker in both:
            self._finish(worker)
        self._finish(self._start(CLOCK, LEADS, 0))
        self.assertEqual(self._sent(), (LEADS, LEADS, LEADS))
        self.assertEqual(self._query(MAILS, self.leads), [(LEADS, LEADS)])
