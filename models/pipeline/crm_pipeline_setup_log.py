# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

# What an undo never looks at: who touched a row last says nothing about its content.
STAMPS = {"write_uid", "write_date"}


class CrmPipelineSetupLog(models.Model):
    """A set-up of the stages that was applied: what was before, what was done.

    Each line keeps the whole row of one stage as it was in the database before and after,
    so that :meth:`action_undo` puts back exactly what was there, translations included.
    """

    _name = "crm.pipeline.setup.log"
    _description = "Applied set-up of the stages"
    _order = "date desc, id desc"

    name = fields.Char(required=True, readonly=True)
    date = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    user_id = fields.Many2one(
        "res.users",
        string="Applied by",
        readonly=True,
        default=lambda self: self.env.user,
    )
    team_id = fields.Many2one(
        "crm.team", string="For Team", readonly=True, ondelete="set null"
    )
    state = fields.Selection(
        [("applied", "Applied"), ("undone", "Undone")],
        required=True,
        readonly=True,
        default="applied",
    )
    summary = fields.Text(string="What Was Done", readonly=True)
    undo_summary = fields.Text(string="What the Undo Left Alone", readonly=True)
    undone_by_id = fields.Many2one("res.users", readonly=True)
    undone_on = fields.Datetime(readonly=True)
    line_ids = fields.One2many("crm.pipeline.setup.log.line", "log_id", readonly=True)

    # === ACTION METHODS === #

    def action_undo(self):
        """Put the stages back as they were before this set-up.

        Stages that it added are removed; what it changed gets its former value, where
        nobody changed it again since. Leads are never touched.

        :raise UserError: where leads stand in the added stages, or a later set-up must be
            undone first.
        :raise AccessError: for anybody but a sales administrator.
        """
        self.ensure_one()
        if not self.env.user.has_group("sales_team.group_sale_manager"):
            raise AccessError(
                self.env._(
                    "Only a sales administrator may undo a set-up of the stages."
                )
            )
        if self.state == "undone":
            raise UserError(self.env._("This set-up was undone already."))
        later = self.search([("id", ">", self.id), ("state", "=", "applied")], limit=1)
        if later:
            raise UserError(
                self.env._(
                    'The set-up "%(later)s" was applied after this one. Undo that one first.',
                    later=later.name,
                )
            )
        self._check_no_leads()
        self._unlink_gates()
        kept = self.line_ids._restore()
        # sudo: the record of a set-up is read-only for everybody; the checks are above.
        self.sudo().write(
            {
                "state": "undone",
                "undo_summary": "\n".join(kept) or False,
                "undone_by_id": self.env.uid,
                "undone_on": fields.Datetime.now(),
            }
        )
        return True

    def _unlink_gates(self):
        """Remove the demands that this set-up added; those changed since stay."""
        gates = self.env["crm.stage.gate"].with_context(active_test=False)
        gates = gates.search([("setup_log_id", "=", self.id)])
        gates.filtered(lambda gate: gate.write_date == gate.create_date).unlink()

    def _check_no_leads(self):
        """Refuse the undo while leads stand in stages that it would remove or unwin."""
        stages = self.line_ids.filtered(lambda line: line._needs_empty_stage()).stage_id
        # sudo: leads of all companies and owners, archived ones too, stand in the way.
        leads = self.env["crm.lead"].sudo().with_context(active_test=False)
        counts = leads._read_group(
            [("stage_id", "in", stages.ids)], ["stage_id"], ["__count"]
        )
        if not counts:
            return
        raise UserError(
            self.env._(
                "Leads stand in stages that this set-up added: %(where)s. Nothing was changed."
                ' Open them with "Leads in added stages", move them to other stages, then'
                " undo the set-up.",
                where=", ".join(f"{stage.name} ({count})" for stage, count in counts),
            )
        )

    def action_open_leads(self):
        """Open the leads, archived ones too, that stand in the stages this set-up added.

        :return: a window action.
        :rtype: dict
        """
        self.ensure_one()
        added = self.line_ids.filtered(lambda line: line.kind == "added").stage_id
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Leads in Added Stages"),
            "res_model": "crm.lead",
            "view_mode": "list,form",
            "domain": [("stage_id", "in", added.ids)],
            "context": {"active_test": False},
        }


class CrmPipelineSetupLogLine(models.Model):
    _name = "crm.pipeline.setup.log.line"
    _description = "Stage touched by a set-up"
    _order = "id"

    log_id = fields.Many2one(
        "crm.pipeline.setup.log",
        required=True,
        index=True,
        ondelete="cascade",
        readonly=True,
    )
    stage_id = fields.Many2one(
        "crm.stage", ondelete="set null", index="btree_not_null", readonly=True
    )
    name = fields.Char(string="Stage Name", readonly=True)
    kind = fields.Selection(
        [("added", "Added"), ("changed", "Changed")], required=True, readonly=True
    )
    description = fields.Char(string="What Changed", readonly=True)
    before = fields.Json(readonly=True)
    after = fields.Json(readonly=True)

    @api.model
    def _rows_of(self, stages):
        """Return whole rows of stages, as the database has them.

        :rtype: dict[int, dict]
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                "SELECT id, to_jsonb(s) FROM crm_stage AS s WHERE id = ANY(%s)",
                stages.ids,
            )
        )
        return dict(rows)

    def _needs_empty_stage(self):
        """Tell whether the undo of this line is only possible while no lead is in the stage."""
        if self.kind == "added":
            return True
        return self.before.get("is_won") != self.after.get("is_won")

    def _restore(self):
        """Put the stages of these lines back.

        :return: sentences about what was left alone, and why.
        :rtype: list[str]
        """
        kept = []
        added = self.filtered(lambda line: line.kind == "added").stage_id
        current = self._rows_of(
            (self - self.filtered(lambda line: line.kind == "added")).stage_id
        )
        for line in self.filtered(lambda line: line.kind == "changed"):
            row = current.get(line.stage_id.id)
            if not row:
                kept.append(self.env._("%(stage)s was deleted since.", stage=line.name))
                continue
            changed = {
                c for c in line.before if line.before[c] != line.after.get(c)
            } - STAMPS
            moved = sorted(c for c in changed if row.get(c) != line.after.get(c))
            if moved:
                kept.append(
                    self.env._(
                        "%(stage)s: %(fields)s was changed again since, and was left alone.",
                        stage=line.name,
                        fields=", ".join(moved),
                    )
                )
            line._restore_columns(changed - set(moved), untouched=row == line.after)
        self.env.invalidate_all()
        self.env[
            "crm.lead.scoring.frequency"
        ].sudo().search(  # sudo: Odoo's own statistics
            [
                ("variable", "=", "stage_id"),
                ("value", "in", [str(i) for i in added.ids]),
            ]
        ).unlink()
        added.unlink()
        self.env["crm.config.mixin"]._crm_changed()
        return kept

    def _restore_columns(self, columns, untouched):
        """Write former values into the stage's row, byte by byte.

        In SQL, because that is the only way to put back all translations of a name at once,
        and, where nobody touched the row since, the stamps of its last change too.
        """
        columns = sorted(columns | STAMPS if untouched else columns)
        if not columns:
            return
        names = SQL(", ").join(SQL.identifier(column) for column in columns)
        values = SQL(", ").join(
            SQL("old.%s", SQL.identifier(column)) for column in columns
        )
        self.env.cr.execute(
            SQL(
                "UPDATE crm_stage SET (%s) = (SELECT %s FROM"
                " jsonb_populate_record(NULL::crm_stage, %s::jsonb) AS old) WHERE id = %s",
                names,
                values,
                SQL(
                    "(SELECT before FROM crm_pipeline_setup_log_line WHERE id = %s)",
                    self.id,
                ),
                self.stage_id.id,
            )
        )
