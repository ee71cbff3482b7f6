"""Use the addon after an update; run by `odoo shell` for upgrade.py.

``middle`` is the id of the last lead that the running pass had done, or 0 where none ran.
What is wrong is printed, after "! ".
"""

import contextlib
from itertools import count

from odoo.exceptions import UserError

env, middle = env, middle  # noqa: F821  (the shell's, and upgrade.py's)
MODULE = "crm_lead_management"
CURSORS = (f"{MODULE}.batch_cursor", f"{MODULE}.score_cursor")
numbers = count(1)


def check(good, trouble):
    if not good:
        print(f"! after the update {trouble}")


def new_lead(**values):
    number = next(numbers)
    return env["crm.lead"].create(
        {
            "name": f"After {number}",
            "email_from": f"after{number}@late{number}.example",
            "phone": f"+3225552{number:04d}",
            "country_id": env.ref("base.be").id,
            **values,
        }
    )


# The addon's scheduled jobs, those that are on, go on where they were.
names = env["ir.model.data"].search(
    [("module", "=", MODULE), ("model", "=", "ir.cron")]
)
jobs = env["ir.cron"].search([("id", "in", names.mapped("res_id"))])
env.cr.commit()
for job in jobs:
    job.method_direct_trigger()
    env.cr.commit()
env.invalidate_all()
open_leads = env["crm.lead"].search([("won_status", "=", "pending")], order="id")
if middle:
    left = open_leads.filtered(lambda lead: lead.id > middle and not lead.lead_grade)
    check(not left, f"a pass was not ended: {left} have no grade")
# The update mended rules of a live scorecard: a pass that scores anew may have begun.
env.ref(f"{MODULE}.ir_cron_score").method_direct_trigger()
env.cr.commit()
params = env["ir.config_parameter"].search([("key", "in", CURSORS)])
check(not params, "a position of a pass is left")

# One lead through all rooms.
lead = new_lead()
check(lead.lead_grade, "a new lead has no grade")
check(lead.user_id, "a new lead has no owner")
lead.write({"function": "CEO", "expected_revenue": 90000, "company_size": 500})
env.flush_all()
env["crm.score.engine"]._score(lead)
check(lead.lead_grade, "a saved lead has no grade")
check(env["crm.routing.engine"]._route(lead), "a lead is not routed")
check(
    env["crm.touchpoint"]._record(
        [{"lead_id": lead.id, "kind": "call", "direction": "out", "is_human": True}]
    ),
    "a touchpoint is not recorded",
)
check(new_lead(x_machines=20).user_id, "a rule of the company's own gives no owner")

# All of them, so that each rule is answered.
env["crm.lead.evaluator"]._evaluate(open_leads, None)
env["crm.score.engine"]._score(open_leads)
env["crm.routing.engine"]._preview(open_leads[:50])
stage = env["crm.stage"].search([("lead_role", "=", "contacted")], limit=1)
with contextlib.suppress(UserError), env.cr.savepoint():
    # A person moves it: the demands of the stage are looked at.
    lead.with_user(env.ref("base.user_admin")).stage_id = stage
env.cr.commit()
