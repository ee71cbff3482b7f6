# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""The steps of the ledger as Odoo's activities: what people see and work with."""

from datetime import timezone

import pytz

from odoo.tools import SQL

from ...common.context import FOLLOWUP, TOUCHPOINT_KNOWN

# The kind of Odoo's activity for each channel; all others are to-dos.
TYPES = {
    "call": "mail.mail_activity_data_call",
    "email": "mail.mail_activity_data_email",
    "meeting": "mail.mail_activity_data_meeting",
    "visit": "mail.mail_activity_data_meeting",
}
TODO = "mail.mail_activity_data_todo"


def make(env, steps):
    """Make an activity for each of the steps: one creation for all, and no mail for each.

    :param steps: crm.lead.followup records, as superuser, that have none.
    """
    model_id = env["ir.model"]._get_id("crm.lead")
    # The names of steps are read by those who do them, in their language.
    langs = {
        lang: steps.with_context(lang=lang) for lang in steps.mapped("user_id.lang")
    }
    vals_list = []
    for step in steps:
        user = step.acting_user_id or step.user_id
        words = langs.get(step.user_id.lang, steps).browse(step.id)
        vals_list.append(
            {
                "res_model_id": model_id,
                "res_id": step.lead_id.id,
                "activity_type_id": _type_id(env, step.channel),
                "user_id": user.id,
                "date_deadline": local_day(step.due_on, user.tz),
                "summary": words.display_name,
                "note": step.note_before,
            }
        )
    launcher = env["crm.plan.launcher"].with_context(**FOLLOWUP.on())
    made = launcher._make(vals_list)
    rows = SQL(", ").join(
        SQL("(%s, %s)", step.id, activity.id)
        for step, activity in zip(steps, made, strict=True)
    )
    steps.flush_model(["activity_id"])
    env.cr.execute(
        SQL(
            "UPDATE crm_lead_followup AS step SET activity_id = new.activity_id"
            " FROM (VALUES %s) AS new(id, activity_id) WHERE step.id = new.id",
            rows,
        )
    )
    steps.invalidate_recordset(["activity_id"], flush=False)


def end(env, closed):
    """Have the activities of steps that are over end with them.

    :param closed: pairs of a Planned, and the values with which it ends.
    """
    done, gone = [], []
    for row, vals in closed:
        if row.activity_id:
            (done if vals["state"] in ("done", "late") else gone).append(
                row.activity_id
            )
    if not done and not gone:
        return
    # sudo: the activities are the engine's own, whoever they are for.
    Activity = env["mail.activity"].sudo().with_context(**FOLLOWUP.on())
    Activity.browse(gone).exists().unlink()
    known = Activity.browse(done).exists().filtered("active")
    known.with_context(**TOUCHPOINT_KNOWN.on())._action_done()


def move(env, due):
    """Have the activities of steps that were moved say so.

    :param dict due: moment by id of the step.
    """
    # sudo: as above.
    steps = env["crm.lead.followup"].sudo().browse(due).filtered("activity_id")
    for step in steps:
        user = step.acting_user_id or step.user_id
        day = local_day(due[step.id], user.tz)
        activity = step.activity_id.with_context(**FOLLOWUP.on())
        if activity.date_deadline != day:
            activity.date_deadline = day


def local_day(moment, tz):
    """Return the day of a moment in somebody's zone."""
    zone = pytz.timezone(tz) if tz in pytz.all_timezones_set else pytz.utc
    return moment.replace(tzinfo=timezone.utc).astimezone(zone).date()


def _type_id(env, channel):
    """Return the id of the type of activity for a channel; none where it was deleted."""
    for name in (TYPES.get(channel, TODO), TODO):
        kind = env.ref(name, raise_if_not_found=False)
        if kind and kind.active:
            return kind.id
    return False
