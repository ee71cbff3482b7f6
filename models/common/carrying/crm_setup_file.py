# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import base64
import json
import logging

from psycopg2 import Error as DatabaseError

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import mute_logger

from ..crm_config_mixin import VERSION
from .reader import MOST_BYTES, Reader, read
from .writer import Writer

_logger = logging.getLogger(__name__)


class _TakenBackError(Exception):
    """Ends a trial: what it made is gone, what it said stays."""


class CrmSetupFile(models.Model):
    """The whole set-up in one file: exported here, read, previewed, imported, taken back.

    **What.** All that inherits from ``crm.carried.mixin``. Leads, people, keys and passwords
    are no part of it. What is imported is switched off, and what is there already, by its
    name, stays as it is.

    **How it works.** The preview is the import itself, taken back at once: it says what would
    happen because it has happened. Records are named, never numbered: see ``names.py``.
    """

    _name = "crm.setup.file"
    _description = "Set-up file"
    _order = "id desc"

    name = fields.Char(
        string="File Name", default=lambda self: self.env._("New set-up file")
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    data = fields.Binary(string="Set-Up File", attachment=True)
    state = fields.Selection(
        [
            ("draft", "File"),
            ("ready", "Preview"),
            ("done", "Imported"),
            ("undone", "Taken back"),
        ],
        required=True,
        readonly=True,
        default="draft",
    )
    is_export = fields.Boolean(readonly=True, export_string_translation=False)
    twice = fields.Selection(
        [("leave", "Leave it as it is"), ("copy", "Make a second one beside it")],
        string="What Is There Already",
        required=True,
        default="leave",
        help="By its name, in the same company. What is there is never changed.",
    )
    said = fields.Text(readonly=True, export_string_translation=False)
    line_ids = fields.One2many("crm.setup.file.line", "file_id", readonly=True)
    new_count = fields.Integer(string="New", compute="_compute_counts")
    there_count = fields.Integer(string="There Already", compute="_compute_counts")
    left_count = fields.Integer(string="Left Out", compute="_compute_counts")
    is_on = fields.Boolean(readonly=True, export_string_translation=False)

    @api.depends("line_ids.outcome")
    def _compute_counts(self):
        for file in self:
            found = file.line_ids.mapped("outcome")
            file.new_count = found.count("new")
            file.left_count = found.count("left")
            file.there_count = len(found) - file.new_count - file.left_count

    # === OUT === #

    def action_export(self):
        """Write the set-up of the company into the file, and have it downloaded.

        :return: the action that downloads it.
        :rtype: dict
        """
        self.ensure_one()
        self.check_access("write")
        content = Writer(self.env, self.company_id).content()
        text = json.dumps(content, ensure_ascii=False, indent=1)
        today = fields.Date.context_today(self)
        self.write(
            {
                "data": base64.b64encode(text.encode()),
                "name": f"lead-management-{today}.json",
                "is_export": True,
            }
        )
        return self.action_download()

    def action_download(self):
        """Have the file downloaded.

        :return: an action that leads to it.
        :rtype: dict
        """
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self._name}/{self.id}/data/{self.name}?download=true",
            "target": "download",
        }

    # === IN === #

    def action_read(self):
        """Say what would come of the file; nothing is written but what it says.

        :rtype: bool
        :raise UserError: where it is no set-up file.
        """
        self.ensure_one()
        self.check_access("write")
        if self.state == "done":
            raise UserError(self.env._("It is imported already. Take it back first."))
        self._keep(*self._tried())
        self.state = "ready"
        return True

    def action_import(self):
        """Make what the file holds, all of it switched off.

        :rtype: bool
        """
        self.ensure_one()
        self.check_access("write")
        if self.state != "ready":
            raise UserError(self.env._("Read the file first, and look at the preview."))
        self._keep(*self._run())
        self.write({"state": "done", "is_on": False})
        return True

    def _run(self):
        """Make everything; return what became of it, and which languages are not here."""
        size = len(self.with_context(bin_size=False).data or b"")
        if not size or size > MOST_BYTES * 4 / 3 + 4:
            raise UserError(
                self.env._("Choose a file of at most 5 MB that was made by Export.")
            )
        records = read(self.env, base64.b64decode(self.data))
        reader = Reader(self.env, self.company_id, records, copies=self.twice == "copy")
        return reader.run(), reader.no_langs

    def _tried(self):
        """Import the file, take it back at once, and return what it said."""
        said = []
        try:
            with self.env.cr.savepoint():
                found, no_langs = self._run()
                self.env.flush_all()
                said = [[one._replace(record=None) for one in found], no_langs]
                raise _TakenBackError
        except _TakenBackError:
            self.env.invalidate_all()
            # The set-up is again what it was, and so is its version.
            self.env.cr.cache.pop(VERSION, None)
        return said

    def _keep(self, outcomes, no_langs):
        """Keep what became of each record."""
        self.line_ids.unlink()
        self.env["crm.setup.file.line"].create(
            [
                {
                    "file_id": self.id,
                    "model": one.model,
                    "name": one.name,
                    "outcome": one.outcome,
                    "reason": one.reason,
                    "res_id": one.record.id if one.record else False,
                    "is_whole": one.is_whole,
                }
                for one in outcomes
            ]
        )
        self.said = bool(no_langs) and self.env._(
            "Texts in languages that are not installed here are left out: %s. Install them"
            " first, where you want them.",
            ", ".join(sorted(map(str, no_langs)))[:200],
        )

    # === AFTERWARDS === #

    def action_switch_on(self):
        """Activate what was active where it came from, and misses nothing here.

        Scorecards and tracks stay drafts: they are published by their own button.

        :rtype: bool
        """
        self.ensure_one()
        self.check_access("write")
        for record in self._made():
            line = self.line_ids.filtered(
                lambda line, record=record: line._leads_to(record)
            )
            if line.is_whole and "active" in record._fields:
                line.reason = self._on(record) or line.reason
        self.is_on = True
        return True

    def _on(self, record):
        """Activate a record; return why not, where it refuses."""
        try:
            with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                record.active = True
                self.env.flush_all()
        except UserError as error:
            return str(error.args[0] if error.args else error)
        except DatabaseError as error:
            _logger.info("Set-up file, switching on %s: %s", record, error)
            return self.env._("It stays off: another one like it is on")
        return ""

    def action_take_back(self):
        """Delete what the import made; archive what is in use by now.

        :rtype: bool
        """
        self.ensure_one()
        self.check_access("write")
        # What speaks of others goes before them.
        for record in reversed(self._made()):
            line = self.line_ids.filtered(
                lambda line, record=record: line._leads_to(record)
            )
            line.reason = self._gone(record)
        self.write({"state": "undone", "is_on": False})
        return True

    def _gone(self, record):
        """Delete a record, with what belongs to it alone; return what was done instead."""
        try:
            with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                owned = [record[name] for name in record._carried_owned if record[name]]
                record.unlink()
                for one in owned:
                    one.unlink()
                self.env.flush_all()
            return self.env._("Taken back")
        except (UserError, DatabaseError) as error:
            _logger.info("Set-up file, taking back %s: %s", record, error)
        record.invalidate_recordset()
        if "active" in record._fields:
            record.active = False
            return self.env._("In use: archived instead")
        return self.env._("In use: it stays")

    def _made(self):
        """Return the records that the import made and that are there still, in their order."""
        if self.state != "done":
            raise UserError(self.env._("Nothing is imported from this file."))
        found = []
        for line in self.line_ids.filtered(lambda line: line.outcome == "new"):
            record = line._record()
            if record:
                found.append(record)
        return found
