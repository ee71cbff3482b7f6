# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import datetime, timedelta

from lxml import etree

from odoo.tests import tagged

from ..common import LeadCommon

NOW = datetime(2026, 3, 2, 9, 0)
# Statements of the form as a salesperson opens it; Odoo's own has some 15.
MOST = 14


@tagged("post_install", "-at_install")
class TestLeadOpened(LeadCommon):
    """What the form of a lead reads before it shows, whatever happened with the lead."""

    def _opening(self):
        """Return what the web client does to open a lead's form, as a salesperson."""
        Lead = self.env["crm.lead"].with_user(self.user_seller)
        view_id = self.env.ref("crm.crm_lead_view_form").id
        arch = etree.fromstring(
            Lead.get_views([(view_id, "form")])["views"]["form"]["arch"]
        )
        names = {
            node.get("name")
            for node in arch.iter("field")
            if not any(above.tag == "field" for above in node.iterancestors())
        }
        spec = {
            name: {"fields": {"display_name": {}}} if field.relational else {}
            for name, field in Lead._fields.items()
            if name in names
        }
        return names, lambda lead: lead.with_user(self.user_seller).web_read(spec)

    def _lead_with(self, events):
        lead = self._make_lead(user_id=self.user_seller.id)
        self.env["crm.touchpoint"]._record(
            [
                {
                    "lead_id": lead.id,
                    "kind": "call",
                    "direction": "out",
                    "outcome": "talked",
                    "is_human": True,
                    "occurred_on": NOW + timedelta(hours=number),
                }
                for number in range(events)
            ]
        )
        return lead

    def test_closed_pages_are_not_waited_for(self):
        """Finding out what to ask next takes as long as all the rest of the form."""
        names, _opened = self._opening()
        self.assertIn("lead_headline", names)
        later = {"lead_profile", "lead_glance", "qualifier_checklist"}
        later |= {"touchpoint_count", "audit_count"}
        later |= {"routing_story", "routing_known", "routing_reason"}
        later |= {"followup_ids", "stage_log_ids", "nurture_enrollment_ids"}
        self.assertFalse(names & later)

    def test_what_the_form_leaves_out_stands_in_its_panes(self):
        Lead = self.env["crm.lead"].with_user(self.user_seller)
        view = self.env.ref("crm.crm_lead_view_form")
        arch = etree.fromstring(Lead.get_view(view.id, "form")["arch"])
        panes = [node.get("view") for node in arch.iter("widget") if node.get("view")]
        self.assertEqual(len(panes), 3)
        shown = set()
        lead = self._lead_with(1).with_user(self.user_seller)
        for pane in panes:
            # As the web client asks for it: by the name of the view, among all forms.
            asked = Lead.with_context(form_view_ref=pane)
            found = asked.get_views([(False, "form")])["views"]["form"]
            self.assertEqual(found["id"], self.env.ref(pane).id)
            names = {
                one.get("name") for one in etree.fromstring(found["arch"]).iter("field")
            }
            shown |= names & set(Lead._fields)
            self.assertTrue(lead.read(sorted(names & set(Lead._fields))))
        self.assertLessEqual(
            {
                "routing_story",
                "followup_ids",
                "stage_log_ids",
                "nurture_enrollment_ids",
            },
            shown,
        )

    def test_no_form_of_a_lead_is_a_pane_unasked(self):
        """A pane is a form of crm.lead, too: nobody gets it who asks for the form."""
        found = self.env["crm.lead"].get_view(view_type="form")
        self.assertEqual(found["id"], self.env.ref("crm.crm_lead_view_form").id)

    def _statements(self, opened, lead):
        """Return what it costs to open a lead again: the caches of the set-up are warm then."""
        counts = []
        for _time in range(2):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            opened(lead)
            counts.append(self.env.cr.sql_log_count - before)
        return counts[-1]

    def test_it_costs_the_same_however_much_happened(self):
        _names, opened = self._opening()
        counts = {
            events: self._statements(opened, self._lead_with(events))
            for events in (1, 15)
        }
        self.assertEqual(len(set(counts.values())), 1, counts)

    def test_it_costs_few_statements(self):
        _names, opened = self._opening()
        self.assertLessEqual(self._statements(opened, self._lead_with(2)), MOST)
