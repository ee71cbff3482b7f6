# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import random

from odoo import fields
from odoo.exceptions import UserError

from ....tools.bands import band_of, within
from ....tools.scorecard import learn
from .closed import ClosedLeads
from .facts import Facts
from .leaks import Leaks
from .writer import Writer

# Fewer closed leads say nothing that would hold for the next ones.
LEAST_CLOSED = 50
LEAST_OF_EACH = 10
# More leads than this make the rules no better, only slower.
MOST_CLOSED = 20000
MOST_RULES = 35
# Leads that came within fewer days were imported: their order tells nothing of time.
LEAST_SPAN = 30
# The wanted shares of the grades 5, 4, 3 and 2 among the leads that were learned from.
SHARES = (0.10, 0.20, 0.25, 0.25)


class Learner:
    """Makes a draft scorecard of what closed leads teach.

    Each fact of the leads is cut into bands that differ in how often leads were won,
    emptiness being one of them; a logistic regression weighs the bands jointly; what
    tells least is dropped until 35 rules are left, with whole points (10 points double
    the odds). See ``tools/scorecard.py``.

    :param env: the environment of who learns: only leads and facts that he may read.
    :param scope: a ScorecardSetup: only leads that it is about; None: all.
    """

    def __init__(self, env, scope=None):
        self.env, self.scope, self.leaks = env, scope, Leaks(env)

    def learn(self, domain, excluded_fields=(), holdout=0.0, seed=1, shares=SHARES):
        """Return a draft scorecard learned from closed leads.

        :param domain: the leads to learn from; the closed ones among them are used.
        :param excluded_fields: names of fields that must not be used. Fields that leak the
            outcome never are, whether they are known to, or turn out to.
        :param float holdout: share of the leads to leave out, for an honest evaluation:
            the latest where their dates span 30 days or more, else by chance.
        :param int seed: of the choice by chance.
        :param shares: the wanted shares of the grades 5, 4, 3 and 2 among the leads that
            are learned from; they set the thresholds.
        :return: the draft; ``training_lead_ids`` are the leads that it has seen.
        :raise UserError: where there are too few closed leads, or no fact tells anything.
        """
        self.env["crm.scorecard"].check_access("create")
        facts_of = Facts(self.env)
        closed = ClosedLeads(self.env).find(domain, self.scope)
        rows = self._choose(closed, holdout, seed)
        leads = self.env["crm.lead"].browse([row.id for row in rows])
        won = [row.won for row in rows]
        self._check_enough(len(won), sum(won))
        facts = facts_of.read(leads, facts_of.candidates(excluded_fields))
        leaking = self.leaks.of_facts(facts, won, self._span(rows) >= LEAST_SPAN)
        left_out = {leak.key for leak in leaking}
        rules = learn(
            {key: fact for key, fact in facts.items() if key not in left_out},
            won,
            MOST_RULES,
        )
        rules = [
            rule._replace(band=within(rule.band, facts[rule.name][1])) for rule in rules
        ]
        base = sum(won) / len(won)
        alike = [rule for rule in rules if self.leaks.are_alike(rule.band, base)]
        rules = [rule for rule in rules if rule not in alike]
        if not rules:
            message = self.env._(
                "Nothing that is known of these %s closed leads tells which ones were won."
                " Choose other leads, or note more about new leads.",
                len(won),
            )
            raise UserError(f"{message} {self._left_out(leaking)}".strip())
        card = self._create(domain, leads, won, rules, facts, leaking)
        if alike:
            names = ", ".join(
                Writer(self.env).rule(rule, base)["name"] for rule in alike
            )
            card.description += "\n" + self.env._(
                "Left out, as these leads were won, or lost, all together: %s.", names
            )
        card._set_shares(self._points(rules, facts), shares)
        return card

    def _choose(self, rows, holdout, seed):
        """Return the leads to learn from, at most MOST_CLOSED, oldest first.

        :param rows: Closed tuples, oldest first.
        """
        keep = round(len(rows) * (1 - holdout))
        places = list(range(len(rows)))
        if keep < len(rows) and self._span(rows) < LEAST_SPAN:
            random.Random(seed).shuffle(places)
        places = places[:keep]
        if len(places) > MOST_CLOSED:
            places = random.Random(seed).sample(places, MOST_CLOSED)
        return [rows[place] for place in sorted(places)]

    def _span(self, rows):
        """Return over how many days leads came.

        :param rows: Closed tuples, oldest first.
        """
        if not rows:
            return 0
        ends = self.env["crm.lead"].browse([rows[0].id, rows[-1].id])
        return (ends[-1].create_date - ends[0].create_date).days

    def _check_enough(self, n, n_won):
        """Refuse to learn from too few leads.

        :raise UserError: saying how many there are, and how many it takes.
        """
        if n < LEAST_CLOSED or min(n_won, n - n_won) < LEAST_OF_EACH:
            raise UserError(too_few(self.env, n, n_won))

    def _create(self, domain, leads, won, rules, facts, leaking):
        """Create the draft scorecard of the rules that were learned."""
        base_rate = sum(won) / len(won)
        writer = Writer(self.env)
        card = self.env["crm.scorecard"].create(
            {
                "name": self.env._("Learned from %s closed leads", len(won)),
                "description": self._description(won, leaking),
                "training_domain": repr(list(domain)),
                "training_lead_ids": leads.ids,
                "training_count": len(won),
                "rule_ids": [
                    fields.Command.create(
                        {**writer.rule(rule, base_rate), "sequence": 10 * number}
                    )
                    for number, rule in enumerate(rules, 1)
                ],
            }
        )
        newer = ClosedLeads(self.env).newer(leads.ids, card)
        card.description = "\n".join([card.description, *newer])
        return card

    def _points(self, rules, facts):
        """Return the points that the rules give the leads that they were learned from."""
        points = [0] * max((len(values) for _kind, values in facts.values()), default=0)
        for rule in rules:
            for place, value in enumerate(facts[rule.name][1]):
                if band_of([rule.band], value) is not None:
                    points[place] += rule.points
        return points

    def _description(self, won, leaking):
        """Say what the scorecard was learned from, and what was left out."""
        lines = [
            self.env._(
                "Learned from %(n)s closed leads, %(won)s of them won.",
                n=len(won),
                won=sum(won),
            )
        ]
        return "\n".join([*lines, self._left_out(leaking)]).strip()

    def _left_out(self, leaking):
        """Name the facts that were left out because they give the outcome away, and why."""
        label = Facts(self.env).fact
        texts = {
            "outcome": self.env._(
                "Left out, as they tell the outcome nearly on their own, and so are probably"
                " known only after it: %s."
            ),
            "alike": self.env._(
                "Left out, as leads with some of their values were won, or lost, all together,"
                " and so they are probably written at the close: %s."
            ),
            "serial": self.env._(
                "Left out, as they only count the leads in the order in which they came: %s."
            ),
        }
        keys = {why: [leak.key for leak in leaking if leak.why == why] for why in texts}
        return "\n".join(
            text % ", ".join(label(key).label for key in keys[why])
            for why, text in texts.items()
            if keys[why]
        )


def too_few(env, n, n_won):
    """Return the sentence that stands where figures would mislead."""
    return env._(
        "There are %(n)s closed leads here, %(won)s of them won: too few for a verdict. It"
        " takes at least %(least)s closed leads, with %(each)s won and %(each)s lost ones.",
        n=n,
        won=n_won,
        least=LEAST_CLOSED,
        each=LEAST_OF_EACH,
    )
