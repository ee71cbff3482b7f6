# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

# A change of the grade is shown for so long.
TREND_DAYS = 30
TRENDS = [("up", "Rising"), ("down", "Falling")]


class CrmLead(models.Model):
    """Whether the grade of a lead rises or falls, as the grade log tells.

    Compared is the grade of now with the one before the first change of the last 30 days: a
    grade that came back to where it was has no trend. Nothing is stored, and any number of
    leads costs one query.
    """

    _inherit = "crm.lead"

    grade_trend = fields.Selection(
        TRENDS, compute="_compute_grade_trend", search="_search_grade_trend"
    )
    grade_before = fields.Integer(
        string="Former Grade", compute="_compute_grade_trend", aggregator=None
    )
    grade_before_until = fields.Datetime(
        string="Former Grade Until", compute="_compute_grade_trend"
    )

    @api.depends("lead_grade", "grade_log_ids")
    def _compute_grade_trend(self):
        former = {}
        if ids := self._origin.ids:
            self.env["crm.lead.grade.log"].flush_model()
            statement = self._grade_former_sql(SQL("log.lead_id = ANY(%s)", ids))
            former = {row[0]: row[1:] for row in self.env.execute_query(statement)}
        for lead in self:
            before, until = former.get(lead._origin.id, (0, False))
            if not lead.lead_grade or before in (0, lead.lead_grade):
                before, until = 0, False
            lead.grade_before, lead.grade_before_until = before, until
            lead.grade_trend = before and ("up" if before < lead.lead_grade else "down")

    @api.model
    def _search_grade_trend(self, operator, value):
        if operator != "in":
            return NotImplemented
        self.env["crm.lead.grade.log"].flush_model()
        self.flush_model(["lead_grade"])
        # Never NULL: a lead whose grade has not changed is as one that came back to it.
        change = SQL(
            "COALESCE(sign(COALESCE(lead.lead_grade, 0) - former.from_grade), 0)"
            " * sign(COALESCE(lead.lead_grade, 0))"
        )
        signs = [{"up": 1, "down": -1}.get(trend, 0) for trend in value]
        found = SQL(
            "(SELECT lead.id FROM crm_lead AS lead LEFT JOIN (%s) AS former"
            " ON former.lead_id = lead.id WHERE %s = ANY(%s))",
            self._grade_former_sql(),
            change,
            signs,
        )
        return [("id", "in", found)]

    @api.model
    def _grade_former_sql(self, condition=None):
        """Return the select of the grade that leads had before it changed of late.

        The first grade of a lead changes nothing, and what is found out within an hour of
        its creation belongs to it.

        :param SQL condition: on the log, to look at fewer leads.
        :return: ``lead_id``, ``from_grade``, ``create_date`` of the first change of each
            lead that has one in the last 30 days.
        :rtype: SQL
        """
        return SQL(
            "SELECT DISTINCT ON (log.lead_id) log.lead_id, log.from_grade, log.create_date"
            " FROM crm_lead_grade_log AS log JOIN crm_lead ON crm_lead.id = log.lead_id"
            " WHERE %s AND log.from_grade > 0 AND log.create_date >= %s"
            " AND log.create_date > crm_lead.create_date + interval '1 hour'"
            # Another scorecard changes the scale, and says nothing of the lead.
            " AND COALESCE((SELECT last.scorecard_id = log.scorecard_id"
            " FROM crm_lead_grade_log AS last WHERE last.lead_id = log.lead_id"
            " AND (last.create_date, last.id) < (log.create_date, log.id)"
            " ORDER BY last.create_date DESC, last.id DESC LIMIT 1), TRUE)"
            " ORDER BY log.lead_id, log.create_date, log.id",
            SQL("TRUE") if condition is None else condition,
            fields.Datetime.now() - timedelta(days=TREND_DAYS),
        )
