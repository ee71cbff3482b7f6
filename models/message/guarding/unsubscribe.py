# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""The way out that stands in each e-mail that nobody wrote to this one lead."""

import binascii
from datetime import date, timedelta

from odoo import fields
from odoo.tools.misc import hash_sign, verify_hash_signed

from ...common.context import UNSUBSCRIBE

PATH = "/crm/message/unsubscribe"
SCOPE = "crm_lead_management.unsubscribe"
# So long a link is good for: whoever finds it in an old mailbox is hardly its reader any more.
GOOD_FOR = timedelta(days=730)


def url_of(lead):
    """Return the link by which a lead says that it wants no e-mails.

    It names the address too: where the lead is gone by then, others that have it hear of it.
    The text of an e-mail and its headers have the same link.
    """
    known = lead.env.cr.cache.setdefault(SCOPE, {})
    about = (lead.id, lead.email_normalized or "", fields.Date.today().isoformat())
    if about not in known:
        # sudo: the secret of the database, which signs the link.
        token = hash_sign(lead.env(su=True), SCOPE, list(about))
        known[about] = f"{lead.get_base_url()}{PATH}/{token}"
    return known[about]


def url_in_mail(lead):
    """Return the link where the e-mail that is being written wants one, or ""."""
    return url_of(lead) if UNSUBSCRIBE.of(lead.env) else ""


def headers_of(lead):
    """Return the headers by which mail programs offer the same with a button (RFC 8058)."""
    return {
        "List-Unsubscribe": f"<{url_of(lead)}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def read(env, token):
    """Return what a link is about, or None where it was not made here.

    :param env: of anybody, the public as well.
    :param str token: from the link.
    :return: the leads, all with its address; the address; whether the link is too old.
    :rtype: tuple or None
    """
    try:
        # sudo: the secret of the database.
        found = verify_hash_signed(env(su=True), SCOPE, token)
    except (ValueError, IndexError, UnicodeError, binascii.Error):
        found = None
    if not found:
        return None
    # Links of before say no day: they are good.
    lead_id, address, made = [*found, None][:3]
    is_old = bool(made) and fields.Date.today() - date.fromisoformat(made) > GOOD_FOR
    # sudo: who has the link may say what it is for, whoever may read the lead.
    leads = env["crm.lead"].sudo().with_context(active_test=False)
    mine = leads.browse(lead_id).exists() | (
        leads.search([("email_normalized", "=", address)]) if address else leads
    )
    return mine, address, is_old


def masked(address):
    """Return an address so that its owner knows it, and nobody else learns it.

    A mail may have been forwarded: who reads it sees that it is not about himself.
    """
    name, at, domain = (address or "").partition("@")
    return f"{name[:2]}…{at}{domain}" if at else ""


def stop(leads):
    """Note that leads want no e-mails, once.

    :param leads: of :func:`read`, as superuser.
    """
    new = leads.filtered(lambda lead: not lead.optout_email)
    new.optout_email = True
    env = leads.env
    env["crm.touchpoint"]._record(
        [
            {
                "lead_id": lead.id,
                "kind": "unsubscribe",
                "direction": "in",
                "is_human": True,
                "summary": lead.email_normalized,
            }
            for lead in new
        ]
    )
    new._message_log_batch(
        bodies={
            lead.id: env._("No more e-mails, by the link in an e-mail.") for lead in new
        }
    )
