# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.


def what_next(lead, note=None):
    """Return the window that asks what comes next with a lead, or the action that closes one.

    For the windows in which a person notes a contact, or writes to a lead.

    :param lead: one crm.lead record.
    :param note: what was said: it is what came of the step.
    :return: an action.
    :rtype: dict
    """
    for station in lead._lead_stations("_what_next"):
        window = station._what_next(lead)
        if window:
            noted = {"default_note_after": note}
            return {**window, "context": {**window["context"], **noted}}
    return {"type": "ir.actions.act_window_close"}
