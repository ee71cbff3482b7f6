"""The board of a quarter at 200,000 leads, the figures of a night, and the digest.

Each beside what Odoo itself does of the kind: its own grouping of leads by stage and month, one
grouped count, its digest with its own two figures.
"""

from bench_data import insert_leads, team

from odoo import fields

LEADS, MEMBERS = 200_000, 20
KPIS = 13
MOST_STATEMENTS = 20


def run(env, report):
    sellers = team(env, "Seller", MEMBERS)
    manager = env.ref("base.user_admin")
    ids = insert_leads(env, LEADS, user_id=sellers.crm_team_member_ids.user_id[0].id)
    _spread(env, ids, sellers)
    user_env = env(user=manager.id)
    leads, insight = user_env["crm.lead"], user_env["crm.insight"]

    def grouped():
        user_env.invalidate_all()
        leads.with_context(active_test=False).formatted_read_group(
            [], ["stage_id", "create_date:month"], ["__count", "expected_revenue:sum"]
        )

    def board():
        user_env.invalidate_all()
        assert insight.get_board(kind="quarter")["blocks"]

    report.compare(
        f"board of a quarter, {LEADS} leads",
        {"grouping": grouped, "board": board},
        repeat=3,
        limit=6.0,
    )
    user_env.invalidate_all()
    before = env.cr.sql_log_count
    board()
    spent = env.cr.sql_log_count - before
    report.number("statements of the board", "ours", spent, MOST_STATEMENTS, limit=1.0)

    def counted():
        env.cr.execute(
            "SELECT user_id, team_id, stage_id, count(*) FROM crm_lead"
            " WHERE active AND won_status = 'pending' GROUP BY 1, 2, 3"
        )

    def night():
        env["crm.insight.stock"]._keep(env.company, fields.Date.today())

    report.compare(
        f"figures of a night, {LEADS} leads",
        {"one count": counted, "ours": night},
        repeat=3,
        limit=8.0,
    )
    _digests(env, report, manager)


def _digests(env, report, user):
    kpis = [
        name
        for name in env["digest.digest"]._fields
        if name.startswith("kpi_lead_") and not name.endswith("_value")
    ]
    assert len(kpis) == KPIS
    core, ours = env["digest.digest"].create(
        [
            {
                "name": "Odoo's own",
                "kpi_crm_lead_created": True,
                "kpi_crm_opportunities_won": True,
            },
            {"name": "Ours", "lead_periods": True} | dict.fromkeys(kpis, True),
        ]
    )

    def its_own():
        env.invalidate_all()
        assert len(core._compute_kpis(env.company, user)) == 2

    def with_ours():
        env.invalidate_all()
        assert len(ours._compute_kpis(env.company, user)) == KPIS

    report.compare(
        f"digest, {LEADS} leads",
        {"Odoo's two": its_own, "our thirteen": with_ours},
        repeat=3,
        limit=2.5,
    )


def _spread(env, ids, sellers):
    """Spread leads over three years, people and stages; a third of them is closed."""
    people = sellers.crm_team_member_ids.user_id.ids
    env.flush_all()
    env.cr.execute(
        """
        UPDATE crm_lead
           SET create_date = now() AT TIME ZONE 'UTC' - make_interval(days => id %% 1095),
               user_id = (%s::int[])[1 + id %% %s], team_id = %s, company_id = %s,
               expected_revenue = 100 + id %% 900, lead_grade = id %% 6,
               info_completeness = id %% 101,
               qualification_state = (ARRAY['open', 'passed', 'failed'])[1 + id %% 3],
               won_status = CASE WHEN id %% 6 = 0 THEN 'won' WHEN id %% 6 = 1 THEN 'lost'
                                 ELSE 'pending' END,
               active = id %% 6 <> 1,
               date_closed = CASE WHEN id %% 6 < 2 THEN now() AT TIME ZONE 'UTC'
                                  - make_interval(days => id %% 1000) END
         WHERE id = ANY(%s)
        """,
        [people, len(people), sellers.id, env.company.id, ids],
    )
    env.invalidate_all(flush=False)
    env.cr.commit()
    env.cr.execute("ANALYZE crm_lead")
