# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""How a set of rules becomes one statement about leads."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import psycopg2

from odoo import SUPERUSER_ID, tools
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.query import Query

from ..context import GUARDED
from .rule_fixed import is_fixed
from .rule_meaning import known, linked, listed
from .rule_moment import at_moment, depends_on_time

# What building a condition from a domain raises when a rule no longer fits the database.
BROKEN = (
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    NotImplementedError,
    AssertionError,
    UserError,
)
# What the database raises then.
REFUSED = (psycopg2.DataError, psycopg2.ProgrammingError)
# What is known without asking the database.
TRUE, FALSE = SQL("TRUE"), SQL("FALSE")
# The parameters of a statement that is kept, and what stands for one % in its text.
PARAMETERS = re.compile("(%%|%s)")


@dataclass(frozen=True)
class Slot:
    """A parameter whose value comes when the statement is executed."""

    name: str


# The ids of the leads; the present, in UTC; the id of the user.
LEADS, NOW, UID = Slot("leads"), Slot("now"), Slot("uid")


class Hole(NamedTuple):
    """The place of a condition that says something else at another moment."""

    rules: str  # the model of the rule
    row: NamedTuple
    domain: Domain
    of_time: bool  # it speaks of "today", or its like


class Plan(NamedTuple):
    """What a statement is made of."""

    # pairs of a model of rules and its RuleRow tuples
    parts: list
    # called with the shared query over ``crm_lead``, and for each part a list of
    # ``(row, [condition, ...])``, each condition an SQL boolean, one for each domain of the
    # rule; returns the statement. It may use what the configuration says, and Slots; no more.
    build: Callable
    # the moment of each lead, in SQL, which may use NOW: stands wherever the statement says
    # NOW. None: all leads are looked at as of NOW.
    clock: SQL = None


class Statement(NamedTuple):
    """A statement that is ready, but for its slots and holes: it can be kept in memory."""

    pieces: tuple  # texts, in which all constants are put in, Slots and Holes
    reads: tuple  # pairs of a model and names of its fields, to be flushed

    @classmethod
    def of(cls, env, sql, clock=None):
        """Return a statement from an SQL object, whose parameters may be Slots and Holes.

        :param SQL clock: what to put in the place of NOW.
        """
        if clock:
            sql = _put(sql, NOW, clock)
        params, pieces, text = iter(sql.params), [], []
        for part in PARAMETERS.split(sql.code):
            param = next(params) if part == "%s" else None
            if isinstance(param, (Slot, Hole)):
                pieces += ["".join(text), param]
                text = []
            elif part == "%s":
                constant = env.cr.mogrify("%s", [param]).decode()
                text.append(constant.replace("%", "%%"))
            else:
                text.append(part)
        return cls((*pieces, "".join(text)), _reads(sql))

    def prepared(self, env, values, fill=None, seen=None):
        """Flush what the statement reads, and fill its slots and holes.

        :param dict values: by Slot.
        :param fill: called with a Hole, returns its SQL.
        :param SQL seen: stands before the statement: see :meth:`RuleSet.execute`.
        :return: a function that executes it, and returns its rows; none where it gives none
            by nature. What is flushed is flushed by then.
        """
        code, params, reads = [], [], self.reads
        if seen:
            code.append(f"WITH {seen.code} ")
            params += seen.params
        for piece in self.pieces:
            if isinstance(piece, str):
                code.append(piece)
            elif isinstance(piece, Slot):
                code.append("%s")
                params.append(values[piece])
            else:
                sql = fill(piece)
                code.append(sql.code)
                params += sql.params
                reads += _reads(sql)
        for model_name, field_names in reads:
            env[model_name].flush_model(field_names)
        code = "".join(code)

        def run():
            # Without parameters the driver would leave each %% as it is.
            env.cr.execute(code if params else code.replace("%%", "%"), params or None)
            return env.cr.fetchall() if env.cr.description else []

        return run


class BrokenRules(Exception):
    """Rules that no longer fit the database: what is wrong, by model and id."""


def rule_leads(env, lang=None):
    """Return the crm.lead model in the one context in which all rules are answered.

    Nothing of the caller gets in: not his language, his companies, nor what he wants to see
    of archived records. A rule says the same whoever saves the lead, by whatever way.

    :param str lang: the language of the rule's words: that of its author.
    """
    # sudo, as OdooBot: the fields that its author may use were checked when the rule was saved.
    return env(user=SUPERUSER_ID, su=True, context={"lang": lang, "tz": "UTC"})[
        "crm.lead"
    ]


def rule_case(condition, value):
    """Return a value where a condition holds, else 0; in as few words as possible."""
    if condition == TRUE:
        return SQL("%s", value)
    if condition == FALSE:
        return SQL("0")
    return SQL("CASE WHEN %s THEN %s ELSE 0 END", condition, value)


class RuleSet:
    """The rules of one model or several, answered by the database in one statement.

    **How to use.** An engine has a method that says what its statement is made of::

        def _points_plan(self, scorecard_id):
            def build(query, found):
                query.add_where(SQL("crm_lead.id = ANY(%s)", LEADS))
                ...
                return query.select(SQL("crm_lead.id"), points)
            return Plan([("crm.scorecard.rule", rows)], build)

    and asks, from wherever, about any number of leads::

        RuleSet(env, "crm.score.engine", "_points_plan", 7).execute(leads, now=now)

    **How it works.**

    1. *Collect*: the plan names the rules.
    2. *Compile*: each domain becomes an SQL condition on one shared query over ``crm_lead``;
       what it needs from other tables is joined to it once.
    3. *Keep*: the finished statement is kept in memory, its constants put in, with slots for
       the leads, the moment and the user. A rule that says something else at another moment
       ("today", a field that Odoo searches in its own way) leaves a hole, which is filled
       each time: it does not keep the others from being ready.
    4. *Execute*: what the statement reads is flushed, the slots and holes are filled.

    It is the same for a lead that is created, saved, touched, scored again, previewed or
    explained. A rule that breaks, while it is compiled or in the database, is found by trying
    each alone and switched off; the others go on. Queries: one; where no savepoint is there
    yet, one for its beginning and one for its end.
    """

    def __init__(self, env, engine, method, *args):
        """
        :param str engine: name of the model whose method gives the plan.
        :param str method: its name.
        :param args: its arguments: hashable, and of the configuration.
        """
        self.env, self.source = env, (engine, method, args)
        self.plan = None

    @classmethod
    def of(cls, env, plan):
        """Return a set that is not kept: rules that are drafts, or chosen for the occasion."""
        rules = cls(env, "", "")
        rules.plan = plan
        return rules

    # === EXECUTE === #

    def execute(self, leads, now=None, clocks=None, seen=None):
        """Execute the statement.

        :param leads: crm.lead records, at any number; or their ids. None: the statement
            is about all leads, and has no slot LEADS.
        :param datetime now: the value of the slot NOW, in UTC; rules that speak of "today"
            mean the day of it.
        :param clocks: for a plan with a clock, called without arguments where a rule speaks
            of "today": pairs of a moment and the ids of the leads that are looked at as of it.
        :param SQL seen: a part of WITH by the name of crm_lead, to be looked at in its place
            by a statement that is a SELECT: leads as they might be.
        :return: the rows that the statement returns; none where it gives none by nature.
        :rtype: list[tuple]
        """
        is_ids = leads is None or isinstance(leads, (list, tuple))
        ids = leads if is_ids else leads.ids
        values = {LEADS: ids, NOW: now, UID: self.env.uid}

        def fill(hole):
            return self._fill(hole, ids, now, clocks)

        while True:
            try:
                run = self._statement().prepared(self.env, values, fill, seen)
                if GUARDED.of(self.env):
                    return run()
                # What was flushed survives when the statement fails.
                with (
                    self.env.cr.savepoint(flush=False),
                    tools.mute_logger("odoo.sql_db"),
                ):
                    return run()
            except BrokenRules as error:
                self._switch_off(error.args[0])
            except REFUSED:
                if GUARDED.of(self.env):
                    raise  # All is taken back, and done once more without this mark.
                broken = self._probe(ids)
                if not broken:
                    raise  # No rule is to blame: an error of the engine itself.
                self._switch_off(broken)

    def _fill(self, hole, ids, now=None, clocks=None):
        """Return the condition of a rule as it is now, as a boolean of ``crm_lead``."""
        leads = rule_leads(self.env, hole.row.lang)
        query = Query(leads.env, leads._table)
        domain = hole.domain
        try:
            if now and hole.of_time:
                if clocks:
                    return self._fill_by_clock(leads, domain, clocks())
                domain = at_moment(leads, domain, now)
            condition = to_sql(leads, domain, query)
        except BROKEN as error:
            raise BrokenRules({hole.rules: {hole.row.id: str(error)}}) from error
        if not query._joins:
            return condition
        # It needs other tables: they are joined in a query of its own.
        if ids is not None:
            query.add_where(SQL("crm_lead.id = ANY(%s)", ids))
        query.add_where(condition)
        return SQL("(crm_lead.id IN (%s))", query.select(SQL("crm_lead.id")))

    def _fill_by_clock(self, leads, domain, clocks):
        """Return the same where each lead has its own moment: one query for each of them."""
        found = []
        for moment, ids in clocks:
            query = Query(leads.env, leads._table)
            query.add_where(SQL("crm_lead.id = ANY(%s)", ids))
            query.add_where(to_sql(leads, at_moment(leads, domain, moment), query))
            rows = self.env.execute_query(query.select(SQL("crm_lead.id")))
            found += [row[0] for row in rows]
        return SQL("(crm_lead.id = ANY(%s::int[]))", found)

    # === COMPILE AND KEEP === #

    def _statement(self):
        if self.plan:
            return self.compiled()
        return self.env["crm.rule.mixin"]._rule_statement(*self.source)

    def compiled(self):
        """Put the statement together.

        :rtype: Statement
        :raise BrokenRules: where conditions cannot be built any more.
        """
        engine, method, args = self.source
        plan = self.plan or getattr(self.env[engine], method)(*args)
        query = Query(self.env, "crm_lead")
        found, broken = [], {}
        for model_name, rows in plan.parts:
            conditions = []
            for row in rows:
                try:
                    conditions.append((row, self._conditions(model_name, row, query)))
                except BROKEN as error:
                    broken.setdefault(model_name, {})[row.id] = str(error)
            found.append(conditions)
        if broken:
            raise BrokenRules(broken)
        sql = plan.build(query, found)
        return Statement.of(self.env, sql, plan.clock)

    def _conditions(self, model_name, row, query):
        """Turn the domains of a rule into conditions on the shared query.

        :rtype: list[SQL]
        """
        Rule, leads = self.env[model_name], rule_leads(self.env, row.lang)
        own, sqls = Query(leads.env, leads._table), []
        for domain in Rule._rule_domains(row):
            if is_fixed(leads, domain):
                sqls.append(to_sql(leads, domain, own))
            else:
                hole = Hole(model_name, row, domain, depends_on_time(domain))
                sqls.append(SQL("%s", hole))
        company = Rule._rule_company_sql(leads, row, own)
        for alias, join in own._joins.items():
            query._joins.setdefault(alias, join)
        if company:
            sqls = [SQL("(%s AND %s)", company, sql) for sql in sqls]
        return sqls

    # === BROKEN RULES === #

    def _probe(self, ids):
        """Try the rules one by one in the database; return those that fail, and why.

        :rtype: dict[str, dict[int, str]]
        """
        engine, method, args = self.source
        plan = self.plan or getattr(self.env[engine], method)(*args)
        broken = {}
        for model_name, rows in plan.parts:
            for row in rows:
                reason = self._trial(model_name, row)
                if reason:
                    broken.setdefault(model_name, {})[row.id] = reason
        return broken

    def _trial(self, model_name, row):
        """Return why a rule fails, or None; over all leads, so that the reason is found."""
        leads = rule_leads(self.env, row.lang)
        query = Query(leads.env, leads._table)
        try:
            # Each for itself, as values: in a condition the database may leave some out.
            counts = [
                SQL("count(*) FILTER (WHERE %s)", to_sql(leads, domain, query))
                for domain in self.env[model_name]._rule_domains(row)
            ]
            with (
                self.env.cr.savepoint(flush=False),
                tools.mute_logger("odoo.sql_db"),
            ):
                self.env.cr.execute(query.select(*counts))
        except (*BROKEN, *REFUSED) as error:
            return str(error) or repr(error)
        return None

    def _switch_off(self, broken):
        """Switch off what is broken; without it the statement is another one."""
        for model_name, reasons in broken.items():
            self.env[model_name]._rule_switch_off(reasons)
        if self.plan:
            self.plan = self.plan._replace(
                parts=[
                    (name, [row for row in rows if row.id not in broken.get(name, {})])
                    for name, rows in self.plan.parts
                ]
            )


def match(env, model_name, leads, rows=None, seen=None):
    """Tell which rules of a model match which leads: see ``crm.rule.mixin._rule_match()``.

    :param SQL seen: leads as they might be: see :meth:`RuleSet.execute`.
    """
    matched = {lead_id: set() for lead_id in leads.ids}
    Rule = env[model_name]
    active = Rule._rule_rows()
    rows = active if rows is None else tuple(rows)
    if not leads or not rows:
        return matched
    known_rows = {row.id: row for row in active}
    if all(known_rows.get(row.id) is row for row in rows):
        ids = () if rows is active else (row.id for row in rows)
        rules = RuleSet(env, model_name, "_rule_match_plan", *ids)
    else:  # drafts, say
        rules = RuleSet.of(env, Rule._rule_match_plan_of(rows))
    for lead_id, rule_ids in rules.execute(leads, seen=seen):
        matched[lead_id] = set(rule_ids)
    return matched


def to_sql(leads, domain, query):
    """Return one SQL condition for a domain on leads, never NULL."""
    domain = linked(leads, listed(known(leads, Domain(domain))))
    # What a list of many holds stays in it when it is archived: a product, a tag.
    leads = leads.with_context(active_test=False)
    domain = domain.optimize_full(leads)
    if domain.is_true() or domain.is_false():
        return TRUE if domain.is_true() else FALSE
    return SQL("COALESCE(%s, FALSE)", domain._to_sql(leads, leads._table, query))


def _put(sql, slot, value):
    """Return an SQL object with another one in the place of a slot."""
    params = [value if param == slot else param for param in sql.params]
    return SQL(sql.code, *params, to_flush=sql.to_flush) if params else sql


def _reads(sql):
    """Return what a statement reads: pairs of a model and names of its fields."""
    reads = {}
    for field in sql.to_flush:
        reads.setdefault(field.model_name, set()).add(field.name)
    return tuple((name, tuple(sorted(fields))) for name, fields in reads.items())
