# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import fields, models
from odoo.tools import SQL

from ..common.rights import demand

# More leads than this are routed in the background, in batches.
AT_ONCE = 500


class CrmLead(models.Model):
    _inherit = "crm.lead"

    # === ACTIONS === #

    def action_route(self):
        """Route the selected leads now, by the rules.

        :return: a notification that says what happened.
        :rtype: dict
        """
        self.check_access("write")
        # Whose a lead is, is not for its owner to have drawn again.
        demand(self.env, "route")
        # sudo: whether they are open.
        opened = self.sudo().filtered(lambda lead: lead._lead_is_open())
        closed = len(self) - len(opened)
        self = opened.with_env(self.env)
        if len(self) > AT_ONCE:
            return self._routing_queue()
        logs = self.env["crm.routing.engine"]._route(self, mode="manual")
        done = len(logs) == len(self) and all(log.to_user_id for log in logs)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if done else "warning",
                "title": self.env._("Routing"),
                "message": self._routing_message(logs, closed),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_take_up(self):
        """Have leads that are set aside worked on like all others, by whom the rules find.

        :return: a notification that says what happened.
        :rtype: dict
        """
        self.check_access("write")
        demand(self.env, "route")
        # sudo: a field that only engines write.
        leads = self.sudo().filtered("is_set_aside")
        select = SQL("SELECT unnest(%s::int[]), TRUE", leads.ids)
        leads._lead_store(select, ["gate_waived"])
        leads._message_log_batch(
            bodies={
                lead.id: self.env._(
                    "%s takes the lead up, although it failed the qualification.",
                    self.env.user.name,
                )
                for lead in leads
            }
        )
        leads._lead_evaluate(None)
        return leads.with_env(self.env).action_route()

    def _routing_message(self, logs, closed=0):
        """Return what came of routing the leads ``self``, from the decisions about them.

        :param int closed: how many were left alone, for they are won, lost or archived.
        """
        if closed:
            return self.env._(
                "%(routed)s leads have a new owner. %(closed)s are closed, and stay as they"
                " are.",
                routed=len(
                    logs.filtered(lambda log: log.from_user_id != log.to_user_id)
                ),
                closed=closed,
            )
        changed = logs.filtered(lambda log: log.from_user_id != log.to_user_id)
        if len(logs) < len(self):
            return self.env._(
                "%(routed)s of %(all)s leads have a new owner. %(busy)s were left out, for"
                " somebody else is saving them at this moment: try again.",
                routed=len(changed),
                all=len(self),
                busy=len(self) - len(logs),
            )
        if len(logs) == 1:
            return logs.reason
        return self.env._(
            "%(routed)s of %(all)s leads have a new owner.",
            routed=len(changed),
            all=len(logs),
        )

    def _routing_queue(self):
        """Have leads routed in the background, those with an owner as well.

        :return: a notification that says so.
        :rtype: dict
        """
        # sudo: fields that only the engine writes.
        leads = self.sudo()
        select = SQL(
            "SELECT unnest(%s::int[]), %s::timestamp", leads.ids, fields.Datetime.now()
        )
        leads._lead_store(select, ["routing_asked_on"])
        self.env["crm.routing.waiting"]._switch_on(now=True)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "title": self.env._("Routing"),
                "message": self.env._(
                    "%s leads are routed in the background.", len(self)
                ),
            },
        }

    def action_open_routing_logs(self):
        """Open all routing decisions about this lead.

        :return: a window action.
        :rtype: dict
        """
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Routing of %s", self.display_name),
            "res_model": "crm.lead.routing.log",
            "view_mode": "list,kanban,form",
            "domain": [("lead_id", "=", self.id)],
        }
