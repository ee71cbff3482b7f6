# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.tools import SQL

from ....tools import experiment as statistics
from ...common.context import EXPERIMENT
from .conversions import DAYS, is_harm, is_hit


class CrmExperiment(models.Model):
    """The course of an experiment: who enters which variant, the outcomes, and the verdict."""

    _inherit = "crm.experiment"

    @api.model
    def _rule_columns(self):
        return [*super()._rule_columns(), "state", "subject"]

    @api.model
    def _cron(self):
        return self.env.ref("crm_lead_management.ir_cron_experiments")

    # === WHO GETS WHICH VARIANT === #

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
        # sudo: when leads came in, whoever routes them.
        return [
            lead.id
            for lead in leads.sudo()
            if self.id in matched.get(lead.id, ())
            and lead.create_date >= self.started_on
        ]

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
        # sudo: experiments are the managers'; whoever routes leads is in none of them.
        running = self.sudo().search(
            [("state", "=", "running"), ("subject", "=", "routing_rule")]
        )
        for experiment in running:
            variants = experiment._assign(leads, enter)
            control = experiment.variant_ids.filtered("is_control")
            tested = set(experiment.variant_ids.rule_ids.ids)
            for lead_id in matched:
                own = variants.get(lead_id, control)
                matched[lead_id] = matched[lead_id] - (tested - set(own.rule_ids.ids))

    # === BEGIN AND END === #

    def _begin(self):
        """Switch the rules of all variants on, to be asked by variant."""
        # sudo: who may start it may not be the author of the rules.
        rules = self.sudo().variant_ids.rule_ids
        rules.write({"active": True, "is_tested": True})

    def _finish(self):
        """End the split: the control goes on as before, the other rules are switched off."""
        # sudo: as in _begin().
        variants = self.sudo().variant_ids
        control = variants.filtered("is_control").rule_ids
        rules = variants.with_context(active_test=False).rule_ids
        rules.filtered("is_tested").write({"is_tested": False})
        (rules - control).write({"active": False})

    def _adopt(self, variant):
        """Have the rules of a variant count for all leads, and those of the others for none."""
        # sudo: as in _begin().
        variants = self.sudo().with_context(active_test=False).variant_ids
        own = variants.browse(variant.id).rule_ids
        variants.browse(variant.id).with_context(**EXPERIMENT.on()).write(
            {"adopted_by_id": self.env.uid, "adopted_on": fields.Datetime.now()}
        )
        own.write({"active": True, "is_tested": False})
        (variants.rule_ids - own).write({"active": False, "is_tested": False})

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
        counts = self._counts()
        enough = min((one.n for one in counts.values()), default=0) >= self.n_needed
        return enough and now.date() >= self.ends_on

    def _settle(self, now):
        """Note the outcome of the leads whose time is over; one statement."""
        self.env.flush_all()
        self.env.execute_query(
            SQL(
                "UPDATE crm_experiment_unit AS unit SET outcome ="
                " CASE WHEN %s THEN 'yes' ELSE 'no' END, harm = %s"
                " FROM crm_lead AS lead WHERE lead.id = unit.lead_id"
                " AND unit.experiment_id = %s AND unit.outcome IS NULL"
                " AND unit.due_on <= %s RETURNING unit.id",
                is_hit(self.conversion),
                is_harm(),
                self.id,
                now,
            )
        )
        self.env["crm.experiment.unit"].invalidate_model(flush=False)
        self.variant_ids.invalidate_recordset(flush=False)

    def _counts(self, column="outcome = 'yes'"):
        """Return what came of each variant so far, the control first.

        :rtype: dict[crm.experiment.variant, statistics.Group]
        """
        rows = self.env.execute_query(
            SQL(
                "SELECT variant_id, count(*), count(*) FILTER (WHERE outcome = 'yes'),"
                " count(*) FILTER (WHERE harm) FROM crm_experiment_unit"
                " WHERE experiment_id = %s GROUP BY variant_id",
                self.id,
            )
        )
        found = {variant_id: numbers for variant_id, *numbers in rows}
        place = 2 if column == "harm" else 1
        return {
            variant: statistics.Group(
                found.get(variant.id, (0, 0, 0))[place],
                found.get(variant.id, (0, 0, 0))[0],
                variant.weight,
            )
            for variant in self.variant_ids.sorted("is_control", reverse=True)
        }

    def _decide(self):
        """Say what came of it, once: the comparison with the control, and the guard figure."""
        counts = self._counts()
        variants, groups = list(counts), list(counts.values())
        code, place, found = statistics.verdict(groups, self.n_needed, is_over=True)
        best = place or (1 if found else 0)
        if code == "same":
            best = max(
                range(1, len(groups)), key=lambda n: groups[n].hits / (groups[n].n or 1)
            )
        values = {"state": "decided", "verdict": code}
        if found:
            harms = list(self._counts("harm").values())
            harm = statistics.compare(*harms[0][:2], *harms[best][:2])
            is_worse = harm["difference"] > 0 and harm["p"] < 1 - statistics.LEVEL
            variants[best].write({"is_best": True})
            values.update(
                difference=found["difference"],
                low=found["low"],
                high=found["high"],
                guard="worse" if is_worse else "good",
            )
        self.write(values)
