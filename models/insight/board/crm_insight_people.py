# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import SUPERUSER_ID, api, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ....tools.proportion import wilson_interval
from ...common.rights import ALL_LEADS, given_id
from ..figures import sources
from ..figures.figure import LEAST_CASES
from ..figures.scope import Scope, Span
from .people_measures import PeopleMeasures, in_time, is_neglected, was_due


class CrmInsightPeople(models.AbstractModel):
    """Five figures for each person, and what he owes: to look after, not to rank.

    **What.** Of the leads that came in within the period, those that were his at its end, or
    when they were closed: how many came as far as Qualified, how many became customers so
    far. What he won in the period: the average deal, and how long it took. What he brought
    in. Steps in time, neglected leads, and money at risk now.

    **For whom.** Everybody sees himself beside the average of his team, without names; who
    leads a team sees its members; who may see all leads sees everybody. By name, never by rank.

    **How it works.** A constant number of statements, whatever the number of people.
    """

    _name = "crm.insight.people"
    _description = "Figures of each person"

    @api.model
    @api.readonly
    def get_people(self, kind="month", day=None, team_id=None):
        """Return the figures of people in a period of the current company.

        :param str kind: day, week, month or quarter.
        :param str day: any day of the period; None: yesterday's.
        :param int team_id: only leads of this team; for who may see all leads.
        :return: the period, ``rows`` by name, and ``average``: the same of all together.
        :rtype: dict
        :raise AccessError: for who is no salesperson, or asks for another team.
        """
        Insight = self.env["crm.insight"]
        team, _user = Insight._who(team_id, None)
        company = self.env.company
        span = Span(kind, Insight._day(kind, day, company), company, count=1)
        sees_all = self.env.user.has_group(ALL_LEADS)
        # sudo: the average of colleagues; rows are for those who may see them.
        mine = self.env.user.sudo().crm_team_member_ids.crm_team_id
        led = self._led()
        scope = Scope(company, team or (mine | led if not sees_all else team))
        found = PeopleMeasures(self.env, span, scope).by_person()
        average = found.pop(None, {})
        if not sees_all:
            allowed = {self.env.uid, *led.crm_team_member_ids.user_id.ids}
            found = {key: row for key, row in found.items() if key in allowed}
            found.setdefault(self.env.uid, {})
        # sudo: the names of colleagues.
        users = self.env["res.users"].sudo().browse(found).sorted("name")
        # Who only brought leads in is a person of ours, and no program or visitor.
        users = users.filtered(
            lambda user: set(found[user.id]) - {"generated"}
            or (user.active and not user.share and user.id != SUPERUSER_ID)
        )
        return {
            **Insight._period(span),
            "company": company.name,
            "currency_id": company.currency_id.id,
            "sees_all": sees_all,
            "rows": [self._shown(found[user.id], user) for user in users],
            "average": self._shown(average),
            **Insight._choices(),
        }

    @api.model
    def _led(self):
        """Return the teams that the user leads, as superuser."""
        # sudo: of teams that he may not read, too.
        return self.env["crm.team"].sudo().search([("user_id", "=", self.env.uid)])

    @api.model
    def get_list(self, what, user_id, kind="month", day=None, team_id=None):
        """Return what is behind a number of a person: a model and a domain.

        :param str what: leads, reached, customers, won, generated, steps, on_time,
            neglected or at_risk.
        :return: ``model`` and ``domain``; what the user may not see is not found by it.
        :rtype: dict
        :raise AccessError: for a colleague's figures.
        """
        Insight = self.env["crm.insight"]
        team, _user = Insight._who(team_id, None)
        user_id = given_id(self.env, user_id)
        if not user_id:
            raise UserError(self.env._("%s is no person.", user_id))
        allowed = [self.env.uid, *self._led().crm_team_member_ids.user_id.ids]
        if not self.env.user.has_group(ALL_LEADS) and user_id not in allowed:
            raise AccessError(
                self.env._("You see your own figures, and not those of colleagues.")
            )
        company = self.env.company
        span = Span(kind, Insight._day(kind, day, company), company, count=1)
        scope = Scope(company, team or self.env["crm.team"])
        measures = PeopleMeasures(self.env, span, scope)
        if what in ("leads", "reached", "customers"):
            ids = measures.cohort_ids(user_id, what)
            domain = Domain("id", "in", ids) & Domain("active", "in", (True, False))
            return {"model": "crm.lead", "domain": list(domain)}
        lists = {
            "won": (sources.CLOSED, "user_id", sources.is_won),
            "generated": (sources.RECEIVED, "create_uid", sources.ALL),
            "steps": (sources.STEPS, "user_id", was_due),
            "on_time": (sources.STEPS, "user_id", in_time),
            "neglected": (sources.OPEN, "user_id", is_neglected),
            "at_risk": (sources.OPEN, "user_id", sources.is_at_risk),
        }
        if not isinstance(what, str) or what not in lists:
            raise UserError(self.env._("There is no figure %s.", what))
        source, field, hits = lists[what]
        domain = measures.whole(source) & hits(span.now)
        domain &= Domain(field, "=", user_id)
        return {"model": source.model, "domain": list(domain)}

    # === WORDS === #

    @api.model
    def _shown(self, row, user=None):
        """Return the figures of a person as the screen shows them."""
        leads, reached, customers = row.get("cohort", (0, 0, 0))
        won, deal, days, slow = row.get("won", (0, None, None, None))
        in_time_count, due = row.get("steps", (0, 0))
        open_count, neglected, risky, risk = row.get("open", (0, 0, 0, 0.0))
        return {
            "user_id": user.id if user else False,
            "name": user.name if user else "",
            "leads": leads,
            "customers": customers,
            "rate": customers / leads if leads >= LEAST_CASES else None,
            "headline": self._headline(leads, customers),
            "words": self._likely(customers, leads),
            "generated": row.get("generated", (0,))[0],
            "reached": reached,
            "reached_rate": reached / leads if leads >= LEAST_CASES else None,
            "reached_words": self._likely(reached, leads),
            "sold_rate": customers / reached if reached >= LEAST_CASES else None,
            "sold_words": self._likely(customers, reached),
            "won": won,
            "deal": deal,
            "days": days,
            "slow_days": slow,
            "due": due,
            "in_time": in_time_count,
            "on_time": in_time_count / due if due else None,
            "open": open_count,
            "neglected": neglected,
            "risky": risky,
            "risk": risk,
        }

    @api.model
    def _headline(self, leads, customers):
        """Return "50 leads, 10 %"; no rate where there are too few to judge."""
        if leads < LEAST_CASES:
            return self.env._("%s leads", leads)
        share = round(100 * customers / leads)
        return self.env._("%(leads)s leads, %(share)s %%", leads=leads, share=share)

    @api.model
    def _likely(self, hits, cases):
        if not cases:
            return self.env._("Nothing yet")
        if cases < LEAST_CASES:
            return self.env._(
                "%(num)s of %(den)s: too few to judge", num=hits, den=cases
            )
        low, high = wilson_interval(hits, cases)
        return self.env._(
            "%(num)s of %(den)s, likely %(low)s to %(high)s %%, so far",
            num=hits,
            den=cases,
            low=round(100 * low),
            high=round(100 * high),
        )
