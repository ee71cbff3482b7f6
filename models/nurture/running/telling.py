# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""A step that reaches nobody: whoever is responsible for the track is told, once a day."""

from datetime import timedelta

from markupsafe import Markup

from odoo.tools import SQL

# So many leads in a row for which a step was left out, and something is wrong with the step.
IN_A_ROW = 3
AGAIN = timedelta(days=1)
# What is as it should be: the step is not for these leads, or a person wanted it so.
EXPECTED = ("condition", "previous", "late", "hand", "same_stage", "overdue", "exit")
TROUBLED = """
    SELECT step.id, min(last.reason) FROM crm_nurture_step AS step
CROSS JOIN LATERAL (
           SELECT row.state, row.reason FROM crm_nurture_delivery AS row
            WHERE row.step_id = step.id ORDER BY row.id DESC LIMIT %(count)s) AS last
     WHERE step.id = ANY(%(ids)s) AND (step.told_on IS NULL OR step.told_on < %(before)s)
  GROUP BY step.id
    HAVING count(*) = %(count)s
       AND bool_and(last.state IN ('skipped', 'failed')
                    AND COALESCE(last.reason, '') <> ALL(%(expected)s))
"""


def tell(env, step_ids, now):
    """Tell the responsible users of steps that were left out for several leads in a row.

    :param step_ids: of crm.nurture.step, just left out for somebody.
    :param datetime now: in UTC.
    """
    if not step_ids:
        return
    env["crm.nurture.delivery"].flush_model()
    env["crm.nurture.step"].flush_model(["told_on"])
    rows = env.execute_query(
        SQL(
            TROUBLED,
            ids=list(step_ids),
            count=IN_A_ROW,
            before=now - AGAIN,
            expected=list(EXPECTED),
        )
    )
    texts = env["crm.nurture.delivery"]._reason_texts()
    for step_id, reason in rows:
        step = env["crm.nurture.step"].browse(step_id)
        step.told_on = now
        user = step.track_id.user_id or step.track_id._rule_owners()[:1]
        if user.active and user.partner_id:
            _notify(step.with_context(lang=user.lang), user, texts.get(reason, reason))


def _notify(step, user, reason):
    env, track = step.env, step.track_id
    env["mail.thread"].message_notify(
        partner_ids=user.partner_id.ids,
        subject=env._('Track "%s": a step reaches nobody', track.name),
        body=Markup("<p>%s</p>")
        % env._(
            'The step "%(step)s" was left out for the last %(count)s leads: %(reason)s',
            step=step.display_name,
            count=IN_A_ROW,
            reason=reason or "",
        ),
        model=track._name,
        res_id=track.id,
    )
