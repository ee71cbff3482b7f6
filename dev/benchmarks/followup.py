"""What is next for 50,000 leads: planned, unchanged, shown, handed out; and an idle clock.

Each beside Odoo's own way to do the nearest thing: a bare UPDATE of the same columns, its list
of leads by the date of their activities, its scheduling of activities for others.
"""

import os
from datetime import timedelta

from bench_data import insert_leads, team
from bench_report import Way

from odoo import fields

LEADS = int(os.environ.get("CRM_LEAD_SIZE", "50000"))
MEMBERS, STEPS, PAGE = 10, 1000, 80
COLUMNS = "next_touch_on, last_contact_on, last_touch_on, contact_count, retention_k"


def run(env, report):
    sellers = team(env, "Seller", MEMBERS).crm_team_member_ids.user_id
    user = sellers[0]
    ids = insert_leads(env, LEADS, user_id=user.id)
    # Five events each, of the last two months.
    env.cr.execute(
        """
        INSERT INTO crm_touchpoint (lead_id, kind, direction, is_human, occurred_on, source)
        SELECT lead_id, CASE WHEN n %% 2 = 0 THEN 'email' ELSE 'call' END,
               CASE WHEN n %% 2 = 0 THEN 'in' ELSE 'out' END, TRUE,
               now() AT TIME ZONE 'UTC' - make_interval(days => n * 11 + lead_id %% 10), 'bench'
          FROM unnest(%s) AS lead_id, generate_series(0, 4) AS n
        """,
        [ids],
    )
    # As the database does by itself after so many new rows.
    for table in ("crm_lead", "crm_touchpoint"):
        env.cr.execute(f"ANALYZE {table}")
    env["crm.followup.policy"].create({"name": "All", "first_days": 3})
    leads, now = env["crm.lead"].browse(ids), fields.Datetime.now()
    engine = env["crm.followup.engine"]

    def bare():
        env.cr.execute(
            f"UPDATE crm_lead SET ({COLUMNS}) = (now() AT TIME ZONE 'UTC', now() AT TIME ZONE"
            " 'UTC', now() AT TIME ZONE 'UTC', 3, 0.2) WHERE id = ANY(%s)",
            [ids],
        )

    def plan():
        assert engine._plan(None, now) == LEADS

    report.compare(
        f"plan {LEADS} leads",
        {"bare UPDATE": bare, "ours": plan},
        per=LEADS,
        repeat=2,
        limit=3.0,
    )
    # The second night finds that nothing changed, and notes it; the third one is measured.
    engine._plan(None, now)
    engine._plan(None, now)
    env.cr.commit()
    for table in ("crm_lead_followup", "crm_followup_mark"):
        env.cr.execute(f"ANALYZE {table}")
    env.cr.commit()

    def again():
        assert engine._plan(None, now) == 0

    report.compare(
        f"plan {LEADS} leads again, nothing changed",
        {"bare UPDATE": bare, "ours": again},
        per=LEADS,
        repeat=2,
        limit=0.4,
    )
    _activities(env, report, leads[:STEPS], sellers)
    _day(env, report, user)
    _idle(env, report)


def _idle(env, report):
    """Count what a run of the clock costs that has nothing to do."""
    engine = env["crm.followup.engine"]
    engine._cron_run()
    env.flush_all()
    before = env.cr.sql_log_count
    engine._cron_run()
    count = env.cr.sql_log_count - before
    report.number("an idle clock", "queries", count, beside=1, limit=2)


def _activities(env, report, leads, sellers):
    """Have 1,000 steps become activities, beside Odoo's scheduling for other users."""
    from odoo.addons.crm_lead_management.models.followup.keeping import activities

    other = sellers[1]
    Step = env["crm.lead.followup"]

    def core(leads):
        for lead in leads:
            lead.activity_schedule(
                "mail.mail_activity_data_call", summary="Call", user_id=other.id
            )

    def steps():
        due = fields.Datetime.now() + timedelta(hours=5)
        return Step.create(
            [
                {
                    "lead_id": lead.id,
                    "duty": "touch",
                    "kind": "periodic",
                    "channel": "call",
                    "user_id": other.id,
                    "planned_on": due,
                    "due_on": due,
                    "key": f"bench {lead.id}",
                }
                for lead in leads
            ]
        )

    report.compare(
        f"{STEPS} activities",
        {
            "Odoo": Way(core, env, lambda: leads),
            "ours": Way(lambda steps: activities.make(env, steps), env, steps),
        },
        per=STEPS,
        repeat=3,
        limit=0.35,
    )


def _day(env, report, user):
    """Show the first page of My Day, beside Odoo's list of leads by activity date.

    Each as the web client asks for it: its columns, its filters, its order, and whether there
    is more. Odoo's list has no activities to look at here: its easiest case.
    """
    views = env["crm.lead.agenda"].with_user(user).get_views([(False, "list")])
    names = views["models"]["crm.lead.agenda"]["fields"]
    Lead = env["crm.lead"].with_user(user)
    Agenda = env["crm.lead.agenda"].with_user(user)
    mine = [("user_id", "=", user.id)]
    columns = ["name", "contact_name", "my_activity_date_deadline", "lead_grade"]
    columns = {name: {} for name in columns}
    order = "my_activity_date_deadline, id"
    shown = {
        name: {"fields": {"display_name": {}}} if name in ("lead_id", "user_id") else {}
        for name in (
            "lead_grade", "lead_id", "contact_name", "what", "due_on", "why", "user_id",
            "phone", "bucket", "is_overdue", "source",
        )
        if name in names
    }  # fmt: skip
    soon = [*mine, ("due_on", "<", "today +7d")]

    def core():
        env.invalidate_all()
        found = Lead.web_search_read(
            mine, columns, limit=PAGE, order=order, count_limit=10_001
        )
        assert len(found["records"]) == PAGE

    def ours():
        env.invalidate_all()
        found = Agenda.web_search_read(soon, shown, limit=PAGE, count_limit=PAGE + 1)
        assert len(found["records"]) == PAGE

    report.compare(
        f"the first {PAGE} of {LEADS} leads", {"Odoo": core, "ours": ours}, limit=1.5
    )
