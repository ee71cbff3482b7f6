# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import json

from odoo import api, fields, models
from odoo.tools import SQL

from ...common.context import LOST_REASON
from ...common.guarded import guarded
from . import findings, reading, seal
from .crm_lead_audit import BATCH

# What is noted of a lead when it is closed: it may be opened again before the audit is built.
# Without columns of their own, as a click should not have to check that all these exist.
AT_CLOSING = [
    *("user_id", "team_id", "lead_grade", "expected_revenue", "lost_reason_id"),
]


class CrmLeadAudit(models.Model):
    """How audits come to be: a bare row at the closing, all else later, by the clock."""

    _inherit = "crm.lead.audit"

    # === OPENING === #

    @api.model
    def _cron(self):
        return self.env.ref("crm_lead_management.ir_cron_build_audits")

    @api.model
    def _open(self, won, lost):
        """Open the audits of leads that were just closed: one statement for all.

        :param won: ids of leads.
        :param lost: ids of leads; those in the stage Unqualified are told apart.
        """
        leads = self.env["crm.lead"].browse(won + lost)
        leads.flush_recordset([*AT_CLOSING, "stage_id"])
        # Not flushed: that would write the leads once more. sudo: whoever closed them.
        now = fields.Datetime.now()
        moments = [lead.date_closed or now for lead in leads.sudo()]
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO crm_lead_audit (
                    lead_id, outcome, closed_on, state, snapshot)
                SELECT lead.id,
                       CASE WHEN lead.id = ANY(%(won)s) THEN 'won'
                            WHEN stage.lead_role = 'unqualified' THEN 'unqualified'
                            ELSE 'lost' END,
                       closing.moment, 'to_build',
                       jsonb_build_object(
                           'closed_by_id', %(uid)s,
                           'user_id', COALESCE(lead.user_id, 0),
                           'team_id', COALESCE(lead.team_id, 0),
                           'lead_grade', COALESCE(lead.lead_grade, 0),
                           'expected_revenue', COALESCE(lead.expected_revenue, 0),
                           'lost_reason_id', CASE WHEN lead.id = ANY(%(lost)s)
                               THEN COALESCE(lead.lost_reason_id, %(reason)s, 0) ELSE 0 END)
                  FROM crm_lead AS lead
                  JOIN unnest(%(leads)s::int[], %(moments)s::timestamp[])
                       AS closing(id, moment) ON closing.id = lead.id
                  LEFT JOIN crm_stage AS stage ON stage.id = lead.stage_id
                 WHERE lead.id = ANY(%(leads)s) ORDER BY lead.id
                """,
                won=won,
                lost=lost,
                leads=leads.ids,
                reason=LOST_REASON.of(self.env) or 0,
                moments=moments,
                uid=self.env.uid,
            )
        )
        leads.invalidate_model(["audit_count"], flush=False)
        self._cron()._crm_switch_on()

    # === BUILDING === #

    @api.model
    def _cron_build(self):
        """Build what was opened since, in batches; what cannot be built waits for the next run."""
        # sudo: the audits of all companies.
        audits = self.sudo()
        waiting = [("state", "=", "to_build")]
        cron = self.env["ir.cron"]
        last = 0
        while True:
            domain = [*waiting, ("id", ">", last)]
            batch = audits.search(domain, order="id", limit=BATCH)
            if not batch:
                break
            last = batch[-1].id
            self._build(batch)
            self.env.invalidate_all()
            left = audits.search_count([*waiting, ("id", ">", last)])
            if not cron._commit_progress(len(batch), remaining=left):
                break

    @api.model
    def _build(self, audits=None):
        """Fill audits: the facts as they were when the leads were closed, and the findings.

        Those that are built already are left as they are. A constant number of statements
        for each 500 of them. Where one cannot be built the others are, and it says why.

        :param audits: crm.lead.audit records; all that wait when None.
        :return: how many were built.
        :rtype: int
        """
        if audits is None:
            audits = self.search([("state", "=", "to_build")])
        # sudo: facts of all rooms, also those that the user may not read.
        waiting = audits.sudo().filtered(lambda audit: audit.state == "to_build")
        built = 0
        for start in range(0, len(waiting), BATCH):
            batch = waiting[start : start + BATCH]
            with guarded(self.env, "Audits %s: one by one", batch.ids) as attempt:
                built += batch._fill()
            if not attempt.error:
                continue
            for audit in batch:
                with guarded(self.env, "Audit %s waits", audit.id) as attempt:
                    built += audit._fill()
                if attempt.error:
                    audit.problem = str(attempt.error)[:200]
        return built

    def _fill(self):
        """Write facts and findings of the audits ``self``, and seal them."""
        found, rows = reading.read(self.env, self), []
        Company = self.env["res.company"]
        for audit in self:
            found[audit.id].company_id = Company._crm_of_lead(audit.lead_id).id
        there, values = self._there(found.values()), []
        for audit in self:
            known = found[audit.id]
            verdict = findings.find(known)
            values.append({"id": audit.id, **audit._values(known, verdict, there)})
            rows += [(audit.id, *one) for one in verdict]
        self._store(values)
        self.env["crm.lead.audit.finding"]._record(rows)
        # What is sealed is what the database has, rounded as it is there.
        seal.put(self.env, self.ids)
        self.invalidate_recordset(flush=False)
        return len(self)

    @api.model
    def _store(self, values):
        """Write the columns of audits: one statement for any number.

        :param values: a dict of each audit, with its id, of the same columns.
        """
        columns = {name: SQL.identifier(name) for name in values[0].keys() - {"id"}}
        types = SQL(", ").join(
            SQL("%s %s", column, SQL.identifier(self._fields[name].column_type[0]))
            for name, column in columns.items()
        )
        self.env.cr.execute(
            SQL(
                "UPDATE crm_lead_audit AS audit SET %s"
                " FROM jsonb_to_recordset(%s::jsonb) AS row(id int, %s)"
                " WHERE audit.id = row.id",
                SQL(", ").join(
                    SQL("%s = row.%s", one, one) for one in columns.values()
                ),
                json.dumps(values, default=str),
                types,
            )
        )

    def _there(self, known):
        """Return by name of a column the ids of records at which facts may still point."""
        there = {}
        for name in seal.POINTING:
            ids = {getattr(one, name) for one in known}
            records = self.env[self._fields[name].comodel_name].browse(ids - {0})
            there[name] = frozenset((0, *records.exists().ids))
        return there

    def _values(self, known, verdict, there):
        """Return what is written of an audit once its facts are known.

        :param dict there: by name of a column, the ids of records that are still there.
        """
        self.ensure_one()
        answered = known.answered_on and known.deadline
        noted = {name: getattr(known, name) for name in seal.POINTING}
        return {
            **{name: getattr(known, name) for name in seal.MEASURED},
            # What was deleted since is pointed at no more.
            **{
                name: ident if ident and ident in there[name] else None
                for name, ident in noted.items()
            },
            "days": round(known.days, 1),
            "amount": known.amount,
            "grade_last": known.grade_last,
            "silence_days": round(known.silence, 1),
            "in_time": bool(answered and known.answered_on <= known.deadline),
            "finding_count": len(verdict),
            "is_grave": any(severity == "grave" for _c, severity, _f in verdict),
            "snapshot": {"events": known.events, **noted},
            "state": "built",
            "problem": None,
        }
