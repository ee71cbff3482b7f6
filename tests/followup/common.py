# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import datetime
from unittest.mock import patch

from freezegun import freeze_time

from ..common import LeadCommon

# A Monday; what is created is created then.
MONDAY = datetime(2026, 3, 2, 8, 0)


class FollowupCase(LeadCommon):
    """Leads with a policy of 3 days and 50 %, people who work from 9 to 17 in Brussels."""

    QUIET_MODELS = (
        *LeadCommon.QUIET_MODELS,
        "crm.followup.policy",
        "crm.followup.duty",
    )
    TZ = "Europe/Brussels"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.calendar = cls._calendar(cls.TZ)
        cls.company.resource_calendar_id = cls.calendar
        for user in (
            cls.user_seller + cls.user_colleague + cls.user_all + cls.user_manager
        ):
            user.tz = cls.TZ
        cls.policy = cls._policy()
        cls.engine = cls.env["crm.followup.engine"]
        cls.accountant = cls.env["crm.followup.accountant"]
        cls.Step = cls.env["crm.lead.followup"]

    @classmethod
    def _policy(cls, **values):
        return cls.env["crm.followup.policy"].create(
            {
                "name": "All leads",
                "first_days": 3,
                "threshold": 0.5,
                "factor": 0.8,
                "min_days": 1,
                "max_days": 90,
                **values,
            }
        )

    @classmethod
    def _calendar(cls, tz, days=(0, 1, 2, 3, 4), start=9.0, end=17.0):
        return cls.env["resource.calendar"].create(
            {
                "name": f"Office in {tz}",
                "tz": tz,
                "attendance_ids": [
                    (
                        0,
                        0,
                        {
                            "name": str(day),
                            "dayofweek": str(day),
                            "hour_from": start,
                            "hour_to": end,
                            "day_period": "full_day",
                        },
                    )
                    for day in days
                ],
            }
        )

    @classmethod
    def _lead_at(cls, moment, **values):
        """Create a lead that came in at a moment, in UTC."""
        with freeze_time(moment):
            lead = cls._make_lead(**{"user_id": cls.user_seller.id, **values})
            lead.flush_recordset()
            cls.env.cr.execute(
                "UPDATE crm_lead SET create_date = %s WHERE id = %s", [moment, lead.id]
            )
            lead.invalidate_recordset()
        return lead

    @classmethod
    def _touch(
        cls, lead, moment, kind="call", direction="out", outcome="talked", **values
    ):
        """Record an event at its moment, which is the present then."""
        with freeze_time(moment):
            return cls.env["crm.touchpoint"]._record(
                [
                    {
                        "lead_id": lead.id,
                        "kind": kind,
                        "direction": direction,
                        "outcome": outcome,
                        "is_human": True,
                        "occurred_on": moment,
                        **values,
                    }
                ]
            )

    def _plan(self, leads, moment):
        with freeze_time(moment):
            return self.engine._plan(leads, moment)

    def _cron(self, moment):
        """Have the clock do what is due at a moment."""
        progress = patch.object(
            type(self.env["ir.cron"]), "_commit_progress", return_value=1
        )
        with freeze_time(moment), progress:
            self.engine._cron_run()

    def _states(self, lead):
        """Return the ledger of a lead, oldest first, as pairs of a step and its state."""
        steps = self.Step.search([("lead_id", "=", lead.id)], order="planned_on, id")
        return [(step.duty, step.state) for step in steps]

    def assertPlanned(self, lead, *steps):
        planned = lead.followup_ids.filtered(lambda step: step.state == "planned")
        self.assertEqual(sorted(planned.mapped("duty")), sorted(steps))
        return planned
