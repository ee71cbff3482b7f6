# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import time

from odoo import api, models

from .acting.counters import Counters
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
            locked = set(leads.sudo().try_lock_for_update(allow_referencing=True).ids)
            leads = leads.browse(lead_id for lead_id in leads.ids if lead_id in locked)
        decisions = self._decide(leads, defaults=defaults, excluded=excluded)
        return self.env["crm.routing.writer"]._apply(decisions, mode, started)

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

    # === READ, THEN DECIDE === #

    @api.model
    def _decide(
        self, leads, rows=None, defaults=None, excluded=None, peek=False, replay=False
    ):
        """Decide about leads.

        :param bool peek: take no turns, only look at them.
        :return: the decisions, in the order of the leads.
        :rtype: list[Decision]
        """
        if not leads:
            return []
        reader, counters = Reader(self.env), Counters(self.env)
        run = reader.gather(leads, rows, defaults or {}, excluded or {}, replay)
        take = turns.looking(counters.peek) if peek else counters.take
        decisions = engine.decide(run, leads.ids, take)
        lost = [lead_id for lead_id in leads.ids if lead_id not in decisions]
        if lost:
            teams = fallback.teams(run, lost)
            helpers = reader.helpers([run.facts[k] for k in lost], teams.values())
            decisions |= fallback.decide(run, teams, helpers)
        return [decisions[lead_id] for lead_id in leads.ids]
