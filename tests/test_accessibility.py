# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import shutil
from pathlib import Path

from odoo.tests import HttpCase, tagged

from .common import LeadCommon

# Our parts of a screen; what is around them is Odoo's.
OURS = (
    ".o_lead_headline",
    ".o_lead_facts",
    ".o_lead_next",
    ".o_lead_story",
    ".o_lead_checklist",
    ".o_lead_profile",
    ".o_lead_checks",
    ".o_lead_grade",
    ".o_lead_bar",
)
RUN = """
(async () => {
    %(source)s;
    const here = %(parts)s.filter((part) => document.querySelector(part));
    const missing = %(needed)s.filter((part) => !here.includes(part));
    if (missing.length) {
        throw new Error("not on this screen: " + missing.join(", "));
    }
    // A page that still fades in is pale on a slow machine: what is judged is
    // what a reader sees in the end.
    const style = document.createElement("style");
    style.textContent = "* {transition: none !important; animation: none !important;}";
    document.head.append(style);
    const pale = (node) =>
        node && (getComputedStyle(node).opacity < 1 || pale(node.parentElement));
    for (let tries = 0; tries < 100; tries++) {
        await new Promise((done) => setTimeout(done, 50));
        if (!here.some((part) => pale(document.querySelector(part)))) {
            break;
        }
    }
    const found = await axe.run(
        {include: here.map((part) => [part])},
        {runOnly: {type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}
    );
    const bad = found.violations.filter((one) =>
        ["serious", "critical"].includes(one.impact)
    );
    if (bad.length) {
        const lines = bad.map(
            (one) => one.id + ": " + one.help + "\\n  " +
                one.nodes.map((node) => node.target + " " + node.html).join("\\n  ")
        );
        throw new Error("axe-core found\\n" + lines.join("\\n"));
    }
    console.log("test successful");
})().catch((error) => console.error(error.message));
"""


def _axe():
    """Return the source of axe-core from the node packages of ./dev/test, or None."""
    program = shutil.which("rtlcss")
    if not program:
        return None
    path = Path(program).parent.parent / "axe-core" / "axe.min.js"
    return path.read_text("utf-8") if path.exists() else None


@tagged("post_install", "-at_install", "crm_lead_management_tour")
class TestAccessibility(LeadCommon, HttpCase):
    """Contrast, labels, roles and names of our parts of the screens, by axe-core.

    No finding that axe-core calls serious or critical.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.source = _axe()
        cls.env["crm.qualifier"].create(
            [
                {"name": "Need", "question": "Do they need it?", "kind": "yes_no"},
                {"name": "Users", "question": "How many?", "kind": "number"},
            ]
        )
        cls.lead = cls._make_lead(
            type="opportunity",
            name="Coffee for a clinic",
            user_id=cls.user_seller.id,
            contact_name="Noura Example",
            partner_name="Clinic Example",
            country_id=cls.env.ref("base.sa").id,
            phone="+966 55 123 4567",
        )
        cls.env["crm.scorecard"].create(
            {
                "name": "For the eyes",
                "state": "live",
                "company_id": cls.company.id,
                "rule_ids": [(0, 0, {"name": "All", "kind": "explicit", "points": 70})],
            }
        )
        cls.lead._lead_evaluate()

    def _check(self, path, ready, needed, login):
        if not self.source:
            self.skipTest("axe-core is not there: ./dev/test fetches it, with Node.js")
        code = RUN % {
            "source": self.source,
            "parts": list(OURS),
            "needed": list(needed),
        }
        self.browser_js(path, code, ready, login=login, timeout=120)

    def _page(self, name, part):
        """Return what is true once a page of the lead's notebook is open, and a part there."""
        tab = f".o_notebook_headers a[name={name}]"
        return (
            f"(() => {{ const tab = document.querySelector('{tab}');"
            " if (!tab) { return false; }"
            " if (!tab.classList.contains('active')) { tab.click(); return false; }"
            f" return ['.o_lead_headline', '{part}'].every("
            "(one) => document.querySelector(one)); })()"
        )

    def test_a_lead(self):
        path = f"/odoo/crm.lead/{self.lead.id}"
        head = (".o_lead_headline", ".o_lead_facts", ".o_lead_grade")
        for page, part in (
            ("story", ".o_lead_story"),
            ("qualification", ".o_lead_checklist"),
            ("profile", ".o_lead_profile"),
        ):
            with self.subTest(page=page):
                ready = self._page(page, part)
                self._check(path, ready, (*head, part), "lead_seller")

    def test_the_best_first(self):
        ready = "document.querySelector('.o_data_row .o_lead_grade') !== null"
        self._check("/odoo/leads-by-grade", ready, (".o_lead_grade",), "lead_seller")

    def test_the_set_up_and_its_health(self):
        ready = "document.querySelector('.o_lead_checks li') !== null"
        for path in ("/odoo/lead-management-setup", "/odoo/lead-management-health"):
            with self.subTest(path=path):
                self._check(path, ready, (".o_lead_checks",), "lead_manager")


@tagged("post_install", "-at_install", "crm_lead_management_tour")
class TestAccessibilityPhone(TestAccessibility):
    """The same on a phone, where the bar at the bottom is."""

    browser_size = "390x844"
    touch_enabled = True

    def test_the_best_first(self):
        """On the phone the list is a board of cards: looked at as a lead."""
        path = f"/odoo/crm.lead/{self.lead.id}"
        needed = (".o_lead_bar", ".o_lead_facts")
        self._check(path, self._page("story", ".o_lead_bar"), needed, "lead_seller")
