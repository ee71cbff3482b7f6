# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta

from odoo import api, fields, models

from ...models.common.context import SKIP
from ...models.scoring.grading.explainer import Explainer

# Of what is typed in that a lead did: at most so many, and so many days ago.
MOST_EVENTS, LONGEST_AGO = 50, 36500
# What can be typed in about a lead that does not exist.
TYPED = [
    "partner_name",
    "contact_name",
    "function",
    "email_from",
    "phone",
    "website",
    "city",
    "country_id",
    "company_size",
    "industry_id",
    "expected_revenue",
    "request_note",
]


class _Undo(Exception):
    """Leaves the savepoint in which a typed-in lead lives."""


class CrmScorecardBench(models.TransientModel):
    """Tries a scorecard on a lead, real or typed in. Nothing of it stays."""

    _name = "crm.scorecard.bench"
    _description = "Test bench of a scorecard"

    scorecard_id = fields.Many2one("crm.scorecard", required=True, ondelete="cascade")
    lead_id = fields.Many2one(
        "crm.lead", ondelete="cascade", help="Empty: type one in below."
    )
    partner_name = fields.Char(string="Company")
    contact_name = fields.Char(string="Contact")
    function = fields.Char(string="Job Position")
    email_from = fields.Char(string="Email")
    phone = fields.Char()
    website = fields.Char()
    city = fields.Char()
    country_id = fields.Many2one("res.country")
    company_size = fields.Integer(string="Employees")
    industry_id = fields.Many2one("res.partner.industry")
    expected_revenue = fields.Float()
    request_note = fields.Text()
    event_kind = fields.Selection(
        selection=lambda self: self.env["crm.scorecard.rule"]._selection_event_kind(),
        string="What They Did",
    )
    event_count = fields.Integer(string="How Often", default=1)
    event_days_ago = fields.Integer(string="Days Ago", default=1)

    points = fields.Float(readonly=True)
    lead_grade = fields.Integer(string="Grade", readonly=True)
    lead_band = fields.Selection(
        selection=lambda self: (
            self.env["crm.lead"]._fields["lead_band"]._description_selection(self.env)
        ),
        readonly=True,
    )
    line_ids = fields.One2many("crm.scorecard.bench.line", "bench_id", readonly=True)

    def action_try(self):
        """Score the lead with the scorecard, and show what each rule gives.

        :return: the same window again, with the result.
        :rtype: dict
        """
        self.ensure_one()
        if self.lead_id:
            self.lead_id.check_access("read")
            result = self._try(self.lead_id)
        else:
            result = self._try_typed()
        grade = self.scorecard_id._grade_of(result["points"])
        # sudo: the bands of the scorecard's grades.
        rows = self.scorecard_id.sudo().grade_ids
        self.write(
            {
                "points": result["points"],
                "lead_grade": grade,
                "lead_band": rows.filtered(lambda row: row.grade == grade).band,
                "line_ids": [fields.Command.clear()]
                + [fields.Command.create(line) for line in result["lines"]],
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Test bench"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def _try_typed(self):
        """Score the lead that was typed in: it exists for the moment of the trial only."""
        result = {}
        values = {name: self[name] for name in TYPED if self[name]}
        for name in ("country_id", "industry_id"):
            if name in values:
                values[name] = values[name].id
        quiet = {"tracking_disable": True, "mail_create_nosubscribe": True, SKIP: True}
        try:
            with self.env.cr.savepoint():
                lead = (
                    self.env["crm.lead"]
                    .with_context(**quiet)
                    .create({"name": self.env._("Test"), **values})
                )
                self._record_events(lead)
                # What the other rooms find out about a lead counts as well.
                self.env["crm.persona.matcher"]._match(lead)
                self.env["crm.qualifier.engine"]._qualify(lead)
                result.update(self._try(lead))
                raise _Undo
        except _Undo:
            self.env.invalidate_all(flush=False)
        return result

    def _record_events(self, lead):
        """Record what the lead did, as typed in."""
        if not self.event_kind:
            return
        moment = fields.Datetime.now() - timedelta(
            days=min(max(self.event_days_ago, 0), LONGEST_AGO)
        )
        # sudo: touchpoints are recorded by the system; these are taken back at once.
        self.env["crm.touchpoint"].sudo().create(
            [
                {
                    "lead_id": lead.id,
                    "kind": self.event_kind,
                    "direction": "in",
                    "is_human": True,
                    "occurred_on": moment,
                }
                for _number in range(min(max(self.event_count, 0), MOST_EVENTS))
            ]
        )

    def _try(self, lead):
        """Return the points of a lead, and a line for each rule."""
        explainer = Explainer(self.env)
        lines = [
            {
                "name": part["label"],
                "kind": part["kind"],
                "points": part["points"],
                "reason": part["reason"],
            }
            for part in explainer.explain(lead, self.scorecard_id)[lead.id]
        ]
        points = round(sum(line["points"] for line in lines), 2)
        # sudo: the set-up of the scorecard that the user tries.
        setup = self.scorecard_id.sudo()._setup()
        lines += [
            {
                "name": rule.name,
                "kind": rule.kind,
                "points": 0.0,
                "possible": rule.points,
            }
            for rule, given, _count in explainer.rule_parts(lead, setup)[lead.id]
            if not given and rule.points > 0
        ]
        return {"points": points, "lines": lines}


class CrmScorecardBenchLine(models.TransientModel):
    _name = "crm.scorecard.bench.line"
    _description = "Rule in the test bench"
    _order = "is_hit desc, id"

    bench_id = fields.Many2one(
        "crm.scorecard.bench", required=True, index=True, ondelete="cascade"
    )
    name = fields.Char(string="Rule")
    kind = fields.Selection(
        selection=lambda self: (
            self.env["crm.scorecard.rule"]
            ._fields["kind"]
            ._description_selection(self.env)
        )
    )
    points = fields.Float()
    possible = fields.Float(
        string="Would Add", help="What the rule gives if it comes to apply."
    )
    reason = fields.Char()
    is_hit = fields.Boolean(compute="_compute_is_hit", store=True)

    @api.depends("points")
    def _compute_is_hit(self):
        for line in self:
            line.is_hit = bool(line.points)
