# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ....tools import forgetting
from ...common.rule.rule_fixed import is_fixed
from ...common.rule.rule_set import Plan, RuleSet, rule_leads
from ..keeping.effective import effective_sql
from ..planning import facts
from .duties import Duties


class CrmFollowupAccountant(models.AbstractModel):
    """Who is responsible, what is left undone, and what that may cost.

    Each call costs a constant number of queries, whatever the number of leads.
    """

    _name = "crm.followup.accountant"
    _description = "Accounts of the follow-up"

    @api.model
    def _responsible(self, leads, duty):
        """Return who is responsible for a step with leads: never nobody.

        :param leads: crm.lead records.
        :param str duty: generate, qualify, welcome, needs_call, offer, after_offer, close or
            care; or touch, answer, decide.
        :return: the user's id by lead id.
        :rtype: dict[int, int]
        """
        now = fields.Datetime.now()
        # sudo: who is responsible is no secret, and follows from what the user may not see.
        leads = leads.sudo()
        duties, known = Duties(leads.env, now), facts.read(leads.env, leads, now)
        duties.gather(leads, known)
        return {one.id: duties.person(one, duty).user_id for one in known}

    @api.model
    def _defects(self, domain=()):
        """Return the open leads that nobody looks after: no owner, no next step, or an overdue one.

        :param domain: which leads, as the user sees them.
        :return: crm.lead records.
        """
        opened = Domain(list(domain)) & Domain("won_status", "=", "pending")
        Company = self.env["res.company"]
        if Company._crm_setting_aside():
            # Those that failed the gate are looked after by nobody on purpose.
            opened &= ~Company._crm_set_aside_domain()
        leads = self.env["crm.lead"].search(opened)
        if not leads:
            return leads
        now = fields.Datetime.now()
        rows = self.env.execute_query(
            SQL(
                "SELECT lead.id FROM crm_lead AS lead"
                " LEFT JOIN (SELECT lead_id, min(due_on) AS due_on FROM (%s) AS step"
                " GROUP BY lead_id) AS next ON next.lead_id = lead.id"
                " WHERE lead.id = ANY(%s) AND (lead.user_id IS NULL OR next.due_on IS NULL"
                " OR next.due_on < %s)",
                effective_sql(self.env, leads.ids),
                leads.ids,
                now,
            )
        )
        wrong = {row[0] for row in rows}
        return leads.filtered(lambda lead: lead.id in wrong)

    @api.model
    def _neglected(self, now=None, domain=()):
        """Return the open leads that nobody of us was in touch with for too long.

        By the number of days of the policy of each lead; without one nothing is neglected.

        :return: crm.lead records.
        """
        now = now or fields.Datetime.now()
        rows = {
            row.id: row.values["neglect_days"]
            for row in self.env["crm.followup.policy"]._rule_rows()
            if row.values["kind"] == "sales" and row.values["neglect_days"]
        }
        Lead = self.env["crm.lead"]
        if not rows:
            return Lead
        soonest = now - timedelta(days=min(rows.values()))
        untouched = Domain("last_touch_on", "<", soonest) | (
            Domain("last_touch_on", "=", False) & Domain("create_date", "<", soonest)
        )
        leads = Lead.search(
            Domain(list(domain)) & Domain("won_status", "=", "pending") & untouched
        )
        # sudo: which policy is for which lead is the same for everybody.
        matched = self.env["crm.followup.policy"]._rule_match(leads.sudo())

        def is_neglected(lead):
            days = next((rows[one] for one in rows if one in matched[lead.id]), None)
            since = lead.last_touch_on or lead.create_date
            return days is not None and since < now - timedelta(days=days)

        return leads.filtered(is_neglected)

    @api.model
    def _neglected_counts(self, users, now=None):
        """Return how many neglected leads each of these people has, that the user may see.

        One statement, for any number of leads; who has none is left out.

        :param users: res.users records.
        :param datetime now: in UTC.
        :rtype: dict[int, int]
        """
        now = now or fields.Datetime.now()
        rows = [
            row
            for row in self.env["crm.followup.policy"]._rule_rows()
            if row.values["kind"] == "sales" and row.values["neglect_days"]
        ]
        if not rows or not users:
            return {}
        Lead = self.env["crm.lead"]
        theirs = Domain("user_id", "in", users.ids) & Domain(
            "won_status", "=", "pending"
        )
        Lead.flush_model(["user_id", "last_touch_on", "create_date"])
        seen = Lead._search(theirs)

        def build(query, found):
            # Without a detour where the rules of who sees what need no other table.
            where = SQL("crm_lead.id IN %s", seen.subselect())
            query.add_where(where if seen._joins else seen.where_clause)
            query.add_where(self._neglected_sql(found[0], now))
            query.groupby = SQL("crm_lead.user_id")
            return query.select(SQL("crm_lead.user_id"), SQL("count(*)"))

        # A rule that speaks of "today" is asked about the leads one by one.
        fixed = all(
            is_fixed(rule_leads(self.env, row.lang), row.domain) for row in rows
        )
        leads = [] if fixed else Lead.search(theirs).ids
        plan = Plan([("crm.followup.policy", rows)], build)
        return dict(RuleSet.of(self.env, plan).execute(leads, now=now))

    @api.model
    def _neglected_sql(self, found, now):
        """Return whether a lead is neglected by the first of these policies that is for it.

        :param found: pairs of a policy and its conditions, see ``Plan``.
        """
        since = SQL(" ").join(
            SQL(
                "WHEN %s THEN %s::timestamp",
                condition,
                now - timedelta(days=row.values["neglect_days"]),
            )
            for row, conditions in found
            for condition in conditions
        )
        return SQL(
            "COALESCE(crm_lead.last_touch_on, crm_lead.create_date) < CASE %s END",
            since,
        )

    @api.model
    def _risk(self, leads, now=None):
        """Return how much of the expected revenue is at risk of being forgotten.

        Odoo's prorated revenue, times what the lead no longer remembers; for open leads past
        their next touch only. A rough figure: say "about".

        :param leads: crm.lead records.
        :param datetime now: in UTC.
        :return: the amount by lead id, in the currency of the lead's company; 0.0 where
            nothing is at risk, or no amount is known.
        :rtype: dict[int, float]
        """
        now = now or fields.Datetime.now()
        leads.flush_recordset(
            ["prorated_revenue", "won_status", "active", *facts.COLUMNS]
        )
        rows = self.env.execute_query(
            SQL(
                "SELECT lead.id, lead.prorated_revenue, lead.retention_k,"
                " COALESCE(lead.last_contact_on, %s),"
                " COALESCE(lead.active AND lead.won_status = 'pending'"
                " AND lead.next_touch_on < %s, FALSE)"
                " FROM crm_lead AS lead WHERE lead.id = ANY(%s)",
                facts.received_sql("lead"),
                now,
                leads.ids,
            )
        )
        risk = dict.fromkeys(leads.ids, 0.0)
        for lead_id, amount, k, since, is_late in rows:
            if is_late and k and amount:
                days = (now - since).total_seconds() / 86400
                risk[lead_id] = amount * (1 - forgetting.retention(k, days))
        return risk

    @api.model
    def _sample(self, now=None):
        """Mark done steps to be checked: two of each person of the last seven days.

        Where the company wants it. Which ones is nobody's choice, and the same for whoever
        asks: one statement.
        """
        # sudo: the ledger is written by engines; the setting is the company's.
        companies = self.env["res.company"].sudo()
        companies = companies.search([("lead_followup_sample", "=", True)])
        if not companies:
            return
        Step = self.env["crm.lead.followup"]
        Step.flush_model()
        self.env.execute_query(
            SQL(
                """
                UPDATE crm_lead_followup AS step SET check_state = 'to_check'
                  FROM (SELECT ledger.id, row_number() OVER (
                                   PARTITION BY ledger.done_by_id
                                   ORDER BY ledger.check_state = 'none', md5(ledger.id::text))
                                   AS place
                          FROM crm_lead_followup AS ledger
                          JOIN res_users AS usr ON usr.id = ledger.done_by_id
                         WHERE ledger.state IN ('done', 'late') AND ledger.done_on > %s
                           AND usr.company_id = ANY(%s)) AS drawn
                 WHERE step.id = drawn.id AND drawn.place <= 2 AND step.check_state = 'none'
                 RETURNING step.id
                """,
                (now or fields.Datetime.now()) - timedelta(days=7),
                companies.ids,
            )
        )
        Step.invalidate_model(["check_state"], flush=False)

    @api.model
    def _offer_sqls(self):
        """Return further ways to see when a lead got its offer, see evidence.py.

        For rooms that know of offers.

        :rtype: list[SQL]
        """
        return []
