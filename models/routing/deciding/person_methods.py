# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
# pylint: disable=prefer-env-translation
# `_` is the environment's, as in methods.py.
"""The methods that give a lead to one person, or to the first of his substitutes who can."""

from .methods import ACCOUNTS, BY_KEY, Method, ship
from .types import KNOWN, Rule


class PersonMethod(Method):
    """Gives leads to one person, or to the first of his substitutes who can take them."""

    in_order = True

    def candidates(self, run, rule, facts):
        return run.people.get(self.person(rule, facts, run.accounts), [])

    def choose(self, run, able, facts, turn):
        return able[0], {}


class AccountOwner(PersonMethod):
    """Who looks after the company that the lead belongs to.

    >>> from .types import LeadFacts
    >>> accounts = {7: (2, "phone", "Old lead")}
    >>> [AccountOwner().person(None, LeadFacts(lead_id), accounts) for lead_id in (7, 8)]
    [2, False]
    """

    key = "account_owner"
    label = "Account owner: who looks after the company"
    needs = frozenset({ACCOUNTS})
    nobody = "no_account"

    def person(self, rule, facts, accounts):
        found = accounts.get(facts.id)
        return found[0] if found else False

    def no_candidates(self, _):
        return _("The lead belongs to no known account")

    def mentions(self, run, rule, facts):
        owner_id, how, account = run.accounts[facts.id]
        return {"how": how, "account": account, "owner": run.people[owner_id][0].name}

    def sentence(self, _):
        return _(
            'Rule "%(rule)s": %(owner)s %(how)s (%(account)s), so %(user)s gets the lead.'
        )

    def say(self, _, facts):
        if facts.get("rule") == KNOWN:
            text = _("%(owner)s %(how)s, so %(user)s gets the lead, before any rule.")
            return text % {**facts, "how": self.how_texts(_).get(facts.get("how"))}
        how = self.how_texts(_).get(facts.get("how"), facts.get("how"))
        # Decisions of before name a lead here, which is not for every reader.
        if not facts.get("account") or facts.get("how") in ("domain", "phone"):
            text = _('Rule "%(rule)s": %(owner)s %(how)s, so %(user)s gets the lead.')
            return text % {**facts, "how": how}
        return self.sentence(_) % {**facts, "how": how}

    def how_texts(self, _):
        """Return how a known account was recognised, by code."""
        return {
            "contact": _("looks after the contact or its company"),
            "account": _("has another lead of the same company"),
            "domain": _("has a lead with the same mail domain or address"),
            "phone": _("has a lead with the same phone number"),
        }


class Capturer(PersonMethod):
    """Who entered the lead.

    >>> from .types import LeadFacts
    >>> Capturer().person(None, LeadFacts(7, creator_id=2), {})
    2
    """

    key = "capturer"
    label = "Capturer: who entered the lead"

    def person(self, rule, facts, accounts):
        return facts.creator_id

    def sentence(self, _):
        return _('Rule "%(rule)s": %(user)s entered the lead and keeps it.')


class Fixed(PersonMethod):
    """Always the same person, whom the rule names.

    >>> from .types import LeadFacts, Rule
    >>> Fixed().person(Rule(1, "Gulf", Fixed(), user_id=2), LeadFacts(7), {})
    2
    """

    key = "fixed"
    label = "Fixed: always the same person"
    names_person = True

    def person(self, rule, facts, accounts):
        return rule.user_id

    def team(self, rule):
        return rule.team_id

    def sentence(self, _):
        return _('Rule "%(rule)s" gives its leads to %(user)s.')


ship(AccountOwner(), Capturer(), Fixed())

# What comes before all rules where the company wants it: it is no record.
KNOWN_FIRST = Rule(0, KNOWN, BY_KEY[AccountOwner.key])
