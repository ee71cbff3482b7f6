# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL, mute_logger

from ..common.contacts import contact_domain
from ..common.crm_config_mixin import kept
from ..common.rule.rule_set import BROKEN, LEADS, REFUSED, Plan, RuleSet, rule_leads

NUMBERS = ("integer", "float", "monetary")


class CrmStageGate(models.Model):
    """What a stage demands of the leads that people move there.

    A gate is a rule: leads that do not match stay where they are, and whoever moves them is
    told what is missing. It counts only while the stage has one of the eight roles. Where it
    is strict, it holds for whoever goes past the stage as well: leads that jump over it, that
    are won, or that a person creates in it or behind it. What the system does by itself
    (superuser), and what is imported, is not held up.
    """

    _name = "crm.stage.gate"
    _inherit = ["crm.rule.file.mixin", "crm.rule.mixin"]
    _carried_by = ("stage_id", "name")
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
            ("fact", "A fact is known"),
            ("contact", "Somebody talked to the lead"),
            ("qualification", "The qualifiers allow it"),
            ("grade", "The grade is reached"),
            ("activity", "An activity was done"),
            ("rule", "A condition is met"),
        ],
        string="Demands That",
        required=True,
        default="fact",
    )
    field_name = fields.Char(
        string="Fact",
        help="A field of the lead, one of your own (x_...) or a property.",
    )
    lead_model = fields.Char(
        compute="_compute_lead_model", export_string_translation=False
    )
    qualification = fields.Selection(
        [("passed", "Is passed"), ("not_failed", "Is not failed")], default="passed"
    )
    grade_min = fields.Integer(string="Grade From", default=4)
    is_strict = fields.Boolean(
        string="Also Further On",
        default=True,
        help="Leads that jump over the stage, that are won, or that somebody creates in it or"
        " in a later one must meet it, too.",
    )
    activity_type_id = fields.Many2one(
        "mail.activity.type",
        ondelete="set null",
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

    def _compute_lead_model(self):
        self.lead_model = "crm.lead"

    @api.depends(
        "kind", "domain", "field_name", "qualification", "grade_min", "activity_type_id"
    )
    def _compute_reach(self):
        Lead = self.env["crm.lead"]
        pending = Domain("won_status", "=", "pending")
        total = Lead.search_count(pending)
        rows = {row.id: row for row in self._rule_rows()}
        for gate in self:
            row = rows.get(gate._origin.id)
            gate.open_count = total
            try:
                met = self._met_domain(row) if row else pending
                # What is refused must not take the transaction with it.
                with self.env.cr.savepoint(flush=False), mute_logger("odoo.sql_db"):
                    gate.pass_count = Lead.search_count(pending & met)
            except (*BROKEN, *REFUSED) as error:
                # What it demands is gone: nobody is held up, and its owner is told.
                gate.pass_count = total
                self._rule_switch_off({row.id: str(error)})

    # === CONSTRAINT METHODS === #

    @api.constrains("kind", "domain", "field_name", "activity_type_id")
    def _check_possible(self):
        """Refuse a demand that is empty, or that no lead can ever meet."""
        for gate in self:
            if gate.kind == "fact":
                gate._check_fact()
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

    def _check_fact(self):
        """Refuse a fact that no lead has, by its name."""
        if not self.field_name:
            raise ValidationError(
                self.env._(
                    "Choose the fact that must be known for %s.", self.stage_id.name
                )
            )
        self._validate_domain(repr([(self.field_name, "!=", False)]))

    # === RULE === #

    @api.model
    def _rule_columns(self):
        return [
            *super()._rule_columns(),
            *("stage_id", "kind", "field_name", "qualification", "grade_min"),
            "activity_type_id",
            "is_strict",
        ]

    @api.model
    def _rule_domains(self, row):
        return [self._demand(row)]

    @api.model
    def _met_domain(self, row):
        """Return which leads a demand holds up nowhere; it is nothing to other companies'."""
        domain = self._demand(row)
        if row.company_id:
            domain |= ~self.env["res.company"]._crm_lead_is_of_domain(row.company_id)
        return domain

    @api.model
    def _demand(self, row):
        """Return the domain of the leads that meet a demand."""
        values = row.values
        kind = values["kind"]
        if kind == "fact":
            name = (values["field_name"] or "").split(".")[0]
            field = self.env["crm.lead"]._fields.get(name)
            if not field:
                raise ValueError(
                    self.env._("leads have no field %s any more", values["field_name"])
                )
            empty = 0 if field.type in NUMBERS else False
            return Domain(values["field_name"], "!=", empty)
        if kind == "contact":
            talked = contact_domain()
            return Domain("touchpoint_ids", "any", talked) | Domain(
                "request_note", "!=", False
            )
        if kind == "qualification":
            if values["qualification"] == "passed":
                return Domain("qualification_state", "=", "passed")
            return ~Domain("qualification_state", "=", "failed")
        if kind == "grade":
            return Domain("lead_grade", ">=", values["grade_min"])
        if kind == "activity":
            if not values["activity_type_id"]:
                raise ValueError(self.env._("its type of activity was deleted"))
            done = Domain("mail_activity_type_id", "=", values["activity_type_id"])
            return Domain("message_ids", "any", done)
        return row.domain

    @api.model
    def _rule_company_sql(self, leads, row, query):
        # A demand of another company is met, not failed: see _failing_plan().
        return None

    # === BUSINESS METHODS === #

    @api.model
    @kept("stage_id")
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
    @kept("first_id", "stage_id")
    def _rows_on_the_way(self, first_id, stage_id):
        """Return the demands for a move: those of the new stage, and of those jumped over.

        :param first_id: id of the stage that is left; None: the lead is created.
        :param int stage_id: id of the new stage.
        :rtype: tuple[RuleRow]
        """
        stages = self.env["crm.stage"]._rows()
        places = {known: place for place, known in enumerate(stages)}
        target = places.get(stage_id)
        rows = list(self._rows_of_stage(stage_id))
        if target is None or stages[stage_id].role == "unqualified":
            return tuple(rows)
        if first_id is None:
            # Where leads begin nobody has had the time to do anything.
            rows = [row for row in rows if row.values["is_strict"] and target]
        first = places.get(first_id, -1)
        for known, place in places.items():
            if first < place < target and (place or first_id is not None):
                rows += [
                    row for row in self._rows_of_stage(known) if row.values["is_strict"]
                ]
        return tuple(rows)

    @api.model
    def _failing(self, leads, rows):
        """Tell which demands leads do not meet, in one query.

        :param leads: crm.lead records, at any number.
        :param rows: RuleRow tuples of gates.
        :return: ids of gates by lead id; leads that meet all demands are left out.
        :rtype: dict[int, list[int]]
        """
        if not leads or not rows:
            return {}
        rules = RuleSet(
            self.env, self._name, "_failing_plan", *(row.id for row in rows)
        )
        return {lead_id: ids for lead_id, ids in rules.execute(leads) if ids}

    @api.model
    def _failing_plan(self, *gate_ids):
        """Return the plan of the statement that tells which demands leads do not meet.

        :rtype: Plan
        """
        rows = tuple(row for row in self._rule_rows() if row.id in gate_ids)
        leads, Company = rule_leads(self.env), self.env["res.company"]

        def build(query, found):
            query.add_where(SQL("crm_lead.id = ANY(%s)", LEADS))
            cells = []
            for row, (meets,) in found[0]:
                fails = SQL("NOT %s", meets)
                company = row.company_id and Company._crm_lead_is_of_sql(
                    leads, query, row.company_id
                )
                if company:
                    fails = SQL("%s AND %s", company, fails)
                cells.append(SQL("CASE WHEN %s THEN %s END", fails, row.id))
            return query.select(
                SQL("crm_lead.id"),
                SQL("array_remove(ARRAY[%s]::int[], NULL)", SQL(", ").join(cells)),
            )

        return Plan([(self._name, rows)], build)
