# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from pathlib import Path

from lxml import etree

from odoo.modules.module import get_module_path
from odoo.tests import BaseCase, tagged

DATA = Path(get_module_path("crm_lead_management")) / "data"


@tagged("post_install", "-at_install")
class TestData(BaseCase):
    """What the addon ships belongs to the company from then on."""

    def _nodes(self, path):
        """Yield what an XPath finds in the data that an update leaves alone."""
        for file in sorted(DATA.glob("*.xml")):
            root = etree.parse(str(file)).getroot()
            if root.get("noupdate") == "1":
                for node in root.xpath(path):
                    yield file.name, node

    def test_an_update_brings_nothing_back_that_was_deleted(self):
        # But for scheduled jobs, without which engines would stand still.
        found = [
            (file, record.get("id"))
            for file, record in self._nodes("//record[not(@model='ir.cron')]")
            if record.get("forcecreate") != "False"
        ]
        self.assertFalse(found, 'forcecreate="False" is missing')

    def test_every_record_has_an_id_to_be_translated_by(self):
        found = [
            (file, field.getparent().get("id"), field.get("name"))
            for file, field in self._nodes("//field[@eval]")
            if "(0, 0" in field.get("eval") or "Command.create" in field.get("eval")
        ]
        self.assertFalse(found, "give these lines records of their own")
