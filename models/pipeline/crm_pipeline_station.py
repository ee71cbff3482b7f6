# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models

from ...exceptions import StageGateError
from ...tools.contact import SPOKEN
from ..common.context import BULK, OVERRIDE, REASON
from ..common.crm_lead_station import ALWAYS, NEVER
from ..common.rights import skips

LOST = {"active": False, "probability": 0, "automated_probability": 0}
# What is written where Odoo may say that a lead was closed today that was closed before.
CLOSING = ("active", "probability")
# Of won leads that are about to be archived: when they were closed, by id.
CLOSED_ON = "_closed_on"


class CrmPipelineStation(models.AbstractModel):
    """Where a lead stands: what a stage demands, what a move does, and its record."""

    _name = "crm.pipeline.station"
    _inherit = ["crm.lead.station"]
    _description = "Station of leads: pipeline"

    @api.model
    def _cares(self):
        return {
            "_before_create": {"stage_id"},
            "_before_write": {"stage_id", *CLOSING},
            "_after_write": {"_gate", CLOSED_ON},
            "_on_touched": {"out", *SPOKEN},
            "_on_graded": ALWAYS if self._stage_by_grade() else NEVER,
        }

    # === EVENTS === #

    @api.model
    def _before_create(self, vals_list, state):
        unqualified = self.env["crm.stage"]._ids_of_roles("unqualified")
        for vals in vals_list:
            stage_id = vals.get("stage_id", self.env.context.get("default_stage_id"))
            if stage_id in unqualified:
                self._lose_unqualified(vals)

    @api.model
    def _before_write(self, leads, vals, state):
        if "stage_id" in vals:
            self._before_move(leads, vals, state)
        else:
            self._before_close(leads, vals, state)

    @api.model
    def _before_move(self, leads, vals, state):
        """Check what a stage demands of leads that are about to move there, and note it."""
        stages = {lead.id: lead.stage_id.id or None for lead in leads}
        target = vals["stage_id"] or None
        moving = leads.filtered(lambda lead: stages[lead.id] != target)
        if not moving:
            return
        forward = self.env["crm.stage.gatekeeper"]._forward(moving, stages, target)
        missing = self._check_gate(forward, target, len(vals) == 1, stages)
        if missing:
            state["_gate"], state["_left"] = missing, stages
        self._record_move(moving, vals, stages, missing)
        state["_recorded"] = dict.fromkeys(moving.ids, target)

    @api.model
    def _on_moved(self, leads, moves, state):
        Log = self.env["crm.lead.stage.log"]
        if not any(former for former, _new in moves.values()):
            new = leads.filtered(lambda lead: moves[lead.id][0] is None)
            if not state.get("_recorded"):
                Log._record_first(new)
                return
        recorded = state.get("_recorded", {})
        Log._record(
            [
                (lead_id, recorded.get(lead_id, former), new)
                for lead_id, (former, new) in moves.items()
                if recorded.get(lead_id, former) != new
            ]
        )

    @api.model
    def _after_create(self, leads, state):
        # What stages demand of leads that a person has just created in them.
        if self.env.su or skips(self.env) or self.env.context.get("import_file"):
            return
        for stage, group in leads.filtered("active").grouped("stage_id").items():
            if stage.lead_role and stage.lead_role != "unqualified":
                self._check_gate(group, stage.id, True, dict.fromkeys(group.ids))

    @api.model
    def _after_write(self, leads, state):
        if state.get(CLOSED_ON):
            self._after_close(leads, state[CLOSED_ON])
        if state.get("_gate"):
            # What was missing may have been written together with the stage.
            behind = leads.browse(state["_gate"])
            self._check_gate(behind, leads.stage_id[:1].id, True, state["_left"])

    @api.model
    def _on_touched(self, leads, touchpoints):
        talked = touchpoints.filtered("is_answer")
        self.env["crm.pipeline.mover"]._contacted(talked.lead_id & leads)

    @api.model
    def _stage_by_grade(self):
        return self.env["res.company"]._crm_stage_by_grade()

    @api.model
    def _on_graded(self, leads, grades, setup):
        # Passes over many leads move nothing: nobody asked for a thousand moves.
        marks = self._stage_by_grade()
        if not marks or BULK.of(self.env):
            return
        Company = self.env["res.company"]
        reached = leads.filtered(
            lambda lead: grades[lead.id] >= marks.get(Company._crm_of_lead(lead).id, 6)
        )
        self.env["crm.pipeline.mover"]._graded(reached)

    @api.model
    def _on_unfit(self, leads, reason):
        self.env["crm.pipeline.mover"]._unqualify(leads, reason)

    @api.model
    def _on_merged(self, lead, others):
        self.env["crm.lead.stage.log"]._move_to(lead, others)

    # === WHEN THEY WERE CLOSED === #

    @api.model
    def _before_close(self, leads, vals, state):
        """Keep in mind when won leads were closed; note that archived ones are lost now.

        Odoo writes today's date on whatever is archived, so that a lead that was won long ago
        would be won once more, today; and leaves that of one that was archived, and is lost
        only afterwards.
        """
        # sudo: what the leads are, whoever may write them.
        leads = leads.sudo()
        if not vals.get("active", True):
            won = leads.filtered(lambda lead: lead.won_status == "won")
            if won:
                state[CLOSED_ON] = {lead.id: lead.date_closed for lead in won}
        elif not vals.get("probability", True) and "active" not in vals:
            if not any(lead.active or lead.won_status == "lost" for lead in leads):
                vals["date_closed"] = fields.Datetime.now()

    @api.model
    def _after_close(self, leads, closed_on):
        """Give leads that are still won their day back: no statement for any number of them.

        :param dict closed_on: when they were closed, by id.
        """
        # sudo: as above
        leads, field = leads.sudo(), leads._fields["date_closed"]
        won = leads.filtered(
            lambda lead: lead.id in closed_on and lead.won_status == "won"
        )
        for moment, group in won.grouped(lambda lead: closed_on[lead.id]).items():
            if moment:
                field.write(group, moment)
        won.modified(["date_closed"])

    # === MOVES === #

    @api.model
    def _check_gate(self, leads, stage_id, is_final, stages):
        """Check what a stage demands of leads that are to move there.

        What the system does by itself is not held up, and a manager may give a reason to
        move leads nevertheless.

        :param stage_id: id of the new stage.
        :param bool is_final: refuse now; otherwise there are other values still to write.
        :param dict stages: id of the stage that they leave, by lead id; None where new.
        :return: ids of the leads that lack something.
        :rtype: list[int]
        :raise StageGateError: says what is missing, for all leads at once.
        """
        if self.env.su or not leads:
            return []
        keeper = self.env["crm.stage.gatekeeper"]
        missing = keeper._missing(leads, stage_id, stages)
        if missing and is_final and not self._override_reason():
            raise StageGateError(
                keeper._message(missing, stage_id, len(leads)),
                leads.ids,
                stage_id,
                keeper._may_override(),
                asks=len(missing) == 1 and keeper._asks(missing),
            )
        return list(missing)

    @api.model
    def _override_reason(self):
        """Return why leads are moved nevertheless, if the user is one who may say so."""
        reason = OVERRIDE.of(self.env)
        return reason if self.env["crm.stage.gatekeeper"]._may_override() else None

    @api.model
    def _record_move(self, leads, vals, stages, missing):
        """Prepare the move of leads to another stage, and record it.

        It is recorded now, not afterwards: Odoo updates its predictive statistics while it
        writes, and these read where an unqualified lead stood before.

        :param dict vals: what will be written; gets more values for Unqualified.
        :param dict stages: current stage id by lead id.
        :param missing: ids of the leads that lack what the stage demands.
        """
        target = vals["stage_id"] or None
        unqualified = self.env["crm.stage"]._ids_of_roles("unqualified")
        if target in unqualified:
            self._lose_unqualified(vals)
        else:
            leads.filtered(lambda lead: stages[lead.id] in unqualified)._revive()
        reason = self._override_reason()
        self.env["crm.lead.stage.log"]._record(
            [(lead.id, stages[lead.id], target) for lead in leads],
            overrides=missing if reason else None,
            reason=reason or REASON.of(self.env),
        )

    @api.model
    def _lose_unqualified(self, vals):
        """Add to ``vals`` what makes a lead in Unqualified a lost one, with a reason."""
        vals.update(LOST)
        reason = self.env.ref(
            "crm_lead_management.crm_lost_reason_unqualified", raise_if_not_found=False
        )
        vals.setdefault("lost_reason_id", reason.id if reason else False)
