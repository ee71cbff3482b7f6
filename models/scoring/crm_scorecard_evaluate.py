# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import fields, models

from ...tools.discrimination import auc, capture, curve, possible
from ...tools.domains import first_fields
from ..common.field_kinds import OUTCOME, kind_of
from .crm_scorecard_suggest import LEAST_CLOSED, LEAST_OF_EACH

# The share of leads that a team can treat as its best.
BEST = 0.2
# Misplaced leads are listed by name up to here; all are counted.
MOST_LISTED = 200


class CrmScorecard(models.Model):
    _inherit = "crm.scorecard"

    evaluation_ids = fields.One2many(
        "crm.scorecard.evaluation", "scorecard_id", readonly=True
    )
    evaluation_count = fields.Integer(compute="_compute_evaluation_count")

    def _compute_evaluation_count(self):
        counts = dict(
            self.env["crm.scorecard.evaluation"]._read_group(
                [("scorecard_id", "in", self.ids)], ["scorecard_id"], ["__count"]
            )
            if self.env["crm.scorecard.evaluation"].has_access("read")
            else ()
        )
        for scorecard in self:
            scorecard.evaluation_count = counts.get(scorecard, 0)

    # === ACTION METHODS === #

    def action_evaluate(self):
        """Judge the scorecard by all closed leads that it is about, and open the result.

        :return: a window action.
        :rtype: dict
        """
        self.ensure_one()
        domain = (
            [("company_id", "in", [self.company_id.id, False])]
            if self.company_id
            else []
        )
        return self._evaluate(domain)._get_records_action()

    def action_open_evaluations(self):
        """Open the evaluations of the scorecard.

        :return: a window action.
        :rtype: dict
        """
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Evaluations"),
            "res_model": "crm.scorecard.evaluation",
            "view_mode": "list,form",
            "domain": [("scorecard_id", "=", self.id)],
        }

    # === BUSINESS METHODS === #

    def _evaluate(self, domain):
        """Judge the scorecard by closed leads that it has not learned from.

        The leads are scored with the facts that they have today; rules on facts that are
        known only once a lead is closed are named in ``warning``.

        :param domain: leads; the closed ones among them count, but for those that the
            scorecard was learned from.
        :return: the ``crm.scorecard.evaluation``. With too few closed leads it has no
            figures but a sentence in ``verdict``.
        """
        self.ensure_one()
        self.check_access("write")
        seen = set(self.training_lead_ids or ())
        closed = self.env["crm.score.facts"]._closed(domain)
        leads = closed.filtered(lambda lead: lead.id not in seen)
        won = [status == "won" for status in leads.mapped("won_status")]
        vals = {
            "scorecard_id": self.id,
            "name": self.name,
            "domain": repr(list(domain)),
            "warning": self._evaluate_warning(),
            "n": len(won),
            "n_won": sum(won),
            "base_rate": sum(won) / len(won) if won else 0.0,
        }
        if (
            len(won) < LEAST_CLOSED
            or min(sum(won), len(won) - sum(won)) < LEAST_OF_EACH
        ):
            vals["verdict"] = self._too_few(len(won), sum(won))
            if len(leads) < len(closed):
                vals["verdict"] += " " + self.env._(
                    "%s more were left out, because the rules were learned from them.",
                    len(closed) - len(leads),
                )
        else:
            vals.update(self._evaluate_figures(leads, won))
            vals["verdict"] = self._evaluate_verdict(vals)
        # sudo: evaluations are written here only, by whoever may change the scorecard.
        return self.env["crm.scorecard.evaluation"].sudo().create(vals).sudo(False)

    # === FIGURES === #

    def _evaluate_figures(self, leads, won):
        """Return the figures of an evaluation, as values of the record."""
        Engine = self.env["crm.score.engine"]
        by_lead = Engine._points(leads, self)
        points = [by_lead[lead_id] for lead_id in leads.ids]
        gains = [1 if outcome else 0 for outcome in won]
        revenue = [
            max(lead.expected_revenue, 0.0) if outcome else 0.0
            for lead, outcome in zip(leads, won, strict=True)
        ]
        area, error = auc(points, won)
        odoo = self._evaluate_odoo(leads, won)
        live = self._evaluate_live(leads)
        best = capture(points, gains, BEST)
        curves = {
            "scorecard": curve(points, gains),
            "odoo": curve(odoo, gains),
            "live": curve(live, gains) if live else [],
            "base_rate": sum(gains) / len(gains),
        }
        grades = [self._grade_of(number) for number in points]
        rows = self._evaluate_grades(grades, gains)
        return {
            "is_conclusive": True,
            "auc": area,
            "auc_low": max(0.0, area - 1.96 * error),
            "auc_high": min(1.0, area + 1.96 * error),
            "auc_odoo": auc(odoo, won)[0],
            "auc_live": auc(live, won)[0] if live else 0.0,
            "capture": best,
            "lift": best / BEST,
            "capture_possible": possible(gains, BEST),
            "capture_revenue": capture(points, revenue, BEST),
            "calibration_error": sum(
                row["share"] * abs(row["rate_newer"] - row["rate_older"])
                for row in rows
            ),
            "curve": curves,
            "grade_ids": [fields.Command.create(row) for row in rows],
            **self._evaluate_misplaced(leads, points, grades, won),
        }

    def _grade_of(self, points):
        """Return the grade that a number of points makes."""
        return next(
            (
                row.grade
                for row in self.grade_ids.sorted("grade", reverse=True)
                if row.grade > 1 and points >= row.threshold
            ),
            1,
        )

    def _evaluate_grades(self, grades, gains):
        """Return one row of figures for each grade; leads are in the order of creation."""
        rows, half = [], len(grades) // 2

        def rate(members):
            return (
                sum(gains[place] for place in members) / len(members)
                if members
                else 0.0
            )

        for grade in range(5, 0, -1):
            members = [place for place, found in enumerate(grades) if found == grade]
            rows.append(
                {
                    "grade": grade,
                    "n": len(members),
                    "share": len(members) / len(grades),
                    "n_won": sum(gains[place] for place in members),
                    "won_rate": rate(members),
                    "lift": rate(members) * len(gains) / sum(gains),
                    "capture": sum(gains[place] for place in members) / sum(gains),
                    "rate_older": rate([place for place in members if place < half]),
                    "rate_newer": rate([place for place in members if place >= half]),
                }
            )
        return rows

    def _evaluate_misplaced(self, leads, points, grades, won):
        """Return the buyers left in the red and the effort wasted, the worst by name."""
        missed = [p for p, g in enumerate(grades) if won[p] and g <= 2]
        wasted = [p for p, g in enumerate(grades) if not won[p] and g >= 4]
        missed.sort(key=lambda place: points[place])
        wasted.sort(key=lambda place: -points[place])
        return {
            "n_missed": len(missed),
            "missed_lead_ids": [leads.ids[place] for place in missed[:MOST_LISTED]],
            "n_wasted": len(wasted),
            "wasted_lead_ids": [leads.ids[place] for place in wasted[:MOST_LISTED]],
        }

    # === WORDS === #

    def _evaluate_warning(self):
        """Name the rules that read what is known only after the outcome, or return False."""
        leaking, lead_fields = [], self.env["crm.lead"]._fields
        for row in self.env["crm.scorecard.rule"]._scorecard_rows(self.id):
            for domain in self.env["crm.scorecard.rule"]._rule_domains(row):
                read = (lead_fields.get(name) for name in first_fields(domain))
                if any(field and kind_of(field) == OUTCOME for field in read):
                    leaking.append(row.name)
                    break
        if not leaking:
            return False
        return self.env._(
            "These rules read what is known only once a lead is closed, so the figures are too"
            " good to be true: %s.",
            ", ".join(leaking),
        )

    def _evaluate_verdict(self, vals):
        """Return what the figures say, in a few sentences."""
        lines = []
        if vals["auc_low"] <= 0.5:
            lines.append(
                self.env._(
                    "On these leads the scorecard does no better than chance would."
                )
            )
        else:
            lines.append(
                self.env._(
                    "A won lead has more points than a lost one in %(auc).0f of 100 pairs"
                    " (%(low).0f to %(high).0f).",
                    auc=100 * vals["auc"],
                    low=100 * vals["auc_low"],
                    high=100 * vals["auc_high"],
                )
            )
        lines.append(
            self.env._(
                "The best 20 %% of the leads hold %(capture).0f %% of the wins; %(most).0f %% were"
                " possible.",
                capture=100 * vals["capture"],
                most=100 * vals["capture_possible"],
            )
        )
        lines.append(
            self.env._(
                "%(missed)s won leads had a grade of 1 or 2, %(wasted)s lost ones 4 or 5.",
                missed=vals["n_missed"],
                wasted=vals["n_wasted"],
            )
        )
        return " ".join(lines)
