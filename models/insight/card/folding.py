# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Of which leads the card is folded: who has to handle them sees what he needs to know.

It is layout, no security: it keeps nobody from choosing by the amount, but does not offer it.
"""

from odoo.tools import SQL


def folded(leads):
    """Return the ids of the leads whose card is folded for the user.

    Open leads with which nobody of ours was in touch yet, by what their variant says where they
    are in an experiment on the card, else by their company. Not where the user has opened the
    card, or has entered the lead himself. No statement where neither is on; else two for any
    number of leads.

    :param leads: saved crm.lead records.
    :rtype: set[int]
    """
    env = leads.env
    companies = env["res.company"]._crm_need_to_know()
    going = env["crm.experiment"]._going("card", "waiting")
    if not companies and not going:
        return set()
    # sudo: the first contact, whoever had it.
    new = leads.sudo().filtered(
        lambda lead: (
            lead._lead_is_open()
            and not lead.first_response_on
            and lead.create_uid.id != env.uid
        )
    )
    tested = _tested(new, going)
    of_lead = env["res.company"]._crm_of_lead
    found = {
        lead.id for lead in new if tested.get(lead.id, of_lead(lead).id in companies)
    }
    return found - _opened(env, found)


def _tested(leads, going):
    """Return whether the card is folded, by lead; of leads in an experiment only."""
    if not leads or not going:
        return {}
    rows = leads.env.execute_query(
        SQL(
            "SELECT unit.lead_id, variant.card = 'need_to_know'"
            " FROM crm_experiment_unit AS unit"
            " JOIN crm_experiment_variant AS variant ON variant.id = unit.variant_id"
            " WHERE unit.experiment_id = ANY(%s) AND unit.lead_id = ANY(%s)",
            going.ids,
            leads.ids,
        )
    )
    return dict(rows)


def _opened(env, lead_ids):
    """Return those of the leads whose card the user has opened."""
    if not lead_ids:
        return set()
    rows = env.execute_query(
        SQL(
            "SELECT lead_id FROM crm_lead_card_look"
            " WHERE user_id = %s AND lead_id = ANY(%s)",
            env.uid,
            list(lead_ids),
        )
    )
    return {lead_id for (lead_id,) in rows}
