# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.tests import tagged
from odoo.tools import SQL

from ...models.message.guarding import privacy
from .common import MessageCommon

LOOKUP = "privacy.lookup.wizard"


@tagged("post_install", "-at_install")
class TestPrivacy(MessageCommon):
    """What is kept of a person is found, and goes with his lead."""

    def test_the_lookup_finds_what_belongs_to_the_lead(self):
        """C43: it found the blacklist and the lead only."""
        if LOOKUP not in self.env:
            self.skipTest("The app Privacy is not installed")
        self.message._send(self.lead_full, "email")
        question = self.env["crm.qualifier"].create({"name": "Q", "kind": "yes_no"})
        self.env["crm.qualifier.answer"].create(
            {
                "lead_id": self.lead_full.id,
                "qualifier_id": question.id,
                "value_yes_no": "yes",
            }
        )
        # The address alone, on somebody else's lead.
        self.env["crm.touchpoint"]._record(
            [
                {
                    "lead_id": self.lead_bare.id,
                    "kind": "unsubscribe",
                    "summary": "sara@example.com",
                }
            ]
        )
        self.env.flush_all()
        lookup = self.env[LOOKUP].create(
            {"name": "Sara Khan", "email": "sara@example.com"}
        )
        lookup.action_lookup()
        found = {(line.res_model, line.res_id) for line in lookup.line_ids}
        for row in (
            self.lead_full,
            *self.lead_full.touchpoint_ids,
            *self.lead_bare.touchpoint_ids,
            *self.lead_full.qualifier_answer_ids,
        ):
            self.assertIn((row._name, row.id), found)
        self.assertNotIn(("crm.lead", self.lead_company.id), found)

    def test_the_lookup_names_what_a_field_held_before(self):
        """Issue 13 (9): the conversation shows the address after it was taken away."""
        Message = self.env["mail.message"]
        message = Message.create({"model": "crm.lead", "res_id": self.lead_full.id})
        other = Message.create({"model": "crm.lead", "res_id": self.lead_full.id})
        field = self.env["ir.model.fields"]._get("crm.lead", "email_from")
        for row, address in ((message, "old@quill.example"), (other, "x@y.example")):
            self.env["mail.tracking.value"].create(
                {
                    "mail_message_id": row.id,
                    "field_id": field.id,
                    "old_value_char": address,
                }
            )
        self.env.flush_all()
        asked = privacy.query(self.env, "old@quill.example", "Nobody")
        rows = self.env.execute_query(
            SQL(
                "SELECT %s AS res_model_id, 0 AS res_id, TRUE AS is_active %s", 0, asked
            )
        )
        model_id = self.env["ir.model"]._get_id("mail.message")
        found = {res_id for model, res_id, _active in rows if model == model_id}
        self.assertEqual(found, {message.id})

    def test_titles_of_deleted_leads_are_looked_up_by_index(self):
        """Issue 13 (9): deleting a lead read all decisions."""
        cr = self.env.cr
        cr.execute("SET LOCAL enable_seqscan = off")
        cr.execute(
            "EXPLAIN SELECT id FROM crm_lead_routing_log WHERE facts->>'how' IN"
            " ('domain', 'phone') AND facts->>'account' = ANY(%s)",
            (["A title"],),
        )
        plan = "".join(row for [row] in cr.fetchall())
        self.assertIn("account_idx", plan)

    def test_a_deleted_lead_leaves_no_name_behind(self):
        """C43: another lead's log still named him."""
        log = self.env["crm.lead.routing.log"].create(
            {
                "lead_id": self.lead_company.id,
                "outcome": "account_owner",
                "facts": {"how": "domain", "account": "Zelda Quill asks", "owner": "A"},
            }
        )
        other = log.copy({"facts": {"how": "contact", "account": "Zelda Quill asks"}})
        self._make_lead(name="Zelda Quill asks").unlink()
        self.assertNotIn("Zelda", str(log.facts))
        self.assertIn("Zelda", str(other.facts), "a contact is erased by its own")

    def test_who_is_made_anonymous_leaves_no_address_behind(self):
        """C43: bounces and unsubscriptions kept the address, the log the number."""
        lead = self.lead_full
        for kind, summary in (
            ("bounce", "sara@example.com"),
            ("unsubscribe", "sara@example.com"),
            ("bounce", "+966501234567"),
            ("email", "About sara@example.com"),
        ):
            self.env["crm.touchpoint"]._record(
                [{"lead_id": lead.id, "kind": kind, "summary": summary}]
            )
        log = self.env["crm.lead.routing.log"].create(
            {
                "lead_id": lead.id,
                "outcome": "account_owner",
                "facts": {"how": "phone", "account": "+966501234567", "owner": "A"},
            }
        )
        known = lead.touchpoint_ids.filtered(lambda t: t.kind != "email")
        lead.with_user(self.user_seller).write({"contact_name": "Sara", "name": "x"})
        self.assertTrue(all(known.mapped("summary")), "nothing was lost yet")
        lead.with_user(self.user_seller).write({"email_from": "SARA@example.com"})
        self.assertTrue(all(known.mapped("summary")), "it is the same address")
        lead.with_user(self.user_seller).write({"email_from": False, "phone": False})
        self.assertFalse(any(known.mapped("summary")))
        self.assertNotIn("966", str(log.facts))

    def test_an_address_that_is_replaced_is_not_kept_in_what_was_noted(self):
        """C43: a mistake that is corrected, or somebody else's address."""
        lead = self.lead_full
        for summary in ("sara@example.com", "+966501234567"):
            self.env["crm.touchpoint"]._record(
                [{"lead_id": lead.id, "kind": "bounce", "summary": summary}]
            )
        mail, phone = lead.touchpoint_ids.sorted("id")
        lead.with_user(self.user_seller).email_from = "sara@new.example"
        self.assertFalse(mail.summary)
        self.assertTrue(phone.summary, "the number is still hers")
        lead.with_user(self.user_seller).phone = "+966507654321"
        self.assertFalse(phone.summary)

    def _tracked(self, record):
        rows = self.env["mail.tracking.value"].search(
            [
                ("mail_message_id.model", "=", record._name),
                ("mail_message_id.res_id", "=", record.id),
            ]
        )
        return [
            value
            for row in rows
            for value in (row.old_value_char, row.new_value_char)
            if value
        ]

    def test_who_is_made_anonymous_leaves_no_trace_in_the_history(self):
        """Issue 13 (9): the look-up named what fields held before, and it stayed there."""
        lead = self._make_lead(
            user_id=self.user_seller.id,
            contact_name="Sara Khan",
            email_from="old@quill.example",
            phone="+966501112222",
        ).with_context(tracking_disable=False, mail_notrack=False)
        self.env.flush_all()
        self.env.cr.precommit.run()
        lead.with_user(self.user_seller).write({"email_from": "new@quill.example"})
        self.env.cr.precommit.run()
        self.assertIn("old@quill.example", self._tracked(lead))
        other = self._make_lead(email_from="new@quill.example")
        self.env.cr.precommit.run()
        other.with_context(tracking_disable=False).email_from = "x@quill.example"
        self.env.cr.precommit.run()
        other.with_context(tracking_disable=False).email_from = "newer@quill.example"
        self.env.cr.precommit.run()
        # One that corrects a mistake keeps what was before; one that empties does not.
        lead.with_user(self.user_seller).write({"email_from": "newer@quill.example"})
        self.env.cr.precommit.run()
        self.assertIn("new@quill.example", self._tracked(lead))
        lead.with_user(self.user_seller).write(
            {"email_from": False, "phone": False, "contact_name": False}
        )
        self.env.cr.precommit.run()
        held = self._tracked(lead)
        for value in ("newer@quill.example", "+966501112222", "Sara Khan"):
            self.assertNotIn(value, held)
        self.assertIn("...", held, "that something was changed stays")
        self.assertIn("newer@quill.example", self._tracked(other), "of another lead")

    def test_a_contact_of_a_lead_is_made_anonymous(self):
        """Issue 13 (9): the same on the page of the contact; not for contacts of no lead."""
        partners = self.env["res.partner"].create(
            [{"name": name, "email": f"{name}@quill.example"} for name in ("a", "b")]
        )
        self._make_lead(partner_id=partners[0].id)
        self.env.cr.precommit.run()
        for partner in partners.with_context(tracking_disable=False):
            partner.email = f"new{partner.id}@quill.example"
            self.env.cr.precommit.run()
            partner.email = False
            self.env.cr.precommit.run()
        mine, others = (self._tracked(partner) for partner in partners)
        self.assertNotIn(f"new{partners[0].id}@quill.example", mine)
        self.assertIn(f"new{partners[1].id}@quill.example", others)
