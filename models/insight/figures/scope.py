# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from odoo.fields import Datetime, Domain

from ....tools import periods

# So many periods are drawn.
PERIODS = 12
# A transaction began by so much, at most, before what it says is the present.
SLACK = timedelta(days=1)


def zone_of(company):
    """Return the zone in which a company counts its days, and whether it says so itself.

    :return: the name of the zone, and False where it is UTC for want of a calendar.
    :rtype: tuple[str, bool]
    """
    # sudo: the working hours of the company, whoever may read calendars.
    zone = company.sudo().resource_calendar_id.tz
    return zone or "UTC", bool(zone)


def week_start_of(company):
    """Return the first day of the company's week, 1 (Monday) to 7 (Sunday).

    It is that of the company's language.
    """
    # sudo: the language of the company's own contact.
    code = company.sudo().partner_id.lang
    return int(company.env["res.lang"]._get_data(code=code or "en_US").week_start or 1)


class Span:
    """The periods that are looked at: the last one, and those before it, of a company."""

    def __init__(self, kind, day, company, now=None, count=PERIODS):
        """
        :param str kind: day, week, month or quarter.
        :param date day: any day of the last period, as the company counts days.
        :param datetime now: the present, in UTC.
        """
        self.kind, self.company, self.count = kind, company, count
        self.now = now or Datetime.now()
        self.zone, self.has_zone = zone_of(company)
        self.week_start = week_start_of(company)
        self.today = periods.day_of(self.now, self.zone)
        self.first = periods.first_day(kind, day, self.week_start)
        self.last = periods.last_day(kind, day, self.week_start)
        self.edges = periods.edges(kind, day, self.zone, self.week_start, count)

    @property
    def is_current(self):
        """Tell whether the present lies in the last period: it is not over yet."""
        return self.edges[-2] <= self.now < self.edges[-1]

    def last_days(self):
        """Return the last day of each period."""
        firsts = [
            periods.shift(self.kind, self.first, number)
            for number in range(1 - self.count, 1)
        ]
        return [periods.last_day(self.kind, day, self.week_start) for day in firsts]

    def trails(self, source):
        """Return from when up to when a source looks back from the end of each period.

        :return: pairs in UTC, the earliest first.
        """
        ends = [day + timedelta(days=1) for day in self.last_days()]
        return [
            tuple(
                periods.begin(end + relativedelta(months=-months), self.zone)
                for months in source.trail
            )
            for end in ends
        ]

    def domain(self, source, whole=False):
        """Return the domain of what happens in the last period.

        :param Source source: no stock.
        :param bool whole: in all the periods.
        """
        first, end = self.edges[0 if whole else -2], self.edges[-1]
        if source.trail:
            trails = self.trails(source)
            (first, _end), (_begin, end) = trails[0 if whole else -1], trails[-1]
        begin, end = Datetime.to_string(first), Datetime.to_string(end)
        if source.moment != "received":
            return Domain(source.moment, ">=", begin) & Domain(source.moment, "<", end)
        told = Domain("received_on", ">=", begin) & Domain("received_on", "<", end)
        created = Domain("create_date", ">=", begin) & Domain("create_date", "<", end)
        # Nobody is received after he was entered: so the index on this day is of use.
        entered = Domain("create_date", ">=", Datetime.to_string(first - SLACK))
        return entered & (told | (Domain("received_on", "=", False) & created))


class Window(Span):
    """One stretch of time that need be no period: from one moment up to another, in UTC."""

    def __init__(self, company, begin, end, now=None):
        self.kind, self.company, self.count = None, company, 1
        self.now = now or Datetime.now()
        self.zone, self.has_zone = zone_of(company)
        self.week_start = week_start_of(company)
        self.edges = [begin, end]
        self.first = periods.day_of(begin, self.zone)
        self.last = periods.day_of(end - timedelta(seconds=1), self.zone)
        self.today = periods.day_of(self.now, self.zone)

    @property
    def is_current(self):
        """Tell whether it reaches into the present."""
        return self.edges[-1] >= self.now.replace(microsecond=0)

    def last_days(self):
        return [self.last]


class Slices(Window):
    """Several stretches of time at once, which may lie in one another: all are over."""

    def __init__(self, company, windows, now=None):
        """
        :param windows: pairs of a beginning and an end, in UTC.
        """
        self.windows = list(windows)
        moments = sorted({moment for window in self.windows for moment in window})
        super().__init__(company, moments[0], moments[-1], now)
        self.edges, self.count = moments, len(moments) - 1

    def inside(self, window):
        """Return the numbers of the slices that make up a window."""
        begin, end = window
        return [n for n, edge in enumerate(self.edges[:-1]) if begin <= edge < end]

    def last_days(self):
        """Return the last day of each window."""
        second = timedelta(seconds=1)
        return [periods.day_of(end - second, self.zone) for _begin, end in self.windows]


class Scope:
    """Whose records are looked at: of a company, and there of teams or a person."""

    def __init__(self, company, team=None, user=None):
        self.company, self.team, self.user = company, team, user

    def domain(self, source):
        """Return the domain of the records of a source."""
        lead = self.company.env["res.company"]._crm_lead_is_of_domain(self.company.id)
        if self.team:
            lead &= Domain("team_id", "in", self.team.ids)
        domain = lead
        if source.lead and not lead.is_true():
            domain = Domain(source.lead, "any", lead)
        if self.user:
            domain &= Domain(source.user, "=", self.user.id)
        return domain


def moment_of(text):
    """Return a day from what a client sent, or None."""
    try:
        return date.fromisoformat(text)
    except (TypeError, ValueError):
        return None
