# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

NUMBERS = ("integer", "float", "monetary")


class CrmStageGate(models.Model):
    """What a stage demands of the leads that people move there.

    A gate is a rule: leads that do not match stay where they are, and whoever moves them is
    told what is missing. It counts for moves only, not for leads that are created in the
    stage, and only while the stage has one of the eight roles. What the system does by
    itself (superuser) is not held up.
    """

    _name = "crm.stage.gate"
    _inherit = ["crm.rule.mixin"]
    _description = "Demand of a stage"

    name = fields.Char(
        compute="_compute_name", store=True, readonly=False, precompute=True
    )
    stage_id = fields.Many2one(
        "crm.stage", required=True, index=True, ondelete="cascade"
    )
    lead_role = fields.Selection(related="stage_id.lead_role")
    kind = fields.Selection(
        [
            ("fields", "Facts are known"),
            ("contact", "Somebody talked to the lead"),
            ("qualification", "The qualifiers allow it"),
            ("grade", "The grade is reached"),
            ("activity", "An activity was done"),
            ("rule", "A condition is met"),
        ],
        string="Demands That",
        required=True,
        default="fields",
    )
    field_ids = fields.Many2many(
        "ir.model.fields",
        "crm_stage_gate_field_rel",
        "gate_id",
        "field_id",
        string="Facts",
        domain="[('model', '=', 'crm.lead'), ('store', '=', True)]",
    )
    # Plain names, so that the engine can keep them in memory.
    field_names = fields.Char(
        compute="_compute_field_names", export_string_translation=False
    )
    qualification = fields.Selection(
        [("passed", "Is passed"), ("not_failed", "Is not failed")], default="passed"
    )
    grade_min = fields.Integer(string="Grade From", default=4)
    activity_type_id = fields.Many2one(
        "mail.activity.type",
        ondelete="cascade",
        index="btree_not_null",
        domain="[('res_model', 'in', [False, 'crm.lead'])]",
    )
    hint = fields.Char(
        string="What to Do",
        translate=True,
        help="Added to the message that says what is missing.",
    )
    setup_log_id = fields.Many2one(
        "crm.pipeline.setup.log",
        string="Added by",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    open_count = fields.Integer(string="Open Leads", compute="_compute_reach")
    pass_count = fields.Integer(
        string="Would Pass Now",
        compute="_compute_reach",
        help="How many of the open leads meet this demand at the moment.",
    )

    _check_grade_min = models.Constraint(
        "CHECK (grade_min BETWEEN 1 AND 5)", "A grade is a number from 1 to 5."
    )

    # === COMPUTE METHODS === #

    @api.depends("kind")
    def _compute_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for gate in self:
            if not gate.name or gate.name in kinds.values():
                gate.name = kinds[gate.kind]

    @api.depends("field_ids")
    def _compute_field_names(self):
        for gate in self:
            # sudo: the names of fields; salespersons may not read the model of the fields.
            gate.field_names = ",".join(gate.sudo().field_ids.mapped("name"))

    @api.depends(
        "kind", "domain", "field_ids", "qualification", "grade_min", "activity_type_id"
    )
    def _compute_reach(self):
        leads = self.env["crm.lead"].search([("won_status", "=", "pending")])
        for gate in self:
            gate.open_count = len(leads)
            row = next(
                (row for row in self._rule_rows() if row.id == gate._origin.id), None
            )
            failing = self._failing_parts(leads, [row]) if row else {}
            gate.pass_count = len(leads) - len(failing)

    # === CONSTRAINT METHODS === #

    @api.constrains("kind", "domain", "field_ids", "activity_type_id")
    def _check_possible(self):
        """Refuse a demand that is empty, or that no lead can ever meet."""
        for gate in self:
            if gate.kind == "fields" and not gate.field_ids:
                raise ValidationError(
                    self.env._(
                        "Choose the facts that must be known for %s.",
                        gate.stage_id.name,
                    )
                )
            if gate.kind == "activity" and not gate.activity_type_id:
                raise ValidationError(
                    self.env._(
                        "Choose the activity to be done for %s.", gate.stage_id.name
                    )
                )
            if gate.kind == "rule":
                domain = self._parse_domain(gate.domain).optimize_full(
                    self.env["crm.lead"]
                )
                if domain.is_false():
                    raise ValidationError(
                        self.env._(
                            'Nobody could ever meet the demand "%(gate)s" of %(stage)s: its'
                            " condition contradicts itself.",
                            gate=gate.name,
                            stage=gate.stage_id.name,
                        )
                    )

    # === RULE === #

    @api.model
    def _rule_columns(self):
        return [
            *super()._rule_columns(),
            *("stage_id", "kind", "field_names", "qualification", "grade_min"),
            "activity_type_id",
        ]

    @api.model
    def _rule_domains(self, row):
        """Return one domain for each part of the demand: each is missing on its own."""
        values = row.values
        if values["kind"] == "fields":
            names = filter(None, values["field_names"].split(","))
            domains = [self._known(name) for name in names]
        elif values["kind"] == "contact":
            talked = Domain("is_human", "=", True) & Domain(
                "direction", "in", ["in", "out"]
            )
            domains = [
                Domain("touchpoint_ids", "any", talked)
                | Domain("request_note", "!=", False)
            ]
        elif values["kind"] == "qualification":
            passed = Domain("qualification_state", "=", "passed")
            failed = Domain("qualification_state", "=", "failed")
            domains = [passed if values["qualification"] == "passed" else ~failed]
        elif values["kind"] == "grade":
            domains = [Domain("lead_grade", ">=", values["grade_min"])]
        elif values["kind"] == "activity":
            done = Domain("mail_activity_type_id", "=", values["activity_type_id"])
            domains = [Domain("message_ids", "any", done)]
        else:
            domains = [row.domain]
        if row.company_id and not self.env["res.company"]._crm_is_only_company():
            others = Domain("company_id", "not in", [row.company_id])
            domains = [others | domain for domain in domains]
        return domains

    @api.model
    def _known(self, name):
        """Return the domain of the leads that have a fact."""
        field = self.env["crm.lead"]._fields[name]
        return Domain(name, "!=", 0 if field.type in NUMBERS else False)

    @api.model
    def _rule_company_sql(self, leads, row, query):
        # A demand of another company is met; it is not a reason to fail: see _rule_domains.
        return None

    # === BUSINESS METHODS === #

    @api.model
    @tools.ormcache("stage_id")
    def _rows_of_stage(self, stage_id):
        """Return the active demands of a stage that has a role, from memory.

        :rtype: tuple[RuleRow]
        """
        stage = self.env["crm.stage"]._rows().get(stage_id)
        if not stage or not stage.role:
            return ()
        return tuple(
            row for row in self._rule_rows() if row.values["stage_id"] == stage_id
        )

    @api.model
    def _failing_parts(self, leads, rows):
        """Tell which parts of some demands leads do not meet, in one query.

        :param leads: crm.lead records, at any number.
        :param rows: RuleRow tuples of gates.
        :return: ``[(gate id, number of the part), ...]`` by lead id; leads that meet all
            demands are left out.
        :rtype: dict[int, list[tuple[int, int]]]
        """
        if not leads or not rows:
            return {}

        def build(query, conditions):
            query.add_where(SQL("crm_lead.id = ANY(%s)", leads.ids))
            failing = SQL(", ").join(
                SQL("CASE WHEN NOT %s THEN %s END", sql, f"{row.id}:{number}")
                for row, sqls in conditions
                for number, sql in enumerate(sqls)
            )
            return query.select(
                SQL("crm_lead.id"),
                SQL("array_remove(ARRAY[%s]::text[], NULL)", failing),
            )

        return {
            lead_id: [tuple(map(int, part.split(":"))) for part in parts]
            for lead_id, parts in self._rule_execute(rows, build)
            if parts
        }
