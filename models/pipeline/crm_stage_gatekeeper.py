# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models

# How many leads a message names; the others are counted.
SHOWN = 5


class CrmStageGatekeeper(models.AbstractModel):
    """Looks at leads that are about to move, and says what their new stage demands.

    **How to use.** ``_forward(leads, stages, stage_id)`` leaves out those that move back;
    ``_missing(leads, stage_id)`` tells what each lead lacks, in one query;
    ``_message(missing, stage_id, total)`` says it in words, for whoever moved them.

    **How it works.** The demands of a stage are rules (``crm.stage.gate``), kept in memory
    and answered by the database in one pass. Only a message costs more: it is written for
    the first few leads only.
    """

    _name = "crm.stage.gatekeeper"
    _description = "Gatekeeper of the stages"

    @api.model
    def _missing(self, leads, stage_id, stages=None):
        """Tell which demands of a stage, and of those jumped over, leads do not meet.

        :param leads: crm.lead records.
        :param int stage_id: the crm.stage that they are to enter.
        :param dict stages: id of the stage that they leave, by lead id; None: where they are.
        :return: ids of crm.stage.gate by lead id; who meets all is left out.
        :rtype: dict[int, list[int]]
        """
        Gate = self.env["crm.stage.gate"]
        stages = stages or {lead.id: lead.stage_id.id for lead in leads}
        rows = self.env["crm.stage"]._rows()
        asked = {}
        for lead in leads:
            first_id = stages.get(lead.id)
            for row in Gate._rows_on_the_way(first_id, stage_id):
                team_ids = rows[row.values["stage_id"]].team_ids
                # A stage of other teams is not on the way of this lead.
                if (
                    row.values["stage_id"] == stage_id
                    or not team_ids
                    or (lead.team_id.id in team_ids)
                ):
                    asked.setdefault(lead.id, {})[row.id] = row
        every = {row.id: row for mine in asked.values() for row in mine.values()}
        missing = Gate._failing(leads, tuple(every.values()))
        return {
            lead_id: mine
            for lead_id, ids in missing.items()
            if (mine := [one for one in ids if one in asked.get(lead_id, ())])
        }

    @api.model
    def _forward(self, leads, stages, stage_id):
        """Return the leads that a move takes forward; moving back is possible everywhere.

        :param leads: crm.lead records.
        :param dict stages: id of the stage that they leave, by lead id.
        :param int stage_id: the crm.stage that they are to enter.
        """
        rows = self.env["crm.stage"]._rows()
        place = {
            row.id: -1 if row.role == "unqualified" else number
            for number, row in enumerate(rows.values())
        }
        target = place.get(stage_id, -1)
        return leads.filtered(lambda lead: place.get(stages[lead.id], -1) < target)

    @api.model
    def _may_override(self):
        """Tell whether the user may move leads although something is missing."""
        return self.env.user.has_group("sales_team.group_sale_manager")

    @api.model
    def _asks(self, missing):
        """Tell whether one of the demands that are not met is the qualification."""
        ids = {gate_id for mine in missing.values() for gate_id in mine}
        # sudo: the kinds of the demands, which hold for every lead and user.
        gates = self.env["crm.stage.gate"].sudo().browse(ids)
        return "qualification" in gates.mapped("kind")

    @api.model
    def _message(self, missing, stage_id, total):
        """Say what is missing, in the language of the user.

        :param dict missing: as :meth:`_missing` returns it; not empty.
        :param int stage_id: the crm.stage that the leads were to enter.
        :param int total: how many leads were to move.
        :rtype: str
        """
        stage = self.env["crm.stage"].browse(stage_id).name
        leads = self.env["crm.lead"].browse(missing)
        shown = leads[:SHOWN]
        texts = self._texts(shown, missing)
        if len(leads) == 1:
            head = self.env._(
                '"%(lead)s" cannot move to %(stage)s yet:', lead=leads.name, stage=stage
            )
            lines = [f"• {text}" for text in texts[leads.id]]
        else:
            head = self.env._(
                "%(count)s of %(total)s leads cannot move to %(stage)s yet, so none was moved:",
                count=len(leads),
                total=total,
                stage=stage,
            )
            lines = [f"• {lead.name}: {' '.join(texts[lead.id])}" for lead in shown]
            if len(leads) > SHOWN:
                lines.append(self.env._("• and %s more", len(leads) - SHOWN))
        if self._may_override():
            lines.append("")
            lines.append(
                self.env._(
                    'As a manager you may move them nevertheless: "Move with a Reason" in the'
                    " Actions menu of the lead or the list."
                )
            )
        return "\n".join([head, *lines])

    @api.model
    def _texts(self, leads, missing):
        """Say for each lead what is missing.

        :return: sentences by lead id.
        :rtype: dict[int, list[str]]
        """
        ids = {gate_id for lead in leads for gate_id in missing[lead.id]}
        # sudo: the words of the demands, which hold for every lead and user.
        gates = {
            gate.id: gate for gate in self.env["crm.stage.gate"].sudo().browse(ids)
        }
        marks = {}
        if any(gate.kind == "qualification" for gate in gates.values()):
            marks = self.env["crm.qualifier.engine"]._marks(leads)
        return {
            lead.id: [
                self._text(lead, gates[gate_id], marks.get(lead.id, {}))
                for gate_id in missing[lead.id]
            ]
            for lead in leads
        }

    @api.model
    def _text(self, lead, gate, marks):
        """Say in a sentence what one lead lacks for one demand."""
        if gate.kind == "fact":
            text = self.env._("Fill in: %s.", self._fact_label(gate))
        elif gate.kind == "contact":
            text = self.env._(
                "Nobody talked to the lead yet. Log the call or the message, or write down"
                ' what the lead asks for ("Request Note", page Facts).'
            )
        elif gate.kind == "qualification":
            text = self._qualification_text(lead, marks)
        elif gate.kind == "grade":
            text = self.env._(
                "The grade is %(grade)s; it must be at least %(wanted)s.",
                grade=lead.lead_grade,
                wanted=gate.grade_min,
            )
        elif gate.kind == "activity":
            text = self.env._('No "%s" was done yet.', gate.activity_type_id.name)
        else:
            text = self.env._("Not met: %s.", gate.name)
        return f"{text} {gate.hint}" if gate.hint else text

    @api.model
    def _fact_label(self, gate):
        """Return the label of the fact that is missing, as the form shows it."""
        field = self.env["crm.lead"]._fields.get(gate.field_name)
        return field._description_string(self.env) if field else gate.name

    @api.model
    def _qualification_text(self, lead, marks):
        """Say which qualifiers are open, and which failed."""
        # sudo: the names of the questions, which everybody reads on the checklist.
        qualifiers = self.env["crm.qualifier"].sudo().browse(marks).sorted()
        failed = [q.name for q in qualifiers if marks[q.id] == "fail"]
        opened = [
            q.name
            for q in qualifiers
            if marks[q.id] == "open" and q.importance == "required"
        ]
        texts = []
        if failed:
            texts.append(self.env._("Qualifiers that failed: %s.", ", ".join(failed)))
        if opened:
            texts.append(
                self.env._(
                    "Qualifiers still open: %s. Answer them on the page Checklist.",
                    ", ".join(opened),
                )
            )
        return " ".join(texts) or self.env._("The qualification is not passed.")
