# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.tools.i18n import format_list

from ..common.field_kinds import BOOKKEEPING, FACT
from .crm_intake_matcher import Wanted


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
    referrer_id = fields.Many2one(
        "res.partner",
        string="Recommended By",
        index="btree_not_null",
        copy=False,
        help="The customer who sent the person to us.",
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

    # Who it is is asked for each entry. Odoo's own indexes of these are made for searching by
    # parts: with hundreds of thousands of like addresses they take a thousand times as long.
    _intake_email_idx = models.Index(
        "(email_normalized) WHERE email_normalized IS NOT NULL"
    )
    _intake_partner_idx = models.Index("(partner_name) WHERE partner_name IS NOT NULL")

    double_note = fields.Char(
        string="May Be Known",
        compute="_compute_double_note",
        help="While a lead is typed in: whose lead the person may have already.",
    )

    @api.depends("email_from", "phone", "contact_name", "partner_name")
    def _compute_double_note(self):
        for lead in self:
            is_typed = not lead._origin and (lead.email_from or lead.phone)
            lead.double_note = is_typed and lead._lead_double_note()

    def _lead_double_note(self):
        """Return a sentence about the lead that the person of a new one may have already.

        Of leads that the user may not read it says only that there are any.
        """
        self.ensure_one()
        wanted = Wanted(
            0,
            (self.company_id or self.env.company).id,
            email=self.email_normalized or None,
            phone=self.phone_sanitized or None,
            name=self.contact_name or "",
        )
        match = self.env["crm.intake.matcher"]._match([wanted]).get(0)
        if not match:
            return False
        leads = self.browse(match.lead_ids)._filtered_access("read")
        if not leads:
            return self.env._("A colleague has a lead that may be this person's.")
        names = format_list(self.env, leads[:3].mapped("display_name"))
        return self.env._("It may be the same person as: %s", names)

    # === ACTIONS === #

    def action_recommended(self):
        """Open a new lead for a person whom this customer has recommended.

        :return: a window action; nothing is saved yet.
        :rtype: dict
        """
        self.ensure_one()
        self.check_access("read")
        source = self.env.ref("utm.utm_source_referral", raise_if_not_found=False)
        return self._new_lead_action(
            default_referrer_id=self.partner_id.id,
            default_referred=self.partner_id.display_name
            or self.contact_name
            or self.partner_name
            or self.name,
            default_source_id=source and source.id,
        )

    def action_new_from_customer(self):
        """Open a new lead of this customer, who wants more.

        :return: a window action; nothing is saved yet.
        :rtype: dict
        """
        self.ensure_one()
        self.check_access("read")
        names = ("contact_name", "partner_name", "email_from", "phone")
        known = {f"default_{name}": self[name] for name in names}
        return self._new_lead_action(
            default_partner_id=self.partner_id.id,
            default_user_id=self.user_id.id,
            default_team_id=self.team_id.id,
            **({} if self.partner_id else known),
        )

    def _new_lead_action(self, **defaults):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("New lead"),
            "res_model": "crm.lead",
            "views": [(False, "form")],
            "context": {"default_type": "opportunity", **defaults},
        }

    # === BUSINESS METHODS === #

    def _lead_arrived_on(self):
        """Return when a lead came in, in UTC: by the letterbox, else when it was created."""
        self.ensure_one()
        return self.received_on or self.create_date
