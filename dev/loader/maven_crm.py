# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""The computer seller's four files as plain values, checked against each other."""

from typing import NamedTuple

from .rows import Complaint, choice, day, number, read, required, text, whole

PRODUCTS, TEAMS, ACCOUNTS, DEALS = (
    "products.csv",
    "sales_teams.csv",
    "accounts.csv",
    "sales_pipeline.csv",
)
FILES = (PRODUCTS, TEAMS, ACCOUNTS, DEALS)

COLUMNS = {
    PRODUCTS: {
        "product": required(text),
        "series": text,
        "sales_price": required(number(0, 10**9)),
    },
    TEAMS: {
        "sales_agent": required(text),
        "manager": required(text),
        "regional_office": required(text),
    },
    ACCOUNTS: {
        "account": required(text),
        "sector": text,
        "year_established": whole(1500, 2100),
        "revenue": number(0, 10**9),
        "employees": whole(0, 10**8),
        "office_location": text,
        "subsidiary_of": text,
    },
    DEALS: {
        "opportunity_id": required(text),
        "sales_agent": required(text),
        "product": required(text),
        "account": text,
        "deal_stage": required(choice("Prospecting", "Engaging", "Won", "Lost")),
        "engage_date": day,
        "close_date": day,
        "close_value": number(0, 10**9),
    },
}
UNIQUE = {
    PRODUCTS: "product",
    TEAMS: "sales_agent",
    ACCOUNTS: "account",
    DEALS: "opportunity_id",
}

COUNTRIES = {"Philipines": "Philippines", "Korea": "South Korea"}
SECTORS = {"technolgy": "technology"}


class Company(NamedTuple):
    """Everything about the seller; values as in ``COLUMNS``, each in the order of its file."""

    products: list
    agents: list
    accounts: list
    deals: list


def parse(contents):
    """Return the seller's company, and what is wrong with the rows that are left out.

    :param dict contents: bytes by file name, all of ``FILES``.
    :return: a :class:`Company`, and {file name: [complaints]}.
    """
    rows, complaints = {}, {}
    for name in FILES:
        rows[name], complaints[name] = read(
            contents[name], COLUMNS[name], (UNIQUE[name],)
        )
    for check in (_check_accounts, _check_deals):
        check(rows, complaints)
    for found in complaints.values():
        found.sort(key=lambda complaint: complaint.line)
    return Company(
        *([values for _line, values in rows[name]] for name in FILES)
    ), complaints


def slug(name):
    """Return a name as an external id may be written.

    >>> slug("Gekko & Co"), slug("GTX Pro") == slug("GTXPro")
    ('gekko_co', False)
    """
    return "_".join("".join(c if c.isalnum() else " " for c in name.lower()).split())


def _key(name):
    """Return a name without blanks and case: "GTXPro" is "GTX Pro"."""
    return "".join(name.lower().split())


def _keep(rows, complaints, file, check):
    """Keep the rows for which ``check(values)`` raises no ValueError."""
    kept = []
    for line, values in rows[file]:
        try:
            check(values)
        except ValueError as error:
            complaints[file].append(Complaint(line, str(error)))
        else:
            kept.append((line, values))
    rows[file] = kept


def _check_accounts(rows, complaints):
    accounts = {values["account"]: values for _line, values in rows[ACCOUNTS]}

    def check(values):
        values["sector"] = SECTORS.get(values["sector"], values["sector"])
        country = values["office_location"]
        values["office_location"] = COUNTRIES.get(country, country)
        seen, parent = {values["account"]}, values["subsidiary_of"]
        if parent and parent not in accounts:
            raise ValueError(f"subsidiary_of: there is no account {parent!r}")
        while parent:
            if parent in seen:
                raise ValueError(
                    f"subsidiary_of: {parent!r} would be its own subsidiary"
                )
            seen.add(parent)
            parent = accounts.get(parent, {}).get("subsidiary_of")

    _keep(rows, complaints, ACCOUNTS, check)
    kept = {values["account"] for _line, values in rows[ACCOUNTS]}
    for _line, values in rows[ACCOUNTS]:
        if values["subsidiary_of"] not in kept:
            values["subsidiary_of"] = None


def _check_deals(rows, complaints):
    products = {
        _key(values["product"]): values["product"] for _line, values in rows[PRODUCTS]
    }
    agents = {values["sales_agent"] for _line, values in rows[TEAMS]}
    accounts = {values["account"] for _line, values in rows[ACCOUNTS]}

    def check(values):
        product = products.get(_key(values["product"]))
        if not product:
            raise ValueError(f"product: {values['product']!r} is not in {PRODUCTS}")
        values["product"] = product
        if values["sales_agent"] not in agents:
            raise ValueError(
                f"sales_agent: {values['sales_agent']!r} is not in {TEAMS}"
            )
        if values["account"] and values["account"] not in accounts:
            raise ValueError(f"account: {values['account']!r} is not in {ACCOUNTS}")
        _check_dates(values)

    _keep(rows, complaints, DEALS, check)


def _check_dates(values):
    engaged, closed = values["engage_date"], values["close_date"]
    if values["deal_stage"] in ("Won", "Lost"):
        for name in ("engage_date", "close_date", "close_value"):
            if values[name] is None:
                raise ValueError(
                    f"{name}: empty, but the deal is {values['deal_stage']}"
                )
    if engaged and closed and closed < engaged:
        raise ValueError(f"close_date: {closed} is before engage_date {engaged}")
