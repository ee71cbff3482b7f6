# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.tools import SQL

from .acting.writer import ROUTING


class CrmLead(models.Model):
    _inherit = "crm.lead"

    routing_rule_id = fields.Many2one(
        "crm.routing.rule", readonly=True, copy=False, index="btree_not_null"
    )
    first_assigned_on = fields.Datetime(
        readonly=True, copy=False, help="When the lead had an owner for the first time."
    )
    routing_hops = fields.Integer(
        string="Re-routed",
        readonly=True,
        copy=False,
        aggregator="avg",
        help="How often the lead was taken from an owner who did not act.",
    )
    response_deadline = fields.Datetime(
        readonly=True,
        copy=False,
        help="Until when a person should have answered the lead, in the owner's working time.",
    )
    first_response_on = fields.Datetime(
        readonly=True,
        copy=False,
        help="When a person first reached out to the lead. Automatic replies do not count.",
    )
    routing_policy_id = fields.Many2one(
        "crm.routing.policy",
        string="Response Time",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )
    routing_clock_on = fields.Datetime(
        string="Clock Started On",
        readonly=True,
        copy=False,
        help="From when on the time for the first answer counts.",
    )
    routing_next_step = fields.Selection(
        [
            ("remind", "Remind the owner"),
            ("warn", "Warn the team leader"),
            ("reroute", "Give it to somebody else"),
        ],
        string="Next Step",
        readonly=True,
        copy=False,
    )
    routing_next_on = fields.Datetime(
        string="Next Step On", readonly=True, copy=False, index="btree_not_null"
    )
    routing_waiting_since = fields.Datetime(
        string="Waiting Since",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="Since when routing finds nobody for the lead.",
    )
    routing_pause_reason = fields.Char(
        string="Pause", readonly=True, copy=False, help="Why nobody has to answer yet."
    )
    routing_log_ids = fields.One2many("crm.lead.routing.log", "lead_id", readonly=True)

    # === HOOKS === #

    def _lead_pre_create(self, vals_list):
        state = super()._lead_pre_create(vals_list)
        state["routing"] = [self._routing_prepare(vals) for vals in vals_list]
        return state

    def _lead_process(self, state):
        super()._lead_process(state)
        plans = list(zip(self, state["routing"], strict=True))
        kept = [(lead, plan) for lead, plan in plans if plan and plan["keep"]]
        if kept:
            self._routing_log_kept(kept)
        # sudo: the clock of leads that their creator may not be allowed to see.
        owned = self.sudo().browse(
            lead.id for lead, plan in plans if not plan or plan["keep"]
        )
        self.env["crm.routing.clock"]._start(owned)
        routed = self.browse(
            lead.id for lead, plan in plans if plan and not plan["keep"]
        )
        if routed:
            routed._routing_run(
                {lead.id: plan["default"] for lead, plan in plans if plan}
            )

    def _lead_pre_write(self, vals):
        state = super()._lead_pre_write(vals)
        if "user_id" in vals and not self.env.context.get(ROUTING):
            # sudo: whose the leads are, also of companies that the user left out.
            state["routing"] = {lead.id: lead.user_id.id for lead in self.sudo()}
        return state

    def _lead_post_write(self, names, state):
        super()._lead_post_write(names, state)
        if "routing" in state:
            self._routing_log_by_hand(state["routing"])

    def _lead_evaluate(self, changed):
        changed = super()._lead_evaluate(changed)
        if changed is not None and not self.env.context.get(ROUTING):
            self._routing_on_change(changed)
        return changed

    def _lead_touched(self, touchpoints):
        super()._lead_touched(touchpoints)
        human = touchpoints.filtered(lambda t: t.is_human and t.direction == "out")
        first = {}
        for touch in human:
            when = first.setdefault(touch.lead_id.id, touch.occurred_on)
            first[touch.lead_id.id] = min(when, touch.occurred_on)
        # sudo: the clock stops whoever wrote to the lead.
        leads = self.sudo().filtered(
            lambda lead: (
                lead.id in first
                and (
                    not lead.first_response_on
                    or first[lead.id] < lead.first_response_on
                )
            )
        )
        if leads:
            rows = SQL(", ").join(
                SQL("(%s, %s::timestamp)", lead.id, first[lead.id]) for lead in leads
            )
            leads._routing_store(
                SQL("SELECT * FROM (VALUES %s) AS touch", rows), ["first_response_on"]
            )
            self.env["crm.routing.clock"]._stop(leads)

    @api.model
    def _lead_merge_fields(self):
        def earliest(name, leads):
            return min((lead[name] for lead in leads if lead[name]), default=False)

        return {
            **super()._lead_merge_fields(),
            "first_assigned_on": earliest,
            "first_response_on": earliest,
            "routing_rule_id": None,
        }

    def _lead_merge(self, opportunities):
        super()._lead_merge(opportunities)
        Log = self.env["crm.lead.routing.log"]
        # sudo: nobody writes the log but the engine; the decisions go along with the lead.
        Log.sudo().search([("lead_id", "in", opportunities.ids)]).lead_id = self

    # === ROUTING === #

    @api.model
    def _routing_prepare(self, vals):
        """Decide whether a lead about to be created is routed, and withhold Odoo's owner.

        :param dict vals: the values of the lead; changed where it will be routed.
        :return: None where routing is off; else whether the lead keeps its owner, why, and
            whom Odoo would have made the owner.
        :rtype: dict or None
        """
        context = self.env.context
        given = vals.get("user_id", context.get("default_user_id", self.env.uid))
        company_id = vals.get("company_id") or self.env.company.id
        if not self.env["crm.routing.rule"]._is_on(company_id):
            if given:
                vals.setdefault("first_assigned_on", fields.Datetime.now())
            return None
        outcome = self._routing_keeps(vals, given, company_id)
        if outcome:
            vals.setdefault("first_assigned_on", fields.Datetime.now())
            return {"keep": True, "outcome": outcome, "default": given}
        team_id = self.env["crm.routing.rule"]._only_team()
        if team_id and "default_team_id" not in context:
            vals["team_id"] = vals.get("team_id") or team_id
        if given and "company_id" not in vals and "default_company_id" not in context:
            # Odoo would take the company from the owner, whom we withhold.
            # sudo: the team may be hidden from the user.
            team_id = vals.get("team_id") or context.get("default_team_id")
            if not self.env["crm.team"].sudo().browse(team_id).company_id:
                # First of all: Odoo reads it to round the amounts among the values.
                rest = dict(vals)
                vals.clear()
                vals.update({"company_id": self.env.company.id, **rest})
        vals["user_id"] = False
        return {"keep": False, "outcome": "", "default": given}

    @api.model
    def _routing_keeps(self, vals, given, company_id):
        """Return why a lead keeps the owner it is created with, or an empty string.

        :param dict vals: the values of the lead.
        :param given: id of the owner that it would be created with, or False.
        :param company_id: id of the company that it will belong to.
        """
        if not given:
            return ""
        if given != self.env.uid:
            return "" if self._routing_is_filled_in(vals, given) else "chosen"
        # sudo: a setting of the company, for whoever enters a lead.
        if self.env["res.company"].sudo().browse(company_id).lead_creator_keeps:
            return "creator_keeps"
        # The form of somebody who sees only his own leads would fail right after saving.
        own_only = self.env.user.has_group(
            "sales_team.group_sale_salesman"
        ) and not self.env.user.has_group("sales_team.group_sale_salesman_all_leads")
        if own_only and not self.env.su and vals.get("user_id"):
            return "own_documents"
        return ""

    def _routing_log_kept(self, kept):
        """Put on record why leads were not routed when they were created.

        :param list kept: ``(lead, plan)`` of :meth:`_routing_prepare`.
        """
        decisions = [
            self._routing_decision(lead, plan["outcome"], False, plan["default"])
            for lead, plan in kept
        ]
        self.env["crm.routing.writer"]._log(decisions, "manual")

    def _routing_log_by_hand(self, before):
        """Put on record who gave leads to whom, and when they first had an owner.

        :param dict before: ids of the owners before the write, by lead id.
        """
        # sudo: the leads may be out of the user's sight now.
        leads = self.sudo().filtered(
            lambda lead: lead.user_id.id != before.get(lead.id)
        )
        fresh = leads.filtered(lambda lead: lead.user_id and not lead.first_assigned_on)
        if fresh:
            fresh._routing_store(
                SQL(
                    "SELECT unnest(%s), %s::timestamp", fresh.ids, fields.Datetime.now()
                ),
                ["first_assigned_on"],
            )
        rules = self.env["crm.routing.rule"]
        # Where a visitor is at the other end it was Live Chat that found somebody.
        given = "taken_over" if self.env.user.share else "by_hand"
        decisions = [
            lead._routing_decision(
                lead,
                given if lead.user_id else "taken_away",
                before.get(lead.id),
                lead.user_id.id,
            )
            for lead in leads
            if rules._is_on(lead.company_id.id or self.env.company.id)
        ]
        if decisions:
            self.env["crm.routing.writer"]._log(decisions, "manual")
        # A lead that changes hands keeps its deadline; one that had none gets one.
        self.env["crm.routing.clock"]._start(
            leads.filtered(lambda lead: not lead.response_deadline)
        )

    def _routing_store(self, select, field_names):
        """Write values that the engines of this room computed.

        :param SQL select: gives the lead's id, then the values in the order of the names.
        :param list[str] field_names: stored fields of crm.lead.
        """
        statement = self._lead_write_sql(select, field_names)
        self._lead_written(self.env.execute_query(statement), field_names)

    @api.model
    def _routing_decision(self, lead, outcome, from_user_id, to_user_id):
        """Return a decision that no rule made, as the log keeps it."""
        # sudo: names of users whom the current one may not see.
        owner = self.env["res.users"].sudo().browse(to_user_id)
        return {
            "lead_id": lead.id,
            "rule_id": False,
            "team_id": lead.sudo().team_id.id,  # sudo: as above
            "from_user_id": from_user_id,
            "to_user_id": to_user_id,
            "outcome": outcome,
            "facts": {
                "user": owner.name or "",
                "old": lead.sudo().user_id.name or "",  # sudo: as above
                "author": self.env.user.name,
            },
            "judged": [],
            "tried": [],
        }
