# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Which of a company's stages plays which role, and where the missing ones go.

Plain Python: stages are :class:`Stage` tuples, roles are names. The doctests are the spec.
"""

import re
import unicodedata
from typing import NamedTuple

# The roles in the order in which a lead passes through them.
ROLES = (
    "open",
    "contacted",
    "nurturing",
    "qualified",
    "negotiation",
    "customer",
    "inactive",
    "unqualified",
)
# Leads in a stage with one of these roles are won.
WON_ROLES = ("customer", "inactive")

# How companies call such a stage, in English, Arabic and Turkish. A longer name wins over a
# shorter one, so that "not qualified" is not taken for "qualified".
KNOWN_NAMES = {
    "open": "new|open|inbox|incoming|inquiry|enquiry|fresh|جديد|جديدة|مفتوح|yeni|açık|gelen",
    "contacted": "contacted|contact|contact made|first contact|reached|in contact|discovery"
    "|تم التواصل|تم الاتصال|تواصل|iletişime geçildi|iletişim|görüşüldü|ulaşıldı|arandı",
    "nurturing": "nurturing|nurture|educating|warming up|رعاية|قيد الرعاية|تثقيف|متابعة"
    "|besleme|besleniyor|ısıtma",
    "qualified": "qualified|qualification|ready to buy|مؤهل|مؤهلة|تأهيل|nitelikli"
    "|değerlendirme|uygun",
    "negotiation": "negotiation|negotiating|proposition|proposal|offer|quotation|quote"
    "|تفاوض|التفاوض|مفاوضة|مقترح|عرض|عرض سعر|müzakere|pazarlık|teklif",
    "customer": "customer|client|won|closed won|sold|عميل|العميل|زبون|فوز|تم الفوز بها|ربح"
    "|müşteri|kazanıldı|satıldı",
    "inactive": "inactive|dormant|sleeping|churned|former customer|غير نشط|خامل|عميل سابق"
    "|pasif|etkin değil|uyuyan|eski müşteri",
    "unqualified": "unqualified|not qualified|disqualified|no fit|غير مؤهل|غير مؤهلة"
    "|niteliksiz|nitelikli değil|uygun değil|elendi",
}


class Stage(NamedTuple):
    """A stage as the proposal sees it."""

    id: int
    names: tuple  # its name in every language
    sequence: int
    is_won: bool = False
    role: str = ""
    teams: frozenset = frozenset()  # empty: all teams


def normalize(name):
    """Return a stage's name in the form in which names are compared.

    >>> normalize("  Closed - WON! ")
    'closed won'
    >>> normalize("İletişim") == normalize("iletişim")
    True
    """
    name = unicodedata.normalize(
        "NFKC", (name or "").replace("İ", "i").replace("I", "i")
    )
    name = name.casefold().replace("ı", "i")
    return " ".join(re.findall(r"\w+", name))


PHRASES = sorted(
    (
        (normalize(phrase), role)
        for role, phrases in KNOWN_NAMES.items()
        for phrase in phrases.split("|")
    ),
    key=lambda pair: -len(pair[0]),
)


def role_of_name(name):
    """Return the role that a stage's name speaks of, or an empty string.

    >>> role_of_name("Qualified"), role_of_name("Not qualified"), role_of_name("Offer sent")
    ('qualified', 'unqualified', 'negotiation')
    >>> role_of_name("مؤهل"), role_of_name("غير مؤهل"), role_of_name("YENİ")
    ('qualified', 'unqualified', 'open')
    >>> role_of_name("Renewal"), role_of_name(None)
    ('', '')
    """
    words = f" {normalize(name)} "
    return next((role for phrase, role in PHRASES if f" {phrase} " in words), "")


def shares_team(one, other):
    """Tell whether some team can use both of two sets of teams; empty means all teams.

    >>> shares_team(frozenset(), frozenset({1})), shares_team(frozenset({2}), frozenset({1}))
    (True, False)
    """
    return not one or not other or not one.isdisjoint(other)


def propose_roles(stages):
    """Propose a role for each stage: what it has, else by name, by being won, by order.

    A role goes to one stage among those that a team can use; stages that fit no role are
    the company's own and stay so.

    :param stages: Stage tuples.
    :return: role by stage id; stages without a role are left out.
    :rtype: dict[int, str]

    Odoo's own four stages:

    >>> odoo = [Stage(1, ("New",), 1), Stage(2, ("Qualified",), 2),
    ...         Stage(3, ("Proposition",), 3), Stage(4, ("Won",), 70, is_won=True)]
    >>> propose_roles(odoo)
    {1: 'open', 2: 'qualified', 3: 'negotiation', 4: 'customer'}

    Names nobody knows: the first stage is Open, a won one is Customer, the rest stays.

    >>> propose_roles([Stage(7, ("Alpha",), 5), Stage(8, ("Beta",), 6),
    ...                Stage(9, ("Gamma",), 9, is_won=True)])
    {7: 'open', 9: 'customer'}

    Two teams with stages of their own:

    >>> propose_roles([Stage(1, ("New",), 1, teams=frozenset({1})),
    ...                Stage(2, ("Fresh",), 1, teams=frozenset({2}))])
    {1: 'open', 2: 'open'}

    A stage called "Won" that is not won is not proposed as Customer: it would win its leads.

    >>> propose_roles([Stage(1, ("New",), 1), Stage(2, ("Won",), 2)])
    {1: 'open'}

    What was decided before is kept:

    >>> propose_roles([Stage(1, ("New",), 1, role="contacted"), Stage(2, ("Contacted",), 2)])
    {1: 'contacted', 2: 'open'}
    """
    stages = sorted(stages, key=lambda stage: (stage.sequence, stage.id))
    proposal = {stage.id: stage.role for stage in stages if stage.role}

    def give(stage, role):
        fits = role and stage.is_won == (role in WON_ROLES)
        if not fits or stage.id in proposal:
            return
        taken = (s for s in stages if proposal.get(s.id) == role)
        if not any(shares_team(stage.teams, other.teams) for other in taken):
            proposal[stage.id] = role

    for stage in stages:
        give(stage, next(filter(None, map(role_of_name, stage.names)), ""))
    for stage in stages:
        give(stage, "customer" if stage.is_won else "open")
    return dict(sorted(proposal.items()))


def place(sequences, roles, missing):
    """Find the sequences of stages to add, and of those that must make room.

    The order of the existing stages among each other never changes, equal sequences stay
    equal, and as few as possible are touched. A role goes behind the last stage of an
    earlier role; Unqualified goes behind everything.

    :param dict sequences: sequence by key of the existing stages.
    :param dict roles: role by key of the existing stages that have one.
    :param missing: roles to add, in any order.
    :return: sequence by role of the added stages; new sequence by key of the moved stages.

    >>> place({}, {}, ROLES)[0]
    {'open': 10, 'contacted': 20, 'nurturing': 30, 'qualified': 40, 'negotiation': 50, \
'customer': 60, 'inactive': 70, 'unqualified': 80}

    Odoo's four stages: there is no room between 1 and 2, so the following ones move up.

    >>> place({"N": 1, "Q": 2, "P": 3, "W": 70},
    ...       {"N": "open", "Q": "qualified", "P": "negotiation", "W": "customer"},
    ...       ["contacted", "nurturing", "inactive", "unqualified"])
    ({'contacted': 2, 'nurturing': 3, 'inactive': 71, 'unqualified': 72}, {'Q': 4, 'P': 5})

    Where there is room, nothing moves, and ties stay ties:

    >>> place({"a": 0, "b": 10, "c": 10}, {"b": "contacted"}, ["open", "nurturing"])
    ({'open': 1, 'nurturing': 11}, {})
    >>> place({"a": 1, "b": 2, "c": 2}, {"a": "contacted"}, ["nurturing"])
    ({'nurturing': 2}, {'b': 3, 'c': 3})
    """
    if not sequences:
        return {
            role: 10 * (n + 1)
            for n, role in enumerate(r for r in ROLES if r in missing)
        }, {}
    order = [("stage", sequence) for sequence in sorted(set(sequences.values()))]
    ranks = {}  # the earliest and the latest role of each sequence
    for key, role in roles.items():
        ranks.setdefault(sequences[key], []).append(ROLES.index(role))
    for role in (role for role in ROLES if role in missing):
        rank = ROLES.index(role)
        earlier = [n for n, item in enumerate(order) if _ranks(item, ranks, min) < rank]
        later = [
            n for n, item in enumerate(order) if rank < _ranks(item, ranks, max, -1)
        ]
        if role == "unqualified":
            position = len(order)
        elif earlier:
            position = earlier[-1] + 1
        else:
            position = later[0] if later else 0
        order.insert(position, ("role", role))
    return _number(order, sequences)


def _ranks(item, ranks, choose, empty=99):
    """Return the earliest (min) or latest (max) role in an item of the order."""
    kind, value = item
    found = [ROLES.index(value)] if kind == "role" else ranks.get(value, [])
    return choose(found) if found else empty


def _number(order, sequences):
    """Give numbers to an order, moving existing sequences up only where there is no room."""
    first = next(n for n, (kind, _value) in enumerate(order) if kind == "stage")
    previous = order[first][1] - first - 1
    added, new = {}, {}
    for kind, value in order:
        previous = max(previous + 1, value) if kind == "stage" else previous + 1
        (new if kind == "stage" else added)[value] = previous
    moved = {k: new[value] for k, value in sequences.items() if new[value] != value}
    return added, moved
