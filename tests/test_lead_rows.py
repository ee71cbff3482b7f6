# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import re
from datetime import datetime, timedelta

from odoo.fields import Command, Datetime, Domain
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL

from ..models.common.rights import LeadField
from ..models.insight.figures.conditions import condition
from .common import LeadCommon

# Rows whose lead may be missing, or whose first page goes another way.
OTHERWISE = {"crm.message.queue", "crm.lead.agenda"}


@tagged("post_install", "-at_install")
class TestLeadRows(LeadCommon):
    """Rows that belong to leads: found from the leads of who asks, and none but his."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        seller, colleague = cls.user_seller.id, cls.user_colleague.id
        cls.mine = cls._make_lead(name="Mine", user_id=seller)
        cls.theirs = cls._make_lead(name="Theirs", user_id=colleague)
        cls.nobodys = cls._make_lead(name="Nobody's", user_id=False, team_id=False)
        cls.old = cls._make_lead(name="Mine, archived", user_id=seller)
        cls.lost = cls._make_lead(name="Theirs, lost", user_id=colleague)
        cls.leads = cls.mine + cls.theirs + cls.nobodys + cls.old + cls.lost
        cls._fill(cls.leads)
        cls.old.active = False
        cls.lost.action_set_lost()

    @classmethod
    def _fill(cls, leads):
        """Give each lead a row of each kind."""
        cls.env["crm.touchpoint"]._record(
            [{"lead_id": lead.id, "kind": "call", "direction": "in"} for lead in leads]
        )
        now = Datetime.now()
        cls.env["crm.lead.followup"].create(
            [
                {
                    "lead_id": lead.id,
                    "duty": "other",
                    "kind": "own",
                    "state": "done",
                    "planned_on": now,
                    "due_on": now,
                    "done_on": now,
                    "key": f"row-{lead.id}",
                    "user_id": lead.user_id.id,
                }
                for lead in leads
            ]
        )
        cls.env.flush_all()

    def _seen(self, model, user, companies=None):
        """Return the leads of the rows that a user finds."""
        rows = self.env[model].with_user(user)
        if companies:
            rows = rows.with_context(allowed_company_ids=companies.ids)
        return rows.search([("lead_id", "in", self.leads.ids)]).sudo().lead_id

    def _assert_seen(self, user, leads, companies=None, steps=None):
        for model in (
            "crm.touchpoint",
            "crm.lead.stage.log",
            "crm.lead.event",
            "crm.lead.report.funnel",
            "crm.lead.followup",
        ):
            expected = leads
            if model == "crm.lead.followup" and steps:
                expected |= steps
            with self.subTest(model, user=user.login):
                found = self._seen(model, user, companies)
                self.assertEqual(found.sorted("id"), expected.sorted("id"))

    def test_own_documents(self):
        """His own and nobody's, archived ones, too; and the steps that he is to do."""
        theirs = self.env["crm.lead.followup"].search(
            [("lead_id", "=", self.theirs.id), ("duty", "=", "other")]
        )
        theirs.acting_user_id = self.user_seller
        self.env.flush_all()
        mine = self.mine + self.nobodys + self.old
        self._assert_seen(self.user_seller, mine, steps=self.theirs)
        self._assert_seen(self.user_colleague, self.theirs + self.nobodys + self.lost)
        self._assert_seen(self.user_all, self.leads)
        self.theirs.user_id = self.user_seller
        self._assert_seen(self.user_seller, mine + self.theirs)

    def test_several_companies(self):
        """Of the only company nobody asks; from the second one on everybody is asked."""
        other = self.env["res.company"].create({"name": "Elsewhere"})
        here = self.env.company
        far = new_test_user(
            self.env,
            "lead_far",
            "sales_team.group_sale_salesman_all_leads",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        both = new_test_user(
            self.env,
            "lead_both",
            "sales_team.group_sale_salesman",
            company_id=here.id,
            company_ids=[Command.set((here + other).ids)],
        )
        self.mine.company_id = here
        abroad = self._make_lead(
            name="Abroad", company_id=other.id, user_id=False, team_id=False
        )
        self.leads += abroad
        self._fill(abroad)
        self.nobodys.company_id = False
        self.env.flush_all()
        self.assertIn(abroad, self._seen("crm.touchpoint", far))
        self.assertNotIn(self.mine, self._seen("crm.touchpoint", far))
        for model in ("crm.touchpoint", "crm.lead.stage.log", "crm.lead.event"):
            with self.subTest(model):
                self.assertNotIn(abroad, self._seen(model, self.user_all))
                self.assertNotIn(abroad, self._seen(model, both, here))
                self.assertIn(abroad, self._seen(model, both, here + other))
                self.assertIn(self.nobodys, self._seen(model, far))
                self.assertIn(self.nobodys, self._seen(model, both, here))

    def test_what_is_sql_already_is_asked_of_the_leads(self):
        """A condition of no field was taken for one of the row itself."""
        named = Domain.custom(
            to_sql=lambda _model, alias, _query: SQL(
                "%s = 'Mine'", SQL.identifier(alias, "name")
            )
        )
        for model in ("crm.touchpoint", "crm.lead.report.funnel"):
            found = self.env[model].search(Domain("lead_id", "any", named))
            with self.subTest(model):
                self.assertEqual(found.lead_id & self.leads, self.mine)

    def test_what_is_counted_asks_its_own_leads(self):
        """What figures ask of the lead of a row is not asked of all leads there are."""
        among = Domain("lead_id", "in", self.leads.ids)
        for user in (self.user_all, self.user_seller):
            Touch = self.env["crm.touchpoint"].with_user(user)
            found = {}
            for lead in self.leads:
                query = Touch._search(among)
                asked = Domain("lead_id.name", "=", lead.name)
                sql = condition(Touch, query, asked)
                counted = query.select(SQL("count(*) FILTER (WHERE %s)", sql))
                [(number,)] = self.env.execute_query(counted)
                self.assertEqual(number, Touch.search_count(among & asked), lead.name)
                found[lead] = number
                self.assertNotIn("JOIN", counted.code)
                by_ids = "ANY(ARRAY(SELECT" in counted.code
                self.assertEqual(by_ids, user == self.user_all)
            self.assertTrue(found[self.mine])
            self.assertEqual(bool(found[self.theirs]), user == self.user_all)

    def test_every_rule_that_asks_the_lead_begins_at_it(self):
        """No row of a lead is looked for by a LEFT JOIN over all leads."""
        rules = self.env["ir.rule"].search([("domain_force", "like", "lead_id.")])
        models = set(rules.mapped("model_id.model"))
        self.assertGreater(len(models), 15)
        for name in sorted(models - OTHERWISE):
            field = self.env[name]._fields.get("lead_id")
            # A window is its author's; what only lists of others lead to has no lead of its own.
            if field is None or self.env[name]._transient:
                continue
            with self.subTest(name):
                self.assertIsInstance(field, LeadField)
        query = self.env["crm.touchpoint"].with_user(self.user_seller)._search([])
        self.assertNotIn("JOIN", query.select().code)
        self.assertIn(' IN (SELECT "crm_lead"."id"', query.select().code)
        if self.env["res.company"]._crm_is_only_company():
            self.assertNotIn("company_id", query.select().code)
            everything = self.env["crm.touchpoint"].with_user(self.user_all)._search([])
            self.assertNotIn("crm_lead", everything.select().code)

    def test_moves_of_others_are_not_put_in_order(self):
        """The window of the stages is of the leads that the rules leave."""
        funnel = self.env["crm.lead.report.funnel"]
        window = (
            r"AS MATERIALIZED \(SELECT .*\"crm_lead\".\"user_id\" IN.*ANY\(.*WINDOW"
        )
        code = funnel.with_user(self.user_seller)._table_query.code
        self.assertTrue(re.search(window, code, re.DOTALL))
        for everybody in (funnel.with_user(self.user_all), funnel.sudo()):
            self.assertNotIn("ANY(ARRAY", everybody._table_query.code)

    def test_a_time_with_parts_of_a_second(self):
        """What is found of a time is what its told second says, by whatever comparison."""
        begin = datetime(2026, 3, 4, 10, 0, 0)
        touches = self.env["crm.touchpoint"].search([("lead_id", "=", self.mine.id)])
        moments = [
            begin + timedelta(milliseconds=step) for step in (-1, 0, 400, 999, 1000)
        ]
        touches |= self.env["crm.touchpoint"]._record(
            [{"lead_id": self.mine.id, "kind": "call"}] * 4
        )
        for touch, moment in zip(touches, moments, strict=True):
            self.env.cr.execute(
                SQL(
                    "UPDATE crm_touchpoint SET occurred_on = %s WHERE id = %s",
                    moment,
                    touch.id,
                )
            )
        self.env.invalidate_all()
        events = self.env["crm.lead.event"].with_user(self.user_seller)
        mine = [("lead_id", "=", self.mine.id), ("kind", "=", "call")]
        every = events.search(mine)
        self.assertEqual(len(every), len(moments))
        compared = {
            ">=": datetime.__ge__,
            ">": datetime.__gt__,
            "<": datetime.__lt__,
            "<=": datetime.__le__,
        }
        values = [begin + timedelta(seconds=step) for step in (-1, 0, 1, 2)]
        for operator, holds in compared.items():
            for value in values:
                expected = every.filtered(
                    lambda event, holds=holds, value=value: holds(event.date, value)
                )
                domain = [*mine, ("date", operator, value)]
                with self.subTest(operator, value=value):
                    self.assertEqual(events.search(domain), expected)
                    self.assertEqual(
                        events.search(["!", *domain[-1:], *mine]), every - expected
                    )
