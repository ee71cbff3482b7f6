# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import contextlib

from odoo.api import SUPERUSER_ID, Environment
from odoo.tests import new_test_user

from ..processes import ProcessCase

# What a process runs first: ``done(work)`` does ``work(env)`` as a request of a server would,
# repeated where Odoo repeats it, and committed.
REQUEST = """
from odoo.service.model import retrying

def done(work):
    global registry
    registry = registry.check_signaling()
    with registry.cursor() as cr:
        env = Environment(cr, user_id, {})
        return retrying(lambda: work(env), env)
"""


class RoutingProcessCase(ProcessCase):
    """A team of four with one rule, committed, for several processes at the same time."""

    LEADS = "Process _ lead %"

    def setUp(self):
        super().setUp()
        self.kept = {}
        with self._env() as env:
            others = env["crm.routing.rule"].search([])
            others.active = False
            users = env["res.users"]
            for number in range(4):
                users += new_test_user(
                    env,
                    f"lead_process_{number}",
                    "sales_team.group_sale_salesman",
                    email=False,
                    notification_type="inbox",
                )
            team = env["crm.team"].create({"name": "Processes"})
            members = env["crm.team.member"].create(
                [{"crm_team_id": team.id, "user_id": user.id} for user in users]
            )
            rule = env["crm.routing.rule"].create(
                {"name": "Processes", "team_id": team.id, "method": "round_robin"}
            )
            self.kept = {
                "others": others.ids,
                "records": [(r._name, r.ids) for r in (members, team, users)],
                "users": users.ids,
                "team": team.id,
                "rule": rule.id,
            }
        self.registry.signal_changes()

    @contextlib.contextmanager
    def _env(self):
        """Lend an environment whose work is committed."""
        with self.registry.cursor() as cr:
            yield Environment(cr, SUPERUSER_ID, {"tracking_disable": True})

    def _clean(self, env):
        env["crm.lead"].search([("name", "=like", self.LEADS)]).unlink()
        rules = env["crm.routing.rule"].search([("team_id", "=", self.kept["team"])])
        rules.unlink()
        for name, ids in self.kept.get("records", ()):
            env[name].browse(ids).exists().unlink()
        env["crm.routing.rule"].browse(self.kept.get("others", ())).active = True
        env["crm.routing.rule"]._gc_counters()

    def _leads(self, env):
        return env["crm.lead"].search([("name", "=like", self.LEADS)])

    def _routed(self):
        """Return how many of the leads have an owner by now."""
        query = "SELECT count(user_id) FROM crm_lead WHERE name LIKE %s"
        return self._query(query, self.LEADS)[0][0]
