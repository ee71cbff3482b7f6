# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.tests import tagged

from ...models.message.guarding.holds import caps_of
from .common import PipelineCommon


@tagged("post_install", "-at_install")
class TestQualified(PipelineCommon):
    """Marketing qualified and sales qualified are two things; a grade may lead to the other."""

    def _card(self, **values):
        return self.env["crm.scorecard"].create(
            {
                "name": "Card",
                "state": "live",
                "company_id": self.company.id,
                "rule_ids": [
                    (
                        0,
                        0,
                        {"name": "Big", "points": 90, "domain": "[('city','=','B')]"},
                    )
                ],
                **values,
            }
        )

    def _lead(self, role="open", **values):
        values = {"company_id": self.company.id, "type": "opportunity", **values}
        return self._make_lead(stage_id=self.stages[role].id, **values)

    def test_sales_qualified(self):
        """R128: a mark of its own, to be seen and looked for beside MQL."""
        self._card()
        mql, sql, both, won = (
            self._lead(role, city=city)
            for role, city in (
                ("open", "B"),
                ("qualified", "S"),
                ("negotiation", "B"),
                ("customer", "B"),
            )
        )
        leads = mql | sql | both | won
        self.assertEqual(leads.mapped("is_sql"), [False, True, True, False])
        self.assertEqual((mql.is_mql, sql.is_mql), (True, False))
        Lead, mine = self.env["crm.lead"], ("id", "in", leads.ids)
        self.assertEqual(
            Lead.search([mine, ("is_sql", "=", True)]), (sql | both).sorted()
        )
        self.assertEqual(
            Lead.search([mine, ("is_sql", "=", False)]), (mql | won).sorted()
        )
        sql.action_set_lost()
        self.assertFalse(sql.is_sql)

    def test_a_grade_moves_the_stage(self):
        """Market 31: off at first; from the chosen grade on, forward, with its reason."""
        self._card()
        still = self._lead(city="B")
        self.assertEqual((still.lead_grade, still.stage_role), (5, "open"))
        self.company.lead_stage_by_grade = "4"
        lead, late = self._lead(), self._lead("negotiation")
        (lead | late).write({"city": "B"})
        self.assertEqual(lead.stage_role, "qualified")
        self.assertEqual(lead.stage_log_ids[0].reason, "Grade")
        self.assertEqual(late.stage_role, "negotiation")
        lead.city = "S"
        self.assertEqual((lead.lead_grade, lead.stage_role), (1, "qualified"))

    def test_only_once_the_qualifiers_are_passed(self):
        """Market 31: who has not passed the gate is not moved by points."""
        self._card()
        self.company.lead_stage_by_grade = "5"
        self.env["crm.qualifier"].create(
            {"name": "In Riyadh", "kind": "fact", "domain": "[('zip', '=', '1')]"}
        )
        lead = self._lead(zip="2")
        lead.city = "B"
        self.assertEqual((lead.lead_grade, lead.stage_role), (5, "open"))

    def test_messages_of_each(self):
        """R127: so many messages to an MQL, so many to an SQL."""
        card = self._card(message_cap_mql=4, message_cap_sql=9)
        mql, sql, other = (
            self._lead("open", city="B"),
            self._lead("qualified", city="B"),
            self._lead("open", city="S"),
        )
        caps = caps_of(mql | sql | other)
        self.assertEqual(
            {key: cap for key, (cap, _days) in caps.items()}, {mql.id: 4, sql.id: 9}
        )
        card.grade_ids.filtered(lambda row: row.grade == 5).message_cap = 2
        caps = caps_of(mql | sql | other)
        self.assertEqual({cap for cap, _days in caps.values()}, {2})
