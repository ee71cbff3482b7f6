# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import plaintext2html
from odoo.tools.i18n import format_list

from ...const import SKIP
from ..common.context import ENGINE
from ..common.guarded import guarded
from .keeping.letterbox import Letterbox
from .telling import Teller

# After how many minutes an entry that failed is tried again.
RETRIES = (1, 5, 30, 120, 720)
# Of an error so much is shown.
MOST_ERROR = 300
MOST_RAW = 20_000
SOURCE = "crm.intake"
# What is filled in where it is empty, when somebody asks again; the rest is his lead's.
UNION = ("product_ids", "tag_ids")
NOT_FILLED = frozenset(("name", "source_id", "medium_id", "campaign_id", "description"))
KIND_OF_TOUCH = {"whatsapp": "whatsapp", "telephony": "call", "email": "email"}


class CrmIntakeWriter(models.AbstractModel):
    """Makes leads of drafts, joins drafts with leads, and writes down what became of entries.

    Many at once; where that does not go each under a savepoint of its own. What fails is put
    off; at last a lead with the raw text is made, and sales managers are told.
    """

    _name = "crm.intake.writer"
    _description = "Writer of the letterbox"

    # === VERDICT === #

    @api.model
    def _verdict(self, draft):
        """Return what becomes of a draft: state, code of the reason, its facts.

        :rtype: tuple[str, str, dict]
        """
        said, match, known = draft.said, draft.match, draft.item.source_id.known
        if said.missing:
            names = format_list(self.env, said.missing)
            return "failed", "missing", {"fields": names}
        if not said.is_reachable:
            return "failed", "empty", {}
        if not match:
            return "done", "new", {}
        leads = format_list(self.env, match.names[:3])
        if not match.sure:
            return "check", f"check_{match.how}", {"leads": leads}
        if not match.is_open:
            code = "new_repeat" if match.is_won else "new_again"
            return "done", code, {"lead": leads}
        if known == "join":
            return "joined", f"join_{match.how}", {}
        if known == "new":
            return "done", "new_chosen", {"lead": leads}
        return "check", "check_chosen", {"leads": leads}

    @api.model
    def _is_join(self, draft):
        state, _code, _facts = self._verdict(draft)
        return state == "joined"

    @api.model
    def _prepare(self, drafts):
        """Write down what becomes of drafts of which no lead is made; return the others."""
        ready, rows = [], []
        for draft in drafts:
            state, code, facts = self._verdict(draft)
            if state == "failed":
                rows.append((draft.item, state, code, facts, self._about(draft)))
            elif self._is_outgoing(draft):
                ready.append(draft)
            else:
                ready.append(draft)
        Letterbox(self.env).settle(rows)
        return ready

    @api.model
    def _is_outgoing(self, draft):
        return bool(draft.call and draft.call["direction"] == "out")

    # === MAKING LEADS === #

    @api.model
    def _create_all(self, drafts):
        """Make leads of drafts: all together, else one by one."""
        Letterbox(self.env).settle(
            (draft.item, "ignored", "outgoing", {}, self._about(draft))
            for draft in drafts
            if self._is_outgoing(draft)
        )
        drafts = [one for one in drafts if not self._is_outgoing(one)]
        if not drafts:
            return
        with guarded(
            self.env, "%s entries of the letterbox: one by one", len(drafts)
        ) as all_:
            self._create(drafts)
        for draft in drafts if all_.error else ():
            with guarded(self.env, "Entry %s of the letterbox", draft.item.id) as one:
                self._create([draft])
            if one.error:
                self._put_off(draft.item, one.error, self._about(draft))

    @api.model
    def _create(self, drafts):
        leads = self._leads().create(self._with_stages(map(self._values, drafts)))
        rows, touches, notes, answers = [], [], {}, []
        for draft, lead in zip(drafts, leads, strict=True):
            state, code, facts = self._verdict(draft)
            about = {**self._about(draft), "lead_id": lead.id}
            if state == "check":
                about["candidate_ids"] = draft.match.lead_ids
            rows.append((draft.item, state, code, facts, about))
            touches.append(self._touch(draft, lead))
            note = Teller(self.env).note(draft)
            if note:
                notes[lead.id] = note
            answers += [(lead, line_id, text) for line_id, text in draft.said.answers]
        Letterbox(self.env).settle(rows)
        if notes:
            leads.browse(notes)._message_log_batch(bodies=notes)
        self.env["crm.touchpoint"]._record(touches)
        if answers:
            self._answer(answers)
        self._after(drafts, leads)

    @api.model
    def _with_stages(self, vals_list):
        """Give values of leads the stage that Odoo would: it looks it up for each lead."""
        vals_list, stages, leads = list(vals_list), {}, self._leads()
        for vals in vals_list:
            team_id = vals.get("team_id")
            if team_id not in stages:
                domain = [("fold", "=", False)]
                stages[team_id] = leads._stage_find(team_id=team_id, domain=domain).id
            vals.setdefault("stage_id", stages[team_id])
        return vals_list

    @api.model
    def _leads(self):
        # sudo: the leads of people who write in are nobody's yet.
        leads = self.env["crm.lead"].sudo()
        return leads.with_context(default_user_id=False, mail_create_nosubscribe=True)

    @api.model
    def _after(self, drafts, leads):
        """Called when leads were made: for what belongs to them by kind of source."""

    @api.model
    def _answer(self, answers):
        """Note answers to questions; the room that asks them extends this.

        :param list answers: (crm.lead, id of the line of the field map, text).
        """

    @api.model
    def _values(self, draft):
        """Return the values of the lead that a draft becomes."""
        item, said = draft.item, draft.said
        source, match = item.source_id, draft.match
        vals = {
            "type": source.type,
            "company_id": item.company_id.id,
            "received_on": draft.facts.get("received_on") or item.received_on,
            **{
                name: source[name].id
                for name in (
                    "team_id",
                    "source_id",
                    "medium_id",
                    "campaign_id",
                    "lang_id",
                )
                if source[name]
            },
            **said.vals,
        }
        if source.tag_ids:
            links = [(4, tag.id) for tag in source.tag_ids]
            vals["tag_ids"] = [*links, *said.vals.get("tag_ids", ())]
        if vals.get("description"):
            vals["description"] = plaintext2html(vals["description"])
        if match and match.sure and not match.is_open:
            vals["previous_lead_id"] = match.lead_id
            vals["is_repeat"] = match.is_won
        vals.setdefault("name", self._title(draft))
        return {**vals, **self._consent(draft)}

    @api.model
    def _title(self, draft):
        """Return the title of a lead: what is asked, or who asks where."""
        who, source = draft.said.who, draft.item.source_id.name
        if draft.call and draft.call["event"] == "missed":
            return self.env._("Missed call %s", who)
        if draft.call:
            return self.env._("Call %s", who)
        return f"{who} ({source})" if who else source

    @api.model
    def _consent(self, draft):
        """Return what was said about messages, with its date and source."""
        if draft.said.consent is None:
            return {}
        return {
            "consent_state": "yes" if draft.said.consent else "no",
            "consent_on": draft.item.received_on,
            "consent_source": draft.item.source_id.name,
        }

    @api.model
    def _touch(self, draft, lead):
        """Return the touchpoint that an entry is."""
        item, said, call = draft.item, draft.said, draft.call
        touch = {
            "lead_id": lead.id,
            "kind": KIND_OF_TOUCH.get(item.kind, "form"),
            "direction": "in",
            "is_human": True,
            "occurred_on": item.received_on,
            "source": SOURCE,
            "external_ref": str(item.id),
            "summary": said.summary
            or self.env["crm.touchpoint"]._summary(
                item.source_id.name,
                said.vals.get("request_note") or said.vals.get("name"),
            ),
        }
        if call:
            touch["direction"] = call["direction"]
            touch["outcome"] = "no_answer" if call["event"] == "missed" else "talked"
            touch["value"] = round(call["seconds"] / 60, 2)
            touch["summary"] = item.source_id.name
        return touch

    # === JOINING === #

    @api.model
    def _join_all(self, drafts):
        """Join drafts with the open leads of the same persons, each for itself."""
        for draft in drafts:
            with guarded(
                self.env, "Entry %s of the letterbox", draft.item.id
            ) as attempt:
                # sudo: whoever asks again, whose lead it may be.
                lead = self.env["crm.lead"].sudo().browse(draft.match.lead_id)
                _state, code, facts = self._verdict(draft)
                self._join(draft, lead, code, facts)
            if attempt.error:
                self._put_off(draft.item, attempt.error, self._about(draft))

    @api.model
    def _join(self, draft, lead, code, facts):
        """Add to a lead what the same person says now; nothing that is there is replaced."""
        vals, differs = self._fill(draft, lead)
        vals |= self._consent(draft)
        if vals:
            lead.with_context(**ENGINE.on()).write(vals)
        about = {**self._about(draft), "lead_id": lead.id}
        if vals and draft.item.batch_id:
            about["filled"] = self._filled(lead, vals)
        Letterbox(self.env).settle([(draft.item, "joined", code, facts, about)])
        Teller(self.env).tell_owner(draft, lead, differs)
        self.env["crm.touchpoint"]._record([self._touch(draft, lead)])
        if draft.said.answers:
            self._answer(
                [(lead, line_id, text) for line_id, text in draft.said.answers]
            )
        self._after([draft], lead)

    @api.model
    def _fill(self, draft, lead):
        """Return what is filled in, and what differs from what is there."""
        vals, differs = {}, []
        links = [(4, tag.id) for tag in draft.item.source_id.tag_ids]
        said = {**draft.said.vals}
        said["tag_ids"] = [*said.get("tag_ids", ()), *links]
        for name, value in said.items():
            if name in UNION:
                new = [link for link in value if link[1] not in lead[name].ids]
                if new:
                    vals[name] = new
            elif name not in NOT_FILLED and not lead[name]:
                vals[name] = value
            elif name not in NOT_FILLED and name != "request_note":
                before = lead._fields[name].convert_to_cache(value, lead)
                now = lead._fields[name].convert_to_cache(lead[name], lead)
                if before != now and not self._is_same(draft, lead, name):
                    differs.append((name, value))
        return vals, differs

    @api.model
    def _filled(self, lead, vals):
        """Return what was filled in, to be taken back: plain values, ids of what was linked."""
        return {
            name: [link[1] for link in vals[name]]
            if name in UNION
            else lead._fields[name].convert_to_read(lead[name], lead, False)
            for name in vals
            if name in UNION or lead._fields[name].type not in ("datetime", "html")
        }

    @api.model
    def _is_same(self, draft, lead, name):
        """Tell whether an address or a number is only written in another way."""
        if name == "email_from":
            return draft.said.email == lead.email_normalized
        if name == "phone":
            return draft.said.phone == lead.phone_sanitized
        return False

    @api.model
    def _join_by_hand(self, item, lead):
        """Join an entry with the lead that a person chose.

        The lead that was made of it stays where others have worked on it; else it is archived.
        """
        drafts = self.env["crm.intake.engine"]._drafts(item)
        own, facts = item.lead_id, {"user": self.env.user.name}
        for draft in drafts:
            self._join(draft, lead, "join_hand", facts)
        if own and own != lead and own._lead_is_open():
            own.message_post(
                body=self.env._("The same person as %s.", lead.display_name),
                message_type="notification",
            )
            own.action_archive()

    @api.model
    def _shown(self, draft):
        """Return what would be filled in: (label, text)."""
        vals, teller = self._values(draft), Teller(self.env)
        hidden = ("company_id", "received_on", "type", "consent_on", "consent_source")
        return [
            (teller.label(name), teller.text(name, value))
            for name, value in vals.items()
            if value and name not in hidden
        ]

    # === FAILING === #

    @api.model
    def _put_off(self, item, error, about=None):
        """Note that an entry failed, and when it is tried again; at last make what can be."""
        text = self._error(error)
        attempts = item.attempts + 1
        if attempts > len(RETRIES):
            self._make_minimal(item, text)
            return
        next_on = fields.Datetime.now() + timedelta(minutes=RETRIES[attempts - 1])
        about = {**(about or {}), "attempts": attempts, "next_try_on": next_on}
        Letterbox(self.env).settle([(item, "failed", "error", {"error": text}, about)])

    @api.model
    def _error(self, error):
        lines = [line for line in str(error).strip().splitlines() if line.strip()]
        text = lines[0] if lines else type(error).__name__
        return text[:MOST_ERROR].replace("\x00", "")

    @api.model
    def _make_minimal(self, items, error):
        """Make leads with the raw text of entries, and tell sales managers.

        :param str error: why nothing better could be made.
        """
        for item in items:
            lead = self.env["crm.lead"]
            for context in ({}, {SKIP: True, **ENGINE.on()}):
                message = "A lead with the raw text of entry %s"
                with guarded(self.env, message, item.id) as attempt:
                    leads = self._leads().with_context(**context)
                    lead = leads.create(self._minimal(item))
                if not attempt.error:
                    break
            code = "minimal" if not attempt.error else "error"
            state = "check" if not attempt.error else "failed"
            about = {"lead_id": not attempt.error and lead.id, "next_try_on": None}
            Letterbox(self.env).settle([(item, state, code, {"error": error}, about)])
            Teller(self.env).alarm(item)

    @api.model
    def _minimal(self, item):
        source = item.source_id
        return {
            "name": item.title or source.name,
            "type": source.type,
            "company_id": item.company_id.id,
            "team_id": source.team_id.id,
            "description": plaintext2html((item.payload or "")[:MOST_RAW]),
            "received_on": item.received_on,
        }

    # === WHAT THE ITEM KEEPS === #

    @api.model
    def _about(self, draft):
        """Return what the item keeps of a draft, for the list and for matching."""
        said = draft.said
        consent = {True: "yes", False: "no"}.get(said.consent)
        return {
            "title": said.who[:200],
            "email_normalized": said.email,
            "phone_sanitized": said.phone,
            "consent": consent,
        }
