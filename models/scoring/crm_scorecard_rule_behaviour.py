# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ..common.crm_config_mixin import kept
from ..common.rule.rule_fixed import is_fixed
from ..common.rule.rule_moment import depends_on_time
from ..common.rule.rule_set import LEADS, NOW, rule_case, rule_leads

EVENTS = "crm_touchpoint_sums"


class CrmScorecardRule(models.Model):
    """Rules on what a lead did, or did not do: its touchpoints.

    The events of all rules of a scorecard are counted in one pass over the touchpoints of
    the leads, joined to the shared query of the rules as ``crm_touchpoint_sums``.
    """

    _inherit = "crm.scorecard.rule"

    measure = fields.Selection(
        [
            ("facts", "Facts of the lead"),
            ("at_least", "At least so many events"),
            ("fewer", "Fewer events than"),
        ],
        string="Looks At",
        required=True,
        default="facts",
        help="Facts: the condition on the lead alone. Events: the condition, and how many"
        " touchpoints of a kind the lead has.",
    )
    event_kind = fields.Selection(
        selection="_selection_event_kind", string="Events", help="Empty: of any kind."
    )
    event_direction = fields.Selection(
        selection="_selection_event_direction",
        string="Direction",
        help="Empty: from and to the lead, and internal ones.",
    )
    event_human = fields.Boolean(
        string="By People Only",
        help="Events that a program made, as automatic mails, don't count.",
    )
    event_count = fields.Integer(string="How Many", default=1, required=True)
    event_days = fields.Integer(
        string="In the Last (Days)",
        help="Older events don't count. 0: all events count.",
    )
    grace_days = fields.Integer(
        string="Grace Period (Days)",
        help="Younger leads are spared: they have had no time to do anything yet.",
    )
    points_per_event = fields.Boolean(
        help="The points are given for each event, not once for all."
    )
    points_cap = fields.Float(
        string="At Most (Points)",
        help="Points per event add up to no more. 0: no limit.",
    )
    half_life = fields.Float(
        string="Halves After (Days)",
        help="An event is worth half its points after so many days, a quarter after twice as"
        " many, and so on. 0: events keep their worth.",
    )

    # === SELECTIONS === #

    @api.model
    def _selection_event_kind(self):
        return (
            self.env["crm.touchpoint"]._fields["kind"]._description_selection(self.env)
        )

    @api.model
    def _selection_event_direction(self):
        return (
            self.env["crm.touchpoint"]
            ._fields["direction"]
            ._description_selection(self.env)
        )

    # === CONSTRAINT METHODS === #

    @api.constrains(
        "measure", "event_count", "event_days", "grace_days", "points_cap", "half_life"
    )
    def _check_behaviour(self):
        for rule in self:
            numbers = (
                rule.event_days,
                rule.grace_days,
                rule.points_cap,
                rule.half_life,
            )
            # The comparison also refuses what is no number: nan is not in any range.
            if not all(0 <= number <= 100000 for number in numbers):
                raise ValidationError(
                    self.env._(
                        'Rule "%s": days, limits and half-lives must be 0 or more.',
                        rule.name,
                    )
                )
            if rule.measure != "facts" and rule.event_count < 1:
                raise ValidationError(
                    self.env._('Rule "%s": it takes at least 1 event.', rule.name)
                )

    # === BUSINESS METHODS === #

    @api.model
    def _rule_columns(self):
        return [
            *super()._rule_columns(),
            "measure",
            "event_kind",
            "event_direction",
            "event_human",
            "event_count",
            "event_days",
            "grace_days",
            "points_per_event",
            "points_cap",
            "half_life",
        ]

    @api.model
    def _rule_depends_on_time(self, row):
        """Tell whether a rule may give other points tomorrow, though nothing happened."""
        values = row.values
        if values["measure"] != "facts" and (
            values["event_days"] or values["grace_days"] or values["half_life"]
        ):
            return True
        leads = rule_leads(self.env)
        return any(
            not is_fixed(leads, domain) and depends_on_time(domain)
            for domain in self._rule_domains(row)
        )

    @api.model
    @kept()
    def _score_trigger_fields(self):
        fields_read = super()._score_trigger_fields()
        in_use = {setup.id for setup in self.env["crm.scorecard"]._setups_in_use()}
        if any(
            row.values["measure"] != "facts" and row.values["scorecard_id"] in in_use
            for row in self._rule_rows()
        ):
            return fields_read | {"touchpoint_ids"}
        return fields_read

    # === SQL === #

    @api.model
    def _join_events(self, query, rows, each=False):
        """Join the numbers of events that the rules look at to the shared query.

        :param query: the shared query over ``crm_lead``.
        :param rows: RuleRow tuples.
        :param bool each: NOW is a moment of each lead: its events are counted on their own.
        """
        columns = []
        for row in rows:
            if row.values["measure"] != "facts":
                match = self._event_sql(row)
                columns.append(
                    SQL(
                        "count(*) FILTER (WHERE %s) AS %s",
                        match,
                        self._column("n", row),
                    )
                )
                if row.values["half_life"]:
                    columns.append(self._decay_sql(row, match))
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

    @api.model
    def _part_sql(self, row, condition):
        """Return the points that a rule gives a lead, as an SQL number.

        :param RuleRow row: the rule.
        :param SQL condition: whether the lead matches its domain.
        """
        values = row.values
        points = SQL("%s", round(values["points"], 2))
        if values["measure"] == "facts":
            return rule_case(condition, points)
        count = self._count_sql(row)
        if values["measure"] == "fewer":
            test = SQL("%s < %s", count, values["event_count"])
        else:
            test = SQL("%s >= %s", count, values["event_count"])
            points = self._worth_sql(row, points, count)
        if values["grace_days"]:
            grace = SQL("%s::int * interval '1 day'", values["grace_days"])
            test = SQL(
                "%s AND crm_lead.create_date <= %s::timestamp - %s", test, NOW, grace
            )
        return SQL("CASE WHEN %s AND %s THEN %s ELSE 0 END", condition, test, points)

    @api.model
    def _count_sql(self, row):
        """Return how many events of a rule's kind a lead has."""
        return SQL("COALESCE(%s.%s, 0)", SQL.identifier(EVENTS), self._column("n", row))

    @api.model
    def _worth_sql(self, row, points, count):
        """Return what the events are worth: once or each, fading, up to the limit."""
        values = row.values
        decayed = SQL(
            "COALESCE(%s.%s, 0)", SQL.identifier(EVENTS), self._column("w", row)
        )
        if values["half_life"]:
            points = SQL("round((%s * %s)::numeric, 1)", points, decayed)
        elif values["points_per_event"]:
            points = SQL("(%s * %s)", points, count)
        cap = round(values["points_cap"], 2)
        if cap and values["points_per_event"]:
            points = SQL("GREATEST(LEAST(%s, %s), %s)", points, cap, -cap)
        return points

    @api.model
    def _event_sql(self, row):
        """Return whether an event is one that a rule looks at."""
        # What did not reach the lead did not happen with it.
        values, tests = row.values, [SQL("outcome IS DISTINCT FROM 'failed'")]
        if values["event_kind"]:
            tests.append(SQL("kind = %s", values["event_kind"]))
        if values["event_direction"]:
            tests.append(SQL("direction = %s", values["event_direction"]))
        if values["event_human"]:
            tests.append(self.env["crm.touchpoint"]._human_sql())
        if values["event_days"]:
            days = SQL("%s::int * interval '1 day'", values["event_days"])
            tests.append(SQL("occurred_on > %s::timestamp - %s", NOW, days))
        return SQL(" AND ").join(tests)

    @api.model
    def _decay_sql(self, row, match):
        """Return the column with what the events are still worth, 1 for one of just now."""
        days = SQL("extract(epoch FROM %s::timestamp - occurred_on) / 86400", NOW)
        # The limit keeps the database from an underflow: below it nothing is left anyway.
        worth = SQL("power(0.5, LEAST(%s / %s, 50))", days, self._half_life(row))
        total = SQL("sum") if row.values["points_per_event"] else SQL("max")
        return SQL(
            "%s(%s) FILTER (WHERE %s) AS %s",
            total,
            worth,
            match,
            self._column("w", row),
        )

    @api.model
    def _column(self, prefix, row):
        return SQL.identifier(f"{prefix}{row.id}")

    @api.model
    def _half_life(self, row):
        """Return the half-life of a rule in days, at least a minute."""
        return max(row.values["half_life"], 1 / 1440)
