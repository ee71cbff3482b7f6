# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models
from odoo.tools import SQL

from ..deciding.person_methods import AccountOwner

# Another lead that may say who looks after the account: of the same company.
OTHER = """
other.id <> new.id AND other.user_id IS NOT NULL AND other.active
AND new.company_id = COALESCE(
    other.company_id,
    (SELECT company_id FROM crm_team WHERE crm_team.id = other.team_id),
    (SELECT company_id FROM res_users WHERE res_users.id = other.user_id)
)
"""


class CrmRoutingAccount(models.AbstractModel):
    """Finds out who looks after the account that a lead belongs to.

    In this order: the salesperson of the contact, of its company, of the parent companies up
    the chain; the owner of another lead of the same company or its parents; of a lead with
    the same company mail domain (for free-mail providers: the same address); of one with the
    same phone number. Leads that are won or open count, the latest first. One query for any
    number of leads. Nothing is ever merged.
    """

    _name = "crm.routing.account"
    _description = "Owners of known accounts"

    @api.model
    def _owners(self, leads):
        """Return who looks after the accounts of leads.

        :param leads: crm.lead records.
        :return: ``{lead id: (user id, code of _how_texts, name of the contact that matched)}``; no
            title of another lead, which the new owner may not be allowed to read.
        :rtype: dict[int, tuple]
        """
        if not leads:
            return {}
        self.env["res.partner"].flush_model(["parent_id", "user_id", "name"])
        self.env["crm.lead"].flush_model(
            [
                "partner_id",
                "user_id",
                "email_domain_criterion",
                "phone_sanitized",
                "active",
                "won_status",
                "company_id",
                "team_id",
                "name",
            ]
        )
        self.env["crm.team"].flush_model(["company_id"])
        self.env["res.users"].flush_model(["company_id"])
        first = self.env["res.company"]._crm_first_company_id()
        rows = self.env.execute_query(SQL(self._query(), leads=leads.ids, first=first))
        return {lead_id: tuple(found) for lead_id, *found in rows}

    @api.model
    def _query(self):
        """Return the statement: the best match for each lead.

        What matched is named, never the other lead: its title is not for whoever reads the
        reason, and it would outlive the lead in the log.
        """
        return f"""
            WITH RECURSIVE new AS MATERIALIZED (
                SELECT lead.id, lead.partner_id, lead.email_domain_criterion,
                       lead.phone_sanitized,
                       COALESCE(lead.company_id, team.company_id, %(first)s) AS company_id
                  FROM crm_lead AS lead LEFT JOIN crm_team AS team ON team.id = lead.team_id
                 WHERE lead.id = ANY(%(leads)s)
            ), chain(lead_id, partner_id, depth) AS (
                SELECT id, partner_id, 0 FROM new WHERE partner_id IS NOT NULL
                UNION ALL
                SELECT chain.lead_id, partner.parent_id, chain.depth + 1
                  FROM chain JOIN res_partner AS partner ON partner.id = chain.partner_id
                 WHERE partner.parent_id IS NOT NULL AND chain.depth < 20
            ), found(lead_id, user_id, how, name, rank, depth, latest) AS (
                SELECT chain.lead_id, partner.user_id, 'contact', partner.name, 1, depth, 0
                  FROM chain JOIN res_partner AS partner ON partner.id = chain.partner_id
                 WHERE partner.user_id IS NOT NULL
                UNION ALL
                SELECT new.id, other.user_id, 'account', partner.name, 2, depth, other.id
                  FROM chain JOIN new ON new.id = chain.lead_id
                  JOIN res_partner AS partner ON partner.id = chain.partner_id
                  JOIN crm_lead AS other ON other.partner_id = chain.partner_id AND {OTHER}
                UNION ALL
                SELECT new.id, other.user_id, 'domain', new.email_domain_criterion, 3, 0, other.id
                  FROM new JOIN crm_lead AS other
                    ON other.email_domain_criterion = new.email_domain_criterion AND {OTHER}
                UNION ALL
                SELECT new.id, other.user_id, 'phone', new.phone_sanitized, 4, 0, other.id
                  FROM new JOIN crm_lead AS other
                    ON other.phone_sanitized = new.phone_sanitized AND {OTHER}
            )
            SELECT DISTINCT ON (lead_id) lead_id, user_id, how, name
              FROM found ORDER BY lead_id, rank, depth, latest DESC
        """

    @api.model
    def _how_texts(self):
        """Return how a known account was recognised, by code."""
        return AccountOwner().how_texts(self.env._)
