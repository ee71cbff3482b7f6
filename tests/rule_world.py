# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Leads and rules of all kinds, by chance: for the tests that all ways say the same."""

import psycopg2

from odoo.exceptions import UserError

from .rule_reference import search_rule

# Also what means something to databases and their drivers, and what is not Latin.
WORDS = (
    "CEO",
    "ceo of all",
    "مدير المبيعات",
    "100%",
    "a_b",
    "O'Neill",
    'say "x"',
    "é",
    "a\\b",
)
TEXTS = ("name", "contact_name", "function", "city", "partner_name", "x_note", "zip")
EQUAL, SETS = ("=", "!="), ("in", "not in")
ORDER = ("<", "<=", ">", ">=")
LIKE = ("like", "ilike", "not like", "not ilike")
PATTERN = ("=like", "=ilike", "not =like", "not =ilike")
DAYS = ("today", "today -3d", "today +1w", "2031-03-04", "2031-03-05", False)
MOMENTS = ("now", "now -2H", "today", "today -3d", "2031-03-05 09:00:00", False)


class RuleWorld:
    """What leads and rules speak of, and how both are made by chance."""

    def __init__(self, case):
        self.env, self.case = case.env, case
        env, make = case.env, self._make
        self.countries = [env.ref(f"base.{code}").id for code in ("be", "de", "sa")]
        self.tags = make("crm.tag", "Fair", "Web", "معرض")
        top = make("product.category", "Machines")
        low = make("product.category", "Small", parent_id=top[0])
        self.categories = top + low
        self.products = make("product.template", "Press", categ_id=top[0])
        self.products += make("product.template", "Drill", categ_id=low[0])
        self.products += make("product.template", "Old", categ_id=low[0], active=False)
        self.kinds = make("res.partner.category", "Gold", "Lead mine")
        firm = make("res.partner", "Firm", is_company=True, city="Brussels")
        kind = [(6, 0, self.kinds[:1])]
        self.partners = firm + make(
            "res.partner", "Ann", parent_id=firm[0], category_id=kind
        )
        self.partners += make("res.partner", "Gone", parent_id=firm[0], active=False)
        self.partners += make("res.partner", "فاطمة", city="الرياض", ref="x%")
        make("mail.blacklist", "b@mail.example", field="email")
        make("phone.blacklist", "+32470000001", field="number")

    def _make(self, model, *names, field="name", **values):
        return self.env[model].create([{field: n, **values} for n in names]).ids

    # === LEADS === #

    def lead_values(self, rng):
        """Return the values of a lead, of which many are left out."""
        team = rng.choice([self.case.team_north, False])
        values = {
            "name": rng.choice(WORDS),
            "type": rng.choice(["lead", "opportunity"]),
            "team_id": team and team.id,
            "user_id": rng.choice([False, False, self.case.user_seller.id]),
            "company_id": rng.choice([False, *self.case.companies.ids]),
        }
        facts = {name: rng.choice(WORDS) for name in TEXTS[1:]} | {
            "company_size": rng.randint(0, 4),
            "expected_revenue": rng.choice([0, 0.5, 100, 1000]),
            "x_floors": rng.randint(-1, 3),
            "date_deadline": rng.choice(["2031-03-02", "2031-03-05", "2031-03-09"]),
            "birthdate": rng.choice(["1980-03-05", "1999-12-31"]),
            "date_conversion": f"2031-0{rng.randint(2, 3)}-05 09:00:00",
            "priority": rng.choice("012"),
            "optout_email": True,
            "phone": f"+3247000000{rng.randint(1, 2)}",
            "country_id": rng.choice(self.countries),
            "tag_ids": self._some(rng, self.tags),
            "product_ids": self._some(rng, self.products),
            "preferred_channel": rng.choice(["email", "phone"]),
        }
        values |= {name: facts[name] for name in facts if rng.random() < 0.5}
        if rng.random() < 0.15:
            values["active"] = False
        if rng.random() < 0.4:
            values["partner_id"] = rng.choice(self.partners)
        else:
            values["email_from"] = rng.choice([f"{name}@mail.example" for name in "ab"])
        if team and rng.random() < 0.7:
            roof = rng.choice(["flat", "مسطح", False])
            values["lead_properties"] = {"roof": roof, "floors": rng.randint(0, 3)}
        if values.get("active") is False and rng.random() < 0.5:
            values["probability"] = 0
        return values

    def _some(self, rng, ids):
        return [(6, 0, rng.sample(ids, rng.randint(0, len(ids))))]

    # === DOMAINS === #

    def domain(self, rng, late=(), own=True):
        """Return the text of a domain that Odoo's search can answer.

        :param late: conditions on what earlier stations find, that may be among it.
        :param own: whether it may be about team, owner and company.
        """
        while True:
            domain = self._tree(rng, [*late] if rng.random() < 0.3 else [], own, 3)
            leads = self.env["crm.lead"]
            try:
                with self.env.cr.savepoint():
                    search_rule(leads, domain)
                return repr(domain)
            except (ValueError, TypeError, UserError, psycopg2.Error):
                continue  # an operator that Odoo does not have for a field: another one

    def _tree(self, rng, late, own, depth):
        if depth and rng.random() < 0.5:
            sign = rng.choice(["&", "|", "!"])
            left = self._tree(rng, late, own, depth - 1)
            if sign == "!":
                return [sign, *left]
            return [sign, *left, *self._tree(rng, late, own, depth - 1)]
        if late and rng.random() < 0.5:
            return [rng.choice(late)]
        kinds = [
            self._text, self._number, self._day, self._relation, self._many, self._steps,
            self._computed, self._nested,
        ]  # fmt: skip
        return [rng.choice(kinds + [self._property, self._owner] * own)(rng)]

    def _value(self, rng, operator, values):
        if operator in SETS:
            return rng.sample(list(values), rng.randint(1, len(values)))
        return rng.choice(list(values))

    def _text(self, rng, names=TEXTS):
        operator = rng.choice((*EQUAL, *SETS, *ORDER, *LIKE, *PATTERN))
        parts = (*WORDS, "%", "C_O", "CEO%", "", "المبيعات")
        values = (
            WORDS
            if operator in ORDER
            else parts
            if operator not in EQUAL + SETS
            else (*WORDS, False)
        )
        return (rng.choice(names), operator, self._value(rng, operator, values))

    def _number(self, rng):
        name = rng.choice(("company_size", "expected_revenue", "x_floors", "color"))
        operator = rng.choice((*EQUAL, *SETS, *ORDER))
        values = (0, 1, 2, 3, 100, 0.5) if operator in ORDER else (0, 1, 2, 100, False)
        return (name, operator, self._value(rng, operator, values))

    def _day(self, rng):
        name = rng.choice(
            ("date_deadline", "birthdate", "date_conversion", "create_date")
        )
        if rng.random() < 0.1:
            return ("birthdate.month_number", rng.choice(EQUAL), rng.choice([3, 12]))
        operator = rng.choice((*EQUAL, *ORDER, *ORDER))
        values = DAYS if name in ("date_deadline", "birthdate") else MOMENTS
        values = values[:-1] if operator in ORDER else values
        return (name, operator, rng.choice(values))

    def _relation(self, rng):
        ids = {
            "country_id": self.countries,
            "partner_id": self.partners,
            "stage_id": self.env["crm.stage"].search([]).ids,
        }
        name = rng.choice(list(ids))
        operator = rng.choice((*EQUAL, *SETS, "ilike", "not ilike", "child_of"))
        if operator in ("ilike", "not ilike"):
            return (name, operator, rng.choice(["ann", "german", "فاطمة", "o"]))
        if operator == "child_of":
            return ("partner_id", operator, rng.choice(self.partners))
        return (name, operator, self._value(rng, operator, (*ids[name], False)))

    def _many(self, rng):
        name = rng.choice(("tag_ids", "product_ids"))
        operator = rng.choice((*EQUAL, *SETS, "ilike", "not ilike"))
        if operator in ("ilike", "not ilike"):
            return (name, operator, rng.choice(["e", "old", "معرض"]))
        ids = self.tags if name == "tag_ids" else self.products
        return (name, operator, self._value(rng, operator, (*ids, False)))

    def _steps(self, rng):
        names = (
            "country_id.code", "partner_id.parent_id.name", "partner_id.category_id.name",
            "partner_id.child_ids.name", "partner_id.parent_id.child_ids.city",
            "product_ids.name", "product_ids.categ_id.name", "tag_ids.name",
            "product_ids.categ_id.parent_id.name", "partner_id.ref", "stage_id.name",
        )  # fmt: skip
        if rng.random() < 0.2:
            name, ids = rng.choice(
                (
                    ("product_ids.categ_id", self.categories),
                    ("partner_id.parent_id", self.partners),
                    ("partner_id.category_id", self.kinds),
                )
            )
            return (
                name,
                rng.choice(("child_of", "parent_of", "in")),
                rng.sample(ids, 1),
            )
        operator = rng.choice((*EQUAL, *SETS, *LIKE, *PATTERN))
        values = (
            "BE",
            "Firm",
            "Gold",
            "Ann",
            "Gone",
            "Old",
            "Small",
            "Web",
            "x%",
            False,
        )
        values = values[:-1] if operator not in EQUAL + SETS else values
        return (rng.choice(names), operator, self._value(rng, operator, values))

    def _computed(self, rng):
        name = rng.choice(
            (
                "is_blacklisted",
                "phone_sanitized_blacklisted",
                "partner_is_blacklisted",
                "optout_email",
                "active",
            )
        )
        operator, value = rng.choice(EQUAL + SETS), rng.choice([True, False])
        return (name, operator, [value] if operator in SETS else value)

    def _nested(self, rng):
        inner = rng.choice(
            (
                ("tag_ids", [("name", "ilike", "e")]),
                ("tag_ids", ["!", ("name", "=", "Web")]),
                ("product_ids", [("categ_id", "child_of", self.categories[:1])]),
                ("product_ids", [("active", "=", False)]),
                ("partner_id", [("child_ids", "any", [("name", "=", "Ann")])]),
                (
                    "partner_id",
                    ["|", ("city", "=", "Brussels"), ("active", "=", False)],
                ),
                ("touchpoint_ids", [("kind", "=", "call")]),
                ("touchpoint_ids", [("occurred_on", ">=", "today -3d")]),
            )
        )
        return (inner[0], rng.choice(("any", "not any")), inner[1])

    def _property(self, rng):
        if rng.random() < 0.5:
            return self._text(rng, ("lead_properties.roof",))
        operator = rng.choice((*EQUAL, *ORDER))
        return ("lead_properties.floors", operator, rng.choice([0, 1, 2]))

    def _owner(self, rng):
        name, values = rng.choice(
            (
                ("team_id", [self.case.team_north.id, False]),
                ("user_id", [self.case.user_seller.id, False]),
                ("company_id", [*self.case.companies.ids, False]),
                ("user_id.login", ["lead_seller", "nobody"]),
            )
        )
        return (name, rng.choice(EQUAL), rng.choice(values))
