# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import fields
from odoo.tools import SQL


class Reservations:
    """Keeps limits of leads where several processes give out leads at the same moment.

    Each counts what it sees, and none sees what the others have not committed. So whoever is
    near his limit is reserved before he gets a lead: his memberships are locked, which takes
    no time where another process has them (somebody else gets the lead), and stamped, so that
    a process which began to count before is repeated by Odoo.

    :param env: the environment of who routes.
    """

    def __init__(self, env):
        self.env = env
        self.known = {}

    def take(self, person):
        """Reserve a candidate who was chosen, near his limit; False where another has him.

        One query for each person, in any number of leads.
        """
        if person.user_id not in self.known:
            self.known[person.user_id] = self._lock(person.user_id)
        return self.known[person.user_id]

    def _lock(self, user_id):
        """Lock and stamp the memberships of a user; tell whether that was possible."""
        found = self.env.execute_query(
            SQL(
                "WITH free AS (SELECT id FROM crm_team_member"
                " WHERE user_id = %s AND active ORDER BY id"
                " FOR NO KEY UPDATE SKIP LOCKED),"
                " stamped AS (UPDATE crm_team_member SET routing_taken_on = %s"
                " FROM free WHERE crm_team_member.id = free.id)"
                " SELECT (SELECT count(*) FROM free), count(*) FROM crm_team_member"
                " WHERE user_id = %s AND active",
                user_id,
                fields.Datetime.now(),
                user_id,
            )
        )
        return found[0][0] == found[0][1]
