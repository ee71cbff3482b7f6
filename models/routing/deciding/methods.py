# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
# pylint: disable=prefer-env-translation
# `_` is the environment's, handed in by who speaks: nothing here knows an environment.
"""How one person is chosen among those who can take a lead: one object for each way.

A method says all about itself: who its candidates are, what must be read for it, whom it
chooses, and the words for it. Here are those that choose among the members of teams; those
that give leads to one person, in ``person_methods``. To add one, write its class and
``ship`` it; in another addon, ``register`` it and add its ``option`` to the selection of
the rule's method.
"""

from ....tools import distribution
from .fit import fit

# === WHAT A METHOD IS === #

# What a method may need to have read, beside the candidates themselves.
LOADS, HISTORY, ACCOUNTS = "loads", "history", "accounts"


class Method:
    """A way to choose. All methods are of one of two kinds: TeamMethod, and PersonMethod.

    ``key`` and ``label``: of the selection of the rule; the key is the outcome in the log.
    ``needs``: which of LOADS, HISTORY, ACCOUNTS must be read. ``from_teams``: it chooses among
    the members of sales teams. ``in_order``: its candidates stand in order, and the first who
    can takes the lead, so that it needs no turn. ``names_person``: the rule names the person.
    ``weighs``: it goes by the shares of members: who has none is left out, and its turns are
    not those of other methods. ``takes_turns``: everybody gets as many as the others, so that a
    turn can be given back. ``nobody``: the code of the log where there is no candidate.
    """

    key = ""
    label = ""
    needs = frozenset()
    from_teams = False
    in_order = False
    names_person = False
    weighs = False
    takes_turns = False
    nobody = "empty"

    @property
    def option(self):
        """Return the method as an option of a selection."""
        return self.key, self.label

    # === DECIDING === #

    def person(self, rule, facts, accounts):
        """Return the id of the one user whom the rule gives a lead; False where there is none.

        He is read with his substitutes. Leads of the same person are judged together.

        :param Rule rule: the rule.
        :param LeadFacts facts: the lead.
        :param dict accounts: as in Run.
        """
        return False

    def candidates(self, run, rule, facts):
        """Return who may get a lead under a rule, before anybody is judged.

        :rtype: list[Candidate]
        """
        raise NotImplementedError

    def team(self, rule):
        """Return the id of the team that the rule names for its leads, or False."""
        return False

    def choose(self, run, able, facts, turn):
        """Choose one person.

        :param Run run: what was read.
        :param list[Candidate] able: those who can take the lead, at least one.
        :param LeadFacts facts: the lead.
        :param int turn: the turn of those who can take it; None where candidates stand in order.
        :return: the person, and what was compared: lists in the order of ``able``, by name,
            and how many were level (``ties``).
        :rtype: tuple[Candidate, dict]
        """
        raise NotImplementedError

    def mentions(self, run, rule, facts):
        """Return what the sentence speaks of beside rule, user, team and numbers."""
        return {}

    # === WORDS === #

    def sentence(self, _):
        """Return the sentence of the log, with the names of what it speaks of as placeholders.

        :param _: the function that translates.
        """
        raise NotImplementedError

    def say(self, _, facts):
        """Return the sentence about a decision.

        :param dict facts: of the decision.
        """
        return self.sentence(_) % facts

    def no_candidates(self, _):
        """Return what the log says of a rule that has no candidate for a lead."""
        return _("Has nobody to choose from")

    def tie_break(self, _, facts):
        """Return in a sentence what decided between those who were level, or ''.

        :param dict facts: of the decision; ``turn`` and ``able`` are among them.
        """
        ties = (facts.get("compared") or {}).get("ties", 0)
        if ties <= 1:
            return ""
        return _(
            "%(ties)s of them were level; turn number %(turn)s decided between them.",
            ties=ties,
            turn=facts["turn"] + 1,
        )

    def detail(self, _, row):
        """Return what was compared of a candidate, in words, or ''.

        :param dict row: of ``story.details``: it holds the candidate's part of each list of
            what was ``compared``.
        """
        return ""


class TeamMethod(Method):
    """Chooses among the members of sales teams."""

    from_teams = True

    def candidates(self, run, rule, facts):
        return run.pools[rule.key].candidates

    def team(self, rule):
        return rule.team_id


# === AMONG THE MEMBERS OF TEAMS === #


class RoundRobin(TeamMethod):
    """In turn.

    >>> RoundRobin().choose(None, ["Ann", "Bob", "Cem"], None, turn=4)
    ('Bob', {})
    """

    key = "round_robin"
    label = "Round robin: in turn"
    takes_turns = True

    def choose(self, run, able, facts, turn):
        return able[turn % len(able)], {}

    def sentence(self, _):
        return _(
            'Rule "%(rule)s": it was %(user)s\'s turn among %(able)s of %(total)s in'
            " %(team)s who could take the lead."
        )

    def tie_break(self, _, facts):
        return _(
            "Turn number %(turn)s among the %(able)s who could take the lead: it fell to"
            " number %(place)s of them.",
            turn=facts["turn"] + 1,
            able=facts["able"],
            place=facts["turn"] % facts["able"] + 1,
        )


class Weighted(TeamMethod):
    """In turn, by the shares of the members.

    >>> from .types import Candidate
    >>> able = [Candidate(1, "Ann", weight=2), Candidate(2, "Bob")]
    >>> [Weighted().choose(None, able, None, turn)[0].name for turn in range(4)]
    ['Ann', 'Bob', 'Ann', 'Ann']

    Juniors who learn may have no share; they take turns then.

    >>> able[0].weight = able[1].weight = 0
    >>> Weighted().choose(None, able, None, 3)[0].name
    'Bob'
    """

    key = "weighted"
    label = "Weighted: in turn, by their share"
    weighs = True
    takes_turns = True

    def choose(self, run, able, facts, turn):
        weights = [person.weight for person in able]
        at = distribution.by_weighted_turn(turn, weights)
        return able[turn % len(able) if at is None else at], {"weight": weights}

    def sentence(self, _):
        return _(
            'Rule "%(rule)s": by their shares, it was %(user)s\'s turn among %(able)s of'
            " %(total)s in %(team)s who could take the lead."
        )

    def tie_break(self, _, facts):
        return _(
            "Turn number %s, counted by the shares of those who could take the lead.",
            facts["turn"] + 1,
        )

    def detail(self, _, row):
        return _("share %s", row["weight"]) if "weight" in row else ""


class LeastLoaded(TeamMethod):
    """Who has the least to do; those with equally little take turns.

    Who just came back from an absence has little to do, and would get all leads until he has
    as much as the others. He counts as being as busy as the least busy of them.

    >>> from .types import Candidate, Load
    >>> ann = Candidate(1, "Ann", load=Load(effort=4.0))
    >>> bob = Candidate(2, "Bob", load=Load(effort=1.0), returned=True)
    >>> LeastLoaded().choose(None, [ann, bob], None, turn=0)[1]
    {'load': [4.0, 4.0], 'ties': 2}
    >>> [LeastLoaded().choose(None, [ann, bob], None, turn)[0].name for turn in (0, 1)]
    ['Ann', 'Bob']
    >>> bob.load.effort = 5.0
    >>> LeastLoaded().choose(None, [ann, bob], None, turn=1)[0].name
    'Ann'

    Where all came back, they are as busy as they are.

    >>> LeastLoaded().choose(None, [bob], None, turn=0)[1]
    {'load': [5.0], 'ties': 1}
    """

    key = "least_loaded"
    label = "Least loaded: who has the least to do"
    needs = frozenset({LOADS})

    def choose(self, run, able, facts, turn):
        present = [person.load.effort for person in able if not person.returned]
        least = min(present, default=0)
        loads = [
            max(person.load.effort, least) if person.returned else person.load.effort
            for person in able
        ]
        ties = loads.count(min(loads))
        return able[distribution.by_least(loads, turn)], {"load": loads, "ties": ties}

    def sentence(self, _):
        return _(
            'Rule "%(rule)s": %(user)s had the least to do among %(able)s of %(total)s in'
            " %(team)s who could take the lead."
        )

    def detail(self, _, row):
        return _("load %s", f"{row['load']:g}") if "load" in row else ""


class BestMatch(TeamMethod):
    """Who did best with similar leads, see ``fit``; where several did, they take turns.

    >>> from .types import Candidate, LeadFacts, Run
    >>> able = [Candidate(1, "Ann"), Candidate(2, "Bob")]
    >>> medicine = ("industry", 5)
    >>> run = Run(history={None: {1: (20, 10), 2: (20, 10)}, medicine: {2: (10, 9)}})
    >>> winner, compared = BestMatch().choose(run, able, LeadFacts(7, traits={medicine}), 0)
    >>> (winner.name, compared)
    ('Bob', {'rate': [50, 70], 'cases': [0, 10], 'ties': 1})

    Without any history everybody is level.

    >>> BestMatch().choose(Run(history={None: {}}), able, LeadFacts(7), 1)[1]["ties"]
    2
    """

    key = "best_match"
    label = "Best match: who did best with similar leads"
    needs = frozenset({HISTORY})

    def choose(self, run, able, facts, turn):
        user_ids = [person.user_id for person in able]
        found = fit(run.history, user_ids, facts.traits)
        rates = [rate for rate, _cases in found]
        winner = able[distribution.by_least([-rate for rate in rates], turn)]
        return winner, {
            "rate": [round(rate * 100) for rate in rates],
            "cases": [cases for _rate, cases in found],
            "ties": rates.count(max(rates)),
        }

    def sentence(self, _):
        return _(
            'Rule "%(rule)s": %(user)s did best with similar leads among %(able)s of'
            " %(total)s in %(team)s who could take the lead."
        )

    def detail(self, _, row):
        if "rate" not in row:
            return ""
        if not row["cases"]:
            return _("no similar lead closed yet")
        return _(
            "%(rate)s %% expected, after %(cases)s similar closed leads",
            rate=row["rate"],
            cases=row["cases"],
        )


# === ALL OF THEM === #

# Those of this addon, in the order in which a rule offers them; and all that are known.
METHODS, BY_KEY = [], {}


def register(method):
    """Make a method of another addon known."""
    BY_KEY[method.key] = method


def ship(*methods):
    """Make methods of this addon known, after those that are."""
    for method in methods:
        METHODS.append(method)
        register(method)


def get(key):
    """Return the method with a key; the plain turn where its addon is gone.

    >>> (get("weighted").label, get("gone").key)
    ('Weighted: in turn, by their share', 'round_robin')
    """
    return BY_KEY.get(key, METHODS[0])


ship(RoundRobin(), Weighted(), LeastLoaded(), BestMatch())
