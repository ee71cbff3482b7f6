# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""The rows of ``crm.nurture.delivery``: written before anything goes."""

from odoo.tools import SQL

COLUMNS = {
    "enrollment_id": "int",
    "step_id": "int",
    "lead_id": "int",
    "channel": "varchar",
    "state": "varchar",
    "due_on": "timestamp",
    "done_on": "timestamp",
    "reason": "varchar",
    "followup_id": "int",
}
# A row that waits is taken up again; each other one is what became of the step.
WRITE = """
    INSERT INTO crm_nurture_delivery AS row
           (%(names)s, track_id, attempts, create_uid, create_date, write_uid, write_date)
    SELECT %(typed)s, (SELECT step.track_id FROM crm_nurture_step AS step
                        WHERE step.id = new.step_id::int), (new.state = 'queued')::int,
           %(uid)s, %(now)s, %(uid)s, %(now)s
      FROM (VALUES %(values)s) AS new(%(names)s)
ON CONFLICT (enrollment_id, step_id) DO UPDATE
       SET channel = EXCLUDED.channel, state = EXCLUDED.state, done_on = EXCLUDED.done_on,
           reason = EXCLUDED.reason, followup_id = EXCLUDED.followup_id,
           attempts = row.attempts + EXCLUDED.attempts
     WHERE row.state = 'held'
 RETURNING enrollment_id, id, attempts
"""


def write(env, rows):
    """Write what becomes of steps, where nothing else became of them before.

    :param list[dict] rows: values by the names of COLUMNS; what is left out is empty.
    :return: id and number of attempts by enrollment id, of the rows that were written.
    :rtype: dict[int, tuple[int, int]]
    """
    if not rows:
        return {}
    env["crm.nurture.delivery"].flush_model()
    found = env.execute_query(
        SQL(
            WRITE,
            names=SQL(", ").join(map(SQL.identifier, COLUMNS)),
            typed=SQL(", ").join(
                SQL("new.%s::%s", SQL.identifier(name), SQL(kind))
                for name, kind in COLUMNS.items()
            ),
            values=SQL(", ").join(
                SQL(
                    "(%s)", SQL(", ").join(SQL("%s", row.get(name)) for name in COLUMNS)
                )
                for row in rows
            ),
            uid=env.uid,
            now=env.cr.now(),
        )
    )
    env["crm.nurture.delivery"].invalidate_model(flush=False)
    return {one_id: (row_id, attempts) for one_id, row_id, attempts in found}
