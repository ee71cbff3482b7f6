# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ...tools.intake.bodies import in_lines
from .keeping import turn
from .keeping.outcome import sentence

STATES = [
    ("received", "Received"),
    ("done", "Became a lead"),
    ("joined", "Joined a lead"),
    ("check", "To be checked"),
    ("failed", "Failed to Process"),
    ("ignored", "Ignored"),
]
# Of these somebody, or the clock, has still something to do.
WAITING = ("received", "check", "failed")
MOST_ENTRIES = 1000


class CrmIntakeItem(models.Model):
    """One entry that came in by a source: what it said, what became of it, and why.

    Items are stored before anything is done with them, and stay. They are written by the
    engine only (``crm.intake.engine``); what they said is emptied after some months.
    """

    _name = "crm.intake.item"
    _description = "Entry in the letterbox"
    _order = "id desc"

    source_id = fields.Many2one(
        "crm.intake.source",
        required=True,
        index=True,
        # Who deletes it is refused in words; uninstalling goes on.
        ondelete="cascade",
        readonly=True,
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    kind = fields.Selection(related="source_id.kind")
    title = fields.Char(string="Who", readonly=True)
    received_on = fields.Datetime(
        required=True,
        readonly=True,
        help="When it came in; the moment when it was sent, where the sender says so.",
    )
    external_ref = fields.Char(
        string="Number at the Sender",
        readonly=True,
        help="What has the same number is the same entry, and does no harm twice.",
    )
    person_ref = fields.Char(
        string="Person at the Sender", readonly=True, export_string_translation=False
    )
    digest = fields.Char(readonly=True, export_string_translation=False)
    content = fields.Selection(
        [("json", "Data"), ("mail", "Email"), ("raw", "Cannot be read")],
        required=True,
        readonly=True,
        export_string_translation=False,
    )
    payload = fields.Text(string="What Came In", readonly=True)
    payload_lines = fields.Text(
        string="What Came In, by Lines", compute="_compute_payload_lines"
    )
    headers = fields.Json(readonly=True, export_string_translation=False)
    ip = fields.Char(
        readonly=True,
        export_string_translation=False,
        help="A hash of the sender's address, to tell floods.",
    )
    state = fields.Selection(STATES, required=True, readonly=True, index=True)
    reason_code = fields.Char(readonly=True, export_string_translation=False)
    reason_facts = fields.Json(readonly=True, export_string_translation=False)
    reason = fields.Char(compute="_compute_reason")
    attempts = fields.Integer(readonly=True)
    next_try_on = fields.Datetime(
        string="Next Try", readonly=True, help="Empty: not tried again by itself."
    )
    lead_id = fields.Many2one(
        "crm.lead", readonly=True, index="btree_not_null", ondelete="set null"
    )
    candidate_ids = fields.Many2many(
        "crm.lead",
        "crm_intake_item_candidate_rel",
        "item_id",
        "lead_id",
        string="May Be the Same Person",
        readonly=True,
    )
    consent = fields.Selection(
        [("yes", "Yes"), ("no", "No")],
        readonly=True,
        help="Whether the person agreed to messages; empty where nothing was said.",
    )
    # Odoo's privacy look-up finds rows by columns of these names.
    email_normalized = fields.Char(readonly=True, index="btree_not_null")
    phone_sanitized = fields.Char(readonly=True, index="btree_not_null")
    batch_id = fields.Many2one(
        "crm.intake.file",
        string="File",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
    )
    line = fields.Integer(readonly=True, export_string_translation=False)

    filled = fields.Json(
        readonly=True,
        export_string_translation=False,
        help="What an import has filled in at a lead that was there, to be taken back.",
    )

    _external_ref_uniq = models.UniqueIndex(
        "(source_id, external_ref) WHERE external_ref IS NOT NULL",
        "This entry of this source is in the letterbox already.",
    )
    _digest_idx = models.Index("(source_id, digest)")
    _lately_idx = models.Index("(source_id, create_date)")
    _person_idx = models.Index("(source_id, person_ref) WHERE person_ref IS NOT NULL")
    _waiting_idx = models.Index("(next_try_on) WHERE state IN ('received', 'failed')")

    def _auto_init(self):
        result = super()._auto_init()
        turn.set_up(self.env.cr)
        return result

    # === COMPUTE METHODS === #

    @api.depends("reason_code", "reason_facts")
    @api.depends_context("lang")
    def _compute_reason(self):
        for item in self:
            item.reason = sentence(
                item.env._, item.reason_code, item.reason_facts or {}
            )

    @api.depends("payload", "content")
    def _compute_payload_lines(self):
        for item in self:
            text = item.payload or ""
            item.payload_lines = in_lines(text) if item.content == "json" else text

    @api.depends("title", "source_id", "received_on")
    def _compute_display_name(self):
        for item in self:
            item.display_name = item.title or item.source_id.name

    # === API === #

    @api.model
    def receive(self, source, leads):
        """Put entries into the letterbox, by Odoo's JSON-2 API, and have them processed.

        ::

            POST /json/2/crm.intake.item/receive
            {"source": 1, "leads": [{"contact_name": "An", "email_from": "an@example.com",
                                     "external_ref": "4711"}]}

        :param int source: id of a ``crm.intake.source`` that the user may read.
        :param list[dict] leads: at most 1,000, in the words that the source understands.
        :return: for each its ``place`` from 0, its ``state`` and ``reason``, and ``lead_id``
            where the user may read the lead.
        :rtype: list[dict]
        :raise AccessError: for users who may not create leads, or see the source.
        :raise UserError: where the call itself is wrong.
        """
        self.env["crm.lead"].check_access("create")
        is_number = isinstance(source, int) and not isinstance(source, bool)
        domain = [("id", "=", source if is_number else 0)]
        door = self.env["crm.intake.source"].search(domain)
        if not door:
            raise AccessError(
                self.env._("There is no such source, or it is not yours to use.")
            )
        if not isinstance(leads, list) or len(leads) > MOST_ENTRIES:
            raise UserError(
                self.env._("Send a list of at most %s entries.", MOST_ENTRIES)
            )
        engine = self.env["crm.intake.engine"]
        items = [engine._receive(door, entry) for entry in leads]
        engine._process(self.union(*items))
        # Not sudo: which of the leads the user may read.
        readable = self.union(*items).lead_id.with_user(self.env.user)
        readable = readable._filtered_access("read")
        rows = []
        for place, item in enumerate(items):
            row = {"place": place, "state": item.state, "reason": item.reason or ""}
            if item.lead_id.id in readable._ids:
                row["lead_id"] = item.lead_id.id
            rows.append(row)
        return rows

    @api.model
    def get_waiting(self):
        """Return how many entries wait for a person: failed, or to be checked.

        :rtype: int
        :raise AccessError: for users who may not see the letterbox.
        """
        self.check_access("read")
        domain = [("state", "in", ("failed", "check"))]
        return self.search_count(domain, limit=1000)

    def _note_ip(self, ip):
        """Keep whence entries came, as a hash."""
        if self:
            self.env.cr.execute(
                SQL(
                    "UPDATE crm_intake_item SET ip = %s WHERE id = ANY(%s)",
                    ip,
                    self.ids,
                )
            )
            self.invalidate_recordset(["ip"], flush=False)

    # === CLEANING UP === #

    @api.autovacuum
    def _gc_payloads(self):
        """Empty what was said by entries that are done with, after the days of their source."""
        self.env.cr.execute(
            SQL(
                "UPDATE crm_intake_item AS item SET payload = NULL, headers = NULL, ip = NULL"
                "  FROM crm_intake_source AS source"
                " WHERE source.id = item.source_id AND item.payload IS NOT NULL"
                "   AND item.state IN ('done', 'joined', 'ignored')"
                "   AND item.create_date < (now() AT TIME ZONE 'UTC')"
                "       - source.keep_days * interval '1 day'"
            )
        )
        self.invalidate_model(["payload", "headers", "ip"])
