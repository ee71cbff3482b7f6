# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import subprocess

from odoo.api import SUPERUSER_ID, Environment
from odoo.tests import tagged

from ..processes import ProcessCase

NAMES = "At once _ lead"

# Somebody with a selection before him: says so, waits for a line, sends, commits.
SENDER = """
import psycopg2
template_id, lead_id, dies = given
env = env(user=env.ref("base.user_admin").id)
batch = env["crm.message.batch"].create(
    {"lead_ids": [(6, 0, [lead_id])], "template_id": template_id, "channel": "email"}
)
batch.action_plan()
print(batch.line_ids.state, flush=True)
sys.stdin.readline()
try:
    batch.action_send()
    env.flush_all()
    said = batch.line_ids.state
    if not dies:
        cr.commit()
except psycopg2.OperationalError:
    said = "once more"
print(said, flush=True)
sys.stdin.readline()
"""


@tagged("post_install", "-at_install")
class TestAtOnce(ProcessCase):
    """Two people who send at once, and a server that stops: each really committed."""

    def setUp(self):
        super().setUp()
        with self.registry.cursor() as cr:
            env = Environment(cr, SUPERUSER_ID, {"tracking_disable": True})
            mail = env["mail.template"].create(
                {
                    "name": "At once",
                    "model_id": env["ir.model"]._get_id("crm.lead"),
                    "subject": "Hello",
                    "body_html": "<p>Hello</p>",
                    "use_default_to": True,
                }
            )
            template = env["crm.message.template"].create(
                {"name": "At once", "mail_template_id": mail.id, "repeat_days": 7}
            )
            lead = env["crm.lead"].create(
                {"name": "At once 1 lead", "email_from": "once@x.example"}
            )
            self.mail, self.template, self.lead = mail.id, template.id, lead.id

    def _clean(self, env):
        leads = env["crm.lead"].search([("name", "=like", NAMES)])
        about = [("model", "=", "crm.lead"), ("res_id", "in", leads.ids)]
        env["mail.mail"].search(about).unlink()
        leads.unlink()
        env["crm.message.claim"]._gc_claims()
        self.assertFalse(env["crm.message.claim"].search([("id", "=", self.lead)]))
        env["crm.message.batch"].search([("template_id", "=", self.template)]).unlink()
        env["crm.message.template"].browse(self.template).unlink()
        env["mail.template"].browse(self.mail).unlink()

    def _sender(self, dies=False):
        process = self._start(
            SENDER, self.template, self.lead, dies, stdin=subprocess.PIPE
        )
        self.assertEqual(process.stdout.readline().strip(), "ready")
        return process

    def _go(self, *processes):
        for process in processes:
            process.stdin.write("\n")
            process.stdin.flush()
        return [process.stdout.readline().strip() for process in processes]

    def _queued(self):
        """Return what waits for the lead, with the direction of its record."""
        return self._query(
            "SELECT mail.state, touch.direction FROM mail_mail AS mail"
            " JOIN mail_message AS message ON message.id = mail.mail_message_id"
            " LEFT JOIN crm_touchpoint AS touch ON touch.mail_message_id = message.id"
            " WHERE message.model = 'crm.lead' AND message.res_id = %s",
            self.lead,
        )

    def test_two_people_write_to_one_lead(self):
        """C: limits and repeats were judged by what neither had sent yet."""
        said = self._go(self._sender(), self._sender())
        # Odoo tries the second one's request once more.
        self.assertEqual(sorted(said), ["once more", "queued"])
        self.assertEqual(self._queued(), [("outgoing", "out")])

    def test_two_people_write_to_a_lead_that_was_written_to_before(self):
        with self.registry.cursor() as cr:
            cr.execute("INSERT INTO crm_message_claim (id) VALUES (%s)", [self.lead])
        said = self._go(self._sender(), self._sender())
        self.assertEqual(sorted(said), ["once more", "queued"])
        self.assertEqual(self._queued(), [("outgoing", "out")])

    def test_a_server_that_stops_while_it_queues(self):
        """Bad input: nothing is half there, and whoever comes next sends."""
        process = self._sender(dies=True)
        self.assertEqual(self._go(process), ["queued"])
        self._stop(process)
        self.assertEqual(self._queued(), [])
        self.assertEqual(self._go(self._sender()), ["queued"])
        # And one that stops afterwards leaves the mail in the queue, with its record.
        self.assertEqual(self._queued(), [("outgoing", "out")])
