# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models
from odoo.tools import SQL

from ..const import SKIP


class CrmLead(models.Model):
    """The hub: the only overrides of create() and write(), and the hooks that they call.

    A lead passes through the rooms in the order of the method: information, persona,
    qualifier gate, score, route. Each room takes its turn by overriding a hook below,
    calling super() first; the import order of the rooms is their order.
    """

    _inherit = "crm.lead"

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        if self.env.context.get(SKIP):
            leads = super().create(vals_list)
            leads._lead_record_creation()
            return leads
        vals_list = [dict(vals) for vals in vals_list]
        state = self._lead_pre_create(vals_list)
        leads = super().create(vals_list)
        leads._lead_record_creation()
        leads._lead_post_create(state)
        return leads

    def write(self, vals):
        vals = dict(vals)
        state = self._lead_pre_write(vals)
        # Core's write() adds keys to vals, hence the copy of the names.
        names = frozenset(vals)
        result = super().write(vals)
        self._lead_post_write(names, state)
        return result

    def _merge_get_fields_specific(self):
        return {**super()._merge_get_fields_specific(), **self._lead_merge_fields()}

    def _merge_dependences(self, opportunities):
        # Before super(): core deletes nothing here, but later steps do.
        self._lead_merge(opportunities)
        return super()._merge_dependences(opportunities)

    # === HOOKS === #

    @api.model
    def _lead_pre_create(self, vals_list):
        """Look at, and change, the values before leads are created.

        :param list[dict] vals_list: one dict per lead, owned by the caller.
        :return: what the rooms want to hand to :meth:`_lead_post_create`, by room name.
        :rtype: dict
        """
        return {}

    def _lead_record_creation(self):
        """Note that the leads ``self`` came in; also where nothing else is done with them."""

    def _lead_post_create(self, state):
        """React to the leads ``self`` having been created.

        :param dict state: what :meth:`_lead_pre_create` returned.
        """
        if self:
            self._lead_process_new(state)

    def _lead_process(self, state):
        """Run the engines over the new leads ``self``: what they are, then whose they are.

        :param dict state: what :meth:`_lead_pre_create` returned.
        """
        self._lead_evaluate(None)

    def _lead_pre_write(self, vals):
        """Look at the leads, and at the values to write, beforehand (old values, gates).

        :param dict vals: a copy of what was given to write(); may be changed.
        :return: what the rooms want to hand to :meth:`_lead_post_write`, by room name.
        :rtype: dict
        :raise UserError: where a room forbids the change, with what to do.
        """
        return {}

    def _lead_post_write(self, names, state):
        """React to the fields ``names`` of the leads ``self`` having been written.

        :param frozenset names: field names as given to write().
        :param dict state: what :meth:`_lead_pre_write` returned.
        """
        if self and not self.env.context.get(SKIP):
            self._lead_evaluate(self._lead_changed_fields(names))

    def _lead_evaluate(self, changed):
        """Run the engines over the leads ``self``: persona, then qualifiers, then score.

        Each room overrides this, calls super(), runs its engine where one of its rules
        reads a changed field, and adds the fields that its engine may have changed.

        :param changed: names of the fields that changed, or None for all (new leads).
        :return: ``changed``, with what the engines so far may have changed.
        :rtype: set or None
        """
        return changed

    def _lead_touched(self, touchpoints):
        """React to new touchpoints of the leads ``self``.

        :param touchpoints: crm.touchpoint records, just recorded, of these leads only.
        """

    def _lead_propose_unqualified(self, reason):
        """Suggest that the needs of the leads ``self`` do not match what is offered.

        Called by the room that finds it out. What comes of it is the company's choice.

        :param str reason: why, in words, in the language of the user.
        """

    @api.model
    def _lead_merge_fields(self):
        """Return how fields of the addon are merged, as core's hook of that purpose does.

        :return: by field name, a function of the name and the leads, the one to keep first,
            which returns the value to write; or None for the first value that is set.
        :rtype: dict
        """
        return {}

    def _lead_merge(self, opportunities):
        """Move what belongs to ``opportunities`` to the lead ``self`` which they merge into."""
        self.ensure_one()

    # === HELPERS === #

    @api.model
    def _lead_changed_fields(self, names):
        """Return the lead fields whose values may differ once ``names`` are written.

        :param names: field names.
        :return: the names, and the computed fields of leads that depend on them.
        :rtype: set
        """
        changed = set(names)
        for name in names:
            if field := self._fields.get(name):
                changed.update(
                    dependent.name
                    for dependent in self.pool.get_dependent_fields(field)
                    if dependent.model_name == self._name
                )
        return changed

    @api.model
    def _lead_update_sql(self, select, field_names, leads=None):
        """Return the statement that writes new values to the leads that differ, only.

        ``crm_lead`` is wide and heavily indexed: each needless update of a row costs most.
        ``write_date`` is left alone, as core does for its automated probability: nobody
        edited the lead.

        :param SQL select: gives the lead's id, then the values in the order of the names.
        :param list[str] field_names: stored fields of crm.lead.
        :param leads: the leads that the select is about, if the caller has them at hand:
            the database need not look through the whole table then.
        :return: the UPDATE, which returns the ids of the changed leads.
        :rtype: SQL
        """
        names = [SQL.identifier(name) for name in field_names]
        current = SQL(", ").join(
            SQL.identifier(self._table, name, to_flush=self._fields[name])
            for name in field_names
        )
        new = SQL(", ").join(SQL.identifier("new", name) for name in field_names)
        return SQL(
            # Materialized: what takes long to compute is computed once for each lead.
            "WITH new(id, %s) AS MATERIALIZED (%s) UPDATE crm_lead SET %s FROM new"
            " WHERE crm_lead.id = new.id AND %s AND (%s) IS DISTINCT FROM (%s)"
            " RETURNING crm_lead.id",
            SQL(", ").join(names),
            select,
            SQL(", ").join(SQL("%s = new.%s", name, name) for name in names),
            SQL("TRUE") if leads is None else SQL("crm_lead.id = ANY(%s)", leads.ids),
            current,
            new,
        )

    def _lead_refresh(self, field_names):
        """Tell the ORM that the engines changed ``field_names`` of these leads.

        Drops the cached values, but for those that wait to be written, and recomputes stored
        fields that depend on them.
        """
        waiting, ids = self.env._field_dirty, set(self._ids)
        changed = [
            name
            for name in field_names
            if ids.isdisjoint(waiting.get(self._fields[name], ()))
        ]
        self.invalidate_recordset(changed, flush=False)
        self.modified(field_names)
