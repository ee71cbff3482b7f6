# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import re
from pathlib import Path

import polib
from lxml import html

from odoo.tests import HttpCase, tagged

from ..controllers.crm_guide import FOLDER, LANGUAGES
from .common import LeadCommon

ROOT = Path(__file__).parents[1]
STORE = ROOT / "static" / "description"
DOCUMENTS = (ROOT / "README.md", STORE / "index.html")
# Paths of somebody's machine, and addresses of a server that nobody else has.
MACHINE = re.compile(
    r"(?<![\w/])/(?:home|root|tmp|work|usr|var)/|localhost|127\.0\.0\.1"
)
LINK = re.compile(r"\]\(([^)#\s]+)")
MOST_BYTES = 200_000


@tagged("post_install", "-at_install")
class TestGuide(LeadCommon):
    """The user guide, the store page and README: what they point at is there."""

    def _pages(self, language):
        return sorted((FOLDER / language).glob("*.html"))

    def _parsed(self, path):
        return html.fromstring(path.read_bytes())

    def test_each_page_is_there_in_each_language(self):
        names = [[path.name for path in self._pages(one)] for one in LANGUAGES]
        self.assertEqual(names[0], names[1])
        self.assertEqual(names[0], names[2])
        self.assertGreater(len(names[0]), 10)
        for language in LANGUAGES:
            for path in self._pages(language):
                page = self._parsed(path)
                self.assertEqual(page.get("lang"), language, path)
                wanted = "rtl" if language == "ar" else "ltr"
                self.assertEqual(page.get("dir"), wanted, path)
                self.assertTrue(page.xpath("//meta[@name='viewport']"), path)

    def test_pages_say_as_much_in_each_language(self):
        """A step that is told in one language is told in the others."""
        for path in self._pages("en"):
            counts = {
                (
                    len(page.xpath("//li")),
                    len(page.xpath("//b")),
                    len(page.xpath("//img")),
                )
                for page in (
                    self._parsed(FOLDER / one / path.name) for one in LANGUAGES
                )
            }
            self.assertEqual(len(counts), 1, f"{path.name}: {counts}")

    def test_every_link_and_picture_is_there(self):
        pages = [path for one in LANGUAGES for path in self._pages(one)]
        for path in [*pages, STORE / "index.html"]:
            page = self._parsed(path)
            for target in page.xpath("//@href | //@src"):
                if not target.startswith("http"):
                    self.assertTrue(
                        (path.parent / target).is_file(), f"{path}: {target}"
                    )
            for picture in page.xpath("//img"):
                self.assertTrue(picture.get("alt"), f"{path}: a picture without words")
        for target in LINK.findall((ROOT / "README.md").read_text("utf-8")):
            if not target.startswith("http"):
                self.assertTrue((ROOT / target).exists(), target)

    def test_every_page_is_found_from_the_first(self):
        for language in LANGUAGES:
            index = self._parsed(FOLDER / language / "index.html")
            linked = set(index.xpath("//main//a/@href"))
            pages = {path.name for path in self._pages(language)} - {"index.html"}
            self.assertEqual(linked, pages)

    def test_no_picture_is_left_over_and_none_is_heavy(self):
        used = set()
        for path in [*DOCUMENTS, *FOLDER.rglob("*.html")]:
            text = path.read_text("utf-8")
            for name in re.findall(r"[\w./-]+\.png", text):
                # README stands at the root, pages beside their pictures.
                used.add((path.parent / name).resolve())
        for picture in STORE.rglob("*.png"):
            if picture.name not in ("icon.png", "banner.png"):
                self.assertIn(picture.resolve(), used)
            self.assertLess(picture.stat().st_size, MOST_BYTES, picture)

    def test_no_paths_of_a_machine(self):
        for path in [*FOLDER.rglob("*.html"), STORE / "index.html"]:
            found = MACHINE.findall(path.read_text("utf-8"))
            self.assertFalse(found, f"{path}: {found}")

    def test_words_of_the_screens_are_those_of_the_screens(self):
        """Each word of the screen is a term of ours or of Odoo, in the reader's language."""
        for language in LANGUAGES[1:]:
            ours = {
                entry.msgid: entry.msgstr
                for entry in polib.pofile(str(ROOT / "i18n" / f"{language}.po"))
                if entry.msgstr
            }
            for path in self._pages(language):
                for node in self._parsed(path).xpath("//b"):
                    term = node.get("data-term")
                    self.assertTrue(term, f"{path}: {node.text}")
                    wanted = ours.get(term)
                    if wanted:
                        self.assertEqual(node.text_content(), wanted, f"{path}: {term}")
        for path in self._pages("en"):
            for node in self._parsed(path).xpath("//b"):
                self.assertEqual(node.text_content(), node.get("data-term"), path)


@tagged("post_install", "-at_install")
class TestGuideOpens(LeadCommon, HttpCase):
    def _opened(self, address="/crm/guide"):
        return self.url_open(address, allow_redirects=False)

    def test_in_the_language_of_the_reader(self):
        for code, folder in (("en_US", "en"), ("ar_001", "ar"), ("tr_TR", "tr")):
            self.env["res.lang"]._activate_lang(code)
            self.user_seller.lang = code
            self.authenticate("lead_seller", "lead_seller")
            answer = self._opened()
            self.assertIn(f"/guide/{folder}/index.html", answer.headers["Location"])
            page = self.url_open(answer.headers["Location"])
            self.assertEqual(page.status_code, 200)
            self.assertIn(f'lang="{folder}"', page.text)

    def test_another_language_reads_the_first(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.user_seller.lang = "fr_FR"
        self.authenticate("lead_seller", "lead_seller")
        self.assertIn("/guide/en/", self._opened().headers["Location"])

    def test_a_page_that_is_none(self):
        self.authenticate("lead_seller", "lead_seller")
        self.assertEqual(self._opened("/crm/guide/day").status_code, 303)
        for bad in ("nothing", "..%2F..%2Ficon", "index.html", "guide"):
            self.assertEqual(self._opened(f"/crm/guide/{bad}").status_code, 404, bad)

    def test_a_way_in_for_everybody(self):
        """By the menu, which Ctrl+K finds; from the assistant and from Health."""
        for user in (self.user_seller, self.user_all, self.user_manager):
            menus = self.env["ir.ui.menu"].with_user(user).load_menus(False)
            entry = self.env.ref("crm_lead_management.crm_guide_menu")
            self.assertIn(entry.id, menus)
        action = self.env.ref("crm_lead_management.crm_guide_action")
        self.assertEqual((action.url, action.target), ("/crm/guide", "new"))
        for name in ("setup", "health"):
            view = f"crm_lead_management.crm_lead_management_{name}_view_form"
            links = html.fromstring(self.env.ref(view).arch).xpath("//a/@href")
            self.assertTrue(links)
            for link in links:
                page = link.rpartition("/")[2]
                self.assertTrue((FOLDER / "en" / f"{page}.html").is_file(), link)
