# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models

from .crm_message_template import CHANNELS


class CrmMessageTemplate(models.Model):
    """Which message suits a lead, and in which channel it should go."""

    _inherit = "crm.message.template"

    @api.model
    def _rule_restrictions(self):
        return [*super()._rule_restrictions(), "persona_ids", "product_ids"]

    # === PROPOSAL === #

    @api.model
    def _propose(self, lead):
        """Return the message that suits a lead best, or none where there is none.

        A message that names a stage, personas, grades or products is for these leads only;
        the more of them it names, the better it suits. One with a text in the lead's language
        goes before one without, and one that the lead has not had yet before one that it
        has; then the order of the list decides.

        :param lead: one crm.lead record.
        :rtype: crm.message.template
        """
        return self._propose_all(lead)[lead.id]

    @api.model
    def _propose_all(self, leads):
        """Return the message that suits each lead best; see :meth:`_propose`.

        :param leads: crm.lead records.
        :rtype: dict[int, crm.message.template]
        """
        of_lead = self.env["res.company"]._crm_of_lead
        companies = {of_lead(lead).id for lead in leads}
        templates = self.search([("company_id", "in", [False, *companies])])
        templates = templates.filtered(lambda template: template._channels())
        languages = templates._text_languages()
        return {lead.id: self._pick(templates, lead, languages) for lead in leads}

    def _pick(self, templates, lead, languages):
        """Return the one of ``templates`` that suits the lead best, or none."""
        company = self.env["res.company"]._crm_of_lead(lead)
        had, code = lead.touchpoint_ids.message_template_id, lead.message_lang
        ranked = [
            (
                not template._has_language(code, languages),
                template in had,
                -score,
                rank,
                template,
            )
            for rank, template in enumerate(templates)
            if not template.company_id or template.company_id == company
            and (score := template._suits(lead)) is not None
        ]
        return min(ranked)[-1] if ranked else self.browse()

    def _suits(self, lead):
        """Return how many of the lead's traits the message names, or None if it is not for it.

        :rtype: int or None
        """
        self.ensure_one()
        if self._rule_is_for_nobody():
            return None
        if self.purpose == "birthday" and not lead._message_has_birthday():
            return None
        score = 0
        role = lead._message_stage_role()
        for wanted, matches in (
            (self.stage_role, self.stage_role == role),
            (self.persona_ids, lead.persona_id in self.persona_ids),
            (self.grade_min, str(lead.lead_grade) >= (self.grade_min or "")),
            (self.grade_max, str(lead.lead_grade) <= (self.grade_max or "")),
            (self.product_ids, bool(lead.product_ids & self.product_ids)),
        ):
            if wanted and not matches:
                return None
            score += bool(wanted)
        return score

    def _propose_channel(self, lead):
        """Return the best channel for a lead: the one it prefers, else the first allowed.

        A channel with a text in the lead's language goes before one without.

        :param lead: one crm.lead record.
        :return: email, sms or whatsapp; where nothing is allowed, what would be best.
        :rtype: str
        """
        guard = self.env["crm.message.guard"]
        blockers = {
            channel: guard._blockers(lead, channel) for channel, _label in CHANNELS
        }
        return self._best_channel(lead, blockers)

    def _best_channel(self, lead, blockers, languages=None):
        """Return the best channel for a lead, see :meth:`_propose_channel`.

        :param dict blockers: the leads that may not be written to, by channel.
        :param dict languages: as :meth:`_text_languages` gives them; looked up when None.
        :rtype: str
        """
        channels = [channel for channel, _label in CHANNELS]
        texts = {}
        if self:
            channels = self._channels()
            languages = self._text_languages() if languages is None else languages
            texts = languages[self.id]
        code = lead.message_lang
        channels.sort(
            key=lambda channel: (
                self._is_foreign(texts.get(channel), code),
                channel != lead.preferred_channel,
            )
        )
        allowed = (channel for channel in channels if lead.id not in blockers[channel])
        return next(allowed, channels[0] if channels else "email")
