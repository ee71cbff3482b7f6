# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""When a lead was closed: on the day on which it was won or lost, and on no other one.

Odoo writes today's date on whatever is archived, also on a lead that was won long ago: so it
would be won a second time, today. And one that was archived, and is lost only afterwards, would
be lost on the day on which it was archived.
"""

from odoo import fields

# Of leads that are won, and about to be archived: when they were closed, by id.
KEPT = "_closed_on"
# What is written where that may happen.
NAMES = frozenset(("active", "probability"))


def before(leads, vals, state):
    """Keep in mind when won leads were closed; note that archived ones are lost now.

    :param dict vals: what is about to be written.
    :param dict state: of this write, see crm.lead.station.
    """
    # sudo: what the leads are, whoever may write them.
    leads = leads.sudo()
    if not vals.get("active", True):
        won = leads.filtered(lambda lead: lead.won_status == "won")
        if won:
            state[KEPT] = {lead.id: lead.date_closed for lead in won}
    elif "probability" in vals and not vals["probability"] and "active" not in vals:
        if not any(lead.active or lead.won_status == "lost" for lead in leads):
            vals["date_closed"] = fields.Datetime.now()


def after(leads, state):
    """Give leads that are still won their day back: no statement for any number of them."""
    # sudo: as above
    leads, field = leads.sudo(), leads._fields["date_closed"]
    won = leads.filtered(
        lambda lead: lead.id in state[KEPT] and lead.won_status == "won"
    )
    for moment, group in won.grouped(lambda lead: state[KEPT][lead.id]).items():
        if moment:
            field.write(group, moment)
    won.modified(["date_closed"])
