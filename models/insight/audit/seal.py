# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""The seal of an audit: what shows that it says what it said when it was built."""

from odoo.tools import SQL

# The columns that are facts, from the attribute of Facts with that name.
MEASURED = (
    "received_on",
    "days",
    "answer_minutes",
    "touches_in",
    "touches_out",
    "attempts",
    "hops",
    "grade_first",
    "steps_due",
    "steps_in_time",
    "messages",
    "tracks",
)
# Columns that are under the seal as they stand.
SEALED = ("outcome", "closed_on", "grade_last", "amount", "in_time", "silence_days")
# Those that are empty once the record that they point at is gone: sealed in the snapshot.
POINTING = ("user_id", "team_id", "lost_reason_id", "closed_by_id", "company_id")

# The SHA-256 of all that, as the database has it: columns, snapshot, findings in their order.
SEAL = """
    encode(sha256(convert_to(jsonb_build_array(
        audit.id, audit.lead_id, %(columns)s, audit.snapshot,
        (SELECT jsonb_agg(
                    jsonb_build_array(finding.code, finding.severity, finding.facts)
                    ORDER BY finding.id)
           FROM crm_lead_audit_finding AS finding WHERE finding.audit_id = audit.id)
    )::text, 'UTF8')), 'hex')
"""


def put(env, ids):
    """Seal audits: one statement for any number.

    :param ids: of crm.lead.audit, all of whose columns are written.
    """
    env.cr.execute(
        SQL(
            "UPDATE crm_lead_audit AS audit SET digest = %s WHERE audit.id = ANY(%s)",
            _seal(),
            ids,
        )
    )


def broken(env, ids):
    """Return which audits say something else than when they were built.

    What they point at may have been deleted since; they point at nothing else.

    :param ids: of crm.lead.audit that are built.
    :return: their ids, ascending.
    :rtype: list[int]
    """
    points = SQL(" OR ").join(
        SQL(
            "%(column)s IS NOT NULL"
            " AND %(column)s IS DISTINCT FROM (audit.snapshot->>%(name)s)::int",
            column=SQL.identifier("audit", name),
            name=name,
        )
        for name in POINTING
    )
    rows = env.execute_query(
        SQL(
            "SELECT audit.id FROM crm_lead_audit AS audit WHERE audit.id = ANY(%s)"
            " AND (audit.digest IS DISTINCT FROM %s OR %s) ORDER BY audit.id",
            ids,
            _seal(),
            points,
        )
    )
    return [row[0] for row in rows]


def _seal():
    columns = (SQL.identifier("audit", name) for name in (*SEALED, *MEASURED))
    return SQL(SEAL, columns=SQL(", ").join(columns))
