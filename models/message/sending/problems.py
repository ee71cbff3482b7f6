# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""What is wrong with a message itself, whoever it is for."""

from hashlib import sha256

from ....tools.messages import sms_segments
from ...common.context import MESSAGE_SENDER
from ..writing.placeholders import BRACES, Placeholders, stored_texts

# What one message can hold: SMS gateways join ten parts, WhatsApp takes 4,096 characters.
MAX_SMS_SEGMENTS = 10
MAX_WHATSAPP_LENGTH = 4096
# From whom e-mails of ours say to be.
FROM = "{{ object.user_id.email_formatted or user.email_formatted }}"
# Whose the files of a text are: of a text, or of nobody yet.
OWN_FILES = (False, "mail.template", "mail.compose.message")


def problem_of(template, channel):
    """Return what keeps a message from being sent to anybody in a channel, or None."""
    env, written = template.env, Placeholders(template)
    if not template.exists() or not template.active:
        return env._("the message was archived or deleted.")
    if not template._has_channel(channel):
        return env._(
            'the message "%(message)s" has no text for %(channel)s. Add one, or choose'
            " another channel.",
            message=template.name,
            channel=env["crm.message.sender"]._channel_name(channel),
        )
    if archived := _archived_problem(template, channel):
        return archived
    if refused := written.refused(channel):
        placeholder, reason = refused
        return env._(
            'the placeholder %(placeholder)s of the message "%(message)s" cannot be used:'
            " %(reason)s. Correct the text of the template.",
            placeholder=placeholder,
            message=template.name,
            reason=reason,
        )
    if written.has_open_braces(channel):
        return _braces_problem(template.env)
    return _file_problem(template.mail_template_id) if channel == "email" else None


def _file_problem(mail_template):
    env = mail_template.env
    # sudo: whether the files are there, and whose they are; not what is in them.
    for attachment in mail_template.attachment_ids.sudo():
        named = {"file": attachment.name, "template": mail_template.name}
        if attachment.type == "binary" and attachment.file_size and not attachment.raw:
            return env._(
                'the file "%(file)s" of the e-mail "%(template)s" is gone. Attach it'
                " again, or remove it.",
                **named,
            )
        # What is attached to a text is the text's own: Odoo sees to it. What has become
        # another record's since is for those who may read that one.
        if attachment.res_model not in OWN_FILES:
            return env._(
                'the file "%(file)s" of the e-mail "%(template)s" belongs to another record.'
                " Remove it, and attach a copy.",
                **named,
            )
    return None


def _archived_problem(template, channel):
    text = {
        "email": template.mail_template_id,
        "sms": template.sms_template_id,
    }.get(channel)
    if not text or "active" not in text._fields or text.active:
        return None
    return template.env._(
        'the text "%(template)s" of the message "%(message)s" is archived. Restore it,'
        " or choose another message.",
        template=text.name,
        message=template.name,
    )


def company_problem(template, lead):
    """Return why a message is not for the company of a lead, or None."""
    company = template.company_id
    if company and company != template.env["res.company"]._crm_of_lead(lead):
        return template.env._(
            'the message "%(message)s" is one of %(company)s, and the lead is not.',
            message=template.name,
            company=company.name,
        )
    return None


def sender_problem(template, lead, channel):
    """Return why nobody can be named as who writes an e-mail to a lead, or None.

    By its text it is from the lead's owner, else from who sends it: one of them needs an
    address. A text that says something else is believed.
    """
    if channel != "email" or MESSAGE_SENDER.of(template.env) is not None:
        return None
    # sudo: whether there are addresses, and a text.
    if template.env.user.sudo().email or lead.user_id.sudo().email:  # sudo: as above
        return None
    says = template.mail_template_id.sudo().email_from or FROM  # sudo: as above
    if says.replace(" ", "") != FROM.replace(" ", ""):
        return None
    return template.env._(
        "you have no e-mail address that it could be from. Enter yours in your preferences."
    )


def fingerprint(template, channel):
    """Return what changes whenever somebody changes the text of a message in a channel.

    :rtype: str
    """
    parts = [template.product_ids.ids, template.purpose]
    parts += Placeholders(template).texts(channel)
    if channel == "email":
        mail = template.mail_template_id.sudo()  # sudo: compared, not shown
        parts += [
            *stored_texts(mail, "body_html"),
            mail.attachment_ids.ids,
        ]
    return sha256(repr(parts).encode()).hexdigest()


def _braces_problem(env):
    return env._(
        "there are double braces in the text: a placeholder is not finished, or cannot"
        " be used in this place."
    )


def text_problem(env, text, channel, rendered=None):
    """Return why a text cannot be sent, or None.

    :param str text: the text that goes.
    :param str rendered: as it was filled in, where a person has edited it since. What
        stands between braces there is the lead's own text, and no placeholder.
    """
    if not text:
        return env._("the text is empty.")
    if rendered is not None and (
        len(BRACES.findall(text)) > len(BRACES.findall(rendered))
    ):
        return _braces_problem(env)
    if channel == "sms" and sms_segments(text) > MAX_SMS_SEGMENTS:
        return env._(
            "the text has %(length)s characters, that is %(segments)s SMS; at most"
            " %(limit)s can be joined. Shorten it.",
            length=len(text),
            segments=sms_segments(text),
            limit=MAX_SMS_SEGMENTS,
        )
    if channel == "whatsapp" and len(text) > MAX_WHATSAPP_LENGTH:
        return env._(
            "the text has %(length)s characters; WhatsApp takes at most %(limit)s."
            " Shorten it.",
            length=len(text),
            limit=MAX_WHATSAPP_LENGTH,
        )
    return None
