# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""What dev/load_data.py is made of.

rows         reads any CSV: good rows, and a complaint for each bad one
x_education  the columns of X Education's leads, each row as plain values
maven_crm    the four files of the computer seller, as plain values
into_odoo    what both need of Odoo: external ids, batches, custom fields, people, states
education    X Education into Odoo
maven        the computer seller into Odoo
table        the one table at the end

The first three know nothing of Odoo: they are tested without it.
"""
