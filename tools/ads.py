# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Tells the leads by which advertising platforms try a connection from real ones."""

import re

# What Meta's tool for testing lead ads writes into each field, and its address.
DUMMY = "<test lead: dummy data for"
# Who tries a door of his own says so by an address that nobody can have.
OWN = "test-lead@example.com"
DUMMY_ADDRESSES = ("test@fb.com", "test@meta.com", OWN)
# What Google's "Send test data" sends: any two of them are no chance.
SAMPLES = ("firstname lastname", "test@example.com", "6505550123")
# What each of them has at least: most leads have nothing of it, and are asked no further.
HINT = re.compile("test lead:|test(-lead)?@|firstname lastname", re.IGNORECASE)


def is_test(texts):
    """Tell whether a lead is the test of an advertising platform.

    :param texts: what it says of itself: title, names, address, phone number, note.

    >>> is_test(["Lead", "<test lead: dummy data for full_name>", False])
    True
    >>> is_test(["test@fb.com"]), is_test(["Test", "test@example.com", None])
    (True, False)
    >>> is_test(["FirstName LastName", "test@example.com", "+1 650-555-0123"])
    True
    >>> is_test([OWN])
    True
    >>> is_test([]), is_test(["Ask test@fb.com about it"])
    (False, False)
    >>> all(HINT.search(text) for text in (DUMMY, *DUMMY_ADDRESSES, *SAMPLES[:2]))
    True
    """
    texts = [str(text).strip().lower() for text in texts if text]
    if any(DUMMY in text or text in DUMMY_ADDRESSES for text in texts):
        return True
    found = set()
    for text in texts:
        digits = "".join(sign for sign in text if sign.isdigit())
        found |= {one for one in SAMPLES if text == one or digits.endswith(one)}
    return len(found) > 1
