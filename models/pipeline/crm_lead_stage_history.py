# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import logging

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..common.batch.lead_pass import LeadPass

_logger = logging.getLogger(__name__)

BATCH = 1000
# The last lead that the running pass has read; absent between two passes.
CURSOR = "crm_lead_management.stage_history_cursor"
# One row for the first stage of each lead, one for each move that Odoo tracked.
READ = """
        WITH lead AS (
            SELECT l.id, l.create_date, l.create_uid, l.stage_id,
                   (SELECT min(g.create_date) FROM crm_lead_stage_log AS g
                     WHERE g.lead_id = l.id AND g.is_merged IS NOT TRUE) AS known_from
              FROM crm_lead AS l
             WHERE l.id = ANY(%(leads)s)
               AND NOT EXISTS (
                   SELECT FROM crm_lead_stage_log AS g
                    WHERE g.lead_id = l.id AND g.is_merged IS NOT TRUE
                      AND g.from_stage_id IS NULL AND g.from_name IS NULL)
        ), tracked AS (
            SELECT lead.id AS lead_id, v.id, v.create_date AS date, v.create_uid AS uid,
                   v.old_value_integer AS from_id, v.old_value_char AS from_name,
                   v.new_value_integer AS to_id, v.new_value_char AS to_name
              FROM lead
              JOIN mail_message AS m ON m.model = 'crm.lead' AND m.res_id = lead.id
              JOIN mail_tracking_value AS v ON v.mail_message_id = m.id
             WHERE v.field_id = %(field)s
               AND (lead.known_from IS NULL OR v.create_date < lead.known_from)
        ), first_known AS (
            SELECT DISTINCT ON (g.lead_id) g.lead_id, g.from_stage_id, g.from_name
              FROM crm_lead_stage_log AS g JOIN lead ON lead.id = g.lead_id
             WHERE g.is_merged IS NOT TRUE ORDER BY g.lead_id, g.date, g.id
        ), begun AS (
            SELECT DISTINCT ON (lead.id) lead.id AS lead_id, 0 AS id,
                   lead.create_date AS date, lead.create_uid AS uid,
                   NULL::int AS from_id, NULL::varchar AS from_name,
                   COALESCE(t.from_id, k.from_stage_id, lead.stage_id) AS to_id,
                   COALESCE(t.from_name, k.from_name) AS to_name
              FROM lead
         LEFT JOIN tracked AS t ON t.lead_id = lead.id
         LEFT JOIN first_known AS k ON k.lead_id = lead.id
          ORDER BY lead.id, t.date, t.id
        ), moves AS (
            SELECT *, LAG(date) OVER (PARTITION BY lead_id ORDER BY date, id) AS since
              FROM (SELECT * FROM begun UNION ALL SELECT * FROM tracked) AS every
        )
        INSERT INTO crm_lead_stage_log (
            lead_id, from_stage_id, to_stage_id, from_name, to_name, from_role, to_role,
            date, user_id, seconds, days, is_history,
            create_uid, create_date, write_uid, write_date)
        SELECT moves.lead_id, f.id, t.id,
               CASE WHEN f.id IS NULL THEN moves.from_name END,
               CASE WHEN t.id IS NULL THEN moves.to_name END,
               f.lead_role, t.lead_role, moves.date, u.id,
               COALESCE(stay.seconds, 0), COALESCE(stay.seconds, 0) / 86400::float8,
               TRUE, %(uid)s, now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC'
          FROM moves
     LEFT JOIN crm_stage AS f ON f.id = moves.from_id
     LEFT JOIN crm_stage AS t ON t.id = moves.to_id
     LEFT JOIN res_users AS u ON u.id = moves.uid
    CROSS JOIN LATERAL (
               SELECT GREATEST(0, EXTRACT(EPOCH FROM moves.date - moves.since))::int
                   AS seconds) AS stay
      ORDER BY moves.date, moves.id
     RETURNING lead_id
"""


class CrmLeadStageHistory(models.AbstractModel):
    """Gives leads from before this addon their stage history, from what Odoo tracked.

    **How to use.** ``_start()`` has the cron do it for all leads; ``_read(lead_ids)`` does
    it for some, in one statement. A lead is read once: whoever has its first stage on record
    already is left out, so that a pass that was killed, or a second one, does nothing twice.

    **How it works.** Odoo notes each change of the stage in the chatter
    (``mail.tracking.value``): what was before, what came, when and by whom. The first of
    them says where the lead began. Moves that our own log has seen are not read again.
    """

    _name = "crm.lead.stage.history"
    _description = "Stage history of existing leads"

    @api.model
    def _start(self):
        """Begin a pass over all leads as soon as the cron can."""
        LeadPass.begin(self.env, CURSOR)
        # sudo: the cron is the system's; who may call is checked before.
        cron = self.env.ref("crm_lead_management.ir_cron_stage_history").sudo()
        cron._crm_switch_on(now=True)

    @api.model
    def _cron_read(self):
        """Read the history of all leads, batch by batch; the cron ends itself."""
        # sudo: the history of all leads, archived ones too.
        env = self.sudo().with_context(active_test=False).env
        leads_pass = LeadPass(
            env,
            Domain.TRUE,
            lambda leads: self._read(leads.ids),
            cursor=CURSOR,
            size=BATCH,
        )
        if leads_pass.run():
            self.env["ir.cron"]._commit_progress(deactivate=True)
        _logger.info("%s stage moves read from Odoo's history", leads_pass.result)

    @api.model
    def _read(self, lead_ids):
        """Read the history of some leads.

        :param lead_ids: ids of crm.lead.
        :return: the number of rows added to the log.
        :rtype: int
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                READ,
                leads=list(lead_ids),
                field=self.env["ir.model.fields"]._get("crm.lead", "stage_id").id,
                uid=self.env.uid,
            )
        )
        leads = self.env["crm.lead"].browse({row[0] for row in rows})
        leads.invalidate_recordset(["stage_log_ids"], flush=False)
        return len(rows)
