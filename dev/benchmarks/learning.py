"""What is learned from real leads, beside Odoo's own probability; and what chance would do.

The public data sets are looked for where the tests look; without them their lines are left
out, loudly. Chance: outcomes that are drawn teach nothing. Drift: months in which nothing
drifts say so. A year of reviews: twelve months, of which the last six are worse.
"""

import random
from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError

from odoo.addons.crm_lead_management.models.scoring.judging.reviewer import (
    LEAST_DRIFT,
    is_chance,
)
from odoo.addons.crm_lead_management.tests.scoring import maven_crm, x_education
from odoo.addons.crm_lead_management.tests.scoring.year import Year
from odoo.addons.crm_lead_management.tools.discrimination import stability
from odoo.addons.crm_lead_management.tools.scorecard import learn

TRIALS = 100
SEED = 7


def run(env, report):
    # Loading makes fields: what is rolled back at the end must not stay in the registry.
    env["crm.lead"].search([]).unlink()
    path = x_education.find()
    if path:
        leaking = [x_education.field_name(column) for column in x_education.LEAKING]
        leads = x_education.load(env, path)
        _learned(env, report, "x_education", leads, leaking)
        leads.unlink()
        leads = maven_crm.load(env, path.parents[1] / "maven_crm")
        _learned(env, report, "maven_crm", leads)
        leads.unlink()
    else:
        report.note("The public data sets are not there: nothing is learned from them.")
    _by_chance(report)
    _drift(report)
    _year(env, report)


def _learned(env, report, title, leads, excluded=()):
    """Learn from 70 % of leads, and print how that does on the others."""
    ids = list(leads.ids)
    random.Random(SEED).shuffle(ids)
    train = ids[: round(0.7 * len(ids))]
    try:
        card = env["crm.scorecard"]._suggest([("id", "in", train)], excluded)
    except UserError as error:
        report.note(f"{title}: {error}")
        return
    judged = card._evaluate([("id", "in", leads.ids)])
    report.note(
        f"{title}: AUC {judged.auc:.3f} ({judged.auc_low:.3f} to {judged.auc_high:.3f}) with"
        f" {len(card.rule_ids)} rules on {judged.n:,} leads that were not learned from;"
        f" Odoo's own {judged.auc_odoo:.3f}"
    )
    report.note(judged.verdict)


def _by_chance(report):
    for n in (100, 300, 1000):
        taught = 0
        for trial in range(TRIALS):
            chance = random.Random(1000 * n + trial)
            won = [chance.random() < 0.4 for _lead in range(n)]
            facts = {
                f"category {number}": (
                    "category",
                    [chance.choice("abcdefgh"[: 2 + number % 7]) for _lead in won],
                )
                for number in range(25)
            }
            for number in range(5):
                values = [chance.lognormvariate(3, 1) for _lead in won]
                facts[f"number {number}"] = ("number", values)
            taught += bool(learn(facts, won))
        report.note(
            f"outcomes by chance, n = {n}: nothing tells in {TRIALS - taught} of {TRIALS}"
        )


def _drift(report):
    for n in (30, 50, 100):
        said = 0
        for month in range(300):
            chance = random.Random(1000 * n + month)
            before, after = (dict.fromkeys(range(1, 6), 0) for _part in range(2))
            for counts, total in ((before, 500), (after, n)):
                for grade in chance.choices(range(1, 6), (20, 25, 25, 20, 10), k=total):
                    counts[grade] += 1
            drift = stability(before, after)
            said += drift >= LEAST_DRIFT and not is_chance(drift, before, after)
        report.note(f"months without drift, {n} new leads: {said} of 300 say drift")


def _year(env, report):
    start = fields.Datetime.now() - timedelta(days=390)
    for title, worse in (("calm", None), ("worse from month 7 on", 7)):
        # Each year for itself.
        env.flush_all()
        env.cr.execute("SAVEPOINT year")
        year = Year(env, start, seed=1)
        for month, findings in enumerate(year.months(worse_from=worse), 1):
            said = " | ".join(findings) or "nothing to say"
            report.note(f"a year of reviews, {title}, month {month:2}: {said}")
        env.invalidate_all(flush=False)
        env.cr.execute("ROLLBACK TO SAVEPOINT year")
