# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.exceptions import UserError, ValidationError
from odoo.tests import new_test_user, tagged

from .common import MessageCommon

# Paths to more rights, each tried as a placeholder.
ATTACKS = (
    "[object][0].unlink()",
    "object.unlink()",
    "user.write({'signature': 'x'})",
    "user.search([]).mapped('login')",
    "user.browse(1).write({'group_ids': [(4, 1)]})",
    "env['res.users'].search([])",
    "ctx",
    "object._cr",
    "object['_cr']",
    "object.sudo().name",
    "object.with_user(1).name",
    "object.create({'name': 'x'})",
    "object.name.__class__",
    "object.name.format(object)",
    "'{0.env}'.format(object)",
    "reduce(object.write, [{}])",
    "datetime",
    "(lambda: object.unlink())()",
    "[x.unlink() for x in object]",
    "object.name * 10**9",
    "object.message_post(body='x')",
    "__import__('os')",
)


@tagged("post_install", "-at_install")
class TestPlaceholder(MessageCommon):
    """A message says what a lead's fields say, and does nothing; nobody writes as superuser."""

    def test_no_path_to_more_rights_is_saved(self):
        """A3, and its last lines: an allow list, in every field that is filled in."""
        mail, sms = self.message.mail_template_id, self.message.sms_template_id
        for attack in ATTACKS:
            inline = f"Hi {{{{ {attack} }}}}"
            ways = [(self.message, "whatsapp_body", inline), (sms, "body", inline)]
            ways += [(mail, "body_html", f'<p><t t-out="{attack}"/></p>')]
            ways += [(mail, "body_html", f'<p t-att-class="{attack}">x</p>')]
            ways += [(mail, "body_html", f'<p t-attf-class="a#{{{attack}}}">x</p>')]
            ways += [
                (mail, name, inline)
                for name in ("subject", "email_from", "reply_to", "lang", "partner_to")
            ]
            for record, name, text in ways:
                with (
                    self.subTest(field=name, text=text),
                    self.assertRaises(ValidationError),
                ):
                    record.write({name: text})
                    record.flush_recordset()

    def test_what_came_in_otherwise_is_not_filled_in(self):
        """A3: merely opening the window wrote the manager's signature."""
        manager = self.user_manager
        self._smuggle(
            self.message.sms_template_id, body="{{ user.write({'signature': 'x'}) }}"
        )
        before = manager.signature
        window = (
            self.env["crm.message.compose"]
            .with_user(manager)
            .create(
                {
                    "lead_id": self.lead_full.id,
                    "template_id": self.message.id,
                    "channel": "sms",
                }
            )
        )
        self.assertIn("may not be used", window.problem)
        self.assertEqual(manager.signature, before)

    def test_qweb_that_calls_others(self):
        """A3: what is no known attribute is refused, and so are names that hide object."""
        mail = self.message.mail_template_id
        for body in (
            '<t t-call="web.login"/>',
            '<t t-set="object" t-value="user"/>',
            '<t t-foreach="user" t-as="user"><t t-out="user.name"/></t>',
        ):
            with self.assertRaises(ValidationError):
                mail.body_html = body
        mail.body_html = (
            '<t t-foreach="object.product_ids" t-as="one"><t t-out="one.name"/></t>'
            '<t t-set="who" t-value="object.user_id or user"/><t t-out="who.name"/>'
            '<t t-out="format_date(object.birthdate)" t-if="object.birthdate"/>'
        )

    def test_the_system_writes_with_the_rights_of_the_owner(self):
        """A3: the first message was filled in by the superuser."""
        secret = self.env["crm.lead"].create({"name": "Secret", "user_id": 2})
        self.assertFalse(secret.with_user(self.user_seller).has_access("read"))
        for template, lead in self.message.sudo()._renderers(self.lead_full):
            self.assertFalse(template.env.su)
            self.assertFalse(lead.env.su)
            self.assertEqual(template.env.user, self.user_seller)
        gone = new_test_user(self.env, "lead_gone", "sales_team.group_sale_salesman")
        self.lead_full.user_id = gone
        gone.active = False
        for template, _lead in self.message.sudo()._renderers(self.lead_full):
            self.assertFalse(template.env.su)
            self.assertNotEqual(template.env.user, self.lead_full.user_id)

    def test_what_its_editor_may_not_read_is_no_placeholder(self):
        """A3: a text would tell its editor what is hidden from him."""
        editor = self.env.ref("mail.group_mail_template_editor")
        self.user_manager.group_ids += editor
        message = self.message.with_user(self.user_manager)
        message.whatsapp_body = "You are {{ object.function }}"
        self.patch(
            self.env["crm.lead"]._fields["function"], "groups", "base.group_system"
        )
        with self.assertRaises(ValidationError):
            message.whatsapp_body = "You are our {{ object.function }}"

    # === THE LEAD'S OWN TEXT === #

    def test_a_name_is_no_placeholder(self):
        """A24: "Ann {{7*7}} Lee" got nothing; "A <b>" was mangled."""
        lead = self.lead_full.with_user(self.user_seller)
        message = self.message.with_user(self.user_seller)
        message.sudo().sms_template_id.body = "Hello {{ object.contact_name }}, hi"
        for name in ("Ann {{7*7}} Lee", "A <b>", "<img src=x>", "{{ object.name }}"):
            lead.contact_name = name
            body = message._render_for(lead)["sms"]["body"]
            self.assertEqual(body, f"Hello {name}, hi")
            for channel in ("email", "sms"):
                self.env["crm.message.sender"].with_user(self.user_seller)._check(
                    message, lead, channel
                )
        with self.assertRaises(UserError):
            self.env["crm.message.sender"]._check(
                message, lead, "sms", text="Hello {{ object.name }} {{ x }}"
            )

    def test_what_people_write_is_left_alone(self):
        """A20: "Bonjour Zoé !" and the like."""
        text = "Bonjour !\nPrix : 5 €\nFormation .NET et C# :)\n  - un"
        self.message.whatsapp_body = text
        self.assertEqual(
            self.message._render_for(self.lead_full)["whatsapp"]["body"], text
        )

    def test_the_subject_that_goes_is_the_one_shown(self):
        """A20: holes were closed in the preview only."""
        self.message.mail_template_id.subject = (
            "Hello {{ object.referred }} , news  for {{ object.website }} !"
        )
        lead = self.lead_full.with_user(self.user_seller)
        shown = self.message.with_user(self.user_seller)._render_for(lead)["email"]
        self.message.with_user(self.user_seller)._send(lead, "email")
        self.assertEqual(shown["subject"], "Hello, news  for!")
        self.assertEqual(self._mails(lead).subject, shown["subject"])
