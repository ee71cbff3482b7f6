# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import datetime

from freezegun import freeze_time

from odoo.tests import tagged

from .common import FollowupCase


def at(day, hour, minute=0):
    """Return a moment of the week, UTC; in Brussels it is an hour later."""
    return datetime(2026, 3, day, hour, minute)


@tagged("post_install", "-at_install")
class TestFollowupWeek(FollowupCase):
    """A week with a frozen clock: the ledger equals a table written by hand."""

    def test_a_week(self):
        self.env["crm.followup.duty"].create(
            [
                {"code": "welcome", "who": "leader", "minutes": 60},
                {"code": "needs_call", "who": "owner", "minutes": 480},
                {"code": "offer", "who": "owner", "minutes": 960},
                {"code": "care", "who": "owner", "minutes": 2400},
            ]
        )
        north = {"team_id": self.team_north.id}
        # Monday: three come in. The clock finds them.
        ann = self._lead_at(at(2, 8), name="Ann", **north)
        ben = self._lead_at(at(2, 8), name="Ben", **north)
        cem = self._lead_at(at(2, 9), name="Cem", **north)
        self._cron(at(2, 9, 10))
        # The leader welcomes two of them in time, one late.
        by_mail = {"kind": "email", "direction": "out", "outcome": None}
        self._touch(ann, at(2, 9, 30), **by_mail)
        self._touch(ben, at(2, 10), **by_mail)
        self._touch(cem, at(2, 11), **by_mail)
        # Ann is called in time; Ben does not answer, then on Wednesday; Cem is silent.
        self._touch(ann, at(2, 14))
        self._touch(ben, at(3, 8), "call", "internal", "no_answer")
        self._touch(ben, at(4, 9))
        # Tuesday to Friday the seller is away: a colleague stands in.
        member = self.user_seller.crm_team_member_ids
        member.routing_substitute_id = self.user_colleague
        self.user_seller.out_of_office_from = at(4, 18)
        self.user_seller.out_of_office_to = at(9, 7)
        self._cron(at(5, 7))
        # Ann writes by herself, out of her office Ben's machine does: that moves nothing.
        self._touch(ben, at(5, 8), "email", "in", None, is_human=False)
        self._touch(ann, at(5, 9), "email", "in", None)
        self._touch(ann, at(5, 13), **by_mail)
        # Friday: Ann buys, Cem is dropped.
        with freeze_time(at(6, 10)):
            ann.action_set_won()
            cem.action_set_lost()
        self._cron(at(6, 11))
        rows = self.Step.search([("lead_id", "in", (ann | ben | cem).ids)])
        rows = rows.sorted(lambda one: (one.lead_id.name, one.planned_on, one.duty))
        found = [
            (
                row.lead_id.name,
                row.duty,
                row.user_id.login.removeprefix("lead_"),
                row.acting_user_id.login
                and row.acting_user_id.login.removeprefix("lead_"),
                row.due_on.strftime("%a %H:%M"),
                row.state,
                row.done_on and row.done_on.strftime("%a %H:%M"),
            )
            for row in rows
        ]
        self.maxDiff = None
        self.assertEqual(found, WEEK)


# Lead, step, responsible, in his place, until (UTC), what became of it, and when.
# Ann: welcomed and called in time; her answer waited while the seller was away; the offer was
# never made. Ben: called a day late. Cem: welcomed late, never called.
WEEK = [
    ("Ann", "welcome", "manager", False, "Mon 10:10", "done", "Mon 09:30"),
    ("Ann", "needs_call", "seller", False, "Tue 09:30", "done", "Mon 14:00"),
    ("Ann", "touch", "seller", False, "Thu 16:00", "done", "Mon 14:00"),
    ("Ann", "offer", "seller", "colleague", "Wed 14:00", "missed", False),
    ("Ann", "touch", "seller", "colleague", "Mon 16:00", "done", "Thu 13:00"),
    ("Ann", "answer", "seller", False, "Fri 09:00", "done", "Thu 13:00"),
    ("Ann", "touch", "seller", False, "Mon 16:00", "cancelled", False),
    ("Ann", "care", "seller", False, "Fri 10:00", "planned", False),
    ("Ben", "welcome", "manager", False, "Mon 10:10", "done", "Mon 10:00"),
    ("Ben", "needs_call", "seller", False, "Tue 10:00", "late", "Wed 09:00"),
    ("Ben", "touch", "seller", False, "Thu 16:00", "done", "Tue 08:00"),
    ("Ben", "touch", "seller", False, "Fri 16:00", "done", "Wed 09:00"),
    ("Ben", "offer", "seller", "colleague", "Fri 09:00", "planned", False),
    ("Ben", "touch", "seller", False, "Mon 16:00", "planned", False),
    ("Cem", "welcome", "manager", False, "Mon 10:00", "late", "Mon 11:00"),
    ("Cem", "needs_call", "seller", "colleague", "Tue 11:00", "missed", False),
    ("Cem", "touch", "seller", "colleague", "Thu 16:00", "missed", False),
]
