# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""What a closed lead is: the one place that knows, for whoever learns from it or counts it.

**Closed** is a lead that is won or lost now, as Odoo says in ``won_status``: also where it is
archived, as lost ones are, and Unqualified as one that is lost. One that is open again is not
closed, whatever it was; one that is archived only, neither; one that was merged into another
or deleted is no lead any more. Each lead counts once, with its last outcome.

**When** it was closed says Odoo's ``date_closed``. **Whose** it is, and of which company, is
what the lead says now: see ``res_company.py``.

**Its grade** is the one that it had then: nothing that is written of it, or of its scorecard,
afterwards gives it another one (see ``crm.scoring.station``), until it is open again.
"""

from odoo.fields import Domain
from odoo.tools import SQL

CLOSED = ("won", "lost")


def is_closed(lead):
    """Tell whether a lead is won or lost.

    :param lead: one crm.lead record.
    """
    return lead.won_status in CLOSED


def closed_domain():
    """Return the leads that are won or lost, archived or not.

    :rtype: Domain
    """
    return Domain("won_status", "in", CLOSED) & Domain("active", "in", (True, False))


def won_domain():
    """Return the leads that are won, among those of :func:`closed_domain`.

    :rtype: Domain
    """
    return Domain("won_status", "=", "won")


def lost_domain():
    """Return the leads that are lost, among those of :func:`closed_domain`.

    :rtype: Domain
    """
    return Domain("won_status", "=", "lost")


def is_closed_sql(leads, query):
    """Return whether a lead is won or lost, in SQL, never NULL.

    :param leads: the crm.lead model.
    :param query: over the leads.
    """
    status = leads._field_to_sql("crm_lead", "won_status", query)
    return SQL("COALESCE(%s IN ('won', 'lost'), FALSE)", status)
