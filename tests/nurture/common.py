# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import datetime, timedelta
from unittest.mock import patch

from freezegun import freeze_time

from ..message.common import MessageCommon

# A Monday; what is created is created then.
MONDAY = datetime(2026, 3, 2, 8, 0)


class NurtureCase(MessageCommon):
    """A live track of three e-mails, on the days 0, 3 and 10, and the leads of the message room.

    Mails leave when ``_mails_leave()`` is called: until then they are in Odoo's queue.
    """

    QUIET_MODELS = (
        *MessageCommon.QUIET_MODELS,
        "crm.followup.policy",
        "crm.followup.duty",
        "crm.nurture.track",
    )

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.message_calendar_id = False
        cls.engine = cls.env["crm.nurture.engine"]
        cls.second = cls._make_message(name="Second")
        cls.third = cls._make_message(name="Third")
        cls.track = cls._track(
            [
                {"days": 0, "template_id": cls.message.id, "channel": "email"},
                {"days": 3, "template_id": cls.second.id, "channel": "email"},
                {"days": 7, "template_id": cls.third.id, "channel": "email"},
            ]
        )

    @classmethod
    def _track(cls, steps, **values):
        """Create a live track of steps in this order; they are messages where nothing is said."""
        return cls.env["crm.nurture.track"].create(
            {
                "name": "Welcome",
                "entry": "hand",
                "state": "live",
                "step_ids": [
                    (0, 0, {"sequence": place * 10, "kind": "message", **step})
                    for place, step in enumerate(steps, start=1)
                ],
                **values,
            }
        )

    def setUp(self):
        super().setUp()
        # Each time the clock runs is one of its own; the test takes it all back.
        progress = patch.object(
            type(self.env["ir.cron"]), "_commit_progress", return_value=1
        )
        progress.start()
        self.addCleanup(progress.stop)

    def _enroll(self, lead, track=None, moment=MONDAY):
        """Have one lead enter; return where it is in the track."""
        with freeze_time(moment):
            made, refused = self.engine._enroll(lead, track or self.track)
        self.assertFalse(refused)
        return made

    def _run(self, moment, enter=False):
        """Have the clock run at a moment; mails stay in the queue."""
        with freeze_time(moment):
            if enter:
                self.engine._cron_enter()
            self.engine._cron_run()

    def _mails_leave(self, moment, failure=None):
        """Have what is in Odoo's mail queue leave."""
        with freeze_time(moment), self.mock_mail():
            mails = self.env["mail.mail"].search([("state", "=", "outgoing")])
            if failure:
                mails.write(
                    {
                        "state": "exception",
                        "failure_type": failure,
                        "failure_reason": "x",
                    }
                )
                mails._postprocess_sent_message([], [], failure_type=failure)
            else:
                mails.write({"state": "sent"})
                mails._postprocess_sent_message([], [])

    def mock_mail(self):
        return patch.object(
            type(self.env["ir.mail_server"]), "send_email", lambda *a, **k: "sent"
        )

    def _go(self, moment):
        """Have what is due go, leave, and be known to have left."""
        self._run(moment)
        self._mails_leave(moment)
        self._run(moment)

    def _answer(self, lead, moment, kind="email", **values):
        """Record that a lead wrote."""
        with freeze_time(moment):
            return self.env["crm.touchpoint"]._record(
                [
                    {
                        "lead_id": lead.id,
                        "kind": kind,
                        "direction": "in",
                        "is_human": True,
                        "occurred_on": moment,
                        **values,
                    }
                ]
            )

    def _states(self, enrollment):
        """Return what became of the steps, in their order."""
        rows = enrollment.delivery_ids.sorted("id")
        return [row.state for row in rows]

    @staticmethod
    def day(number, hours=0):
        """Return a moment so many days after Monday."""
        return MONDAY + timedelta(days=number, hours=hours)
