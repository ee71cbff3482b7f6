# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from itertools import repeat

from odoo import fields
from odoo.tools import SQL


class LinkedField(fields.Many2many):
    """Records that leads are linked to, of which most leads have none.

    Whether a lead has any is asked of the relation alone; which of them the user may see, and
    in which order, only where it has some.
    """

    def read(self, records):
        rows = records.env.execute_query(
            SQL(
                "SELECT DISTINCT %(lead)s FROM %(relation)s WHERE %(lead)s = ANY(%(ids)s)",
                lead=SQL.identifier(self.column1),
                relation=SQL.identifier(self.relation),
                ids=records.ids,
            )
        )
        linked = records.browse(lead_id for (lead_id,) in rows)
        self._insert_cache(records - linked, repeat(()))
        return super().read(linked) if linked else None
