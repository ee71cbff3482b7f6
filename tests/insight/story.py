# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta
from math import log

from freezegun import freeze_time

from .common import NOW, InsightCase


class InsightStory(InsightCase):
    """What else happened with the 60 leads, so that each figure has something to count.

    Six more leads, H, were won years ago: by them it is known who is loyal.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with freeze_time(NOW):
            cls._tell_more()

    @classmethod
    def _tell_more(cls):
        cls.h = cls._some(
            6, "2021-12-01 09:00", cls.user_seller, cls.team_north, "passed", 90, 3
        )
        cls.company.lead_set_aside = True
        cls._tell_who_they_are()
        cls._tell_contacts()
        cls._tell_steps()
        cls._tell_tracks()
        cls._tell_customers()
        cls._tell_audits()

    @classmethod
    def _tell_who_they_are(cls):
        persona = cls.env["crm.persona"].create({"name": "Bakers"})
        cls._set(cls.c[:3], persona_id=persona.id)
        cls._set(cls.d[:2], is_mql=True)
        cls._set(cls.b[:8], first_response_working=45)
        cls._set(cls.c[5], referred="Ann")
        ann = cls.env["res.partner"].create({"name": "Ann"})
        cls._set(cls.d[0], referrer_id=ann.id)
        cls._set(cls.d[5], referred="Ann")
        cls._close(cls.d[5], "2026-04-01 12:00", 700)

    # === CONTACTS === #

    @classmethod
    def _touch(cls, leads, moment, kind, direction, is_human=True, **values):
        cls.env["crm.touchpoint"]._record(
            [
                {
                    "lead_id": lead.id,
                    "occurred_on": moment,
                    "kind": kind,
                    "direction": direction,
                    "is_human": is_human,
                    **values,
                }
                for lead in leads
            ]
        )

    @classmethod
    def _tell_contacts(cls):
        mail = cls.env["mail.template"].create(
            {"name": "Mail", "model_id": cls.env["ir.model"]._get("crm.lead").id}
        )
        text = cls.env["crm.message.template"].create(
            {"name": "See you", "purpose": "meeting", "mail_template_id": mail.id}
        )
        cls._touch(cls.b[:6], "2026-03-03 10:00:00", "call", "out", outcome="talked")
        cls._touch(cls.c[:2], "2026-03-29 10:00:00", "call", "out", outcome="talked")
        cls._touch(cls.b[9], "2026-03-04 10:00:00", "call", "out", outcome="no_answer")
        cls._touch(cls.b[0], "2026-03-05 10:00:00", "email", "in")
        cls._touch(
            cls.b[:4],
            *("2026-03-10 10:00:00", "email", "out", False),
        )
        sent = cls.b.touchpoint_ids.filtered(lambda touch: not touch.is_human)
        cls._set(sent, message_template_id=text.id)
        cls._touch(cls.b[1], "2026-03-12 10:00:00", "email", "in")
        # When they were answered is told in the story of all tests.
        cls._set(cls.c[:2], first_response_on=None)
        cls._set(cls.b[9], first_response_on=None)
        cls._set(cls.a + cls.b + cls.g, last_touch_on=None)
        cls._set(cls.b[:4], last_touch_on="2026-03-30 10:00")

    # === FOLLOW-UP === #

    @classmethod
    def _step(cls, leads, state, due_on, duty="needs_call", **values):
        cls.env["crm.lead.followup"].create(
            [
                {
                    "lead_id": lead.id,
                    "duty": duty,
                    "kind": "duty",
                    "user_id": cls.user_seller.id,
                    "planned_on": "2026-03-02 09:00:00",
                    "due_on": due_on,
                    "state": state,
                    "key": f"{duty},{state},{due_on}",
                    **values,
                }
                for lead in leads
            ]
        )

    @classmethod
    def _tell_steps(cls):
        a, b, d = cls.a, cls.b, cls.d
        cls._step(b[:5], "done", "2026-03-10 12:00:00")
        cls._step(b[5:8], "late", "2026-03-10 12:00:00")
        cls._step(b[8:], "missed", "2026-03-10 12:00:00")
        # What became of the care after the win.
        done, late, more = (
            {"done_on": moment, "care_outcome": outcome}
            for moment, outcome in (
                ("2026-03-12 10:00:00", "content"),
                ("2026-03-14 10:00:00", "problem"),
                ("2026-03-31 10:00:00", "more"),
            )
        )
        cls._step(a[0], "done", "2026-03-12 12:00:00", "care", **done)
        cls._step(a[1], "late", "2026-03-12 12:00:00", "care", **late)
        cls._step(a[2], "missed", "2026-03-12 12:00:00", "care")
        cls._step(a[3], "done", "2026-04-01 12:00:00", "care", **more)
        cls._step(a[0], "done", "2026-03-13 12:00:00", "recommend")
        cls._step(a[1], "late", "2026-03-20 12:00:00", "recommend")
        cls._step(a[2], "planned", "2026-03-25 12:00:00", "recommend")
        # What is planned now; C is set aside.
        cls._step(d[0] + cls.c[3], "planned", "2026-03-31 12:00:00")
        cls._step(d[1], "planned", "2026-04-10 12:00:00")
        cls.env["crm.followup.policy"].create(
            {"name": "All", "first_days": 3, "neglect_days": 14}
        )
        # A half is forgotten in three days, and nobody was in touch for six.
        cls._set(
            d[2:5],
            prorated_revenue=3000,
            retention_k=log(2) / 3,
            last_contact_on=NOW - timedelta(days=6),
            next_touch_on=NOW - timedelta(days=3),
        )
        cls._set(d[4], next_touch_on=NOW + timedelta(days=3))
        logs = cls.env["crm.lead.routing.log"].create(
            [
                {
                    "lead_id": lead.id,
                    "from_user_id": cls.user_colleague.id,
                    "to_user_id": cls.user_seller.id,
                    "mode": mode,
                    "outcome": "manual",
                }
                for lead, mode in zip(
                    cls.c[:3], ("reroute", "reroute", "auto"), strict=True
                )
            ]
        )
        cls._set(logs, create_date="2026-03-30 08:00")

    # === TRACKS === #

    @classmethod
    def _tell_tracks(cls):
        track = cls.env["crm.nurture.track"].create(
            {
                "name": "Keep warm",
                "entry": "hand",
                "state": "live",
                "step_ids": [(0, 0, {"kind": "task", "name": "Look", "days": 9})],
            }
        )
        entered, before = "2026-03-15 09:00:00", "2026-02-15 09:00:00"
        b, g = cls.b, cls.g
        for lead, started, ended, code in (
            (b[4], entered, "2026-03-20 09:00:00", "answered"),
            (b[5], entered, "2026-03-25 09:00:00", "finished"),
            (b[6], entered, None, None),
            (b[7], "2026-04-01 09:00:00", None, None),
            (g[0], before, "2026-03-30 09:00:00", "meeting"),
            (g[1], before, "2026-03-10 09:00:00", "merged"),
        ):
            cls.env["crm.nurture.enrollment"].create(
                {
                    "lead_id": lead.id,
                    "track_id": track.id,
                    "company_id": cls.company.id,
                    "state": "stopped" if ended else "active",
                    "started_on": started,
                    "ended_on": ended,
                    "exit_code": code,
                    "step_id": track.step_ids.id,
                    "next_on": False if ended else "2026-04-20 09:00:00",
                }
            )

    # === CUSTOMERS === #

    @classmethod
    def _tell_customers(cls):
        """Who bought when.

        ::

            customer  first        again
            ---------------------------------------------------------
            firm      5 March A0   31 March G0 (by a person of his)
            Eve       5 March A1   5 March A2 (the same address)
            old       Jan 2023 H0  5 March A3: after more than two years
            back      June 2024 H1 December 2025 H2
            once      March 2025 H3
            early     January 2022 H5, May 2024 H4
        """
        Partner = cls.env["res.partner"]
        firm = Partner.create({"name": "Firm", "is_company": True})
        bob = Partner.create({"name": "Bob", "parent_id": firm.id})
        old, back, once, early = Partner.create(
            [{"name": name} for name in ("Old", "Back", "Once", "Early")]
        )
        cls._set(cls.a[0], partner_id=firm.id)
        cls._set(cls.g[0], partner_id=bob.id)
        cls._set(cls.a[1:3], email_normalized="eve@shop.example")
        cls._set(cls.a[3], partner_id=old.id)
        for lead, partner, moment in zip(
            cls.h,
            (old, back, back, once, early, early),
            (
                *("2023-01-10 12:00", "2024-06-01 12:00", "2025-12-01 12:00"),
                *("2025-03-01 12:00", "2024-05-05 12:00", "2022-01-05 12:00"),
            ),
            strict=True,
        ):
            cls._close(lead, moment, 100)
            cls._set(lead, partner_id=partner.id)
        for lead, old_role, new_role, merged in (
            (cls.a[0], "inactive", "customer", False),
            (cls.a[1], "inactive", "customer", True),
            (cls.g[0], "customer", "inactive", False),
            (cls.g[1], "customer", "inactive", False),
        ):
            cls.env["crm.lead.stage.log"].create(
                {
                    "lead_id": lead.id,
                    "from_role": old_role,
                    "to_role": new_role,
                    "date": "2026-03-31 15:00:00",
                    "is_merged": merged,
                }
            )

    # === AUDITS === #

    @classmethod
    def _tell_audits(cls):
        """Those of March are built; the others wait."""
        audits = cls.env["crm.lead.audit"].search([])
        for leads, moment, known in (
            (cls.a[:4], "2026-03-05 12:00", [(1, 4)] * 4),
            (cls.g[:2], "2026-03-31 12:00", [(2, 1)] * 2),
            (cls.c[:3], "2026-03-30 12:00", [(0, 0), (1, 0), (5, 3)]),
        ):
            for lead, (inward, outward) in zip(leads, known, strict=True):
                audit = audits.filtered(lambda one, lead=lead: one.lead_id == lead)
                cls._set(
                    audit,
                    closed_on=moment,
                    state="built",
                    touches_in=inward,
                    touches_out=outward,
                    is_grave=lead in cls.c[:2],
                )
        audits.filtered(lambda one: one.lead_id == cls.c[0]).lesson = "Call them"
