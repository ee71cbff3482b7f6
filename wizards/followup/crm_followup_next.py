# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...const import FOLLOWUP_CHANNELS
from ...models.common.moments import check_end
from ...models.followup.keeping.crm_lead_followup import CARE_OUTCOMES

# A step that was done so short a time ago is what the note is about.
JUST_NOW = timedelta(minutes=15)


class CrmFollowupNext(models.TransientModel):
    """Asks what came of a contact, and what is next: the proposed step is filled in.

    *What came of it* goes to the step that was done, *What to ask* into the next one. Who
    changes nothing leaves the next step to the forgetting curve.
    """

    _name = "crm.followup.next"
    _description = "What next?"

    lead_id = fields.Many2one(
        "crm.lead", required=True, readonly=True, ondelete="cascade"
    )
    done_id = fields.Many2one("crm.lead.followup", readonly=True)
    step_id = fields.Many2one("crm.lead.followup", readonly=True)
    why = fields.Char(readonly=True)
    notes = fields.Char(readonly=True, export_string_translation=False)
    is_care = fields.Boolean(readonly=True, export_string_translation=False)
    care_outcome = fields.Selection(
        CARE_OUTCOMES,
        string="Is Everything All Right",
        help="Content: somebody asks for a recommendation. A problem: the leader of the team"
        " is told. Wants more: a new lead is opened.",
    )
    note_after = fields.Text(string="What Came of It")
    note_before = fields.Text(string="What to Ask Next Time")
    summary = fields.Char(string="Next Step", required=True)
    channel = fields.Selection(FOLLOWUP_CHANNELS, required=True, default="call")
    due_on = fields.Datetime(string="Until", required=True)
    user_id = fields.Many2one(
        "res.users",
        string="By Whom",
        required=True,
        domain="[('share', '=', False)]",
    )

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        lead = self.env["crm.lead"].browse(values.get("lead_id"))
        if not lead:
            return values
        lead.check_access("read")
        now = self._now()
        row = self._next_of(lead)
        done = self.env["crm.lead.followup"].search(
            [
                ("lead_id", "=", lead.id),
                ("state", "in", ("done", "late")),
                ("write_date", ">=", now - JUST_NOW),
            ],
            order="done_on desc, id desc",
            limit=1,
        )
        company = self.env["res.company"]._crm_of_lead(lead)
        proposed = {
            "done_id": done.id,
            "is_care": bool(done) and lead.won_status == "won",
            "note_after": values.get("note_after") or done.note_after,
            "notes": company.lead_followup_notes or "ask",
            "user_id": lead.user_id.id or self.env.uid,
            "due_on": (now + timedelta(days=1)).replace(second=0),
            "channel": "call",
            "summary": self.env._("Keep in touch"),
        }
        if row:
            agenda = self.env["crm.lead.agenda"]
            proposed |= {
                "step_id": row["followup_id"],
                "why": agenda._why(row, lead, row["due_on"]),
                "user_id": row["user_id"] or proposed["user_id"],
                "due_on": row["due_on"],
                "channel": row["channel"] or "call",
                "summary": agenda._what(row),
            }
        return {**values, **{k: v for k, v in proposed.items() if k in fields}}

    @api.model
    def _next_of(self, lead):
        """Return what is next with a lead, but for saying what came of a meeting.

        That is what this window is for.

        :return: the columns of effective.py by name, or None.
        """
        row = lead._followup_next().get(lead.id)
        if not row or row["duty"] != "tell":
            return row
        step = self.env["crm.lead.followup"].search(
            [
                ("lead_id", "=", lead.id),
                ("state", "=", "planned"),
                ("duty", "!=", "tell"),
            ],
            order="due_on, id",
            limit=1,
        )
        names = ("duty", "kind", "due_on", "channel", "purpose", "summary")
        return step and {
            **{name: step[name] for name in names},
            "source": "ledger",
            "followup_id": step.id,
            "user_id": (step.acting_user_id or step.user_id).id,
        }

    @api.model
    def _now(self):
        return fields.Datetime.now()

    # === ACTIONS === #

    def action_plan(self):
        """Keep the notes, and plan the step as it stands here.

        :return: the action that closes the dialog.
        :rtype: dict
        :raise UserError: where the end has passed, or a note is missing that is wanted.
        """
        self.ensure_one()
        self.lead_id.check_access("write")
        check_end(self.env, self.due_on)
        self._keep_notes()
        # sudo: the ledger is written by engines; the user may write the lead.
        step, lead = self.step_id.sudo(), self.lead_id.sudo()  # sudo: as above
        if step.lead_id == lead and self._is_as_proposed(step):
            step.note_before = self.note_before
            step.activity_id.note = self.note_before
        else:
            self.env["crm.followup.engine"]._plan_own(
                lead,
                self.due_on,
                self.channel,
                user=self.user_id,
                duty=step.duty if step.lead_id == lead else "other",
                summary=self.summary,
                note_before=self.note_before,
                replaces=step if step.lead_id == lead else None,
            )
        return self._after_care()

    def action_leave(self):
        """Keep the notes, and leave the next step to the system.

        :return: the action that closes the dialog.
        :rtype: dict
        """
        self.ensure_one()
        self.lead_id.check_access("write")
        self._keep_notes()
        return self._after_care()

    def _is_as_proposed(self, step):
        """Tell whether nobody changed what was proposed."""
        return (
            step.state == "planned"
            and self.due_on == step.due_on
            and self.channel == (step.channel or "call")
            and self.user_id in (step.user_id, step.acting_user_id)
            and self.summary == step.display_name
        )

    def _after_care(self):
        """Note what the customer said, and have follow what follows from it.

        :return: the action that comes next: a new lead where he wants more, else nothing.
        :rtype: dict
        """
        lead = self.lead_id
        # sudo: the ledger is written by engines; the user may write the lead.
        done = self.done_id.sudo()
        said = self.care_outcome if lead.won_status == "won" else False
        if said and done.lead_id == lead:
            self._note({"care_outcome": said})
            if said == "content":
                self._ask_for_recommendation()
            elif said == "problem":
                self._tell_leader()
            else:
                return lead.action_new_from_customer()
        return {"type": "ir.actions.act_window_close"}

    def _note(self, values):
        """Write what came of the last step, at once: the ledger is read anew when planning."""
        done = self.done_id.sudo()  # sudo: as in _after_care
        done.write(values)
        done.flush_recordset()

    def _ask_for_recommendation(self):
        """Plan to ask a content customer for a recommendation, once."""
        lead = self.lead_id.sudo()  # sudo: as in _after_care
        asked = lead.followup_ids.filtered(
            lambda step: step.duty == "recommend"
            and step.state in ("planned", "done", "late")
        )
        if not asked:
            self._plan_after_care(
                "recommend", self.env._("Ask for a recommendation"), lead.user_id
            )

    def _tell_leader(self):
        """Have the leader of the team call a customer who has a problem."""
        lead = self.lead_id.sudo()  # sudo: as in _after_care
        self._plan_after_care(
            "other",
            self.env._("The customer has a problem"),
            lead.team_id.user_id or lead.user_id,
        )

    def _plan_after_care(self, duty, summary, user):
        self.env["crm.followup.engine"]._plan_own(
            self.lead_id.sudo(),  # sudo: as in _after_care
            self._now() + timedelta(days=1),
            "call",
            user=user,
            duty=duty,
            summary=summary,
            note_before=self.note_after,
        )

    def _keep_notes(self):
        """Keep what came of the last step, in the ledger and in the conversation."""
        if self.notes == "require" and not (self.note_after and self.note_before):
            raise UserError(
                self.env._("Write what came of it, and what to ask next time.")
            )
        self._tell()
        if not self.note_after:
            return
        done = self.done_id.sudo()  # sudo: the ledger is written by engines
        if done.lead_id == self.lead_id and done.note_after != self.note_after:
            self._note({"note_after": self.note_after})
        if not done:
            self.lead_id.message_post(
                body=self.note_after, subtype_xmlid="mail.mt_note"
            )

    def _tell(self):
        """End the steps that asked what came of a meeting: it was said here."""
        asked = self.env["crm.lead.followup"].sudo()  # sudo: as above
        asked = asked.search(
            [
                ("lead_id", "=", self.lead_id.id),
                ("state", "=", "planned"),
                ("duty", "=", "tell"),
            ]
        )
        if not asked:
            return
        held = self.lead_id.touchpoint_ids.filtered(lambda one: one.outcome == "held")
        last = held.sorted("occurred_on")[-1:]
        self.env["crm.followup.engine"]._done(asked, self.note_after, last)
        self.done_id = self.done_id or asked[:1]
