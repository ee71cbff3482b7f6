# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import logging

import psycopg2

from odoo import api, fields, models, tools
from odoo.http import request
from odoo.tools import SQL

from ...const import FRESH, GUARDED
from .acting.writer import ROUTING

_logger = logging.getLogger(__name__)


class CrmLead(models.Model):
    """When routing runs by itself, and that it never stops a lead from being saved."""

    _inherit = "crm.lead"

    @api.model
    def _routing_is_filled_in(self, vals, given):
        """Tell whether nobody chose the owner that a lead is created with.

        The form of a website gives its leads to the leader of the website's team, where the
        website has no salesperson of its own.

        :param dict vals: the values of the lead.
        :param given: id of the owner.
        """
        website = getattr(request, "website", None) if request else None
        if not website or "crm_default_user_id" not in website._fields:
            return False
        # sudo: a setting of the website and the leader of a team, whoever the visitor is.
        if website.sudo().crm_default_user_id:
            return False
        team = self.env["crm.team"].sudo().browse(vals.get("team_id"))  # sudo: as above
        return team.user_id.id == given

    def _routing_run(self, defaults):
        """Route leads that were just created; those that a bot hands over, at the end.

        A bot of Live Chat makes a lead first and then looks who is there to talk: whoever
        takes over the conversation owns it. Where nobody does it is routed as the others are,
        in the same transaction.

        :param dict defaults: by lead id, the user whom Odoo would have made the owner.
        """
        handed_over = self._routing_handed_over()
        if handed_over:
            late = handed_over.with_context(**{GUARDED: False, FRESH: False})
            self.env.cr.precommit.add(lambda: late._routing_run_late(defaults))
        if self - handed_over:
            (self - handed_over)._routing_run_now(defaults)

    def _routing_handed_over(self):
        """Return the leads whose conversation a bot is about to hand over to a person."""
        if "origin_channel_id" not in self._fields:
            return self.browse()
        # sudo: where the bot is in its script, whoever the visitor is.
        return self.filtered(
            lambda lead: (
                lead.sudo().origin_channel_id.chatbot_current_step_id.step_type
                == "create_lead_and_forward"
            )
        )

    def _assign_userless_lead_in_team(self, creation_source):
        """Leave it to routing, where it is on, to find an owner: it falls back on the leader."""
        rules = self.env["crm.routing.rule"]
        others = self.filtered(
            lambda lead: not rules._is_on(lead.company_id.id or self.env.company.id)
        )
        return super(CrmLead, others)._assign_userless_lead_in_team(creation_source)

    def _routing_run_late(self, defaults):
        """Route those of the leads that nobody owns by now."""
        # sudo: owners whom the visitor may not see.
        leads = self.sudo().exists().filtered(lambda lead: not lead.user_id)
        if leads:
            leads.with_env(self.env)._routing_run_now(defaults)

    def _routing_run_now(self, defaults):
        """Route leads that were just created.

        The hub has a savepoint around it, and does all once more without it where something
        failed. Then this has its own: where routing fails under it, it is done again with
        care: each engine finds its broken rule and switches it off, and nobody is told, for a
        notification may be what failed. Where that fails too the leads get the owners that
        Odoo would have given them. Errors of which Odoo repeats the request (two transactions
        at once) go through.

        :param dict defaults: by lead id, the user whom Odoo would have made the owner.
        """
        if self.env.context.get(GUARDED):
            self.env["crm.routing.engine"]._route(self, defaults=defaults, fresh=True)
            return
        # First what was typed: it survives when the savepoint is rolled back.
        self.env.flush_all()
        careful = {"mail_auto_subscribe_no_notify": True}
        for context in ({GUARDED: True}, careful):
            try:
                with (
                    self.env.cr.savepoint(flush=False),
                    tools.mute_logger("odoo.sql_db"),
                ):
                    engine = self.env["crm.routing.engine"].with_context(**context)
                    engine._route(
                        self.with_env(engine.env), defaults=defaults, fresh=True
                    )
                    self.env.flush_all()
                return
            except psycopg2.OperationalError:
                raise
            except Exception:
                _logger.exception(
                    "Leads %s could not be routed (%s)", self.ids, context
                )
                self.env.transaction.clear()
                # A rule that another process deleted since we read the rules.
                self.env.registry.clear_cache()
        self._routing_give_back(defaults)

    def _routing_give_back(self, defaults):
        """Give leads the owners that Odoo would have given them, and raise the alarm."""
        # sudo: the engine took the owners away; who saves the lead may not see it.
        leads = self.sudo().exists()
        decisions = []
        for user_id, mine in leads.grouped(lambda lead: defaults.get(lead.id)).items():
            quiet = mine.with_context(**{ROUTING: True, "mail_notrack": True})
            if user_id:
                quiet.user_id = user_id
            else:
                # Tried again by the scheduled action, once the cause is gone.
                quiet.routing_waiting_since = fields.Datetime.now()
            decisions += [
                self._routing_decision(lead, "failed", False, user_id) for lead in mine
            ]
        self.env["crm.routing.writer"]._log(decisions, "auto")
        self.env["crm.routing.teller"]._raise_alarm(
            leads,
            lambda env, count: env._(
                "%s leads could not be routed: see the server's log", count
            ),
        )

    def _routing_on_change(self, changed):
        """Route leads again that came to match a rule which also takes leads that change.

        Only leads that nobody has answered yet, and that another rule, or none, has routed;
        not those whose owner was chosen in the same moment.

        :param set changed: names of the fields that changed.
        """
        Rule = self.env["crm.routing.rule"]
        rows = tuple(row for row in Rule._rule_rows() if row.values["catch_changes"])
        reads = {
            condition.field_expr.split(".")[0]
            for row in rows
            for condition in row.domain.iter_conditions()
        }
        if reads.isdisjoint(changed):
            return
        # sudo: rules count for whoever changed the lead.
        leads = self.sudo().filtered(
            lambda lead: (
                lead.active
                and lead.won_status == "pending"
                and not lead.first_response_on
                and not ("user_id" in changed and lead.user_id)
            )
        )
        matched = Rule._rule_match(leads, rows)
        again = leads.filtered(
            lambda lead: (
                matched[lead.id] and lead.routing_rule_id.id not in matched[lead.id]
            )
        )
        again = again and again._routing_not_just_given()
        if again:
            self.env["crm.routing.engine"].with_context(**{ROUTING: True})._route(
                again.with_context(**{ROUTING: True})
            )

    def _routing_not_just_given(self):
        """Leave out the leads that somebody, or another app, gave to a person just now.

        Who chooses an owner often changes other facts along with it, the team for one: what
        was decided in this transaction is not decided again.
        """
        # All that a transaction puts on record has the time at which it began.
        given = self.env.execute_query(
            SQL(
                "SELECT lead_id FROM crm_lead_routing_log"
                " WHERE lead_id = ANY(%s) AND create_date = %s"
                " AND outcome IN ('by_hand', 'taken_over')",
                self.ids,
                self.env.cr.now(),
            )
        )
        return self - self.browse(row[0] for row in given)
