# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.tools import format_amount, format_date, formatLang

from ....tools import periods
from ..figures.scope import Scope, Span
from .people_measures import PeopleMeasures


class CrmReviewMeeting(models.Model):
    """The five figures of each person stand in the review, beside those of the whole team."""

    _inherit = "crm.review.meeting"

    scorecards = fields.Html(
        compute="_compute_scorecards",
        sanitize=False,
        export_string_translation=False,
    )

    @api.depends("team_id", "day")
    @api.depends_context("lang", "uid")
    def _compute_scorecards(self):
        for meeting in self:
            # As it was saved: who only types the name of a team is shown nothing of it.
            saved = meeting._origin
            meeting.scorecards = saved and self.env["ir.qweb"]._render(
                "crm_lead_management.crm_review_scorecards", saved._scorecards()
            )

    def _scorecards(self):
        """Return what the page of the scorecards shows: of the last whole month.

        :return: the period in words, and ``rows`` of texts; the whole team comes last.
        :rtype: dict
        """
        self.ensure_one()
        self.check_access("read")
        company = self.company_id or self.env.company
        day = self.day or fields.Date.context_today(self)
        first = periods.first_day("month", day)
        span = Span("month", periods.shift("month", first, -1), company, count=1)
        People = self.env["crm.insight.people"]
        scope = Scope(company, self.team_id)
        found = PeopleMeasures(self.env, span, scope).by_person()
        people = self.team_id.member_ids | self.team_id.user_id
        rows = [
            self._scorecard(People._shown(found.get(user.id, {}), user), company)
            for user in people.sorted("name")
        ]
        total = People._shown(found.get(None, {}))
        total["name"] = self.env._("The whole team")
        return {
            "words": self.env._(
                "Leads that came in from %(first)s to %(last)s and were the person's then, and"
                " what became of them so far. Of fewer than 20 no rate is told. By name, never"
                " by rank.",
                first=format_date(self.env, span.first),
                last=format_date(self.env, span.last),
            ),
            "rows": [*rows, self._scorecard(total, company)],
        }

    @api.model
    def _scorecard(self, row, company):
        """Return the figures of a person as texts.

        :param dict row: of ``crm.insight.people``.
        """

        def share(value):
            return "" if value is None else f"{round(100 * value)} %"

        def number(value):
            return "" if value is None else formatLang(self.env, value, digits=1)

        deal, won = row["deal"], row["won"]
        slow = self.env._("four of five: %s", number(row["slow_days"]))
        return {
            **row,
            "to_opportunity": share(row["reached_rate"]),
            "to_customer": share(row["sold_rate"]),
            "deal_text": ""
            if deal is None
            else format_amount(self.env, deal, company.currency_id),
            "won_text": self.env._("%s won", won) if won else "",
            "days_text": number(row["days"]),
            "slow_text": slow if won else "",
        }
