# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import base64

from odoo import api, fields, models
from odoo.exceptions import UserError

from ....tools.intake import tables
from .file_import import FileImport
from .file_undo import FileUndo

# So many of the refused lines are named; all are counted.
MOST_NAMED = 50
# So much of a file is read: more is no list of leads.
MOST_BYTES = 50 * 1024 * 1024


class CrmIntakeFile(models.Model):
    """A file of leads: read, tried, imported by the letterbox, and taken back as a whole."""

    _name = "crm.intake.file"
    _description = "Import of leads"
    _order = "id desc"

    name = fields.Char(
        string="File Name", default=lambda self: self.env._("New import")
    )
    source_id = fields.Many2one(
        "crm.intake.source",
        domain=[("kind", "=", "file")],
        index=True,
        ondelete="set null",
        help="Keeps the field map for the next file of this kind. Empty: a new one.",
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    data = fields.Binary(string="CSV or Excel File", attachment=True)
    state = fields.Selection(
        [
            ("draft", "File"),
            ("ready", "Field map"),
            ("running", "Importing"),
            ("done", "Imported"),
            ("undone", "Taken back"),
        ],
        required=True,
        readonly=True,
        default="draft",
    )
    row_count = fields.Integer(string="Rows", readonly=True)
    columns = fields.Json(readonly=True, export_string_translation=False)
    mapping_ids = fields.One2many(related="source_id.mapping_ids", readonly=False)
    known = fields.Selection(related="source_id.known", readonly=False)
    dry = fields.Json(readonly=True, export_string_translation=False)
    dry_shown = fields.Html(
        compute="_compute_dry_shown", sanitize=False, string="What Would Come of It"
    )
    item_ids = fields.One2many("crm.intake.item", "batch_id", string="Entries")
    waiting_count = fields.Integer(compute="_compute_counts")
    done_count = fields.Integer(string="New Leads", compute="_compute_counts")
    joined_count = fields.Integer(string="Joined", compute="_compute_counts")
    check_count = fields.Integer(string="To Be Checked", compute="_compute_counts")
    failed_count = fields.Integer(string="Failed to Process", compute="_compute_counts")
    known_count = fields.Integer(string="Known Already", readonly=True)
    progress = fields.Float(compute="_compute_counts")

    # === COMPUTE METHODS === #

    @api.depends("item_ids.state")
    def _compute_counts(self):
        counts = {}
        groups = self.env["crm.intake.item"]._read_group(
            [("batch_id", "in", self._origin.ids)], ["batch_id", "state"], ["__count"]
        )
        for batch, state, count in groups:
            counts.setdefault(batch.id, {})[state] = count
        for file in self:
            mine = counts.get(file._origin.id, {})
            file.waiting_count = mine.get("received", 0)
            file.done_count = mine.get("done", 0)
            file.joined_count = mine.get("joined", 0)
            file.check_count = mine.get("check", 0)
            file.failed_count = mine.get("failed", 0)
            total = sum(mine.values())
            file.progress = 100 * (total - file.waiting_count) / total if total else 0

    @api.depends("dry")
    def _compute_dry_shown(self):
        for file in self:
            file.dry_shown = bool(file.dry) and self.env["ir.qweb"]._render(
                "crm_lead_management.crm_intake_dry", {"dry": file.dry}
            )

    # === ACTION METHODS === #

    def action_read(self):
        """Read the file, and propose what its columns mean.

        :rtype: bool
        :raise UserError: where the file cannot be read.
        """
        self.ensure_one()
        self.check_access("write")
        table = self._read_table()
        if not self.source_id:
            self.source_id = self.env["crm.intake.source"].create(
                {
                    "name": (self.name or "").rpartition(".")[0] or self.env._("File"),
                    "kind": "file",
                    "company_id": self.company_id.id,
                }
            )
        FileImport(self, table).propose()
        self.write(
            {
                "columns": table.columns,
                "row_count": len(table.rows),
                "state": "ready",
                "dry": False,
            }
        )
        return True

    def action_dry_run(self):
        """Tell what would come of each row; nothing is written but this.

        :rtype: bool
        """
        self.ensure_one()
        self.check_access("write")
        self.dry = FileImport(self, self._read_table()).try_all(MOST_NAMED)
        return True

    def action_import(self):
        """Put the rows into the letterbox, from which they become leads in the background.

        :rtype: bool
        :raise UserError: where it is imported already.
        """
        self.ensure_one()
        self.check_access("write")
        if self.state not in ("ready", "undone"):
            raise UserError(self.env._("This file is imported already."))
        known = FileImport(self, self._read_table()).store()
        self.write({"state": "running", "known_count": known})
        self.action_refresh()
        return True

    def action_undo(self):
        """Take the import back: its leads, and what it added to others.

        Leads with which people have worked since stay.

        :return: a notification: how many leads stay.
        :rtype: dict
        """
        self.ensure_one()
        self.check_access("write")
        if self.state not in ("running", "done"):
            raise UserError(self.env._("Nothing of this file was imported."))
        gone, kept = FileUndo(self).run()
        self.state = "undone"
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "%(gone)s leads are gone; %(kept)s stay, as people have worked with them.",
                    gone=gone,
                    kept=kept,
                ),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_refresh(self):
        """Look again how far the import is.

        :rtype: bool
        """
        self.check_access("read")
        self.env.flush_all()
        self.invalidate_recordset()
        for file in self:
            if file.state == "running" and not file.waiting_count:
                # sudo: the state follows from the entries, whoever looks.
                file.sudo().state = "done"
        return True

    def action_open_items(self):
        """Open the entries of this file in the letterbox.

        :return: a window action.
        :rtype: dict
        """
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_lead_management.crm_intake_item_action"
        )
        action.pop("path", None)
        return {**action, "domain": [("batch_id", "=", self.id)], "context": {}}

    # === HELPERS === #

    def _read_table(self):
        """Return the table of the file.

        :raise UserError: says what is wrong with it, and what to do.
        """
        raw = base64.b64decode(self.data or b"")
        texts = {
            "empty": self.env._("Choose a file with at least one row below the names."),
            "xlsx": self.env._(
                "The Excel file cannot be read. Save it as .xlsx or as CSV, and try again."
            ),
            "csv": self.env._(
                "The file cannot be read. Save it as CSV, and try again."
            ),
            "rows": self.env._("At most 100,000 rows at once: divide the file."),
            "size": self.env._("The file is too large: at most 50 MB."),
        }
        try:
            if len(raw) > MOST_BYTES:
                raise ValueError("size")
            table = tables.read(raw)
            if not table.rows:
                raise ValueError("empty")
        except ValueError as error:
            raise UserError(texts.get(str(error), texts["csv"])) from error
        return table
