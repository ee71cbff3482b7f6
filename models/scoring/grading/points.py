# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo.tools import SQL

from ...common.contacts import by_person
from ...common.rule.rule_set import LEADS, NOW, rule_case, rule_leads
from ..closed import is_closed_sql

EVENTS = "crm_touchpoint_sums"


class Points:
    """What rules give leads, as numbers in SQL.

    The events of all rules of a scorecard are counted in one pass over the touchpoints of
    the leads, joined to the shared query of the rules as ``crm_touchpoint_sums``.

    :param setup: the ScorecardSetup whose groups have limits.
    :param query: the shared query over ``crm_lead``.
    :param conditions: pairs of a rule and its conditions, as a Plan gets them.
    :param bool each: each lead has a moment of its own: the plan has a clock.
    """

    def __init__(self, setup, query, conditions, each=False):
        self.setup, self.conditions = setup, conditions
        rows = [row for row, _sqls in conditions]
        _join_events(query, rows, each)

    def parts(self):
        """Return what each rule gives, in the order of the conditions."""
        return [_part(row, sqls[0]) for row, sqls in self.conditions]

    def counts(self):
        """Return how many events each rule counts."""
        return [
            SQL("0") if row.values["measure"] == "facts" else _count(row)
            for row, _sqls in self.conditions
        ]

    def total(self):
        """Return the sum of the points of a lead, each group of rules within its limits."""
        sums = {}
        for (row, _sqls), part in zip(self.conditions, self.parts(), strict=True):
            sums.setdefault(row.values["group_id"], []).append(part)
        totals = []
        for group_id, parts in sums.items():
            floor, ceiling = self.setup.caps.get(group_id, (None, None))
            total = SQL("(%s)", SQL(" + ").join(parts))
            if ceiling is not None:
                total = SQL("LEAST(%s, %s)", total, ceiling)
            if floor is not None:
                total = SQL("GREATEST(%s, %s)", total, floor)
            totals.append(total)
        return SQL("(%s)::float8", SQL(" + ").join(totals) if totals else SQL("0"))


def is_drawback(rule):
    """Tell whether a rule takes points from leads.

    :param rule: its values, or the record.
    """
    return rule["kind"] == "negative" or rule["points"] < 0


def as_of_sql(env, query):
    """Return as of when a lead is looked at: its close, or now where it is open."""
    closed = rule_leads(env)._field_to_sql("crm_lead", "date_closed", query)
    return SQL(
        "(CASE WHEN %s THEN LEAST(%s, %s::timestamp) ELSE %s::timestamp END)",
        is_closed_sql(rule_leads(env), query),
        closed,
        NOW,
        NOW,
    )


def _join_events(query, rows, each=False):
    """Join the numbers of events that the rules look at to the shared query.

    :param query: the shared query over ``crm_lead``.
    :param rows: RuleRow tuples.
    :param bool each: NOW is a moment of each lead: its events are counted on their own.
    """
    columns = []
    for row in rows:
        if row.values["measure"] != "facts":
            match = _event(row)
            columns.append(
                SQL(
                    "count(*) FILTER (WHERE %s) AS %s",
                    match,
                    _column("n", row),
                )
            )
            if row.values["half_life"]:
                columns.append(_decay(row, match))
    if not columns:
        return
    table = SQL(
        "%s(SELECT lead_id, %s FROM crm_touchpoint WHERE %s"
        " AND occurred_on <= %s GROUP BY lead_id)",
        SQL("LATERAL ") if each else SQL(),
        SQL(", ").join(columns),
        SQL("lead_id = crm_lead.id") if each else SQL("lead_id = ANY(%s)", LEADS),
        NOW,
    )
    on = SQL("%s = crm_lead.id", SQL.identifier(EVENTS, "lead_id"))
    query.add_join("LEFT JOIN", EVENTS, table, on)


def _part(row, condition):
    """Return the points that a rule gives a lead, as an SQL number.

    :param RuleRow row: the rule.
    :param SQL condition: whether the lead matches its domain.
    """
    values = row.values
    points = SQL("%s", round(values["points"], 2))
    if values["measure"] == "facts":
        return rule_case(condition, points)
    count = _count(row)
    if values["measure"] == "fewer":
        test = SQL("%s < %s", count, values["event_count"])
    else:
        test = SQL("%s >= %s", count, values["event_count"])
        points = _worth(row, points, count)
    if values["grace_days"]:
        grace = SQL("%s::int * interval '1 day'", values["grace_days"])
        test = SQL(
            "%s AND crm_lead.create_date <= %s::timestamp - %s", test, NOW, grace
        )
    return SQL("CASE WHEN %s AND %s THEN %s ELSE 0 END", condition, test, points)


def _count(row):
    """Return how many events of a rule's kind a lead has."""
    return SQL("COALESCE(%s.%s, 0)", SQL.identifier(EVENTS), _column("n", row))


def _worth(row, points, count):
    """Return what the events are worth: once or each, fading, up to the limit."""
    values = row.values
    decayed = SQL("COALESCE(%s.%s, 0)", SQL.identifier(EVENTS), _column("w", row))
    if values["half_life"]:
        points = SQL("round((%s * %s)::numeric, 1)", points, decayed)
    elif values["points_per_event"]:
        points = SQL("(%s * %s)", points, count)
    cap = round(values["points_cap"], 2)
    if cap and values["points_per_event"]:
        points = SQL("GREATEST(LEAST(%s, %s), %s)", points, cap, -cap)
    return points


def _event(row):
    """Return whether an event is one that a rule looks at."""
    # What did not reach the lead did not happen with it.
    values, tests = row.values, [SQL("outcome IS DISTINCT FROM 'failed'")]
    if values["event_kind"]:
        tests.append(SQL("kind = %s", values["event_kind"]))
    if values["event_direction"]:
        tests.append(SQL("direction = %s", values["event_direction"]))
    if values["event_human"]:
        tests.append(by_person())
    if values["event_days"]:
        days = SQL("%s::int * interval '1 day'", values["event_days"])
        tests.append(SQL("occurred_on > %s::timestamp - %s", NOW, days))
    return SQL(" AND ").join(tests)


def _decay(row, match):
    """Return the column with what the events are still worth, 1 for one of just now."""
    days = SQL("extract(epoch FROM %s::timestamp - occurred_on) / 86400", NOW)
    # The limit keeps the database from an underflow: below it nothing is left anyway.
    worth = SQL("power(0.5, LEAST(%s / %s, 50))", days, _half_life(row))
    total = SQL("sum") if row.values["points_per_event"] else SQL("max")
    return SQL(
        "%s(%s) FILTER (WHERE %s) AS %s",
        total,
        worth,
        match,
        _column("w", row),
    )


def _column(prefix, row):
    return SQL.identifier(f"{prefix}{row.id}")


def _half_life(row):
    """Return the half-life of a rule in days, at least a minute."""
    return max(row.values["half_life"], 1 / 1440)
