# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.tools import format_date

from ....tools import periods
from ...common.rights import SELLER
from ..figures.scope import Window, week_start_of, zone_of

# The figures of a digest, in the order of the board.
CODES = (
    "received",
    "complete",
    "qualified",
    "mql",
    "answered_in_time",
    "no_next_step",
    "overdue",
    "money_at_risk",
    "messages_answered",
    "in_tracks",
    "human_touches",
    "customers",
    "conversion",
)
SHARES = (
    "complete",
    "qualified",
    "mql",
    "answered_in_time",
    "messages_answered",
    "conversion",
)
# Where the figures of the windows are kept while a digest is put together.
MEMO = "crm_lead_management_digest"
# Three columns, each with the window before it.
WINDOWS = 6
# Which calendar periods stand in the three columns, by how often a digest is sent.
COLUMNS = {
    "daily": ("day", "week", "month"),
    "weekly": ("week", "month", "quarter"),
    "monthly": ("month", "quarter", "year"),
    "quarterly": ("quarter", "month", "year"),
}
OWN_KIND = {
    "daily": "day",
    "weekly": "week",
    "monthly": "month",
    "quarterly": "quarter",
}


def value_field(number, **options):
    """Return the field of a figure's value: all of them are computed in one go."""
    kind = {"money": fields.Monetary, "share": fields.Float}.get(number, fields.Integer)
    return kind(compute="_compute_kpi_lead", **options)


class DigestDigest(models.Model):
    """Odoo's digest, for what insight counts, by the calendar of the company.

    How often it is sent says nothing about what it shows: Odoo's three columns are always the
    last 24 hours, 7 and 30 days. *Calendar periods* makes them periods of the company that are
    over, each beside the one before it. Everybody gets the figures that he may see.
    """

    _inherit = "digest.digest"

    lead_periods = fields.Boolean(
        string="Calendar Periods",
        help="Show the company's last day, week, month or quarter, each beside the one"
        " before it, not Odoo's last 24 hours, 7 and 30 days. It is sent when a period has"
        " ended, and never more rarely by itself.",
    )
    kpi_lead_received = fields.Boolean("Leads Received")
    kpi_lead_received_value = value_field("count")
    kpi_lead_complete = fields.Boolean("Information Complete (%)")
    kpi_lead_complete_value = value_field("share")
    kpi_lead_qualified = fields.Boolean("Passed the Qualifiers (%)")
    kpi_lead_qualified_value = value_field("share")
    kpi_lead_mql = fields.Boolean("Marketing Qualified (%)")
    kpi_lead_mql_value = value_field("share")
    kpi_lead_answered_in_time = fields.Boolean("Answered in Time (%)")
    kpi_lead_answered_in_time_value = value_field("share")
    kpi_lead_no_next_step = fields.Boolean("No Next Step")
    kpi_lead_no_next_step_value = value_field("count")
    kpi_lead_overdue = fields.Boolean("Overdue")
    kpi_lead_overdue_value = value_field("count")
    kpi_lead_money_at_risk = fields.Boolean("Money at Risk")
    kpi_lead_money_at_risk_value = value_field("money", currency_field="currency_id")
    kpi_lead_messages_answered = fields.Boolean("Messages Answered (%)")
    kpi_lead_messages_answered_value = value_field("share")
    kpi_lead_in_tracks = fields.Boolean("In a Track")
    kpi_lead_in_tracks_value = value_field("count")
    kpi_lead_human_touches = fields.Boolean("Contacts by a Person")
    kpi_lead_human_touches_value = value_field("count")
    kpi_lead_customers = fields.Boolean("Customers")
    kpi_lead_customers_value = value_field("count")
    kpi_lead_conversion = fields.Boolean("Customers, of Those Received (%)")
    kpi_lead_conversion_value = value_field("share")

    # === FIGURES === #

    # One call fills all of them: without the context as part of the key, Odoo would read the
    # values of another window from the cache.
    @api.depends_context("start_datetime", "end_datetime", "uid", "company")
    def _compute_kpi_lead(self):
        found = self._window_figures()
        for digest in self:
            for code in CODES:
                value = found.get(code, {}).get("value") or 0
                percent = 100 if code in SHARES else 1
                digest[f"kpi_lead_{code}_value"] = value * percent

    @api.model
    def _window_figures(self):
        """Return the figures of the window that Odoo asks for, for the reader.

        Odoo forgets a field of all windows as soon as it has read it of one: while a digest
        is put together, what was found is kept, so that each window is counted once.
        """
        context, company = self.env.context, self.env.company
        begin, end = (context.get(f"{name}_datetime") for name in ("start", "end"))
        _team, user = self.env["crm.insight"]._who(None, None)
        if not begin or not end:
            return {}
        memo = self.env.cr.cache.get(MEMO, {})
        key = (begin, end, self.env.uid, company.id)
        if key not in memo:
            window = Window(company, naive(begin), naive(end))
            memo[key] = self.env["crm.insight"]._figures_of(
                window, user=user, codes=CODES
            )
        return memo[key]

    def _compute_kpis(self, company, user):
        """Put our figures as they are: a share in percent, a dash for what is not known.

        Odoo's columns know numbers only, and call what is not known zero.
        """
        memo = self.env.cr.cache[MEMO] = self._counted(company, user)
        try:
            rows = super()._compute_kpis(company, user)
        finally:
            self.env.cr.cache.pop(MEMO, None)
        windows = list(memo.values())
        if len(windows) != WINDOWS:
            return rows
        for row in rows:
            code = row["kpi_name"].removeprefix("kpi_lead_")
            if code not in CODES:
                continue
            for number, column in enumerate(("kpi_col1", "kpi_col2", "kpi_col3")):
                value, before = (
                    found.get(code, {}).get("value")
                    for found in windows[2 * number : 2 * number + 2]
                )
                if value is None:
                    row[column].update(value="–", margin=0.0)
                elif code in SHARES:
                    row[column]["value"] = f"{100 * value:.0f} %"
                if before is None:
                    row[column]["margin"] = 0.0
        return rows

    def _counted(self, company, user):
        """Return the figures of all windows of a calendar digest, counted in one go.

        :return: as _window_figures() keeps them; nothing where windows are Odoo's own, which
            end now, or the reader may see no figures.
        :rtype: dict
        """
        # No sudo: as the reader, who gets what he may see, as Odoo does it.
        digest = self.with_user(user).with_company(company)
        if not self.lead_periods or not digest.env.user.has_group(SELLER):
            return {}
        windows = [
            window
            for _name, pair in self._compute_timeframes(company)
            for window in pair
        ]
        Insight = digest.env["crm.insight"]
        _team, reader = Insight._who(None, None)
        found = Insight._values_of(company, windows, reader, CODES)
        keys = [(*window, user.id, company.id) for window in windows]
        return dict(zip(keys, found, strict=True))

    def _compute_kpis_actions(self, company, user):
        actions = super()._compute_kpis_actions(company, user)
        menu = self.env.ref("crm.crm_menu_root", raise_if_not_found=False)
        action = "crm_lead_management.crm_insight_action"
        target = f"{action}?menu_id={menu.id}" if menu else action
        actions.update({f"kpi_lead_{code}": target for code in CODES})
        return actions

    # === PERIODS === #

    def _compute_timeframes(self, company):
        if not self.lead_periods:
            return super()._compute_timeframes(company)
        names = {
            "day": self.env._("Yesterday"),
            "week": self.env._("Last week"),
            "month": self.env._("Last month"),
            "quarter": self.env._("Last quarter"),
            "year": self.env._("Last 12 months"),
        }
        zone, start = zone_of(company)[0], week_start_of(company)
        today = periods.day_of(fields.Datetime.now(), zone)

        def window(kind, back):
            if kind == "year":
                month = periods.first_day("month", today)
                days = [
                    periods.shift("month", month, -12 * n) for n in (back, back - 1)
                ]
            else:
                first = periods.first_day(kind, today, start)
                days = [periods.shift(kind, first, -n) for n in (back, back - 1)]
            return tuple(periods.begin(day, zone) for day in days)

        return [
            (names[kind], (window(kind, 1), window(kind, 2)))
            for kind in COLUMNS[self.periodicity]
        ]

    def _get_next_run_date(self):
        self.ensure_one()
        if not self.lead_periods:
            return super()._get_next_run_date()
        company = self.company_id or self.env.company
        kind, start = OWN_KIND[self.periodicity], week_start_of(company)
        today = periods.day_of(fields.Datetime.now(), zone_of(company)[0])
        first = periods.first_day(kind, today, start)
        return periods.shift(kind, first, 1)

    def _check_daily_logs(self):
        """Calendar digests stay as they are: nobody's quarter becomes a year."""
        return super(
            DigestDigest, self.filtered(lambda digest: not digest.lead_periods)
        )._check_daily_logs()

    def _lead_direction(self):
        """Return "rtl" for a calendar digest in such a language; False leaves Odoo's mail."""
        lang = self.env["res.lang"]._get_data(code=self.env.lang or "en_US")
        return self.lead_periods and lang.direction == "rtl" and "rtl"

    def _lead_language(self):
        """Return the language of a calendar digest, as a mail says it: capitals are its own."""
        return self.lead_periods and (self.env.lang or "en_US").partition("_")[0]

    def _lead_day(self, told):
        """Return the day of a calendar digest in the reader's language.

        :param str told: what Odoo says, which knows English only.
        """
        if not self.lead_periods:
            return told
        return format_date(self.env, fields.Date.today(), date_format="d MMMM y")


def naive(moment):
    """Return a moment as Odoo's digest means it: in UTC, whatever zone it was labelled with."""
    return moment.replace(tzinfo=None, microsecond=0)
