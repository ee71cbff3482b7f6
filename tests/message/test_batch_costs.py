# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import logging
import time
from unittest.mock import patch

from odoo.tests import Form, tagged

from .common import MessageCommon

_logger = logging.getLogger(__name__)


@tagged("post_install", "-at_install")
class TestBatchCosts(MessageCommon):
    """How much a message to a selection costs, whatever its size."""

    def _batch(self, leads, **values):
        leads = leads.with_user(self.user_seller)
        model = self.env["crm.message.batch"].with_user(self.user_seller)
        action = leads.action_send_message()
        batch = Form(model.with_context(**action["context"])).save()
        batch.write(values)
        return batch

    def _mails(self, leads):
        return self.env["mail.mail"].search(
            [("model", "=", "crm.lead"), ("res_id", "in", leads.ids)]
        )

    def _many(self, count):
        return self.env["crm.lead"].create(
            [
                {
                    "name": f"Lead {number}",
                    "contact_name": f"Contact {number}",
                    "email_from": f"contact{number}.{count}@example.com",
                    "phone": f"+96650{count % 10}{number:06d}",
                    "user_id": self.user_seller.id,
                    "product_ids": [(4, self.product.id)],
                }
                for number in range(count)
            ]
        )

    def test_the_plan_costs_the_same_for_any_number(self):
        def run(size):
            leads = self._many(size)
            leads.flush_recordset()
            planner = self.env["crm.message.planner"]
            return lambda: planner._plan(leads, template=self.message, channel="email")

        # Twice: what is remembered of the rights of who writes is forgotten once.
        self.assertSameQueryCount(run, 10, 10, 100)

    def _sending(self, channel, leads_of):
        """Return what plans and sends, for so many leads: see ``assertSameQueryCount``.

        Odoo writes rows by the hundred, and mails by fifty: here all of them at once.
        """
        self.env["ir.config_parameter"].sudo().set_param("mail.batch_size", 1000)
        for name in ("INSERT_BATCH_SIZE", "UPDATE_BATCH_SIZE"):
            self.startPatcher(patch(f"odoo.orm.models.{name}", 1000))
        self.message.repeat_days = 0

        def run(size):
            leads = leads_of(size)
            leads.flush_recordset()
            batch = self._batch(leads, channel=channel, template_id=self.message.id)

            def send():
                batch.action_plan()
                batch.action_send()
                self.assertEqual(batch.queued_count + batch.open_count, size)

            return send

        return run

    def test_sending_costs_the_same_for_any_number(self):
        leads = self._many(500)
        for channel in ("email", "sms"):
            with self.subTest(channel=channel):
                run = self._sending(channel, lambda size: leads[:size])
                self.assertSameQueryCount(run, 50, 50, 500)

    def test_preparing_whatsapp_costs_the_same_for_any_number(self):
        run = self._sending("whatsapp", self._many)
        self.assertSameQueryCount(run, 10, 10, 100)

    def test_500_leads_in_ten_seconds(self):
        leads = self._many(500)
        message = self.shipped.filtered(lambda m: m.purpose == "introduction")
        message.active = True
        for channel in ("email", "sms"):
            batch = self._batch(leads, channel=channel, template_id=message.id)
            message.repeat_days = 0
            start, clock = time.monotonic(), time.process_time()
            batch.action_plan()
            batch.action_send()
            self.env.flush_all()
            seconds = time.monotonic() - start
            # What counts is our own time: others may share the machine with the test.
            work = time.process_time() - clock
            self.assertEqual(batch.queued_count, 500)
            self.assertLess(work, 10, f"{channel}: {work:.1f} s")
            _logger.info(
                "500 personal messages by %s in the queue: %.2f s, of them %.2f s at work",
                channel,
                seconds,
                work,
            )
        self.assertEqual(len(self._mails(leads)), 500)
