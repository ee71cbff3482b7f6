# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import time
from typing import NamedTuple

from odoo import api, fields, models

from ...tools import distribution


class LeadFacts(NamedTuple):
    """A lead as the engine keeps it in memory: plain values."""

    id: int
    user_id: int
    team_id: int
    company_id: int
    default_user_id: int
    excluded: frozenset


class CrmRoutingEngine(models.AbstractModel):
    """Finds the one right owner of each lead.

    **What.** Tries the routing rules in their order. The first that matches the lead and has
    somebody who can take it decides; its method chooses the person. Where no rule finds
    anybody: the company's fallback owner, the leader of the team, whoever has it now.

    **How to use.** ``_route(leads)`` assigns and returns the log records; ``_preview(leads)``
    returns the same decisions as dicts and writes nothing, takes no turn.

    **How it works.** ``_decide`` makes plain decisions, ``crm.routing.writer`` carries them
    out. Queries to decide, whatever the number of leads, rules and members: one for the
    rules, one for the members of the rules that matched, one for the turns, and up to three
    for fallback owners. Where candidates reach a limit in the middle of a batch, the leads
    that are left go through once more.

    A decision is a dict with the fields of ``crm.lead.routing.log``, without the mode.
    """

    _name = "crm.routing.engine"
    _description = "Routing engine"

    # === API === #

    @api.model
    def _route(self, leads, mode="auto", defaults=None, excluded=None, fresh=False):
        """Assign leads, and put each decision on record.

        :param leads: crm.lead records, at any number; those deleted meanwhile are left out.
        :param str mode: as in the log: auto, manual or reroute.
        :param dict defaults: by lead id, the user whom Odoo would have made the owner.
        :param dict excluded: by lead id, ids of users who must not get it.
        :param bool fresh: the leads were just created: they exist.
        :return: one log record per lead.
        """
        started = time.perf_counter()
        leads = leads if fresh else leads.exists()
        decisions = self._decide(leads, defaults=defaults, excluded=excluded)
        return self.env["crm.routing.writer"]._apply(decisions, mode, started)

    @api.model
    def _preview(self, leads, rows=None, excluded=None):
        """Return the decisions that :meth:`_route` would make now; nothing is written.

        :param leads: crm.lead records.
        :param rows: the RuleRow tuples to try; the active rules when None.
        :rtype: list[dict]
        """
        decisions = self._decide(
            leads.exists(), rows=rows, excluded=excluded, peek=True
        )
        Log = self.env["crm.lead.routing.log"]
        return [
            {
                **decision,
                "mode": "dry_run",
                "reason": Log._sentence(decision["outcome"], decision["facts"]),
            }
            for decision in decisions
        ]

    # === DECIDING === #

    @api.model
    def _decide(self, leads, rows=None, defaults=None, excluded=None, peek=False):
        """Decide about leads. Returns a list of decisions, in the order of the leads."""
        if not leads:
            return []
        Rule = self.env["crm.routing.rule"]
        rows = Rule._rule_rows() if rows is None else rows
        matched = Rule._rule_match(leads, rows)
        used = set().union(*matched.values())
        now = fields.Datetime.now()
        run = {
            "rows": rows,
            "matched": matched,
            "facts": self._lead_facts(leads, defaults or {}, excluded or {}),
            "pools": self._pools([row for row in rows if row.id in used], now),
            "tried": {lead_id: [] for lead_id in matched},
            "position": dict.fromkeys(matched, 0),
            "verdicts": {},
            "peek": peek,
            "peeked": {},
            "judged": {lead_id: [] for lead_id in matched},
        }
        decisions = {}
        waiting = leads.ids
        while waiting:
            waiting = self._round(run, waiting, decisions)
        lost = [lead_id for lead_id in leads.ids if lead_id not in decisions]
        decisions.update(self.env["crm.routing.fallback"]._decide(run, lost, now))
        return [decisions[lead_id] for lead_id in leads.ids]

    @api.model
    def _lead_facts(self, leads, defaults, excluded):
        """Return what the engine needs to know about each lead.

        :rtype: dict[int, LeadFacts]
        """
        leads = (
            leads.sudo()
        )  # sudo: all leads are looked at in the same way, whoever saves them
        return {
            lead.id: LeadFacts(
                lead.id,
                lead.user_id.id,
                lead.team_id.id,
                lead.company_id.id,
                defaults.get(lead.id),
                frozenset(excluded.get(lead.id, ())),
            )
            for lead in leads
        }

    @api.model
    def _pools(self, rows, now):
        """Return the candidates of rules.

        :return: ``(company of the team, name of the team, [Candidate])`` by rule id.
        :rtype: dict[int, tuple]
        """
        Pool = self.env["crm.routing.pool"]
        team_ids = {row.values["team_id"] for row in rows} - {False}
        members = Pool._members(team_ids, now)
        users = Pool._users(
            {row.values["user_id"] for row in rows if row.values["method"] == "fixed"},
            now,
        )
        pools = {}
        for row in rows:
            if row.values["method"] == "fixed":
                pools[row.id] = (False, "", [users[row.values["user_id"]]])
            else:
                pools[row.id] = members.get(row.values["team_id"], (False, "", []))
        return pools

    @api.model
    def _round(self, run, lead_ids, decisions):
        """Let each lead find its rule, then hand the leads out. Returns those left over."""
        choices = {}
        for lead_id in lead_ids:
            choice = self._find_rule(run, lead_id)
            if choice:
                choices[lead_id] = choice
        turns = self._turns(run, [row.id for row, _verdicts in choices.values()])
        left = []
        for lead_id, (row, verdicts) in choices.items():
            turn = turns[row.id].pop(0)
            decision = self._choose(run, lead_id, row, verdicts, turn)
            if decision:
                decisions[lead_id] = decision
            else:
                left.append(lead_id)
        return left

    @api.model
    def _find_rule(self, run, lead_id):
        """Return the next rule that has somebody for the lead, with the verdicts, or None.

        Notes the rules that were tried in vain.
        """
        facts, matched = run["facts"][lead_id], run["matched"][lead_id]
        tried, rows = run["tried"][lead_id], run["rows"]
        while run["position"][lead_id] < len(rows):
            row = rows[run["position"][lead_id]]
            run["position"][lead_id] += 1
            if row.id not in matched:
                tried.append(self._try(row, "no_match"))
                continue
            verdicts = self._verdicts(run, row, facts)
            reason = self._nobody(run, row, facts, verdicts)
            if reason:
                tried.append(self._try(row, reason))
                run["judged"][lead_id] += self._candidates_log(row, verdicts)
                continue
            return row, verdicts
        return None

    @api.model
    def _try(self, row, code):
        return {"rule_id": row.id, "name": row.name, "reason": code}

    @api.model
    def _verdicts(self, run, row, facts):
        """Judge the candidates of a rule for a lead: ``[(Candidate, code)]``.

        Leads that are alike in all that counts share one judgement.
        """
        key = (row.id, facts.company_id, facts.excluded)
        if key not in run["verdicts"]:
            verdict = self.env["crm.routing.pool"]._verdict
            candidates = run["pools"][row.id][2]
            run["verdicts"][key] = [
                (person, verdict(person, facts)) for person in candidates
            ]
        return run["verdicts"][key]

    @api.model
    def _nobody(self, run, row, facts, verdicts):
        """Return why a rule that matches has nobody for the lead, or an empty string."""
        team_company = run["pools"][row.id][0]
        if team_company and facts.company_id and team_company != facts.company_id:
            return "team_company"
        if not verdicts:
            return "empty"
        return "nobody" if all(code for _person, code in verdicts) else ""

    @api.model
    def _turns(self, run, rule_ids):
        """Take, or only look at, one turn for each occurrence of a rule id."""
        counts = {}
        for rule_id in rule_ids:
            counts[rule_id] = counts.get(rule_id, 0) + 1
        Turn = self.env["crm.routing.turn"]
        if not run["peek"]:
            return Turn._take(counts)
        # Turns that were only looked at come again: go on after those of the last round.
        seen = run["peeked"]
        ahead = {
            rule_id: seen.get(rule_id, 0) + count for rule_id, count in counts.items()
        }
        turns = {
            rule_id: t[seen.get(rule_id, 0) :]
            for rule_id, t in Turn._peek(ahead).items()
        }
        seen.update(ahead)
        return turns

    @api.model
    def _choose(self, run, lead_id, row, verdicts, turn):
        """Choose one of those who can take the lead, and return the decision."""
        able = [candidate for candidate, code in verdicts if not code]
        winner = able[distribution.by_turn(turn, len(able))]
        facts = run["facts"][lead_id]
        return {
            "lead_id": lead_id,
            "rule_id": row.id,
            "team_id": row.values["team_id"],
            "from_user_id": facts.user_id,
            "to_user_id": winner.user_id,
            "outcome": row.values["method"],
            "facts": {
                "rule": row.name,
                "user": winner.name,
                "team": run["pools"][row.id][1],
                "able": len(able),
                "total": len(verdicts),
            },
            "candidates": run["judged"][lead_id]
            + self._candidates_log(row, verdicts, winner),
            "rules_tried": [*run["tried"][lead_id], self._try(row, "chosen")],
        }

    @api.model
    def _candidates_log(self, row, verdicts, winner=None):
        """Return the candidates as the log keeps them: who, passed or not, and why."""
        return [
            {
                "rule": row.name,
                "user_id": candidate.user_id,
                "name": candidate.name,
                "passed": not code,
                "reason": code or ("chosen" if candidate is winner else "turn"),
            }
            for candidate, code in verdicts
        ]
