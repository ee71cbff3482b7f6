# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""What counts as a contact with a lead: which way it went, by whom, and whether it landed.

The one place that decides. Who asks gives plain values: whose addresses they are, what the
headers say, how a call ended.

>>> message("lead", reached=False)
('in', True)
>>> message("lead", reached=False, automatic=True)
('in', False)
>>> message("colleague", reached=True), message("system", reached=True)
(('out', True), ('out', False))

A message that reaches somebody else than the lead, or comes from somebody else, is kept, and
no contact with the lead. What stays among colleagues is not even kept.

>>> message("colleague", reached=False, outside=True)
('internal', True)
>>> message("other", reached=False)
('internal', True)
>>> message("colleague", reached=False)

>>> is_answer("email", "out", True), is_answer("email", "out", False)
(True, False)
>>> is_answer("call", "in", True, "talked"), is_answer("call", "in", True)
(True, False)
>>> is_answer("call", "out", True, "no_answer")
False
"""

# How something ended at the lead's end: these reached nobody.
FAILED = frozenset(("no_answer", "wrong_number", "no_show", "cancelled", "failed"))
# In these both sides spoke, whoever began.
SPOKEN = frozenset(("talked", "held"))
# Somebody may have been there, but nobody talked.
PASSIVE = frozenset(("web_visit", "email_open", "email_click", "bounce", "unsubscribe"))
# Headers that say by themselves that a machine wrote a mail.
TELLTALE = frozenset(
    ("x-autoreply", "x-autorespond", "x-auto-reply", "x-autorespond-to")
)
# A mail with one of these went to many.
LISTS = frozenset(("list-id", "list-unsubscribe", "list-post"))
MACHINES = frozenset(("bulk", "junk", "list", "auto_reply", "auto-reply"))


def is_automatic(headers):
    """Tell whether a mail was written by a program: RFC 3834, and what came before it.

    :param headers: (name, value) pairs.

    >>> is_automatic([("Auto-Submitted", "auto-replied; owner-email=x@y.example")])
    True
    >>> is_automatic([("auto-submitted", "no"), ("Subject", "Out of office")])
    False
    >>> is_automatic([("Precedence", "Bulk")]), is_automatic([("X-Autoreply", "yes")])
    (True, True)
    >>> is_automatic([("List-Id", "News <news.shop.example>")])
    True
    >>> is_automatic([("Return-Path", "<>")]), is_automatic([("Return-Path", "<a@b.example>")])
    (True, False)
    >>> is_automatic([("Content-Type", "multipart/report; report-type=delivery-status")])
    True
    >>> is_automatic([])
    False
    """
    for name, value in headers:
        name, value = str(name).strip().lower(), str(value or "").strip().lower()
        if name == "auto-submitted" and value.partition(";")[0].strip() not in (
            "",
            "no",
        ):
            return True
        if name == "precedence" and value in MACHINES:
            return True
        if name in TELLTALE and value not in ("", "no", "false"):
            return True
        if name in LISTS and value:
            return True
        if name == "return-path" and value == "<>":
            return True
        if name == "content-type" and value.startswith("multipart/report"):
            return True
    return False


def message(author, reached, outside=False, automatic=False):
    """Return which way a message went and whether a person wrote it, or None.

    :param str author: "lead", "colleague", "system", or "other".
    :param bool reached: whether it went to one of the lead's own addresses.
    :param bool outside: whether it went to anybody outside at all.
    :param bool automatic: a program wrote it, or it went to many.
    :rtype: tuple[str, bool] or None
    """
    if author == "lead":
        return "in", not automatic
    human = author != "system" and not automatic
    if author == "other":
        return "internal", human
    if reached:
        return "out", human
    return ("internal", human) if outside else None


def is_own(address, own, domain=None):
    """Tell whether an address belongs to a lead: one of its own, or of its company's domain.

    :param str address: normalized.
    :param own: the normalized addresses of the lead, its contact and company.
    :param domain: the mail domain of the lead's company, with "@"; a whole address where it
        writes from a free-mail provider.

    >>> is_own("an@shop.example", {"an@shop.example"})
    True
    >>> is_own("bo@shop.example", {"an@shop.example"}, "@shop.example")
    True
    >>> is_own("bo@mail.example", {"an@mail.example"}, "an@mail.example"), is_own("", {""})
    (False, False)
    """
    if not address:
        return False
    return address in own or bool(
        domain and domain.startswith("@") and address.endswith(domain)
    )


def is_answer(kind, direction, is_human, outcome=None):
    """Tell whether an event is one of ours reaching out to the lead, or talking with it.

    :param str kind: of the touchpoint.
    :param str direction: in, out or internal.
    :param bool is_human: a person did it.
    :param outcome: how it ended, where that is known.
    """
    if not is_human or outcome in FAILED:
        return False
    return direction == "out" or (direction == "in" and outcome in SPOKEN)


def is_contact(kind, direction, is_human, outcome=None):
    """Tell whether a person was in touch with the lead, or the lead with us.

    >>> is_contact("email", "in", True), is_contact("email", "internal", True)
    (True, False)
    >>> is_contact("call", "out", True, "no_answer"), is_contact("web_visit", "in", True)
    (False, False)
    """
    return bool(
        is_human
        and direction in ("in", "out")
        and kind not in PASSIVE
        and outcome not in FAILED
    )


def meeting(outside):
    """Return how a meeting ended, from the answers of those outside who were invited.

    :param outside: states of Odoo's attendees who are no colleagues.

    >>> meeting(["declined", "accepted"]), meeting(["declined"]), meeting([])
    ('held', 'cancelled', None)
    """
    if not outside:
        return None
    return "cancelled" if all(state == "declined" for state in outside) else "held"


# In these kinds something that comes from the lead is the lead itself speaking.
SPEAKING = frozenset(
    ("email", "sms", "whatsapp", "call", "meeting", "form", "social", "other")
)
# What is no try to reach somebody: it did not leave, or was called off.
NO_TRY = frozenset(("failed", "cancelled"))


def is_landed(kind, direction, is_human, outcome=None):
    """Tell whether an event is a contact after which the lead remembers us.

    Whatever the lead itself says, and what both sides spoke in. A mail of ours that nobody
    answered is none, nor a message on a machine.

    >>> is_landed("email", "in", True), is_landed("email", "in", False)
    (True, False)
    >>> is_landed("call", "out", True, "talked"), is_landed("call", "out", True, "message")
    (True, False)
    >>> is_landed("meeting", "internal", True, "held")
    True
    >>> is_landed("meeting", "internal", True, "no_show"), is_landed("web_visit", "in", True)
    (False, False)
    """
    if not is_human or outcome in FAILED or outcome == "message":
        return False
    return outcome in SPOKEN or (direction == "in" and kind in SPEAKING)


def is_attempt(kind, direction, is_human, outcome=None):
    """Tell whether an event is a try of ours to reach the lead that has not landed (yet).

    >>> is_attempt("email", "out", True), is_attempt("call", "internal", True, "no_answer")
    (True, True)
    >>> is_attempt("email", "out", True, "failed"), is_attempt("email", "out", False)
    (False, False)
    >>> is_attempt("call", "out", True, "talked"), is_attempt("note", "internal", True)
    (False, False)
    """
    if not is_human or outcome in NO_TRY or kind in PASSIVE:
        return False
    if is_landed(kind, direction, is_human, outcome):
        return False
    return direction == "out" or outcome in FAILED or outcome == "message"


def is_reach(kind, direction, is_human, outcome=None):
    """Tell whether one of ours reached out to the lead, or tried to, or both were in touch.

    >>> is_reach("call", "out", True, "talked"), is_reach("call", "out", True, "no_answer")
    (True, True)
    >>> is_reach("email", "out", True), is_reach("meeting", "internal", True, "held")
    (True, True)
    >>> is_reach("email", "in", True), is_reach("email", "out", False)
    (False, False)
    """
    spoken = is_human and outcome in SPOKEN
    return spoken or is_attempt(kind, direction, is_human, outcome)
