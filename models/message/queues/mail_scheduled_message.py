# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL, plaintext2html

from ....const import CHANNELS
from ...common.context import OF_PEOPLE
from ...common.guarded import guarded
from ..sending.problems import fingerprint

# What stands in the conversation is what was checked.
CONTENT = {"subject", "body", "partner_ids", "attachment_ids"}
# What could not go for more days than this after its moment does not go at all.
LATEST = 14


class MailScheduledMessage(models.Model):
    """A message of ours that waits: it is checked again when it goes, and recorded then.

    One that a person timed in Odoo's mail window goes as that window's messages do. One of a
    selection that had to wait has a channel: it goes by the queue of all that goes by itself
    (``crm.message.queue``) when it may, and stands in the conversation until then, where it
    can be cancelled.
    """

    _inherit = "mail.scheduled.message"

    crm_message_template_id = fields.Many2one(
        "crm.message.template",
        ondelete="set null",
        index="btree_not_null",
        export_string_translation=False,
    )

    crm_message_channel = fields.Selection(
        CHANNELS, readonly=True, export_string_translation=False
    )
    # The text that was checked: see problems.fingerprint().
    crm_message_key = fields.Char(readonly=True, export_string_translation=False)

    _crm_due_idx = models.Index("(id) WHERE crm_message_channel IS NOT NULL")

    # How many go in one transaction.
    _queue_batch = 50

    @api.model
    def _search(self, domain, *args, **kwargs):
        if OF_PEOPLE.of(self.env):
            domain = Domain(domain) & Domain("crm_message_channel", "=", False)
        return super()._search(domain, *args, **kwargs)

    @api.model
    def _post_messages_cron(self, limit=50):
        """Odoo's own clock sends what people timed; what waits by itself is the queue's."""
        people = self.with_context(**OF_PEOPLE.on())
        return super(MailScheduledMessage, people)._post_messages_cron(limit=limit)

    def write(self, vals):
        if vals.keys() & CONTENT and self.filtered("crm_message_channel"):
            raise UserError(
                self.env._(
                    "This message goes as it was checked. Cancel it, and write another one."
                )
            )
        return super().write(vals)

    @api.model
    def _crm_message_wait(self, plan):
        """Have messages of a selection wait until they may go.

        :param list[Planned] plan: what waits, as the planner gives it; its user may write to
            the leads.
        :return: the new records, in the order of the plan.
        """
        if not plan:
            return self.browse()
        texts, groups = {}, {}
        for planned in plan:
            key = planned.template_id, planned.channel
            groups.setdefault(key, []).append(planned.lead_id)
        for (template_id, channel), lead_ids in groups.items():
            template = self.env["crm.message.template"].browse(template_id)
            leads = self.env["crm.lead"].browse(lead_ids)
            texts.update(template._render_channel(leads, channel))
        sender = self.env["crm.message.sender"]
        # sudo: who may write to the leads has been asked, for all of them at once.
        waiting = self.sudo().create(
            [
                {
                    "model": "crm.lead",
                    "res_id": planned.lead_id,
                    "author_id": self.env.user.partner_id.id,
                    "scheduled_date": planned.until,
                    "subject": texts[planned.lead_id].get("subject")
                    or sender._channel_name(planned.channel),
                    "body": texts[planned.lead_id]["body"]
                    if planned.channel == "email"
                    else plaintext2html(texts[planned.lead_id]["body"]),
                    "crm_message_template_id": planned.template_id,
                    "crm_message_channel": planned.channel,
                    "crm_message_key": planned.text_key,
                }
                for planned in plan
            ]
        )
        self.env["crm.message.queue"]._switch_on()
        return waiting.sudo(False)

    @api.model
    def _crm_message_waiting(self, leads):
        """Return when messages of selections go that wait already.

        :rtype: dict[tuple[int, int], datetime]
        :return: the moment (UTC), by the ids of lead and message.
        """
        # sudo: what a colleague has sent waits too.
        waiting = self.sudo().search(
            [
                ("model", "=", "crm.lead"),
                ("res_id", "in", leads.ids),
                ("crm_message_channel", "!=", False),
            ]
        )
        return {
            (row.res_id, row.crm_message_template_id.id): row.scheduled_date
            for row in waiting
        }

    def unlink(self):
        self._crm_message_line().write(
            {
                "state": "skipped",
                "reason": self.env._("Cancelled in the lead's conversation."),
            }
        )
        return super().unlink()

    def _crm_message_line(self):
        """Return the lines of selections for which these messages wait still."""
        # sudo: lines are of who chose the leads; others may cancel what waits.
        lines = self.env["crm.message.batch.line"].sudo()
        return lines.search([("waiting_id", "in", self.ids), ("state", "=", "later")])

    @api.model
    def _crm_message_merge(self, lead, others):
        """Have what waits for leads that are merged wait for the one that stays, each once.

        :param lead: the crm.lead record that stays.
        :param others: those that go into it.
        """
        # sudo: what colleagues have chosen waits too.
        rows = self.sudo().search(
            [("model", "=", "crm.lead"), ("res_id", "in", (lead | others).ids)],
            order="scheduled_date, id",
        )
        ours = rows.filtered("crm_message_channel")
        known = ours.filtered(lambda row: row.res_id == lead.id)
        moved = rows.filtered(lambda row: row.res_id != lead.id)
        for row in moved & ours:
            if row.crm_message_template_id in known.crm_message_template_id:
                moved -= row
                reason = self.env._("It waits already for the lead that stays.")
                row._crm_message_gave_up(lead, UserError(reason))
            else:
                known += row
        if not moved:
            return
        # Odoo lets nobody say that a message is about another record; here it is the same.
        moved.flush_recordset(["res_id"])
        self.env.cr.execute(
            SQL(
                "UPDATE mail_scheduled_message SET res_id = %s WHERE id = ANY(%s)",
                lead.id,
                moved.ids,
            )
        )
        moved.invalidate_recordset(["res_id"], flush=False)

    @api.model
    def _crm_message_deleted(self, leads):
        """Tell who chose leads that are about to be deleted that their messages do not go.

        Odoo deletes what waits for them.
        """
        # sudo: what colleagues have chosen waits too.
        rows = self.sudo().search(
            [
                ("model", "=", "crm.lead"),
                ("res_id", "in", leads.ids),
                ("crm_message_channel", "!=", False),
            ]
        )
        for row in rows:
            row = row.with_context(lang=row.create_uid.lang)
            name = leads.browse(row.res_id).name
            reason = row.env._('The lead "%s" was deleted.', name)
            row._crm_message_refuse(leads.browse(), reason)

    # === THE QUEUE === #

    @api.model
    def _queue_due(self, now, after):
        # Where the lead is gone there is nothing to lock: the row goes, too.
        return SQL(
            """
            SELECT row.id, lead.id AS lead_id FROM mail_scheduled_message AS row
         LEFT JOIN crm_lead AS lead ON lead.id = row.res_id
             WHERE row.crm_message_channel IS NOT NULL AND row.scheduled_date <= %s
               AND row.id > %s ORDER BY row.id
            """,
            now,
            after,
        )

    @api.model
    def _queue_waiting(self):
        return SQL(
            "SELECT id, 2 AS source, res_id, 'later', crm_message_template_id,"
            " crm_message_channel, scheduled_date, 'waiting', NULL, id"
            " FROM mail_scheduled_message WHERE crm_message_channel IS NOT NULL"
        )

    def _queue_take_back(self):
        """Cancel these messages."""
        self.unlink()

    def _queue_go(self, turn):
        """Send these messages, where they still may go; one that fails stops no other.

        :param turn: the Turn of the queue.
        """
        for row in self:
            row = row.with_context(lang=row.create_uid.lang)
            lead = row.env["crm.lead"].browse(row.res_id).exists()
            with guarded(
                self.env,
                "Message %s that waited",
                row.id,
                expected=(UserError, AccessError),
            ) as attempt:
                if turn.is_late(row.scheduled_date, turn.now, LATEST):
                    raise UserError(row.env._("It would come too late."))
                row._crm_message_by_creator(lead)
            if attempt.error:
                row._crm_message_gave_up(lead, attempt.error)

    def _crm_message_by_creator(self, lead):
        """Send one message in the name of who chose its lead, with his rights of today."""
        company = self.env["res.company"]._crm_of_lead(lead)
        # with_user, no sudo: see above.
        creator = self.with_user(self.create_uid).with_company(company)
        creator._crm_message_go_one(lead.with_env(creator.env))

    def _crm_message_gave_up(self, lead, error):
        """Say why a message did not go, to its creator and on the lead; it is deleted."""
        reason = (
            str(error)
            if isinstance(error, UserError)
            else self.env._("Sending failed: the server's log says why.")
        )
        self._crm_message_refuse(lead, reason)
        self._crm_message_line().write({"state": "failed", "reason": reason})
        for one in lead:  # None where it was deleted.
            one._message_log(
                body=self.env._(
                    'The message "%(message)s" that waited was not sent: %(reason)s',
                    message=self.crm_message_template_id.name or self.subject,
                    reason=reason,
                )
            )
        self.unlink()

    def _crm_message_go_one(self, lead):
        """Send one message, or have it wait on.

        :raise UserError: where it may not go any more.
        """
        self.ensure_one()
        template, channel = self.crm_message_template_id, self.crm_message_channel
        if not lead:
            raise UserError(self.env._("The lead is gone."))
        if not self.create_uid.active:
            raise UserError(self.env._("Who chose this is no user any more."))
        lead.check_access("write")
        self.env["crm.message.claim"]._take(lead)
        if not lead._lead_is_open():
            raise UserError(self.env._("The lead is closed."))
        if fingerprint(template, channel) != self.crm_message_key:
            raise UserError(
                self.env._("The message was changed after this was checked.")
            )
        planner = self.env["crm.message.planner"]
        planned = planner._plan(lead, template, channel, as_is=True)[0]
        if planned.state == "held" and self.scheduled_date <= fields.Datetime.now():
            self.scheduled_date = planned.until
            return
        if planned.state != "ready":
            raise UserError(planned.reason)
        messages = planner._deliver([planned], f"{self._name},{self.id}")
        self._crm_message_line().write(
            {"state": "queued", "message_ref": messages.get(lead.id, 0)}
        )
        self.unlink()

    def _post_message(self, raise_exception=True):
        ours = self.filtered("crm_message_channel")
        others = self - ours
        result = None
        if others:
            others -= others._crm_message_refused(raise_exception)
            result = super(MailScheduledMessage, others)._post_message(raise_exception)
        for row in ours:
            # A person asks for it, and reads why not.
            row = row.with_context(lang=row.create_uid.lang)
            lead = row.env["crm.lead"].browse(row.res_id).exists()
            row._crm_message_by_creator(lead)
        return result

    def _crm_message_refused(self, raise_exception):
        """Return what a person timed by hand, and may not go any more; it is deleted."""
        blocked = self.browse()
        for scheduled in self.filtered("crm_message_template_id"):
            lead = self.env["crm.lead"].browse(scheduled.res_id)
            try:
                # What a person timed by hand goes at that time, but never to who may not
                # be written to any more.
                self.env["crm.message.sender"]._check(
                    scheduled.crm_message_template_id,
                    lead,
                    "email",
                    text=scheduled.body,
                    later=True,
                )
            except UserError as error:
                if raise_exception:
                    raise
                scheduled._crm_message_refuse(lead, str(error))
                blocked |= scheduled
        blocked.unlink()
        return blocked

    def _crm_is_recorded(self):
        return bool(self.crm_message_template_id) or super()._crm_is_recorded()

    def _message_created_hook(self, message):
        result = super()._message_created_hook(message)
        if self.model != "crm.lead":
            return result
        self._crm_message_tell(message)
        if self.crm_message_template_id:
            lead = self.env["crm.lead"].browse(self.res_id)
            # with_user, no sudo: who wrote the message is who sent it.
            self.env["crm.message.sender"].with_user(self.create_uid)._record(
                self.crm_message_template_id,
                lead,
                "email",
                refs={lead.id: f"{self._name},{self.id}"},
            )
        return result

    def _crm_message_tell(self, message):
        """Tell who scheduled a message, and is not there when it goes, who got nothing."""
        # sudo: notifications are the system's.
        blocked = message.sudo().notification_ids.filtered(
            lambda row: row.notification_status == "canceled" and row.failure_reason
        )
        lines = self.env["crm.message.guard"]._block_lines(
            (row.res_partner_id.name or row.mail_email_address, row.failure_reason)
            for row in blocked
        )
        if lines:
            lead = self.env["crm.lead"].browse(self.res_id)
            self._crm_message_refuse(lead, lines)

    def _crm_message_refuse(self, lead, reason):
        """Tell who scheduled the message why it did not go; where he left, who has the lead."""
        user = self.create_uid
        user = user if user.active or not lead else lead.user_id
        self.env["mail.thread"].message_notify(
            partner_ids=user.partner_id.ids,
            subject=self.env._("A scheduled message was not sent"),
            body=reason,
            **({"model": lead._name, "res_id": lead.id} if lead else {}),
        )
