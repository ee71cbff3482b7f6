# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""What an experiment is planned by: the leads of the last months."""

from datetime import timedelta

from odoo import fields
from odoo.tools import SQL

from .conversions import DAYS, is_hit

# Of so many days.
HISTORY_DAYS = 180


def past(experiment):
    """Return how many leads of the past match an experiment, and how many converted.

    Those whose time is over; one statement.

    :param experiment: one crm.experiment.
    :return: leads, conversions, and in how many days.
    :rtype: tuple
    """
    env = experiment.env
    until = fields.Datetime.now() - timedelta(days=DAYS[experiment.conversion])
    # sudo: figures of all leads of the company, for whoever may plan an experiment.
    leads = env["crm.lead"].sudo().with_context(active_test=False)
    company = experiment.company_id or env.company
    domain = experiment._asked_domain(experiment.domain)
    domain &= env["res.company"]._crm_lead_is_of_domain(company.id)
    env.flush_all()
    rows = env.execute_query(
        SQL(
            "SELECT count(*), count(*) FILTER (WHERE %s) FROM (%s) AS unit"
            " JOIN crm_lead AS lead ON lead.id = unit.lead_id WHERE lead.id IN %s",
            is_hit(experiment.conversion),
            experiment._past_entries(until - timedelta(days=HISTORY_DAYS), until),
            leads._search(domain).subselect(),
        )
    )
    return *rows[0], HISTORY_DAYS
