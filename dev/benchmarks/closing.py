"""Dropping 1,000 leads in a list, with their audits and without; and building the audits.

Beside Odoo's export of twenty fields of the same leads.
"""

from bench_data import owned_leads, team

LEADS = 1000
FIELDS = (
    *(
        "name",
        "contact_name",
        "partner_name",
        "email_from",
        "phone",
        "function",
        "city",
    ),
    *("expected_revenue", "probability", "create_date", "date_closed", "user_id/name"),
    *("team_id/name", "stage_id/name", "country_id/name", "lost_reason_id/name"),
    *("priority", "type", "website", "description"),
)


def run(env, report):
    reason = env["crm.lost.reason"].create({"name": "Too dear"})
    leads = owned_leads(env, team(env, "Seller", 5), LEADS)
    # The job is on once the first lead was closed.
    env.ref("crm_lead_management.ir_cron_build_audits").active = True
    Audit = type(env["crm.lead.audit"])
    opens = Audit._open

    def close(with_audits):
        def run():
            Audit._open = opens if with_audits else lambda *_args: None
            try:
                leads.action_set_lost(lost_reason_id=reason.id)
                env.flush_all()
            finally:
                Audit._open = opens

        return run

    report.compare(
        f"drop {LEADS} leads in a list",
        {"without": close(False), "with audits": close(True)},
        per=LEADS,
        repeat=7,
        limit=1.15,
    )
    leads.action_set_lost(lost_reason_id=reason.id)
    audits = env["crm.lead.audit"].search([("lead_id", "in", leads.ids)])
    assert len(audits) == LEADS, len(audits)

    def build():
        built = env["crm.lead.audit"]._build(audits)
        assert built == LEADS, built

    report.compare(
        f"audits of {LEADS} leads, beside exporting 20 fields of them",
        {"export": lambda: leads.export_data(list(FIELDS)), "audits": build},
        per=LEADS,
        limit=2.0,
    )
