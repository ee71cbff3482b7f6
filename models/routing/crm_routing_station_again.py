# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models
from odoo.tools import SQL

from ..common.context import ROUTING
from ..common.crm_config_mixin import kept

# Decisions of persons, which routing does not overrule in the same moment.
BY_PERSONS = ("by_hand", "taken_over")
# And those that a rule for leads that change does not overrule later either.
CHOSEN = (*BY_PERSONS, "chosen", "creator_keeps")


class CrmRoutingStation(models.AbstractModel):
    """When a lead that has an owner is routed once more, and when it is not."""

    _inherit = "crm.routing.station"

    # === LEADS THAT CHANGE === #

    @api.model
    @kept()
    def _reads(self):
        reads = self.env["crm.routing.rule"]._rule_reads
        return frozenset().union(*(reads(row) for row in self._catching_rows()))

    @api.model
    def _catching_rows(self):
        """Return the rules that also take leads that change."""
        rows = self.env["crm.routing.rule"]._rule_rows()
        return tuple(row for row in rows if row.values["catch_changes"])

    @api.model
    def _on_written(self, leads, changes, state):
        if "routing" in state:
            self._log_by_hand(leads, state["routing"])
        if "qualification_state" in changes.names and not ROUTING.of(self.env):
            self._take_back(leads)
        if not ROUTING.of(self.env) and not self._reads().isdisjoint(changes.names):
            self._route_again(leads, changes)

    @api.model
    def _take_back(self, leads):
        """Route leads that were set aside, and fit after all."""
        Company = self.env["res.company"]
        if not Company._crm_setting_aside():
            return
        # sudo: leads that fit after all, whoever answered the question.
        fitting = leads.sudo().filtered(
            lambda lead: (
                lead._lead_is_open()
                and lead.qualification_state != "failed"
                and lead.routing_log_ids[:1].outcome == "set_aside"
            )
        )
        if fitting:
            self._after_request(fitting, self._route_fitting)

    @api.model
    def _route_fitting(self, leads):
        leads = leads.exists().with_context(**ROUTING.on())
        leads.env["crm.routing.engine"]._route(leads)

    @api.model
    def _route_again(self, leads, changes):
        """Route leads again that came to match a rule which also takes leads that change.

        Only leads that nobody has answered yet, and that another rule, or none, has routed;
        not those whose owner was chosen in the same moment.

        :param changes: what changed, as Changes.
        """
        rows = self._catching_rows()
        # sudo: rules count for whoever changed the lead.
        leads = leads.sudo().filtered(
            lambda lead: (
                lead._lead_is_open()
                and not lead._routing_is_answered()
                and not ("user_id" in changes.written and lead.user_id)
            )
        )
        matched = self.env["crm.routing.rule"]._rule_match(leads, rows)
        again = leads.filtered(
            lambda lead: (
                matched[lead.id] and lead.routing_rule_id.id not in matched[lead.id]
            )
        )
        again = again and self._not_chosen(again)
        if again and self._sees_only_own():
            # He may lose sight of the lead, and is about to read it.
            self._after_request(again, self._catch)
        elif again:
            self._catch(again)

    @api.model
    def _catch(self, leads):
        """Route leads by the rules for leads that change, and by no others.

        Where these have nobody all stays as it was, without a trace.
        """
        rows = self._catching_rows()
        leads = leads.exists().with_context(**ROUTING.on())
        if leads and rows:
            leads.env["crm.routing.engine"]._catch(leads, rows)

    @api.model
    def _not_chosen(self, leads):
        """Leave out the leads whose owner a person, or another app, has chosen.

        That is what the last decision on record says, or one of this transaction: who chooses
        an owner often changes other facts along with it, the team for one.
        """
        # All that a transaction puts on record has the time at which it began.
        given = self.env.execute_query(
            SQL(
                "SELECT DISTINCT lead_id FROM (SELECT lead_id, outcome, create_date,"
                " row_number() OVER (PARTITION BY lead_id ORDER BY id DESC) AS age"
                " FROM crm_lead_routing_log WHERE lead_id = ANY(%s)) AS log"
                " WHERE (age = 1 AND outcome = ANY(%s))"
                " OR (create_date = %s AND outcome = ANY(%s))",
                leads.ids,
                list(CHOSEN),
                self.env.cr.now(),
                list(BY_PERSONS),
            )
        )
        return leads - leads.browse(row[0] for row in given)
