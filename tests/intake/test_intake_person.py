# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta

from odoo import fields
from odoo.tests import Form, tagged

from ...models.intake.crm_intake_matcher import Wanted
from .common import IntakeCommon


@tagged("post_install", "-at_install")
class TestIntakePerson(IntakeCommon):
    """The same person is found before anybody gets the lead; who is not sure, is not joined."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lead = cls._make_lead(
            contact_name="Amal Haddad",
            email_from="amal@clinic.example",
            phone="+966501234567",
            user_id=cls.user_colleague.id,
        )
        cls.env.flush_all()

    def _state(self, **data):
        item = self._bring(data)
        return item, item.state, item.lead_id == self.lead

    def test_the_same_address_joins(self):
        product = self.env["product.template"].create({"name": "Grinder"})
        item, state, is_same = self._state(
            email="AMAL@clinic.example",
            name="A. H.",
            message="Now two, please",
            product="Grinder",
            city="Jeddah",
            company="Haddad",
        )
        self.assertEqual((state, is_same), ("joined", True))
        self.assertEqual(item.reason, "The same email address.")
        self.assertEqual(self.lead.city, "Jeddah")
        self.assertEqual(self.lead.product_ids, product)
        self.assertEqual(self.lead.contact_name, "Amal Haddad", "nothing is replaced")
        self.assertEqual(self.lead.user_id, self.user_colleague)
        message = self.lead.message_ids[0]
        self.assertIn("Now two, please", message.body)
        self.assertIn("A. H.", message.body, "what differs is told")
        self.assertIn(self.user_colleague.partner_id, message.partner_ids)
        touch = self.lead.touchpoint_ids
        self.assertEqual(
            (touch.kind, touch.direction, touch.is_human), ("form", "in", True)
        )

    def test_known_for_exactly_so_many_days(self):
        """Mutant: on the last day he is the same person still; a second later he is new."""
        matcher = self.env["crm.intake.matcher"]
        now = fields.Datetime.now()
        wanted = Wanted(1, self.company.id, email="amal@clinic.example", known_days=9)
        for age, is_open in (
            (timedelta(days=9), True),
            (timedelta(days=9, seconds=1), False),
        ):
            self.env.cr.execute(
                "UPDATE crm_lead SET received_on = %s WHERE id = %s",
                [now - age, self.lead.id],
            )
            [found] = [f for f in matcher._candidates([wanted]) if f.email]
            self.assertEqual(matcher._decide(wanted, [found], now).is_open, is_open)

    def test_the_same_number_with_a_name_that_goes_together(self):
        _item, state, is_same = self._state(phone="0501234567", name="HADDAD, Amal")
        self.assertEqual((state, is_same), ("joined", True))

    def test_the_number_alone_is_no_proof(self):
        item, state, is_same = self._state(phone="0501234567", name="Omar Said")
        self.assertEqual((state, is_same), ("check", False))
        self.assertEqual(item.candidate_ids, self.lead)
        self.assertIn("names differ", item.reason)
        item, state, is_same = self._state(phone="0501234567", email="x@y.example")
        self.assertEqual((state, is_same), ("check", False))

    def _contact(self, **values):
        """Give the lead a contact whose address and number are not those of the lead."""
        contact = self.env["res.partner"].create({"name": "Amal Haddad", **values})
        self.env.flush_all()
        # Odoo would take them over, as long as people do not change them.
        self.env.cr.execute(
            "UPDATE crm_lead SET partner_id = %s WHERE id = %s",
            [contact.id, self.lead.id],
        )
        self.lead.invalidate_recordset()
        return contact

    def test_another_address_of_the_contact_joins(self):
        self._contact(email="Own@home.example")
        _item, state, is_same = self._state(email="own@home.example", name="A. H.")
        self.assertEqual((state, is_same), ("joined", True))

    def test_another_number_of_the_contact(self):
        self._contact(phone="+966509999999")
        _item, state, is_same = self._state(phone="0509999999", name="Amal Haddad")
        self.assertEqual((state, is_same), ("joined", True))
        _item, state, is_same = self._state(phone="0509999999", name="Omar Said")
        self.assertEqual((state, is_same), ("check", False))

    def test_the_address_of_a_company_is_nobody_s(self):
        self._contact(
            name="Haddad", email="own@home.example", phone="+966509999999",
            is_company=True,
        )  # fmt: skip
        _item, _state, is_same = self._state(email="own@home.example", name="Omar")
        self.assertFalse(is_same)

    def test_a_desk_is_nobody(self):
        self.lead.email_from = "info@clinic.example"
        self.lead.phone = False
        _item, _state, is_same = self._state(
            email="info@clinic.example", name="Omar Said"
        )
        self.assertFalse(is_same)
        _item, state, is_same = self._state(
            email="info@clinic.example", name="Amal Haddad"
        )
        self.assertEqual((state, is_same), ("joined", True))

    def test_several_leads_are_a_question(self):
        self._make_lead(contact_name="Amal", email_from="amal@clinic.example")
        item, state, _is_same = self._state(email="amal@clinic.example")
        self.assertEqual((state, len(item.candidate_ids)), ("check", 2))

    def test_closed_leads_are_not_joined(self):
        self.lead.action_set_lost()
        item, state, is_same = self._state(email="amal@clinic.example", name="Amal")
        self.assertEqual((state, is_same), ("done", False))
        self.assertEqual(item.lead_id.previous_lead_id, self.lead)
        self.assertFalse(item.lead_id.is_repeat)

    def test_a_customer_who_asks_again(self):
        self.lead.action_set_won()
        item, _state, is_same = self._state(email="amal@clinic.example", name="Amal")
        self.assertFalse(is_same)
        self.assertTrue(item.lead_id.is_repeat)
        self.assertIn("customer", item.reason)

    def test_an_old_lead_is_not_joined(self):
        self.env.cr.execute(
            "UPDATE crm_lead SET create_date = %s WHERE id = %s",
            [fields.Datetime.now() - timedelta(days=91), self.lead.id],
        )
        item, state, is_same = self._state(email="amal@clinic.example", name="Amal")
        self.assertEqual((state, is_same), ("done", False))
        self.assertEqual(item.lead_id.previous_lead_id, self.lead)

    def test_what_the_source_wants(self):
        for known, expected in (("new", "done"), ("check", "check")):
            self.source.known = known
            item, state, is_same = self._state(
                email="amal@clinic.example", name=f"A {known}"
            )
            self.assertEqual((state, is_same), (expected, False))
            item.lead_id.action_archive()

    def test_one_person_forty_times_at_once(self):
        items = self.env["crm.intake.item"]
        for number in range(40):
            items |= self.engine._receive(
                self.source, {"email": "new@x.example", "name": "New", "n": number}
            )
        self.engine._process(items)
        self.assertEqual(len(items.lead_id), 1)
        self.assertEqual(sorted(set(items.mapped("state"))), ["done", "joined"])

    def test_same_person_by_hand(self):
        item, _state, _same = self._state(
            phone="0501234567", name="Omar Said", message="Hi there"
        )
        made = item.lead_id
        window = item.with_user(self.user_manager).action_same_person()
        self.env["crm.intake.join"].with_user(self.user_manager).browse(
            window["res_id"]
        ).action_join()
        self.assertEqual((item.state, item.lead_id), ("joined", self.lead))
        self.assertFalse(made.active)
        self.assertIn("Hi there", self.lead.message_ids[0].body)

    def test_another_person_by_hand(self):
        item, _state, _same = self._state(phone="0501234567", name="Omar Said")
        made = item.lead_id
        item.with_user(self.user_manager).action_another_person()
        self.assertEqual((item.state, item.lead_id), ("done", made))

    def test_another_company_is_another_world(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.lead.write({"user_id": False, "team_id": False})
        self.lead.company_id = other
        _item, state, is_same = self._state(email="amal@clinic.example", name="Amal")
        self.assertEqual((state, is_same), ("done", False))

    def test_one_statement_for_any_number(self):
        def run(size):
            rows = [
                Wanted(
                    n,
                    self.company.id,
                    self.source.id,
                    f"a{n}@x.example",
                    f"+9665000{n:05}",
                )
                for n in range(size)
            ]
            return lambda: self.env["crm.intake.matcher"]._match(rows)

        self.assertSameQueryCount(run, 10, 100)

    def test_a_lead_that_is_typed_in_tells_of_doubles(self):
        """U12; who may not read the other lead is not told its name."""
        for user, said in (
            (self.user_colleague, "Lead 0"),
            (self.user_seller, "A colleague has a lead"),
        ):
            form = Form(self.env["crm.lead"].with_user(user))
            form.email_from = "amal@clinic.example"
            self.assertIn(said, form.double_note)
            form.email_from = "nobody@clinic.example"
            self.assertFalse(form.double_note)
        self.assertFalse(self.lead.double_note)
