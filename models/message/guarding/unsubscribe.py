# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""The way out that stands in each e-mail that nobody wrote to this one lead."""

import binascii

from odoo.tools.misc import hash_sign, verify_hash_signed

from ...common.context import UNSUBSCRIBE

PATH = "/crm/message/unsubscribe"
SCOPE = "crm_lead_management.unsubscribe"


def url_of(lead):
    """Return the link by which a lead says that it wants no e-mails.

    It names the address too: where the lead is gone by then, others that have it hear of it.
    """
    # sudo: the secret of the database, which signs the link.
    token = hash_sign(lead.env(su=True), SCOPE, [lead.id, lead.email_normalized or ""])
    return f"{lead.get_base_url()}{PATH}/{token}"


def url_in_mail(lead):
    """Return the link where the e-mail that is being written wants one, or ""."""
    return url_of(lead) if UNSUBSCRIBE.of(lead.env) else ""


def headers_of(lead):
    """Return the headers by which mail programs offer the same with a button (RFC 8058)."""
    return {
        "List-Unsubscribe": f"<{url_of(lead)}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def leads_of(env, token):
    """Return the leads that a link is about, all with its address; None for a forged link.

    :param env: of anybody, the public as well.
    :param str token: from the link.
    """
    try:
        # sudo: the secret of the database.
        found = verify_hash_signed(env(su=True), SCOPE, token)
    except (ValueError, IndexError, UnicodeError, binascii.Error):
        found = None
    if not found:
        return None
    lead_id, address = found
    # sudo: who has the link may say what it is for, whoever may read the lead.
    leads = env["crm.lead"].sudo().with_context(active_test=False)
    return leads.browse(lead_id).exists() | (
        leads.search([("email_normalized", "=", address)]) if address else leads
    )


def stop(leads):
    """Note that leads want no e-mails, once.

    :param leads: of :func:`leads_of`, as superuser.
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
