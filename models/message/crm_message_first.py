# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import logging
from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.http import request

from ...const import CHANNELS
from ..common.guarded import REPEATED, guarded
from .sending.problems import company_problem
from .writing.proposal import best_channel

_logger = logging.getLogger(__name__)

BATCH = 20

# How often a batch is tried that another transaction got in the way of; and when once more.
TRIES = 3
LATER = timedelta(minutes=1)

# More leads than this, created in one go, are an import.
AT_ONCE = 20

# A first message that would go later than this after its lead came in does not go at all.
LATEST = timedelta(days=3)

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
    when it comes in gets a row here, at most one, and the cron sends it: by the message
    room's own ``_send``, as the system, so that it counts as no human contact. Where it may
    not go, the row and the lead's history say why.

    **How to use.** ``_plan_new(leads)`` is called with leads that were just created and
    routed; ``_cron_send()`` sends what is due.

    **How it works.** Saving a lead only adds the row: no rendering, no mail server, nothing
    that could fail. The cron is woken at once. Outside the sending hours, and above the limit
    of the grade, the row waits until the message may go, for three days at most.
    """

    _name = "crm.message.first"
    _description = "Automatic first message"
    _order = "id desc"
    _rec_name = "lead_id"

    lead_id = fields.Many2one(
        "crm.lead", required=True, readonly=True, ondelete="cascade"
    )
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
            # sudo: nobody writes these rows but the system.
            self.sudo().create(planned)
            self._wake()

    @api.model
    def _origin_of(self, leads):
        """Return how leads that are being created come in: incoming, entered or import."""
        if self.env.context.get("import_file") or len(leads) > AT_ONCE:
            return "import"
        by_screen = request and request.httprequest.path.startswith(SCREENS)
        return "entered" if by_screen else "incoming"

    @api.model
    def _cron(self):
        # sudo: scheduled actions are the system's.
        return self.env.ref("crm_lead_management.ir_cron_first_message").sudo()

    @api.model
    def _switch_on(self):
        """Have the cron run: a rule has a first message."""
        self._cron()._crm_switch_on()

    @api.model
    def _wake(self, moment=None):
        """Have the cron run at once, or at a moment (UTC)."""
        self._cron()._trigger(at=moment)

    # === SENDING === #

    @api.model
    def _cron_send(self):
        """Send the first messages that are due."""
        # sudo: the system sends, whoever caused it; that makes it an automatic message.
        rows = self.with_user(SUPERUSER_ID)
        domain = [("state", "=", "waiting"), ("due_on", "<=", fields.Datetime.now())]
        tries = 0
        while True:
            batch = rows.search(domain, limit=BATCH, order="due_on, id")
            batch = batch.try_lock_for_update()
            if not batch:
                return
            try:
                for row in batch:
                    row._send_guarded()
                self.env.flush_all()
            except REPEATED as error:
                # Somebody writes one of the leads at this moment.
                _logger.info("First messages %s once more: %s", batch.ids, error)
                self.env.cr.rollback()
                tries += 1
                if tries == TRIES:
                    self._wake(fields.Datetime.now() + LATER)
                    return
                continue
            remaining = rows.search_count(domain)
            if not self.env["ir.cron"]._commit_progress(
                len(batch), remaining=remaining
            ):
                return

    def _send_guarded(self):
        """Send one message; where that is not possible the row and the lead say why."""
        lead = self.lead_id
        company = self.env["res.company"]._crm_of_lead(lead)
        lang = lead.user_id.lang or company.partner_id.lang or "en_US"
        row = self.with_company(company).with_context(lang=lang)
        with guarded(
            self.env, "First message to lead %s", lead.id, expected=(UserError,)
        ) as attempt:
            values = row._send_one()
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

    def _send_one(self):
        """Send one message, and return the new values of its row.

        :rtype: dict
        :raise UserError: where the message may not go, with the reason.
        """
        lead, template = self.lead_id, self.template_id
        if reason := self._obsolete():
            return self._skipped(reason)
        until, held = self.env["crm.message.guard"]._holds(lead).get(lead.id, ("", ""))
        if until and until <= self.create_date + LATEST:
            self._wake(until)
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

    def _obsolete(self):
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
        if fields.Datetime.now() > self.create_date + LATEST:
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
