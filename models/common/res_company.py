# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from .crm_config_mixin import kept


class ResCompany(models.Model):
    """Which company a lead belongs to: the one place that knows.

    Its own company; where it has none, that of its sales team, then that of its owner: to
    these it is *tied*. Else the first company of the database. So every lead has exactly one,
    whose set-up counts for it, whoever asks, in every way: from the record, from the values
    that it is about to be created with, and in SQL. A lead that is tied to none may be given
    to people of all companies, and becomes theirs.
    """

    _inherit = "res.company"

    @api.model_create_multi
    def create(self, vals_list):
        self.env["crm.config.mixin"]._crm_changed()
        companies = super().create(vals_list)
        self.env["crm.config.mixin"]._crm_changed()
        return companies

    @api.model
    @kept()
    def _crm_is_only_company(self):
        """Tell whether the database has a single company, as most have."""
        # sudo: a count of companies, whichever of them the user may see.
        return self.sudo().with_context(active_test=False).search_count([], limit=2) < 2

    @api.model
    @kept()
    def _crm_only_company_id(self):
        """Return the id of the only company, or False where there are several."""
        return self._crm_is_only_company() and self._crm_first_company_id()

    @api.model
    @kept()
    def _crm_first_company_id(self):
        """Return the id of the company of leads that nothing else ties to one."""
        # sudo: the first of all companies, whichever of them the user may see.
        companies = self.with_env(self.env(su=True, context={}))
        return companies.search([], order="id", limit=1).id

    @api.model
    def _crm_lead_reads(self):
        """Return the lead fields that decide which company a lead belongs to.

        :rtype: frozenset[str]
        """
        return frozenset(("company_id", "team_id", "user_id"))

    @api.model
    def _crm_tied_to(self, lead):
        """Return the company that a lead is tied to, as superuser; empty where to none.

        :param lead: one crm.lead record.
        """
        # sudo: the company, team and owner of the lead, whoever may see them.
        lead = lead.sudo()
        return lead.company_id or lead.team_id.company_id or lead.user_id.company_id

    @api.model
    def _crm_of_lead(self, lead):
        """Return the company that a lead belongs to, as superuser.

        :param lead: one crm.lead record.
        """
        # sudo: the only one, or the first, of all companies, whichever of them the user may see.
        companies = self.sudo()
        if only_id := self._crm_only_company_id():
            return companies.browse(only_id)
        return self._crm_tied_to(lead) or companies.browse(self._crm_first_company_id())

    @api.model
    def _crm_of_values(self, vals, user_id):
        """Return the id of the company that a lead about to be created will belong to.

        As Odoo finds it: the company given, that of the team, the owner's (the current one,
        where he works in it), that of the contact. Where it was given that it has none, as
        of a lead that has none: that of the team, the owner's own.

        :param dict vals: the values of the lead; defaults of the context count, too.
        :param user_id: id of the owner that it will have, or False.
        """

        context = self.env.context

        def given(name):
            return vals.get(name, context.get(f"default_{name}"))

        if given("company_id"):
            return given("company_id")
        # sudo: a team, an owner or a contact that the user may not see.
        env = self.sudo().env
        has_none = "company_id" in vals or "default_company_id" in context
        company = env["crm.team"].browse(given("team_id") or []).company_id
        user = env["res.users"].browse(user_id or [])
        if not company and user:
            is_here = not has_none and self.env.company in user.company_ids
            company = self.env.company if is_here else user.company_id
        if not company and not has_none:
            company = env["res.partner"].browse(given("partner_id") or []).company_id
        return company.id or self._crm_first_company_id()

    @api.model
    def _crm_of_lead_sql(self, leads, query, tied=False):
        """Return the id of the company that a lead belongs to, in SQL.

        :param leads: the crm.lead model.
        :param query: over the leads; team and owner are joined to it.
        :param bool tied: NULL for leads that are tied to none.
        """
        own, team, user = (
            leads._field_to_sql(leads._table, path, query)
            for path in ("company_id", "team_id", "user_id")
        )
        sqls = [own]
        for alias, table, key in (
            ("crm_lead__scope_team", "crm_team", team),
            ("crm_lead__scope_user", "res_users", user),
        ):
            name = SQL.identifier(alias)
            query.add_join("LEFT JOIN", alias, table, SQL("%s.id = %s", name, key))
            sqls.append(SQL("%s.company_id", name))
        if not tied:
            sqls.append(SQL("%s::int", self._crm_first_company_id()))
        return SQL("COALESCE(%s)", SQL(", ").join(sqls))

    @api.model
    def _crm_of_row_sql(self, alias="lead"):
        """Return the same for a statement that is no Query, as views of the database are.

        :param str alias: of the table crm_lead in the statement.
        """
        if only_id := self._crm_only_company_id():
            return SQL("%s::int", only_id)
        lead = SQL.identifier(alias)
        return SQL(
            "COALESCE(%(lead)s.company_id,"
            " (SELECT team.company_id FROM crm_team AS team WHERE team.id = %(lead)s.team_id),"
            " (SELECT usr.company_id FROM res_users AS usr WHERE usr.id = %(lead)s.user_id),"
            " %(first)s::int)",
            lead=lead,
            first=self._crm_first_company_id(),
        )

    @api.model
    def _crm_lead_is_of_sql(self, leads, query, company_id):
        """Return the condition that a lead belongs to a company; None where all leads do."""
        if self._crm_is_only_company():
            return None
        return SQL("(%s = %s)", self._crm_of_lead_sql(leads, query), company_id)

    @api.model
    def _crm_lead_is_of_domain(self, company_id):
        """Return the same as a domain, for searches of leads.

        :rtype: Domain
        """
        if self._crm_is_only_company():
            return Domain.TRUE
        mine = Domain(company_id == self._crm_first_company_id())
        for path in ("user_id.company_id", "team_id.company_id", "company_id"):
            record = path.partition(".")[0]
            empty = Domain(path, "=", False) | Domain(record, "=", False)
            mine = Domain(path, "=", company_id) | (empty & mine)
        return mine
