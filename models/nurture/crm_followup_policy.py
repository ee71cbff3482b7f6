# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models

# Whom a policy has given up to reach, and who has to decide; those in no track yet.
GIVEN_UP = """
    SELECT DISTINCT step.lead_id FROM crm_lead_followup AS step
     WHERE step.state = 'planned' AND step.duty = 'decide' AND step.policy_id = %s
       AND step.lead_id > %s
       AND NOT EXISTS (SELECT FROM crm_nurture_enrollment AS one
                        WHERE one.lead_id = step.lead_id AND one.track_id = %s)
  ORDER BY step.lead_id LIMIT %s
"""


class CrmFollowupPolicy(models.Model):
    """Leads that nobody reaches go into a track."""

    _inherit = "crm.followup.policy"

    then_action = fields.Selection(
        selection_add=[("track", "Put the lead into a track")],
        ondelete={"track": "set default"},
    )
    then_track_id = fields.Many2one(
        "crm.nurture.track",
        string="Into the Track",
        index="btree_not_null",
        ondelete="set null",
        help="Who may not enter it stays with the owner, who decides.",
    )

    @api.model
    def _rule_columns(self):
        return [*super()._rule_columns(), "then_track_id"]

    @api.model
    def _tracks_of_the_unreached(self):
        """Return the policies that put leads into a track, with its id.

        :rtype: list[tuple[int, int]]
        """
        return [
            (row.id, row.values["then_track_id"])
            for row in self._rule_rows()
            if row.values["then_action"] == "track" and row.values["then_track_id"]
        ]
