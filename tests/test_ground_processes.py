# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import contextlib
import subprocess
from unittest.mock import patch

from odoo.api import SUPERUSER_ID, Environment
from odoo.fields import Domain
from odoo.modules import module
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.common.batch import lead_pass
from ..models.common.batch.lead_pass import LeadPass
from .processes import ProcessCase

GUARD = "odoo.addons.crm_lead_management.models.common.guarded"
PASS = "odoo.addons.crm_lead_management.models.common.batch.lead_pass"
CURSOR = "crm_lead_management.test_cursor"
NAMES = "Ground _ lead"

# Another worker: it has its own memory, and answers each line with the segments of a new lead.
WORKER = """
for line in sys.stdin:
    registry = registry.check_signaling()
    with registry.cursor() as cr:
        env = Environment(cr, user_id, {"tracking_disable": True})
        lead = env["crm.lead"].create({"name": "Ground W lead", "company_size": 9})
        print(json.dumps(lead.segment_ids.mapped("name")), flush=True)
"""


@tagged("post_install", "-at_install")
class TestGroundProcesses(ProcessCase):
    """Transactions at the same time, each really committed: rules, passes, mails."""

    def setUp(self):
        super().setUp()
        self.made = []

    @contextlib.contextmanager
    def _env(self, **context):
        """Lend an environment of a transaction of its own, committed at the end."""
        with self.registry.cursor() as cr:
            yield Environment(cr, SUPERUSER_ID, {"tracking_disable": True, **context})

    def _keep(self, records):
        """Have records removed at the end of the test."""
        self.made.append((records._name, records.ids))
        return records

    def _clean(self, env):
        env["crm.lead"].search([("name", "=like", NAMES)]).unlink()
        for name, ids in reversed(self.made):
            env[name].browse(ids).exists().unlink()
        env["ir.config_parameter"].search([("key", "=", CURSOR)]).unlink()

    def _segment(self, env, name="Ground", domain="[('company_size', '>', 5)]"):
        return self._keep(env["crm.segment"].create({"name": name, "domain": domain}))

    def _lead(self, env, **values):
        values = {"name": "Ground 1 lead", "company_size": 9, **values}
        return env["crm.lead"].create(values)

    def _known(self, env, rule_id):
        """Return the rule as this transaction knows it from memory."""
        rows = env["crm.segment"]._rule_rows()
        return [
            "Ground"
            for row in rows
            if row.id == rule_id and "id" not in repr(row.domain)
        ]

    def _segments(self, env, **values):
        """Return the segments of a new lead."""
        return self._lead(env, **values).segment_ids.mapped("name")

    # === NO STALE RULE AFTER THE COMMIT === #

    def _change(self, rule_id):
        """Return changes of a rule, and what a lead gets afterwards."""
        return (
            (
                lambda env: env["crm.segment"].browse(rule_id).write({"active": False}),
                [],
            ),
            (
                lambda env: env["crm.segment"].browse(rule_id).write({"active": True}),
                ["Ground"],
            ),
            (
                lambda env: env["crm.segment"]
                .browse(rule_id)
                .write({"domain": "[('id', '=', 0)]"}),
                [],
            ),
            (lambda env: env["crm.segment"].browse(rule_id).unlink(), []),
        )

    def test_a_lead_that_comes_in_while_a_rule_is_being_saved(self):
        """Fault 37: in a threaded server; the old rule is read into memory before the commit."""
        with self._env() as env:
            rule = self._segment(env)
            self.assertEqual(self._segments(env), ["Ground"])
        expected = ["Ground"]
        for change, after in self._change(rule.id):
            with self._env() as saving:
                change(saving)
                saving.flush_all()
                with self._env() as meanwhile:
                    self.assertEqual(self._segments(meanwhile), expected)
            with self._env() as later:
                self.assertEqual(self._segments(later), after)
            expected = after

    def test_a_reader_that_began_before_the_change_and_reads_after_it(self):
        """His transaction sees the old rule, also when it fills the memory last."""
        with self._env() as env:
            rule = self._segment(env)
        expected = ["Ground"]
        for change, after in self._change(rule.id):
            with self.registry.cursor() as cr:
                reader = Environment(cr, SUPERUSER_ID, {"tracking_disable": True})
                reader["crm.lead"].search([], limit=1)  # his transaction begins
                with self._env() as saving:
                    change(saving)
                self.registry.clear_cache()
                self.assertEqual(self._known(reader, rule.id), expected)
                # What he left behind is not read by who comes later.
                with self._env() as later:
                    self.assertEqual(self._segments(later), after)
                reader["crm.segment"]._rule_rows()
                cr.rollback()
            with self._env() as later:
                self.assertEqual(self._segments(later), after)
            expected = after

    def test_another_worker_reads_no_stale_rule(self):
        with self._env() as env:
            rule = self._segment(env)
        worker = self._start(WORKER, stdin=subprocess.PIPE)
        self.assertEqual(self._ask(worker), '["Ground"]')
        with self._env() as env:
            env["crm.segment"].browse(rule.id).active = False
        self.assertEqual(self._ask(worker), "[]")
        with self._env() as env:
            env["crm.segment"].browse(rule.id).active = True
        self.registry.signal_changes()
        self.assertEqual(self._ask(worker), '["Ground"]')

    def _ask(self, worker):
        worker.stdin.write("\n")
        worker.stdin.flush()
        return worker.stdout.readline().strip()

    # === A PASS BESIDE OTHERS === #

    def _leads(self, count=5):
        with self._env(crm_lead_management_skip=True) as env:
            values = [{"name": f"Ground {n} lead"} for n in range(count)]
            return env["crm.lead"].create(values).ids

    def _pass(self, env, handle, **options):
        options = {"cursor": CURSOR, "size": 3, **options}
        return LeadPass(env, Domain("name", "=like", NAMES), handle, **options)

    def _colour(self, leads):
        leads.env.cr.execute(
            "UPDATE crm_lead SET color = color + 1 WHERE id = ANY(%s)", [leads.ids]
        )

    def _colours(self):
        query = "SELECT color FROM crm_lead WHERE name LIKE %s ORDER BY id"
        return [color for (color,) in self._query(query, NAMES)]

    def _lock(self, lead_id):
        """Begin to write a lead, in a transaction that the caller ends."""
        cr = self.registry.cursor()
        self.addCleanup(cr.close)
        cr.execute("UPDATE crm_lead SET zip = '1' WHERE id = %s", [lead_id])
        return cr

    @contextlib.contextmanager
    def _impatient(self):
        with patch.object(lead_pass, "PATIENCE", "100ms"), mute_logger("odoo.sql_db"):
            yield

    def test_leads_that_somebody_writes_come_at_the_end(self):
        """Fault 35: one saved lead does not stop the night."""
        ids = self._leads()
        busy, batches = self._lock(ids[1]), []

        def handle(leads):
            batches.append(leads.ids)
            self._colour(leads)
            if ids[-1] in leads.ids:
                busy.commit()  # by the end of the pass he has done

        with self._impatient(), self._env() as env:
            self.assertTrue(self._pass(env, handle).run())
        self.assertEqual(batches[1:], [[ids[0], ids[2]], ids[3:], [ids[1]]])
        self.assertEqual(self._colours(), [1] * 5)

    def test_leads_that_somebody_writes_all_the_time_are_left_out(self):
        ids = self._leads()
        self._lock(ids[1])
        with (
            self._impatient(),
            self._env() as env,
            self.assertLogs(PASS, "WARNING") as logs,
        ):
            self.assertTrue(self._pass(env, self._colour).run())
        self.assertIn(str([ids[1]]), logs.output[0])
        self.assertEqual(self._colours(), [1, 0, 1, 1, 1])

    def test_a_lead_that_was_written_since_the_pass_began(self):
        """The transaction of the pass sees the world of before: it is done again."""
        ids = self._leads()
        written = []

        def handle(leads):
            if not written:
                written.append(ids[1])
                writer = self._lock(ids[1])
                writer.commit()
            self._colour(leads)

        with self._impatient(), self._env() as env, self.assertNoLogs(GUARD, "ERROR"):
            self.assertTrue(self._pass(env, handle).run())
        self.assertEqual(self._colours(), [1] * 5)

    def test_a_pass_that_was_killed_goes_on(self):
        ids = self._leads()

        def handle(leads):
            if ids[-1] in leads.ids:
                raise KeyboardInterrupt
            self._colour(leads)

        with contextlib.suppress(KeyboardInterrupt), self._env() as env:
            self._pass(env, handle).run()
        self.assertEqual(self._colours(), [1, 1, 1, 0, 0])
        with self._env() as env:
            self.assertEqual(LeadPass.position(env, CURSOR), ids[2])
            self.assertTrue(self._pass(env, self._colour).run())
        self.assertEqual(self._colours(), [1] * 5)

    def test_a_pass_that_another_process_begins_anew(self):
        ids, batches = self._leads(), []

        def handle(leads):
            batches.append(leads.ids)
            self._colour(leads)
            if len(batches) == 1:
                LeadPass.begin(leads.env, CURSOR)
            if len(batches) == 2:
                with self._env() as other:
                    LeadPass.begin(other, CURSOR)

        with self._impatient(), self._env() as env:
            self.assertTrue(self._pass(env, handle).run())
        self.assertEqual(batches[-2:], [ids[:3], ids[3:]])
        self.assertTrue(all(self._colours()))

    def test_two_who_begin_at_the_same_moment(self):
        with self._env() as first:
            LeadPass.begin(first, CURSOR)
        with self._env() as first, self._env() as second:
            second["crm.lead"].search([], limit=1)
            LeadPass.begin(first, CURSOR)
            first.cr.commit()
            with mute_logger("odoo.sql_db"), self.assertRaises(lead_pass.REPEATED):
                LeadPass.begin(second, CURSOR)
            second.cr.rollback()

    # === MAILS OF WHAT WAS TAKEN BACK === #

    def _breaking_station(self, env, fail):
        station = type(env["crm.activity.station"])
        patcher = patch.object(station, "_on_created", fail)
        patcher.start()
        self.addCleanup(self.registry.clear_cache)
        self.addCleanup(patcher.stop)
        self.registry.clear_cache()

    def _user(self, env, notification_type):
        group = env.ref("sales_team.group_sale_salesman_all_leads")
        return self._keep(
            env["res.users"].create(
                {
                    "name": "Ground",
                    "login": f"ground_{notification_type}",
                    "email": "ground@mail.example",
                    "notification_type": notification_type,
                    "group_ids": [(4, group.id)],
                }
            )
        )

    def test_the_mail_that_was_taken_back_is_not_sent(self):
        for notification_type in ("email", "inbox"):
            with self.subTest(notification_type):
                self._mail_taken_back(notification_type)

    def _mail_taken_back(self, notification_type):
        sent = []
        with self._env() as env:
            user = self._user(env, notification_type)

        def fail(_station, leads, _state):
            leads = leads.sudo()
            leads.message_notify(
                partner_ids=leads.env["res.users"].browse(user.id).partner_id.ids,
                body="Gone",
                subject="Gone",
            )
            raise RuntimeError("broken")

        send = self.registry["mail.mail"].send

        def note(self, *args, **kwargs):
            sent.append(self.ids)
            return send(self, *args, **kwargs)

        with self._env() as env:
            self._breaking_station(env, fail)
            with (
                patch.object(self.registry["mail.mail"], "send", note),
                # While tests run, Odoo sends at once.
                patch.object(module, "current_test", None),
                mute_logger(GUARD),
            ):
                lead = self._lead(env, name=f"Ground {notification_type[0]} lead")
                env.cr.commit()
        self.assertEqual(sent, [])
        found = self._query("SELECT name FROM crm_lead WHERE id = %s", lead.id)
        self.assertEqual(len(found), 1)
        query = "SELECT count(*) FROM mail_message WHERE res_id = %s AND body LIKE %s"
        self.assertEqual(self._query(query, lead.id, "%Gone%"), [(0,)])
        query = "SELECT count(*) FROM bus_bus WHERE message LIKE %s"
        self.assertEqual(self._query(query, "%Gone%"), [(0,)])

    def test_a_mail_that_is_gone_by_the_time_it_is_sent(self):
        """The queue was faster: the commit does not fail, and what comes after it runs."""
        ran = []
        with self._env() as env:
            lead = self._lead(env)
            mail = env["mail.mail"].create(
                {
                    "model": "crm.lead",
                    "res_id": lead.id,
                    "subject": "S",
                    "body_html": "<p>B</p>",
                    "email_to": "ann@mail.example",
                    "state": "outgoing",
                }
            )
            env.cr.commit()
            env.cr.postcommit.add(mail.send)
            env.cr.postcommit.add(lambda: ran.append(True))
            with self._env() as queue:
                queue["mail.mail"].browse(mail.id).unlink()
            env.cr.commit()
        self.assertEqual(ran, [True])
