# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.tests import HttpCase, new_test_user, tagged

from ...models.message.guarding.unsubscribe import PATH, url_of
from .. import test_main_tours

# The page is plain: no web client, no tours. What the button sends is sent, and the answer looked at.
UNSUBSCRIBE = r"""
    const html = document.documentElement;
    if (html.dir !== "rtl" || html.lang !== "ar-001") throw new Error(html.outerHTML);
    if (!/[\u0600-\u06ff]/.test(document.forms[0].textContent)) throw new Error("in Arabic?");
    if (!html.textContent.includes("sa…@garden.example")) throw new Error("whose is it?");
    const form = document.forms[0];
    if (form.querySelector("button").type !== "submit") throw new Error("no button");
    fetch(form.action, {method: form.method}).then(async (response) => {
        const page = new DOMParser().parseFromString(await response.text(), "text/html");
        const told = page.querySelector("[role=status]");
        if (told && !page.forms.length && page.documentElement.dir === "rtl") {
            console.log("test successful");
        } else {
            console.error(page.body.textContent);
        }
    });
"""


@tagged("post_install", "-at_install", "crm_lead_management_tour")
class TestNurtureTours(HttpCase):
    """A manager publishes a track; a salesperson adds a lead, and takes it out."""

    _tour = test_main_tours.MainTours._tour

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        manager = "sales_team.group_sale_manager"
        cls.manager = new_test_user(cls.env, "track_manager", manager, name="Dana Aziz")
        cls.seller = new_test_user(
            cls.env, "track_seller", "sales_team.group_sale_salesman", name="Omar Said"
        )
        cls.env["crm.nurture.track"].search([]).active = False
        cls.env.company.message_calendar_id = False
        domain = cls.env["mail.alias.domain"].search([], limit=1)
        domain = domain or cls.env["mail.alias.domain"].create({"name": "ours.example"})
        cls.env["res.company"].search([]).alias_domain_id = domain
        template = cls.env.ref("crm_lead_management.crm_message_template_welcome")
        cls.track = cls.env["crm.nurture.track"].create(
            {
                "name": "Say welcome",
                "step_ids": [
                    (
                        0,
                        0,
                        {"sequence": 1, "template_id": template.id, "channel": "email"},
                    ),
                    (
                        0,
                        0,
                        {"sequence": 2, "days": 3, "kind": "task", "name": "Call them"},
                    ),
                ],
            }
        )
        cls.lead = cls.env["crm.lead"].create(
            {
                "name": "Garden inquiry",
                "type": "opportunity",
                "contact_name": "Sara Khan",
                "email_from": "sara@garden.example",
                "user_id": cls.seller.id,
            }
        )

    def test_preview_and_publish(self):
        self._tour(
            f"/odoo/crm.nurture.track/{self.track.id}",
            "nurture_track",
            login="track_manager",
        )
        self.assertEqual(self.track.state, "live")

    def test_a_lead_enters_and_leaves(self):
        self.track.state = "live"
        self._tour(
            f"/odoo/crm.lead/{self.lead.id}", "nurture_lead_strip", login="track_seller"
        )
        one = self.track.enrollment_ids
        self.assertEqual((one.state, one.exit_code), ("stopped", "hand"))
        self.assertEqual(one.enrolled_by_id, self.seller)

    def test_it_leaves_by_answering(self):
        self.track.state = "live"
        made, _refused = self.env["crm.nurture.engine"]._enroll(self.lead, self.track)
        self.env["crm.touchpoint"]._record(
            [
                {
                    "lead_id": self.lead.id,
                    "kind": "email",
                    "direction": "in",
                    "is_human": True,
                    "summary": "Yes, please call",
                }
            ]
        )
        self.assertEqual(made.exit_code, "answered")
        self._tour(
            f"/odoo/crm.lead/{self.lead.id}", "nurture_answered", login="track_seller"
        )

    def test_from_a_ready_one(self):
        """Issue 17: make a track from a ready one, preview, publish."""
        ready = (
            self.env["crm.nurture.track"]
            .with_context(active_test=False)
            .browse(
                self.env.ref(f"crm_lead_management.crm_nurture_track_{name}").id
                for name in ("welcome", "after_offer", "cold", "win_back", "care")
            )
        )
        ready.active = True
        ready.state = "draft"
        self._tour("/odoo/lead-tracks", "nurture_from_ready", login="track_manager")
        ours = self.env["crm.nurture.track"].search([("name", "=", "Our welcome")])
        self.assertEqual((ours.state, len(ours.step_ids)), ("live", 4))
        self.assertEqual(set(ready.mapped("state")), {"draft"}, "they stay as they are")

    def test_unsubscribe_in_arabic(self):
        self.env["res.lang"]._activate_lang("ar_001")
        modules = self.env["ir.module.module"]
        modules._load_module_terms(["crm_lead_management"], ["ar_001"])
        self.lead.lang_id = self.env["res.lang"]._lang_get("ar_001")
        path = PATH + url_of(self.lead).partition(PATH)[2]
        self.browser_js(path, UNSUBSCRIBE, ready="document.forms.length === 1")
        self.lead.invalidate_recordset()
        self.assertTrue(self.lead.optout_email)

    def test_message_texts(self):
        """Ux D: edited where they are read, languages side by side, with a real lead."""
        self.env["res.lang"]._activate_lang("ar_001")
        self.lead.user_id = self.manager
        message = self.env.ref("crm_lead_management.crm_message_template_welcome")
        self._tour(
            f"/odoo/crm.message.template/{message.id}",
            "message_texts",
            login="track_manager",
        )
        arabic = message.with_context(lang="ar_001")
        self.assertIn("مرحبا {{", arabic.whatsapp_body)
        self.assertNotIn("مرحبا {{", message.with_context(lang="en_US").whatsapp_body)

    def test_what_goes_by_itself(self):
        self.track.state = "live"
        made, _refused = self.env["crm.nurture.engine"]._enroll(self.lead, self.track)
        self._tour("/odoo/lead-outbox", "message_queue", login="track_manager")
        made.invalidate_recordset()
        self.assertEqual(made.delivery_ids.reason, "hand")
        self.assertEqual(made.step_id.kind, "task")
