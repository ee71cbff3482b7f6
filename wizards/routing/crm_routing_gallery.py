# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models

# By key: the values of the rule. Conditions that a company must fill in stand for an example.
EXAMPLES = {
    "turn": {"method": "round_robin"},
    "location": {
        "method": "round_robin",
        "domain": "[('country_id.code', 'in', ['SA', 'AE'])]",
    },
    "industry": {
        "method": "round_robin",
        "match_industry": True,
        "domain": "[('industry_id', '!=', False)]",
    },
    "grade": {
        "method": "round_robin",
        "min_seniority": "3",
        "domain": "[('lead_grade', '>=', 4)]",
    },
    "value": {
        "method": "round_robin",
        "min_seniority": "3",
        "growth_share": 20,
        "domain": "[('expected_revenue', '>=', 50000)]",
    },
    "product": {
        "method": "round_robin",
        "match_product": True,
        "domain": "[('product_ids', '!=', False)]",
    },
    "source": {
        "method": "weighted",
        "domain": "[('source_id.name', 'ilike', 'referral')]",
    },
    "available": {"method": "least_loaded", "in_hours_only": True},
    "hierarchy": {"method": "account_owner"},
    "use_case": {
        "method": "best_match",
        "match_tags": True,
        "domain": "[('tag_ids', '!=', False)]",
    },
    "language": {
        "method": "least_loaded",
        "match_language": True,
        "domain": "[('lang_id', '!=', False)]",
    },
    "combined": {
        "method": "least_loaded",
        "match_industry": True,
        "match_language": True,
        "in_hours_only": True,
        "domain": "[('country_id.code', 'in', ['SA', 'AE'])]",
    },
}


class CrmRoutingGallery(models.TransientModel):
    """Starts a routing rule from an example; the rule is a draft until it is activated."""

    _name = "crm.routing.gallery"
    _description = "Examples of routing rules"

    example = fields.Selection("_selection_example", required=True, default="turn")
    note = fields.Text(compute="_compute_note")
    team_id = fields.Many2one(
        "crm.team",
        string="Sales Team",
        default=lambda self: self._default_team_id(),
    )

    @api.model
    def _selection_example(self):
        return [
            ("turn", self.env._("In turn, evenly")),
            ("location", self.env._("By location")),
            ("industry", self.env._("By industry")),
            ("grade", self.env._("By grade: the best leads to seniors")),
            ("value", self.env._("By value of the deal")),
            ("product", self.env._("By product or service")),
            ("source", self.env._("By source or behaviour")),
            ("available", self.env._("By availability: who is free now")),
            ("hierarchy", self.env._("By company hierarchy: known accounts")),
            ("use_case", self.env._("By use case: experts and results")),
            ("language", self.env._("By language")),
            (
                "combined",
                self.env._("Combined: location, then skills, then least loaded"),
            ),
        ]

    @api.model
    def _default_team_id(self):
        """Return the team of the user, or any, so that nobody has to look for one."""
        Team = self.env["crm.team"]
        return Team._get_default_team_id() or Team.search([], limit=1)

    @api.depends("example")
    def _compute_note(self):
        texts = {**self._notes_by_fact(), **self._notes_by_person()}
        for wizard in self:
            wizard.note = texts.get(wizard.example)

    @api.model
    def _notes_by_fact(self):
        """Return what each example that asks for facts is good for, and its price."""
        return {
            "location": self.env._(
                "People who know the market get its leads. Regions differ in the number of"
                " leads. Change the countries, or use states and zip codes."
            ),
            "industry": self.env._(
                "Leads of an industry go to members who know it. Enter the industries that"
                " each member knows with his team membership."
            ),
            "grade": self.env._(
                "The leads most likely to buy go to seniors. As good as your scorecard."
            ),
            "value": self.env._(
                "Large deals go to seniors; every fifth goes to a junior, so that juniors can"
                " grow. Change the amount."
            ),
            "product": self.env._(
                "Leads go to members who know one of the products asked about. Enter the"
                " products with the team memberships."
            ),
            "source": self.env._(
                "For leads from one source, or with any other fact; members get leads by"
                " their share. Change the condition."
            ),
        }

    @api.model
    def _notes_by_person(self):
        """Return what each example that looks at people is good for, and its price."""
        return {
            "turn": self.env._(
                "Everybody gets the same number. Fair and simple; blind to strengths."
            ),
            "available": self.env._(
                "Whoever is at work now and has the least to do. Fast; ask for experience"
                " where sales are complex."
            ),
            "hierarchy": self.env._(
                "Who looks after the company or its parent gets its new leads too. Put this"
                " rule first."
            ),
            "use_case": self.env._(
                "Tags of the lead meet skills of the members; who did best with similar leads"
                " comes first."
            ),
            "language": self.env._("Leads go to members who speak their language."),
            "combined": self.env._(
                "No single rule is flawless. This one takes the region, then skills, then"
                " who has the least to do."
            ),
        }

    def action_create(self):
        """Create the rule as a draft, and open it.

        :return: a window action.
        :rtype: dict
        """
        self.ensure_one()
        labels = dict(self._fields["example"]._description_selection(self.env))
        rule = self.env["crm.routing.rule"].create(
            {
                "name": labels[self.example],
                # A known account belongs to its owner's team, whichever that is.
                "team_id": self.example != "hierarchy" and self.team_id.id,
                "note": self.note,
                "active": False,
                **EXAMPLES[self.example],
            }
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": "crm.routing.rule",
            "res_id": rule.id,
            "view_mode": "form",
        }
