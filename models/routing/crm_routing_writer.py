# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import time

from markupsafe import Markup

from odoo import SUPERUSER_ID, api, fields, models

from ...const import SKIP

# With this context key a write of owners is the engine's own: no log "by hand" is due.
ROUTING = "crm_lead_management_routing"


class CrmRoutingWriter(models.AbstractModel):
    """Carries out what ``crm.routing.engine`` decided.

    Writes the owners (one write for all leads that get the same values), the log, tells the
    new owners, raises the alarm for leads that got nobody, and has the scorecards look again
    at what they know about owners.
    """

    _name = "crm.routing.writer"
    _description = "Routing writer"

    @api.model
    def _apply(self, decisions, mode, started):
        """Write decisions.

        :param list[dict] decisions: of ``crm.routing.engine``, one per lead.
        :param str mode: auto, manual or reroute.
        :param float started: the value of ``time.perf_counter()`` when deciding began.
        :return: the log records, in the order of the decisions.
        """
        # sudo: the owner that the rules found is written whoever saves the lead, and he may
        # not even be allowed to see it afterwards.
        leads = self.env["crm.lead"].sudo().browse(d["lead_id"] for d in decisions)
        bulk = len(leads) > 1
        before = self._follows(leads)
        written = self._write_owners(leads, decisions, mode, bulk)
        self._add_coaches(decisions)
        logs = self._log(decisions, mode, started)
        if bulk:
            self._tell_in_bulk(decisions)
        lost = leads.browse(d["lead_id"] for d in decisions if not d["to_user_id"])
        if lost:
            self._raise_alarm(lost)
        if written:
            written._lead_evaluate(self._changed(leads, before))
        return logs

    @api.model
    def _follows(self, leads):
        """Return, of each lead, what Odoo may set anew when owner and team change."""
        names = ("company_id", "stage_id", "probability")
        return {name: [lead[name] for lead in leads] for name in names}

    @api.model
    def _changed(self, leads, before):
        """Return the names of the fields that may have other values now."""
        after = self._follows(leads)
        return {"user_id", "team_id"} | {
            name for name in after if after[name] != before[name]
        }

    # === OWNERS === #

    @api.model
    def _write_owners(self, leads, decisions, mode, bulk):
        """Write owner, team and what else the decisions change. Returns the leads written."""
        now = fields.Datetime.now()
        groups = {}
        for lead, decision in zip(leads, decisions, strict=True):
            vals = self._lead_values(lead, decision, mode, now)
            if vals:
                key = (bool(lead.user_id), tuple(vals.items()))
                groups.setdefault(key, []).append(lead.id)
        written = leads.browse()
        for (had_owner, vals), lead_ids in groups.items():
            group = leads.browse(lead_ids).with_context(
                **{SKIP: True, ROUTING: True},
                # The first owner stands as if he had been set when the lead was created.
                **({} if had_owner else {"mail_notrack": True}),
                **({"mail_auto_subscribe_no_notify": True} if bulk else {}),
            )
            group.write(dict(vals))
            written |= leads.browse(lead_ids)
        return written

    @api.model
    def _add_coaches(self, decisions):
        """Let the coach of a rule follow the leads that juniors get through their share."""
        for decision in decisions:
            if decision["outcome"] == "growth":
                # sudo: the rule and the lead, whoever saves it.
                rule = self.env["crm.routing.rule"].sudo().browse(decision["rule_id"])
                lead = self.env["crm.lead"].sudo().browse(decision["lead_id"])
                lead.message_subscribe(rule.coach_id.partner_id.ids)

    @api.model
    def _lead_values(self, lead, decision, mode, now):
        """Return what a decision changes on its lead."""
        user_id, vals = decision["to_user_id"], {}
        if user_id and user_id != lead.user_id.id:
            vals["user_id"] = user_id
        if user_id and decision["team_id"] and decision["team_id"] != lead.team_id.id:
            vals["team_id"] = decision["team_id"]
        if decision["rule_id"] != lead.routing_rule_id.id:
            vals["routing_rule_id"] = decision["rule_id"]
        if user_id and not lead.first_assigned_on:
            vals["first_assigned_on"] = now
        if mode == "reroute":
            vals["routing_hops"] = lead.routing_hops + 1
        return vals

    # === RECORD === #

    @api.model
    def _log(self, decisions, mode, started=None):
        """Put decisions on record; each with its share of the time that the batch took."""
        elapsed = (time.perf_counter() - started) * 1000 if started else 0.0
        share = elapsed / (len(decisions) or 1)
        # sudo: nobody writes the log but the engine.
        return (
            self.env["crm.lead.routing.log"]
            .sudo()
            .create([{**d, "mode": mode, "milliseconds": share} for d in decisions])
        )

    # === TELLING === #

    @api.model
    def _tell_in_bulk(self, decisions):
        """Send each new owner one message about all leads that he got."""
        context = self.env.context
        if context.get("tracking_disable") or context.get(
            "mail_auto_subscribe_no_notify"
        ):
            return
        got = {}
        for decision in decisions:
            user_id = decision["to_user_id"]
            if user_id and user_id not in (decision["from_user_id"], self.env.uid):
                got.setdefault(user_id, []).append(decision["lead_id"])
        # sudo: the message is about leads that the sender may not be allowed to see.
        for user in self.env["res.users"].sudo().browse(got):
            leads = self.env["crm.lead"].sudo().browse(got[user.id])
            env = user.with_context(lang=user.lang).env
            subject = env._("%s leads were assigned to you", len(leads))
            self._notify(user.partner_id, subject, leads[:20], len(leads) - 20)

    @api.model
    def _raise_alarm(self, leads):
        """Tell the sales managers about leads that have no owner."""
        if self.env.context.get("tracking_disable"):
            return
        # sudo: who the managers are.
        managers = self.env.ref("sales_team.group_sale_manager").sudo().all_user_ids
        managers = managers.filtered(
            lambda user: user.active and user.id != SUPERUSER_ID
        )
        companies = leads.company_id
        if companies:
            managers = managers.filtered(lambda user: companies & user.company_ids)
        if not managers:
            return
        subject = self.env._("%s leads have no owner", len(leads))
        self._notify(managers.partner_id, subject, leads[:20], len(leads) - 20)

    @api.model
    def _notify(self, partners, subject, leads, more):
        """Send a short list of leads with links, as OdooBot."""
        body = Markup("<p>%s</p><ul>%s</ul>") % (
            subject,
            Markup().join(
                Markup('<li><a href="%s">%s</a></li>')
                % (lead._notify_get_action_link("view"), lead.display_name)
                for lead in leads
            ),
        )
        if more > 0:
            body += Markup("<p>%s</p>") % self.env._("and %s more", more)
        self.env["mail.thread"].with_user(SUPERUSER_ID).message_notify(
            partner_ids=partners.ids, subject=subject, body=body
        )
