# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import hashlib
import zlib

from odoo import api, models
from odoo.tools import SQL

from .crm_routing_method import IN_ORDER

# How many counters a pool has; the first is for leads that everybody in it can take.
LANES = 8


class CrmRoutingTurn(models.AbstractModel):
    """Whose turn it is, in each pool and across processes.

    **What.** A pool is the set of teams whose members share the leads, with the members that a
    rule restricts itself to. Rules with the same pool share its turns, whichever of the teams
    is the main one: by whatever rule the leads came, each member gets as many as the others.
    Members who join or leave change the pool's size, not its identity.

    A pool counts separately the leads that different people in it can take: were there one
    count only, and every second lead for two specialists, all of these would fall on even
    numbers, and to the same person. So those who can take a lead share a counter, one of
    ``LANES`` of the pool. Which leads of a rule juniors learn from is counted for the rule.

    **How it works.** The counters are PostgreSQL sequences. Taking a number locks nothing and
    never fails because another process took one at the same time; a number taken in a
    transaction that is rolled back is lost, which costs one turn. They belong to a column of
    the rules' table, so that removing the addon removes them. Counters that no rule needs any
    more are removed later, by the daily clean-up: leads may still be routed by the rule as it
    was. Queries: one for any number of leads and pools, one more where juniors have a share.
    """

    _name = "crm.routing.turn"
    _description = "Turns of routing rules"

    # === NAMES === #

    @api.model
    def _pool(self, team_ids, member_ids):
        """Return the name of a pool, from ids of teams and of the members it is limited to."""
        text = f"{sorted(set(team_ids))}{sorted(set(member_ids))}"
        digest = hashlib.sha256(text.encode()).hexdigest()[:16]
        return f"crm_routing_turn_{digest}"

    @api.model
    def _growth(self, rule_id):
        """Return the name of the counter by which juniors get their share of a rule."""
        return f"crm_routing_growth_{rule_id}"

    @api.model
    def _lane(self, row, panel):
        """Return the name of the counter for a lead that some of a pool can take."""
        weighted = row.values["method"] == "weighted"
        lane = 0
        if weighted or len(panel.able) < len(panel.people):
            able = f"{weighted}{[person.user_id for person in panel.able]}"
            lane = 1 + zlib.crc32(able.encode()) % (LANES - 1)
        return f"{row.values['source']['pool']}_{lane}"

    @api.model
    def _names(self, rules):
        """Return the names of all counters that rules may need."""
        names = [self._growth(rule.id) for rule in rules]
        for rule in rules:
            if rule._uses_teams():
                pools = {rule.source["pool"], *self._grade_pools(rule)}
                names += [f"{pool}_{lane}" for pool in pools for lane in range(LANES)]
        return names

    @api.model
    def _grade_pools(self, rule):
        """Return the names of the pools that grades bring into a rule."""
        if not rule.grade_pool:
            return []
        # sudo: set-up of scorecards, whoever saves the rule.
        grades = self.env["crm.scorecard.grade"].sudo()
        teams = grades.search([("pool_team_id", "!=", False)]).pool_team_id
        return [self._pool([team.id], []) for team in teams]

    # === DEALING === #

    @api.model
    def _deal(self, run, choices):
        """Take, or only look at, the turns of leads that have found their rules.

        :param Run run: the state of the engine.
        :param dict choices: ``(RuleRow, Panel)`` by lead id.
        :return: the turn by lead id, for rules that need one, and the ids of the leads that
            juniors may learn from.
        :rtype: tuple[dict[int, int], set[int]]
        """
        shares = {
            lead_id: (self._growth(row.id), row.values["growth_share"])
            for lead_id, (row, panel) in choices.items()
            if row.values["growth_share"] and panel.juniors
        }
        counted = self._count(run, {k: name for k, (name, _share) in shares.items()})
        lessons = {
            lead_id
            for lead_id, (_name, share) in shares.items()
            if (counted[lead_id] + 1) * share // 100 > counted[lead_id] * share // 100
        }
        # The lessons come up one after the other, so the juniors take turns by their number.
        turns = {k: counted[k] * shares[k][1] // 100 for k in lessons}
        lanes = {
            lead_id: self._lane(row, panel)
            for lead_id, (row, panel) in choices.items()
            if lead_id not in lessons and row.values["method"] not in IN_ORDER
        }
        return {**turns, **self._count(run, lanes)}, lessons

    @api.model
    def _count(self, run, names):
        """Return the next number of a counter for each lead, from its name by lead id."""
        counts = {}
        for name in names.values():
            counts[name] = counts.get(name, 0) + 1
        if not counts:
            return {}
        if run.peek:
            # Turns that were only looked at come again: go on after those of the last round.
            first = self._peek(counts)
            numbers = {}
            for name, count in counts.items():
                start = first[name] + run.peeked.get(name, 0)
                numbers[name] = iter(range(start, start + count))
                run.peeked[name] = run.peeked.get(name, 0) + count
        else:
            numbers = {name: iter(taken) for name, taken in self._take(counts).items()}
        return {lead_id: next(numbers[name]) for lead_id, name in names.items()}

    # === COUNTERS === #

    @api.model
    def _take(self, counts):
        """Take turns of several counters at once.

        :param dict[str, int] counts: how many turns, by name of the counter.
        :return: the turns, in the order in which they come up, by name.
        :rtype: dict[str, list[int]]
        """
        wanted = SQL(", ").join(SQL("(%s, %s)", *item) for item in counts.items())
        statement = SQL(
            "SELECT turns.name, nextval(to_regclass(turns.name))"
            " FROM (VALUES %s) AS turns(name, n), generate_series(1, turns.n)",
            wanted,
        )
        turns = {name: [] for name in counts}
        for name, turn in self.env.execute_query(statement):
            turns[name].append(turn)
        lost = [name for name, taken in turns.items() if None in taken]
        if lost:
            # A pool that changed without its rule being saved: a member was deleted.
            self._ensure(lost)
            turns.update(self._take({name: counts[name] for name in lost}))
        return {name: sorted(taken) for name, taken in turns.items()}

    @api.model
    def _peek(self, names):
        """Return the turn that :meth:`_take` would give next, by name of the counter."""
        return dict(
            self.env.execute_query(
                SQL(
                    "SELECT name, COALESCE("
                    "pg_sequence_last_value(to_regclass(name)) + 1, 0)"
                    " FROM unnest(%s::text[]) AS name",
                    list(names),
                )
            )
        )

    @api.model
    def _existing(self):
        """Return the names of all counters that there are."""
        rows = self.env.execute_query(
            SQL(
                "SELECT relname FROM pg_class WHERE relkind = 'S'"
                " AND relname ~ '^crm_routing_(turn|growth)_'"
            )
        )
        return {name for (name,) in rows}

    @api.model
    def _ensure_for(self, rules):
        """Create the counters that rules may need and that are missing."""
        self._ensure(self._names(rules))

    @api.model
    def _ensure(self, names):
        """Create the counters that are missing."""
        missing = sorted(set(names) - self._existing())
        if not missing:
            return
        # Two who save rules of the same pool at once: the second waits for the first.
        self.env.cr.execute(
            SQL("SELECT pg_advisory_xact_lock(hashtext(%s))", self._name)
        )
        for name in missing:
            self.env.cr.execute(
                SQL(
                    "CREATE SEQUENCE IF NOT EXISTS %s MINVALUE 0 START 0"
                    " OWNED BY crm_routing_rule.method",
                    SQL.identifier(name),
                )
            )

    @api.autovacuum
    def _gc_counters(self):
        """Remove the counters of pools that no rule has any more."""
        # sudo: the rules of all companies, archived ones too.
        rules = self.env["crm.routing.rule"].sudo()
        rules = rules.search([("active", "in", [True, False])])
        for name in sorted(self._existing() - set(self._names(rules))):
            self.env.cr.execute(SQL("DROP SEQUENCE IF EXISTS %s", SQL.identifier(name)))


class CrmRoutingRule(models.Model):
    """A rule brings the counters of its pool along."""

    _inherit = "crm.routing.rule"

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        self.env["crm.routing.turn"]._ensure_for(rules)
        return rules

    def write(self, vals):
        result = super().write(vals)
        pool = {"method", "team_id", "extra_team_ids", "member_ids", "grade_pool"}
        if not pool.isdisjoint(vals):
            self.env["crm.routing.turn"]._ensure_for(self)
        return result
