# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..common import LeadCommon


@tagged("post_install", "-at_install")
class TestNurtureDeleting(LeadCommon):
    """What tracks and the letterbox need is archived, not deleted; words say so."""

    def test_a_message_that_a_track_sends(self):
        message = self.env["crm.message.template"].create(
            {"name": "Hello", "purpose": "welcome", "whatsapp_body": "Hello"}
        )
        track = self.env["crm.nurture.track"].create({"name": "Track"})
        self.env["crm.nurture.step"].create(
            {"name": "First", "track_id": track.id, "template_id": message.id}
        )
        self.env.cr.execute(
            "UPDATE crm_nurture_track SET state = 'live' WHERE id = %s", [track.id]
        )
        track.invalidate_recordset()
        manager = message.with_user(self.user_manager)
        with self.assertRaisesRegex(UserError, "Track"):
            manager.unlink()
        self.env.cr.execute(
            "UPDATE crm_nurture_track SET state = 'draft' WHERE id = %s", [track.id]
        )
        track.invalidate_recordset()
        manager.unlink()
        self.assertFalse(track.step_ids.template_id)
        self.assertFalse(message.exists())

    def test_a_source_with_entries(self):
        source = self.env["crm.intake.source"].create({"name": "Form", "kind": "web"})
        self.env["crm.intake.engine"]._receive(source, {"email": "a@b.example"})
        with self.assertRaisesRegex(UserError, "Form"):
            source.with_user(self.user_manager).unlink()
        empty = self.env["crm.intake.source"].create({"name": "None", "kind": "web"})
        empty.with_user(self.user_manager).unlink()
        self.assertFalse(empty.exists())
