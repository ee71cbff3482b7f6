# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.tools import format_date

from ..closed import is_closed
from ..learning.closed import ClosedLeads
from .explainer import Explainer
from .questions import Questions


def explanation(lead):
    """Return what the grade widget shows; see ``get_grade_explanation``."""
    env = lead.env
    scorecard = env["crm.score.engine"]._scorecard_of(lead)
    # sudo: labels, thresholds and the course of action, for whoever sees the lead.
    grades = {row.grade: row for row in scorecard.sudo().grade_ids}
    mine, better = grades.get(lead.lead_grade), grades.get(lead.lead_grade + 1)
    bands = dict(lead._fields["lead_band"]._description_selection(env))
    rows = Explainer(env).explain(lead)[lead.id]
    missing = round(better.threshold - lead.lead_points, 2) if better else 0
    return {
        "grade": lead.lead_grade,
        "label": mine.name if mine else "",
        "band": bands.get(lead.lead_band, ""),
        "points": round(lead.lead_points, 2),
        "next": missing if missing > 0 else False,
        "sides": _sides(scorecard, rows),
        "advice": _advice(lead, mine),
        "as_of": _as_of(lead, scorecard),
        "manual": lead._grade_manual_text(),
        "scorecard": scorecard.sudo().name or "",  # sudo: its name only
        "history": lead._grade_history(),
        "rows": [
            {**row, "rule": row["rule"].id, "points": round(row["points"], 2)}
            for row in rows
        ],
    }


def _sides(scorecard, rows):
    """Return how many points a lead has for what it is, and for what it did.

    :param rows: the parts of its points.
    :return: pairs of a label and points; none where the scorecard looks at one side only.
    :rtype: list[tuple]
    """
    # sudo: what everybody may know who sees the lead.
    rules = scorecard.sudo().rule_ids
    if len({_is_behaviour(rule) for rule in rules}) < 2:
        return []
    found = {False: 0.0, True: 0.0}
    for row in rows:
        if row["rule"]:
            found[_is_behaviour(row["rule"])] += row["points"]
    env = scorecard.env
    labels = {False: env._("Fit"), True: env._("Engagement")}
    return [(labels[side], round(points, 2)) for side, points in found.items()]


def _is_behaviour(rule):
    return rule.measure != "facts" or rule.kind == "implicit"


def _as_of(lead, scorecard):
    """Say as of when a lead is looked at where it is won or lost, and what is newer."""
    if not is_closed(lead) or not lead.date_closed:
        return ""
    day = format_date(lead.env, lead.date_closed)
    facts = ClosedLeads(lead.env).as_of_today(lead, scorecard)
    if facts:
        return lead.env._(
            "As of its close on %(day)s. As of today, because Odoo keeps no history of them:"
            " %(facts)s.",
            day=day,
            facts=", ".join(facts),
        )
    return lead.env._("As of its close on %s.", day)


def _advice(lead, row):
    """Return what to do about a lead; where little is known, to find out more first.

    :param row: the crm.scorecard.grade, as superuser, or None.
    """
    if not lead._grade_is_provisional():
        return (row.advice or "") if row else ""
    env = lead.env
    gains = Questions(lead).values()
    labels = [
        lead._fields[name]._description_string(env)
        for name in sorted(gains, key=gains.get, reverse=True)[:3]
    ]
    known = round(lead.info_completeness)
    if not labels:
        return env._(
            "Little is known (%s %%), so the grade is provisional: find out more first.",
            known,
        )
    return env._(
        "Little is known (%(known)s %%), so the grade is provisional. Ask: %(facts)s.",
        known=known,
        facts=", ".join(labels),
    )
