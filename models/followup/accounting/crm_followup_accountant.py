# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ....tools import forgetting
from ..keeping.effective import effective_sql
from ..planning import facts
from .duties import Duties
from .neglect import neglected_domain


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
    def _kept_sql(self, alias="lead"):
        """Return whether a lead is to be looked after, as a condition of a statement.

        Those that failed the gate are looked after by nobody on purpose, where the company
        sets them aside.

        :param str alias: of the table crm_lead in the statement.
        """
        Company = self.env["res.company"]
        if not Company._crm_setting_aside():
            return SQL("TRUE")
        # sudo: which leads these are is the same for everybody.
        leads = self.env["crm.lead"].sudo()
        aside = Company._crm_set_aside_domain() & Domain("won_status", "=", "pending")
        ids = leads._search(aside).subselect()
        return SQL("%s NOT IN %s", SQL.identifier(alias, "id"), ids)

    @api.model
    def _neglected_domain(self, now=None):
        """Return the open leads that nobody of us was in touch with for too long.

        By the number of days of the first policy that is for the lead; without one nothing
        is neglected, nor what is paused, set aside, in a track, or nobody's.

        :param datetime now: in UTC.
        :rtype: Domain
        """
        return neglected_domain(self.env, now or fields.Datetime.now())

    @api.model
    def _neglected(self, now=None, domain=()):
        """Return the leads among those of a domain that are neglected, that the user may see.

        :return: crm.lead records.
        """
        return self.env["crm.lead"].search(
            Domain(list(domain)) & self._neglected_domain(now)
        )

    @api.model
    def _neglected_counts(self, users, now=None):
        """Return how many neglected leads each of these people has, that the user may see.

        One statement, for any number of leads; who has none is left out.

        :param users: res.users records.
        :param datetime now: in UTC.
        :rtype: dict[int, int]
        """
        theirs = Domain("user_id", "in", users.ids) & self._neglected_domain(now)
        if not users or theirs.is_false():
            return {}
        counts = self.env["crm.lead"]._read_group(theirs, ["user_id"], ["__count"])
        return {user.id: count for user, count in counts}

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
