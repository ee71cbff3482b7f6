# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
# pylint: disable=prefer-env-translation
# `_` is the environment's, handed in by who speaks: nothing here knows an environment.
"""What a method is: a way to choose one person among those who can take a lead.

``methods`` has one object for each way; these are their common ancestors.
"""

# What a method may need to have read, beside the candidates themselves.
LOADS, HISTORY, ACCOUNTS = "loads", "history", "accounts"


class Method:
    """A way to choose. All methods are of one of the two kinds below.

    ``key`` and ``label``: of the selection of the rule; the key is the outcome in the log.
    ``needs``: which of LOADS, HISTORY, ACCOUNTS must be read. ``from_teams``: it chooses among
    the members of sales teams. ``in_order``: its candidates stand in order, and the first who
    can takes the lead, so that it needs no turn. ``names_person``: the rule names the person.
    ``weighs``: it goes by the shares of members: who has none is left out, and its turns are
    not those of other methods. ``nobody``: the code of the log where there is no candidate.
    """

    key = ""
    label = ""
    needs = frozenset()
    from_teams = False
    in_order = False
    names_person = False
    weighs = False
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


class PersonMethod(Method):
    """Gives leads to one person, or to the first of his substitutes who can take them."""

    in_order = True

    def candidates(self, run, rule, facts):
        return run.people.get(self.person(rule, facts, run.accounts), [])

    def choose(self, run, able, facts, turn):
        return able[0], {}
