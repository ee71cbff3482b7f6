# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import datetime

from freezegun import freeze_time

from odoo.tools import SQL

from ..common import LeadCommon

# A Thursday, after the clocks changed in Berlin (29 March).
NOW = datetime(2026, 4, 2, 10, 0)


class InsightCase(LeadCommon):
    """A story of 60 leads, written by hand, of a company in Berlin.

    ::

        leads  came in (Berlin)    owner      what became of them
        -------------------------------------------------------------------------------------
        10  A  10 Feb              seller     passed, complete, grade 5, MQL; 4 won on 5 March
        10  B  3 March             seller     open questions, grade 3
         8  C  29 March 00:30      colleague  failed, grade 1; 3 lost on 30 March
         6  D  31 March 23:30      colleague  passed, complete, grade 4
         6  E  30 March (letterbox; entered on 1 April)  nobody, no team
        10  F  1 April             all, South grade 2
        10  G  5 Nov 2025          seller     passed, grade 2; 2 won on 31 March
    """

    QUIET_MODELS = (
        *LeadCommon.QUIET_MODELS,
        "crm.followup.policy",
        "crm.followup.duty",
        "crm.nurture.track",
    )
    TZ = "Europe/Berlin"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Insight = cls.env["crm.insight"]
        cls.company.resource_calendar_id = cls.env["resource.calendar"].create(
            {"name": "Office", "tz": cls.TZ}
        )
        cls.env["crm.lead"].with_context(active_test=False).search([]).unlink()
        with freeze_time(NOW):
            cls._tell()

    def setUp(self):
        super().setUp()
        freezer = freeze_time(NOW)
        freezer.start()
        self.addCleanup(freezer.stop)

    # === THE STORY === #

    @classmethod
    def _tell(cls):
        cls.won = cls.env["crm.stage"].search([("is_won", "=", True)], limit=1)
        cls.reason = cls.env["crm.lost.reason"].create({"name": "Too dear"})
        north, south = cls.team_north, cls.team_south
        cls.a = cls._some(
            10, "2026-02-10 09:00", cls.user_seller, north, "passed", 90, 5, mql=True
        )
        cls.b = cls._some(10, "2026-03-03 09:00", cls.user_seller, north, "open", 50, 3)
        cls.c = cls._some(
            8, "2026-03-28 23:30", cls.user_colleague, north, "failed", 40, 1
        )
        cls.d = cls._some(
            6, "2026-03-31 21:30", cls.user_colleague, north, "passed", 85, 4
        )
        cls.e = cls._some(6, "2026-04-01 08:00", None, None, "open", 10, 0)
        cls.f = cls._some(10, "2026-04-01 09:00", cls.user_all, south, "open", 20, 2)
        cls.g = cls._some(
            10, "2025-11-05 09:00", cls.user_seller, north, "passed", 70, 2
        )
        cls._set(cls.e, received_on="2026-03-30 10:00")
        cls._close(cls.a[:4], "2026-03-05 12:00", 1000)
        cls._close(cls.g[:2], "2026-03-31 12:00", 500)
        cls._lose(cls.c[:3], "2026-03-30 12:00")
        cls._answer()

    @classmethod
    def _some(cls, count, created, user, team, state, complete, grade, mql=False):
        leads = cls._make_leads(
            count,
            type="opportunity",
            user_id=user.id if user else False,
            team_id=team.id if team else False,
        )
        if not user:
            leads.user_id = False
        cls._set(
            leads,
            create_date=created,
            qualification_state=state,
            info_completeness=complete,
            lead_grade=grade,
            is_mql=mql,
        )
        return leads

    @classmethod
    def _set(cls, records, **values):
        """Write what only engines write, or nobody."""
        records.flush_recordset()
        pairs = SQL(", ").join(
            SQL("%s = %s", SQL.identifier(name), value)
            for name, value in values.items()
        )
        cls.env.cr.execute(
            SQL(
                "UPDATE %s SET %s WHERE id = ANY(%s)",
                SQL.identifier(records._table),
                pairs,
                records.ids,
            )
        )
        records.invalidate_recordset()

    @classmethod
    def _close(cls, leads, moment, amount):
        leads.write({"stage_id": cls.won.id, "expected_revenue": amount})
        cls._set(leads, date_closed=moment)

    @classmethod
    def _lose(cls, leads, moment):
        leads.action_set_lost(lost_reason_id=cls.reason.id)
        cls._set(leads, date_closed=moment)

    @classmethod
    def _answer(cls):
        """Of 10 leads B 6 were answered in time, 2 late after 3 hours, 2 never."""
        cls._set(cls.b, response_deadline="2026-03-03 11:00")
        cls._set(cls.b[:6], first_response_on="2026-03-03 10:00")
        cls._set(cls.b[6:8], first_response_on="2026-03-03 12:00")

    # === ASKING === #

    def _figures(self, kind, day, user=None, **options):
        Insight = self.Insight.with_user(user or self.user_manager)
        return Insight._figures(kind, day, self.company, **options)
