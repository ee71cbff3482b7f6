# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Takes the import of a file back."""

import json

from odoo.tools import SQL

from ..crm_intake_writer import SOURCE, UNION

# Who wrote one of these has worked with the lead.
BY_PEOPLE = ("email", "comment", "sms")


class FileUndo:
    """Takes back what an import made: leads that nobody has worked with are deleted, what it
    added to other leads is taken out where it is still the same.
    """

    def __init__(self, file):
        self.env, self.file = file.env, file
        # sudo: what came in is the letterbox's, and so is what it made.
        self.items = (
            self.env["crm.intake.item"].sudo().search([("batch_id", "=", file.id)])
        )

    def run(self):
        """Take the import back.

        :return: the numbers of leads that are gone, and that stay.
        :rtype: tuple[int, int]
        """
        made = self.items.filtered(lambda item: item.state in ("done", "check")).lead_id
        joined = self.items.filtered(lambda item: item.state == "joined")
        kept = self._worked_with(made)
        self._take_out(joined.filtered(lambda item: item.lead_id not in made))
        gone = made - kept
        self._forget()
        gone.unlink()
        return len(gone), len(kept)

    def _worked_with(self, leads):
        """Return the leads with which people have worked since they came in."""
        # sudo: whatever was said and done with the leads.
        messages = self.env["mail.message"].sudo()
        found = messages._read_group(
            [
                ("model", "=", "crm.lead"),
                ("res_id", "in", leads.ids),
                ("message_type", "in", BY_PEOPLE),
            ],
            ["res_id"],
        )
        ids = {lead_id for (lead_id,) in found}
        # sudo: as above
        touches = self.env["crm.touchpoint"].sudo()
        ours = {str(item_id) for item_id in self.items.ids}
        others = touches.search([("lead_id", "in", leads.ids)]).filtered(
            lambda touch: touch.source != SOURCE or touch.external_ref not in ours
        )
        ids.update(others.lead_id.ids)
        # sudo: as above
        activities = self.env["mail.activity"].sudo().with_context(active_test=False)
        done = activities.search(
            [("res_model", "=", "crm.lead"), ("res_id", "in", leads.ids)]
        )
        ids.update(done.mapped("res_id"))
        return leads.filtered(
            lambda lead: (
                lead.id in ids
                or not lead._lead_is_open()
                or lead.write_uid.id not in (lead.create_uid.id, self.env.uid, 1)
            )
        )

    def _take_out(self, items):
        """Take what was added to leads out again, where it is still as it was added."""
        for item in items:
            lead, vals = item.lead_id, {}
            for name, value in (item.filled or {}).items():
                if name in UNION:
                    vals[name] = [(3, record_id) for record_id in value]
                elif self._now(lead, name) == value:
                    vals[name] = False
            if vals and lead:
                lead.write(vals)
        # sudo: what never was is no part of the story.
        touches = self.env["crm.touchpoint"].sudo()
        refs = [str(item_id) for item_id in items.ids]
        touches.search(
            [("source", "=", SOURCE), ("external_ref", "in", refs)]
        )._withdraw()

    def _now(self, lead, name):
        """Return a value of a lead as it was noted when it was filled in."""
        value = lead._fields[name].convert_to_read(lead[name], lead, False)
        return json.loads(json.dumps(value, default=str))

    def _forget(self):
        """Have the rows of the file no number any more: it can be imported again."""
        self.items.flush_recordset()
        self.env.cr.execute(
            SQL(
                "UPDATE crm_intake_item SET state = 'ignored', reason_code = 'undone',"
                " reason_facts = NULL, external_ref = NULL, next_try_on = NULL,"
                " lead_id = NULL, digest = digest || ':undone'"
                " WHERE id = ANY(%s)",
                self.items.ids,
            )
        )
        self.items.invalidate_recordset(flush=False)
