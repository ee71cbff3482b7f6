# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""What is done about mails before Odoo makes anything of them.

Odoo takes a mail as handled also where its processing failed, and drops the 21st of one sender
within two hours: portals send all their leads from one address.
"""

import email
import email.policy
import re
import xmlrpc.client

from odoo.tools.mail import email_split

from ....tools.intake import doors, mails
from ....tools.intake.paths import without_nul
from ...common.context import MAIL_AGAIN
from ...common.guarded import REPEATED, guarded
from ..keeping.letterbox import MOST_BYTES, Letterbox

# How a mail that failed is called on its entry.
FILENAME = "mail.eml"


class Mailbox:
    """Takes a mail for the letterbox where it is one of a portal, or where it fails."""

    def __init__(self, env, source_ids):
        """
        :param source_ids: ids of the sources of mails that are on.
        """
        self.env = env
        # sudo: doors of the system, whoever fetches the mail.
        self.sources = env["crm.intake.source"].sudo().browse(source_ids)

    def take(self, model, raw, go_on):
        """Do what is to be done about a mail.

        :param str model: for which mails are fetched where no alias says it.
        :param raw: the mail, as the mail gateway has it.
        :param go_on: what Odoo does with it.
        :return: the id of the record that it became or belongs to.
        """
        raw = _bytes(raw)
        message = email.message_from_bytes(raw, policy=email.policy.default)
        sender = str(message["From"] or "")
        portal = next(
            (s for s in self.sources if mails.is_from(sender, s.sender)), None
        )
        if portal and not self._is_answer(message):
            return self._of_portal(portal, message)
        keeper = portal or self.sources[:1]
        if not self._is_for_leads(model, message):
            return go_on()
        if self._is_unasked(keeper, message):
            return self._ignore(keeper, message)
        attempt = guarded(self.env, "A mail for leads goes to the letterbox")
        try:
            with attempt:
                return go_on()
        except REPEATED as error:
            # Odoo would not come back to this mail: the letterbox does.
            attempt.error = error
        self._keep(keeper, message, raw, attempt.error)
        return False

    # === WHAT KIND OF MAIL === #

    def _is_answer(self, message):
        """Tell whether a mail belongs to a conversation that there is."""
        refs = f"{message['In-Reply-To'] or ''} {message['References'] or ''}"
        ids = re.findall(r"<[^<>\s]+>", refs)
        if not ids:
            return False
        # sudo: what was said before, whoever may read it.
        messages = self.env["mail.message"].sudo()
        return bool(messages.search_count([("message_id", "in", ids)], limit=1))

    def _is_for_leads(self, model, message):
        """Tell whether a mail goes to the mailbox of leads."""
        names = ("To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To")
        lines = [str(line) for name in names for line in message.get_all(name, [])]
        addresses = [one.lower() for one in email_split(", ".join(lines))]
        # sudo: aliases are the system's.
        aliases = self.env["mail.alias"].sudo()
        aliases = aliases.search([("alias_full_name", "in", addresses)])
        found = aliases.alias_model_id.mapped("model")
        return "crm.lead" in found or (not found and model == "crm.lead")

    def _is_unasked(self, source, message):
        """Tell whether a mail is an automatic answer to nothing that we know."""
        return (
            source.no_auto_replies
            and mails.is_auto_reply(message)
            and not self._is_answer(message)
        )

    # === WHAT BECOMES OF IT === #

    def _of_portal(self, source, message):
        """Store the mail of a portal, and make the lead of the person in it, at once."""
        items = self._store(source, message)
        engine = self.env["crm.intake.engine"]
        if items.filtered(lambda item: item.state == "received"):
            # What fails here waits for its next try.
            with guarded(self.env, "Mail %s of a portal", items.ids):
                engine._process(items)
        Letterbox(self.env).wake()
        return items.lead_id[:1].id

    def _store(self, source, message, skip=None):
        data = without_nul(mails.data_of(message))
        data["body"] = data.get("body", "")[: MOST_BYTES // 4]
        ref = str(message["Message-Id"] or "").strip() or data.get("external_ref")
        entry = doors.Entry(data, ref=ref, moment=data.get("sent"), skip=skip)
        return Letterbox(self.env).store(source, [entry])

    def _ignore(self, source, message):
        """Keep an automatic answer, of which no lead is made."""
        self._store(source, message, skip="auto_reply")
        return False

    def _keep(self, source, message, raw, error):
        """Keep a mail that failed, whole, and have it tried again."""
        items = self._store(source, message)
        waiting = items.filtered(lambda item: item.state == "received")
        # sudo: what came in is the letterbox's.
        attachments = self.env["ir.attachment"].sudo()
        for item in waiting:
            attachments.create(
                {
                    "name": FILENAME,
                    "raw": raw,
                    "res_model": item._name,
                    "res_id": item.id,
                }
            )
            self.env["crm.intake.writer"]._put_off(item, error)
        Letterbox(self.env).wake()


class Again:
    """Tries a mail again that Odoo could not process."""

    def __init__(self, items):
        self.env = items.env
        domain = [("res_model", "=", items._name), ("res_id", "in", items.ids)]
        domain.append(("name", "=", FILENAME))
        # sudo: what came in is the letterbox's.
        self.attachments = self.env["ir.attachment"].sudo().search(domain)
        self.items = items.browse(self.attachments.mapped("res_id"))

    def run(self):
        """Try the mails, each for itself.

        :return: the items of which there is a mail: nothing else is to be made of them.
        """
        for attachment in self.attachments:
            item = self.items.browse(attachment.res_id)
            threads = self.env["mail.thread"].with_context(**MAIL_AGAIN.on())
            with guarded(self.env, "The mail of entry %s", item.id) as attempt:
                lead_id = threads.message_process("crm.lead", attachment.raw)
                about = {"lead_id": self._lead_of(lead_id)}
                code = "new" if about["lead_id"] else "no_new_lead"
                Letterbox(self.env).settle([(item, "done", code, {}, about)])
                attachment.unlink()
            if attempt.error:
                self.env["crm.intake.writer"]._put_off(item, attempt.error)
        return self.items

    def _lead_of(self, thread_id):
        """Return the id of the lead that the mail made, if it made one."""
        # sudo: which lead it is, whoever asks.
        message = self.env["mail.message"].sudo()
        domain = [("model", "=", "crm.lead"), ("res_id", "=", thread_id or 0)]
        return message.search(domain, limit=1).res_id or None


def _bytes(raw):
    if isinstance(raw, xmlrpc.client.Binary):
        return bytes(raw.data)
    return raw.encode() if isinstance(raw, str) else raw
