# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import psycopg2

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ...models.routing.acting.counters import Counters
from ...models.routing.deciding.methods import METHODS
from ...models.routing.deciding.turns import growth, lanes
from .common import RoutingCommon


@tagged("post_install", "-at_install")
class TestRoutingRule(RoutingCommon):
    """How routing rules are written, and the turns that belong to them."""

    def _counters(self):
        return Counters(self.env).existing()

    def test_nothing_is_routed_when_installed(self):
        self.assertFalse(self.env["crm.routing.rule"]._is_on())

    def test_a_rule_needs_somebody_to_give_leads_to(self):
        for values in ({"method": "fixed"}, {"team_id": False}):
            with self.assertRaises(ValidationError) as caught, self.cr.savepoint():
                self._make_rule(name="My rule", **values)
            self.assertIn("My rule", str(caught.exception))

    def test_the_form_asks_for_what_the_method_needs(self):
        form = Form(self.env["crm.routing.rule"].with_user(self.user_manager))
        form.name = "By form"
        for method in METHODS:
            form.method = method.key
            needs = (method.from_teams, method.names_person)
            shown = [
                not form._get_modifier(name, "invisible")
                for name in ("team_id", "member_ids", "user_id")
            ]
            self.assertEqual(shown, [any(needs), *needs], method.key)
            must = [form._get_modifier(n, "required") for n in ("team_id", "user_id")]
            self.assertEqual([bool(one) for one in must], list(needs), method.key)

    def test_team_and_rule_of_one_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.user_manager.company_ids += other
        self.team_pool.company_id = self.company
        with self.assertRaises(ValidationError) as caught:
            self._make_rule(company_id=other.id)
        self.assertIn("Other", str(caught.exception))

    def test_turns_come_and_go_with_their_pool(self):
        counters, rules = Counters(self.env), self.env["crm.routing.rule"]
        rules._gc_counters()
        before = self._counters()
        rule = self._make_rule()
        copied = rule.copy()
        pool = rule.source["pool"]
        self.assertEqual(copied.source["pool"], pool)
        first_ones = set(lanes(pool))
        created = self._counters() - before
        self.assertEqual(created, first_ones | {growth(rule.id), growth(copied.id)})
        # The second is for a part of the pool: made when it is needed, and removed with it.
        first, other = f"{pool}_0", f"{pool}_abc"
        self.assertEqual(counters.peek([first, other]), {first: 0, other: 0})
        self.assertEqual(
            counters.take({first: 3, other: 1}), {first: [0, 1, 2], other: [0]}
        )
        self.assertEqual(counters.peek([first, other]), {first: 3, other: 1})
        rule.unlink()
        rules._gc_counters()
        self.assertEqual(
            self._counters() - before, first_ones | {other, growth(copied.id)}
        )
        # Another pool, by a change of the rule.
        copied.extra_team_ids = self.team_south
        self.assertTrue({f"{copied.source['pool']}_0"} <= self._counters())
        copied.unlink()
        rules._gc_counters()
        self.assertEqual(self._counters(), before)

    def test_a_counter_that_is_missing_is_made(self):
        rule = self._make_rule()
        name = f"{rule.source['pool']}_0"
        self.env.cr.execute(f'DROP SEQUENCE "{name}"')
        counters = Counters(self.env)
        self.assertEqual(counters.peek([name]), {name: 0})
        self.assertEqual(counters.take({name: 2}), {name: [0, 1]})

    def test_turns_are_removed_with_the_table(self):
        """What uninstalling removes: counters belong to a column of the rules' table."""
        rule = self._make_rule()
        self.env.cr.execute(
            "SELECT count(*) FROM pg_depend d JOIN pg_class s ON s.oid = d.objid"
            " WHERE s.relname LIKE %s AND d.deptype = 'a'"
            "   AND d.refobjid = 'crm_routing_rule'::regclass",
            [f"{rule.source['pool']}_%"],
        )
        self.assertEqual(self.env.cr.fetchone()[0], len(lanes(rule.source["pool"])))

    def test_who_may_write_rules(self):
        rule = self._make_rule()
        rule.with_user(self.user_seller).read(["name", "team_id"])
        with self.assertRaises(AccessError):
            rule.with_user(self.user_all).write({"active": False})
        with self.assertRaises(AccessError):
            self.env["crm.routing.rule"].with_user(self.user_seller).create(
                {"name": "Mine", "method": "fixed", "user_id": self.user_seller.id}
            )

    def test_a_team_with_rules_cannot_be_deleted(self):
        self._make_rule()
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.IntegrityError),
            self.cr.savepoint(),
        ):
            self.team_pool.unlink()
