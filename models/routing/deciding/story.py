# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
# pylint: disable=prefer-env-translation
# `_` is the environment's, handed in by who speaks: nothing here knows an environment.
"""What a decision tells a reader: why, each candidate with each filter, each rule.

Decisions hold codes and the names as they were; the words are made when somebody reads them,
in his language. The words of methods and filters are their own; the others are here.
"""

from . import filters, methods
from .types import GIVEN_BACK, GROWTH, KNOWN

# What was compared of people, and says how well they did.
RATES = frozenset(("rate", "cases"))

# === WHY === #


def sentence(_, outcome, facts):
    """Return the reason of a decision in one sentence, or '' for an outcome nobody knows.

    :param _: the function that translates.
    :param str outcome: of the decision.
    :param dict facts: of the decision: the names and numbers that the sentence speaks of.

    >>> facts = {"rule": "Gulf", "user": "Ann"}
    >>> sentence(str, "fixed", facts)
    'Rule "Gulf" gives its leads to Ann.'
    >>> sentence(str, "fallback_company", facts)
    'No rule found anybody, so the lead went to the fallback owner Ann.'
    >>> sentence(str, "gone", facts)
    ''
    """
    method = methods.BY_KEY.get(outcome)
    if method:
        return method.say(_, facts or {})
    others = {**_of_persons(_), **_without_rule(_)}
    return (others.get(outcome) or "") % (facts or {})


def _of_persons(_):
    """Return the sentence for each way a person can decide, and a junior can learn."""
    return {
        GROWTH: _(
            'Rule "%(rule)s" gives a share of its leads to juniors, and it was %(user)s\'s'
            " turn."
        ),
        GIVEN_BACK: _(
            'Rule "%(rule)s": %(user)s is owed a lead, for one that did not count.'
        ),
        "chosen": _("%(author)s created the lead for %(user)s."),
        "creator_keeps": _("Who enters a lead keeps it: %(user)s created it."),
        "own_documents": _(
            "%(user)s created the lead for himself, and may see only leads of his own."
        ),
        "by_hand": _("%(author)s gave the lead to %(user)s."),
        "taken_over": _("%(user)s took over the conversation with the lead."),
        "taken_away": _("%(author)s took the lead away from its owner."),
    }


def _without_rule(_):
    """Return the sentence for each way a decision can come out without a rule."""
    return {
        "fallback_company": _(
            "No rule found anybody, so the lead went to the fallback owner %(user)s."
        ),
        "fallback_leader": _(
            "No rule found anybody, so the lead went to %(user)s, who leads %(team)s."
        ),
        "kept_default": _(
            "No rule found anybody and there is no fallback owner, so the lead stayed"
            " with %(user)s, who created it."
        ),
        "kept_owner": _(
            "No rule found anybody and there is no fallback owner, so the lead stayed"
            " with %(user)s."
        ),
        "nobody": _(
            "No rule found anybody, and there is neither a fallback owner nor a team"
            " leader: the lead waits."
        ),
        "late": _(
            "%(old)s did not answer in time, and nobody else was left, so the lead went to"
            " %(user)s, who leads the team."
        ),
        "set_aside": _(
            "The lead failed the qualification and is set aside: no rule was asked, and"
            " %(user)s has it."
        ),
        "late_fallback": _(
            "%(old)s did not answer in time, and nobody else was left, so the lead went to"
            " the fallback owner %(user)s."
        ),
        "failed": _(
            "Routing failed, and the lead was left as Odoo would have it; the server's log"
            " says why."
        ),
    }


def tie_break(_, outcome, facts):
    """Return what decided between those who could take the lead equally well, or ''.

    :param str outcome: of the decision.
    :param dict facts: of the decision.

    >>> speak = lambda text, *args, **named: text % (args or named)
    >>> tie_break(speak, "round_robin", {"turn": 5, "able": 4})
    'Turn number 6 among the 4 who could take the lead: it fell to number 2 of them.'
    >>> tie_break(speak, "least_loaded", {"turn": 5, "able": 4, "compared": {"ties": 2}})
    '2 of them were level; turn number 6 decided between them.'
    >>> tie_break(speak, "least_loaded", {"turn": 5, "able": 4, "compared": {"ties": 1}})
    ''
    >>> tie_break(speak, "fixed", {"turn": None, "able": 4})
    ''
    """
    turn, able = facts.get("turn"), facts.get("able")
    if turn is None or not able:
        return ""
    if outcome == GROWTH:
        return _("Lead number %s for the juniors.", turn + 1)
    method = methods.BY_KEY.get(outcome)
    return method.tie_break(_, facts) if method else ""


# === CANDIDATES AND RULES === #


def details(decision):
    """Return the candidates and the rules of a decision, one dict each.

    :param Decision decision: the decision, or what was stored of it.
    :return: ``candidates``: rule, user_id, name, passed, reason (a code: chosen, turn, or the
        first filter that he failed), failed (all of them), and the numbers that were compared;
        ``rules_tried``: rule_id, name, reason.
    :rtype: dict[str, list[dict]]

    >>> from .types import Decision
    >>> group = {"rule": "Gulf", "filters": ["away"]}
    >>> group["people"] = [[1, "Ann", ["away"]], [2, "Bob", []], [3, "Cem", []]]
    >>> facts = {"compared": {"load": [4, 2], "ties": 1}}
    >>> told = details(Decision(7, 3, "least_loaded", facts=facts, judged=[group]))
    >>> [(one["name"], one["reason"], one.get("load")) for one in told["candidates"]]
    [('Ann', 'away', None), ('Bob', 'turn', 4), ('Cem', 'chosen', 2)]

    A junior who learns may lack the experience that the rule asks for.

    >>> group["people"][0][2] = ["seniority"]
    >>> for outcome in ("growth", "round_robin"):
    ...     ann = details(Decision(7, 1, outcome, judged=[group]))["candidates"][0]
    ...     print(ann["passed"], ann["reason"], ann["failed"])
    True chosen ['seniority']
    False seniority ['seniority']
    """
    groups = decision.judged or []
    candidates = [
        _candidate(group, *one) for group in groups[:-1] for one in group["people"]
    ]
    for group in groups[-1:]:
        candidates += _deciding_group(decision, group)
    return {
        "candidates": candidates,
        "rules_tried": [
            {"rule_id": rule_id, "name": name, "reason": code}
            for rule_id, name, code in decision.tried or []
        ],
    }


def _candidate(group, user_id, name, failed):
    return {
        "rule": group["rule"],
        "user_id": user_id,
        "name": name,
        "passed": not failed,
        "reason": failed[0] if failed else "turn",
        "failed": list(failed),
    }


def _deciding_group(decision, group):
    """Return the candidates of the rule that decided, with what was compared of them."""
    compared = (decision.facts or {}).get("compared") or {}
    rows = [_candidate(group, *one) for one in group["people"]]
    passed = [row for row in rows if row["passed"]]
    for name, values in compared.items():
        if isinstance(values, list):
            for row, value in zip(passed, values, strict=False):
                row[name] = value
    for row in rows:
        learns = decision.outcome == GROWTH
        if row["user_id"] == decision.to_user_id and (row["passed"] or learns):
            row |= {"passed": True, "reason": "chosen"}
    return rows


def for_peers(candidates, user_id):
    """Return candidates as a colleague may see them: nobody's rates but his own.

    :param list candidates: of :func:`details`.

    >>> told = [{"user_id": 1, "rate": 60, "cases": 9}, {"user_id": 2, "rate": 20, "cases": 5}]
    >>> for_peers(told, 2)
    [{'user_id': 1}, {'user_id': 2, 'rate': 20, 'cases': 5}]
    """
    return [
        one
        if one["user_id"] == user_id
        else {key: value for key, value in one.items() if key not in RATES}
        for one in candidates
    ]


def tables(_, decision, candidates):
    """Return the tables of the story: filters side by side, one row per candidate.

    :param Decision decision: what was stored of it.
    :param list candidates: of :func:`details`.
    :rtype: list[dict]
    """
    headers = {one.code: one.header(_) for one in filters.FILTERS}
    verdicts = {
        "chosen": _("Gets the lead"),
        "turn": _("Could take it, but somebody else came first"),
        **{one.code: one.verdict(_) for one in filters.FILTERS},
    }
    titles = {
        "fallback_company": _("Fallback owner"),
        "fallback_leader": _("Team leader"),
        KNOWN: _("Known accounts"),
    }
    method = methods.BY_KEY.get(decision.outcome)
    rows, groups = iter(candidates or []), []
    for group in decision.judged or []:
        people = [next(rows) for _person in group["people"]]
        groups.append(
            {
                "title": titles.get(group["rule"], group["rule"]),
                "filters": [headers.get(code, code) for code in group["filters"]],
                "people": [
                    {
                        **person,
                        "text": verdicts.get(person["reason"], person["reason"]),
                        "detail": method.detail(_, person) if method else "",
                        "cells": [
                            verdicts.get(code, code) if code in person["failed"] else ""
                            for code in group["filters"]
                        ],
                    }
                    for person in people
                ],
            }
        )
    return groups


def tries(_, rules_tried):
    """Return the rules of :func:`details`, each with its ``text``.

    :param list rules_tried: the rules.
    """
    texts = {
        "chosen": _("Decided"),
        "no_match": _("Does not match the lead"),
        "team_company": _("Its sales team belongs to another company"),
        **{
            method.nobody: method.no_candidates(_) for method in methods.BY_KEY.values()
        },
        "nobody": _("Nobody could take the lead"),
    }
    return [
        {
            **row,
            "name": _("Known accounts") if row["name"] == KNOWN else row["name"],
            "text": texts.get(row["reason"], row["reason"]),
        }
        for row in rules_tried or []
    ]
