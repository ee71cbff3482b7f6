# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
# pylint: disable=prefer-env-translation
"""What became of an entry: codes that are stored, and the sentences that people read."""


def sentence(_, code, facts):
    """Return why an entry has become what it is, in the language of ``_``.

    :param _: the ``env._`` of the reader.
    :param str code: as stored.
    :param dict facts: what the sentence needs.
    """
    texts = _about_people(_, facts) | _about_entries(_, facts)
    text = texts.get(code)
    return text() if text else (code or "")


def _about_people(_, facts):
    """Return the sentences about who it is."""
    return {
        "new": lambda: _("New person."),
        "new_again": lambda: _(
            "New lead: the earlier one (%(lead)s) is closed or too old.", **facts
        ),
        "new_repeat": lambda: _("New lead of a customer: %(lead)s was won.", **facts),
        "new_chosen": lambda: _(
            "New lead, as the source wants it; known from %(lead)s.", **facts
        ),
        "join_email": lambda: _("The same email address."),
        "join_phone": lambda: _("The same phone number, and the names go together."),
        "join_number": lambda: _("The same phone number."),
        "join_person": lambda: _("The same person at the sender."),
        "join_role": lambda: _("The same desk, and the same name."),
        "join_hand": lambda: _("Joined by %(user)s.", **facts),
        "keep_hand": lambda: _("Checked by %(user)s: another person.", **facts),
        "check_phone": lambda: _(
            "The phone number is known, but the names differ: %(leads)s.", **facts
        ),
        "check_company": lambda: _(
            "Somebody else of the same company has a lead: %(leads)s.", **facts
        ),
        "check_several": lambda: _("Several leads may be meant: %(leads)s.", **facts),
        "check_chosen": lambda: _(
            "Known from %(leads)s; the source wants it checked.", **facts
        ),
    }


def _about_entries(_, facts):
    """Return the sentences about what came in."""
    return {
        "test": lambda: _("A test of the sender: no lead, and nobody's turn."),
        "honeypot": lambda: _(
            "A robot: it filled in the field that people do not see."
        ),
        "too_fast": lambda: _("A robot: it was faster than people are."),
        "flood": lambda: _(
            "Too many in a minute: %(count)s more were turned away.", **facts
        ),
        "ringing": lambda: _("The telephone rang. What counts is how the call ended."),
        "answered": lambda: _("The call goes on. What counts is how it ends."),
        "auto_reply": lambda: _("An automatic reply."),
        "outgoing": lambda: _("A call to somebody who has no lead."),
        "unreadable": lambda: _("This is neither JSON nor a form: %(type)s.", **facts),
        "too_deep": lambda: _("The data are nested deeper than any form is."),
        "empty": lambda: _("Nobody can be reached: no name, no address, no number."),
        "missing": lambda: _("%(fields)s is missing.", **facts),
        "error": lambda: _("It could not be processed: %(error)s", **facts),
        "minimal": lambda: _(
            "Only a lead with the raw text could be made: %(error)s", **facts
        ),
        "undone": lambda: _("The import was taken back."),
        "by_hand": lambda: _("Set aside by %(user)s.", **facts),
        "no_new_lead": lambda: _("The mail belongs to something that was there."),
        "website": lambda: _("Odoo's own form made the lead."),
        "website_lost": lambda: _(
            "Odoo's own form did not make the lead; the letterbox did."
        ),
        "call": lambda: _("A call with a known lead."),
        "message": lambda: _("A message of a known lead."),
    }
