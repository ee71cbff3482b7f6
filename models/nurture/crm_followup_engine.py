# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models
from odoo.tools import SQL

# The columns of followup/keeping/effective.py. Nobody has to do it: it goes by itself.
NEXT = """
    SELECT 'track', one.id, one.lead_id, NULL::int, 'other', one.next_on,
           CASE WHEN step.kind = 'message' AND step.channel <> 'best' THEN step.channel END, NULL,
           concat_ws(': ', COALESCE(track.name->>%(lang)s, track.name->>'en_US'),
                     COALESCE(template.name->>%(lang)s, template.name->>'en_US',
                              step.name->>%(lang)s, step.name->>'en_US')),
           NULL::int, NULL::int, 'track'
      FROM crm_nurture_enrollment AS one
      JOIN crm_nurture_track AS track ON track.id = one.track_id AND track.state = 'live'
      JOIN crm_lead AS lead ON lead.id = one.lead_id AND lead.active
      JOIN crm_nurture_step AS step ON step.id = one.step_id
 LEFT JOIN crm_message_template AS template ON template.id = step.template_id
     WHERE one.state IN ('active', 'paused') AND one.next_on IS NOT NULL AND %(which)s
"""
# The leads with which a track keeps in touch.
MUTING = """(SELECT DISTINCT lead_id FROM crm_nurture_enrollment
              WHERE state IN ('active', 'paused'))"""


class CrmFollowupEngine(models.AbstractModel):
    """The next step of a lead in a track is the track's; the curve keeps quiet meanwhile."""

    _inherit = "crm.followup.engine"

    @api.model
    def _more_steps(self, lead_ids):
        parts = super()._more_steps(lead_ids)
        if not self.env["crm.nurture.track"]._running():
            return parts
        for name in ("track", "step", "enrollment"):
            self.env[f"crm.nurture.{name}"].flush_model()
        which = (
            SQL("one.lead_id = ANY(%s)", lead_ids)
            if lead_ids is not None
            else SQL("TRUE")
        )
        return [*parts, SQL(NEXT, which=which, lang=self.env.lang or "en_US")]

    @api.model
    def _muted(self, leads):
        muted = super()._muted(leads)
        if not self.env["crm.nurture.track"]._running():
            return muted
        # sudo: enrollments of all leads, whoever may see them.
        going = (
            self.env["crm.nurture.enrollment"]
            .sudo()
            .search(
                [("lead_id", "in", leads.ids), ("state", "in", ("active", "paused"))]
            )
        )
        return muted | set(going.lead_id.ids)

    @api.model
    def _muted_sqls(self, query):
        muted = super()._muted_sqls(query)
        if not self.env["crm.nurture.track"]._running():
            return muted
        self.env["crm.nurture.enrollment"].flush_model(["lead_id", "state"])
        of_lead = SQL("muting.lead_id = crm_lead.id")
        query.add_join("LEFT JOIN", "muting", SQL(MUTING), of_lead)
        return [*muted, SQL("muting.lead_id IS NOT NULL")]
