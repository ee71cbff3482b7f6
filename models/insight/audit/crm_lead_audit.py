# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL

from ...common.batch.retention import drop_old
from ...common.rights import ALL_LEADS, LeadField
from . import seal

# So many audits are built, or verified, at once.
BATCH = 500
OUTCOMES = [("won", "Won"), ("lost", "Dropped"), ("unqualified", "Unqualified")]
# What a person may write of an audit.
WRITTEN_BY_HAND = frozenset(("lesson",))
# The last word on a lead that is closed: whoever counts leads that are won or lost counts these.
STANDING = """
    EXISTS (SELECT FROM crm_lead AS lead WHERE lead.id = %(audit)s.lead_id
               AND lead.won_status
                   = CASE %(audit)s.outcome WHEN 'won' THEN 'won' ELSE 'lost' END)
    AND NOT EXISTS (SELECT FROM crm_lead_audit AS later
                     WHERE later.lead_id = %(audit)s.lead_id AND later.id > %(audit)s.id)
"""
# The facts of the printed page, in their order.
PRINTED = ("received_on", "closed_on", "user_id", "closed_by_id", "days", "amount")
PRINTED += ("answer_minutes", "in_time", "touches_in", "touches_out", "attempts")
PRINTED += ("silence_days", "grade_first", "grade_last", "steps_due", "steps_in_time")
PRINTED += ("messages", "tracks")


class CrmLeadAudit(models.Model):
    """The verdict on one closing of a lead: what was done, what was found, what is learned.

    **What.** Each lead that is won or dropped gets an audit; one that is opened and closed
    again, another one. Leads that are created closed get none, and those that are merely
    archived neither.

    **How it works.** Closing is a click: it inserts one bare row for each lead, in one
    statement (:meth:`_open`). A scheduled job fills them later (:meth:`_build`): the facts as
    they were at the closing, and the findings as codes. A seal, the SHA-256 of all this, shows
    whether anything was changed afterwards (:meth:`_verify`). Nothing in it is what people
    wrote to each other, nor any name: what a person has erased is not kept here. It goes with
    its lead. Only the lesson is written by hand.
    """

    _name = "crm.lead.audit"
    _description = "Audit of a win or a drop"
    _order = "closed_on desc, id desc"
    _rec_name = "lead_id"

    lead_id = LeadField("crm.lead", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", readonly=True, ondelete="set null")
    team_id = fields.Many2one(
        "crm.team", string="Sales Team", readonly=True, ondelete="set null"
    )
    user_id = fields.Many2one(
        "res.users", string="Salesperson", readonly=True, ondelete="set null"
    )
    outcome = fields.Selection(
        OUTCOMES,
        required=True,
        readonly=True,
    )
    lost_reason_id = fields.Many2one(
        "crm.lost.reason", string="Reason", readonly=True, ondelete="set null"
    )
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id")
    amount = fields.Monetary(string="Expected Revenue", readonly=True)
    received_on = fields.Datetime(readonly=True)
    closed_on = fields.Datetime(required=True, readonly=True)
    closed_by_id = fields.Many2one(
        "res.users", string="Closed by", readonly=True, ondelete="set null"
    )
    days = fields.Float(
        string="Days Open", readonly=True, aggregator="avg", digits=(16, 1)
    )
    answer_minutes = fields.Integer(
        string="Minutes to the Answer",
        readonly=True,
        aggregator="avg",
        help="By the clock on the wall, from the arrival to the first answer of a person.",
    )
    in_time = fields.Boolean(
        string="Answered in Time",
        readonly=True,
        help="There was a deadline, and a person answered before it.",
    )
    touches_in = fields.Integer(string="Contacts from the Lead", readonly=True)
    touches_out = fields.Integer(string="Contacts by Us", readonly=True)
    attempts = fields.Integer(
        string="Tries", readonly=True, help="That reached nobody, or were not answered."
    )
    silence_days = fields.Float(
        string="Longest Silence (Days)",
        readonly=True,
        aggregator="avg",
        digits=(16, 1),
        help="Between two contacts, or between the nearest one and arrival or closing.",
    )
    hops = fields.Integer(string="Times Re-routed", readonly=True)
    grade_first = fields.Integer(string="First Grade", readonly=True, aggregator="avg")
    grade_last = fields.Integer(string="Last Grade", readonly=True, aggregator="avg")
    steps_due = fields.Integer(readonly=True)
    steps_in_time = fields.Integer(readonly=True)
    messages = fields.Integer(string="Messages Sent", readonly=True)
    tracks = fields.Integer(readonly=True)
    # Who, when and what of each event, and who the audit is about: no words.
    snapshot = fields.Json(readonly=True, export_string_translation=False)
    digest = fields.Char(string="Seal", readonly=True, export_string_translation=False)
    state = fields.Selection(
        [("to_build", "Being made"), ("built", "To be read"), ("read", "Read")],
        required=True,
        readonly=True,
        default="to_build",
    )
    problem = fields.Char(readonly=True, help="Why the audit could not be made yet.")
    lesson = fields.Text(help="What we learn from it, in our own words.")
    read_by_id = fields.Many2one("res.users", readonly=True, ondelete="set null")
    finding_ids = fields.One2many("crm.lead.audit.finding", "audit_id", readonly=True)
    finding_count = fields.Integer(
        string="Findings", readonly=True, aggregator="avg", default=0
    )
    is_grave = fields.Boolean(
        readonly=True, help="One of the findings at least is a grave one."
    )
    is_standing = fields.Boolean(
        string="Still Stands",
        compute="_compute_is_standing",
        search="_search_is_standing",
        help="The lead is still closed as it was then: it was neither opened again, nor"
        " closed anew.",
    )
    may_read = fields.Boolean(compute="_compute_may_read")
    finding_text = fields.Text(string="What Was Found", compute="_compute_finding_text")

    _lead_closed_idx = models.Index("(lead_id, closed_on)")
    _to_build_idx = models.Index("(id) WHERE state = 'to_build'")

    # === COMPUTE METHODS === #

    @api.depends("company_id")
    def _compute_currency_id(self):
        for audit in self:
            # sudo: the currency of the lead's company.
            company = audit.sudo().company_id or self.env.company
            audit.currency_id = company.currency_id

    @api.depends("lead_id", "closed_on")
    def _compute_display_name(self):
        for audit in self:
            # sudo: the title of a lead that its audit's reader may read.
            audit.display_name = audit.lead_id.sudo().display_name

    @api.depends("team_id")
    @api.depends_context("uid")
    def _compute_may_read(self):
        leads_all = self.env.user.has_group(ALL_LEADS)
        for audit in self:
            # sudo: who leads the team.
            leader = audit.team_id.sudo().user_id
            audit.may_read = leads_all or leader == self.env.user

    def _compute_is_standing(self):
        known = [("id", "in", self.ids), ("is_standing", "=", True)]
        standing = set(self.search(known)._ids)
        for audit in self:
            audit.is_standing = audit._origin.id in standing

    @api.model
    def _search_is_standing(self, operator, value):
        if operator != "in":
            return NotImplemented
        wanted = {bool(one) for one in value}
        if len(wanted) != 1:
            return Domain.TRUE if wanted else Domain.FALSE
        self.env["crm.lead"].flush_model(["won_status"])
        standing = Domain.custom(
            to_sql=lambda _model, alias, _query: SQL(
                "(%s)", SQL(STANDING, audit=SQL.identifier(alias))
            )
        )
        return standing if True in wanted else ~standing

    @api.depends("finding_ids.sentence")
    def _compute_finding_text(self):
        for audit in self:
            audit.finding_text = "\n".join(audit.finding_ids.mapped("sentence"))

    # === CRUD METHODS === #

    def write(self, vals):
        # What is written by hand is the lesson; all else is what was found out.
        if not self.env.su and not WRITTEN_BY_HAND.issuperset(vals):
            raise AccessError(
                self.env._(
                    "An audit is not changed: only its lesson is written by hand."
                )
            )
        return super().write(vals)

    @api.autovacuum
    def _gc_old(self):
        """Drop old audits, where they are kept for a time only."""
        return drop_old(self, "crm_lead_management.audit_months", "closed_on")

    # === ACTIONS === #

    def action_read(self):
        """Note that whoever leads the team has read the audits.

        :raise AccessError: where the user leads it not.
        """
        self.check_access("write")
        if not all(self.mapped("may_read")):
            raise AccessError(
                self.env._("Who leads the team says that an audit is read.")
            )
        # sudo: the state is none of what is written by hand.
        built = self.sudo().filtered(lambda audit: audit.state == "built")
        built.write({"state": "read", "read_by_id": self.env.uid})

    def action_open_lead(self):
        """Open the lead that the audit is about.

        :return: a window action.
        :rtype: dict
        """
        self.ensure_one()
        return self.lead_id.get_formview_action()

    # === PRINTING === #

    def _printed(self):
        """Return the facts as the printed page shows them: rows of two (label, text) pairs.

        In the language and zone of the reader.
        """
        self.ensure_one()
        pairs = []
        for name in PRINTED:
            field = self._fields[name]
            model = f"ir.qweb.field.{field.type}"
            options = {"precision": 1} if field.type == "float" else {}
            if field.type == "boolean":
                text = self.env._("Yes") if self[name] else self.env._("No")
            else:
                shown = self.env[model].record_to_html(self, name, options)
                text = shown or ""
            pairs.append((field._description_string(self.env), text))
        pairs += [("", "")] * (len(pairs) % 2)
        return list(zip(pairs[::2], pairs[1::2], strict=True))

    @api.model
    def _verify(self, audits=None):
        """Return the audits that were changed since they were built, whatever changed them.

        :param audits: crm.lead.audit records; ``self``, or all that are built, when None.
        :rtype: crm.lead.audit
        """
        # sudo: a check of the records, whoever asks for it.
        checked = (audits or self).sudo()
        if not checked:
            checked = checked.search([("state", "!=", "to_build")], order="id")
        self.env.flush_all()
        broken = []
        for start in range(0, len(checked), BATCH):
            batch = checked[start : start + BATCH]
            built = batch.filtered(lambda audit: audit.state != "to_build")
            broken += seal.broken(self.env, built.ids)
        return self.browse(broken)
