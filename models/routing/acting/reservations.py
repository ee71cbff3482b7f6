# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import fields
from odoo.tools import SQL


def reserve(env, user_id):
    """Lock and stamp the memberships of somebody who is near his limit of leads.

    Several processes may give out leads at the same moment. Each counts what it sees, and none
    sees what the others have not committed. So whoever is near his limit is reserved before he
    gets a lead: his memberships are locked, which takes no time where another process has them
    (somebody else gets the lead), and stamped, so that a process which began to count before
    is repeated by Odoo. One query for each person; asked once for any number of leads.

    :param env: the environment of who routes.
    :param int user_id: of the candidate who was chosen.
    :return: False where another process has him.
    """
    found = env.execute_query(
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
