# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import fields, models

from ..common.field_kinds import BOOKKEEPING, FACT


class CrmLead(models.Model):
    """When a lead really came in, and whether the person was here before."""

    _inherit = "crm.lead"

    received_on = fields.Datetime(
        readonly=True,
        copy=False,
        help="When it really came in, by the letterbox; empty: when it was created.",
        lead_kind=BOOKKEEPING,
    )
    previous_lead_id = fields.Many2one(
        "crm.lead",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="The earlier lead of the same person, which is closed.",
        lead_kind=FACT,
    )
    is_repeat = fields.Boolean(
        string="Repeat Customer",
        readonly=True,
        copy=False,
        help="An earlier lead of the same person was won.",
        lead_kind=FACT,
    )
    consent_state = fields.Selection(
        [("yes", "Given"), ("no", "Refused")],
        string="Consent to Messages",
        readonly=True,
        copy=False,
        help="What the person said about messages; empty where nothing was said.",
        lead_kind=FACT,
    )
    consent_on = fields.Datetime(
        string="Consent Since", readonly=True, copy=False, lead_kind=BOOKKEEPING
    )
    consent_source = fields.Char(
        string="Consent By",
        readonly=True,
        copy=False,
        help="Where the person said it.",
        lead_kind=BOOKKEEPING,
    )

    def _lead_arrived_on(self):
        """Return when a lead came in, in UTC: by the letterbox, else when it was created."""
        self.ensure_one()
        return self.received_on or self.create_date
