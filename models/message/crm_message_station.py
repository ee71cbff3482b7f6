# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models

from ..common.crm_lead_station import ALWAYS, NEVER
from .crm_touchpoint import ANSWERS
from .guarding import privacy

WISHES = ("optout_email", "optout_sms", "optout_whatsapp")


class CrmMessageStation(models.AbstractModel):
    """The first words to a lead, what it answers, and what it wishes."""

    _name = "crm.message.station"
    _inherit = ["crm.lead.station"]
    _description = "Station of leads: messages"

    _lead_rows = ("crm.message.batch.line",)

    @api.model
    def _cares(self):
        rows = self.env["crm.routing.rule"]._rule_rows()
        has_first = any(row.values["first_message_id"] for row in rows)
        return {
            "_on_created": ALWAYS if has_first else NEVER,
            "_before_create": {"lang_id", "consent_state"},
            "_before_write": {
                *("email_from", "phone", "contact_name", "partner_id", "lang_id"),
                "consent_state",
            },
            "_on_written": {"message"},
            "_on_touched": set(ANSWERS),
        }

    @api.model
    def _on_created(self, leads, state):
        self.env["crm.message.first"]._plan_new(leads)

    @api.model
    def _before_create(self, vals_list, state):
        for vals in vals_list:
            self._note_language(vals, vals.get("partner_id"))
            self._note_consent(vals)

    @api.model
    def _note_consent(self, vals):
        """Have a lead get no messages that refuses them by the form in which it came in.

        What it agrees to takes nothing back: another wish of the person stays.
        """
        if vals.get("consent_state") == "no":
            vals.update(dict.fromkeys(WISHES, True))

    @api.model
    def _note_language(self, vals, partner_id):
        """Note in the values of leads whether somebody chooses their language with them.

        A form sends along what Odoo took from the contact: that is no choice.

        :param partner_id: of the contact that comes with the values, or nothing.
        """
        if "lang_id" not in vals:
            return
        # sudo: the language of the contact, whoever may read it.
        partner = self.env["res.partner"].sudo().browse(partner_id or [])
        lang = self.env["res.lang"].browse(vals["lang_id"] or [])
        vals["message_lang_is_chosen"] = bool(lang) and (
            not partner or lang.code != partner.lang
        )

    @api.model
    def _before_write(self, leads, vals, state):
        privacy.forget_addresses(leads, vals)
        privacy.forget_tracked(leads, vals)
        self._note_consent(vals)
        self._note_language(vals, vals.get("partner_id"))
        if "partner_id" in vals and "lang_id" not in vals:
            others = leads.filtered("message_lang_is_chosen").partner_id
            if others and others.ids != [vals["partner_id"]]:
                # Another person; a lead that becomes a contact's keeps its language.
                vals["message_lang_is_chosen"] = False
        bounced = {lead: lead.email_normalized for lead in leads if lead.message_bounce}
        if bounced:
            state["message"] = bounced

    @api.model
    def _on_written(self, leads, changes, state):
        self._forget_bounces(state.get("message", {}))

    @api.model
    def _forget_bounces(self, bounced):
        """Start at zero where an address changed: a new one has not bounced.

        :param dict bounced: the address before, by lead or contact with bounces.
        """
        for record, address in bounced.items():
            if record.email_normalized != address:
                record.message_bounce = 0

    @api.model
    def _on_touched(self, leads, touchpoints):
        touchpoints._message_link_answers()

    @api.model
    def _on_merged(self, lead, others):
        # The strictest wish counts for the lead that stays.
        vals = {
            name: True for name in WISHES if not lead[name] and any(others.mapped(name))
        }
        if vals:
            lead.write(vals)
        self.env["crm.message.first"]._merge(lead, others)
        self.env["mail.scheduled.message"]._crm_message_merge(lead, others)
