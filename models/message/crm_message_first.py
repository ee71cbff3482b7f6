# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.http import request
from odoo.tools import SQL

from ...const import CHANNELS
from ..common.guarded import guarded
from ..common.rights import LeadField
from .sending.problems import company_problem
from .writing.proposal import best_channel

# More leads than this, created in one go, are an import.
AT_ONCE = 20

# A first message that would go more days than this after its lead came in does not go at all.
LATEST = 3

# Calls of Odoo's own screens, in which a person sits before a form.
SCREENS = "/web/dataset/"

# Which leads get the first message, by what the rule says.
ORIGINS = {
    "incoming": {"incoming"},
    "entered": {"incoming", "entered"},
    "all": {"incoming", "entered", "import"},
}


class CrmMessageFirst(models.Model):
    """The automatic first message to a new lead: what became of it.

    **What.** A routing rule can name a message. Each lead that the rule gives to somebody
    when it comes in gets a row here, at most one, and the queue of all that goes by itself
    (``crm.message.queue``) sends it: by the message room's own ``_send``, as the system, so
    that it counts as no human contact. Where it may not go, the row and the lead's history
    say why.

    **How to use.** ``_plan_new(leads)`` is called with leads that were just created and
    routed.

    **How it works.** Saving a lead only adds the row: no rendering, no mail server, nothing
    that could fail. The queue is woken at once. Outside the sending hours, and above the limit
    of the grade, the row waits until the message may go, for three days at most.
    """

    _name = "crm.message.first"
    _description = "Automatic first message"
    _order = "id desc"
    _rec_name = "lead_id"

    lead_id = LeadField("crm.lead", required=True, readonly=True, ondelete="cascade")
    rule_id = fields.Many2one(
        "crm.routing.rule", readonly=True, index="btree_not_null", ondelete="set null"
    )
    template_id = fields.Many2one(
        "crm.message.template",
        string="Message",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    channel = fields.Selection(CHANNELS, readonly=True)
    state = fields.Selection(
        [("waiting", "Waiting"), ("sent", "Sent"), ("skipped", "Not sent")],
        required=True,
        readonly=True,
        default="waiting",
    )
    due_on = fields.Datetime(
        readonly=True,
        index="btree_not_null",
        help="When the message goes, or went.",
    )
    reason = fields.Char(readonly=True, help="Why it has to wait, or did not go.")

    _unique_lead = models.UniqueIndex(
        "(lead_id)", "A lead gets one automatic first message."
    )
    _due_idx = models.Index("(id) WHERE state = 'waiting'")

    # How many go in one transaction.
    _queue_batch = 20

    # === PLANNING === #

    @api.model
    def _plan_new(self, leads):
        """Plan the first message of leads that were just created, where their rule has one.

        :param leads: crm.lead records, routed already.
        """
        rows = {
            row.id: row.values
            for row in self.env["crm.routing.rule"]._rule_rows()
            if row.values["first_message_id"]
        }
        if not rows:
            return
        origin = self._origin_of(leads)
        # sudo: whoever created the leads may not be allowed to see them.
        leads = leads.sudo()
        planned = [
            {
                "lead_id": lead.id,
                "rule_id": lead.routing_rule_id.id,
                "template_id": rows[lead.routing_rule_id.id]["first_message_id"],
                "due_on": fields.Datetime.now(),
            }
            for lead in leads
            if lead.routing_rule_id.id in rows
            and origin in ORIGINS[rows[lead.routing_rule_id.id]["first_message_for"]]
        ]
        if planned:
            texts = self.env["crm.experiment"]._first_messages(
                leads.browse(row["lead_id"] for row in planned)
            )
            for row in planned:
                row["template_id"] = texts.get(row["lead_id"]) or row["template_id"]
            # sudo: nobody writes these rows but the system.
            self.sudo().create(planned)
            self.env["crm.message.queue"]._wake()

    @api.model
    def _origin_of(self, leads):
        """Return how leads that are being created come in: incoming, entered or import."""
        if self.env.context.get("import_file") or len(leads) > AT_ONCE:
            return "import"
        by_screen = request and request.httprequest.path.startswith(SCREENS)
        return "entered" if by_screen else "incoming"

    # === THE QUEUE === #

    @api.model
    def _queue_due(self, now, after):
        return SQL(
            "SELECT id, lead_id FROM crm_message_first WHERE state = 'waiting'"
            " AND due_on <= %s AND id > %s ORDER BY id",
            now,
            after,
        )

    @api.model
    def _queue_waiting(self):
        return SQL(
            "SELECT id, 1 AS source, lead_id, 'first', template_id, channel, due_on,"
            " 'waiting', reason, id FROM crm_message_first WHERE state = 'waiting'"
        )

    def _queue_take_back(self):
        """Have these messages not go: somebody does not want it."""
        for row in self.filtered(lambda row: row.state == "waiting"):
            row.write(row._skipped(self.env._("Taken back by hand.")))

    def _queue_go(self, turn):
        """Send these messages, or have them wait; one that fails stops no other.

        :param turn: the Turn of the queue.
        """
        for row in self:
            row._send_guarded(turn)

    def _send_guarded(self, turn):
        """Send one message; where that is not possible the row and the lead say why."""
        lead = self.lead_id
        company = self.env["res.company"]._crm_of_lead(lead)
        lang = lead.user_id.lang or company.partner_id.lang or "en_US"
        row = self.with_company(company).with_context(lang=lang)
        with guarded(
            self.env, "First message to lead %s", lead.id, expected=(UserError,)
        ) as attempt:
            values = row._send_one(turn)
        if isinstance(attempt.error, UserError):
            values = row._skipped(str(attempt.error))
        elif attempt.error:
            values = row._skipped(
                self.env._("Sending failed: the server's log says why.")
            )
        row.write(values)
        if values["state"] == "skipped":
            body = row.env._("No automatic first message: %s", values["reason"])
            row.lead_id._message_log(body=body)

    def _send_one(self, turn):
        """Send one message, and return the new values of its row.

        :param turn: the Turn of the queue.
        :rtype: dict
        :raise UserError: where the message may not go, with the reason.
        """
        lead, template = self.lead_id, self.template_id
        if reason := self._obsolete(turn):
            return self._skipped(reason)
        until, held = turn.hold(lead)
        if until and not turn.is_late(self.create_date, until, LATEST):
            return {"state": "waiting", "due_on": until, "reason": held}
        channel = self._best_channel()
        blockers = self.env["crm.message.guard"]._blockers(lead, channel)
        if lead.id in blockers:
            return self._skipped(blockers[lead.id])
        if self._is_repeated(channel):
            return self._skipped(
                self.env._("The same address got it from another lead just before.")
            )
        template._send(lead, channel)
        return {
            "state": "sent",
            "channel": channel,
            "reason": False,
            "due_on": fields.Datetime.now(),
        }

    @api.model
    def _skipped(self, reason):
        return {"state": "skipped", "reason": reason, "due_on": False}

    def _obsolete(self, turn):
        """Return why the message is no longer needed, or an empty string."""
        lead = self.lead_id
        if not self.template_id.active:
            return self.env._("The message of the rule is archived or deleted.")
        if company_problem(self.template_id, lead):
            return self.env._("The message of the rule belongs to another company.")
        if lead.first_response_on:
            return self.env._("Somebody has written to the lead already.")
        if lead.won_status != "pending" or not lead.active:
            return self.env._("The lead is closed.")
        if turn.is_late(self.create_date, turn.now, LATEST):
            return self.env._("It would come too late: more than three days after.")
        return ""

    def _best_channel(self):
        """Return the channel that the lead prefers among those that need no person."""
        lead, guard = self.lead_id, self.env["crm.message.guard"]
        blockers = {name: guard._blockers(lead, name) for name, _label in CHANNELS}
        if not self.env["crm.message.sender"]._has_whatsapp_service(lead):
            # A person has to open the link.
            blockers["whatsapp"] = {lead.id: "link"}
        channel = best_channel(self.template_id, lead, blockers)
        # Where no channel is allowed: the reason of e-mail, not of a link.
        return "email" if blockers[channel].get(lead.id) == "link" else channel

    def _is_repeated(self, channel):
        """Tell whether the same address got a first message a moment ago.

        Somebody who sends a form twice gets one answer, and two programs that answer each
        other by mail stop at once.
        """
        name = "email_normalized" if channel == "email" else "phone_sanitized"
        since = fields.Datetime.now() - timedelta(days=1)
        return bool(
            self.lead_id[name]
            and self.search_count(
                [
                    ("id", "!=", self.id),
                    ("state", "=", "sent"),
                    ("channel", "=", channel),
                    ("due_on", ">", since),
                    (f"lead_id.{name}", "=", self.lead_id[name]),
                ],
                limit=1,
            )
        )

    # === MERGING === #

    @api.model
    def _merge(self, lead, others):
        """Keep one first message of leads that are merged: one that went, else one that waits.

        :param lead: the crm.lead record that stays.
        :param others: those that go into it.
        """
        # sudo: nobody writes these rows but the system.
        rows = self.sudo().search([("lead_id", "in", (lead | others).ids)])
        if not rows:
            return
        order = ["sent", "waiting", "skipped"]
        kept = min(
            rows, key=lambda row: (order.index(row.state), row.lead_id != lead, row.id)
        )
        dropped = (rows - kept).filtered(lambda row: row.state == "waiting")
        (rows - kept).unlink()
        kept.lead_id = lead
        for _row in dropped:
            reason = self.env._("the lead was merged with one that has one.")
            body = self.env._("No automatic first message: %s", reason)
            lead._message_log(body=body)
