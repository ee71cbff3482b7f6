"""Moving leads from stage to stage, beside Odoo's own write: log, demands, statistics."""

from odoo.addons.crm.models.crm_lead import CrmLead
from odoo.addons.crm_lead_management.models.common.context import OVERRIDE

LEADS = 1000


def run(env, report):
    env["crm.pipeline.setup"].create({}).action_apply()
    stages = {stage.lead_role: stage.id for stage in env["crm.stage"].search([])}
    # A person moves them: what the system does by itself is not asked for demands.
    user = env.ref("base.user_admin")
    leads = (
        env["crm.lead"]
        .create(
            [
                {
                    "name": f"Lead {number}",
                    "type": "opportunity",
                    "stage_id": stages["open"],
                    "request_note": "A roof",
                    "user_id": user.id,
                }
                for number in range(LEADS)
            ]
        )
        .with_user(user)
    )
    target = {"stage_id": stages["contacted"]}

    def ours():
        leads.write(target)
        logged = len(leads.stage_log_ids)
        assert logged == 2 * LEADS, logged

    report.compare(
        f"move {LEADS} leads in a list",
        {"core": lambda: CrmLead.write(leads, dict(target)), "ours": ours},
        per=LEADS,
    )
    report.compare(
        "drag one lead",
        {
            "core": lambda: CrmLead.write(leads[0], dict(target)),
            "ours": lambda: leads[0].write(target),
        },
    )
    # Their qualifiers are open: a manager moves them with a reason.
    willed = leads.with_context(**OVERRIDE.on("bench"))
    report.time(
        f"{LEADS} leads become customers, then inactive",
        lambda: (
            willed.action_set_won() and willed.write({"stage_id": stages["inactive"]})
        ),
        per=LEADS,
    )
