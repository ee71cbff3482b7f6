# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import hashlib
import json
from datetime import timedelta

from odoo import fields
from odoo.tools import SQL

from ....tools import event_time
from ....tools.intake import doors
from ....tools.intake.bodies import parse, too_deep
from ..reading import Reader

# At most so much of an entry is kept.
MOST_BYTES = 262_144
# The moment that a sender names counts where it is not older than this.
OLDEST = timedelta(days=7)
# The same words within this time, in seconds, are one entry, where there is no number.
SAME = 600


class Letterbox:
    """Stores what comes in, as it came, before anything is done with it.

    What has a number that is known, or says the same as something a moment ago, is there
    already. One statement for any number of entries.
    """

    def __init__(self, env):
        self.env = env

    def note_flood(self, source, ip):
        """Count what is turned away: one entry for each minute, the rest as its number.

        Where two want to count at the same moment one of them does not: it is a flood.
        """
        source = source.sudo()  # sudo: whoever stands at the door
        minute = int(fields.Datetime.now().timestamp()) // 60
        ref = f"flood:{minute}"
        self.env.cr.execute(
            SQL(
                "UPDATE crm_intake_item SET reason_facts = jsonb_build_object('count',"
                " (reason_facts->>'count')::int + 1) WHERE id = (SELECT id FROM"
                " crm_intake_item WHERE source_id = %s AND external_ref = %s"
                " FOR UPDATE SKIP LOCKED) RETURNING id",
                source.id,
                ref,
            )
        )
        if not self.env.cr.fetchone():
            entry = doors.Entry({}, ref=ref, skip="flood")
            items = self.store(source, [entry])
            self.env.cr.execute(
                SQL(
                    "UPDATE crm_intake_item SET ip = %s,"
                    " reason_facts = COALESCE(reason_facts, %s::jsonb) WHERE id = ANY(%s)",
                    ip,
                    '{"count": 1}',
                    items.ids,
                )
            )

    def lately(self, source, seconds=60):
        """Return how many entries came in by a source within the last seconds."""
        rows = self.env.execute_query(
            SQL(
                "SELECT count(*) FROM crm_intake_item WHERE source_id = %s"
                " AND create_date > (now() AT TIME ZONE 'UTC') - %s * interval '1 second'",
                source.id,
                seconds,
            )
        )
        return rows[0][0]

    def entries(self, source, payload):
        """Return the entries of a delivery; one that cannot be read is one, too.

        :rtype: list[tools.intake.doors.Entry]
        """
        data = parse(payload)
        if data is None:
            return [doors.Entry(payload, skip="unreadable")]
        if too_deep(data):
            return [doors.Entry(payload, skip="too_deep")]
        found = doors.entries(source.kind, data)
        refs = source.mapping_ids.filtered(lambda line: line.target == "external_ref")
        for entry in found if refs else ():
            said = Reader(source).read(entry.data)
            entry.ref = said.ref or entry.ref
        return found

    def store(self, source, entries, received_on=None, headers=None, **more):
        """Store entries of a source with one statement.

        :param list entries: of ``tools/intake/doors.py``.
        :param more: ``batch_id``, and ``lines``: a line of a file for each entry.
        :return: crm.intake.item, in the order of the entries, without those known twice.
        """
        items = self.env["crm.intake.item"].sudo()  # sudo: see _receive()
        if not entries:
            return items
        now = fields.Datetime.now()
        rows = [
            self._row(source, entry, received_on or now, now, headers)
            for entry in entries
        ]
        known = self._known(source, rows)
        lines = more.get("lines") or [None] * len(rows)
        fresh, seen = [], set()
        for row, line in zip(rows, lines, strict=True):
            key = row["external_ref"] or row["digest"]
            if key not in known and key not in seen:
                seen.add(key)
                more_columns = (
                    {"batch_id": more["batch_id"], "line": line} if more else {}
                )
                fresh.append({**row, **more_columns})
        if fresh:
            known |= self._insert(fresh)
        if len(fresh) < len(rows):
            known |= self._known(source, rows)
        keys = (row["external_ref"] or row["digest"] for row in rows)
        ids = dict.fromkeys(known[key] for key in keys if key in known)
        items.invalidate_model(flush=False)
        return items.browse(ids)

    def _row(self, source, entry, moment, now, headers):
        """Return the columns of the item of an entry."""
        content, text = self._text(entry)
        state, code, facts = "received", None, None
        if entry.skip in ("unreadable", "too_deep"):
            kind = (headers or {}).get("Content-Type") or "?"
            state, code, facts = "failed", entry.skip, {"type": str(kind)[:80]}
        elif entry.skip:
            state, code = "ignored", entry.skip
        return {
            "source_id": source.id,
            "company_id": source.company_id.id,
            "received_on": self._moment(entry.moment, moment, now),
            "external_ref": (entry.ref or "")[:200].replace("\x00", "") or None,
            "person_ref": entry.person,
            "digest": self._digest(text, now),
            "content": content,
            "payload": text[:MOST_BYTES],
            "headers": json.dumps(headers) if headers else None,
            "state": state,
            "reason_code": code,
            "reason_facts": json.dumps(facts) if facts else None,
            "next_try_on": now if state == "received" else None,
        }

    def _text(self, entry):
        """Return how an entry is kept: what it is, and its text."""
        data = entry.data
        if entry.skip == "mail" or entry.skip in ("unreadable", "too_deep"):
            text = data if isinstance(data, str) else str(data)
            if isinstance(data, bytes):
                text = data.decode("utf-8", "replace")
            kind = "mail" if entry.skip == "mail" else "raw"
            return kind, text.replace("\x00", "").encode("utf-8", "replace").decode()
        return "json", json.dumps(data, ensure_ascii=False, default=str)

    def _moment(self, sent, moment, now):
        """Return when an entry came in: when it was sent, where that can be believed."""
        try:
            sent = event_time.moment(sent, now) if sent not in (None, "") else None
        except (ValueError, OverflowError, TypeError):
            sent = None
        return sent if sent and now - OLDEST <= sent <= now else min(moment, now)

    def _digest(self, text, now):
        """Return by what the same words are known: with the ten minutes of which they are."""
        slot = int(now.timestamp()) // SAME
        return f"{hashlib.sha256(text.encode()).hexdigest()}:{slot}"

    def _known(self, source, rows):
        """Return the ids of the items that are there already, by number or digest."""
        refs = [row["external_ref"] for row in rows if row["external_ref"]]
        digests = {}
        for row in rows:
            if not row["external_ref"]:
                head, _colon, slot = row["digest"].partition(":")
                digests[row["digest"]] = row["digest"]
                digests[f"{head}:{int(slot) - 1}"] = row["digest"]
        found = self.env.execute_query(
            SQL(
                "SELECT id, external_ref, digest FROM crm_intake_item"
                " WHERE source_id = %s AND (external_ref = ANY(%s)"
                "    OR (digest = ANY(%s) AND external_ref IS NULL AND create_date >"
                "        (now() AT TIME ZONE 'UTC') - %s * interval '1 second'))",
                source.id,
                refs,
                list(digests),
                SAME,
            )
        )
        return {ref or digests[digest]: item_id for item_id, ref, digest in found}

    def _insert(self, rows):
        """Insert items; return their ids by number or digest."""
        names = list(rows[0])
        casts = {"received_on": "timestamp", "next_try_on": "timestamp"}
        casts |= {"headers": "jsonb", "reason_facts": "jsonb"}
        casts |= dict.fromkeys(("batch_id", "line"), "int")

        def value(name, row):
            return SQL("%s::" + casts[name] if name in casts else "%s", row[name])

        values = SQL(", ").join(
            SQL("(%s)", SQL(", ").join(value(name, row) for name in names))
            for row in rows
        )
        found = self.env.execute_query(
            SQL(
                "INSERT INTO crm_intake_item (%(names)s, attempts,"
                " create_uid, create_date, write_uid, write_date)"
                " SELECT %(names)s, 0, %(uid)s, now() AT TIME ZONE 'UTC', %(uid)s,"
                "        now() AT TIME ZONE 'UTC'"
                "   FROM (VALUES %(values)s) AS entry(%(names)s)"
                " ON CONFLICT DO NOTHING RETURNING id, external_ref, digest",
                names=SQL(", ").join(map(SQL.identifier, names)),
                uid=self.env.uid,
                values=values,
            )
        )
        return {ref or digest: item_id for item_id, ref, digest in found}

    def wake(self):
        """Have the job run as soon as this is committed, unless it is called already."""
        # sudo: the job is the system's.
        cron = self.env.ref("crm_lead_management.ir_cron_intake").sudo()
        if not cron.active:
            cron._crm_switch_on()
        self.env.cr.execute(
            "SELECT 1 FROM ir_cron_trigger WHERE cron_id = %s"
            " AND call_at <= now() AT TIME ZONE 'UTC' LIMIT 1",
            [cron.id],
        )
        if not self.env.cr.fetchone():
            cron._trigger()

    # === WHAT BECAME OF IT === #

    def settle(self, rows):
        """Write down what became of entries, with one statement.

        :param rows: (crm.intake.item, state, code, facts[, more columns]).
        """
        rows = [(*row, {})[:5] for row in rows]
        if not rows:
            return
        self.env["crm.intake.item"].flush_model()
        values = SQL(", ").join(self._stored(*row) for row in rows)
        self.env.cr.execute(
            SQL(
                "UPDATE crm_intake_item AS item SET state = new.state,"
                " reason_code = new.code, reason_facts = new.facts,"
                " attempts = COALESCE(new.attempts, item.attempts),"
                " next_try_on = new.next_try_on,"
                " lead_id = COALESCE(new.lead_id, item.lead_id),"
                " title = COALESCE(new.title, item.title),"
                " email_normalized = COALESCE(new.email, item.email_normalized),"
                " phone_sanitized = COALESCE(new.phone, item.phone_sanitized),"
                " consent = COALESCE(new.consent, item.consent),"
                " filled = COALESCE(new.filled, item.filled),"
                " write_uid = %s, write_date = now() AT TIME ZONE 'UTC'"
                " FROM (VALUES %s) AS new(id, state, code, facts, attempts, next_try_on,"
                " lead_id, title, email, phone, consent, filled) WHERE item.id = new.id",
                self.env.uid,
                values,
            )
        )
        items = self.env["crm.intake.item"].browse(row[0].id for row in rows)
        items.invalidate_recordset(flush=False)
        for item, _state, _code, _facts, about in rows:
            if about.get("candidate_ids"):
                item.sudo().candidate_ids = about["candidate_ids"]  # sudo: the engine's

    def _stored(self, item, state, code, facts, about):
        return SQL(
            "(%s::int, %s, %s, %s::jsonb, %s::int, %s::timestamp, %s::int, %s, %s, %s, %s,"
            " %s::jsonb)",
            item.id,
            state,
            code,
            json.dumps(facts, default=str) if facts else None,
            about.get("attempts"),
            about.get("next_try_on"),
            about.get("lead_id") or None,
            about.get("title") or None,
            about.get("email_normalized") or None,
            about.get("phone_sanitized") or None,
            about.get("consent") or None,
            json.dumps(about["filled"], default=str) if about.get("filled") else None,
        )
