# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.exceptions import UserError


class StageGateError(UserError):
    """Leads lack what the stage demands that somebody moves them to.

    The web client shows it in a dialog of its own, from which the lead can be opened, and
    from which a manager can give a reason to move nevertheless.
    """

    def __init__(self, message, lead_ids, stage_id, may_override, asks=False):
        super().__init__(message)
        self.context = {
            # Whether questions of the checklist are open: the dialog asks them then.
            "asks": asks,
            "lead_ids": lead_ids,
            "stage_id": stage_id,
            "may_override": may_override,
        }
