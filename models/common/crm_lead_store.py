# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models, tools
from odoo.tools import SQL

from ...tools.domains import steps
from .context import CHECKED
from .crm_config_mixin import kept
from .crm_lead import OURS
from .rule import linked
from .rule.rule_set import LEADS

# In the data of the work before the commit: what was written by Odoo's own computation; and
# while it is being written, what of it is known already. Both by lead id.
NOTED = "crm_lead_management.noted"
KNOWN = "crm_lead_management.known"


class CrmLead(models.Model):
    """How values of leads are read, and reach the database otherwise than by write().

    Stations write what they find with one UPDATE for all leads; and Odoo computes by itself:
    a contact gets another phone number, and it is written to his leads. What reaches the
    database in that way is noted, and evaluated before the transaction ends.
    """

    _inherit = "crm.lead"

    def _determine_fields_to_fetch(self, field_names=None, ignore_when_in_cache=False):
        """Read columns of ours together with the fields that are computed from them.

        Odoo does so with its own group of columns only: ours would be read afterwards.
        """
        if field_names is not None:
            field_names = self._lead_read_with(tuple(field_names))
        return super()._determine_fields_to_fetch(field_names, ignore_when_in_cache)

    @tools.ormcache("names")
    def _lead_read_with(self, names):
        """Return names of fields, with those of our columns that they are computed from."""
        found, seen, left = dict.fromkeys(names), set(names), list(names)
        while left:
            field = self._fields.get(left.pop())
            if field is None or field.store:
                continue
            for path in self.pool.field_depends[field]:
                other = self._fields[path.partition(".")[0]]
                if other.prefetch == OURS and not other.groups:
                    found[other.name] = None
                elif other.name not in seen:
                    seen.add(other.name)
                    left.append(other.name)
        return tuple(found)

    def _check_company(self, fnames=None):
        if CHECKED.of(self.env):
            return None
        return super()._check_company(fnames)

    def _handle_won_lost(self, old_status_by_lead, new_status_by_lead):
        result = super()._handle_won_lost(old_status_by_lead, new_status_by_lead)
        # Who is created closed was closed elsewhere: nobody is told.
        if old_status_by_lead:
            self._lead_decided(old_status_by_lead, new_status_by_lead)
        return result

    def _lead_decided(self, old, new):
        """Tell the stations which leads are won now, and which are lost.

        :param dict old: by lead id, ``is_won`` and ``is_lost`` of before; ``new``: of now.
        """
        won, lost = (
            [
                lead_id
                for lead_id in old
                if new[lead_id][name] and not old[lead_id][name]
            ]
            for name in ("is_won", "is_lost")
        )
        if won or lost:
            self.browse(won + lost)._lead_tell("_on_decided", won, lost)

    # === WRITING WHAT STATIONS FOUND === #

    @api.model
    def _lead_update_sql(self, select, field_names, ids=LEADS):
        """Return the statement that writes new values to the leads that differ, only.

        ``crm_lead`` is wide and heavily indexed: each needless update of a row costs most.
        ``write_date`` is left alone, as core does for its automated probability: nobody
        edited the lead.

        :param SQL select: gives the lead's id, then the values in the order of the names.
        :param list[str] field_names: stored fields of crm.lead.
        :param ids: of the leads that the select is about, or their slot: the database need
            not look through the whole table then. None: all leads.
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
            SQL("TRUE") if ids is None else SQL("crm_lead.id = ANY(%s)", ids),
            current,
            new,
        )

    def _lead_store(self, select, field_names):
        """Write values that an engine computed to the leads ``self`` that differ.

        :param SQL select: gives the lead's id, then the values in the order of the names.
        :param list[str] field_names: stored fields of crm.lead.
        :return: the leads that changed.
        """
        statement = self._lead_update_sql(select, field_names, self.ids)
        leads = self.browse(row[0] for row in self.env.execute_query(statement))
        leads._lead_refresh(field_names)
        return leads

    def _lead_refresh(self, field_names):
        """Tell the ORM that the engines changed ``field_names`` of these leads.

        Drops the cached values, but for those that wait to be written, and has stored fields
        that depend on them computed again.
        """
        waiting, ids = self.env._field_dirty, set(self._ids)
        changed = [
            name
            for name in field_names
            if ids.isdisjoint(waiting.get(self._fields[name], ()))
        ]
        self.invalidate_recordset(changed, flush=False)
        self.modified(field_names)

    # === WHAT ODOO COMPUTED BY ITSELF === #

    def _write_multi(self, vals_list):  # pylint: disable=missing-return
        super()._write_multi(vals_list)
        self._lead_note(vals_list)

    @api.model
    @kept()
    def _lead_watched(self):
        """Return the columns of leads whose change gives any station a turn.

        :rtype: frozenset[str]
        """
        reads = self._lead_reads()
        return frozenset(
            name
            for name, field in self._fields.items()
            if field.store
            and field.column_type
            and not reads.isdisjoint(self._lead_dependents(name))
        )

    def _lead_note(self, vals_list):
        """Note which columns of the leads ``self`` were written, but for those known."""
        if not self.env.registry.ready:
            return
        known = self.env.cr.precommit.data.get(KNOWN, {})
        watched, noted = self._lead_watched(), {}
        for lead_id, vals in zip(self._ids, vals_list, strict=True):
            names = watched.intersection(vals).difference(known.get(lead_id, ()))
            if names:
                noted[lead_id] = names
        if noted:
            self._lead_add_notes(noted)

    @api.model
    def _lead_add_notes(self, noted):
        """Have leads evaluated before the transaction ends.

        :param dict noted: names of the fields that have changed, by lead id.
        """
        data = self.env.cr.precommit.data
        if NOTED not in data:
            self.env.cr.precommit.add(self.browse()._lead_catch_up)
        notes = data.setdefault(NOTED, {})
        for lead_id, names in noted.items():
            notes.setdefault(lead_id, set()).update(names)

    @api.model
    @kept()
    def _lead_ways(self):
        """Return the ways on which rules read linked records, from the lead.

        :return: by model and field that is read there, the ways.
        :rtype: dict[str, dict[str, frozenset[str]]]
        """
        rule_model = self.env.registry["crm.rule.mixin"]
        found = set()
        for model in self.env.registry.values():
            if not issubclass(model, rule_model) or model._abstract:
                continue
            Rule = self.env[model._name]
            for row in Rule._rule_rows():
                for domain in Rule._rule_domains(row):
                    found |= steps(domain)
        return linked.ways(self, found)

    @api.model
    @tools.ormcache()
    def _lead_neighbours(self):
        """Return the names of the models whose changes are looked at: see ``linked.py``.

        :rtype: frozenset[str]
        """
        return linked.neighbours(self)

    def _lead_linked(self, name):
        """Note that other records, to which the leads ``self`` are linked, have changed.

        :param str name: the field of the lead that leads there.
        """
        # sudo: rules read what is linked, whoever changed it.
        leads = self.sudo()
        leads.invalidate_recordset([name], flush=False)
        if leads and name in leads._lead_reads():
            leads._lead_add_notes(dict.fromkeys(leads._ids, {name}))

    def _lead_known(self, names):
        """Say that a change of the leads ``self`` is known, and wants no evaluation.

        :param names: names of the fields, or None for whatever waits to be written.
        """
        if not self.env.registry.ready:
            return
        watched, data = self._lead_watched(), self.env.cr.precommit.data
        changed = watched if names is None else self._lead_changed_fields(names)
        columns = watched & changed
        if not columns:
            return
        # Written now, so that nothing else that is written later is taken for it.
        data[KNOWN] = dict.fromkeys(self._ids, columns)
        try:
            self.flush_recordset(columns)
        finally:
            data.pop(KNOWN, None)
        if names is None:
            self._lead_noted()

    def _lead_noted(self):
        """Take the notes about the leads ``self``: names of the fields that have changed.

        :rtype: frozenset
        """
        notes = self.env.cr.precommit.data.get(NOTED, {})
        names = set().union(*(notes.pop(lead_id, ()) for lead_id in self._ids))
        return self._lead_changed_fields(names)

    def _lead_catch_up(self):
        """Evaluate the leads about which there are notes; before the transaction ends."""
        notes = self.env.cr.precommit.data.pop(NOTED, {})
        # sudo: what follows from the change of a contact, whoever changed it.
        leads = self.with_env(self.env(su=True, context={})).browse(notes).exists()
        names = set().union(*(notes[lead_id] for lead_id in leads._ids))
        if names:
            leads._lead_pass("written", self._lead_changed_fields(names), {})

    # === WHAT DEPENDS ON WHAT === #

    @api.model
    def _lead_changed_fields(self, names):
        """Return the lead fields whose values may differ once ``names`` are written.

        :param names: field names.
        :return: the names, and the computed fields of leads that depend on them.
        :rtype: frozenset
        """
        return frozenset().union(*(self._lead_dependents(name) for name in names))

    @api.model
    @tools.ormcache("name")
    def _lead_dependents(self, name):
        """Return the lead fields that depend on one of them, itself included."""
        field = self._fields.get(name)
        dependents = self.pool.get_dependent_fields(field) if field else ()
        return frozenset(
            [
                name,
                *(field.name for field in dependents if field.model_name == self._name),
            ]
        )
