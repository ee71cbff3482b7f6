# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from collections import defaultdict
from datetime import timedelta
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ....const import CHANNELS
from ...common.moments import format_moment
from ..writing.languages import foreign_note, text_languages
from ..writing.lead_language import guessed_note, language_note
from ..writing.proposal import best_channel, propose_all
from .problems import (
    company_problem,
    fingerprint,
    problem_of,
    sender_problem,
    text_problem,
)


class Planned(NamedTuple):
    """What would happen to one lead of a selection."""

    lead_id: int
    template_id: int
    channel: str
    state: str  # ready, open (a person opens the link), held or skipped
    reason: str
    until: object = None  # datetime (UTC) from when on a message may go
    text_key: str = ""  # the text that was checked: see problems.fingerprint()


class CrmMessagePlanner(models.AbstractModel):
    """Decides for a selection of leads who gets which message in which channel.

    **What.** One personal message for each lead, or the reason why there is none.

    **How to use.** ``env["crm.message.planner"]._plan(leads)`` decides and writes nothing;
    ``_deliver(plan)`` puts what is ready into Odoo's queues.

    **How it works.** All questions are asked for all leads together: blacklists, limits and
    what went before cost a constant number of queries.
    """

    _name = "crm.message.planner"
    _description = "Message planner"

    @api.model
    def _plan(
        self, leads, template=None, channel=None, now=None, read=True, as_is=False
    ):
        """Plan one message for each lead.

        :param leads: crm.lead records.
        :param template: the crm.message.template; the best one for each lead when empty.
        :param str channel: email, sms or whatsapp; the best one for each lead when empty.
        :param datetime now: the present, UTC; the clock when None.
        :param bool read: look at the texts too; they need it once, before they are shown.
        :param bool as_is: this very text, also where an experiment would give another one.
        :rtype: list[Planned]
        """
        now = now or fields.Datetime.now()
        Template = self.env["crm.message.template"]
        templates = self._templates(leads, template, as_is)
        guard = self.env["crm.message.guard"]
        asked = [channel] if channel else [name for name, _label in CHANNELS]
        reach = {name: guard._reach(leads, name) for name in asked}
        blockers = {name: guard._blockers(leads, name, reach[name]) for name in asked}
        languages = text_languages(Template.union(*templates.values()))
        channels = {
            lead.id: channel
            or best_channel(templates[lead.id], lead, blockers, languages)
            for lead in leads
        }
        reasons = self._reasons(leads, templates, channels, blockers, read)
        self._leave_out_doubles(leads, channels, reach, reasons)
        holds = guard._holds(leads, now)
        by_hand = self._by_hand(leads, channels.values())
        keys = self._text_keys(leads, templates, channels)
        plan = []
        for lead in leads:
            channel = channels[lead.id]
            until, held = holds.get(lead.id, (None, None))
            if reason := reasons.get(lead.id):
                outcome = ("skipped", reason, None)
            elif held:
                outcome = ("held", held, until)
            else:
                note = (
                    language_note(lead)
                    or foreign_note(templates[lead.id], lead, channel, languages)
                    or guessed_note(lead)
                )
                by_link = by_hand and channel == "whatsapp"
                outcome = ("open" if by_link else "ready", note, None)
            key = keys[templates[lead.id], channel]
            plan.append(Planned(lead.id, templates[lead.id].id, channel, *outcome, key))
        return plan

    @api.model
    def _by_hand(self, leads, channels):
        """Tell whether a person sends the WhatsApp messages among what goes, by link."""
        sender = self.env["crm.message.sender"]
        return "whatsapp" in channels and not sender._has_whatsapp_service(leads)

    @api.model
    def _templates(self, leads, template, as_is):
        """Return the message of each lead; see :meth:`_plan`."""
        found = dict.fromkeys(leads.ids, template) if template else propose_all(leads)
        return found if as_is else self.env["crm.experiment"]._message_texts(found)

    @api.model
    def _text_keys(self, leads, templates, channels):
        """Return the fingerprint of each message in each channel that is planned."""
        pairs = {(templates[lead.id], channels[lead.id]) for lead in leads}
        return {
            (template, channel): fingerprint(template, channel)
            if template and channel
            else ""
            for template, channel in pairs
        }

    # === REASONS === #

    @api.model
    def _reasons(self, leads, templates, channels, blockers, read):
        """Return why leads get nothing at all, by lead id."""
        reasons, groups = {}, defaultdict(leads.browse)
        for lead in leads:
            template, channel = templates[lead.id], channels[lead.id]
            if not template:
                reasons[lead.id] = self.env._(
                    "There is no message that suits the lead."
                )
            elif reason := blockers[channel].get(lead.id):
                reasons[lead.id] = reason
            else:
                groups[template, channel] |= lead
        for (template, channel), group in groups.items():
            reasons.update(self._group_reasons(template, channel, group, read))
        return reasons

    @api.model
    def _group_reasons(self, template, channel, leads, read):
        """Return why leads do not get one message in one channel."""
        problem, texts = problem_of(template, channel), {}
        if read and not problem:
            try:
                texts = template._render_channel(leads, channel)
            except UserError as error:
                problem = str(error)
        if problem:
            return dict.fromkeys(leads.ids, problem)
        reasons = self._repeat_reasons(template, leads)
        for lead in leads:
            reason = company_problem(template, lead)
            if reason := reason or sender_problem(template, lead, channel):
                reasons[lead.id] = reason
        for lead_id, text in texts.items():
            if reason := text_problem(self.env, text["body"], channel):
                reasons[lead_id] = reason
        return reasons

    @api.model
    def _repeat_reasons(self, template, leads):
        """Return which leads have had the message not long ago."""
        if template.repeat_days <= 0:
            return {}
        since = fields.Datetime.now() - timedelta(days=template.repeat_days)
        # sudo: what a colleague has sent counts too.
        had = (
            self.env["crm.touchpoint"]
            .sudo()
            ._read_group(
                Domain("lead_id", "in", leads.ids)
                & Domain("message_template_id", "=", template.id)
                & Domain("direction", "=", "out")
                & Domain("occurred_on", ">", since),
                ["lead_id"],
                ["occurred_on:max"],
            )
        )
        return {
            lead.id: self.env._(
                "The lead has had this message on %(date)s; selections send it again after"
                " %(days)s days.",
                date=format_moment(self.env, moment),
                days=template.repeat_days,
            )
            for lead, moment in had
        }

    @api.model
    def _leave_out_doubles(self, leads, channels, reach, reasons):
        """Add which leads share their address with an earlier one of the selection.

        :param dict reach: the addresses or numbers of the leads, by channel.
        :param dict reasons: why leads get nothing, by lead id; added to.
        """
        first = {}
        for lead in leads:
            if lead.id in reasons:
                continue
            channel = channels[lead.id]
            where = reach[channel][lead.id]
            where = frozenset(where) if channel == "email" else where
            other = first.setdefault((channel, where), lead)
            if other != lead:
                reasons[lead.id] = self.env._(
                    "Same address as %s, which is in the selection too.",
                    other.display_name,
                )

    # === DELIVERY === #

    @api.model
    def _deliver(self, plan, batch_ref):
        """Put the planned messages that are ready into Odoo's queues, and record them.

        :param list[Planned] plan: as :meth:`_plan` gives it.
        :param batch_ref: names this sending; a lead gets one message under it. Or a name for
            each lead, by its id.
        :return: the id of the ``mail.message`` of each lead that gets something, 0 where
            there is none.
        :rtype: dict[int, int]
        """
        sender, groups, result = self.env["crm.message.sender"], defaultdict(list), {}
        for planned in plan:
            if planned.state == "ready":
                groups[planned.template_id, planned.channel].append(planned.lead_id)
        for (template_id, channel), lead_ids in groups.items():
            template = self.env["crm.message.template"].browse(template_id)
            leads = self.env["crm.lead"].browse(lead_ids)
            refs = (
                batch_ref
                if isinstance(batch_ref, dict)
                else {lead_id: f"{batch_ref},{lead_id}" for lead_id in lead_ids}
            )
            # First the record: a lead that has one under this name is done already.
            # Many get it at a click: nobody has answered this one lead.
            recorded = sender._note(template, leads, channel, refs, in_person=False)
            leads = leads.browse(recorded.lead_id.ids)
            if leads:
                messages = sender._queue(template, leads, channel, in_person=False)
                sender._link(recorded, template, messages)
                result.update(dict.fromkeys(leads.ids, 0) | messages)
        return result
