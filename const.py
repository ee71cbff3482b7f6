# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Names that several rooms share."""

# A create or write with this context key scores and routes nothing. For migrations and
# big imports, which evaluate their leads afterwards, in batches.
SKIP = "crm_lead_management_skip"

# The three categories of what we know about a lead.
INFO_GROUPS = [
    ("basic", "Basic"),
    ("qualifier", "Qualifiers"),
    ("supplementary", "Supplementary"),
]
