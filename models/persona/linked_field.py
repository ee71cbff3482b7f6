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
        # Odoo asks for one such field after the other: what the first has found out is known.
        records = records.browse(self._cache_missing_ids(records))
        if not records:
            return
        linked = records.browse(self._linked(records))
        self._insert_cache(records - linked, repeat(()))
        if linked:
            super().read(linked)

    def _linked(self, records):
        """Return the ids of the records that have any; of other such fields remember who has none.

        One statement for all fields of this kind that are not known yet: who reads one reads
        the others, too.
        """
        missing = {
            field: set(field._cache_missing_ids(records))
            for field in records._fields.values()
            if isinstance(field, LinkedField) and field != self
        }
        others = [field for field, ids in missing.items() if ids]
        rows = records.env.execute_query(
            SQL(" UNION ").join(
                SQL(
                    "SELECT %(number)s, %(lead)s FROM %(relation)s WHERE %(lead)s = ANY(%(ids)s)",
                    number=number,
                    lead=SQL.identifier(field.column1),
                    relation=SQL.identifier(field.relation),
                    ids=records.ids,
                )
                for number, field in enumerate((self, *others))
            )
        )
        for number, field in enumerate(others, 1):
            known = {lead_id for of, lead_id in rows if of == number}
            field._insert_cache(records.browse(missing[field] - known), repeat(()))
        return [lead_id for of, lead_id in rows if of == 0]
