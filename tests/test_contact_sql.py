# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import itertools

from odoo.fields import Domain
from odoo.tests import tagged
from odoo.tools import SQL

from ..models.common import contacts
from ..tools import contact
from .common import LeadCommon


@tagged("post_install", "-at_install")
class TestContactSql(LeadCommon):
    """What counts as a contact is one thing: for one event, in SQL, and as a domain."""

    def test_all_events_there_are(self):
        """K19: each kind, direction and outcome, by a person or not."""
        lead = self._make_lead(user_id=self.user_seller.id)
        touches = self.env["crm.touchpoint"]
        choices = [
            [value for value, _label in touches._fields[name].selection]
            for name in ("kind", "direction", "outcome")
        ]
        rows = [
            {
                "lead_id": lead.id,
                "kind": kind,
                "direction": direction,
                "outcome": outcome,
                "is_human": is_human,
            }
            for kind, direction, outcome, is_human in itertools.product(
                choices[0], choices[1], [*choices[2], False], (True, False)
            )
        ]
        found = touches._record(rows)
        wanted = {
            touch.id
            for touch in found
            if contact.is_contact(
                touch.kind, touch.direction, touch.is_human, touch.outcome
            )
        }
        self.assertGreater(len(wanted), 50)
        query = SQL(
            "SELECT t.id FROM crm_touchpoint AS t WHERE t.lead_id = %s AND %s",
            lead.id,
            contacts.contact("t"),
        )
        self.assertEqual({row[0] for row in self.env.execute_query(query)}, wanted)
        domain = contacts.contact_domain()
        self.assertEqual(set(found.filtered_domain(domain).ids), wanted)
        mine = [("lead_id", "=", lead.id)]
        self.assertEqual(set(touches.search(domain & Domain(mine)).ids), wanted)
