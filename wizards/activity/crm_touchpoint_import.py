# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import base64
import binascii
import csv
import io
import uuid

from odoo import fields, models
from odoo.exceptions import UserError

from ...models.activity.crm_touchpoint_intake import EVENT_KEYS, MOST_EVENTS
from ...models.common.context import EVENT_BATCH

# At most so many bad lines are named; all are counted.
MOST_NAMED = 50
DELIMITERS = ",;\t"


class CrmTouchpointImport(models.TransientModel):
    """Imports events of leads from a CSV file. The same file twice does no harm."""

    _name = "crm.touchpoint.import"
    _description = "Import touchpoints"

    file = fields.Binary(string="CSV File", attachment=False)
    filename = fields.Char(export_string_translation=False)
    result = fields.Text(readonly=True)
    batch_id = fields.Char(readonly=True, export_string_translation=False)

    def action_import(self):
        """Record the events of the file; bad lines are named, all others recorded.

        :return: the same window again, with what happened.
        :rtype: dict
        :raise UserError: where the file as a whole cannot be read.
        """
        self.ensure_one()
        lines, errors = self._read()
        self.batch_id = uuid.uuid4().hex
        touchpoints = self.env["crm.touchpoint"]
        touchpoints = touchpoints.with_context(**EVENT_BATCH.on(self.batch_id))
        recorded = known = 0
        for start in range(0, len(lines), MOST_EVENTS):
            part = lines[start : start + MOST_EVENTS]
            done = touchpoints.record_events([event for _line, event in part])
            recorded, known = recorded + done["recorded"], known + done["known"]
            errors += [(part[e["event"]][0], e["reason"]) for e in done["errors"]]
        errors.sort()
        text = [
            self.env._(
                "%(recorded)s recorded, %(known)s known already, %(errors)s refused.",
                recorded=recorded,
                known=known,
                errors=len(errors),
            )
        ]
        text += [
            self.env._("Line %(line)s: %(reason)s", line=line, reason=reason)
            for line, reason in errors[:MOST_NAMED]
        ]
        self.result = "\n".join(text)
        return self._again()

    def action_undo(self):
        """Take back all that this import has recorded.

        :return: the same window again, with what happened.
        :rtype: dict
        """
        self.ensure_one()
        self.env["crm.lead"].check_access("write")
        # sudo: nobody may delete touchpoints; these are the user's own, of this window.
        touchpoints = self.env["crm.touchpoint"].sudo()
        mine = touchpoints.search(
            [
                ("batch_id", "!=", False),
                ("batch_id", "=", self.batch_id),
                ("create_uid", "=", self.env.uid),
            ]
        )
        count = len(mine)
        mine._withdraw()
        self.batch_id = False
        self.result = self.env._("The import was taken back: %s events.", count)
        return self._again()

    def _again(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Import touchpoints"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def _read(self):
        """Return the events of the file, each with its line, and what is wrong with others.

        :return: ``(line, event as record_events takes it)``, and ``(line, reason)``.
        :raise UserError: naming what is wrong with the file.
        """
        try:
            raw = base64.b64decode(self.file or b"")
            text = raw.decode("utf-8-sig")
        except (binascii.Error, UnicodeDecodeError) as error:
            raise UserError(
                self.env._(
                    "The file cannot be read. Save it as CSV in UTF-8, and try again."
                )
            ) from error
        if not text.strip():
            raise UserError(self.env._("Choose a CSV file with at least one event."))
        rows = self._rows(text)
        names = [name.strip().lower() for name in rows[0][1]] if rows else []
        columns = set(names) - {""}
        unknown = sorted(columns - EVENT_KEYS)
        if (
            unknown
            or "kind" not in columns
            or not columns & {"lead_id", "email", "phone"}
        ):
            raise UserError(
                self.env._(
                    "The first line must name the columns: kind, and lead_id, email or phone;"
                    " also direction, is_human, occurred_on, outcome, value, source,"
                    " external_ref, summary. Unknown: %s",
                    ", ".join(unknown) or "-",
                )
            )
        events, errors = [], []
        for line, cells in rows[1:]:
            if any(cell.strip() for cell in cells[len(names) :]):
                errors.append((line, self.env._("It has more cells than columns.")))
                continue
            pairs = zip(names, (cell.strip() for cell in cells), strict=False)
            events.append((line, {name: cell for name, cell in pairs if name and cell}))
            if "is_human" in names:
                events[-1][1].setdefault("is_human", "false")
        return events, errors

    def _rows(self, text):
        """Return the rows of the file that are not empty, each with the line it begins in.

        Only the separator is guessed, from the names of the columns, or named in a first line
        as Excel writes it ("sep=;"); all else is standard CSV.
        """
        lines = text.splitlines(keepends=True)
        skipped = 0
        while lines and (not lines[0].strip() or lines[0].lower().startswith("sep=")):
            lines.pop(0)
            skipped += 1
        head = lines[0] if lines else ""
        delimiter = max(DELIMITERS, key=head.count)
        csv.field_size_limit(2**27)
        reader = csv.reader(
            io.StringIO("".join(lines), newline=""), delimiter=delimiter
        )
        rows, line = [], skipped + 1
        try:
            for cells in reader:
                if any(cell.strip() for cell in cells):
                    rows.append((line, cells))
                line = skipped + reader.line_num + 1
        except csv.Error as error:
            raise UserError(
                self.env._(
                    "The file cannot be read. Save it as CSV in UTF-8, and try again."
                )
            ) from error
        return rows
