# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import psycopg2

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import RoutingCommon


@tagged("post_install", "-at_install")
class TestRoutingRule(RoutingCommon):
    """How routing rules are written, and the turns that belong to them."""

    def _sequences(self):
        self.env.cr.execute(
            "SELECT relname FROM pg_class"
            " WHERE relkind = 'S' AND relname LIKE 'crm_routing_rule_turn_%'"
        )
        return {name for (name,) in self.env.cr.fetchall()}

    def test_nothing_is_routed_when_installed(self):
        self.assertFalse(self.env["crm.routing.rule"]._is_on())

    def test_a_rule_needs_somebody_to_give_leads_to(self):
        for values in ({"method": "fixed"}, {"team_id": False}):
            with self.assertRaises(ValidationError) as caught, self.cr.savepoint():
                self._make_rule(name="My rule", **values)
            self.assertIn("My rule", str(caught.exception))

    def test_team_and_rule_of_one_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.user_manager.company_ids += other
        self.team_pool.company_id = self.company
        with self.assertRaises(ValidationError) as caught:
            self._make_rule(company_id=other.id)
        self.assertIn("Other", str(caught.exception))

    def test_turns_come_and_go_with_their_rule(self):
        before = self._sequences()
        rule = self._make_rule()
        copied = rule.copy()
        self.assertEqual(len(self._sequences() - before), 2)
        Turn = self.env["crm.routing.turn"]
        counts = {rule.id: 3, copied.id: 1}
        self.assertEqual(Turn._peek(counts), {rule.id: [0, 1, 2], copied.id: [0]})
        self.assertEqual(Turn._take(counts), {rule.id: [0, 1, 2], copied.id: [0]})
        self.assertEqual(Turn._peek({rule.id: 2}), {rule.id: [3, 4]})
        (rule + copied).unlink()
        self.assertEqual(self._sequences(), before)

    def test_turns_are_removed_with_the_table(self):
        """What uninstalling removes: sequences belong to a column of the rules' table."""
        rule = self._make_rule()
        self.env.cr.execute(
            "SELECT count(*) FROM pg_depend d JOIN pg_class s ON s.oid = d.objid"
            " WHERE s.relname = %s AND d.deptype = 'a'"
            "   AND d.refobjid = 'crm_routing_rule'::regclass",
            [f"crm_routing_rule_turn_{rule.id}"],
        )
        self.assertEqual(self.env.cr.fetchone()[0], 1)

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
