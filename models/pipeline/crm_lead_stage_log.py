# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.tools import SQL

from ..common.batch.retention import drop_old
from ..common.rights import LeadField
from .crm_stage import LEAD_ROLES

SECONDS_PER_DAY = 86400
INSERT = """
        INSERT INTO crm_lead_stage_log (
            lead_id, from_stage_id, to_stage_id, from_role, to_role, date, user_id,
            seconds, days, is_override, reason,
            create_uid, create_date, write_uid, write_date
        )
        SELECT move.lead_id, move.from_id, move.to_id, f.lead_role, t.lead_role,
               %(now)s, %(uid)s, stay.seconds, stay.seconds / %(day)s::float8,
               move.lead_id = ANY(%(overrides)s), %(reason)s,
               %(uid)s, now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC'
          FROM unnest(%(leads)s::int[], %(from)s::int[], %(to)s::int[])
               WITH ORDINALITY AS move(lead_id, from_id, to_id, n)
          JOIN crm_lead AS lead ON lead.id = move.lead_id AND lead.id = ANY(%(leads)s)
     LEFT JOIN crm_stage AS f ON f.id = move.from_id
     LEFT JOIN crm_stage AS t ON t.id = move.to_id
     LEFT JOIN LATERAL (
               SELECT log.date FROM crm_lead_stage_log AS log
                WHERE log.lead_id = move.lead_id AND log.is_merged IS NOT TRUE
             ORDER BY log.date DESC, log.id DESC LIMIT 1
               ) AS last ON TRUE
    CROSS JOIN LATERAL (
               SELECT CASE WHEN move.from_id IS NOT NULL THEN GREATEST(0, EXTRACT(
                   EPOCH FROM %(now)s::timestamp - COALESCE(
                       last.date, lead.date_last_stage_update, lead.create_date)
               ))::int ELSE 0 END AS seconds
               ) AS stay
      ORDER BY move.n
"""
INSERT_FIRST = """
        INSERT INTO crm_lead_stage_log (
            lead_id, to_stage_id, to_role, date, user_id, seconds, days, is_override,
            create_uid, create_date, write_uid, write_date
        )
        VALUES %(rows)s
"""


class CrmLeadStageLog(models.Model):
    """One move of a lead from a stage to another, or its first stage.

    **What.** Who moved which lead when, from where to where, how long it had stood there,
    and whether a manager waived what the stage demands. Whatever the channel: every create
    and write of a lead passes through the hub, which calls :meth:`_record`.

    **How it works.** One INSERT for any number of leads. The time in the former stage counts
    from the lead's own last row; for leads from before this log, from what Odoo knows.
    Nobody writes, changes or deletes rows by hand; they go with their lead.
    """

    _name = "crm.lead.stage.log"
    _description = "Stage move of a lead"
    _order = "date desc, id desc"
    _rec_name = "lead_id"

    lead_id = LeadField(
        "crm.lead", required=True, index=True, ondelete="cascade", readonly=True
    )
    from_stage_id = fields.Many2one(
        "crm.stage",
        string="From",
        index="btree_not_null",
        ondelete="set null",
        readonly=True,
    )
    to_stage_id = fields.Many2one(
        "crm.stage",
        string="To",
        index="btree_not_null",
        ondelete="set null",
        readonly=True,
    )
    from_name = fields.Char(
        string="From (Deleted Stage)", readonly=True, export_string_translation=False
    )
    to_name = fields.Char(
        string="To (Deleted Stage)", readonly=True, export_string_translation=False
    )
    from_role = fields.Selection(LEAD_ROLES, readonly=True)
    to_role = fields.Selection(LEAD_ROLES, readonly=True)
    from_label = fields.Char(string="From Stage", compute="_compute_labels")
    to_label = fields.Char(string="To Stage", compute="_compute_labels")
    date = fields.Datetime(required=True, readonly=True)
    user_id = fields.Many2one(
        "res.users",
        string="Moved by",
        index="btree_not_null",
        ondelete="set null",
        readonly=True,
    )
    seconds = fields.Integer(
        string="Seconds in Former Stage",
        readonly=True,
        aggregator="avg",
        help="How long the lead had stood in the stage that it left.",
    )
    days = fields.Float(
        string="Days in Former Stage", readonly=True, aggregator="avg", digits=(16, 2)
    )
    is_override = fields.Boolean(
        string="Overridden",
        readonly=True,
        help="A manager moved the lead although the stage demanded something else.",
    )
    reason = fields.Char(readonly=True)
    is_merged = fields.Boolean(
        string="From a Merged Lead",
        readonly=True,
        help="The move was made by a lead that was merged into this one later.",
    )

    is_history = fields.Boolean(
        string="From Odoo's History",
        readonly=True,
        help="The move was made before lead management was installed.",
    )

    # Who goes quiet and who is won back: few of all moves, asked by their day.
    _quiet_idx = models.Index(
        "(date) WHERE to_role = 'inactive' OR from_role = 'inactive'"
    )
    # The newest first, of any number: the first page of the list.
    _date_idx = models.Index("(date DESC, id DESC)")

    # === COMPUTE METHODS === #

    @api.depends("from_stage_id", "from_name", "to_stage_id", "to_name")
    def _compute_labels(self):
        for log in self:
            # sudo: the stage's name only, whatever team it belongs to.
            log.from_label = log.from_stage_id.sudo().name or log.from_name
            log.to_label = log.to_stage_id.sudo().name or log.to_name  # sudo: as above

    @api.autovacuum
    def _gc_old(self):
        """Drop old moves of closed leads, where they are kept for a time only."""
        return drop_old(self, "crm_lead_management.stage_log_months", "date")

    # === BUSINESS METHODS === #

    @api.model
    def _record(self, moves, overrides=None, reason=None):
        """Record moves of leads, in one statement.

        :param moves: ``(lead id, id of the former stage or None, id of the new one or None)``.
        :param overrides: ids of the leads for which a manager waived the demands of the stage.
        :param str reason: why, in words; recorded with each move.
        """
        if not moves:
            return
        lead_ids, from_ids, to_ids = (
            list(column) for column in zip(*moves, strict=True)
        )
        now = fields.Datetime.now()
        if any(from_ids):
            leads = self.env["crm.lead"].browse(lead_ids)
            leads.flush_recordset(["create_date", "date_last_stage_update"])
        self.env["crm.stage"].flush_model(["lead_role"])
        self.env.cr.execute(
            SQL(
                INSERT,
                **{
                    "now": now,
                    "uid": self.env.uid,
                    "day": SECONDS_PER_DAY,
                    "overrides": list(overrides or ()),
                    "reason": reason or None,
                    "leads": lead_ids,
                    "from": from_ids,
                    "to": to_ids,
                },
            )
        )
        self.env["crm.lead"].browse(lead_ids).invalidate_recordset(
            ["stage_log_ids"], flush=False
        )

    @api.model
    def _record_first(self, leads):
        """Record the first stage of leads, which have just been created.

        The same as :meth:`_record`, without looking for what cannot be there yet.
        """
        if not leads:
            return
        stages, uid = self.env["crm.stage"]._rows(), self.env.uid
        now, began = fields.Datetime.now(), self.env.cr.now()
        rows = SQL(", ").join(
            SQL(
                "(%s, %s, %s, %s, %s, 0, 0, FALSE, %s, %s, %s, %s)",
                lead.id,
                stage_id or None,
                (stage_id and stages[stage_id].role) or None,
                now,
                uid,
                uid,
                began,
                uid,
                began,
            )
            for lead in leads
            for stage_id in lead.stage_id._ids or (None,)
        )
        self.env.cr.execute(SQL(INSERT_FIRST, rows=rows))
        leads.invalidate_recordset(["stage_log_ids"], flush=False)

    @api.model
    def _stages_before_unqualified(self, lead_ids):
        """Return in which open stage leads stood before they were found unqualified.

        :param lead_ids: ids of crm.lead.
        :return: stage id by lead id; leads without such a history are left out.
        :rtype: dict[int, int]
        """
        if not lead_ids:
            return {}
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT ON (log.lead_id) log.lead_id, log.from_stage_id
                  FROM crm_lead_stage_log AS log
                  JOIN crm_stage AS stage ON stage.id = log.from_stage_id
                 WHERE log.lead_id = ANY(%s)
                   AND log.is_merged IS NOT TRUE
                   AND stage.is_won IS NOT TRUE
                   AND stage.lead_role IS DISTINCT FROM 'unqualified'
              ORDER BY log.lead_id, log.date DESC, log.id DESC
                """,
                list(lead_ids),
            )
        )
        return dict(rows)

    @api.model
    def _move_to(self, lead, merged):
        """Hand the moves of leads that are merged away to the lead that stays.

        They are marked: the lead that stays did not make these moves itself.
        """
        # sudo: the log is read-only for everybody; who may merge leads may merge their past.
        rows = self.sudo().search([("lead_id", "in", merged.ids)])
        rows.write({"lead_id": lead.id, "is_merged": True})

    @api.model
    def _keep_names(self, stages):
        """Write the names of stages that are about to be deleted into the history."""
        self.env.flush_all()
        for stage_column, name_column in (
            ("from_stage_id", "from_name"),
            ("to_stage_id", "to_name"),
        ):
            self.env.cr.execute(
                SQL(
                    "UPDATE crm_lead_stage_log AS log"
                    " SET %(name)s = COALESCE(stage.name->>%(lang)s, stage.name->>'en_US')"
                    " FROM crm_stage AS stage"
                    " WHERE stage.id = log.%(stage)s AND stage.id = ANY(%(ids)s)",
                    name=SQL.identifier(name_column),
                    stage=SQL.identifier(stage_column),
                    lang=self.env.lang or "en_US",
                    ids=stages.ids,
                )
            )
        self.invalidate_model(["from_name", "to_name"])
