# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import datetime, timedelta

from lxml import etree

from odoo.tests import tagged

from ..common import LeadCommon

NOW = datetime(2026, 3, 2, 9, 0)
# Statements of the form as a salesperson opens it; Odoo's own has some 15.
MOST = 24


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

    def test_the_profile_is_not_waited_for(self):
        """Finding out what to ask next takes as long as all the rest of the form."""
        names, _opened = self._opening()
        self.assertIn("lead_headline", names)
        self.assertNotIn("lead_profile", names)

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
