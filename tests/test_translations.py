# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import os
import re
from pathlib import Path
from unittest.mock import patch

import polib
from lxml import etree

from odoo.modules.module import get_module_path
from odoo.tests import TransactionCase, tagged
from odoo.tools.translate import TranslationModuleReader

MODULE = "crm_lead_management"
# Words that are the same in English; by the custom of Odoo they are left empty.
SAME = {
    "ar": set(),
    "tr": {"Form", "ID", "Persona", "Pilot", "Segment", "Test", "Türkiye", "Web", "id"},
}
NAMES = {
    *("(MQL)", "AUC", "AUC Odoo", "Facebook", "Instagram", "LinkedIn", "SMS"),
    *("WhatsApp", "WhatsApp: %s"),
}
# Tags, placeholders, addresses and technical names: nothing that anybody would read.
NO_WORDS = re.compile(
    r"<[^>]*>|\{\{.*?\}\}|%\(\w+\)\w|https?://\S+|\b[a-z]+(?:[_.][a-z]+)+\b"
)
PLACEHOLDER = re.compile(r"%\(\w+\)|%s|%d|\{\{.*?\}\}")


def _addon_walk(walk):
    """Return an ``os.walk`` that sees this addon only, without its tools and caches."""
    addon = get_module_path(MODULE)

    def addon_walk(path, *args, **kwargs):
        if os.path.normpath(path) != os.path.dirname(addon):
            return
        for root, folders, files in walk(addon):
            folders[:] = [
                name for name in folders if name[0] != "." and name != "node_modules"
            ]
            yield root, folders, files

    return addon_walk


@tagged("post_install", "-at_install")
class TestTranslations(TransactionCase):
    """No string of the addon is missing in the languages that it is shipped in."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = Path(get_module_path(MODULE)) / "i18n"
        cls.template = polib.pofile(str(folder / f"{MODULE}.pot"))
        cls.languages = {
            code: polib.pofile(str(folder / f"{code}.po")) for code in SAME
        }

    def test_every_string_of_the_addon_is_exported(self):
        with patch("odoo.tools.translate.os.walk", _addon_walk(os.walk)):
            rows = list(TranslationModuleReader(self.env.cr, modules=[MODULE]))
        known = {entry.msgid for entry in self.template}
        missing = {
            source
            for _module, kind, name, xml_id, source, _value, _comments in rows
            if source not in known and self._is_ours(kind, name, xml_id)
        }
        self.assertFalse(missing, "export them: odoo i18n export crm_lead_management")

    def _is_ours(self, kind, name, xml_id):
        """Tell whether a string comes with the addon: other addons add fields to its models."""
        model = name.split(",")[0]
        if kind == "code":
            return True
        if model == "ir.model.fields":
            record = self.env.ref(xml_id)
            return MODULE in self.env[record.model]._fields[record.name]._modules
        module = self.env["ir.module.module"].search([("name", "=", MODULE)])
        return model.startswith("ir.") or not module.demo

    def test_the_demo_company_speaks_three_languages(self):
        """Its set-up is read by colleagues of three languages, as the screens around it are.

        The template is exported from a database with the demo company.
        """
        known = {entry.msgid for entry in self.template}
        folder = Path(get_module_path(MODULE)) / "demo"
        texts = {
            node.text
            for path in folder.glob("*.xml")
            for record in etree.parse(str(path)).iter("record")
            for node in record.iter("field")
            if node.text and not {"ref", "eval", "type"} & set(node.attrib)
            and self._is_translated(record.get("model"), node.get("name"))
        }  # fmt: skip
        self.assertTrue(texts)
        self.assertFalse(texts - known)

    def _is_translated(self, model, name):
        field = self.env[model]._fields.get(name) if model in self.env else None
        return field is not None and field.translate is True

    def test_every_string_is_translated(self):
        known = {entry.msgid for entry in self.template}
        for code, file in self.languages.items():
            self.assertEqual({entry.msgid for entry in file}, known, code)
            missing = {
                entry.msgid
                for entry in file.untranslated_entries()
                if entry.msgid not in SAME[code] | NAMES
                and re.search(r"[^\W\d_]{2}", NO_WORDS.sub("", entry.msgid))
            }
            self.assertFalse(missing, code)

    def test_placeholders_survive_the_translation(self):
        for code, file in self.languages.items():
            for entry in file.translated_entries():
                if any(path.startswith("code:") for path, _line in entry.occurrences):
                    self.assertEqual(
                        sorted(PLACEHOLDER.findall(entry.msgid)),
                        sorted(PLACEHOLDER.findall(entry.msgstr)),
                        f"{code}: {entry.msgid}",
                    )
