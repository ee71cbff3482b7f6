# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.exceptions import MissingError
from odoo.http import request
from odoo.tools import SQL

from ...tools import ads
from ..common.context import CAREFUL, CHECKED, COPYING, GUARDED, ROUTING, SKIP
from ..common.guarded import guarded
from ..common.rights import skips

# What a lead says of itself when it comes in.
SAYS = ("name", "contact_name", "partner_name", "email_from", "phone", "description")
# The field of Live Chat that says which conversation a lead comes from.
CONVERSATION = "origin_channel_id"


class CrmRoutingStation(models.AbstractModel):
    """Whose a lead is: when routing runs by itself, and what persons decide instead."""

    _name = "crm.routing.station"
    _inherit = ["crm.lead.station"]
    _description = "Station of leads: routing"

    _lead_rows = ("crm.lead.routing.log",)

    @api.model
    def _cares(self):
        return {
            "_before_write": {"user_id", "lost_reason_id"},
            "_on_written": {"routing", "qualification_state"} | self._reads(),
            "_after_write": {"_lost_for"},
        }

    # === NEW LEADS === #

    @api.model
    def _before_create(self, vals_list, state):
        if not skips(self.env):
            state["routing"] = [self._prepare(vals) for vals in vals_list]

    @api.model
    def _on_created(self, leads, state):
        plans = list(zip(leads, state["routing"], strict=True))
        self._leave_closed(plans)
        kept_ones = [(lead, plan) for lead, plan in plans if plan and plan["keep"]]
        if kept_ones:
            self._log_kept(kept_ones)
        # sudo: leads that their creator may not be allowed to see.
        owned = leads.sudo().browse(
            lead.id
            for lead, plan in plans
            if (not plan or plan["keep"]) and not self._is_test(lead.sudo())
        )
        owned._lead_tell("_on_assigned", [], "hand")
        routed = leads.browse(
            lead.id for lead, plan in plans if plan and not plan["keep"]
        )
        if routed:
            self._run(
                routed, {lead.id: plan["default"] for lead, plan in plans if plan}
            )

    @api.model
    def _leave_closed(self, plans):
        """Leave leads alone that turned out to be closed: their owners are those given.

        :param list plans: ``(lead, plan)`` of :meth:`_prepare`; changed.
        """
        for place, (lead, plan) in enumerate(plans):
            # sudo: leads that their creator may not be allowed to see.
            lead = lead.sudo()
            if plan and not plan["keep"] and not lead._lead_is_open():
                if plan["default"]:
                    # The owner is whom Odoo would have chosen.
                    quiet = lead.with_context(
                        **ROUTING.on(), **CHECKED.on(), **{SKIP: True}
                    )
                    quiet.user_id = plan["default"]
                plans[place] = (plans[place][0], None)

    @api.model
    def _prepare(self, vals):
        """Decide whether a lead about to be created is routed, and withhold Odoo's owner.

        :param dict vals: the values of the lead; changed where it will be routed.
        :return: None where routing is off; else whether the lead keeps its owner, why, and
            whom Odoo would have made the owner.
        :rtype: dict or None
        """
        context, Company = self.env.context, self.env["res.company"]
        given = vals.get("user_id", context.get("default_user_id", self.env.uid))
        if self._comes_closed(vals) or self._is_test(vals):
            return None
        if vals.get("partner_assigned_id"):
            # A reseller has it.
            return None
        company_id = Company._crm_only_company_id() or Company._crm_of_values(
            vals, given
        )
        if not self.env["crm.routing.rule"]._is_on(company_id):
            if given:
                vals.setdefault("first_assigned_on", fields.Datetime.now())
            return None
        if given and given != self.env.uid and not self._can_own(given):
            given = False
        outcome = self._keeps(vals, given, company_id)
        if outcome:
            given = given or self.env.uid
            vals["user_id"] = given
            vals.setdefault("first_assigned_on", fields.Datetime.now())
            return {"keep": True, "outcome": outcome, "default": given}
        team_id = self.env["crm.routing.rule"]._only_team(company_id)
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
                vals.update({"company_id": company_id, **rest})
        vals["user_id"] = False
        return {"keep": False, "outcome": "", "default": given}

    @api.model
    def _keeps(self, vals, given, company_id):
        """Return why a lead keeps the owner it is created with, or an empty string.

        :param dict vals: the values of the lead.
        :param given: id of the owner that it would be created with, or False.
        :param company_id: id of the company that it will belong to.
        """
        own_only = self._sees_only_own() and not self.env.su
        if not given:
            # Who talks with a visitor makes the lead of their conversation for himself.
            return "own_documents" if own_only and vals.get(CONVERSATION) else ""
        if given != self.env.uid:
            return "" if self._is_filled_in(vals, given) else "chosen"
        if vals.get("user_id") and (
            COPYING.of(self.env)
            or self.env.context.get("import_file")
            or vals.get("lead_mining_request_id")
        ):
            return "chosen"
        # sudo: a setting of the company, for whoever enters a lead.
        if self.env["res.company"].sudo().browse(company_id).lead_creator_keeps:
            return "creator_keeps"
        # The screen of somebody who sees only his own leads would fail right after saving.
        # The rows of an import that name nobody are routed.
        if own_only and not self.env.context.get("import_file"):
            return "own_documents"
        return ""

    @api.model
    def _comes_closed(self, vals):
        """Tell whether a lead is created as won, lost or archived: it is no new work."""

        def value(name, default):
            return vals.get(name, self.env.context.get(f"default_{name}", default))

        if not value("active", True):
            return True
        stage_id = value("stage_id", False)
        # sudo: a stage of the pipeline, whoever may read its settings.
        return bool(stage_id) and self.env["crm.stage"].sudo().browse(stage_id).is_won

    @api.model
    def _is_test(self, lead):
        """Tell whether a lead is the test of an advertising platform: it is left alone.

        :param lead: its values, or the record.
        """
        said = [lead[name] for name in SAYS if name in lead and lead[name]]
        hinted = any(ads.HINT.search(str(text)) for text in said)
        return hinted and ads.is_test(said)

    @api.model
    def _can_own(self, user_id):
        """Tell whether a user can own leads at all: who left, or is outside, cannot."""
        # sudo: a user whom the current one may not see.
        user = self.env["res.users"].sudo().browse(user_id)
        return user.active and not user.share

    @api.model
    def _sees_only_own(self):
        """Tell whether the user loses sight of a lead that goes to somebody else."""
        user = self.env.user
        return user.has_group("sales_team.group_sale_salesman") and not user.has_group(
            "sales_team.group_sale_salesman_all_leads"
        )

    @api.model
    def _is_filled_in(self, vals, given):
        """Tell whether nobody chose the owner that a lead is created with.

        The form of a website gives its leads to the leader of the website's team, where the
        website has no salesperson of its own.

        :param dict vals: the values of the lead.
        :param given: id of the owner.
        """
        # sudo: the leader of a team, whoever creates the lead.
        leader = self.env["crm.team"].sudo().browse(vals.get("team_id")).user_id
        if vals.get("origin_survey_id"):
            # A survey gives its leads to the leader of its team.
            return leader.id == given
        website = getattr(request, "website", None) if request else None
        if not website or "crm_default_user_id" not in website._fields:
            return False
        # sudo: a setting of the website, whoever the visitor is.
        if website.sudo().crm_default_user_id:
            return False
        return leader.id == given

    @api.model
    def _log_kept(self, kept_ones):
        """Put on record why leads were not routed when they were created.

        :param list kept_ones: ``(lead, plan)`` of :meth:`_prepare`.
        """
        decisions = [
            lead._routing_decision(lead, plan["outcome"], False, plan["default"])
            for lead, plan in kept_ones
        ]
        self.env["crm.routing.writer"]._log(decisions, "manual")

    # === ROUTING NEW LEADS === #

    @api.model
    def _run(self, leads, defaults):
        """Route leads that were just created; those that a bot hands over, at the end.

        A bot of Live Chat makes a lead first and then looks who is there to talk: whoever
        takes over the conversation owns it. Where nobody does it is routed as the others are,
        in the same transaction.

        :param dict defaults: by lead id, the user whom Odoo would have made the owner.
        """
        handed_over = self._handed_over(leads)
        if handed_over:
            self._after_request(
                handed_over, lambda late: self._run_late(late, defaults)
            )
        leads -= handed_over
        if leads and self._sees_only_own() and not self.env.su:
            # He is about to read what he has saved: whose it is, is decided afterwards.
            self._after_request(leads, lambda late: self._run_late(late, defaults))
        elif leads:
            self._run_now(leads, defaults)

    @api.model
    def _after_request(self, leads, run):
        """Have something done with leads at the end of the transaction.

        :param run: a function of the leads.
        """
        late = leads.with_context(**GUARDED.on(None), **CAREFUL.on())
        self.env.cr.precommit.add(lambda: run(late))

    @api.model
    def _handed_over(self, leads):
        """Return the leads whose conversation a bot is about to hand over to a person."""
        if "origin_channel_id" not in leads._fields:
            return leads.browse()
        # sudo: where the bot is in its script, whoever the visitor is.
        return leads.filtered(
            lambda lead: (
                lead.sudo().origin_channel_id.chatbot_current_step_id.step_type
                == "create_lead_and_forward"
            )
        )

    @api.model
    def _run_late(self, leads, defaults):
        """Route those of the leads that nobody owns by now."""
        # sudo: owners whom the visitor may not see.
        ownerless = leads.sudo().exists().filtered(lambda lead: not lead.user_id)
        if ownerless:
            self._run_now(ownerless.with_env(leads.env), defaults)

    @api.model
    def _run_now(self, leads, defaults):
        """Route leads that were just created.

        The hub has a savepoint around it, and does all once more with care where something
        failed. Then nobody is told, for a notification may be what failed; and where routing
        fails again the leads get the owners that Odoo would have given them.

        :param dict defaults: by lead id, the user whom Odoo would have made the owner.
        """
        engine = leads.env["crm.routing.engine"]
        if not CAREFUL.of(leads.env):
            self._route_new(engine, leads, defaults)
            return
        engine = engine.with_context(mail_auto_subscribe_no_notify=True)
        with guarded(self.env, "Leads %s could not be routed", leads.ids) as attempt:
            self._route_new(engine, leads.with_env(engine.env), defaults)
        if attempt.error:
            self._give_back(leads, defaults)

    @api.model
    def _route_new(self, engine, leads, defaults):
        engine._route(leads, defaults=defaults, fresh=True)
        # What others do when they hear of it (an action, a notification) must not lose a lead
        # that somebody has just entered.
        if leads.exists() != leads:
            raise MissingError(
                self.env._("A new lead was deleted while it was routed.")
            )

    @api.model
    def _give_back(self, leads, defaults):
        """Give leads the owners that Odoo would have given them, and raise the alarm."""
        # sudo: the engine took the owners away; who saves the lead may not see it.
        leads = leads.sudo().exists()
        decisions = []
        for user_id, mine in leads.grouped(lambda lead: defaults.get(lead.id)).items():
            quiet = mine.with_context(**ROUTING.on(), **CHECKED.on(), mail_notrack=True)
            if user_id:
                quiet.user_id = user_id
            else:
                # Tried again by the scheduled action, once the cause is gone.
                quiet.routing_waiting_since = fields.Datetime.now()
            decisions += [
                lead._routing_decision(lead, "failed", False, user_id) for lead in mine
            ]
        self.env["crm.routing.writer"]._log(decisions, "auto")
        self.env["crm.routing.teller"]._raise_alarm(
            leads,
            lambda env, count: (
                env._("%s leads could not be routed: see the server's log", count)
                if count > 1
                else env._("A lead could not be routed: see the server's log")
            ),
        )

    # === OWNERS GIVEN BY HAND === #

    @api.model
    def _before_write(self, leads, vals, state):
        if "user_id" in vals and not ROUTING.of(self.env):
            # sudo: whose the leads are, also of companies that the user left out.
            state["routing"] = {lead.id: lead.user_id.id for lead in leads.sudo()}
        if vals.get("lost_reason_id"):
            state["_lost_for"] = vals["lost_reason_id"]

    @api.model
    def _after_write(self, leads, state):
        self.env["crm.lead.routing.log"]._give_back(leads)

    @api.model
    def _log_by_hand(self, leads, before):
        """Put on record who gave leads to whom, and when they first had an owner.

        :param dict before: ids of the owners before the write, by lead id.
        """
        # sudo: the leads may be out of the user's sight now.
        leads = leads.sudo().filtered(
            lambda lead: lead.user_id.id != before.get(lead.id)
        )
        unowned = leads.filtered(
            lambda lead: lead.user_id and not lead.first_assigned_on
        )
        if unowned:
            select = SQL(
                "SELECT unnest(%s::int[]), %s::timestamp",
                unowned.ids,
                fields.Datetime.now(),
            )
            unowned._lead_store(select, ["first_assigned_on"])
        rules, Company = self.env["crm.routing.rule"], self.env["res.company"]
        self.env["crm.routing.waiting"]._note(leads)
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
            if rules._is_on(Company._crm_of_lead(lead).id)
        ]
        if decisions:
            self.env["crm.routing.writer"]._log(decisions, "manual")
        leads._lead_tell("_on_assigned", decisions, "hand")

    @api.model
    def _on_closed(self, leads):
        # sudo: bookkeeping of leads that the user may have lost sight of.
        waiting = leads.sudo().filtered(
            lambda lead: lead.routing_waiting_since or lead.routing_asked_on
        )
        if waiting:
            select = SQL(
                "SELECT unnest(%s::int[]), NULL::timestamp, NULL::timestamp",
                waiting.ids,
            )
            waiting._lead_store(select, ["routing_waiting_since", "routing_asked_on"])
        self.env["crm.lead.routing.log"]._give_back(leads)

    @api.model
    def _on_reopened(self, leads):
        # sudo: as above.
        ownerless = leads.sudo().filtered(lambda lead: not lead.user_id.active)
        self.env["crm.routing.waiting"]._note(ownerless)

    # === MERGING === #

    @api.model
    def _merge_fields(self):
        return {
            "first_assigned_on": lambda name, leads: min(
                (lead[name] for lead in leads if lead[name]), default=False
            ),
            "routing_rule_id": None,
        }
