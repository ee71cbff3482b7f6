# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Why a rule no longer works, in words."""


def reason_of(env, text):
    """Return why something no longer works, in one line, which is never empty.

    By it a rule that was switched off is known from one that somebody archived.

    :param str text: what the error says; some say nothing.
    """
    lines = (text or "").strip().splitlines()
    return lines[0] if lines else env._("The database gave no reason.")
