# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import time
from functools import cache, partial

from odoo import api, models

from .acting.counters import Counters
from .acting.reservations import reserve
from .deciding import engine, fallback, story, turns
from .reading.reader import Reader


class CrmRoutingEngine(models.AbstractModel):
    """Finds the one right owner of each lead.

    **What.** Tries the routing rules in their order. The first that matches the lead and has
    somebody who can take it decides; its method chooses the person. Where no rule finds
    anybody: the company's fallback owner, the leader of the team, whoever has it now.

    **How to use.** ``_route(leads)`` assigns and returns the log records; ``_preview(leads)``
    returns the same decisions as dicts and writes nothing, takes no turn.

    **How it works.** This is the door of three chambers, which it calls in their order:
    ``reading`` reads all that must be known, ``deciding`` decides, in plain Python,
    ``acting`` carries the decisions out. The number of queries does not depend on the number
    of leads, rules and members; only writing and telling take some for each new owner. Where
    candidates reach a limit in the middle of a batch, the leads that are left go through once
    more.
    """

    _name = "crm.routing.engine"
    _description = "Routing engine"

    # === API === #

    @api.model
    def _route(self, leads, mode="auto", defaults=None, excluded=None, fresh=False):
        """Assign leads, and put each decision on record.

        :param leads: crm.lead records, at any number; those that are deleted, or written by
            somebody else at this moment, are left out.
        :param str mode: as in the log: auto, manual or reroute.
        :param dict defaults: by lead id, the user whom Odoo would have made the owner.
        :param dict excluded: by lead id, ids of users who must not get it.
        :param bool fresh: the leads were just created: they exist.
        :return: one log record per lead.
        """
        started = time.perf_counter()
        if not fresh:
            # sudo: a lock, also of leads that the user may read only. Those that are gone, or
            # that somebody else writes at this moment, are left out.
            free = leads.sudo().try_lock_for_update(allow_referencing=True)
            locked = set(free.ids)
            # Closed ones are nobody's work any more, whoever asks.
            locked -= {lead.id for lead in free if not lead._lead_is_open()}
            leads = leads.browse(lead_id for lead_id in leads.ids if lead_id in locked)
        decisions = self._decide(leads, defaults=defaults, excluded=excluded)
        return self.env["crm.routing.writer"]._apply(decisions, mode, started)

    @api.model
    def _catch(self, leads, rows):
        """Assign leads that have changed by some of the rules, and by nothing else.

        Leads for which these have nobody, and those whose owner it finds again, stay as they
        are, and nothing is put on record.

        :param leads: crm.lead records, open ones.
        :param rows: RuleRow tuples.
        """
        started = time.perf_counter()
        # sudo: a lock, whoever changed the leads.
        leads = leads.sudo().try_lock_for_update(allow_referencing=True)
        decisions = self._decide(leads, rows=rows, known=False)
        decisions = [decision for decision in decisions if decision.rule_id]
        if decisions:
            self.env["crm.routing.writer"]._apply(decisions, "auto", started)

    @api.model
    def _preview(self, leads, rows=None, excluded=None, replay=False):
        """Return the decisions that :meth:`_route` would make now; nothing is written.

        :param leads: crm.lead records.
        :param rows: the RuleRow tuples to try; the active rules when None.
        :param dict excluded: by lead id, ids of users who must not get it.
        :param bool replay: judge working hours as of when each lead came in, not as of now.
        :return: the fields of Decision, those of ``story.details``, mode and reason, of each.
        :rtype: list[dict]
        """
        decisions = self._decide(
            leads.exists(), rows=rows, excluded=excluded, peek=True, replay=replay
        )
        return [
            {
                **decision.as_dict(),
                **story.details(decision),
                "mode": "dry_run",
                "reason": story.sentence(self.env._, decision.outcome, decision.facts),
            }
            for decision in decisions
        ]

    @api.model
    def _set_aside(self, leads):
        """Return the ids of leads that are set aside: no rule is asked for them."""
        Company = self.env["res.company"]
        if not Company._crm_setting_aside():
            return []
        # sudo: the qualification of leads, whoever saves them.
        leads = leads.sudo()
        return [lead.id for lead in leads if Company._crm_is_set_aside(lead)]

    @api.model
    def _last_resort(self, leads):
        """Return who gets leads that nobody answered: their leader, else the fallback owner.

        Both are asked what is asked of every fallback.

        :param leads: crm.lead records, as superuser.
        :return: the user's id, or False, and the outcome, by lead id.
        :rtype: dict[int, tuple]
        """
        reader = Reader(self.env)
        run = reader.gather(leads, (), {}, {})
        facts = run.facts.values()
        helpers = reader.helpers(facts, {one.team_id for one in facts})
        return {one.id: fallback.last_resort(run, one, helpers) for one in facts}

    # === READ, THEN DECIDE === #

    @api.model
    def _decide(
        self,
        leads,
        rows=None,
        defaults=None,
        excluded=None,
        peek=False,
        replay=False,
        known=True,
    ):
        """Decide about leads.

        :param bool peek: take no turns, only look at them.
        :return: the decisions, in the order of the leads.
        :rtype: list[Decision]
        """
        if not leads:
            return []
        reader, counters = Reader(self.env, routes=not peek), Counters(self.env)
        run = reader.gather(leads, rows, defaults or {}, excluded or {}, replay, known)
        take = turns.looking(counters.peek) if peek else counters.take
        aside = self._set_aside(leads)
        for lead_id in aside:
            run.matched[lead_id] = set()
        keep = None if peek else cache(partial(reserve, self.env))
        decisions = engine.decide(run, leads.ids, take, keep)
        lost = [lead_id for lead_id in leads.ids if lead_id not in decisions]
        if lost:
            teams = fallback.teams(run, lost)
            helpers = reader.helpers([run.facts[k] for k in lost], teams.values())
            decisions |= fallback.decide(run, teams, helpers)
        for lead_id in aside:
            fallback.set_aside(decisions[lead_id])
        return [decisions[lead_id] for lead_id in leads.ids]
