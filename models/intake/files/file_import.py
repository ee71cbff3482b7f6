# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Turns the rows of a file into entries of the letterbox, or tells what would come of them."""

import hashlib
import json

from odoo import fields

from ....tools.intake import doors
from ....tools.intake.guess import guess
from ....tools.intake.paths import without_nul
from ....tools.intake.same_person import fold
from ..crm_intake_matcher import Found
from ..keeping.letterbox import Letterbox
from ..keeping.outcome import sentence
from ..reading import Reader
from ..sample import Sample

BATCH = 1000
SAMPLE_ROWS = 20
# How exports call the number of a row.
NUMBERS = frozenset(
    ("id", "lead id", "record id", "lead lead id", "external id", "contact id")
)
# Meta's own rows, for trying.
TEST = "<test lead:"


class FileImport:
    """The rows of one file, by the field map of its source."""

    def __init__(self, file, table):
        """
        :param file: crm.intake.file.
        :param table: of ``tools/intake/tables.py``.
        """
        self.env, self.file, self.table = file.env, file, table
        # sudo: rows are read as all that comes in is, whoever imports them.
        self.source = file.source_id.sudo()

    # === WHAT COLUMNS MEAN === #

    def propose(self):
        """Add lines to the field map for the columns that have none."""
        known = {fold(line.path) for line in self.source.mapping_ids}
        taken = set(self.source.mapping_ids.mapped("target"))
        sample = {}
        for _line, cells in self.table.rows[:SAMPLE_ROWS]:
            for name, cell in zip(self.table.columns, cells, strict=True):
                if cell:
                    sample.setdefault(name, cell)
        found = Sample(self.source).map_of(sample)
        lines = []
        for column in self.table.columns:
            target = found.get(column) or guess(column)
            if self._is_number(column):
                target = "external_ref"
            if target and target not in taken and fold(column) not in known:
                taken.add(target)
                lines.append((0, 0, {"path": column, "target": target}))
        self.file.source_id.mapping_ids = lines

    def _is_number(self, column):
        """Tell whether a column is the number of the row: each has one, and its own."""
        if fold(column) not in NUMBERS:
            return False
        place = self.table.columns.index(column)
        cells = [cells[place] for _line, cells in self.table.rows]
        return all(cells) and len(set(cells)) == len(cells)

    # === ENTRIES === #

    def entries(self):
        """Yield (line, Entry) of all rows."""
        reader = Reader(self.source, dry=True)
        by_ref = [
            line for line, _p, _w in reader.lines if line.target == "external_ref"
        ]
        for line, cells in self.table.rows:
            data = without_nul(dict(zip(self.table.columns, cells, strict=True)))
            data = {name: cell for name, cell in data.items() if cell}
            entry = doors.Entry(data)
            for each in by_ref:
                entry.ref = data.get(each.path) or entry.ref
            entry.ref = entry.ref or self._digest(data)
            if any(TEST in cell for cell in cells):
                entry.skip = "test"
            yield line, entry

    def _digest(self, data):
        """Return by what a row is known that has no number: by all that it says."""
        text = json.dumps(data, sort_keys=True, ensure_ascii=False)
        return f"row:{hashlib.sha256(text.encode()).hexdigest()}"

    def store(self):
        """Put the rows into the letterbox.

        :return: how many rows are known already, from earlier files.
        :rtype: int
        """
        letterbox, rows, stored = Letterbox(self.env), list(self.entries()), 0
        for start in range(0, len(rows), BATCH):
            part = rows[start : start + BATCH]
            items = letterbox.store(
                self.source,
                [entry for _line, entry in part],
                batch_id=self.file.id,
                lines=[line for line, _entry in part],
            )
            stored += len(items.filtered(lambda item: item.batch_id.id == self.file.id))
        letterbox.wake()
        return len(rows) - stored

    # === WHAT WOULD COME OF IT === #

    def try_all(self, most_named):
        """Tell what would come of each row, as JSON; nothing is written.

        :param int most_named: so many rows are named with their reasons.
        """
        counts = dict.fromkeys(
            ("new", "joined", "check", "refused", "ignored", "known"), 0
        )
        named, trial = [], Trial(self.source)
        rows = list(self.entries())
        for start in range(0, len(rows), BATCH):
            part = rows[start : start + BATCH]
            known = self._known([entry.ref for _line, entry in part])
            fresh = [(line, entry) for line, entry in part if entry.ref not in known]
            counts["known"] += len(part) - len(fresh)
            for line, state, reason in trial.run(fresh):
                counts[state] += 1
                if state in ("check", "refused") and len(named) < most_named:
                    named.append([line, state, reason])
        return {**counts, "rows": len(rows), "named": named}

    def _known(self, refs):
        # sudo: entries of the source, whoever imports.
        items = self.env["crm.intake.item"].sudo()
        domain = [("source_id", "=", self.source.id), ("external_ref", "in", refs)]
        return set(items.search(domain).mapped("external_ref"))


class Trial:
    """What would come of entries, one after the other: earlier ones are known to later ones."""

    STATES = {"done": "new", "joined": "joined", "check": "check", "failed": "refused"}

    def __init__(self, source):
        self.env, self.source = source.env, source
        self.reader, self.made, self.seen = Reader(source, dry=True), {}, set()

    def run(self, rows):
        """Yield (line, state, reason) of entries.

        :param rows: (line, Entry).
        """
        engine, matcher = self.env["crm.intake.engine"], self.env["crm.intake.matcher"]
        drafts, now = [], fields.Datetime.now()
        for line, entry in rows:
            if entry.ref in self.seen:
                yield line, "known", ""
                continue
            self.seen.add(entry.ref)
            if entry.skip:
                yield line, "ignored", sentence(self.env._, entry.skip, {})
                continue
            item = engine._item_of(self.source, entry)
            drafts.append((line, engine._draft(self.reader, item)))
        wanted = [engine._wanted(n, draft) for n, (_line, draft) in enumerate(drafts)]
        found = {}
        for one in matcher._candidates(wanted) if wanted else ():
            found.setdefault(one.place, []).append(one)
        for place, (line, draft) in enumerate(drafts):
            row = wanted[place]
            candidates = found.get(place, []) + self._virtual(row, now)
            draft.match = candidates and matcher._decide(row, candidates, now)
            yield line, *self._said(draft, row)

    def _said(self, draft, row):
        """Return what becomes of a draft, and why; note the lead that it would be."""
        state, code, facts = self.env["crm.intake.writer"]._verdict(draft)
        state = self.STATES.get(state, "ignored")
        if state in ("new", "check"):
            for key in self._keys(row):
                self.made.setdefault(key, []).append((-len(self.made) - 1, row))
        return state, sentence(self.env._, code, facts)

    def _keys(self, row):
        keys = (
            ("email", row.email),
            ("phone", row.phone),
            ("company", row.partner_name),
        )
        return [key for key in keys if key[1]]

    def _virtual(self, row, now):
        """Return the leads that earlier entries would be, as far as they resemble one."""
        found = {}
        for key in self._keys(row):
            for lead_id, made in self.made.get(key, ()):
                found[made.place, id(made)] = Found(
                    row.place,
                    lead_id,
                    bool(row.email) and made.email == row.email,
                    bool(row.phone) and made.phone == row.phone,
                    False,
                    bool(row.partner_name) and made.partner_name == row.partner_name,
                    made.name,
                    made.email or "",
                    True,
                    False,
                    now,
                    made.name or made.email or made.phone or "",
                )
        return list(found.values())
