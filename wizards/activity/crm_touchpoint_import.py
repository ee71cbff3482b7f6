# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import base64
import binascii
import csv
import io

from odoo import fields, models
from odoo.exceptions import UserError

from ...models.activity.crm_touchpoint_intake import EVENT_KEYS, MOST_EVENTS

# At most so many bad lines are named; all are counted.
MOST_NAMED = 50
NO = ("", "0", "false", "no")


class CrmTouchpointImport(models.TransientModel):
    """Imports events of leads from a CSV file. The same file twice does no harm."""

    _name = "crm.touchpoint.import"
    _description = "Import touchpoints"

    file = fields.Binary(string="CSV File", attachment=False)
    filename = fields.Char(export_string_translation=False)
    result = fields.Text(readonly=True)

    def action_import(self):
        """Record the events of the file; bad lines are named, all others recorded.

        :return: the same window again, with what happened.
        :rtype: dict
        :raise UserError: where the file as a whole cannot be read.
        """
        self.ensure_one()
        lines = self._read()
        recorded = known = 0
        errors = []
        for start in range(0, len(lines), MOST_EVENTS):
            done = self.env["crm.touchpoint"].record_events(
                lines[start : start + MOST_EVENTS]
            )
            recorded, known = recorded + done["recorded"], known + done["known"]
            # Line 1 has the names of the columns.
            errors += [(start + e["event"] + 2, e["reason"]) for e in done["errors"]]
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
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Import touchpoints"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def _read(self):
        """Return the events of the file, as ``record_events`` takes them.

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
        try:
            dialect = csv.Sniffer().sniff(text.splitlines()[0], delimiters=",;\t")
        except csv.Error:
            dialect = csv.excel
        rows = list(csv.DictReader(io.StringIO(text), dialect=dialect))
        columns = set(rows[0]) if rows else set()
        unknown = sorted(str(name) for name in columns - EVENT_KEYS)
        if unknown or "kind" not in columns or not columns & {"lead_id", "email"}:
            raise UserError(
                self.env._(
                    "The first line must name the columns: kind, and lead_id or email; also"
                    " direction, is_human, occurred_on, value, source, external_ref, summary."
                    " Unknown: %s",
                    ", ".join(unknown) or "-",
                )
            )
        return [self._event(row) for row in rows]

    def _event(self, row):
        """Return one line of the file as an event, without its empty cells."""
        event = {name: value.strip() for name, value in row.items() if name and value}
        event = {name: value for name, value in event.items() if value}
        if "is_human" in row:
            event["is_human"] = (row["is_human"] or "").strip().lower() not in NO
        return event
