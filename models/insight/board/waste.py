# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.fields import Domain
from odoo.tools import SQL

from ...scoring.grading.points import is_drawback
from ..figures import sources

# So many leads are looked at: those on which most was spent.
MOST_LEADS = 5000
# At most so many rules are told: those on which most was spent.
MOST_RULES = 8


class Waste:
    """What was spent in a period on leads that a rule of a scorecard calls unlikely to buy.

    Of each negative rule of the live scorecards: the contacts by a person with the leads that
    it takes points from now. A lead may fall under several rules. One statement for the
    contacts, and those of the scorecards.
    """

    def __init__(self, env, span, scope):
        self.env, self.span, self.scope = env, span, scope

    def rows(self):
        """Return the rules on which most contacts were spent, with what a click opens.

        :rtype: list[dict]
        """
        contacts = self._contacts()
        if not contacts:
            return []
        spent = {}
        for rule, lead_ids in self._leads_by_rule(contacts).items():
            domain = self._domain() & Domain("lead_id", "in", sorted(lead_ids))
            spent[rule] = {
                "id": rule.id,
                "name": rule.name,
                "leads": len(lead_ids),
                "num": sum(contacts[one] for one in lead_ids),
                "model": sources.TOUCHES.model,
                "domain": list(domain),
            }
        rows = sorted(spent.values(), key=lambda row: (-row["num"], row["name"]))
        return rows[:MOST_RULES]

    def _domain(self):
        source = sources.TOUCHES
        domain = source.base(self.span.now) & self.scope.domain(source)
        domain &= self.span.domain(source)
        return domain & sources.is_contact(self.span.now)

    def _contacts(self):
        """Return how many contacts by a person leads had: a number by lead id."""
        Touch = self.env[sources.TOUCHES.model]
        query = Touch._search(self._domain())
        lead = Touch._field_to_sql(Touch._table, "lead_id", query)
        query.order, query.groupby = SQL("2 DESC, 1"), SQL("1")
        query.limit = MOST_LEADS
        return dict(self.env.execute_query(query.select(lead, SQL("count(*)"))))

    def _leads_by_rule(self, contacts):
        """Return the ids of leads that each negative rule takes points from."""
        # sudo: what rules there are; which leads are meant the reader may see.
        engine = self.env["crm.score.engine"].sudo()
        Lead, Card = engine.env["crm.lead"], engine.env["crm.scorecard"]
        # By their ids: thousands of leads, and of records each costs as much as its count.
        members, found = {}, {}
        for lead_id, card in engine._scorecards_of(Lead.browse(contacts)).items():
            members.setdefault(card.id, []).append(lead_id)
        members.pop(False, None)
        for card in Card.browse(members):
            rules = card.rule_ids.filtered(
                lambda rule: rule.active and is_drawback(rule)
            )
            if not rules:
                continue
            of_rule = {rule.id: found.setdefault(rule, set()) for rule in rules}
            leads = Lead.browse(members[card.id])
            for lead_id, hits in engine._hits(leads, card, drawbacks=True).items():
                for rule_id in of_rule.keys() & set(hits):
                    of_rule[rule_id].add(lead_id)
        return {rule: lead_ids for rule, lead_ids in found.items() if lead_ids}
