# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import ast

from odoo import SUPERUSER_ID, api

# The rules "Bought before" counted the lead itself once it was won.
RULES = (
    "scorecard_rule_customer",
    "scorecard_rule_b2c_customer",
    "demo_scorecard_rule_customer",
)
SHIPPED = [("partner_id.opportunity_ids", "any", [("won_status", "=", "won")])]
MENDED = "[('bought_before', '=', True)]"


def migrate(cr, version):
    """Mend the shipped rules, where nobody has changed them."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    for name in RULES:
        rule = env.ref(f"crm_lead_management.{name}", raise_if_not_found=False)
        if rule and _plain(rule.domain) == _plain(repr(SHIPPED)):
            rule.domain = MENDED


def _plain(text):
    """Return a domain as nested lists, whatever way it is written."""

    def listed(value):
        return [listed(v) for v in value] if isinstance(value, (list, tuple)) else value

    try:
        return listed(ast.literal_eval(text))
    except (ValueError, SyntaxError):
        return text
