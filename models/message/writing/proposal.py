# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Which message suits a lead, and in which channel it should go."""

from ....const import CHANNELS
from .languages import has_language, is_foreign, text_languages


def propose(lead):
    """Return the message that suits a lead best, or none where there is none.

    A message that names a stage, personas, grades or products is for these leads only;
    the more of them it names, the better it suits. One with a text in the lead's language
    goes before one without, and one that the lead has not had yet before one that it
    has; then the order of the list decides.

    :param lead: one crm.lead record.
    :rtype: crm.message.template
    """
    return propose_all(lead)[lead.id]


def propose_all(leads):
    """Return the message that suits each lead best; see :func:`propose`.

    :param leads: crm.lead records.
    :rtype: dict[int, crm.message.template]
    """
    of_lead = leads.env["res.company"]._crm_of_lead
    companies = {of_lead(lead).id for lead in leads}
    templates = leads.env["crm.message.template"].search(
        [("company_id", "in", [False, *companies])]
    )
    templates = templates.filtered(lambda template: template._channels())
    languages = text_languages(templates)
    return {lead.id: _pick(templates, lead, languages) for lead in leads}


def _pick(templates, lead, languages):
    """Return the one of ``templates`` that suits the lead best, or none."""
    company = lead.env["res.company"]._crm_of_lead(lead)
    had, code = lead.touchpoint_ids.message_template_id, lead.message_lang
    ranked = [
        (
            not has_language(template, code, languages),
            template in had,
            -score,
            rank,
            template,
        )
        for rank, template in enumerate(templates)
        if template.company_id in (company, company.browse())
        and (score := _suits(template, lead)) is not None
    ]
    return min(ranked)[-1] if ranked else templates.browse()


def _suits(template, lead):
    """Return how many of the lead's traits the message names, or None if it is not for it.

    :rtype: int or None
    """
    if template._rule_is_for_nobody():
        return None
    if template.purpose == "birthday" and not lead._message_has_birthday():
        return None
    score = 0
    role = lead._message_stage_role()
    for wanted, matches in (
        (template.stage_role, template.stage_role == role),
        (template.persona_ids, lead.persona_id in template.persona_ids),
        (template.grade_min, str(lead.lead_grade) >= (template.grade_min or "")),
        (template.grade_max, str(lead.lead_grade) <= (template.grade_max or "")),
        (template.product_ids, bool(lead.product_ids & template.product_ids)),
    ):
        if wanted and not matches:
            return None
        score += bool(wanted)
    return score


def propose_channel(template, lead):
    """Return the best channel for a lead: the one it prefers, else the first allowed.

    A channel with a text in the lead's language goes before one without.

    :param lead: one crm.lead record.
    :return: email, sms or whatsapp; where nothing is allowed, what would be best.
    :rtype: str
    """
    guard = lead.env["crm.message.guard"]
    blockers = {channel: guard._blockers(lead, channel) for channel, _label in CHANNELS}
    return best_channel(template, lead, blockers)


def best_channel(template, lead, blockers, languages=None):
    """Return the best channel for a lead, see :func:`propose_channel`.

    :param dict blockers: the leads that may not be written to, by channel.
    :param dict languages: as :func:`~.languages.text_languages` gives them; looked up when None.
    :rtype: str
    """
    channels = [channel for channel, _label in CHANNELS]
    texts = {}
    if template:
        channels = template._channels()
        languages = text_languages(template) if languages is None else languages
        texts = languages[template.id]
    code = lead.message_lang
    channels.sort(
        key=lambda channel: (
            is_foreign(texts.get(channel), code),
            channel != lead.preferred_channel,
        )
    )
    allowed = (channel for channel in channels if lead.id not in blockers[channel])
    return next(allowed, channels[0] if channels else "email")
