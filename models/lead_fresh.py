# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import logging

import psycopg2

from odoo import api, models, tools

from ..const import FRESH, GUARDED, Fresh

_logger = logging.getLogger(__name__)


class CrmLead(models.Model):
    """How a new lead passes through the engines: in memory, and written once, at the end.

    ``crm_lead`` is wide and heavily indexed, and writing to it is what costs. So neither what
    Odoo computes about a new lead nor what the engines find is written in between. The rules
    of the next engine see it nevertheless: see ``crm.rule.mixin`` in rule_fresh.py.
    """

    _inherit = "crm.lead"

    def _lead_process_new(self, state):
        """Run the engines over new leads under one savepoint, instead of one for each.

        What they find is written with one UPDATE, at the end. Where something fails, a rule
        or a notification, all is taken back and done again with care: each engine then finds
        its broken rule and switches it off. Errors of which Odoo repeats the request (two
        transactions at once) go through.
        """
        waiting = self._lead_hold()
        leads = self.with_context(**{GUARDED: True, FRESH: True})
        memory = self.env.cr.cache
        outer = memory.get(FRESH)
        memory[FRESH] = Fresh(self._ids)
        try:
            with self.env.cr.savepoint(flush=False), tools.mute_logger("odoo.sql_db"):
                leads._lead_process(state)
                self.env.flush_all()
            return
        except psycopg2.OperationalError:
            raise
        except Exception:
            _logger.exception("Leads %s: all engines once more, with care", self.ids)
        finally:
            memory[FRESH] = outer
        self.env.transaction.clear()
        self._lead_take_up(waiting)
        # What other processes changed since the rules were read.
        self.env.registry.clear_cache()
        self._lead_process(state)

    def _lead_hold(self):
        """Write to the database what waits in memory, but for the values of one new lead.

        What is flushed survives when the savepoint of the engines is rolled back; what is
        held back is for :meth:`_lead_take_up` then. Many leads are not held back: writing
        their values costs less than passing them along to each engine.

        :return: by field of crm.lead, the value by lead id, as in the ORM's cache.
        :rtype: dict[Field, dict]
        """
        self.env._recompute_all()
        waiting = self.env._field_dirty
        for model_name in {field.model_name for field in waiting} - {self._name}:
            self.env[model_name].flush_model()
        if len(self) > 1 or not all(
            self._lead_is_held(field, ids) for field, ids in waiting.items()
        ):
            self.env.flush_all()
        return {
            field: {lead_id: field._get_cache(self.env)[lead_id] for lead_id in ids}
            for field, ids in waiting.items()
        }

    def _lead_is_held(self, field, ids):
        """Tell whether values that wait can be held back: plain ones, of these leads alone."""
        return (
            field.model_name == self._name
            and not field.translate
            and not field.company_dependent
            and set(self._ids).issuperset(ids)
        )

    def _lead_take_up(self, waiting):
        """Have values wait again that :meth:`_lead_hold` held back."""
        for field, values in waiting.items():
            for lead_id, value in values.items():
                field._update_cache(self.browse(lead_id), value, dirty=True)

    @api.model
    def _lead_fresh(self):
        """Return which leads are just being created, as Fresh (see const.py), or ()."""
        return (self.env.context.get(FRESH) and self.env.cr.cache.get(FRESH)) or ()

    def _lead_is_fresh(self):
        """Tell whether these leads are just being created."""
        fresh = self._lead_fresh()
        return bool(fresh) and set(self._ids).issubset(fresh)

    def _lead_write_sql(self, select, field_names):
        """Return the statement that finds new values for these leads, and writes them.

        What it returns is for :meth:`_lead_written`.

        :param SQL select: gives the lead's id, then the values in the order of the names.
        :param list[str] field_names: stored fields of crm.lead.
        """
        if self._lead_is_fresh():
            return select
        return self._lead_update_sql(select, field_names, self)

    def _lead_written(self, rows, field_names):
        """Tell the ORM what a statement of :meth:`_lead_write_sql` found.

        :param rows: what the statement returned.
        :return: the leads that changed.
        """
        if not self._lead_is_fresh():
            leads = self.browse(row[0] for row in rows)
            leads._lead_refresh(field_names)
            return leads
        changed, names, waiting = set(), set(), self.env._field_dirty
        for lead_id, *values in rows:
            lead = self.browse(lead_id)
            for name, value in zip(field_names, values, strict=True):
                field = self._fields[name]
                if value is None and not lead[name]:
                    continue  # new leads have no value yet; Odoo would make it a zero
                field.write(lead, value)  # nothing, where it has that value
                if lead_id in waiting.get(field, ()):
                    changed.add(lead_id)
                    names.add(name)
        leads = self.browse(lead_id for lead_id in self._ids if lead_id in changed)
        leads._lead_refresh(names)
        return leads
