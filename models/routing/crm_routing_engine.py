# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import time

from odoo import api, models


class CrmRoutingEngine(models.AbstractModel):
    """Finds the one right owner of each lead.

    **What.** Tries the routing rules in their order. The first that matches the lead and has
    somebody who can take it decides; its method chooses the person. Where no rule finds
    anybody: the company's fallback owner, the leader of the team, whoever has it now.

    **How to use.** ``_route(leads)`` assigns and returns the log records; ``_preview(leads)``
    returns the same decisions as dicts and writes nothing, takes no turn.

    **How it works.** ``crm.routing.reader`` reads, ``crm.routing.filter`` judges the
    candidates, ``crm.routing.method`` chooses, ``crm.routing.fallback`` helps where no rule
    does, ``crm.routing.writer`` carries the decisions out. The number of queries does not
    depend on the number of leads, rules and members; only writing and telling take some for
    each new owner. Where candidates reach a limit in the middle of a batch, the leads that
    are left go through once more.

    A decision is a dict with the stored fields of ``crm.lead.routing.log``, without the mode.
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
        :rtype: list[dict]
        """
        decisions = self._decide(
            leads.exists(), rows=rows, excluded=excluded, peek=True, replay=replay
        )
        Log = self.env["crm.lead.routing.log"]
        return [
            {
                **decision,
                **Log._details(decision),
                "mode": "dry_run",
                "reason": Log._sentence(decision["outcome"], decision["facts"]),
            }
            for decision in decisions
        ]

    # === DECIDING === #

    @api.model
    def _decide(
        self, leads, rows=None, defaults=None, excluded=None, peek=False, replay=False
    ):
        """Decide about leads. Returns a list of decisions, in the order of the leads."""
        if not leads:
            return []
        run = self.env["crm.routing.reader"]._gather(
            leads, rows, defaults or {}, excluded or {}, peek, replay
        )
        decisions = {}
        waiting = leads.ids
        while waiting:
            waiting = self._round(run, waiting, decisions)
        lost = [lead_id for lead_id in leads.ids if lead_id not in decisions]
        decisions.update(self.env["crm.routing.fallback"]._decide(run, lost))
        return [decisions[lead_id] for lead_id in leads.ids]

    @api.model
    def _round(self, run, lead_ids, decisions):
        """Let each lead find its rule, then hand the leads out. Returns those left over."""
        choices = {}
        for lead_id in lead_ids:
            choice = self._find_rule(run, lead_id)
            if choice:
                choices[lead_id] = choice
        turns, lessons = self.env["crm.routing.turn"]._deal(run, choices)
        left = []
        for lead_id, (row, panel) in choices.items():
            decision = self._choose(
                run, lead_id, row, panel, turns.get(lead_id), lead_id in lessons
            )
            if decision:
                decisions[lead_id] = decision
            else:
                left.append(lead_id)
        return left

    @api.model
    def _find_rule(self, run, lead_id):
        """Return the next rule that has somebody for the lead, with its panel, or None.

        Notes the rules that were tried in vain.
        """
        facts, matched, tried = (
            run.facts[lead_id],
            run.matched[lead_id],
            run.tried[lead_id],
        )
        while run.position[lead_id] < len(run.rows):
            row = run.rows[run.position[lead_id]]
            row = run.variants.get((row.id, facts.pool_team_id), row)
            run.position[lead_id] += 1
            if row.id not in matched:
                tried.append((row.id, row.name, "no_match"))
                continue
            panel = self._panel(run, row, facts)
            reason = self._nobody(run, row, facts, panel)
            if not reason:
                return row, panel
            tried.append((row.id, row.name, reason))
            if panel.people:
                run.judged[lead_id].append(panel.group)
        return None

    @api.model
    def _panel(self, run, row, facts):
        """Return the candidates of a rule as judged for a lead.

        Leads that are alike in all that counts share one judgement.
        """
        judge = self.env["crm.routing.filter"]
        key = judge._key(row, facts)
        panel = run.panels.get(key)
        if panel is None:
            candidates = self._candidates(run, row, facts)
            panel = run.panels[key] = judge._panel(run, row, candidates, facts)
        elif panel.limited:
            judge._refresh(row, panel)
        return panel

    @api.model
    def _candidates(self, run, row, facts):
        """Return who may get a lead under a rule."""
        if row.values["method"] == "account_owner":
            found = run.accounts.get(facts.id)
            return run.people.get(found[0], []) if found else []
        if row.values["method"] == "capturer":
            return run.people.get(facts.creator_id, [])
        return run.pools[row.id, row.values["source"]["pool"]].candidates

    @api.model
    def _nobody(self, run, row, facts, panel):
        """Return why a rule that matches has nobody for the lead, or an empty string."""
        pool = run.pools[row.id, row.values["source"]["pool"]]
        if pool.company_id and facts.company_id and pool.company_id != facts.company_id:
            return "team_company"
        if not panel.people:
            return "no_account" if row.values["method"] == "account_owner" else "empty"
        return "" if panel.able else "nobody"

    @api.model
    def _choose(self, run, lead_id, row, panel, turn, lesson):
        """Choose one of those who can take the lead, and return the decision.

        Returns None where all have reached a limit since they were judged.

        :param int turn: of those who can take the lead, or of the juniors who may learn.
        :param bool lesson: it is a lead for the juniors, where there are any.
        """
        facts = run.facts[lead_id]
        if panel.limited:
            self.env["crm.routing.filter"]._refresh(row, panel)
        lesson = lesson and bool(panel.juniors)
        able = panel.juniors if lesson else panel.able
        if not able:
            run.tried[lead_id].append((row.id, row.name, "nobody"))
            run.judged[lead_id].append(panel.group)
            return None
        winner, compared = self.env["crm.routing.method"]._choose(
            run, row, able, facts, turn
        )
        winner.load.add(facts.grade)
        return {
            "lead_id": lead_id,
            "rule_id": row.id,
            "team_id": winner.team_id or self._team_of(row, winner, facts),
            "from_user_id": facts.user_id,
            "to_user_id": winner.user_id,
            "outcome": "growth" if lesson else row.values["method"],
            "facts": {
                **self._sentence_facts(run, row, facts, winner, panel),
                "turn": turn,
                **({"compared": compared} if compared and not lesson else {}),
            },
            "judged": [*run.judged[lead_id], panel.group],
            "tried": [*run.tried[lead_id], (row.id, row.name, "chosen")],
        }

    @api.model
    def _team_of(self, row, winner, facts):
        """Return the team of a lead whose rule chose a person, not a member of a team.

        The team of the rule, where it names one for a fixed person; else the lead's own
        where the person is in it; else the person's first. False where he has none.
        """
        if row.values["method"] == "fixed" and row.values["team_id"]:
            return row.values["team_id"]
        teams = [
            team_id
            for team_id, company_id in winner.teams
            if not company_id or company_id == (facts.company_id or company_id)
        ]
        if facts.team_id in teams:
            return facts.team_id
        return teams[0] if teams else False

    @api.model
    def _sentence_facts(self, run, row, facts, winner, panel):
        """Return the names and numbers that the sentence about a decision speaks of."""
        result = {
            "rule": row.name,
            "user": winner.name,
            "team": run.pools[row.id, row.values["source"]["pool"]].team_name,
            "able": len(panel.able),
            "total": len(panel.people),
        }
        if row.values["method"] == "account_owner":
            owner_id, how, account = run.accounts[facts.id]
            result |= {
                "how": how,
                "account": account,
                "owner": run.people[owner_id][0].name,
            }
        return result
