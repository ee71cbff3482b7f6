# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import random

from odoo.tests import new_test_user, tagged
from odoo.tools import SQL
from odoo.tools.query import Query

from .common import LeadCommon


@tagged("post_install", "-at_install")
class TestCompanyScope(LeadCommon):
    """Which company a lead belongs to: record, values and SQL say the same."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        names = ("A", "B")
        cls.companies = cls.env["res.company"].create(
            [{"name": name} for name in names]
        )
        cls.everywhere = cls.company + cls.companies
        group = "sales_team.group_sale_salesman_all_leads"
        cls.users = cls.env["res.users"]
        for company in cls.companies:
            cls.users += new_test_user(
                cls.env,
                f"scope_{company.name}",
                group,
                company_id=company.id,
                company_ids=[(6, 0, cls.everywhere.ids)],
            )
        cls.teams = cls.env["crm.team"].create(
            [
                {"name": "Team of A", "company_id": cls.companies[0].id},
                {"name": "Team of B", "company_id": cls.companies[1].id},
                {"name": "Team of none", "company_id": False},
            ]
        )
        cls.partners = cls.env["res.partner"].create(
            [
                {"name": "Of B", "company_id": cls.companies[1].id},
                {"name": "Of none", "company_id": False},
            ]
        )
        cls.company_model = cls.env["res.company"]
        cls.first = cls.company_model.search([], order="id", limit=1)

    def _sql(self, leads, **options):
        """Return the ids of companies by lead id, as the statement says."""
        query = Query(self.env, "crm_lead")
        query.add_where(SQL("crm_lead.id = ANY(%s)", leads.ids))
        company = self.company_model._crm_of_lead_sql(
            self.env["crm.lead"], query, **options
        )
        return dict(self.env.execute_query(query.select(SQL("crm_lead.id"), company)))

    def _values(self, rng):
        """Return values of a lead that go together, as Odoo checks."""
        company = rng.choice([False, *self.companies])
        teams = self.teams.filtered(
            lambda team: not company
            or team.company_id in (company, self.env["res.company"])
        )
        team = rng.choice([False, *teams])
        if team and team.company_id:
            company = team.company_id
        return {
            "name": "Scope",
            "company_id": company and company.id,
            "team_id": team and team.id,
            "user_id": rng.choice([False, *self.users.ids]),
        }

    def test_record_and_sql_agree(self):
        rng = random.Random(7)
        skip = self.env["crm.lead"].with_context(crm_lead_management_skip=True)
        leads = skip.create([self._values(rng) for _n in range(60)])
        # Odoo gives leads a company by their team or owner; old and imported ones lack it.
        bare = leads[:40]
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_lead SET company_id = NULL WHERE id = ANY(%s)", [bare.ids]
        )
        self.env.invalidate_all()
        belongs, tied = self._sql(leads), self._sql(leads, tied=True)
        seen = set()
        for lead in leads.with_user(self.user_seller).sudo(False):
            company = self.company_model._crm_of_lead(lead)
            self.assertEqual(company.id, belongs[lead.id])
            mine = self.company_model._crm_tied_to(lead)
            self.assertEqual(mine.id or None, tied[lead.id])
            self.assertEqual(company, mine or self.first)
            seen.add((bool(mine), company))
        self.assertEqual(len(seen), 3, "A, B, and none")
        for company in self.everywhere:
            query = Query(self.env, "crm_lead")
            query.add_where(SQL("crm_lead.id = ANY(%s)", leads.ids))
            query.add_where(
                self.company_model._crm_lead_is_of_sql(
                    self.env["crm.lead"], query, company.id
                )
            )
            found = {row[0] for row in self.env.execute_query(query.select())}
            self.assertEqual(found, {k for k, v in belongs.items() if v == company.id})

    def test_values_say_what_the_record_will(self):
        rng = random.Random(11)
        for _n in range(60):
            vals = self._values(rng)
            for name in rng.sample(list(vals)[1:], rng.randint(0, 2)):
                del vals[name]
            if rng.random() < 0.4:
                vals["partner_id"] = rng.choice(self.partners.ids)
            user = rng.choice(self.users)
            allowed = [user.company_id.id, *(self.everywhere - user.company_id).ids]
            leads = self.env["crm.lead"].with_user(user)
            leads = leads.with_context(allowed_company_ids=allowed)
            owner = vals.get("user_id", user.id)
            with self.subTest(vals=vals, user=user.login):
                try:
                    with self.cr.savepoint():
                        lead = leads.create(vals)
                        self.env.flush_all()
                except Exception:
                    continue  # a contact of another company: Odoo refuses
                found = leads.env["res.company"]._crm_of_values(vals, owner)
                self.assertEqual(self.company_model._crm_of_lead(lead).id, found)

    def test_defaults_of_the_context_count(self):
        company = self.companies[1]
        for name, record in (("company_id", company), ("team_id", self.teams[1])):
            env = self.env(context={f"default_{name}": record.id})
            found = env["res.company"]._crm_of_values({"name": "L"}, False)
            self.assertEqual(found, company.id)

    def test_one_company_needs_no_condition(self):
        """Where there is one company, all leads are of it; and no table is joined."""
        Company, leads = self.company_model, self.env["crm.lead"]
        self.assertFalse(Company._crm_is_only_company())
        self.assertFalse(Company._crm_only_company_id())
        query = Query(self.env, "crm_lead")
        self.assertTrue(Company._crm_lead_is_of_sql(leads, query, self.company.id))

    def test_the_first_company_is_archived(self):
        later = self.company_model.search([("id", "!=", self.first.id)], order="id")
        self.env["res.users"].search([("company_id", "=", self.first.id)]).write(
            {"company_ids": [(4, later[0].id)], "company_id": later[0].id}
        )
        self.first.active = False
        self.assertEqual(self.company_model._crm_first_company_id(), later[0].id)

    # === RULES OF A COMPANY === #

    def test_a_lead_that_comes_to_another_company_meets_its_rules(self):
        """By its own company, or its owner; the rules say nothing of these."""
        mine, other = self.companies
        segment = self.env["crm.segment"].create(
            {"name": "B", "domain": "[]", "company_id": other.id}
        )
        line = {"name": "all", "domain": "[]"}
        persona = self.env["crm.persona"].create(
            {"name": "B", "company_id": other.id, "criterion_ids": [(0, 0, line)]}
        )
        skip = self.env["crm.lead"].with_context(crm_lead_management_skip=True)
        self.users[
            1
        ].company_ids = other  # Odoo takes the owner's, where he works nowhere else
        for name, before, after in (
            ("company_id", mine.id, other.id),
            ("user_id", self.users[0].id, self.users[1].id),
        ):
            bare = dict.fromkeys(("company_id", "team_id", "user_id"), False)
            lead = skip.create({"name": name, **bare, name: before})
            self.env.flush_all()
            if name != "company_id":
                query = "UPDATE crm_lead SET company_id = NULL WHERE id = %s"
                self.env.cr.execute(query, [lead.id])
                self.env.invalidate_all()
            lead = lead.with_context(crm_lead_management_skip=False)
            lead._lead_evaluate(None)
            self.assertFalse(lead.segment_ids, name)
            lead.write({name: after})
            self.assertEqual(
                (lead.segment_ids, lead.persona_id), (segment, persona), name
            )

    def test_a_lead_that_comes_to_another_company_is_routed_by_its_rules(self):
        other = self.companies[1]
        self.companies.lead_creator_keeps = False
        rule = self.env["crm.routing.rule"].create(
            {
                "name": "B",
                "company_id": other.id,
                "method": "fixed",
                "user_id": self.users[1].id,
                "catch_changes": True,
            }
        )
        skip = self.env["crm.lead"].with_context(crm_lead_management_skip=True)
        bare = {"name": "L", "user_id": False, "team_id": False}
        lead = skip.create({**bare, "company_id": self.companies[0].id})
        lead = lead.with_context(crm_lead_management_skip=False)
        lead.company_id = other
        self.assertEqual(lead.routing_rule_id, rule)
        self.assertEqual(lead.user_id, self.users[1])
