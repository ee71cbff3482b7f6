# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""What is on record of leads up to the moment in which they were closed.

A constant number of statements for any number of audits. Moments are in UTC. What belongs to a
lead that was merged into this one is told in its story, and not counted here.
"""

from odoo.tools import SQL

from ....const import LEAD_ROLES
from ...common import contacts
from .facts import KNOWN, Facts

# The stages of a sale, in their order: what may be passed over. Nurturing is a detour.
CHAIN = ("open", "contacted", "qualified", "negotiation", "customer")
# So many events of a story are kept in an audit, the newest ones.
MAX_EVENTS = 500
TOUCHES = """
    WITH %(audits)s,
    touch AS (
        SELECT audit.id AS audit_id, one.occurred_on, one.direction, one.kind,
               one.is_human, one.outcome, one.message_template_id,
               %(contact)s OR %(landed)s AS is_contact, %(attempt)s AS is_attempt,
               %(answer)s AS is_answer
          FROM audit JOIN crm_touchpoint AS one ON one.lead_id = audit.lead_id
         WHERE one.occurred_on <= audit.closed_on),
    mark AS (
        SELECT audit_id, occurred_on FROM touch WHERE is_contact
         UNION ALL
        SELECT audit.id, LEAST(COALESCE(lead.received_on, lead.create_date),
                               audit.closed_on)
          FROM audit JOIN crm_lead AS lead ON lead.id = audit.lead_id
         UNION ALL SELECT id, closed_on FROM audit),
    gap AS (
        SELECT audit_id, occurred_on - lag(occurred_on) OVER (
                   PARTITION BY audit_id ORDER BY occurred_on) AS silence
          FROM mark),
    longest AS (
        SELECT audit_id, EXTRACT(EPOCH FROM max(silence))::float8 / 86400 AS silence
          FROM gap GROUP BY audit_id)
    SELECT audit.id,
           count(*) FILTER (WHERE touch.is_contact AND touch.direction = 'in'),
           count(*) FILTER (WHERE touch.is_answer OR touch.is_contact
                              AND touch.direction <> 'in'),
           count(*) FILTER (WHERE touch.is_attempt),
           count(*) FILTER (WHERE %(sent)s),
           count(*) FILTER (WHERE %(sent)s AND touch.is_human),
           min(touch.occurred_on) FILTER (
               WHERE touch.kind = 'call' AND touch.outcome = 'talked'
                  OR touch.outcome = 'held'),
           max(touch.occurred_on) FILTER (WHERE touch.is_contact),
           COALESCE(longest.silence, 0)
      FROM audit JOIN longest ON longest.audit_id = audit.id
      LEFT JOIN touch ON touch.audit_id = audit.id
     GROUP BY audit.id, longest.silence
"""


def read(env, audits):
    """Return the facts of audits.

    :param env: a superuser's environment.
    :param audits: crm.lead.audit records.
    :rtype: dict[int, Facts]
    """
    env.flush_all()
    found = {audit_id: {} for audit_id in audits.ids}
    for part in (_leads, _touches, _offers, _grades, _moves, _owners, _steps, _plans):
        for audit_id, values in part(env, audits.ids):
            found[audit_id].update(values)
    for audit_id, events in _events(env, audits.ids).items():
        found[audit_id]["events"] = events
    return {
        audit_id: Facts(**{name: values[name] for name in values.keys() & KNOWN})
        for audit_id, values in found.items()
        if values
    }


def _audits(ids):
    """Return the common table of the audits that a statement is about."""
    return SQL(
        "audit AS MATERIALIZED (SELECT id, lead_id, closed_on FROM crm_lead_audit"
        " WHERE id = ANY(%s))",
        ids,
    )


def _named(env, names, statement):
    """Run a statement; yield the id of the audit and the values by name."""
    for audit_id, *row in env.execute_query(statement):
        yield audit_id, dict(zip(names, row, strict=True))


def _leads(env, ids):
    names = ("outcome", "closed_on", "received_on", "grade_last", "user_id")
    names += ("team_id", "amount", "lost_reason_id", "closed_by_id")
    names += ("qualification", "deadline", "answered_on", "duplicate_id")
    return _named(
        env,
        names,
        SQL(
            """
        SELECT audit.id, audit.outcome, audit.closed_on,
               LEAST(COALESCE(lead.received_on, lead.create_date), audit.closed_on),
               (audit.snapshot->>'lead_grade')::int, (audit.snapshot->>'user_id')::int,
               (audit.snapshot->>'team_id')::int,
               (audit.snapshot->>'expected_revenue')::float8,
               COALESCE(NULLIF((audit.snapshot->>'lost_reason_id')::int, 0), CASE
                   WHEN lead.won_status = 'lost' AND NOT EXISTS (
                        SELECT FROM crm_lead_audit AS later
                         WHERE later.lead_id = lead.id AND later.id > audit.id)
                   THEN lead.lost_reason_id END, 0),
               (audit.snapshot->>'closed_by_id')::int,
               COALESCE(lead.qualification_state, ''), lead.response_deadline,
               CASE WHEN lead.first_response_on <= audit.closed_on
                    THEN lead.first_response_on END,
               COALESCE((SELECT min(other.id) FROM crm_lead AS other
                          WHERE other.id <> lead.id AND other.active
                            AND other.won_status = 'pending'
                            AND other.company_id IS NOT DISTINCT FROM lead.company_id
                            AND (other.email_normalized = lead.email_normalized
                              OR other.phone_sanitized = lead.phone_sanitized)), 0)
          FROM crm_lead_audit AS audit JOIN crm_lead AS lead ON lead.id = audit.lead_id
         WHERE audit.id = ANY(%(ids)s)
        """,
            ids=ids,
        ),
    )


def _touches(env, ids):
    names = ("touches_in", "touches_out", "attempts", "messages", "messages_by_hand")
    names += ("first_talk", "last_touch", "silence")
    return _named(
        env,
        names,
        SQL(
            TOUCHES,
            audits=_audits(ids),
            contact=contacts.contact("one"),
            landed=contacts.judged(env, "is_landed", "one"),
            attempt=contacts.judged(env, "is_attempt", "one"),
            answer=contacts.judged(env, "is_answer", "one"),
            sent=SQL(
                "touch.direction = 'out' AND touch.kind IN ('email', 'sms', 'whatsapp')"
                " AND touch.outcome IS DISTINCT FROM 'failed'"
            ),
        ),
    )


def _offers(env, ids):
    """Return when leads first got an offer: by stage, by message, or by quotation."""
    ways = [
        SQL(
            "(SELECT min(log.date) FROM crm_lead_stage_log AS log"
            " WHERE log.lead_id = lead.id AND log.to_role = 'negotiation'"
            " AND log.is_merged IS NOT TRUE)"
        ),
        SQL(
            "(SELECT min(sent.occurred_on) FROM crm_touchpoint AS sent"
            " JOIN crm_message_template AS text ON text.id = sent.message_template_id"
            " WHERE sent.lead_id = lead.id AND sent.direction = 'out'"
            " AND text.purpose = 'offer')"
        ),
        *env["crm.followup.accountant"]._offer_sqls(),
    ]
    if "opportunity_id" in env.get("sale.order", env["res.users"])._fields:
        ways.append(
            SQL(
                "(SELECT min(sale.date_order) FROM sale_order AS sale"
                " WHERE sale.opportunity_id = lead.id AND sale.state IN ('sent', 'sale'))"
            )
        )
    return _named(
        env,
        ("offer",),
        SQL(
            """
        WITH %(audits)s,
        offered AS (
            SELECT audit.id, audit.closed_on, LEAST(%(ways)s) AS offer
              FROM audit JOIN crm_lead AS lead ON lead.id = audit.lead_id)
        SELECT id, CASE WHEN offer <= closed_on THEN offer END FROM offered
        """,
            audits=_audits(ids),
            ways=SQL(", ").join(ways),
        ),
    )


def _grades(env, ids):
    return _named(
        env,
        ("grade_first",),
        SQL(
            """
        WITH %(audits)s
        SELECT DISTINCT ON (audit.id) audit.id, log.to_grade
          FROM audit JOIN crm_lead_grade_log AS log ON log.lead_id = audit.lead_id
         WHERE log.create_date <= audit.closed_on
         ORDER BY audit.id, log.create_date, log.id
        """,
            audits=_audits(ids),
        ),
    )


def _moves(env, ids):
    """Return which stages leads passed over on their way forward, and how often by will."""
    roles = [role for role, _label in LEAD_ROLES]
    there = {
        role
        for (role,) in env.execute_query(
            SQL(
                "SELECT DISTINCT lead_role FROM crm_stage WHERE lead_role = ANY(%s)",
                roles,
            )
        )
    }
    stages = [role for role in CHAIN if role in there]
    found = {}
    rows = env.execute_query(
        SQL(
            """
            WITH %s
            SELECT audit.id, log.from_role, log.to_role, COALESCE(log.is_override, FALSE)
              FROM audit JOIN crm_lead_stage_log AS log ON log.lead_id = audit.lead_id
             WHERE log.date <= audit.closed_on AND log.is_merged IS NOT TRUE
             ORDER BY audit.id, log.date, log.id
            """,
            _audits(ids),
        )
    )
    for audit_id, former, new, is_override in rows:
        values = found.setdefault(
            audit_id, {"skipped": [], "overrides": 0, "been": set()}
        )
        values["overrides"] += is_override
        values["been"] |= {former, new}
        if former in stages and new in stages:
            between = stages[stages.index(former) + 1 : stages.index(new)]
            values["skipped"] += [
                role for role in between if role not in values["been"]
            ]
            values["been"].update(between)
    return found.items()


def _owners(env, ids):
    """Return how many people had a lead; by decisions where they are on record."""
    return _named(
        env,
        ("owners", "hops"),
        SQL(
            """
        WITH %(audits)s,
        had AS (
            SELECT audit.id, log.to_user_id AS user_id, log.mode
              FROM audit JOIN crm_lead_routing_log AS log ON log.lead_id = audit.lead_id
             WHERE log.create_date <= audit.closed_on AND log.mode <> 'dry_run'
             UNION ALL
            SELECT audit.id, unnest(ARRAY[change.old_value_integer,
                                          change.new_value_integer]), NULL
              FROM audit
              JOIN mail_message AS said ON said.model = 'crm.lead'
                                       AND said.res_id = audit.lead_id
              JOIN mail_tracking_value AS change ON change.mail_message_id = said.id
              JOIN ir_model_fields AS field ON field.id = change.field_id
             WHERE field.model = 'crm.lead' AND field.name = 'user_id'
               AND said.date <= audit.closed_on
             UNION ALL
            SELECT audit.id, (row.snapshot->>'user_id')::int, NULL
              FROM audit JOIN crm_lead_audit AS row ON row.id = audit.id)
        SELECT id, count(DISTINCT NULLIF(user_id, 0)), count(*) FILTER (WHERE mode = 'reroute')
          FROM had GROUP BY id
        """,
            audits=_audits(ids),
        ),
    )


def _steps(env, ids):
    return _named(
        env,
        ("steps_due", "steps_in_time", "missed"),
        SQL(
            """
        WITH %(audits)s
        SELECT audit.id, count(*), count(*) FILTER (WHERE step.state = 'done'),
               COALESCE(array_agg(DISTINCT step.duty ORDER BY step.duty)
                        FILTER (WHERE step.state = 'missed'), ARRAY[]::varchar[])
          FROM audit JOIN crm_lead_followup AS step ON step.lead_id = audit.lead_id
         WHERE step.due_on <= audit.closed_on AND step.state IN ('done', 'late', 'missed')
         GROUP BY audit.id
        """,
            audits=_audits(ids),
        ),
    )


def _plans(env, ids):
    """Return whether something was planned when a lead was closed, and its tracks."""
    return _named(
        env,
        ("has_next", "tracks"),
        SQL(
            """
        WITH %(audits)s
        SELECT audit.id,
               EXISTS (SELECT FROM crm_lead_followup AS step
                        WHERE step.lead_id = audit.lead_id
                          AND step.planned_on <= audit.closed_on
                          AND step.due_on > audit.closed_on
                          AND (step.state = 'planned' OR step.reason = 'closed'
                               OR step.done_on > audit.closed_on))
            OR EXISTS (SELECT FROM mail_activity AS act
                        WHERE act.res_model = 'crm.lead' AND act.res_id = audit.lead_id
                          AND (act.active OR act.date_done >= audit.closed_on::date))
            OR EXISTS (SELECT FROM crm_nurture_enrollment AS one
                        WHERE one.lead_id = audit.lead_id
                          AND one.started_on <= audit.closed_on
                          AND (one.ended_on IS NULL OR one.ended_on >= audit.closed_on)),
               (SELECT count(*) FROM crm_nurture_enrollment AS one
                 WHERE one.lead_id = audit.lead_id
                   AND one.started_on <= audit.closed_on)
          FROM audit
        """,
            audits=_audits(ids),
        ),
    )


def _events(env, ids):
    """Return the story of leads up to their closing, as rows without any words.

    Who, when and which record: what people wrote stays where they wrote it. So who has a
    person forgotten finds nothing of it here.
    """
    Event = env["crm.lead.event"]
    rows = env.execute_query(
        SQL(
            """
            WITH %(audits)s
            SELECT id, event_id, date, kind, direction, is_human, user_id
              FROM (SELECT audit.id, event.id AS event_id, event.date, event.kind,
                           event.direction, event.is_human, event.user_id,
                           row_number() OVER (PARTITION BY audit.id
                               ORDER BY event.date DESC, event.id DESC) AS place
                      FROM audit JOIN (%(events)s) AS event
                        ON event.lead_id = audit.lead_id
                       AND event.date <= audit.closed_on
                     WHERE event.lead_id = ANY(%(leads)s)) AS placed
             WHERE place <= %(most)s ORDER BY id, place
            """,
            audits=_audits(ids),
            events=Event._table_query,
            leads=env["crm.lead.audit"].browse(ids).lead_id.ids,
            most=MAX_EVENTS,
        )
    )
    found = {}
    for audit_id, event_id, date, kind, direction, is_human, user_id in rows:
        moment = date.isoformat(timespec="seconds")
        found.setdefault(audit_id, []).append(
            [event_id, moment, kind, direction, bool(is_human), user_id or 0]
        )
    return found
