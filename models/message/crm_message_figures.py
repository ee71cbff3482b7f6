# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models

from ...tools.proportion import wilson_interval

# Under so many messages a share says too little to be shown.
MIN_SENT = 20


class CrmMessageTemplate(models.Model):
    """What came of a message: how many went, were answered, led to a meeting or moved on."""

    _inherit = "crm.message.template"

    sent_count = fields.Integer(string="Sent", compute="_compute_figures")
    answered_count = fields.Integer(string="Answered", compute="_compute_figures")
    meeting_count = fields.Integer(string="Meetings", compute="_compute_figures")
    moved_count = fields.Integer(string="Moved On", compute="_compute_figures")
    answer_summary = fields.Char(string="Answer Rate", compute="_compute_figures")

    @api.depends_context("uid", "lang", "allowed_company_ids")
    def _compute_figures(self):
        # As the user: everybody sees the figures of the leads that he may read.
        groups = self.env["crm.message.report"]._read_group(
            [("template_id", "in", self.ids)],
            ["template_id"],
            ["sent:sum", "answered:sum", "meeting:sum", "moved_on:sum"],
        )
        figures = {template.id: values for template, *values in groups}
        for template in self:
            sent, answered, meeting, moved = figures.get(template.id, (0, 0, 0, 0))
            template.sent_count = sent
            template.answered_count = answered
            template.meeting_count = meeting
            template.moved_count = moved
            template.answer_summary = self._summary(answered, sent)

    @api.model
    def _summary(self, hits, cases):
        """Return a share with what it can and cannot say, for a person to read."""
        if not cases:
            return False
        if cases < MIN_SENT:
            return self.env._(
                "%(hits)s of %(cases)s, too few to judge", hits=hits, cases=cases
            )
        low, high = wilson_interval(hits, cases)
        return self.env._(
            "%(share)s %%, likely %(low)s to %(high)s %%",
            share=round(100 * hits / cases),
            low=round(100 * low),
            high=round(100 * high),
        )

    def action_open_report(self):
        """Open what came of the message.

        :return: a window action.
        :rtype: dict
        """
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_lead_management.crm_message_report_action"
        )
        return {
            **action,
            "domain": [("template_id", "=", self.id)],
            "context": {
                "graph_groupbys": ["channel"],
                "pivot_row_groupby": ["channel"],
            },
        }
