# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Which leads a pass need not look at: nothing that their next step follows from has changed.

The database adds up in one number, the mark, all that the planner reads of a lead: its columns,
what happened with it, what is planned, which policy and steps match it; and what counts for
all of them: the policies, the matrix, people and their calendars. Where a pass looked at a lead
and had nothing to change, its mark is kept. As long as it is the same, planning would say the
same, and passes leave the lead out. Only passes do: what happens with a lead is looked at at once.
"""

from hashlib import blake2b

from odoo.tools import SQL

from ..keeping.arrays import columns, ids

# What the planner reads of a lead itself; what else is read of it: see SAID.
COLUMNS = (
    "user_id", "team_id", "company_id", "received_on", "active", "won_status",
    "first_assigned_on", "response_deadline", "first_response_on", "date_closed",
    "qualification_state", "lead_grade", "stage_id", "date_last_stage_update",
    "lost_reason_id", "routing_rule_id",
    "next_touch_on", "last_contact_on", "last_touch_on", "contact_count", "retention_k",
)  # fmt: skip
MARK = """
    %(hash)s(ROW(%(columns)s, lead.routing_paused_until > %(now)s, told.said,
        (SELECT sum(%(hash)s(ROW(touch.id, touch.is_human, touch.outcome,
                                 touch.occurred_on)%(text)s, 1))
           FROM crm_touchpoint AS touch
          WHERE touch.lead_id = lead.id AND touch.occurred_on <= %(now)s),
        (SELECT sum(%(hash)s(ROW(step.id, step.state, step.user_id, step.acting_user_id,
                                 step.due_on, step.activity_id, step.done_on)%(text)s, 1))
           FROM crm_lead_followup AS step WHERE step.lead_id = lead.id),
        (SELECT sum(%(hash)s(ROW(activity.id, activity.user_id, activity.date_deadline)%(text)s, 1))
           FROM mail_activity AS activity
          WHERE activity.res_id = lead.id AND activity.res_model = 'crm.lead'
            AND activity.active))%(text)s, %(seed)s)::text
"""
# Since PostgreSQL 14 a row can be hashed as it is.
HASH, OLD_HASH = "hash_record_extended", "hashtextextended"
# What counts for all leads: whoever changes one of these has all of them looked at again.
TABLES = (
    "crm_scorecard", "crm_scorecard_grade", "crm_team", "crm_team_member", "res_company",
    "res_groups", "res_users",
    "resource_calendar", "resource_calendar_attendance", "resource_calendar_leaves",
    "resource_resource", "hr_employee", "hr_version",
)  # fmt: skip
RELATIONS = {
    "res_groups_users_rel": ("gid", "uid"),
    "res_company_users_rel": ("cid", "user_id"),
}
READ = {
    "crm.lead": ["routing_paused_until", "create_date", *COLUMNS],
    "crm.touchpoint": ["lead_id", "is_human", "outcome", "occurred_on"],
    "crm.lead.followup": [
        "lead_id", "state", "user_id", "acting_user_id", "due_on", "activity_id", "done_on",
    ],
    "mail.activity": ["res_model", "res_id", "active", "user_id", "date_deadline"],
}  # fmt: skip


class Marks:
    """The marks of leads, for one pass at one moment."""

    def __init__(self, env, now, setup):
        """
        :param env: a superuser's.
        :param setup: what the planner goes by, as text: policies, steps, matrix.
        """
        self.env, self.now = env, now
        stamp = repr((setup, self._stamp())).encode()
        digest = blake2b(stamp, digest_size=8).digest()
        self.seed = int.from_bytes(digest, "big", signed=True)

    def any(self):
        """Tell whether there is any mark at all."""
        rows = self.env.execute_query(
            SQL("SELECT EXISTS (SELECT FROM crm_followup_mark)")
        )
        return rows[0][0]

    def changed(self, leads, said):
        """Return the leads that do not look as they did when they were planned.

        :param dict said: a number for each lead: what is known of it beside its records.
        """
        rows = self.env.execute_query(
            SQL(
                "SELECT lead.id FROM crm_followup_mark AS kept"
                " JOIN unnest(%s) AS told(id, said) ON told.id = kept.lead_id"
                " JOIN crm_lead AS lead ON lead.id = kept.lead_id"
                " WHERE kept.lead_id = ANY(%s) AND kept.mark = %s",
                columns(("int", "bigint"), said.items()),
                ids(said),
                self._mark_sql(),
            )
        )
        same = {row[0] for row in rows}
        return leads.browse(i for i in leads.ids if i not in same)

    def keep(self, leads, said):
        """Keep what leads look like: planning them once more changed nothing."""
        if not leads:
            return
        self.env.execute_query(
            SQL(
                "INSERT INTO crm_followup_mark (lead_id, mark)"
                " SELECT lead.id, %s FROM crm_lead AS lead"
                " JOIN unnest(%s) AS told(id, said) ON told.id = lead.id"
                " WHERE lead.id = ANY(%s)"
                " ON CONFLICT (lead_id) DO UPDATE SET mark = excluded.mark RETURNING 1",
                self._mark_sql(),
                columns(("int", "bigint"), said.items()),
                ids(leads.ids),
            )
        )

    def _mark_sql(self):
        for model_name, names in READ.items():
            self.env[model_name].flush_model(names)
        is_old = self.env.cr._cnx.server_version < 140000
        return SQL(
            MARK,
            hash=SQL(OLD_HASH if is_old else HASH),
            text=SQL("::text") if is_old else SQL(""),
            columns=SQL(", ").join(SQL.identifier("lead", name) for name in COLUMNS),
            now=self.now,
            seed=self.seed,
        )

    def _stamp(self):
        """Return what changes when people, teams or calendars do: one query."""
        known = self.env.execute_query(
            SQL(
                "SELECT relname FROM pg_class WHERE relname = ANY(%s) AND relkind = 'r'"
                " AND relnamespace = current_schema::regnamespace ORDER BY 1",
                list(TABLES),
            )
        )
        parts = [
            SQL(
                "SELECT max(write_date)::text, count(*), sum(id) FROM %s",
                SQL.identifier(name),
            )
            for (name,) in known
        ]
        parts.append(
            SQL(
                "SELECT max(partner.write_date)::text, count(*), sum(usr.id)"
                " FROM res_users AS usr JOIN res_partner AS partner ON partner.id = usr.partner_id"
            )
        )
        parts += [
            SQL(
                "SELECT NULL, count(*), sum(%s * 7919::bigint + %s * 104729::bigint %% 1299709)"
                " FROM %s",
                *map(SQL.identifier, (*columns, name)),
            )
            for name, columns in RELATIONS.items()
        ]
        for model_name in self.env.registry.models:
            if self.env[model_name]._table in TABLES:
                self.env[model_name].flush_model()
        return self.env.execute_query(SQL(" UNION ALL ").join(parts))
