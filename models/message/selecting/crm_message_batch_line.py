# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ....const import CHANNELS
from ...common.rights import LeadField
from ..guarding.blocks import failed_reason

STATES = [
    ("ready", "Ready"),
    ("open", "To open in WhatsApp"),
    ("opened", "Opened in WhatsApp"),
    ("queued", "In the queue"),
    ("sent", "Sent"),
    ("failed", "Not sent"),
    ("later", "Goes later"),
    ("held", "Not now"),
    ("skipped", "Left out"),
]
# The states in the order in which they are shown: who is left out before it is sent; what is
# still to be done afterwards.
RANKS = (
    *("failed", "skipped", "held", "opened", "open"),
    *("later", "queued", "ready", "sent"),
)
SENT_RANKS = (
    *("failed", "opened", "open", "skipped", "held"),
    *("later", "queued", "ready", "sent"),
)


class CrmMessageBatchLine(models.Model):
    """What one lead of a selection gets, and what became of it.

    Written by the selection only: a line names what can be taken back.
    """

    _name = "crm.message.batch.line"
    _description = "Message to one lead of a selection"
    # What a person has to know or to do stands first.
    _order = "rank, id"

    batch_id = fields.Many2one(
        "crm.message.batch", required=True, index=True, ondelete="cascade"
    )
    lead_id = LeadField("crm.lead", required=True, index=True, ondelete="cascade")
    template_id = fields.Many2one("crm.message.template", string="Message")
    channel = fields.Selection(CHANNELS)
    state = fields.Selection(STATES, required=True)
    rank = fields.Integer(
        compute="_compute_rank", store=True, export_string_translation=False
    )
    reason = fields.Char()
    until = fields.Datetime(string="May Go From")
    text_key = fields.Char(export_string_translation=False)
    # What was opened in WhatsApp: that is what was sent, whatever changes afterwards.
    opened_text = fields.Text(export_string_translation=False)
    message_ref = fields.Integer(export_string_translation=False)
    # What waits: gone when it went, or when somebody cancelled it in the conversation.
    waiting_id = fields.Many2one(
        "mail.scheduled.message",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        export_string_translation=False,
    )
    lang = fields.Char(string="Language", compute="_compute_lang")
    is_rtl = fields.Boolean(compute="_compute_lang", export_string_translation=False)
    subject = fields.Char(compute="_compute_text")
    body_html = fields.Html(
        string="Email", compute="_compute_text", sanitize="email_outgoing"
    )
    body = fields.Text(string="Text", compute="_compute_text")

    # === COMPUTE METHODS === #

    @api.depends("lead_id")
    def _compute_lang(self):
        Lang = self.env["res.lang"]
        for line in self:
            lang = Lang._get_data(code=line.lead_id.message_lang)
            line.lang, line.is_rtl = lang.name, lang.direction == "rtl"

    @api.depends("lead_id", "template_id", "channel", "opened_text")
    def _compute_text(self):
        """Show the text as it arrives: looked at one by one, so no list asks for it."""
        for line in self:
            text = {}
            if line.template_id and line.channel:
                try:
                    text = line.template_id._render_channel(line.lead_id, line.channel)
                    text = text[line.lead_id.id]
                except UserError:
                    text = {}  # The reason of the line says why.
            is_email = line.channel == "email"
            line.subject = text.get("subject", False)
            line.body_html = is_email and text.get("body", False)
            line.body = not is_email and (line.opened_text or text.get("body", False))

    @api.depends("state", "batch_id.state")
    def _compute_rank(self):
        for line in self:
            ranks = SENT_RANKS if line.batch_id.state == "done" else RANKS
            line.rank = ranks.index(line.state)

    # === ACTIONS === #

    def action_take_out(self):
        """Leave the lead out of the sending."""
        self.ensure_one()
        self.lead_id.check_access("write")
        if (
            self.state in ("ready", "open", "later")
            and self.batch_id.state == "planned"
        ):
            reason = self.env._("You have taken the lead out.")
            self._put(state="skipped", reason=reason)

    def action_take_back(self):
        """Cancel what waits."""
        self.ensure_one()
        self.lead_id.check_access("write")
        if self.state == "later" and self.waiting_id:
            reason = self.env._("You have taken the message back.")
            waiting = self.waiting_id
            self._put(state="skipped", reason=reason)
            waiting.unlink()

    def action_open_whatsapp(self):
        """Open WhatsApp with the message for this lead.

        :return: the action that opens the link.
        :rtype: dict
        :raise UserError: where the lead may not be written to any more.
        """
        self.ensure_one()
        self.lead_id.check_access("write")
        sender = self.env["crm.message.sender"]
        sender._check(self.template_id, self.lead_id, "whatsapp")
        text = self.template_id._render_channel(self.lead_id, "whatsapp")
        self._put(state="opened", opened_text=text[self.lead_id.id]["body"])
        return sender._deliver_whatsapp(
            self.template_id, self.lead_id, texts={self.lead_id.id: self.opened_text}
        )

    def action_confirm(self):
        """Record that the person sent the message in WhatsApp."""
        self.ensure_one()
        self.lead_id.check_access("write")
        if self.state == "opened":
            self.env["crm.message.sender"]._record_whatsapp(
                self.template_id,
                self.lead_id,
                self.opened_text,
                f"{self._name},{self.id}",
            )
            self._put(state="sent")

    def action_not_on_whatsapp(self):
        """Record that the number is not on WhatsApp, so that nobody tries it again."""
        self.ensure_one()
        self.lead_id.check_access("write")
        if self.state == "opened":
            number = self.env["crm.message.sender"]._record_not_on_whatsapp(
                self.template_id, self.lead_id, f"{self._name},{self.id}"
            )
            reason = failed_reason(self.env, "whatsapp", number)
            self._put(state="failed", reason=reason)

    # === HELPERS === #

    @api.model
    def _put_queued(self, queued):
        """Note which lines are in the queue, and as which ``mail.message``: in one statement.

        :param dict queued: by id of the line, the id of its message, 0 where there is none,
            and what is to be said of it.
        """
        if not queued:
            return
        lines = self.browse(queued)
        names = ["state", "rank", "reason", "until", "message_ref"]
        lines.flush_recordset(names)
        refs, reasons = zip(*queued.values(), strict=True)
        self.env.cr.execute(
            SQL(
                "UPDATE crm_message_batch_line AS line SET state = 'queued', rank = %s,"
                " until = NULL, message_ref = row.ref, reason = NULLIF(row.reason, '')"
                " FROM unnest(%s, %s, %s::text[]) AS row(id, ref, reason)"
                " WHERE line.id = row.id",
                RANKS.index("queued"),
                lines.ids,
                list(refs),
                list(reasons),
            )
        )
        lines.invalidate_recordset(names, flush=False)

    def _put(self, **values):
        """Note what became of lines."""
        # sudo: what was planned, went and waits is noted by the selection alone; whoever calls
        # asked whether the user may write to the leads.
        self.sudo().write(values)

    def _recall(self):
        """Take back what has not left."""
        reason = self.env._("You have taken the message back.")
        later = self.filtered(lambda line: line.state == "later")
        waiting = later.waiting_id
        later._put(state="skipped", reason=reason)
        waiting.unlink()
        queued = self.filtered(lambda line: line.state == "queued")
        about = [
            ("mail_message_id", "in", queued.mapped("message_ref")),
            ("state", "=", "outgoing"),
        ]
        # sudo: the queues are the system's; who may write to the leads takes his messages
        # back. One that is leaving at this moment has left.
        mails = self.env["mail.mail"].sudo().search(about).try_lock_for_update()
        texts = self.env["sms.sms"].sudo().search(about)  # sudo: as above
        texts = texts.try_lock_for_update()
        gone = mails.mail_message_id | texts.mail_message_id
        mails.write({"state": "cancel"})
        texts.action_set_canceled()
        # sudo: touchpoints are written by engines only.
        touchpoints = self.env["crm.touchpoint"].sudo()
        touchpoints.search([("mail_message_id", "in", gone.ids)])._withdraw()
        back = queued.filtered(lambda line: line.message_ref in gone.ids)
        back._put(state="skipped", reason=reason)

    def _refresh(self):
        """Take over from the queues what went and what failed, and why."""
        queued = self.filtered(lambda line: line.state == "queued" and line.message_ref)
        refs = queued.mapped("message_ref")
        # sudo: the queues are the system's; only the state of these messages is read.
        mails = self.env["mail.mail"].sudo().search([("mail_message_id", "in", refs)])
        # sudo: as above.
        texts = self.env["sms.sms"].sudo().search([("mail_message_id", "in", refs)])
        records = {record.mail_message_id.id: record for record in (*mails, *texts)}
        for line in queued:
            record = records.get(line.message_ref)
            # What went is taken out of the queue of mails.
            state = record.state if record else "sent"
            if state in ("exception", "cancel", "error", "canceled"):
                line._put(state="failed", reason=self._failure_of(record))
            elif state not in ("outgoing", "process"):
                line._put(state="sent")

    @api.model
    def _failure_of(self, record):
        """Return why a mail or SMS of the queue failed, for a person to read."""
        kinds = dict(record._fields["failure_type"]._description_selection(self.env))
        kind = kinds.get(record.failure_type)
        reason = record.failure_reason if record._name == "mail.mail" else ""
        return reason or kind or self.env._("The queue gives no reason.")
