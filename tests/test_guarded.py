# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import psycopg2
import psycopg2.errors

from odoo.exceptions import ConcurrencyError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.common.guarded import guarded
from .common import LeadCommon

LOGGER = "odoo.addons.crm_lead_management.models.common.guarded"
TOO_MUCH = 10**12  # does not fit into the column: only the database says so


@tagged("post_install", "-at_install")
class TestGuarded(LeadCommon):
    """What fails is as if it had never begun, and what was there before is still there."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lead = cls._make_lead(city="Before")
        cls.env.flush_all()

    def setUp(self):
        super().setUp()
        # The queues of the test's own transaction, as a request has them at its beginning.
        for queue in (self.cr.precommit, self.cr.postcommit):
            queue.clear()
            self.addCleanup(queue.clear)
        self.ran = []

    def _stored(self, name="city"):
        self.env.flush_all()
        self.cr.execute(f"SELECT {name} FROM crm_lead WHERE id = %s", [self.lead.id])
        return self.cr.fetchone()[0]

    def _fail(self, error=None):
        raise error or RuntimeError("broken")

    def test_what_succeeds_stays(self):
        with self.assertNoLogs(LOGGER), guarded(self.env, "Not reached") as attempt:
            self.lead.city = "Inside"
        self.assertIsNone(attempt.error)
        self.assertEqual(self._stored(), "Inside")

    def test_what_fails_is_taken_back_and_logged(self):
        with (
            self.assertLogs(LOGGER, "ERROR") as logs,
            guarded(self.env, "Lead %s is left out", 7) as attempt,
        ):
            self.lead.city = "Inside"
            self.env.flush_all()
            self.lead.city = "In memory"
            self._fail()
        self.assertIsInstance(attempt.error, RuntimeError)
        self.assertIn("Lead 7 is left out", logs.output[0])
        self.assertIn("Traceback", logs.output[0])
        self.assertEqual(self.lead.city, "Before")
        self.assertEqual(self._stored(), "Before")

    def test_what_fails_when_it_is_written_is_taken_back(self):
        """The last changes wait in memory until the end: that is inside, too."""
        with mute_logger(LOGGER), guarded(self.env, "Broken") as attempt:
            self.lead.city = "Inside"
            self.lead.company_size = TOO_MUCH
        self.assertIsInstance(attempt.error, psycopg2.DataError)
        self.assertEqual(self._stored(), "Before")

    def test_what_waits_is_written_outside(self):
        self.lead.city = "Typed"
        with mute_logger(LOGGER), guarded(self.env, "Broken"):
            self._fail()
        self.assertEqual(self._stored(), "Typed")
        self.cr.execute("SAVEPOINT typed")
        self.lead.company_size = TOO_MUCH
        try:
            with mute_logger("odoo.sql_db"), guarded(self.env, "Not reached"):
                self.fail("What cannot be written is for the caller to hear, before")
        except psycopg2.DataError:
            self.env.transaction.clear()
            self.cr.execute("ROLLBACK TO SAVEPOINT typed")
        else:
            self.fail("It was swallowed")

    def test_an_expected_error_is_no_fault_of_ours(self):
        error = UserError("no")
        with (
            self.assertNoLogs(LOGGER, "ERROR"),
            guarded(self.env, "Plan %s", 3, expected=(UserError,)) as attempt,
        ):
            self.lead.city = "Inside"
            self._fail(error)
        self.assertIs(attempt.error, error)
        self.assertEqual(self._stored(), "Before")
        with (
            self.assertLogs(LOGGER, "ERROR"),
            guarded(self.env, "Plan %s", 3, expected=(UserError,)),
        ):
            self._fail(KeyError("other"))

    def test_errors_that_odoo_repeats_go_through(self):
        for error in (
            psycopg2.errors.SerializationFailure("two at once"),
            psycopg2.errors.LockNotAvailable("locked"),
            psycopg2.OperationalError("connection lost"),
            ConcurrencyError("again"),
            KeyboardInterrupt(),
        ):
            with (
                self.assertNoLogs(LOGGER),
                self.assertRaises(type(error)),
                guarded(self.env, "Not said"),
            ):
                self.lead.city = "Inside"
                self._fail(error)
            self.assertEqual(self._stored(), "Before")

    def test_nested(self):
        with mute_logger(LOGGER), guarded(self.env, "Outer") as outer:
            self.lead.city = "Outer"
            with guarded(self.env, "Inner") as inner:
                self.lead.city = "Inner"
                self._fail()
            self.lead.zip = "1000"
        self.assertTrue(inner.error)
        self.assertFalse(outer.error)
        self.assertEqual((self._stored(), self._stored("zip")), ("Outer", "1000"))
        with mute_logger(LOGGER), guarded(self.env, "Outer") as outer:
            with guarded(self.env, "Inner") as inner:
                self.lead.city = "Inner"
            self._fail()
        self.assertFalse(inner.error)
        self.assertTrue(outer.error)
        self.assertEqual(self._stored(), "Outer")

    # === WORK THAT WAS PUT OFF === #

    def _note(self, name):
        return lambda: self.ran.append(name)

    def test_work_put_off_inside_is_taken_back_what_was_before_stays(self):
        for queue in (self.cr.precommit, self.cr.postcommit):
            with self.subTest(queue=queue):
                self.ran.clear()
                queue.data["tracking"] = {"lead": {7: {"city": "Before"}}, "ids": [1]}
                queue.data["channels"] = {"one"}
                queue.add(self._note("before"))
                with mute_logger(LOGGER), guarded(self.env, "Broken"):
                    queue.add(self._note("inside"))
                    queue.data["tracking"]["lead"][7]["zip"] = "1000"
                    queue.data["tracking"]["ids"].append(2)
                    queue.data["channels"].add("two")
                    queue.data["new"] = 1
                    self._fail()
                self.assertEqual(
                    queue.data,
                    {
                        "tracking": {"lead": {7: {"city": "Before"}}, "ids": [1]},
                        "channels": {"one"},
                    },
                )
                queue.add(self._note("after"))
                queue.run()
                self.assertEqual(self.ran, ["before", "after"])

    def test_work_of_before_that_ran_inside_is_due_again(self):
        """Whoever makes a savepoint of Odoo's inside runs it; what it did is taken back."""
        self.cr.precommit.add(lambda: setattr(self.lead, "city", "Computed"))
        with mute_logger(LOGGER), guarded(self.env, "Broken"):
            with self.cr.savepoint():
                self.assertEqual(self.lead.city, "Computed")
            self._fail()
        self.assertEqual(self._stored(), "Before")
        self.cr.precommit.run()
        self.assertEqual(self._stored(), "Computed")

    def test_a_savepoint_of_somebody_elses_is_rolled_back_inside(self):
        with mute_logger(LOGGER), guarded(self.env, "Broken") as attempt:
            self.lead.city = "Inside"
            with self.assertRaises(KeyError), self.cr.savepoint():
                self.lead.city = "Theirs"
                raise KeyError
            self.lead.zip = "1000"
        self.assertFalse(attempt.error)
        self.assertEqual((self._stored(), self._stored("zip")), ("Inside", "1000"))

    def test_work_put_off_inside_what_succeeds_is_done(self):
        with guarded(self.env, "Not reached"):
            self.cr.precommit.add(self._note("inside"))
            with mute_logger(LOGGER), guarded(self.env, "Inner"):
                self.cr.precommit.add(self._note("inner"))
                self._fail()
        self.cr.precommit.run()
        self.assertEqual(self.ran, ["inside"])
