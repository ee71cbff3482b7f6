# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import logging

from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.query import Query

from .conditions import condition
from .counting import BROKEN, REFUSED

_logger = logging.getLogger(__name__)

# A table has at most so many rows.
ROWS = 8


class Tabler:
    """Small tables, all of them in one statement, of the last period of a span.

    Reads as the user who asks does. A table that no longer fits the database is left out.
    """

    def __init__(self, env, span, scope, counted=None):
        """
        :param Span span: the periods.
        :param Scope scope: whose records.
        :param dict counted: tables that are counted already, see ``Counter.count``.
        """
        self.env, self.span, self.scope = env, span, scope
        self.counted = counted or {}

    def rows(self, tables):
        """Return the rows of tables: key, label, cases and hits.

        :param tables: Table objects.
        :return: by code a list of dicts: ``label``, ``den`` and ``num`` (all of them, and
            the hits; None where nothing is counted of them), their domains, the model.
        :rtype: dict[str, list[dict]]
        """
        try:
            with self.env.cr.savepoint(flush=False):
                return self._run(tables)
        except (*BROKEN, *REFUSED) as error:
            if len(tables) > 1:
                return {k: v for one in tables for k, v in self.rows([one]).items()}
            _logger.warning("Table %s: %s", tables[0].code, error)
            return {}

    def _run(self, tables):
        parts, by_code = [], {}
        for table in tables:
            Model = self.env.get(table.source.model)
            if Model is None or (table.source.is_stock and not self.span.is_current):
                continue
            try:
                parts.append(self._sql(Model, table))
            except AccessError:
                continue
            by_code[table.code] = table
        rows = {code: [] for code in by_code}
        if parts:
            union = SQL(" UNION ALL ").join(SQL("(%s)", part) for part in parts)
            for code, key, label, den, num in self.env.execute_query(union):
                row = self._row(by_code[code], key, label, den, num)
                rows[code].append(row)
        return rows

    def _whole(self, table):
        source, now = table.source, self.span.now
        domain = source.base(now) & self.scope.domain(source) & table.cases(now)
        return domain if source.is_stock else domain & self.span.domain(source)

    def _sql(self, Model, table):
        """Return the statement of a table: the key, its words, all of them, and the hits.

        Counted by the key alone; the words are looked up for the few rows that come out.
        """
        field = Model._fields[table.field]
        if table.code in self.counted:
            counted = self._given(field, self.counted[table.code])
        else:
            counted = self._looked_up(Model, table, field)
        words, label, order = self._words(field)
        return SQL(
            "SELECT %s AS code, counted.key::varchar AS key, (%s)::varchar AS label,"
            " counted.den, counted.num FROM (%s) AS counted %s ORDER BY %s",
            table.code,
            label,
            counted,
            words,
            order if table.in_order else SQL("den DESC, label LIMIT %s", ROWS),
        )

    def _given(self, field, numbers):
        """Return the statement of numbers by key that are known."""
        rows = SQL(", ").join(
            SQL("(%s::varchar, %s::bigint)", *row) for row in numbers.items()
        )
        is_text = field.type in ("selection", "char")
        return SQL(
            "SELECT %s AS key, number AS den, NULL::bigint AS num"
            " FROM (VALUES %s) AS given(key, number)",
            SQL("key") if is_text else SQL("key::int"),
            rows,
        )

    def _looked_up(self, Model, table, field):
        """Return the statement that counts the records of a table by key, and the hits."""
        query = Model._search(self._whole(table))
        hits = SQL("NULL::bigint")
        if table.hits:
            of_hits = condition(Model, query, table.hits(self.span.now))
            hits = SQL("count(*) FILTER (WHERE %s)", of_hits)
        query.order, query.groupby = None, SQL("1")
        return query.select(
            SQL("%s AS key", self._key(Model, query, field)),
            SQL("count(*) AS den"),
            SQL("%s AS num", hits),
        )

    def _key(self, Model, query, field):
        """Return by what is counted, in SQL."""
        if field.type != "many2many":
            return Model._field_to_sql(Model._table, field.name, query)
        query.add_join(
            "JOIN",
            "link",
            field.relation,
            SQL("link.%s = %s", SQL.identifier(field.column1),
                SQL.identifier(Model._table, "id")),
        )  # fmt: skip
        return SQL("link.%s", SQL.identifier(field.column2))

    def _words(self, field):
        """Return the join that looks up the words of the keys, the words, and their order."""
        if not field.relational:
            return SQL(), SQL("counted.key"), SQL("counted.key")
        # sudo: the names of products and stages; the records behind are the reader's own.
        Other = self.env[field.comodel_name].sudo()
        query = Query(Other.env, Other._table, Other._table_sql)
        label = Other._field_to_sql(Other._table, Other._rec_name, query)
        place = SQL.identifier(Other._table, "sequence")
        words = query.select(
            SQL.identifier(Other._table, "id"),
            SQL("%s AS label", label),
            SQL("%s AS place", place if "sequence" in Other._fields else label),
        )
        join = SQL("LEFT JOIN (%s) AS words ON words.id = counted.key", words)
        return join, SQL("words.label"), SQL("words.place")

    def _row(self, table, key, label, den, num):
        Model = self.env[table.source.model]
        field = Model._fields[table.field]
        value = False if key is None else key
        if field.type in ("many2one", "many2many", "integer"):
            value = int(key) if key else (0 if field.type == "integer" else False)
        if field.type == "selection":
            label = dict(field._description_selection(self.env)).get(key)
        elif field.type == "integer":
            label = self.env._("Grade %s", key) if value else self.env._("Not graded")
        operator = "in" if field.type == "many2many" else "="
        value = [value] if field.type == "many2many" else value
        cases = self._whole(table) & Domain(table.field, operator, value)
        if field.type == "integer" and not value:
            cases = self._whole(table) & Domain(table.field, "in", (0, False))
        hits = table.hits and list(cases & table.hits(self.span.now))
        return {
            "label": label or self.env._("None given"),
            "den": den,
            "num": num,
            "cases_domain": list(cases),
            "domain": hits or False,
            "model": table.source.model,
        }
