# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import date, timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ....tools import periods
from ....tools.proportion import wilson_interval
from ...common.rights import ALL_LEADS, SELLER, given_id
from ..figures import catalogue
from ..figures.counting import Count, Counter
from ..figures.figure import LEAST_CASES
from ..figures.scope import PERIODS, Scope, Slices, Span, moment_of, zone_of
from ..figures.tables import TABLES
from ..figures.tabling import Tabler


class CrmInsight(models.AbstractModel):
    """The figures of all components, for the days, weeks, months and quarters of a company.

    **What.** Each figure is a list: what is counted is what its domain finds. They stand in
    ``figures/catalogue.py``.

    **How to use.** ``_figures()`` for other code, ``get_board()`` for the board.

    **How it works.** One statement for each source of figures, which counts in all periods
    at once, as the user who asks: his record rules hold. What happened is counted from what
    is on record; what *was* open on a day is read from ``crm.insight.stock``, as it cannot be
    found out afterwards. Their number does not depend on that of leads or people.
    """

    _name = "crm.insight"
    _description = "Figures of all components"

    # === FIGURES === #

    @api.model
    def _figures(self, kind, day, company, team=None, user=None, codes=None):
        """Return the figures of a period of a company.

        :param str kind: day, week, month or quarter.
        :param date day: any day of the period, as the company counts days.
        :param company: one res.company record.
        :param team: only of the leads of this crm.team.
        :param user: only of those of this res.users.
        :param codes: only these figures; all when None.
        :return: by code a dict: ``num`` and ``den`` (counted, of how many; None where it is
            no share), ``value`` (a number, a share from 0 to 1, an amount in the company's
            currency, minutes or days; None where there is nothing to say), ``previous`` (the
            value of the period before), ``low`` and ``high`` (between what a share lies,
            with 95 %), ``domain`` and ``model`` (what was counted; the domain is False for a
            stock of the past, which cannot be listed any more), ``cases_domain``, ``series``
            (the values of the last twelve periods, None where nothing is kept), ``error``.
        :rtype: dict[str, dict]
        """
        return self._figures_of(Span(kind, day, company), team, user, codes)

    @api.model
    def _figures_of(self, span, team=None, user=None, codes=None, more=()):
        """Return the same for a Span, or for a Window that need be no period.

        :param more: further Figure objects, that stand in no catalogue and are not kept.
        """
        counter = Counter(self.env, span, Scope(span.company, team, user))
        return self._figures_by(counter, codes, more)

    @api.model
    def _figures_by(self, counter, codes=None, more=(), tables=()):
        """Return the same by a Counter, which counts tables with them where it can."""
        span = counter.span
        wanted = [
            one for one in catalogue.FIGURES if codes is None or one.code in codes
        ]
        wanted += more
        counts = counter.count(
            [one for one in wanted if not one.is_stock or span.is_current], tables
        )
        stocks = any(one.is_stock for one in wanted)
        kept = (
            self.env["crm.insight.stock"]._kept(span, counter.scope) if stocks else {}
        )
        found = {}
        for figure in wanted:
            mine = counts.get(figure.code)
            if figure.is_stock and figure.code not in counter.errors:
                # What is so now, after what was kept of the last days of the periods before.
                before = kept.get(figure.code, [None] * span.count)
                if mine or not span.is_current:
                    mine = [*before[:-1], mine[0]] if mine else before
            if figure.code in counter.errors:
                found[figure.code] = self._broken(figure, counter.errors[figure.code])
            elif mine:
                found[figure.code] = self._said(figure, mine, counter)
        return found

    @api.model
    def _values_of(self, company, windows, user, codes):
        """Return the values of figures in several stretches of time that are over, in one go.

        :param windows: pairs of a beginning and an end, in UTC; they may lie in one another.
        :param codes: of figures that add up: no medians.
        :return: for each window a dict by code, with the ``value``.
        :rtype: list[dict[str, dict]]
        """
        span = Slices(company, windows)
        scope = Scope(company, None, user)
        figures = [one for one in catalogue.FIGURES if one.code in codes]
        counts = Counter(self.env, span, scope).count(
            [one for one in figures if not one.is_stock]
        )
        kept = self.env["crm.insight.stock"]._kept(span, scope)
        found = []
        for place, window in enumerate(span.windows):
            values = {}
            for figure in figures:
                if figure.is_stock:
                    total = kept[figure.code][place]
                elif figure.code in counts:
                    mine = counts[figure.code]
                    total = Count.sum(mine[number] for number in span.inside(window))
                else:
                    continue
                values[figure.code] = {"value": total and total.value(figure)}
            found.append(values)
        return found

    @api.model
    def _broken(self, figure, error):
        return {
            "num": None,
            "den": None,
            "value": None,
            "previous": None,
            "low": None,
            "high": None,
            "domain": False,
            "cases_domain": False,
            "model": figure.source.model,
            "series": [],
            "error": error,
        }

    @api.model
    def _said(self, figure, counts, counter):
        """Return what a figure says, from its counts in all periods."""
        last = counts[-1]
        low, high = last.interval(figure) if last else (None, None)
        hits, cases = counter.domains(figure)
        values = [one and one.value(figure) for one in counts]
        can_open = not figure.is_stock or counter.span.is_current
        return {
            "num": last and last.num,
            "den": last and last.den,
            "value": values[-1],
            "previous": values[-2] if len(values) > 1 else None,
            "low": low,
            "high": high,
            "domain": list(hits) if can_open else False,
            "cases_domain": list(cases) if figure.cases and can_open else False,
            "model": figure.source.model,
            "series": values,
            "error": False,
        }

    # === THE BOARD === #

    @api.model
    @api.readonly
    def get_board(self, kind="week", day=None, team_id=None, user_id=None, series=True):
        """Return the board of a period of the current company, for the current user.

        :param str kind: day, week, month or quarter.
        :param str day: any day of the period, as 2026-11-30; None: yesterday's.
        :param int team_id: only of this team; for who may see all leads.
        :param int user_id: only of this person; for oneself, and who may see all leads.
        :param bool series: with the last twelve periods of each figure. Without them it takes
            half the time: see :meth:`get_series`.
        :return: ``blocks`` (each with its ``figures``), the period, and for whom it is.
        :rtype: dict
        :raise AccessError: for who is no salesperson, or asks for a colleague's figures.
        :raise UserError: for another kind, or what is no day.
        """
        team, user = self._who(team_id, user_id)
        company = self.env.company
        day = self._day(kind, day, company)
        # The last period, and the one before it, with which it is compared.
        span = Span(kind, day, company, count=PERIODS if series else 2)
        scope = Scope(company, team, user)
        counter = Counter(self.env, span, scope)
        figures = self._figures_by(counter, tables=TABLES)
        if not series:
            figures = {code: {**one, "series": []} for code, one in figures.items()}
        targets = self.env["crm.insight.target"]._of(kind, company, team, user)
        for code, target in targets.items():
            figures.get(code, {})["target"] = target
        tables = Tabler(self.env, span, scope, counter.counted).rows(TABLES)
        return {
            **self._period(span),
            "company": company.name,
            "currency_id": company.currency_id.id,
            "team_id": team.id,
            "user_id": user.id,
            "sees_all": self.env.user.has_group(ALL_LEADS),
            **self._choices(people=True),
            "blocks": self._blocks(figures, tables),
        }

    @api.model
    @api.readonly
    def get_series(self, kind="week", day=None, team_id=None, user_id=None):
        """Return the last twelve periods of the figures of a board: what its bars show.

        :return: by code the values, the earliest first; None where nothing is kept. Of a
            stock of the present period the last one is what the board says itself.
        :rtype: dict[str, list]
        :raise AccessError: as for :meth:`get_board`.
        """
        team, user = self._who(team_id, user_id)
        company = self.env.company
        span = Span(kind, self._day(kind, day, company), company)
        counter = Counter(self.env, span, Scope(company, team, user))
        figures = catalogue.FIGURES
        counts = counter.count([one for one in figures if not one.is_stock])
        kept = self.env["crm.insight.stock"]._kept(span, counter.scope)
        return {
            figure.code: [one and one.value(figure) for one in values]
            for figure in figures
            if (values := (kept if figure.is_stock else counts).get(figure.code))
        }

    @api.model
    def _who(self, team_id, user_id):
        """Return the team and the person that a board is about, if the user may see it."""
        if not self.env.su and not self.env.user.has_group(SELLER):
            raise AccessError(self.env._("The figures are for salespeople."))
        team_id, user_id = given_id(self.env, team_id), given_id(self.env, user_id)
        sees_all = self.env.su or self.env.user.has_group(ALL_LEADS)
        if not sees_all and (team_id or user_id not in (None, False, self.env.uid)):
            raise AccessError(
                self.env._("You see your own figures, and not those of colleagues.")
            )
        team = self.env["crm.team"].browse(team_id or []).exists()
        if team:
            team.check_access("read")
        users = self.env["res.users"]
        user = users.browse(user_id or []).exists() if sees_all else self.env.user
        return team, user

    @api.model
    def _choices(self, people=False):
        """Return the teams, and the people, that the user may choose; none for many."""
        if not self.env.user.has_group(ALL_LEADS):
            return {"teams": [], "people": []}
        company = self.env.company
        teams = self.env["crm.team"].search_fetch(
            [("company_id", "in", (company.id, False))], ["name"]
        )
        chosen = {"teams": [{"id": team.id, "name": team.name} for team in teams]}
        if people:
            rows = self.env.execute_query(
                SQL(
                    "SELECT DISTINCT usr.id, partner.name FROM crm_team_member AS member"
                    " JOIN res_users AS usr ON usr.id = member.user_id AND usr.active"
                    " JOIN res_partner AS partner ON partner.id = usr.partner_id"
                    " WHERE member.active AND member.crm_team_id = ANY(%s) ORDER BY 2",
                    teams.ids,
                )
            )
            chosen["people"] = [{"id": key, "name": name} for key, name in rows]
        return chosen

    @api.model
    def _day(self, kind, day, company):
        """Return the day that a client asked for."""
        if kind not in periods.KINDS:
            raise UserError(
                self.env._("%s is no period: day, week, month or quarter.", kind)
            )
        if not day:
            zone, _is_said = zone_of(company)
            return periods.day_of(fields.Datetime.now(), zone) - timedelta(days=1)
        found = day if isinstance(day, date) else moment_of(day)
        if not found or not 1970 < found.year < 2200:
            raise UserError(self.env._("%s is no day, as 2026-11-30 would be.", day))
        return found

    @api.model
    def _period(self, span):
        """Return a period as the board shows it: days are those of the company."""
        before = periods.shift(span.kind, span.first, -1)
        after = periods.shift(span.kind, span.first, 1)
        return {
            "kind": span.kind,
            "first": fields.Date.to_string(span.first),
            "last": fields.Date.to_string(span.last),
            "before": fields.Date.to_string(before),
            "after": fields.Date.to_string(after),
            "is_current": span.is_current,
            "is_future": span.edges[-2] > span.now,
            "zone": span.zone,
            "has_zone": span.has_zone,
        }

    @api.model
    def _blocks(self, figures, tables):
        """Return the blocks with their figures, in words of the reader's language."""
        blocks = []
        for number, name in catalogue.names(self.env._).items():
            mine = [
                self._shown(one, figures[one.code])
                for one in catalogue.FIGURES
                if one.block == number and one.code in figures
            ]
            small = [
                {
                    "code": one.code,
                    "label": one.label(self.env._),
                    "hits_label": one.hits_label(self.env._) if one.hits_label else "",
                    "rows": tables[one.code],
                }
                for one in TABLES
                if one.block == number and tables.get(one.code)
            ]
            if mine or small:
                block = {"number": number, "name": name}
                blocks.append({**block, "figures": mine, "tables": small})
        return blocks

    @api.model
    def _listed(self, figures):
        """Return some figures, as the board shows them, in the order of the catalogue."""
        return [
            self._shown(one, figures[one.code])
            for one in catalogue.FIGURES
            if one.code in figures
        ]

    @api.model
    def _shown(self, figure, said):
        """Return a figure with its words."""
        return {
            "target": None,
            **said,
            "code": figure.code,
            "label": figure.label(self.env._),
            "help": figure.help(self.env._) if figure.help else "",
            "unit": figure.unit,
            "better": figure.better,
            "is_stock": figure.is_stock,
            "so_far": figure.so_far,
            "words": self._words(figure, said),
        }

    @api.model
    def _words(self, figure, said):
        """Return what a share of so many can say: "5 of 50, likely 4 to 21 %"."""
        if said["error"]:
            return self.env._("This figure cannot be counted: %s", said["error"])
        num, den = said["num"], said["den"]
        if num is None:
            return self.env._("Not kept on that day")
        if den is None:
            return ""
        return self._likely(num, den)

    @api.model
    def _likely(self, num, den):
        """Return what so many of so many can say of a share."""
        if not den:
            return self.env._("Nothing yet")
        if den < LEAST_CASES:
            return self.env._("%(num)s of %(den)s: too few to judge", num=num, den=den)
        low, high = wilson_interval(num, den)
        return self.env._(
            "%(num)s of %(den)s, likely %(low)s to %(high)s %%",
            num=num,
            den=den,
            low=round(100 * low),
            high=round(100 * high),
        )
