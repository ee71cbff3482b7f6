# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import json
import subprocess
import sys

from odoo.api import SUPERUSER_ID, Environment
from odoo.exceptions import UserError
from odoo.tests import get_db_name, tagged

from ..processes import HEAD, ProcessCase
from .common import ScoringCommon

# Publishes a scorecard as the web client does, and is slow about it.
PUBLISH = """
from odoo.exceptions import UserError
from odoo.service.model import retrying

card_id, seen = given
card = env["crm.scorecard"].with_context(crm_scorecard_replaces=seen).browse(card_id)

def publish():
    card.action_publish()
    env.flush_all()
    time.sleep(1.5)

print("ready", flush=True)
sys.stdin.readline()
try:
    retrying(publish, env)
    print("published")
except UserError as error:
    print("refused:", error)
"""
SENTENCE = "decide which of the two shall be live"
CURSOR = "crm_lead_management.score_cursor"


@tagged("post_install", "-at_install")
class TestPublishProcesses(ProcessCase):
    """Two admins publish two scorecards at the same moment, each in a process of its own."""

    def setUp(self):
        super().setUp()
        self.before, self.cards = [], []
        with self.registry.cursor() as cr:
            env = Environment(cr, SUPERUSER_ID, {"tracking_disable": True})
            self.before = self._live(env).ids
            self._set_state(env, self.before, "draft")
            cards = env["crm.scorecard"].create(
                [{"name": f"Of admin {number}"} for number in (1, 2)]
                + [{"name": "Former"}]
            )
            self.cards = cards.ids
        self.registry.signal_changes()

    def _clean(self, env):
        env["crm.scorecard"].browse(self.cards).exists().unlink()
        self._set_state(env, self.before, "live")
        env["ir.config_parameter"].search([("key", "=", CURSOR)]).unlink()
        cron = env.ref("crm_lead_management.ir_cron_score")
        env["ir.cron.trigger"].search([("cron_id", "=", cron.id)]).unlink()

    def _live(self, env):
        domain = [("state", "=", "live"), ("company_id", "=", False)]
        return env["crm.scorecard"].search(domain)

    def _set_state(self, env, ids, state):
        """Change the state of scorecards, and nothing else of what comes with it."""
        env.flush_all()
        env.cr.execute(
            "UPDATE crm_scorecard SET state = %s WHERE id = ANY(%s)", [state, ids]
        )
        env.invalidate_all()
        env.registry.clear_cache()

    def _publish_both(self, seen):
        """Return what the two admins are told, those who succeeded last."""
        processes = []
        for card_id in self.cards[:2]:
            options = ["--no-http", *self._options()]
            given = [options, get_db_name(), SUPERUSER_ID, card_id, seen]
            command = [sys.executable, "-c", HEAD + PUBLISH, json.dumps(given)]
            processes.append(self._popen(command, stdin=subprocess.PIPE))
        for process in processes:
            self.assertEqual(process.stdout.readline(), "ready\n")
        for process in processes:
            process.stdin.write("\n")
            process.stdin.flush()
        told = []
        for process in processes:
            output, errors = process.communicate(timeout=120)
            self.assertEqual(process.returncode, 0, errors)
            told.append(output.strip())
        return sorted(told, reverse=True)

    def _check(self, told):
        self.assertIn("refused", told[0])
        self.assertIn(SENTENCE, told[0])
        self.assertEqual(told[1], "published")
        with self.registry.cursor() as cr:
            live = self._live(Environment(cr, SUPERUSER_ID, {}))
            self.assertEqual(len(live), 1)
            self.assertIn(live.id, self.cards[:2])

    def test_nothing_was_live(self):
        self._check(self._publish_both(False))

    def test_one_was_live(self):
        with self.registry.cursor() as cr:
            env = Environment(cr, SUPERUSER_ID, {})
            env["crm.scorecard"].browse(self.cards[2]).state = "live"
        self.registry.signal_changes()
        self._check(self._publish_both(self.cards[2]))


@tagged("post_install", "-at_install")
class TestPublishStale(ScoringCommon):
    """A page that was opened before somebody else published."""

    def test_another_one_is_live_by_now(self):
        first = self._make_scorecard(state="draft")
        second = self._make_scorecard(state="draft", name="Second")
        self.assertFalse(first.replaces_id)
        second.action_publish()
        first.invalidate_recordset()
        self.assertEqual(first.replaces_id, second)
        with self.assertRaisesRegex(UserError, SENTENCE):
            first.with_context(crm_scorecard_replaces=False).action_publish()
        self.assertEqual((first.state, second.state), ("draft", "live"))
        first.with_context(crm_scorecard_replaces=second.id).action_publish()
        self.assertEqual((first.state, second.state), ("live", "retired"))
        second.action_publish()
        self.assertEqual((first.state, second.state), ("retired", "live"))
