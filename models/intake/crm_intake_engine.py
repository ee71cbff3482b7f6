# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import json
import logging
import time
from dataclasses import dataclass, field
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools.intake import doors
from ...tools.intake.bodies import parse, too_deep
from ..common.guarded import REPEATED, guarded
from .crm_intake_matcher import Wanted
from .crm_intake_source import PROVEN_PHONE
from .doors.mailbox import Again
from .doors.meta import Meta
from .keeping import turn
from .keeping.letterbox import OLDEST, Letterbox
from .keeping.outcome import sentence
from .reading import Reader
from .said import Said
from .telling import Teller

_logger = logging.getLogger(__name__)

# So many entries are processed together.
BATCH = 200
# After so many rounds only the surest signs of one person keep entries apart.
ROUNDS = 10
# How often the job waits for somebody else's turn to end.
PATIENCE = 50


@dataclass
class Draft:
    """An entry on its way to become a lead."""

    item: object
    said: Said
    call: dict | None = None
    match: object = None
    facts: dict = field(default_factory=dict)

    def keys(self, strict):
        """Return the signs by which two entries may be of one person.

        :param bool strict: the phone number alone is none.
        """
        said = self.said
        phone = said.phone and (f"{said.phone} {said.name}" if strict else said.phone)
        company = not strict and said.vals.get("partner_name")
        found = {("email", said.email), ("phone", phone), ("company", company)}
        found.add(("person", said.person and (self.item.source_id.id, said.person)))
        return {key for key in found if key[1]}


class CrmIntakeEngine(models.AbstractModel):
    """The letterbox: keeps what comes in, and has it become leads.

    **What.** ``_receive(source, payload)`` stores an entry, with nothing done about it yet;
    whoever calls it commits, and answers the sender then. ``_process(items)`` makes leads of
    entries, or joins them with the leads of people who are known. ``_try(source, payload)``
    tells what would come of an entry, and writes nothing.

    **How it works.** What fails is tried again after 1, 5 and 30 minutes, 2 and 12 hours; at
    last a lead with the raw text is made, and sales managers are told. One at a time (see
    turn.py), each entry under a savepoint of its own where many together do not go. The
    number of statements does not depend on how many entries there are, but for those that
    are joined.
    """

    _name = "crm.intake.engine"
    _description = "Letterbox of leads"

    # === RECEIVING === #

    @api.model
    def _receive(
        self,
        source,
        payload,
        external_ref=None,
        received_on=None,
        headers=None,
        skip=None,
    ):
        """Store what came in by a source; nothing is processed yet.

        :param source: one crm.intake.source.
        :param payload: text (JSON, a form), or objects and lists, as of JSON.
        :param str external_ref: its number at the sender; what has a known one is not stored
            again. Without one, the same words within ten minutes are one entry.
        :param datetime received_on: when it was sent, in UTC; now when None.
        :param dict headers: what is worth keeping of the request.
        :param str skip: why it is kept, but becomes nothing: a code of outcome.py.
        :return: the stored ``crm.intake.item``, as superuser: the earlier one where it is
            known; several where a delivery brings several entries, none where it brings none.
        """
        source = source.sudo()  # sudo: whoever stands at the door
        letterbox = Letterbox(self.env)
        found = letterbox.entries(source, payload)
        if external_ref and len(found) == 1:
            found[0].ref = str(external_ref)
        elif external_ref:
            for number, entry in enumerate(found):
                entry.ref = entry.ref or f"{external_ref}:{number}"
        for entry in found if skip else ():
            entry.skip = entry.skip or skip
        items = letterbox.store(source, found, received_on, headers)
        if items:
            letterbox.wake()
        return items

    # === PROCESSING === #

    @api.model
    def _process(self, items):
        """Make leads of entries that wait, or join them with the leads of people known.

        Entries that another process has, and those that are done with, are left alone; where
        it is somebody else's turn all are, and the job takes them.

        :param items: crm.intake.item records.
        :return: the leads that were made or joined, as superuser.
        """
        # sudo: leads are made for whoever wrote in, whoever asks for it.
        items = items.sudo().exists()
        leads = self.env["crm.lead"].sudo()  # sudo: as above
        if not items:
            return leads
        if not turn.take(self.env):
            Letterbox(self.env).wake()
            return leads
        items = items.try_lock_for_update(allow_referencing=True)
        items.invalidate_recordset(flush=False)
        items = items.filtered(lambda item: item.state in ("received", "failed"))
        for group in items.sorted("id").grouped(lambda item: item.company_id).values():
            group = group.with_company(group.company_id[:1])
            self._process_company(group)
        return items.lead_id

    @api.model
    def _process_company(self, items):
        """Process entries of one company."""
        writer = items.env["crm.intake.writer"]
        mails = items.filtered(lambda item: item.kind == "email" and item.attempts)
        items -= Again(mails).run() if mails else mails
        pending = writer._prepare(self._drafts(items))
        rounds = 0
        while pending:
            rounds += 1
            matches = items.env["crm.intake.matcher"]._match(
                self._wanted(place, draft) for place, draft in enumerate(pending)
            )
            created, joined, later, seen = [], [], [], set()
            for place, draft in enumerate(pending):
                draft.match = matches.get(place)
                if writer._is_join(draft):
                    joined.append(draft)
                    continue
                keys = draft.keys(strict=rounds > ROUNDS)
                if seen.isdisjoint(keys):
                    created.append(draft)
                else:
                    # Whoever came before becomes a lead first; then he is known.
                    later.append(draft)
                seen |= keys
            writer._join_all(joined)
            writer._create_all(created)
            pending = later

    @api.model
    def _drafts(self, items):
        """Read entries; those that cannot be read are put off, with the reason."""
        writer, drafts = items.env["crm.intake.writer"], []
        for source, group in items.grouped("source_id").items():
            reader = Reader(source)
            for item in group:
                try:
                    self._complete(item)
                    drafts.append(self._draft(reader, item))
                except REPEATED:
                    raise
                except Exception as error:
                    _logger.info("Entry %s cannot be read: %r", item.id, error)
                    writer._put_off(item, error)
        return [draft for draft in drafts if draft]

    @api.model
    def _complete(self, item):
        """Fetch what the sender told only the number of; kept as what came in.

        :raise UserError: where it cannot be fetched: it is tried again.
        """
        data = parse(item.payload or "") if item.kind == "meta" else None
        if isinstance(data, dict) and "leadgen_id" in data and "field_data" not in data:
            lead = Meta(item.source_id).lead(data["leadgen_id"])
            item.payload = json.dumps({**data, **lead}, ensure_ascii=False)

    @api.model
    def _draft(self, reader, item):
        """Read one entry; None where nothing is to be made of it."""
        data = parse(item.payload or "")
        if item.content == "raw" and (data is None or too_deep(data)):
            code = item.reason_code or "unreadable"
            facts = item.reason_facts or {"type": "?"}
            Letterbox(item.env).settle([(item, "failed", code, facts)])
            return None
        said = reader.read(data)
        if item.kind == "email":
            reader.complete_mail(said, data)
        said.person = said.person or item.person_ref
        draft = Draft(item, said)
        if item.kind == "telephony":
            draft.call = doors.call_of(data if isinstance(data, dict) else {})
            self._read_call(reader, draft)
        moment = reader.moment(said.moment, fields.Datetime.now())
        received = item.received_on
        is_near = moment and received - OLDEST <= moment <= received
        draft.facts["received_on"] = moment if is_near else received
        return draft

    @api.model
    def _read_call(self, reader, draft):
        """Note whose number a call came from, or went to."""
        said, call = draft.said, draft.call
        said.more = []
        if call["number"]:
            said.vals["phone"] = call["number"]
        if call["name"]:
            said.vals.setdefault("contact_name", call["name"])
        said.vals = {
            name: value
            for name, value in said.vals.items()
            if name
            in ("phone", "contact_name", "country_id", "partner_name", "email_from")
        }
        reader._normalise(said)

    @api.model
    def _wanted(self, place, draft):
        item, said = draft.item, draft.said
        return Wanted(
            place=place,
            company_id=item.company_id.id,
            source_id=item.source_id.id,
            email=said.email,
            phone=said.phone,
            person=said.person,
            name=said.name,
            partner_name=said.vals.get("partner_name") or "",
            known_days=item.source_id.known_days,
            proven_phone=item.kind in PROVEN_PHONE,
        )

    # === TRYING === #

    @api.model
    def _try(self, source, payload):
        """Tell what would come of an entry; nothing is written.

        :param source: one crm.intake.source.
        :param payload: as of :meth:`_receive`.
        :return: ``state`` (received, joined, check, ignored, failed), ``reason``, ``values``
            (label and text of what is filled in), ``more`` (name and text that no line of the
            map knows), ``odd`` (label and text that cannot be read), ``lead`` (name of the
            lead that would be joined, where the user may read it).
        :rtype: dict
        """
        user, source = source.env.user, source.sudo()  # sudo: as at the door
        nothing = {"reason": "", "values": [], "more": [], "odd": [], "lead": ""}
        entries = Letterbox(self.env).entries(source, payload)
        if not entries or entries[0].skip:
            code = entries[0].skip if entries else None
            state = "failed" if code in ("unreadable", "too_deep") else "ignored"
            reason = sentence(self.env._, code, {"type": "?", "count": 0})
            return {**nothing, "state": state, "reason": reason}
        draft = self._draft(Reader(source, dry=True), self._item_of(source, entries[0]))
        matches = self.env["crm.intake.matcher"]._match([self._wanted(0, draft)])
        draft.match = matches.get(0)
        writer = self.env["crm.intake.writer"]
        state, code, facts = writer._verdict(draft)
        lead = draft.match and self.env["crm.lead"].browse(draft.match.lead_id or [])
        # Not sudo: who may not read the lead is not told its name.
        lead = lead and lead.with_user(user)._filtered_access("read")
        return {
            "state": state,
            "reason": sentence(self.env._, code, facts),
            "values": writer._shown(draft),
            "more": draft.said.more,
            "odd": Teller(self.env).odd(draft.said),
            "lead": lead.display_name if lead else "",
        }

    @api.model
    def _item_of(self, source, entry):
        """Return the item that an entry would be; it is not stored."""
        # sudo: as at the door
        items = self.env["crm.intake.item"].sudo()
        return items.new(
            {
                "source_id": source.id,
                "company_id": source.company_id.id,
                "person_ref": entry.person,
                "payload": json.dumps(entry.data, default=str),
                "content": "json",
                "received_on": fields.Datetime.now(),
            }
        )

    # === THE CLOCK === #

    @api.model
    def _cron_process(self):
        """Process what waits, batch by batch; safe to kill, and to run twice at once."""
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=self._waiting_count())
        waited = 0
        while True:
            items = self._waiting(BATCH)
            if not items:
                break
            if not self._process_batch(items):
                waited += 1
                if waited > PATIENCE:
                    break
                time.sleep(0.1)
                cron._commit_progress()
                continue
            self.env.flush_all()
            self.env.invalidate_all()
            if not cron._commit_progress(len(items), remaining=self._waiting_count()):
                return
        self._watch_silence()

    @api.model
    def _process_batch(self, items):
        """Process a batch; return whether it was our turn, and nobody got in the way."""
        if not turn.take(self.env):
            return False
        try:
            self._process(items)
            self.env.flush_all()
        except REPEATED as error:
            _logger.info("Entries of the letterbox, once more: %s", error)
            self.env.cr.rollback()
            self.env.invalidate_all(flush=False)
            return False
        return True

    @api.model
    def _waiting_domain(self):
        return [
            ("state", "in", ("received", "failed")),
            ("next_try_on", "<=", fields.Datetime.now()),
        ]

    @api.model
    def _waiting(self, limit):
        # sudo: the letterbox of all companies.
        items = self.env["crm.intake.item"].sudo()
        return items.search(self._waiting_domain(), order="id", limit=limit)

    @api.model
    def _waiting_count(self):
        # sudo: as above
        items = self.env["crm.intake.item"].sudo()
        return items.search_count(self._waiting_domain())

    @api.model
    def _cron_back_fill(self):
        """Ask for the leads of the last days of which Meta has told nothing."""
        # sudo: the sources of all companies.
        sources = self.env["crm.intake.source"].sudo()
        found = 0
        for source in sources.search(
            [("kind", "=", "meta"), ("form_refs", "!=", False)]
        ):
            with guarded(self.env, "Leads of source %s", source.id, expected=UserError):
                found += Meta(source).back_fill()
            self.env["ir.cron"]._commit_progress(1)
        if found:
            Letterbox(self.env).wake()

    @api.model
    def _watch_silence(self):
        """Tell sales managers about sources by which nothing has come for too long."""
        now = fields.Datetime.now()
        # sudo: the sources of all companies.
        sources = self.env["crm.intake.source"].sudo()
        for source in sources.search([("silence_hours", ">", 0)]):
            since = source.last_on or source.create_date
            told = source.silence_told_on
            is_silent = since < now - timedelta(hours=source.silence_hours)
            if is_silent and not (told and told >= since):
                source.silence_told_on = now
                Teller(self.env).tell_silence(source, since)
