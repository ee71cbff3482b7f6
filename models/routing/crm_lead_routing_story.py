# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models


class CrmLeadRoutingLog(models.Model):
    """What the log tells a reader: each candidate with each filter, in his language."""

    _inherit = "crm.lead.routing.log"

    candidates = fields.Json(
        compute="_compute_details", export_string_translation=False
    )
    rules_tried = fields.Json(
        compute="_compute_details", export_string_translation=False
    )
    story = fields.Html(string="Whole Story", compute="_compute_story", sanitize=False)

    @api.depends("judged", "tried", "outcome", "facts", "to_user_id")
    def _compute_details(self):
        for log in self:
            log.update(
                self._details(
                    {
                        "outcome": log.outcome,
                        "facts": log.facts,
                        "judged": log.judged,
                        "tried": log.tried,
                        "to_user_id": log.to_user_id.id,
                    }
                )
            )

    @api.depends("candidates", "rules_tried")
    @api.depends_context("lang")
    def _compute_story(self):
        tries = self._try_texts()
        for log in self:
            log.story = self.env["ir.qweb"]._render(
                "crm_lead_management.crm_routing_story",
                {
                    "groups": self._story_groups(log.judged, log.candidates),
                    "tie_break": self._tie_break(log.outcome, log.facts or {}),
                    "tried": [
                        {**row, "text": tries.get(row["reason"], row["reason"])}
                        for row in log.rules_tried or []
                    ],
                },
                minimal_qcontext=True,
            )

    # === DETAILS === #

    @api.model
    def _details(self, decision):
        """Return the candidates and the rules of a decision, one dict each.

        :param dict decision: of ``crm.routing.engine``, or the stored fields of a log.
        :return: ``candidates``: rule, user_id, name, passed, reason (a code: chosen, turn, or
            the first filter that he failed), failed (all of them), and the numbers that were
            compared; ``rules_tried``: rule_id, name, reason.
        :rtype: dict[str, list[dict]]
        """
        groups = decision["judged"] or []
        candidates = []
        for group in groups[:-1]:
            candidates += [self._candidate(group, *one) for one in group["people"]]
        for group in groups[-1:]:
            candidates += self._deciding_group(decision, group)
        return {
            "candidates": candidates,
            "rules_tried": [
                {"rule_id": rule_id, "name": name, "reason": code}
                for rule_id, name, code in decision["tried"] or []
            ],
        }

    @api.model
    def _candidate(self, group, user_id, name, failed):
        return {
            "rule": group["rule"],
            "user_id": user_id,
            "name": name,
            "passed": not failed,
            "reason": failed[0] if failed else "turn",
            "failed": list(failed),
        }

    @api.model
    def _deciding_group(self, decision, group):
        """Return the candidates of the rule that decided, with what was compared of them."""
        compared = (decision["facts"] or {}).get("compared") or {}
        columns = {name: v for name, v in compared.items() if isinstance(v, list)}
        rows = [self._candidate(group, *one) for one in group["people"]]
        passed = [row for row in rows if row["passed"]]
        for name, values in columns.items():
            for row, value in zip(passed, values, strict=False):
                row[name] = value
        for row in rows:
            # A junior who learns may lack the experience that the rule asks for.
            if row["user_id"] == decision["to_user_id"] and (
                row["passed"] or decision["outcome"] == "growth"
            ):
                row |= {"passed": True, "reason": "chosen"}
        return rows

    # === STORY === #

    @api.model
    def _story_groups(self, judged, candidates):
        """Return the tables of the story: filters side by side, one row per candidate.

        :param list judged: as stored.
        :param list candidates: of :meth:`_details`, in the same order.
        :rtype: list[dict]
        """
        verdicts, filters = self._verdict_texts(), self._filter_texts()
        titles = {
            "fallback_company": self.env._("Fallback owner"),
            "fallback_leader": self.env._("Team leader"),
        }
        rows, groups = iter(candidates or []), []
        for group in judged or []:
            people = [next(rows) for _person in group["people"]]
            groups.append(
                {
                    "title": titles.get(group["rule"], group["rule"]),
                    "filters": [filters.get(code, code) for code in group["filters"]],
                    "people": [
                        {
                            **person,
                            "text": verdicts.get(person["reason"], person["reason"]),
                            "detail": self._detail(person),
                            "cells": [
                                verdicts.get(code, code)
                                if code in person["failed"]
                                else ""
                                for code in group["filters"]
                            ],
                        }
                        for person in people
                    ],
                }
            )
        return groups

    @api.model
    def _tie_break(self, outcome, facts):
        """Return what decided between those who could take the lead equally well.

        :param str outcome: a code of :meth:`_outcome_texts`.
        :param dict facts: as stored.
        :return: a sentence, or an empty string where nothing had to be decided.
        """
        turn, able = facts.get("turn"), facts.get("able")
        if turn is None or not able:
            return ""
        number, ties = turn + 1, (facts.get("compared") or {}).get("ties", 0)
        if outcome == "round_robin":
            return self.env._(
                "Turn number %(turn)s among the %(able)s who could take the lead: it fell to"
                " number %(place)s of them.",
                turn=number,
                able=able,
                place=turn % able + 1,
            )
        if outcome == "weighted":
            return self.env._(
                "Turn number %s, counted by the shares of those who could take the lead.",
                number,
            )
        if outcome == "growth":
            return self.env._("Lead number %s for the juniors.", number)
        if ties > 1:
            return self.env._(
                "%(ties)s of them were level; turn number %(turn)s decided between them.",
                ties=ties,
                turn=number,
            )
        return ""

    # === TEXTS === #

    @api.model
    def _detail(self, row):
        """Return what was compared of a candidate, in words, or an empty string."""
        if "rate" in row:
            if not row["cases"]:
                return self.env._("no similar lead closed yet")
            return self.env._(
                "%(rate)s %% expected, after %(cases)s similar closed leads",
                rate=row["rate"],
                cases=row["cases"],
            )
        if "load" in row:
            return self.env._("load %s", f"{row['load']:g}")
        return self.env._("share %s", row["weight"]) if "weight" in row else ""

    @api.model
    def _filter_texts(self):
        """Return what each filter asks of a candidate, in a word or two, by code."""
        return {
            "archived": self.env._("Active"),
            "external": self.env._("Internal user"),
            "paused": self.env._("Not paused"),
            "away": self.env._("In office"),
            "leave": self.env._("Not on leave"),
            "company": self.env._("Company"),
            "excluded": self.env._("Did not have it"),
            "language": self.env._("Language"),
            "industry": self.env._("Industry"),
            "product": self.env._("Product"),
            "tags": self.env._("Tags"),
            "seniority": self.env._("Experience"),
            "weight": self.env._("Has a share"),
            "hours": self.env._("Working now"),
            "domain": self.env._("Own filter"),
            "cap_day": self.env._("Limit per day"),
            "cap_week": self.env._("Limit per week"),
            "cap_month": self.env._("Capacity in 30 days"),
            "cap_open": self.env._("Limit of open leads"),
            "preference": self.env._("Preference"),
        }

    @api.model
    def _verdict_texts(self):
        """Return what to say about a candidate, by code."""
        return {
            "chosen": self.env._("Gets the lead"),
            "turn": self.env._("Could take it, but somebody else came first"),
            "archived": self.env._("Archived user"),
            "external": self.env._("Not an internal user"),
            "paused": self.env._("Assignment is paused"),
            "away": self.env._("Out of office"),
            "leave": self.env._("On leave"),
            "language": self.env._("Does not speak the language of the lead"),
            "industry": self.env._("Does not know the industry of the lead"),
            "product": self.env._(
                "Does not know the products that the lead asks about"
            ),
            "tags": self.env._(
                "Has none of the skills that the tags of the lead ask for"
            ),
            "seniority": self.env._("Has less experience than the rule asks for"),
            "weight": self.env._("Has a share of 0"),
            "domain": self.env._(
                "Has an assignment filter that the lead does not meet"
            ),
            "hours": self.env._("Is outside of working hours"),
            "cap_day": self.env._("Has reached the limit of leads per day"),
            "cap_week": self.env._("Has reached the limit of leads per week"),
            "cap_month": self.env._("Has reached the capacity of leads in 30 days"),
            "cap_open": self.env._("Has reached the limit of open leads"),
            "preference": self.env._("Could take it, but others prefer such leads"),
            "company": self.env._("Does not work in the company of the lead"),
            "excluded": self.env._("Had the lead before"),
        }

    @api.model
    def _try_texts(self):
        """Return what to say about a rule that was tried, by code."""
        return {
            "chosen": self.env._("Decided"),
            "no_match": self.env._("Does not match the lead"),
            "team_company": self.env._("Its sales team belongs to another company"),
            "no_account": self.env._("The lead belongs to no known account"),
            "empty": self.env._("Has nobody to choose from"),
            "nobody": self.env._("Nobody could take the lead"),
        }
