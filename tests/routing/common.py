# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.tests import new_test_user

from ..common import LeadCommon


class RoutingCommon(LeadCommon):
    """A team of four whose members take turns, made by the manager.

    ``team_pool``'s members are ``pool[0]`` to ``pool[3]``. No company-wide fallback is
    set, and the manager leads the team.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.lead_fallback_user_id = False
        cls.company.lead_creator_keeps = False
        cls.pool = cls.env["res.users"]
        for number in range(4):
            cls.pool += new_test_user(
                cls.env,
                f"lead_pool_{number}",
                "sales_team.group_sale_salesman",
                name=f"Pool {number}",
            )
        cls.team_pool = cls.env["crm.team"].create(
            {"name": "Pool", "user_id": cls.user_manager.id}
        )
        cls.members = cls.env["crm.team.member"].create(
            [{"crm_team_id": cls.team_pool.id, "user_id": user.id} for user in cls.pool]
        )
        cls.engine = cls.env["crm.routing.engine"]

    def _make_rule(self, **values):
        """Create a rule as the sales manager."""
        rules = self.env["crm.routing.rule"].with_user(self.user_manager)
        vals = {"name": "Pool in turn", "method": "round_robin", **values}
        if vals["method"] != "fixed":
            vals.setdefault("team_id", self.team_pool.id)
        return rules.create(vals).sudo()

    def _make_waiting(self, count=1, **values):
        """Create leads that are neither routed nor owned."""
        leads = self.env["crm.lead"].with_context(crm_lead_management_skip=True)
        return leads.create(
            [{"name": f"Lead {n}", "user_id": False, **values} for n in range(count)]
        ).with_context(crm_lead_management_skip=False)

    def _last_log(self, lead):
        return self.env["crm.lead.routing.log"].search(
            [("lead_id", "=", lead.id)], limit=1
        )
