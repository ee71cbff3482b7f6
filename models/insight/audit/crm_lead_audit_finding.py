# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import json

from odoo import api, fields, models
from odoo.tools import SQL

from ...common.rights import LeadField
from .crm_lead_audit import OUTCOMES
from .findings import FINDINGS, SEVERITIES, say


class CrmLeadAuditFinding(models.Model):
    """One thing that the audit of a closed lead found: a code, and the figures for it.

    Written with its audit, and never changed. What each code means stands in findings.py.
    """

    _name = "crm.lead.audit.finding"
    _description = "Finding of an audit"
    _order = "closed_on desc, id"
    _rec_name = "code"

    audit_id = fields.Many2one(
        "crm.lead.audit", required=True, readonly=True, index=True, ondelete="cascade"
    )
    lead_id = LeadField(
        "crm.lead", required=True, readonly=True, index=True, ondelete="cascade"
    )
    code = fields.Selection(
        [(finding.code, finding.name) for finding in FINDINGS],
        string="Finding",
        required=True,
        readonly=True,
    )
    severity = fields.Selection(SEVERITIES, required=True, readonly=True)
    facts = fields.Json(readonly=True, export_string_translation=False)
    # As in the audit, so that lists can be grouped by them.
    outcome = fields.Selection(OUTCOMES, readonly=True)
    closed_on = fields.Datetime(readonly=True)
    user_id = fields.Many2one(
        "res.users", string="Salesperson", readonly=True, ondelete="set null"
    )
    team_id = fields.Many2one(
        "crm.team", string="Sales Team", readonly=True, ondelete="set null"
    )
    lesson = fields.Text(related="audit_id.lesson", readonly=True)
    sentence = fields.Char(string="What Was Found", compute="_compute_sentence")

    @api.depends("code", "facts")
    @api.depends_context("lang")
    def _compute_sentence(self):
        for finding in self:
            finding.sentence = say(self.env, finding.code, finding.facts)

    @api.model
    def _record(self, rows):
        """Write what audits found: one statement for any number.

        :param rows: tuples of the id of the audit, code, severity and figures.
        """
        if not rows:
            return
        self.env["crm.lead.audit"].flush_model()
        ids, codes, severities, figures = (
            list(part) for part in zip(*rows, strict=True)
        )
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO crm_lead_audit_finding (
                    audit_id, lead_id, code, severity, facts, outcome, closed_on, user_id,
                    team_id)
                SELECT audit.id, audit.lead_id, row.code, row.severity, row.facts::jsonb,
                       audit.outcome, audit.closed_on, audit.user_id, audit.team_id
                  FROM unnest(%(ids)s::int[], %(codes)s::varchar[], %(severities)s::varchar[],
                              %(facts)s::text[])
                       WITH ORDINALITY AS row(audit_id, code, severity, facts, place)
                  JOIN crm_lead_audit AS audit ON audit.id = row.audit_id
                 ORDER BY row.place
                """,
                ids=ids,
                codes=codes,
                severities=severities,
                facts=[json.dumps(one) for one in figures],
            )
        )
        self.invalidate_model(flush=False)

    def action_open_audit(self):
        """Open the audit that found it.

        :return: a window action.
        :rtype: dict
        """
        self.ensure_one()
        return self.audit_id.get_formview_action()
