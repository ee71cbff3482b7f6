# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import re

from odoo import api, models, tools
from odoo.tools import SQL
from odoo.tools.query import Query

from ..const import GUARDED, LEADS, NOW, UID, Slot

# A column of the lead that a statement is about: "crm_lead"."name", with or without quotes.
COLUMN = re.compile(r'\bcrm_lead"?\."?(\w+)')


class CrmRuleMixin(models.AbstractModel):
    """Statements about a single new lead, which are built only once.

    Leads come in one by one: from the form, a mail, the website. Putting the statement of an
    engine together from dozens of rules takes longer than executing it for one lead, and is
    the same work each time. So the finished statement is kept in memory, with a ``Slot`` in
    the place of each parameter that differs: the lead, the moment, the values that wait to be
    written. There is one for each combination of what waits and of what the lead lacks.

    It names the columns of the lead that it reads, no others: for the database, too, reading
    the text of a statement is most of the work.
    """

    _inherit = "crm.rule.mixin"

    @api.model
    def _rule_fresh_execute(self, leads, key, parts, build, now=None, asks=()):
        """Execute a statement about a lead that is just being created.

        :param leads: crm.lead records.
        :param key: what tells the statement from others, beside the rules; hashable.
        :param parts: pairs of a model of rules, and RuleRow tuples of it.
        :param build: called with a query over the lead, a list with the conditions of each
            part (see :meth:`_rule_conditions`), and the names of the relations of the lead
            that are empty; returns the statement. It may use no values but those of the
            configuration, and Slots: LEADS, NOW, UID.
        :param datetime now: the value of NOW, in UTC.
        :param asks: relations of the lead, beside those of the rules, that ``build`` wants
            to know whether they are empty.
        :return: the rows that the statement returns; None where it has to be put together for
            the occasion: for several leads, or where a rule says something else each day.
        :rtype: list[tuple] or None
        """
        fresh = leads._lead_fresh()
        if len(fresh) != 1 or leads._ids != fresh or not self.env.context.get(GUARDED):
            return None
        key = (key, *((name, tuple(row.id for row in rows)) for name, rows in parts))
        relations = self._rule_memory_relations(key, parts)
        if relations is None:
            return None
        if "lead" not in fresh.notes:
            fresh.notes["lead"] = self._rule_leads().browse(fresh)
        lead = fresh.notes["lead"]
        waiting = self._rule_waiting(lead)
        lacking = self._rule_lacking(lead, (*relations, *asks))
        code, slots, tables = self._rule_memory_statement(
            key, tuple(field.name for field in waiting), lacking, parts, build
        )
        # What other tables, and other leads, still have to get.
        self._rule_flush_others(tables)
        known = {LEADS: lead.ids, NOW: now, UID: self.env.uid}
        values = [
            known[slot]
            if slot in known
            else lead._fields[slot.name].get_column_update(lead)
            for slot in slots
        ]
        # The code of an SQL object: see where it is put together.
        self.env.cr.execute(code, values)
        return self.env.cr.fetchall()

    @api.model
    @tools.ormcache("key")
    def _rule_memory_relations(self, key, parts):
        """Return the relations of leads that rules look at.

        :return: their names; None where a rule does not make the same SQL at any moment.
        :rtype: tuple[str] or None
        """
        leads, names = self._rule_leads(), {}
        for model_name, rows in parts:
            Rule = self.env[model_name]
            for row in rows:
                for domain in Rule._rule_domains(row):
                    if not self._rule_is_fixed(leads, domain):
                        return None
                names |= dict.fromkeys(Rule._rule_relations(row))
        return tuple(names)

    @api.model
    @tools.ormcache("key", "waiting", "lacking")
    def _rule_memory_statement(self, key, waiting, lacking, parts, build):
        """Put a statement together.

        :param tuple waiting: names of the fields whose values wait to be written.
        :param tuple lacking: names of the relations that are empty.
        :return: its code, in which the database driver has put all parameters in but the
            Slots; these; and what it reads of other models, as (model, names of fields).
        :rtype: tuple[str, list[Slot], list[tuple]]
        """
        leads = self._rule_leads()

        def make(table):
            query = Query(self.env, leads._table, table)
            conditions = [
                self.env[name]._rule_conditions(rows, query, lacking)[1]
                for name, rows in parts
            ]
            return build(query, conditions, lacking)

        # Twice: what it reads of the lead is known once it is made.
        statement = make(self._rule_memory_table(make(None).code, waiting))
        slots = [param for param in statement.params if isinstance(param, Slot)]
        tables = self._rule_reads(statement)
        tables.pop(leads._name, None)
        return self._rule_memory_code(statement), slots, list(tables.items())

    @api.model
    def _rule_memory_code(self, statement):
        """Return the code of a statement with its parameters put in, but for the Slots."""
        literals = (
            "%s"
            if isinstance(param, Slot)
            else self.env.cr.mogrify("%s", [param]).decode().replace("%", "%%")
            for param in statement.params
        )
        # What stands for one % to the driver has to survive once more.
        return statement.code.replace("%%", "%%%%") % tuple(literals)

    @api.model
    def _rule_memory_table(self, code, waiting):
        """Return what stands for ``crm_lead`` in a statement about one lead.

        :param str code: the statement around ``crm_lead`` itself.
        :param tuple waiting: see above.
        """
        known = self._rule_lead_columns()
        names = known.keys() & {"id", *COLUMN.findall(code)}
        fields = self._rule_leads()._fields
        columns = [
            SQL(
                "%s::%s AS %s",
                Slot(name),
                SQL.identifier(fields[name].column_type[0]),
                SQL.identifier(name),
            )
            if name in waiting
            else known[name]
            for name in sorted(names)
        ]
        return SQL(
            "(SELECT %s FROM crm_lead AS old WHERE old.id = ANY(%s))",
            SQL(", ").join(columns),
            LEADS,
        )
