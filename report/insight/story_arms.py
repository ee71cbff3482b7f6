# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Where the story of a lead comes from: one arm for each kind of record.

An arm is one part of a UNION ALL, so it says two things: the SQL of its rows, and what is read
of a row in words. All arms have the same columns in the same types, and none a window or a
limit: so PostgreSQL looks for the rows of one lead in each arm by its index.
"""

from collections.abc import Callable
from typing import NamedTuple

from odoo.tools import SQL, format_amount, format_date

from ...models.common.moments import format_moment

# Rows of all arms get ids of their own: 16 times the id of the record, plus the arm's number.
ARMS = 16
# Tracked changes that the story tells.
TRACKED = ("expected_revenue", "recurring_revenue", "date_deadline", "probability")
# How they are found, by arm: a message says which fields have changed, here by their ids.
CHANGES = {
    9: """
        SELECT change.id, said.res_id, said.date, 'note', 'internal', said.create_uid > 1,
               said.create_uid, NULL
          FROM mail_message AS said
          JOIN mail_tracking_value AS change ON change.mail_message_id = said.id
         WHERE said.model = 'crm.lead' AND change.field_id = ANY(%(fields)s)
    """,
    11: """
        SELECT change.id, said.res_id, said.date, 'owner', 'internal', said.create_uid > 1,
               said.create_uid, NULL
          FROM mail_message AS said
          JOIN mail_tracking_value AS change ON change.mail_message_id = said.id
         WHERE said.model = 'crm.lead' AND change.field_id = ANY(%(fields)s)
           AND NOT EXISTS (SELECT FROM crm_lead_routing_log AS log
                            WHERE log.lead_id = said.res_id
                              AND log.create_date = change.create_date)
    """,
}


class Arm(NamedTuple):
    """One source of the story."""

    number: int
    model: str
    # SELECT row id, lead_id, date, kind, direction, is_human, user_id, value; None where it
    # is one of CHANGES
    sql: SQL | None
    # called with records, as superuser: {id: (title, note)}
    tell: Callable
    # the fields of a lead whose tracked changes it tells
    tracked: tuple = ()


def arms(env):
    """Return the arms whose model is there."""
    ids = env["ir.model.fields"]._get_ids("crm.lead")
    found = []
    for arm in ALL:
        if arm.tracked:
            fields = [ids.get(name) for name in arm.tracked]
            arm = arm._replace(sql=SQL(CHANGES[arm.number], fields=fields))
        found.append(arm)
    return [arm for arm in found if arm.model in env]


# === IN WORDS === #


def _label(records, name, value):
    """Return the words of a selection, in the reader's language."""
    return dict(records._fields[name]._description_selection(records.env)).get(value)


def _touchpoints(touches):
    return {
        touch.id: (
            ", ".join(
                word
                for word in (
                    _label(touches, "kind", touch.kind),
                    touch.direction != "internal"
                    and _label(touches, "direction", touch.direction),
                    _label(touches, "outcome", touch.outcome),
                )
                if word
            ),
            touch.summary or "",
        )
        for touch in touches
    }


def _stages(logs):
    env = logs.env
    told = {}
    for log in logs:
        to_stage = log.to_stage_id.name or _label(logs, "to_role", log.to_role) or ""
        if log.from_stage_id or log.from_role:
            title = env._(
                "From %(old)s to %(new)s",
                old=log.from_stage_id.name or _label(logs, "from_role", log.from_role),
                new=to_stage,
            )
        else:
            title = env._("Came in as %s", to_stage)
        waived = log.is_override and env._("Moved with a reason")
        note = ": ".join(filter(None, [waived, log.reason]))
        told[log.id] = (title, note)
    return told


def _grades(logs):
    env = logs.env
    return {
        log.id: (
            env._("Grade %(old)s to %(new)s", old=log.from_grade, new=log.to_grade)
            if log.from_grade
            else env._("Grade %s", log.to_grade),
            log.scorecard_id.name or "",
        )
        for log in logs
    }


def _owners(logs):
    env = logs.env
    return {
        log.id: (
            env._("Owner: %s", log.to_user_id.name)
            if log.to_user_id
            else env._("No owner"),
            log.reason or "",
        )
        for log in logs
    }


def _answers(answers):
    return {
        answer.id: (
            f"{answer.qualifier_id.name}: {answer.value_display or ''}",
            _label(answers, "verdict", answer.verdict) or "",
        )
        for answer in answers
    }


def _steps(steps):
    return {
        step.id: (
            f"{step.display_name}: {_label(steps, 'state', step.state)}",
            step.note_after or step.reason_text or "",
        )
        for step in steps
    }


def _deliveries(rows):
    return {
        row.id: (
            f"{row.step_id.display_name}: {_label(rows, 'state', row.state)}",
            row.reason_text or "",
        )
        for row in rows
    }


def _entries(enrollments):
    env = enrollments.env
    return {
        one.id: (env._("Track begun: %s", one.track_id.name), "") for one in enrollments
    }


def _exits(enrollments):
    env = enrollments.env
    return {
        one.id: (env._("Track ended: %s", one.track_id.name), one.exit_reason or "")
        for one in enrollments
    }


def _messages(messages):
    env = messages.env
    return {
        message.id: (
            message.subject
            or (env._("Note") if message.is_internal else env._("Message")),
            message.preview or "",
        )
        for message in messages
    }


def _documents(attachments):
    return {attachment.id: (attachment.name, "") for attachment in attachments}


def _changes(trackings):
    return {
        tracking.id: (
            tracking.env._(
                "%(field)s: %(old)s to %(new)s",
                field=tracking.field_id.field_description,
                old=_tracked(tracking, "old"),
                new=_tracked(tracking, "new"),
            ),
            "",
        )
        for tracking in trackings
    }


def _tracked(tracking, side):
    """Return a tracked value as the reader writes it."""
    env, kind = tracking.env, tracking.field_id.ttype
    if kind in ("date", "datetime"):
        value = tracking[f"{side}_value_datetime"]
        show = format_date if kind == "date" else format_moment
        return show(env, value) if value else "–"
    if kind == "many2one":
        return tracking[f"{side}_value_char"] or "–"
    value = tracking[f"{side}_value_float"]
    if kind == "monetary":
        currency = tracking.currency_id or env.company.currency_id
        return format_amount(env, value, currency)
    return f"{value:g}"


def _orders(orders):
    return {
        order.id: (
            f"{_label(orders, 'state', order.state)}: {order.name}",
            format_amount(orders.env, order.amount_untaxed, order.currency_id),
        )
        for order in orders
    }


# === THE ARMS === #

ALL = [
    Arm(
        0,
        "crm.touchpoint",
        SQL(
            """
        SELECT id, lead_id, occurred_on,
               CASE WHEN kind IN ('call', 'sms', 'whatsapp', 'meeting', 'note') THEN kind
                    WHEN kind LIKE 'email%%' OR kind IN ('bounce', 'unsubscribe')
                    THEN 'email'
                    WHEN kind = 'other' AND source <> 'discuss.channel' THEN 'note'
                    ELSE 'web' END,
               direction, is_human,
               CASE WHEN is_human AND direction <> 'in' THEN create_uid END, value
          FROM crm_touchpoint
        """
        ),
        _touchpoints,
    ),
    Arm(
        1,
        "crm.lead.stage.log",
        SQL(
            """
        SELECT id, lead_id, date, 'stage', 'internal', user_id > 1, user_id, days
          FROM crm_lead_stage_log
        """
        ),
        _stages,
    ),
    Arm(
        2,
        "crm.lead.grade.log",
        SQL(
            """
        SELECT id, lead_id, create_date, 'grade', 'internal', FALSE, NULL, to_grade
          FROM crm_lead_grade_log
        """
        ),
        _grades,
    ),
    Arm(
        3,
        "crm.lead.routing.log",
        SQL(
            """
        SELECT id, lead_id, create_date, 'owner', 'internal', mode = 'manual',
               CASE WHEN mode = 'manual' THEN create_uid END, NULL
          FROM crm_lead_routing_log WHERE mode <> 'dry_run'
        """
        ),
        _owners,
    ),
    Arm(
        4,
        "crm.qualifier.answer",
        SQL(
            """
        SELECT id, lead_id, answered_on, 'qualification', 'internal', user_id > 1, user_id,
               NULL
          FROM crm_qualifier_answer
        """
        ),
        _answers,
    ),
    # By an index of the ledger, which says when a step was over in the same words.
    Arm(
        5,
        "crm.lead.followup",
        SQL(
            """
        SELECT id, lead_id,
               CASE WHEN state IN ('done', 'late') THEN COALESCE(done_on, write_date)
                    WHEN state = 'missed' THEN due_on ELSE write_date END,
               'step', 'internal', done_by_id IS NOT NULL, COALESCE(done_by_id, user_id),
               NULL
          FROM crm_lead_followup WHERE state <> 'planned'
        """
        ),
        _steps,
    ),
    # What a track sent is told as the message that it is.
    Arm(
        6,
        "crm.nurture.delivery",
        SQL(
            """
        SELECT id, lead_id, COALESCE(done_on, write_date), 'track', 'internal', FALSE, NULL,
               NULL
          FROM crm_nurture_delivery
         WHERE state IN ('done', 'skipped', 'failed', 'cancelled') AND touchpoint_id IS NULL
        """
        ),
        _deliveries,
    ),
    # What is said in the chatter, unless it is a touchpoint: nothing is told twice.
    Arm(
        7,
        "mail.message",
        SQL(
            """
        SELECT id, res_id, date, 'note', 'internal', create_uid > 1, create_uid, NULL
          FROM mail_message
         WHERE model = 'crm.lead'
           AND message_type IN ('comment', 'email', 'sms', 'auto_comment')
           AND NOT EXISTS (SELECT FROM crm_touchpoint AS touch
                            WHERE touch.source = 'mail.message'
                              AND touch.external_ref = mail_message.id::varchar
                              AND touch.lead_id = mail_message.res_id)
        """
        ),
        _messages,
    ),
    Arm(
        8,
        "ir.attachment",
        SQL(
            """
        SELECT id, res_id, create_date, 'document', 'internal', create_uid > 1, create_uid,
               NULL
          FROM ir_attachment WHERE res_model = 'crm.lead' AND res_field IS NULL
        """
        ),
        _documents,
    ),
    Arm(
        9,
        "mail.tracking.value",
        None,
        _changes,
        TRACKED,
    ),
    Arm(
        10,
        "sale.order",
        SQL(
            """
        SELECT id, opportunity_id, date_order, 'document', 'out', create_uid > 1, create_uid,
               amount_untaxed
          FROM sale_order WHERE opportunity_id IS NOT NULL
        """
        ),
        _orders,
    ),
    # Owners given by hand where routing is off, and has no decision on record.
    Arm(
        11,
        "mail.tracking.value",
        None,
        _changes,
        ("user_id",),
    ),
    Arm(
        12,
        "crm.nurture.enrollment",
        SQL(
            """
        SELECT id, lead_id, started_on, 'track', 'internal', enrolled_by_id IS NOT NULL,
               enrolled_by_id, NULL
          FROM crm_nurture_enrollment
        """
        ),
        _entries,
    ),
    Arm(
        13,
        "crm.nurture.enrollment",
        SQL(
            """
        SELECT id, lead_id, ended_on, 'track', 'internal', FALSE, NULL, NULL
          FROM crm_nurture_enrollment WHERE ended_on IS NOT NULL
        """
        ),
        _exits,
    ),
]
