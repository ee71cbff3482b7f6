# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from unittest.mock import patch

from odoo.tests import tagged

from ...models.message.writing import read_once
from ...models.message.writing.read_once import ReadOnce
from .common import MessageCommon

TEXT = (
    '<p><t t-out="object.message_greeting">Hello,</t> about <b t-out="object.name"/> of'
    ' <i t-out="object.partner_name">R&amp;D &amp; Söhne</i><t t-out="object.function"/>.</p>'
)


@tagged("post_install", "-at_install")
class TestReadOnce(MessageCommon):
    """A text with fields only is read once for a selection, and says what Odoo's would."""

    def setUp(self):
        super().setUp()
        self.leads = self.lead_full + self.lead_bare + self.lead_company
        self.lead_full.contact_name = 'Ann <img src="x"> & {{ 7*7 }}'

    def _odoo(self, source):
        mail = self.env["mail.template"]
        return mail._render_template_qweb_regex(source, "crm.lead", self.leads.ids)

    def test_it_says_what_odoo_says(self):
        fields = self.env["crm.lead"].mail_allowed_qweb_expressions()
        for message in self.shipped:
            source = message.mail_template_id.body_html
            with self.subTest(message=message.name):
                text = ReadOnce(source)
                self.assertTrue(text.is_plain and text.paths)
                self.assertLessEqual(text.paths, set(fields))
                self.assertEqual(
                    {lead.id: text.fill(lead) for lead in self.leads},
                    self._odoo(source),
                )

    def test_values_are_no_markup(self):
        text = ReadOnce(TEXT).fill(self.lead_full)
        self.assertIn(
            "Hello Ann &lt;img src=&#34;x&#34;&gt; &amp; {{ 7*7 }},", str(text)
        )
        self.assertIn("<b>Garden inquiry</b> of <i>Khan Trading</i>.", str(text))

    def test_what_people_wrote_stays_what_it_is(self):
        """Odoo writes R&amp;amp;D for what stands in for an empty field."""
        text = ReadOnce(TEXT).fill(self.lead_bare)
        self.assertIn("of <i>R&amp;D &amp; Söhne</i>.", str(text))

    def test_a_text_with_more_in_it_is_odoo_s(self):
        for source in (
            '<p t-if="object.name">x</p>',
            '<p class="a" t-out="object.name">x</p>',
            '<p t-out="object.name"><b>x</b></p>',
            '<p t-att-title="object.name"><t t-out="object.name"/></p>',
        ):
            with self.subTest(source=source):
                self.assertFalse(ReadOnce(source).is_plain)

    def test_what_is_not_allowed_is_not_filled_in(self):
        """The list of what people who are no template editors may use is Odoo's to ask."""
        mail = self.message.mail_template_id
        source = '<p><t t-out="object.user_id.login"/></p>'
        rendering = next(iter(self.message._renderers(self.leads)))[0]
        self.assertTrue(ReadOnce(source).is_plain)
        with self.assertRaises(SyntaxError):
            mail.with_env(rendering.env)._render_template_qweb_regex(
                source, "crm.lead", self.leads.ids
            )

    def test_a_selection_reads_it_once(self):
        leads = self.lead_full + self.lead_company
        with patch.object(
            read_once, "html_normalize", wraps=read_once.html_normalize
        ) as read:
            texts = self.message._render_channel(leads, "email")
        self.assertEqual((len(texts), read.call_count), (2, 1))
