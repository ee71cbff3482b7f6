# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import datetime
from typing import NamedTuple

from odoo import SUPERUSER_ID
from odoo.tools import SQL

from .arrays import columns, ids

# The columns of a new row, with their types, beside who wrote it and when.
COLUMNS = {
    "lead_id": "int",
    "duty": "varchar",
    "kind": "varchar",
    "policy_id": "int",
    "step_id": "int",
    "user_id": "int",
    "planned_on": "timestamp",
    "due_on": "timestamp",
    "channel": "varchar",
    "purpose": "varchar",
    "summary": "varchar",
    "note_before": "text",
}
OVER = {
    "id": "int",
    "state": "varchar",
    "reason": "varchar",
    "done_on": "timestamp",
    "done_by_id": "int",
    "touchpoint_id": "int",
    "note_after": "text",
    "by_word": "boolean",
}
READ = (
    "id", "lead_id", "duty", "kind", "step_id", "user_id", "planned_on", "due_on", "channel",
    "activity_id", "acting_user_id", "policy_id",
)  # fmt: skip


class Planned(NamedTuple):
    """A step that is planned, as it stands in the ledger."""

    id: int
    lead_id: int
    duty: str
    kind: str
    step_id: int
    user_id: int
    planned_on: datetime
    due_on: datetime
    channel: str
    activity_id: int
    acting_user_id: int
    policy_id: int

    @property
    def code(self):
        """What tells the step apart from others that are planned for the lead."""
        return self.kind, self.duty, self.step_id or 0


class Ledger:
    """Reads and writes ``crm.lead.followup``: one statement for any number of rows.

    Two workers that plan the same for a lead write the same key; the second one's row is
    left out. A step that is over is not written again.
    """

    def __init__(self, env):
        # sudo: the ledger is written by engines only, whoever caused it.
        self.model = env["crm.lead.followup"].sudo()
        self.env = self.model.env

    # === READING === #

    def planned(self, lead_ids):
        """Return what is planned for leads.

        :return: lists of Planned by lead id, earliest first.
        :rtype: dict[int, list[Planned]]
        """
        self.model.flush_model([*READ[1:], "state"])
        rows = self.env.execute_query(
            SQL(
                "SELECT %s FROM crm_lead_followup WHERE lead_id = ANY(%s) AND state = 'planned'"
                " ORDER BY due_on, id",
                SQL(", ").join(map(SQL.identifier, READ)),
                ids(lead_ids),
            )
        )
        found = {}
        for row in rows:
            found.setdefault(row[1], []).append(Planned(*row))
        return found

    def history(self, lead_ids):
        """Return the steps of leads that are over, but for what people planned.

        :return: pairs of a code, see ``Planned.code``, and when it was last done or over, by
            lead id.
        :rtype: dict[int, dict]
        """
        self.model.flush_model(
            ["lead_id", "kind", "duty", "step_id", "done_on", "state"]
        )
        rows = self.env.execute_query(
            SQL(
                "SELECT lead_id, kind, duty, COALESCE(step_id, 0), max(done_on)"
                " FROM crm_lead_followup WHERE lead_id = ANY(%s) AND state <> 'planned'"
                " AND kind NOT IN ('periodic', 'own', 'review')"
                " AND NOT (state IN ('cancelled', 'missed') AND reason IN"
                " ('handed', 'paused', 'closed', 'no_policy'))"
                " GROUP BY 1, 2, 3, 4",
                ids(lead_ids),
            )
        )
        found = {}
        for lead_id, kind, duty, step_id, done_on in rows:
            found.setdefault(lead_id, {})[kind, duty, step_id] = done_on
        return found

    # === WRITING === #

    def open(self, rows):
        """Plan steps.

        :param list[dict] rows: values by the names of COLUMNS; what is left out is empty.
        :return: ids of the rows.
        :rtype: list[int]
        """
        if not rows:
            return []
        self.model.flush_model(["lead_id", "key"])
        names = SQL(", ").join(map(SQL.identifier, COLUMNS))
        values = ([row.get(name) or None for name in COLUMNS] for row in rows)
        found = self.env.execute_query(
            SQL(
                """
                INSERT INTO crm_lead_followup
                       (%(names)s, state, check_state, key, create_uid, create_date, write_uid,
                        write_date)
                SELECT %(names)s, 'planned', 'none',
                       row.lead_id || ':' || row.kind || ':' || row.duty || ':'
                       || COALESCE(row.step_id::text, '') || ':'
                       || (SELECT count(*) FROM crm_lead_followup AS old
                            WHERE old.lead_id = row.lead_id AND old.duty = row.duty),
                       %(uid)s::int, %(now)s, %(uid)s::int, %(now)s
                  FROM unnest(%(columns)s) AS row(%(names)s)
                ON CONFLICT DO NOTHING
                RETURNING id
                """,
                names=names,
                columns=columns(COLUMNS.values(), values),
                # What the clock plans nobody has written.
                uid=self.env.uid if self.env.uid != SUPERUSER_ID else None,
                now=self.env.cr.now(),
            )
        )
        self.model.invalidate_model(flush=False)
        return [row[0] for row in found]

    def close(self, rows):
        """End planned steps.

        :param list[dict] rows: by the names of OVER; ``id`` and ``state`` are required.
        """
        if not rows:
            return
        self.model.flush_model()
        names = [name for name in OVER if name != "id"]
        values = ([row.get(name) for name in OVER] for row in rows)
        self.env.execute_query(
            SQL(
                "UPDATE crm_lead_followup AS step SET %s, write_uid = %s, write_date = %s"
                " FROM unnest(%s) AS new(%s)"
                " WHERE step.id = new.id AND step.state = 'planned' RETURNING step.id",
                SQL(", ").join(
                    SQL("%s = new.%s", SQL.identifier(name), SQL.identifier(name))
                    for name in names
                ),
                self.env.uid,
                self.env.cr.now(),
                columns(OVER.values(), values),
                SQL(", ").join(map(SQL.identifier, OVER)),
            )
        )
        self.model.invalidate_model(flush=False)

    def move(self, due):
        """Give planned steps another end.

        :param dict due: moment by id of the row.
        """
        if not due:
            return
        self.model.flush_model(["due_on"])
        self.env.execute_query(
            SQL(
                "UPDATE crm_lead_followup AS step SET due_on = new.due_on::timestamp"
                " FROM unnest(%s) AS new(id, due_on)"
                " WHERE step.id = new.id AND step.state = 'planned' RETURNING step.id",
                columns(("int", "timestamp"), due.items()),
            )
        )
        self.model.invalidate_model(["due_on"], flush=False)
