# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from unittest.mock import patch

from freezegun import freeze_time

from ..common import LeadCommon


class MessageCommon(LeadCommon):
    """A message of its own, three leads, and an SMS service that sends nothing.

    ::

        lead_full     everything is known     lead_bare  only a name
        lead_company  a company, no contact   message    one text in each channel
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        sending = patch(
            "odoo.addons.sms.tools.sms_api.SmsApi._contact_iap", return_value=[]
        )
        sending.start()
        cls.addClassCleanup(sending.stop)
        cls.shipped = cls.env["crm.message.template"].search([])
        cls.shipped.active = False
        cls.product = cls.env["product.template"].create({"name": "Garden House"})
        cls.lead_full, cls.lead_bare, cls.lead_company = cls.env["crm.lead"].create(
            [
                {
                    "name": "Garden inquiry",
                    "contact_name": "Sara Khan",
                    "partner_name": "Khan Trading",
                    "email_from": "sara@example.com",
                    "phone": "+966501234567",
                    "product_ids": [(4, cls.product.id)],
                    "user_id": cls.user_seller.id,
                },
                {"name": "Bare", "user_id": False, "team_id": False},
                {
                    "name": "Company",
                    "partner_name": "Umbrella & Söhne",
                    "email_from": "info@example.org",
                    "phone": "+4930123456",
                    "user_id": cls.user_seller.id,
                },
            ]
        )
        cls.message = cls._make_message()

    @classmethod
    def _make_message(cls, **values):
        model = cls.env["ir.model"]._get_id("crm.lead")
        mail = cls.env["mail.template"].create(
            {
                "name": "Mail",
                "model_id": model,
                "subject": "About {{ object.message_product ||| our products}}",
                "body_html": '<p><t t-out="object.message_greeting"/></p><p>see you</p>',
                "email_layout_xmlid": "crm_lead_management.message_layout",
                "use_default_to": True,
            }
        )
        sms = cls.env["sms.template"].create(
            {
                "name": "SMS",
                "model_id": model,
                "body": "{{ object.message_greeting }} see you",
            }
        )
        return cls.env["crm.message.template"].create(
            {
                "name": "See you",
                "purpose": "meeting",
                "mail_template_id": mail.id,
                "sms_template_id": sms.id,
                "whatsapp_body": "{{ object.message_greeting }}\n\nsee you & yours",
                **values,
            }
        )

    def _run_queue(self, moment):
        """Have all go that goes by itself, at a moment; the test takes it back."""
        progress = patch.object(
            type(self.env["ir.cron"]), "_commit_progress", return_value=1
        )
        with freeze_time(moment), progress:
            self.env["crm.message.queue"]._cron_run()

    def _smuggle(self, record, **vals):
        """Write a text as it would have come in by another way, without its check."""
        with patch.object(
            type(self.env["crm.message.template"]), "_check_parts", lambda *args: None
        ):
            record.write(vals)
            record.flush_recordset()

    def _sent(self, lead):
        """Return the touchpoints of what went to the lead."""
        return lead.touchpoint_ids.filtered(
            lambda touchpoint: touchpoint.direction == "out"
        )

    def _mails(self, lead):
        return self.env["mail.mail"].search(
            [("model", "=", "crm.lead"), ("res_id", "=", lead.id)]
        )

    def _sms(self, lead):
        return self.env["sms.sms"].search(
            [
                ("mail_message_id.model", "=", "crm.lead"),
                ("mail_message_id.res_id", "=", lead.id),
            ]
        )
