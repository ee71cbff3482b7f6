# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import functools
import json
import time

from odoo import api, fields, models, tools
from odoo.tools import SQL

from ...common.context import CHECKED, ENGINE, ROUTING, SKIP
from ..deciding.types import GIVEN_BACK, GROWTH, Decision
from .action import Actions

# What changes with the owner, and what Odoo computes from stage and probability.
OWNERSHIP = {"user_id", "team_id", "company_id"}
FOLLOWERS = (
    "date_last_stage_update",
    "won_status",
    "prorated_revenue",
    "recurring_revenue_monthly_prorated",
    "recurring_revenue_prorated",
)

SET_ANEW = ("company_id", "stage_id", "probability")

# The columns of the log that a decision holds, in the order of the statement.
LOG_VALUES = ("lead_id", "rule_id", "from_user_id", "to_user_id", "team_id", "outcome")
# A list for each column: the database reads them in half the time of as many rows of values.
INSERT_LOG = """
    INSERT INTO crm_lead_routing_log (
        lead_id, rule_id, from_user_id, to_user_id, team_id, outcome,
        facts, judged, tried, mode, milliseconds, create_uid, create_date
    )
    SELECT lead_id, rule_id, from_user_id, to_user_id, team_id, outcome,
           facts::jsonb, judged::jsonb, tried::jsonb,
           %(mode)s, %(milliseconds)s, %(uid)s, %(now)s
      FROM unnest(
               %(lead_id)s::int[], %(rule_id)s::int[], %(from_user_id)s::int[],
               %(to_user_id)s::int[], %(team_id)s::int[], %(outcome)s::text[],
               %(facts)s::text[], %(judged)s::text[], %(tried)s::text[]
           ) WITH ORDINALITY AS decision (
               lead_id, rule_id, from_user_id, to_user_id, team_id, outcome,
               facts, judged, tried, number
           )
     ORDER BY number
    RETURNING id
"""


class CrmRoutingWriter(models.AbstractModel):
    """Carries decisions out.

    Writes the owners (one write for all leads that get the same values) and the log, lets the
    stations know (``_on_assigned``), has the new owners told, and raises the alarm for leads
    that got nobody.
    """

    _name = "crm.routing.writer"
    _description = "Routing writer"

    @api.model
    def _apply(self, decisions, mode, started=None):
        """Write decisions.

        :param list[Decision] decisions: one per lead; dicts of their fields are taken, too.
        :param str mode: auto, manual or reroute.
        :param float started: the value of ``time.perf_counter()`` when deciding began; None
            where nothing was decided by rules.
        :return: the log records, in the order of the decisions.
        """
        decisions = [Decision.of(decision) for decision in decisions]
        # sudo: the owner that the rules found is written whoever saves the lead, and he may
        # not even be allowed to see it afterwards.
        leads = self.env["crm.lead"].sudo().browse(d.lead_id for d in decisions)
        before = self._follows(leads)
        written = self._write_owners(leads, decisions, mode)
        self._add_coaches(decisions)
        self._use_credit(decisions)
        logs = self._log(decisions, mode, started)
        changed = self._changed(leads, before) if written else ()
        leads._lead_assigned(decisions, mode, changed)
        teller = self.env["crm.routing.teller"]
        teller._tell_owners(decisions)
        if self.env["crm.routing.rule"]._acts():
            Actions(self.env).run(decisions)
        lost = leads.browse(d.lead_id for d in decisions if not d.to_user_id)
        if lost:
            teller._raise_alarm(lost)
            self.env["crm.routing.waiting"]._switch_on()
        return logs

    @api.model
    def _follows(self, leads):
        """Return, of each lead, what Odoo may set anew when owner and team change.

        Only what any station reads: looking at it has Odoo compute it, lead by lead.
        """
        names = leads._lead_reads().intersection(SET_ANEW)
        return {name: [lead[name] for lead in leads] for name in names}

    @api.model
    def _changed(self, leads, before):
        """Return the names of the fields that may have other values now."""
        after = self._follows(leads)
        return {"user_id", "team_id"} | {
            name for name in after if after[name] != before[name]
        }

    # === OWNERS === #

    @api.model
    def _write_owners(self, leads, decisions, mode):
        """Write owner, team and what else the decisions change. Returns the leads written."""
        now = fields.Datetime.now()
        groups = {}
        for lead, decision in zip(leads, decisions, strict=True):
            vals = self._lead_values(lead, decision, mode, now)
            if vals:
                key = (bool(lead.user_id), tuple(vals.items()))
                groups.setdefault(key, []).append(lead.id)
        if len(groups) > 1:
            # sudo: read once for all what Odoo looks up for each new owner: his companies.
            owners = self.env["res.users"].sudo()
            owners = owners.browse({d.to_user_id for d in decisions} - {False})
            owners.mapped("company_ids")
        written = leads.browse()
        # Asked once for all groups, and not where no team changes.
        statistics = functools.cache(lambda: self._statistics(leads, groups))
        for (had_owner, vals), lead_ids in groups.items():
            group = leads.browse(lead_ids).with_context(
                # The filters have asked for whom the owners and the team work.
                **{SKIP: True, **ENGINE.on(), **ROUTING.on(), **CHECKED.on()},
                # The first owner stands as if he had been set when the lead was created.
                **({} if had_owner else {"mail_notrack": True}),
                # The new owners are told when deadline and reason are on record.
                mail_auto_subscribe_no_notify=True,
            )
            of_company = self._of_company(group, dict(vals))
            settled = self._settled_fields(group, dict(vals), statistics)
            vals = {
                name: value
                for name, value in vals
                if group._fields[name] not in settled
            }
            with self.env.protecting(settled, group):
                group.write(vals)
            self._keep_company(of_company)
            written |= leads.browse(lead_ids)
        return written

    @api.model
    def _of_company(self, leads, vals):
        """Return leads whose team Odoo will look for by their new owner, by their company.

        :param dict vals: what is about to be written.
        """
        if "user_id" not in vals or "team_id" in vals:
            return {}
        if self.env["res.company"]._crm_is_only_company():
            return {}
        return leads.filtered("company_id").grouped("company_id")

    @api.model
    def _keep_company(self, of_company):
        """Have leads stay in their company: Odoo has them follow the team of a new owner.

        :param dict of_company: see :meth:`_of_company`.
        """
        for company, leads in of_company.items():
            strayed = leads.filtered(lambda lead, own=company: lead.company_id != own)
            strayed.write({"team_id": False, "company_id": company.id})

    @api.model
    def _statistics(self, leads, groups):
        """Return which of the teams that leave or get leads have statistics of their own.

        :param groups: an iterable of ``(had owner, tuple of names and values to write)``.
        :rtype: frozenset[int]
        """
        teams = {dict(vals).get("team_id") for _had_owner, vals in groups}
        teams |= set(leads.team_id.ids)
        # sudo: statistics that nobody may read.
        frequency = self.env["crm.lead.scoring.frequency"].sudo()
        groups = frequency._read_group([("team_id", "in", list(teams))], ["team_id"])
        return frozenset(team.id for (team,) in groups)

    @api.model
    def _settled_fields(self, leads, vals, statistics):
        """Return what need neither be written nor computed anew when owners are written.

        With the owner Odoo looks for a team, and marks all that depends on it, also where the
        team stays: the probability then costs as much as the rest of the write. Its statistics
        are those of the team, if it has some, else those of all; the stage depends on the team
        where stages belong to teams.

        :param statistics: returns what :meth:`_statistics` does.
        """
        moved = any(lead.team_id.id != vals.get("team_id") for lead in leads)
        settled = [] if moved else [leads._fields["team_id"]]
        pls = leads._pls_get_safe_fields()
        if not OWNERSHIP.isdisjoint(pls):
            return settled
        if moved:
            if leads.stage_id.team_ids or not all(lead.stage_id for lead in leads):
                return []
            if not statistics().isdisjoint({*leads.team_id.ids, vals.get("team_id")}):
                return []
        return settled + [leads._fields[name] for name in self._settled_names()]

    @api.model
    @tools.ormcache()
    def _settled_names(self):
        """Return the fields that stay as they are while stage and probability stay.

        What else follows from these two would be computed anew, to the same value.

        :rtype: tuple[str]
        """
        lead = self.env["crm.lead"]

        def depends(name):
            names = self.pool.field_depends[lead._fields[name]]
            return {dotted.partition(".")[0] for dotted in names}

        followers = [name for name in FOLLOWERS if OWNERSHIP.isdisjoint(depends(name))]
        return ("stage_id", "probability", "automated_probability", *followers)

    @api.model
    def _add_coaches(self, decisions):
        """Let the coach of a rule follow the leads that juniors get through their share."""
        learned = {}
        for decision in decisions:
            if decision.outcome == GROWTH:
                learned.setdefault(decision.rule_id, []).append(decision.lead_id)
        # sudo: the rules and the leads, whoever saves them.
        for rule in self.env["crm.routing.rule"].sudo().browse(learned):
            leads = (
                self.env["crm.lead"].sudo().browse(learned[rule.id])
            )  # sudo: as above
            leads.message_subscribe(rule.coach_id.partner_id.ids)

    @api.model
    def _use_credit(self, decisions):
        """Take note of the leads that members got in place of some that did not count."""
        used = [
            SQL("(%s, %s)", decision.team_id, decision.to_user_id)
            for decision in decisions
            if decision.outcome == GIVEN_BACK
        ]
        if not used:
            return
        self.env["crm.team.member"].flush_model(["routing_credit"])
        self.env.cr.execute(
            SQL(
                "UPDATE crm_team_member AS member"
                " SET routing_credit = GREATEST(0, routing_credit - got.n)"
                " FROM (SELECT team_id, user_id, count(*) AS n FROM (VALUES %s)"
                " AS one(team_id, user_id) GROUP BY team_id, user_id) AS got"
                " WHERE member.crm_team_id = got.team_id AND member.user_id = got.user_id",
                SQL(", ").join(used),
            )
        )
        self.env["crm.team.member"].invalidate_model(["routing_credit"], flush=False)

    @api.model
    def _lead_values(self, lead, decision, mode, now):
        """Return what a decision changes on its lead."""
        user_id, vals = decision.to_user_id, {}
        if user_id and user_id != lead.user_id.id:
            vals["user_id"] = user_id
        team_id = user_id and decision.team_id
        # With a new owner also where the team stays: Odoo would look for one otherwise.
        if team_id and ("user_id" in vals or team_id != lead.team_id.id):
            vals["team_id"] = team_id
        if decision.rule_id != lead.routing_rule_id.id:
            vals["routing_rule_id"] = decision.rule_id
        if user_id and not lead.first_assigned_on:
            vals["first_assigned_on"] = now
        if bool(user_id) == bool(lead.routing_waiting_since):
            vals["routing_waiting_since"] = False if user_id else now
        if mode == "reroute":
            vals["routing_hops"] = lead.routing_hops + 1
        return vals

    # === RECORD === #

    @api.model
    def _log(self, decisions, mode, started=None):
        """Put decisions on record; each with its share of the time that the batch took.

        :param decisions: as in :meth:`_apply`.
        """
        if not decisions:
            return self.env["crm.lead.routing.log"]
        decisions = [Decision.of(decision) for decision in decisions]
        elapsed = (time.perf_counter() - started) * 1000 if started else 0.0
        share, now, known = elapsed / len(decisions), self.env.cr.now(), {}
        columns = {
            name: [getattr(decision, name) or None for decision in decisions]
            for name in LOG_VALUES
        }
        texts = [self._texts(decision, known) for decision in decisions]
        for number, name in enumerate(("facts", "judged", "tried")):
            columns[name] = [text[number] for text in texts]
        # One statement for any number: the log is most of what routing writes. Nobody writes
        # a row of it again: it has no last writer, who would be looked up for each.
        ids = self.env.execute_query(
            SQL(
                INSERT_LOG,
                **columns,
                mode=mode,
                milliseconds=share,
                uid=self.env.uid,
                now=now,
            )
        )
        leads = self.env["crm.lead"].browse(d.lead_id for d in decisions)
        shown = ["routing_log_ids", "routing_log_id", "routing_reason", "routing_story"]
        leads.invalidate_recordset(shown, flush=False)
        # sudo: nobody writes the log but the engine, and whoever routes need not read it.
        logs = self.env["crm.lead.routing.log"].sudo()
        return logs.browse(sorted(row[0] for row in ids))

    @api.model
    def _texts(self, decision, known):
        """Return the JSON columns of a decision.

        :param dict known: texts that were made before: leads that are alike share their
            candidates, and mostly the rules that were tried.
        """
        groups = []
        for group in decision.judged:
            if id(group) not in known:
                known[id(group)] = json.dumps(group)
            groups.append(known[id(group)])
        tried = tuple(decision.tried)
        if tried not in known:
            known[tried] = json.dumps(tried)
        return (
            json.dumps(decision.facts),
            f"[{', '.join(groups)}]",
            known[tried],
        )
