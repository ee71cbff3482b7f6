# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import secrets
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ....tools import experiment as statistics
from ...common.context import EXPERIMENT
from . import history, outcomes, telling, tested_rules
from .conversions import DAYS


class CrmExperiment(models.Model):
    """The course of an experiment: who enters which variant, the outcomes, and the verdict.

    What differs between variants is a *subject*. A room that has one adds it to the selection,
    asks ``_going(subject)`` and ``_assign`` where it acts, and says in ``_adopt`` what it is
    to make a variant the default; ``_problems`` of the variants says what they need.
    """

    _inherit = "crm.experiment"

    @api.model
    def _rule_columns(self):
        return [*super()._rule_columns(), "state", "subject"]

    @api.model
    def _cron(self):
        return self.env.ref("crm_lead_management.ir_cron_experiments")

    # === ACTIONS === #

    def action_propose(self):
        """Fill in the share and the number of leads per month from the company's own leads.

        Of those of the last 180 days that match the condition, and whose time is over.
        """
        self.ensure_one()
        self.check_access("write")
        self._check_draft()
        n, hits, days = history.past(self)
        if not n:
            raise UserError(
                self.env._("No lead of the last 180 days matches the condition.")
            )
        self.leads_per_month = n * telling.MONTH / days
        rate = hits / n
        if 0 <= rate + self.min_effect <= 1:
            self.base_rate = rate
        found = telling.months(self)
        if found is not None:
            days = timedelta(days=round(found * telling.MONTH))
            self.ends_on = fields.Date.context_today(self) + days

    def action_start(self):
        """Begin: from now on leads that come in are split.

        :raise ValidationError: where there is no control, no other variant, a weight that is
            not above 0, no planned end, or a variant without rules.
        """
        for experiment in self:
            experiment.check_access("write")
            experiment._check_draft()
            experiment._check_ready()
            experiment.with_context(**EXPERIMENT.on()).write(
                {
                    "state": "running",
                    "salt": secrets.token_hex(8),
                    # As leads have it that are created in this moment.
                    "started_on": self.env.cr.now().replace(microsecond=0),
                }
            )
            experiment._begin()
        self._cron()._crm_switch_on()

    def action_stop(self):
        """End it without a verdict: the control goes on as before."""
        for experiment in self:
            experiment.check_access("write")
            if experiment.state not in ("running", "waiting", "decided"):
                raise UserError(self.env._("%s does not run.", experiment.name))
            experiment._stop()

    def _stop(self):
        for experiment in self:
            experiment._finish()
            experiment.with_context(**EXPERIMENT.on()).write(
                {"state": "stopped", "ended_on": fields.Datetime.now()}
            )

    def action_make_default(self):
        """Make the better variant the default, and note who did so.

        :raise UserError: where it is not significantly better at the planned end, or makes
            something else worse.
        """
        for experiment in self:
            experiment.check_access("write")
            if not experiment.may_make_default:
                raise UserError(
                    self.env._(
                        "%s: only what is significantly better at the planned end, and makes"
                        " nothing else worse, becomes the default.",
                        experiment.name,
                    )
                )
            experiment._adopt(experiment.best_variant_id)
            experiment.with_context(**EXPERIMENT.on()).write({"state": "kept"})

    def action_open_units(self):
        """Open the leads that are in the experiment.

        :return: a window action.
        :rtype: dict
        """
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": "crm.experiment.unit",
            "view_mode": "list",
            "domain": [("experiment_id", "=", self.id)],
        }

    # === WHO GETS WHICH VARIANT === #

    @api.model
    def _going(self, subject, *states):
        """Return the experiments on a subject that run, from memory: no statement for none.

        :param str subject: of the selection ``subject``.
        :param states: with ``waiting``, those whose leads are still waited for, too.
        """
        ids = [
            row.id
            for row in self._rule_rows()
            if row.values["subject"] == subject
            and row.values["state"] in ("running", *states)
        ]
        # sudo: experiments are the managers'; whoever's lead it is sees none of them.
        return self.sudo().browse(ids)

    def _variant_of(self, lead):
        """Return the variant of a lead; none where it is in no variant.

        On record once it has entered; before, by the hash, where the experiment runs and the
        lead is of its audience.

        :param lead: one crm.lead record.
        :rtype: crm.experiment.variant
        """
        self.ensure_one()
        return self._assign(lead).get(lead.id, self.env["crm.experiment.variant"])

    def _assign(self, leads, enter=False):
        """Return the variants of leads: two statements for any number, three where they enter.

        Who has entered stays, also where the lead does not match the condition any more.

        :param leads: crm.lead records.
        :param bool enter: put on record whoever is of the audience now.
        :rtype: dict[int, crm.experiment.variant]
        """
        self.ensure_one()
        if not leads:
            return {}
        # sudo: the split of leads, whoever routes them; nobody is shown it.
        experiment = self.sudo()
        variants = experiment.variant_ids
        rows = self.env.execute_query(
            SQL(
                "SELECT lead_id, variant_id FROM crm_experiment_unit"
                " WHERE experiment_id = %s AND lead_id = ANY(%s)",
                experiment.id,
                leads.ids,
            )
        )
        by_id = {variant.id: variant for variant in variants}
        found = {lead_id: by_id[variant_id] for lead_id, variant_id in rows}
        if experiment.state != "running":
            return found
        rest = leads.browse(lead_id for lead_id in leads.ids if lead_id not in found)
        weights = variants.mapped("weight")
        new = {
            lead_id: variants[statistics.assign(experiment.salt, lead_id, weights)]
            for lead_id in experiment._audience(rest)
        }
        if enter and new:
            experiment._enter(new)
        return found | new

    def _audience(self, leads):
        """Return the ids of those of the leads that the experiment is about."""
        rows = [row for row in self._rule_rows() if row.id == self.id]
        if not leads or not rows:
            return []
        matched = self._rule_match(leads, rows)
        fresh = self._fresh(leads)
        return [
            lead.id
            for lead in leads
            if self.id in matched.get(lead.id, ()) and lead.id in fresh
        ]

    def _fresh(self, leads):
        """Return the ids of the leads that the subject has not acted on before the start."""
        # sudo: when leads came in, whoever routes them.
        return {lead.id for lead in leads.sudo() if lead.create_date >= self.started_on}

    def _past_entries(self, since, until):
        """Return who would have entered in the past, and when: lead_id and entered_on.

        :rtype: SQL
        """
        return SQL(
            "SELECT id AS lead_id, create_date AS entered_on FROM crm_lead"
            " WHERE create_date BETWEEN %s AND %s",
            since,
            until,
        )

    def _enter(self, variants):
        """Put on record who gets which variant; one statement for any number."""
        self.env["crm.experiment.unit"].flush_model()
        self.env.execute_query(
            SQL(
                "INSERT INTO crm_experiment_unit"
                " (experiment_id, lead_id, variant_id, entered_on, due_on)"
                " SELECT %(experiment)s, lead_id, variant_id, %(now)s,"
                " %(now)s::timestamp + make_interval(days => %(days)s)"
                " FROM unnest(%(leads)s::int[], %(variants)s::int[])"
                " AS new(lead_id, variant_id) ON CONFLICT DO NOTHING RETURNING id",
                experiment=self.id,
                now=fields.Datetime.now(),
                days=DAYS[self.conversion],
                leads=list(variants),
                variants=[variant.id for variant in variants.values()],
            )
        )
        self.env["crm.experiment.unit"].invalidate_model(flush=False)
        self.variant_ids.invalidate_recordset(["unit_count"], flush=False)

    @api.model
    def _narrow(self, matched, leads, enter):
        """Take the rules of other variants away from leads: each is routed by those of its own.

        Leads that are in no experiment are routed by the rules of the control. Called only
        where rules are tested.

        :param dict matched: ids of the rules that match, by lead id; changed.
        :param leads: crm.lead records.
        :param bool enter: the leads are routed, and not only looked at.
        """
        tested_rules.narrow(self._going("routing_rule"), matched, leads, enter)

    # === BEGIN AND END === #

    def _begin(self):
        """Have what is tested be there, for the leads of its variant only."""
        tested_rules.begin(self)

    def _finish(self):
        """End the split: the control goes on as before."""
        tested_rules.finish(self)

    def _adopt(self, variant):
        """Have a variant count for all leads, and note who wanted it."""
        # sudo: who may make it the default may not be the author of what is tested.
        variant = self.sudo().variant_ids.browse(variant.id)
        variant.with_context(**EXPERIMENT.on()).write(
            {"adopted_by_id": self.env.uid, "adopted_on": fields.Datetime.now()}
        )
        tested_rules.adopt(self, variant)

    @api.model
    def _cron_run(self):
        """Look at the outcomes that are due, and end what is at its end."""
        # sudo: the experiments of all companies.
        going = self.sudo().search([("state", "in", ("running", "waiting"))])
        for experiment in going:
            experiment._go_on()

    def _go_on(self, now=None):
        """Settle what is due; stop taking leads at the planned end; say the verdict after it.

        :param datetime now: in UTC; this moment when None.
        """
        self.ensure_one()
        now = now or fields.Datetime.now()
        self._settle(now)
        experiment = self.with_context(**EXPERIMENT.on())
        if experiment.state == "running" and experiment._is_over(now):
            experiment._finish()
            experiment.write({"state": "waiting", "ended_on": now})
        if experiment.state == "waiting" and not self.env[
            "crm.experiment.unit"
        ].search_count(
            [("experiment_id", "=", self.id), ("outcome", "=", False)], limit=1
        ):
            experiment._decide()

    def _is_over(self, now):
        """Tell whether the planned end is there: the day, and the leads."""
        counts = outcomes.counts(self)
        enough = min((one.n for one in counts.values()), default=0) >= self.n_needed
        return enough and now.date() >= self.ends_on

    def _settle(self, now):
        """Note the outcome of the leads whose time is over; one statement."""
        outcomes.settle(self, now)
        self.env["crm.experiment.unit"].invalidate_model(flush=False)
        self.variant_ids.invalidate_recordset(flush=False)

    def _decide(self):
        """Say what came of it, once."""
        best, values = outcomes.compared(self)
        best.write({"is_best": True})
        self.write({"state": "decided", **values})
