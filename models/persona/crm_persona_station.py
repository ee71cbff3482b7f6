# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models
from odoo.exceptions import ValidationError

from ...tools.social import social_link
from ..common.context import SKIP
from ..common.crm_config_mixin import kept
from ..common.crm_lead_station import ALWAYS, NEVER
from .crm_lead import SOCIAL_FIELDS


class CrmPersonaStation(models.AbstractModel):
    """Who a lead is: what was typed is written in one way, and segments and persona follow."""

    _name = "crm.persona.station"
    _inherit = ["crm.lead.station"]
    _description = "Station of leads: persona"
    _lead_shown_by = ("lead_profile",)

    @api.model
    def _cares(self):
        given = {"persona_id", *SOCIAL_FIELDS}
        given |= self.env["crm.lead.standardiser"]._given()
        return {
            "_before_create": given,
            "_before_write": given,
            "_on_created": ALWAYS
            if self.env["crm.lead.standardiser"]._given()
            else NEVER,
            "_on_written": {"persona"},
            "_evaluate": ALWAYS if self.env["crm.segment"]._dynamic_rows() else NEVER,
        }

    # === EVENTS === #

    @api.model
    def _before_create(self, vals_list, state):
        standardise = self.env["crm.lead.standardiser"]._standardise
        said = []
        for vals in vals_list:
            self._mark_manual_persona(vals)
            left_out = self._complete_social_links(vals)
            said.append({**standardise(vals), **left_out})
        if any(said):
            state["persona"] = said

    @api.model
    def _before_write(self, leads, vals, state):
        self._mark_manual_persona(vals, leads)
        left_out = self._complete_social_links(vals)
        # What fits one lead (its country) need not fit another.
        said = len(leads) == 1 and self.env["crm.lead.standardiser"]._standardise(
            vals, leads
        )
        if left_out and len(leads) == 1:
            said = {**(said or {}), **left_out}
        if said:
            state["persona"] = [said]

    @api.model
    def _on_created(self, leads, state):
        self._log_standardised(leads, state)

    @api.model
    def _on_written(self, leads, changes, state):
        self._log_standardised(leads, state)

    @api.model
    def _log_standardised(self, leads, state):
        """Keep what was typed in the history of the leads."""
        typed = zip(leads, state.get("persona", ()), strict=False)
        said = {lead: changes for lead, changes in typed if changes}
        if said:
            self.env["crm.lead.standardiser"]._log(said)

    # === FINDING OUT === #

    @api.model
    @kept()
    def _reads(self):
        # A segment that is kept by a rule cannot be given or taken by hand.
        return self.env["crm.segment"]._rule_trigger_fields() | {"segment_ids"}

    @api.model
    def _evaluate(self, leads, changed):
        moved = self.env["crm.segment"]._match(leads)
        return {"segment_ids": moved} if moved else {}

    @api.model
    def _parts(self):
        return self.env["crm.persona.matcher"]._parts()

    # === MERGING === #

    @api.model
    def _merge_fields(self):
        return {
            "product_ids": lambda _name, leads: leads.product_ids,
            "request_note": lambda _name, leads: "\n\n".join(
                dict.fromkeys(note for note in leads.mapped("request_note") if note)
            ),
            **dict.fromkeys(
                (
                    "industry_id",
                    "company_size",
                    "birthdate",
                    "preferred_channel",
                    *SOCIAL_FIELDS,
                )
            ),
        }

    @api.model
    def _on_merged(self, lead, others):
        vals = {"segment_ids": [(4, segment.id) for segment in others.segment_ids]}
        manual = others.filtered("persona_is_manual")[:1]
        if manual and not lead.persona_is_manual:
            vals.update(persona_id=manual.persona_id.id, persona_is_manual=True)
        # The merged data are written afterwards; that evaluates the lead.
        lead.with_context(**{SKIP: True}).write(vals)

    # === VALUES === #

    @api.model
    def _mark_manual_persona(self, vals, leads=()):
        """Mark a persona that somebody chose, so that the matcher leaves it alone.

        Whoever empties the field asks for the automatic match again. The persona that leads
        have already is no choice: an export that is imported again changes nothing.
        """
        if leads and set(leads.persona_id.ids) == {vals.get("persona_id")}:
            return
        if "persona_id" in vals:
            vals.setdefault("persona_is_manual", bool(vals["persona_id"]))

    @api.model
    def _complete_social_links(self, vals):
        """Turn what was typed into links to profiles, and refuse other links.

        A file that is imported is not refused for one odd link: it is left out, and noted.

        :return: what was left out: ``{field name: (as typed, False)}``.
        :raise ValidationError: for a link to anywhere else, or a script.
        """
        left_out = {}
        for name, network in SOCIAL_FIELDS.items():
            if not vals.get(name):
                continue
            try:
                vals[name] = social_link(network, vals[name]) or False
            except ValueError as error:
                if self.env.context.get("import_file"):
                    left_out[name] = vals[name], False
                    vals[name] = False
                    continue
                raise ValidationError(
                    self.env._(
                        "%(field)s: %(text)s is not a link to a profile there. Paste the address"
                        " of the profile (it begins with https://%(host)s/), or its name alone.",
                        field=self.env["crm.lead"]
                        ._fields[name]
                        ._description_string(self.env),
                        text=vals[name],
                        host=error,
                    )
                ) from error
        return left_out
