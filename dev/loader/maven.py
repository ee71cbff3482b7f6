# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""The computer seller into Odoo: products, accounts, agents in their teams, deals.

Deals have their agent, so none is routed. Each enters open and is evaluated; then the won
and the lost ones are closed, and all get the dates of the file.
"""

from . import into_odoo
from .maven_crm import slug

# Odoo's own industries, by the sectors of the file.
INDUSTRIES = {
    "employment": "base.res_partner_industry_N",
    "entertainment": "base.res_partner_industry_R",
    "finance": "base.res_partner_industry_K",
    "marketing": "base.res_partner_industry_M",
    "medical": "base.res_partner_industry_Q",
    "retail": "base.res_partner_industry_G",
    "services": "base.res_partner_industry_S",
    "software": "base.res_partner_industry_J",
    "technology": "base.res_partner_industry_J",
    "telecommunications": "base.res_partner_industry_J",
}
OURS = ("product_ids.default_code", "=like", "MAVEN-%")

PERSONAS = {
    "maven_persona_enterprise": (
        "Enterprise buyer",
        [("5,000 employees or more", [("company_size", ">=", 5000)], 1)],
    ),
    "maven_persona_mid": (
        "Mid-size buyer",
        [
            (
                "500 to 4,999 employees",
                [("company_size", ">=", 500), ("company_size", "<", 5000)],
                1,
            )
        ],
    ),
    "maven_persona_small": (
        "Small buyer",
        [
            (
                "Fewer than 500 employees",
                [("company_size", ">", 0), ("company_size", "<", 500)],
                1,
            )
        ],
    ),
}
SEGMENTS = {
    "maven_segment_health": (
        "Health",
        [("industry_id", "=", "Health/Social")],
    ),
    "maven_segment_retail": (
        "Retail",
        [("industry_id", "=", "Wholesale/Retail")],
    ),
    "maven_segment_overseas": (
        "Outside the United States",
        [OURS, ("country_id", "!=", False), ("country_id.code", "!=", "US")],
    ),
}
STAGES = {
    "Prospecting": ("open", []),
    "Engaging": ("contacted", [("is_won", "=", False), ("sequence", ">", 1)]),
}


def prepare(env, company):
    """Create products, accounts with their parents, teams with agents and leaders.

    :param company: what :func:`maven_crm.parse` gives.
    :return: ids by name: products, accounts, agents; team ids by agent.
    """
    products = into_odoo.create(
        env,
        "product.template",
        {
            f"maven_product_{slug(product['product'])}": {
                "name": product["product"],
                "default_code": f"MAVEN-{slug(product['product']).upper()}",
                "list_price": product["sales_price"],
                "categ_id": _category(env, product["series"]),
            }
            for product in company.products
        },
    )
    into_odoo.personas(env, PERSONAS)
    into_odoo.segments(env, SEGMENTS)
    agents, teams = _teams(env, company.agents)
    return {
        "product": products,
        "account": _accounts(env, company.accounts),
        "agent": agents,
        "team": teams,
    }


def _category(env, series):
    name = series or "Other"
    ids = into_odoo.create(
        env,
        "product.category",
        {f"maven_series_{slug(name)}": {"name": f"Series {name}"}},
    )
    return next(iter(ids.values()))


def _accounts(env, accounts):
    """Create the accounts, parents before their subsidiaries' link to them."""
    countries = into_odoo.countries(env)
    ids = into_odoo.create(
        env,
        "res.partner",
        {
            f"maven_account_{slug(account['account'])}": {
                "name": account["account"],
                "is_company": True,
                "country_id": countries.get(account["office_location"]),
                "industry_id": _industry(env, account["sector"]),
                "comment": _comment(account),
            }
            for account in accounts
        },
    )
    for account in accounts:
        partner = env["res.partner"].browse(
            ids[f"maven_account_{slug(account['account'])}"]
        )
        parent = (
            account["subsidiary_of"]
            and ids[f"maven_account_{slug(account['subsidiary_of'])}"]
        )
        if parent and not partner.parent_id:
            partner.parent_id = parent
    return ids


def _industry(env, sector):
    name = INDUSTRIES.get(sector)
    return env.ref(name).id if name else False


def _comment(account):
    facts = (
        ("Sector", account["sector"]),
        ("Founded", account["year_established"]),
        ("Revenue (million USD)", account["revenue"]),
        ("Employees", account["employees"]),
    )
    return "; ".join(f"{label}: {value}" for label, value in facts if value is not None)


def _teams(env, agents):
    """Create one team for each manager of an office, led by him.

    :return: user ids of agents, and team ids, by the key of the agent.
    """
    managers = {f"maven_manager_{slug(a['manager'])}": a["manager"] for a in agents}
    leaders = into_odoo.users(env, managers, "sales_team.group_sale_manager")
    names = {f"maven_agent_{slug(a['sales_agent'])}": a["sales_agent"] for a in agents}
    users = into_odoo.users(env, names, "sales_team.group_sale_salesman")
    teams, members = {}, {}
    for agent in agents:
        pair = agent["regional_office"], agent["manager"]
        members.setdefault(pair, []).append(f"maven_agent_{slug(agent['sales_agent'])}")
    for (office, manager), keys in members.items():
        team = into_odoo.team(
            env,
            f"maven_team_{slug(office)}_{slug(manager)}",
            f"{office} ({manager})",
            leaders[f"maven_manager_{slug(manager)}"],
            [users[key] for key in keys],
        )
        teams.update(dict.fromkeys(keys, team))
    return users, teams


def load(env, company, maps, clock):
    """Load the deals that were never loaded, batch by batch.

    :param company: what :func:`maven_crm.parse` gives.
    :param dict maps: what :func:`prepare` gives.
    :param clock: the stop watch that is told how long each step takes.
    :return: yields after each batch, for the caller to commit.
    """
    accounts = {account["account"]: account for account in company.accounts}
    prices = {
        product["product"]: product["sales_price"] for product in company.products
    }
    stages = {name: into_odoo.stage(env, *how).id for name, how in STAGES.items()}
    items = [
        {**deal, "key": f"maven_deal_{slug(deal['opportunity_id'])}"}
        for deal in company.deals
    ]
    industries = {sector: _industry(env, sector) for sector in INDUSTRIES}
    countries = into_odoo.countries(env)
    for batch in into_odoo.batches(env, "crm.lead", items, "key"):
        with clock("create"):
            values = {}
            for deal in batch:
                account = accounts.get(deal["account"])
                values[deal["key"]] = {
                    **_values(deal, maps, prices),
                    **(
                        _account_values(account, maps, industries, countries)
                        if account
                        else {}
                    ),
                    "stage_id": stages.get(deal["deal_stage"], stages["Engaging"]),
                }
            ids = into_odoo.create(env, "crm.lead", values)
        leads = [(env["crm.lead"].browse(ids[deal["key"]]), deal) for deal in batch]
        into_odoo.evaluate_and_route(env["crm.lead"].browse(ids.values()), clock)
        with clock("close"):
            won = [lead.id for lead, deal in leads if deal["deal_stage"] == "Won"]
            lost = [lead.id for lead, deal in leads if deal["deal_stage"] == "Lost"]
            Lead = env["crm.lead"]
            into_odoo.close(
                env, Lead.browse(won), {False: Lead.browse(lost)} if lost else {}
            )
            into_odoo.set_dates(
                env,
                [
                    (lead, deal["engage_date"], deal["close_date"])
                    for lead, deal in leads
                ],
            )
        yield len(batch)


def _values(deal, maps, prices):
    """Return the values of a deal; a lost one is worth what it was about, not the file's 0."""
    agent = f"maven_agent_{slug(deal['sales_agent'])}"
    won = deal["deal_stage"] == "Won"
    return {
        "name": f"{deal['product']} for {deal['account'] or 'an unknown account'}",
        "type": "opportunity",
        "user_id": maps["agent"][agent],
        "team_id": maps["team"][agent],
        "product_ids": [
            (6, 0, [maps["product"][f"maven_product_{slug(deal['product'])}"]])
        ],
        "expected_revenue": deal["close_value"] if won else prices[deal["product"]],
    }


def _account_values(account, maps, industries, countries):
    return {
        "partner_id": maps["account"][f"maven_account_{slug(account['account'])}"],
        "industry_id": industries.get(account["sector"]),
        "company_size": account["employees"],
        "country_id": countries.get(account["office_location"]),
    }
