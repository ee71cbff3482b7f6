# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""What a track asks of people: steps in the ledger, which they see in their day."""

from datetime import timedelta

from ...followup.keeping import activities
from ...followup.keeping.ledger import Ledger
from ...followup.planning.planner import Planner

WHATSAPP = "whatsapp"


def ask(env, rows, now):
    """Plan something for the people who are responsible for leads.

    :param env: a superuser's.
    :param rows: dicts with lead (crm.lead), channel, summary (called with an environment in
        the language of the person), note and wait (days, at least one).
    :param datetime now: in UTC.
    :return: id of the crm.lead.followup, by lead id.
    :rtype: dict[int, int]
    """
    if not rows:
        return {}
    leads = env["crm.lead"].union(*(row["lead"] for row in rows))
    people = env["crm.followup.accountant"]._responsible(leads, "touch")
    users = env["res.users"].browse(set(people.values()))
    planner, ends = Planner(env, now), {}
    for user in users:
        ends[user.id] = planner.in_a_day(user)
    values, ledger = [], Ledger(env)
    for row in rows:
        user = users.browse(people[row["lead"].id])
        words = env(context={**env.context, "lang": user.lang or env.lang})
        values.append(
            {
                "lead_id": row["lead"].id,
                "duty": "other",
                "kind": "own",
                "user_id": user.id,
                "planned_on": now,
                "due_on": max(ends[user.id], now + timedelta(days=row["wait"])),
                "channel": row["channel"],
                "summary": row["summary"](words),
                "note_before": row["note"],
            }
        )
    steps = ledger.model.browse(ledger.open(values))
    activities.make(ledger.env, steps)
    return {step.lead_id.id: step.id for step in steps}


def call_off(env, followup_ids):
    """Take back what was asked of people, where it is not done yet.

    :param followup_ids: of crm.lead.followup.
    """
    ledger = Ledger(env)
    leads = ledger.model.browse(followup_ids).exists().lead_id
    closed = [
        (row, {"id": row.id, "state": "cancelled", "reason": "replaced"})
        for rows in ledger.planned(leads.ids).values()
        for row in rows
        if row.id in followup_ids
    ]
    activities.end(ledger.env, closed)
    ledger.close([vals for _row, vals in closed])
