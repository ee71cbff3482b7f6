# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import gc
from unittest import SkipTest

from odoo.tests import TransactionCase, new_test_user

# Tags of a class whose tests need an app that we do not depend on: ./dev/test runs them
# where all those apps are installed, in the check "neighbours".
NEIGHBOUR = ("post_install", "-at_install", "crm_lead_management_neighbour")


def needs(is_there, app):
    """Skip the tests of a class where an app is not installed."""
    if not is_there:
        raise SkipTest(f"{app} is not installed")


class LeadCommon(TransactionCase):
    """The cast of the whole suite, on a database without demo data.

    ::

        company       Odoo's main company; company_other: a second one, no leads of ours
        ----------------------------------------------------------------------------------
        user_seller   salesperson, own documents only       member of team_north
        user_colleague salesperson, own documents only      member of team_north
        user_all      salesperson, all documents            member of team_south
        user_manager  sales administrator                   leads both teams

    The company's own rules of every kind (those that the addon ships) are switched off, so
    that a test meets only the rules that it makes. Tests run as the lowest user who may.
    """

    # Models whose shipped records are switched off for the tests.
    QUIET_MODELS = (
        "crm.persona",
        "crm.persona.criterion",
        "crm.segment",
        "crm.info.item",
        "crm.routing.rule",
        "crm.routing.policy",
        "crm.qualifier",
        "crm.scorecard",
    )

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "tracking_disable": True})
        for model_name in cls.QUIET_MODELS:
            cls.env[model_name].search([]).active = False
        cls.company = cls.env.ref("base.main_company")
        cls._make_users()

    @classmethod
    def _make_users(cls):
        group = "sales_team.group_sale_{}".format
        cls.user_seller = new_test_user(cls.env, "lead_seller", group("salesman"))
        cls.user_colleague = new_test_user(cls.env, "lead_colleague", group("salesman"))
        cls.user_all = new_test_user(cls.env, "lead_all", group("salesman_all_leads"))
        cls.user_manager = new_test_user(cls.env, "lead_manager", group("manager"))
        cls.team_north, cls.team_south = cls.env["crm.team"].create(
            [
                {"name": "North", "user_id": cls.user_manager.id},
                {"name": "South", "user_id": cls.user_manager.id},
            ]
        )
        cls.env["crm.team.member"].create(
            [
                {"crm_team_id": team.id, "user_id": user.id}
                for team, user in (
                    (cls.team_north, cls.user_seller),
                    (cls.team_north, cls.user_colleague),
                    (cls.team_south, cls.user_all),
                )
            ]
        )

    # === FACTORIES === #

    @classmethod
    def _make_lead(cls, **values):
        """Create one lead, as superuser unless the class's env says otherwise."""
        return cls._make_leads(1, **values)

    @classmethod
    def _make_leads(cls, count, **values):
        """Create ``count`` leads with the same values."""
        return cls.env["crm.lead"].create(
            [
                {"name": f"Lead {number}", "type": "lead", **values}
                for number in range(count)
            ]
        )

    # === ASSERTIONS === #

    def assertSameQueryCount(self, run, *sizes):
        """Assert that ``run(size)`` costs as many queries at each of the sizes.

        ``run`` is called with a size and returns what to call: the preparation is not
        counted, the call is. A first call, not counted, warms the caches.
        """
        counts = {}
        run(sizes[0])()
        for size in sizes:
            measured = run(size)
            self.env.flush_all()
            self.env.invalidate_all()
            # Environments that nobody holds any more keep what they looked up until they are
            # collected: without this the count depends on when that happens to be.
            gc.collect()
            # And those that somebody holds know the company of their user without asking.
            users = self.env["res.users"].with_context(active_test=False).search([])
            users.company_id.mapped("name")
            before = self.env.cr.sql_log_count
            measured()
            self.env.flush_all()
            counts[size] = self.env.cr.sql_log_count - before
        self.assertEqual(len(set(counts.values())), 1, f"queries by size: {counts}")
