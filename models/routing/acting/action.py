# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from ...common.guarded import guarded


class Actions:
    """Runs the server action of a rule for the leads that it routed: a first message, say.

    Once per lead, when it gets its first owner. The action runs with the rights of whoever
    chose it: who only drags the rule lends it nothing. One that fails is logged and changes
    nothing: the lead keeps its owner, and the clock for a person's answer runs on.

    :param env: the environment of who routes.
    """

    def __init__(self, env):
        self.env = env

    def run(self, decisions):
        """Run the actions that the deciding rules ask for.

        :param list[Decision] decisions: already carried out.
        """
        self._convert(decisions)
        rows = {
            row.id: row
            for row in self.env["crm.routing.rule"]._rule_rows()
            if row.values["server_action_id"]
        }
        routed = {}
        for decision in decisions if rows else ():
            if decision.rule_id in rows and not decision.from_user_id:
                routed.setdefault(decision.rule_id, []).append(decision.lead_id)
        for rule_id, lead_ids in routed.items():
            self._run_one(rows[rule_id], lead_ids)

    def _convert(self, decisions):
        """Make opportunities of leads whose rule says so; a failure leaves them leads."""
        rules = self.env["crm.routing.rule"]._rule_rows()
        rule_ids = {row.id for row in rules if row.values["convert_leads"]}
        if not rule_ids:
            return
        # sudo: the rule decided it, whoever saves the lead.
        leads = self.env["crm.lead"].sudo()
        leads = leads.browse(d.lead_id for d in decisions if d.rule_id in rule_ids)
        leads = leads.filtered(lambda lead: lead.type == "lead" and lead.user_id)
        with guarded(self.env, "Leads %s could not be converted", leads.ids):
            for partner, group in leads.grouped("partner_id").items():
                group.convert_opportunity(partner)

    def _run_one(self, row, lead_ids):
        """Run the action of one rule; a failure is logged and stays without effect."""
        # sudo: the rule, and who chose the action, whose rights it has.
        author = self.env["crm.routing.rule"].sudo().browse(row.id).server_action_uid
        if not author:
            return
        action = self.env["ir.actions.server"].browse(row.values["server_action_id"])
        # with_user instead of sudo: the action can do what its author could do himself.
        action = action.with_user(author).with_context(
            active_model="crm.lead", active_ids=lead_ids, active_id=lead_ids[0]
        )
        with guarded(
            self.env, "Action of routing rule %s (%r) failed", row.id, row.name
        ):
            action.run()
