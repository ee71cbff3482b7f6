# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import datetime

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.query import Query

from ...models.common.rights import ALL_LEADS, LeadField
from .story_arms import ARMS, arms

KINDS = [
    ("call", "Call"),
    ("email", "Email"),
    ("sms", "SMS"),
    ("whatsapp", "WhatsApp"),
    ("meeting", "Meeting"),
    ("note", "Note"),
    ("document", "Document"),
    ("web", "Web"),
    ("stage", "Stage"),
    ("grade", "Grade"),
    ("owner", "Owner"),
    ("qualification", "Qualification"),
    ("step", "Step"),
    ("track", "Track"),
]


def _by_index(condition):
    """Return a condition of the second as one of the moment, where they say the same."""
    if condition.field_expr != "date" or condition.operator not in (">=", "<"):
        return condition
    value = condition.value
    if not isinstance(value, datetime) or value.microsecond:
        return condition
    return Domain("happened_on", condition.operator, value)


class CrmLeadEvent(models.Model):
    """The story of all leads: what happened, whatever room has it on record.

    **What.** One row for each touchpoint, move, grade, decision about the owner, answer,
    step, note, document and tracked change; nothing is told twice.

    **How it works.** A view without a table (``story_arms``). Rows of one lead are found by
    the indices of the tables that they come from. The words are made when somebody reads
    them, in his language, from the record behind the row.
    """

    _name = "crm.lead.event"
    _description = "Event in the story of a lead"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "title"
    _depends = {
        "crm.lead.routing.log": ["lead_id", "mode"],
        "crm.lead.stage.log": ["lead_id", "date"],
        "crm.qualifier.answer": ["lead_id", "answered_on"],
        "crm.touchpoint": ["lead_id", "occurred_on", "kind", "direction"],
        "ir.attachment": ["res_model", "res_id"],
        "mail.message": ["model", "res_id", "date", "message_type"],
    }

    lead_id = LeadField("crm.lead", readonly=True)
    date = fields.Datetime(readonly=True)
    # As the table has it, with parts of a second: see _search.
    happened_on = fields.Datetime(readonly=True, export_string_translation=False)
    kind = fields.Selection(KINDS, readonly=True)
    direction = fields.Selection(
        [("in", "From the lead"), ("out", "To the lead"), ("internal", "Internal")],
        readonly=True,
    )
    is_human = fields.Boolean(string="By a Person", readonly=True)
    user_id = fields.Many2one("res.users", string="Who", readonly=True)
    value = fields.Float(readonly=True, aggregator=None)
    arm = fields.Integer(readonly=True, export_string_translation=False)
    res_id = fields.Integer(readonly=True, export_string_translation=False)
    title = fields.Char(string="What", compute="_compute_title")
    note = fields.Char(compute="_compute_title")

    # === COMPUTE METHODS === #

    @api.depends("arm", "res_id")
    @api.depends_context("lang", "uid")
    def _compute_title(self):
        told = self._told([(event.arm, event.res_id) for event in self])
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for event in self:
            # What he may not read himself he reads no words of.
            words = told.get((event.arm, event.res_id)) or (kinds.get(event.kind), "")
            event.title, event.note = words

    # === ACTION METHODS === #

    def action_open(self):
        """Open the lead that the event is about.

        :return: a window action.
        :rtype: dict
        """
        self.ensure_one()
        return self.lead_id.get_formview_action()

    # === BUSINESS METHODS === #

    @api.model
    def _search(self, domain, offset=0, limit=None, order=None, **kwargs):
        """Find the rows of a time by the indices of the tables that they come from.

        These know the moment itself, and not the second that it is told as: of a whole second
        both say the same.

        A page of one's own leads is cut out of all rows of theirs. Where the database knows
        that few rows are wanted it goes through those of everybody instead, the latest first,
        and looks at the lead of each.
        """
        domain = Domain(domain).optimize_full(self).map_conditions(_by_index)
        if not limit or not order or self.env.su or self.env.user.has_group(ALL_LEADS):
            return super()._search(domain, offset, limit, order, **kwargs)
        rows = super()._search(domain, **kwargs)
        name = SQL.identifier(self._table)
        # OFFSET 0: rows are found as if there were no page.
        own = SQL("(%s OFFSET 0)", rows.select(SQL("%s.*", name)))
        query = Query(self.env, self._table, own)
        query.order = self._order_to_sql(order, query)
        query.limit, query.offset = limit, offset
        return query

    @property
    def _table_query(self):
        return self._sql(arms(self.env))

    @api.model
    def _sql(self, some):
        """Return the query of some arms.

        :param list[Arm] some: at least one.
        """
        parts = [
            SQL(
                "SELECT %s::bigint * row.id + %s AS id, row.lead_id,"
                " date_trunc('second', row.date) AS date, row.date AS happened_on,"
                " row.kind::varchar AS kind,"
                " row.direction::varchar AS direction, row.is_human::boolean AS is_human,"
                " row.user_id::int AS user_id, row.value::float8 AS value, %s AS arm,"
                " row.id AS res_id FROM (%s) AS row(id, lead_id, date, kind, direction,"
                " is_human, user_id, value)",
                ARMS,
                arm.number,
                arm.number,
                arm.sql,
            )
            for arm in some
        ]
        return SQL(" UNION ALL ").join(parts)

    @api.model
    def _told(self, places):
        """Return in words what the records behind rows say, for the current user.

        A constant number of queries for any number of rows.

        :param places: pairs of the number of an arm and the id of its record.
        :return: title and note by pair; without what the user may not read.
        :rtype: dict
        """
        told = {}
        for arm in self._arms_readable():
            ids = {res_id for number, res_id in places if number == arm.number}
            if not ids:
                continue
            # sudo: names in the words, as of users and rules; which rows is asked before.
            records = self._readable(arm, ids).sudo()
            told |= {(arm.number, k): words for k, words in arm.tell(records).items()}
        return told

    @api.model
    def _arms_readable(self):
        """Return the arms that the user may read at all."""
        return [
            arm
            for arm in arms(self.env)
            # Tracked changes are the administrator's; who may read the field may read them.
            if arm.model == "mail.tracking.value"
            or self.env[arm.model].has_access("read")
        ]

    @api.model
    def _readable(self, arm, ids):
        """Return those of an arm's records that the user may read."""
        records = self.env[arm.model].browse(sorted(ids))
        if arm.model == "mail.tracking.value":
            # sudo: as above; its own filter asks for the field.
            return records.sudo()._filter_has_field_access(self.env)
        if "active" in records._fields:
            records = records.with_context(active_test=False)
        return records._filtered_access("read")
