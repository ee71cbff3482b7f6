# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from unittest.mock import patch

import psycopg2.errors

from odoo.fields import Domain
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.common.batch.lead_pass import TRIES, LeadPass
from .common import LeadCommon

CURSOR = "crm_lead_management.test_cursor"
GUARD = "odoo.addons.crm_lead_management.models.common.guarded"


@tagged("post_install", "-at_install")
class TestLeadPass(LeadCommon):
    """A pass over many leads ends well, whatever happens on the way."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        skip = cls.env["crm.lead"].with_context(crm_lead_management_skip=True)
        cls.some = skip.create([{"name": f"Pass {n}", "color": 0} for n in range(7)])
        cls.domain = Domain("name", "=like", "Pass %")

    def setUp(self):
        super().setUp()
        self.batches = []

    def _pass(self, handle=None, **options):
        def note(leads):
            self.batches.append(leads.ids)
            leads.color = 7
            result = handle(leads) if handle else None
            return len(leads) if result is None else result

        options = {"cursor": CURSOR, "size": 3, "commit": False, **options}
        return LeadPass(self.env, self.domain, note, **options)

    def _ids(self, *numbers):
        return [self.some[number].id for number in numbers]

    def _position(self):
        return LeadPass.position(self.env, CURSOR)

    # === THE WAY === #

    def test_all_leads_in_batches_by_ascending_id(self):
        leads_pass = self._pass()
        self.assertTrue(leads_pass.run())
        expected = [self._ids(0, 1, 2), self._ids(3, 4, 5), self._ids(6)]
        self.assertEqual(self.batches, expected)
        self.assertEqual((leads_pass.result, leads_pass.done), (7, 7))
        self.assertIsNone(self._position())

    def test_no_leads(self):
        self.domain = Domain("name", "=", "nobody")
        LeadPass.begin(self.env, CURSOR)
        self.assertTrue(self._pass().run())
        self.assertEqual(self.batches, [])
        self.assertIsNone(self._position())

    def test_a_lead_that_cannot_be_handled_is_named_and_the_others_are(self):
        bad = self.some[4]

        def handle(leads):
            if bad in leads:
                raise ValueError("this one")

        with self.assertLogs(GUARD, "ERROR") as logs:
            leads_pass = self._pass(handle)
            self.assertTrue(leads_pass.run())
        self.assertEqual(leads_pass.failed, bad.ids)
        self.assertIn(f"Lead {bad.id} is left out", logs.output[-1])
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual((self.some - bad).mapped("color"), [7] * 6)
        self.assertEqual(bad.color, 0)
        self.assertEqual(leads_pass.result, 6)

    def test_all_leads_are_bad(self):
        def handle(leads):
            raise ValueError("none")

        leads_pass = self._pass(handle)
        with mute_logger(GUARD):
            self.assertTrue(leads_pass.run())
        self.assertEqual(leads_pass.failed, self.some.ids)
        self.assertEqual(set(self.some.mapped("color")), {0})

    def test_a_position_counts_from_the_next_lead(self):
        LeadPass.begin(self.env, CURSOR)
        self.assertEqual(self._position(), 0)
        self.assertEqual(LeadPass.remaining(self.env, self.domain, CURSOR), 7)
        params = self.env["ir.config_parameter"].sudo()
        params.set_param(CURSOR, str(self.some[3].id))
        self.assertEqual(LeadPass.remaining(self.env, self.domain, CURSOR), 3)
        self._pass().run()
        self.assertEqual(self.batches, [self._ids(4, 5, 6)])
        self.assertEqual(LeadPass.remaining(self.env, self.domain, CURSOR), 0)

    def test_one_that_is_begun_anew_meanwhile_begins_anew(self):
        def handle(leads):
            if len(self.batches) == 2:
                # As another process does, after this batch.
                self.rewind = True

        go_to = LeadPass._go_to

        def rewound(leads_pass, lead_id):
            go_to(leads_pass, lead_id)
            if getattr(self, "rewind", False):
                self.rewind = False
                LeadPass.begin(self.env, CURSOR)

        with patch.object(LeadPass, "_go_to", rewound):
            self._pass(handle).run()
        self.assertEqual(len(self.batches), 2 + 3)
        self.assertEqual(self.batches[2], self._ids(0, 1, 2))

    def test_without_a_cursor_it_goes_on_by_itself(self):
        self._pass(cursor=None).run()
        self.assertEqual(len(self.batches), 3)

    # === TRANSACTIONS === #

    def _committing(self, handle, progress=None):
        """Run a pass that commits, as a scheduled job, in the transaction of the test."""
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            env = self.env(cr=cr)
            leads_pass = self._pass(handle)
            leads_pass.env, leads_pass.commit = env, True
            leads_pass.leads = env["crm.lead"]
            cron = type(env["ir.cron"])
            answers = progress or (lambda *args, **kwargs: 100)
            with patch.object(cron, "_commit_progress", answers):
                at_end = leads_pass.run()
        self.env.invalidate_all()
        return leads_pass, at_end

    def test_where_another_transaction_is_in_the_way_it_is_tried_again(self):
        tries = []

        def handle(leads):
            tries.append(leads.ids)
            if len(tries) < TRIES:
                raise psycopg2.errors.SerializationFailure("two at once")

        with self.assertNoLogs(GUARD, "ERROR"):
            leads_pass, at_end = self._committing(handle)
        self.assertTrue(at_end)
        self.assertEqual(tries[:TRIES], [self._ids(0, 1, 2)] * TRIES)
        self.assertEqual(len(tries), TRIES + 2)
        self.assertEqual(leads_pass.result, 7)
        self.assertEqual(set(self.some.mapped("color")), {7})

    def test_what_was_taken_back_is_not_counted(self):
        """Another transaction is in the way when the position is written, the leads are done."""
        go_to, tries = LeadPass._go_to, []

        def fail(leads_pass, lead_id):
            tries.append(lead_id)
            if len(tries) == 1:
                raise psycopg2.errors.SerializationFailure("two at once")
            return go_to(leads_pass, lead_id)

        def handle(leads):
            if self.some[1] in leads:
                raise ValueError("this one")

        with patch.object(LeadPass, "_go_to", fail), mute_logger(GUARD):
            leads_pass, _at_end = self._committing(handle)
        self.assertEqual((leads_pass.result, leads_pass.done), (6, 7))
        self.assertEqual(leads_pass.failed, self.some[1].ids)

    def test_whoever_is_always_in_the_way_is_heard(self):
        def handle(leads):
            raise psycopg2.errors.SerializationFailure("two at once")

        with self.assertRaises(psycopg2.errors.SerializationFailure):
            self._committing(handle)
        self.assertEqual(len(self.batches), TRIES)

    def test_in_a_transaction_of_somebody_elses_nothing_is_tried_again(self):
        def handle(leads):
            raise psycopg2.errors.SerializationFailure("two at once")

        with self.assertRaises(psycopg2.errors.SerializationFailure):
            self._pass(handle).run()
        self.assertEqual(len(self.batches), 1)

    def test_where_the_time_is_over_the_next_run_goes_on(self):
        _pass, at_end = self._committing(None, lambda *args, **kwargs: 0)
        self.assertFalse(at_end)
        self.assertEqual(self.batches, [self._ids(0, 1, 2)])
        self.assertEqual(self._position(), self.some[2].id)
        self._committing(None)
        self.assertEqual(self.batches[1:], [self._ids(3, 4, 5), self._ids(6)])
        self.assertIsNone(self._position())
