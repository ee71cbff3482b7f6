# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models
from odoo.exceptions import UserError

from ..common.field_kinds import BOOKKEEPING, FACT
from ..common.rights import given_id

# See the persona room for why no field here has a default or is computed and stored.

# What says how a lead stands with each question: to be read anew after an answer.
TOLD = ["qualifier_answer_ids", "qualifier_marks", "qualifier_checklist"]


class CrmLead(models.Model):
    _inherit = "crm.lead"

    qualifier_answer_ids = fields.One2many(
        "crm.qualifier.answer",
        "lead_id",
        string="Qualifier Answers",
        lead_kind=FACT,
    )
    qualification_state = fields.Selection(
        [("open", "Questions open"), ("passed", "Passed"), ("failed", "Failed")],
        string="Qualification",
        readonly=True,
        copy=False,
        help="Passed: the lead passed all required qualifiers. Failed: it failed a required"
        " or a knock-out one. Questions open: something is still to be asked.",
        lead_kind=FACT,
    )
    # Pairs of a qualifier's id and its mark: pass, fail or open.
    qualifier_marks = fields.Json(
        compute="_compute_qualifier_marks",
        exportable=False,
        export_string_translation=False,
    )
    qualifier_checklist = fields.Json(
        compute="_compute_qualifier_checklist",
        exportable=False,
        export_string_translation=False,
    )
    qualification_progress = fields.Char(
        compute="_compute_qualification_progress", export_string_translation=False
    )
    knock_out_reason = fields.Char(
        string="Knocked Out By",
        compute="_compute_gate_reason",
        help="Why the lead should be set aside as unqualified.",
    )

    gate_reason = fields.Char(
        string="Why It Does Not Fit",
        compute="_compute_gate_reason",
        help="The required questions that the lead failed, and what it said.",
    )
    gate_waived = fields.Boolean(
        string="Taken Up Nevertheless",
        readonly=True,
        copy=False,
        help="Somebody works on the lead although it failed the qualification.",
        lead_kind=BOOKKEEPING,
    )
    is_set_aside = fields.Boolean(
        string="Set Aside",
        compute="_compute_is_set_aside",
        search="_search_is_set_aside",
        help="The lead failed the qualification, and the company sets such leads aside.",
    )

    # === COMPUTE METHODS === #

    @api.depends("qualification_state", "gate_waived", "company_id", "team_id")
    def _compute_is_set_aside(self):
        Company = self.env["res.company"]
        for lead in self:
            # sudo: whose lead it is, for whoever reads it.
            lead.is_set_aside = Company._crm_is_set_aside(lead.sudo())

    @api.model
    def _search_is_set_aside(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = self.env["res.company"]._crm_set_aside_domain()
        return domain if True in value else ~domain

    @api.depends("qualifier_answer_ids", "qualification_state")
    def _compute_qualifier_marks(self):
        """Tell how leads stand with each question: one statement for all of them."""
        marks = self.env["crm.qualifier.engine"]._marks(self._origin)
        unsaved = {
            row.id: "open"
            for row in self.env["crm.qualifier"]._rule_rows()
            if not row.values["scope"]
        }
        for lead in self:
            mine = marks.get(lead._origin.id, unsaved)
            lead.qualifier_marks = [list(pair) for pair in mine.items()]

    @api.depends("qualifier_marks")
    def _compute_qualification_progress(self):
        """Say how many questions are passed ("3/7"), for a whole page of cards at once."""
        for lead in self:
            mine = [mark for _id, mark in lead._origin.qualifier_marks or ()]
            lead.qualification_progress = (
                f"{mine.count('pass')}/{len(mine)}" if mine else False
            )

    @api.depends("qualifier_marks")
    @api.depends_context("uid", "lang")
    def _compute_qualifier_checklist(self):
        """Tell the checklist all it shows; see ``crm.qualifier.checklist``."""
        for lead in self:
            marks = dict(lead.qualifier_marks or ())
            rows = self.env["crm.qualifier.checklist"]._rows(lead, marks)
            lead.qualifier_checklist = {"state": lead.qualification_state, "rows": rows}

    @api.depends("qualifier_marks")
    @api.depends_context("uid", "lang")
    def _compute_gate_reason(self):
        """Say why leads failed the gate: nothing is looked up of those that did not."""
        Checklist = self.env["crm.qualifier.checklist"]
        failed = self.filtered(lambda lead: lead.qualification_state == "failed")
        (self - failed).update({"knock_out_reason": False, "gate_reason": False})
        for lead in failed:
            told = {"knock_out": [], "required": []}
            marks = [pair for pair in lead.qualifier_marks or () if pair[1] == "fail"]
            for row in Checklist._rows(lead, dict(marks)):
                if row["importance"] in told:
                    reason = row["reason"]
                    text = f"{row['name']}: {reason}" if reason else row["name"]
                    told[row["importance"]].append(text)
            lead.knock_out_reason = "; ".join(told["knock_out"])
            lead.gate_reason = "; ".join(told["knock_out"] + told["required"])

    # === HOOKS === #

    def _lead_open_questions(self, missing):
        """Add the questions that nobody has answered; required ones are asked first."""
        ranks = {"required": 3, "knock_out": 2, "nice_to_have": 1}
        marks = self.qualifier_marks or ()
        still_open = {key for key, mark in marks if mark == "open"}
        if still_open:
            still_open -= set(self.qualifier_answer_ids.qualifier_id.ids)
        return super()._lead_open_questions(missing) + [
            {
                "kind": "question",
                "id": row.id,
                "field": "qualifier_answer_ids",
                "weight": 0,
                "rank": ranks[row.values["importance"]],
            }
            for row in self.env["crm.qualifier"]._rule_rows()
            if row.id in still_open and row.values["kind"] != "fact"
        ]

    def _lead_question_words(self, kind, ids):
        if kind != "question":
            return super()._lead_question_words(kind, ids)
        asked = self.env["crm.qualifier"].browse(ids)._filtered_access("read")
        return {
            one.id: {
                "name": one.name,
                "question": one.question or "",
                "group": "qualifier",
            }
            for one in asked
        }

    # === ACTIONS === #

    @api.readonly
    def get_qualifier_checklist(self):
        """Return the checklist of a lead; of one that is not saved yet, what will be asked.

        :return: ``state`` and ``rows``, see ``crm.qualifier.checklist``.
        :rtype: dict
        :raise AccessError: for a lead that the user may not see.
        """
        self.check_access("read")
        return (self or self.new()).ensure_one().qualifier_checklist

    def action_answer_qualifier(self, qualifier_id, value):
        """Note the answer to a question, and evaluate the lead at once.

        Called by the checklist, and by whatever asks the questions for it (a form, a bot).

        :param int qualifier_id: the crm.qualifier that asks.
        :param value: see ``crm.qualifier.answer._prepare_values``; None, False (but for yes
            or no) or an empty text takes the answer back.
        :return: the new content of ``qualifier_checklist``.
        :rtype: dict
        :raise AccessError: for a lead that the user may not change.
        """
        self.ensure_one()
        self.check_access("write")
        qualifier_id = given_id(self.env, qualifier_id)
        qualifier = self.env["crm.qualifier"].browse(qualifier_id or []).exists()
        if not qualifier:
            raise UserError(
                self.env._("This question does not exist any more. Reload the page.")
            )
        Answer = self.env["crm.qualifier.answer"]
        current = self.qualifier_answer_ids.filtered(
            lambda a: a.qualifier_id == qualifier
        )
        if (
            value is None
            or value == ""
            or (value is False and qualifier.kind != "yes_no")
        ):
            current.active = False
        else:
            vals = Answer._prepare_values(qualifier, value)
            if not current or not current._says(vals):
                Answer.create(
                    {"lead_id": self.id, "qualifier_id": qualifier.id, **vals}
                )
        self.invalidate_recordset(TOLD)
        return self.qualifier_checklist

    def action_open_qualifier_answers(self):
        """Open all answers about the lead, those that count and the earlier ones.

        :return: a window action.
        :rtype: dict
        """
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Answers"),
            "res_model": "crm.qualifier.answer",
            "view_mode": "list,form",
            "domain": [("lead_id", "=", self.id)],
            "context": {"active_test": False, "default_lead_id": self.id},
        }

    # === BUSINESS METHODS === #

    def _answers_changed(self):
        """Run the qualifiers, and what comes after them, once answers have changed."""
        if self:
            self.invalidate_recordset(TOLD)
            self._lead_evaluate({"qualifier_answer_ids"})
