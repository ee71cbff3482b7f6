# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

# Clocks of servers differ; what is looked through twice is recorded once.
OVERLAP = timedelta(minutes=10)


class CrmTouchpointCursor(models.Model):
    """How far events of a kind have been looked through; see ``Collector``.

    A row of the database bears the time at which its transaction began, and is seen when
    that ends, maybe much later. So a run that is through does not say "up to now", but "up
    to the beginning of the oldest transaction that was open when the run before began":
    all that had begun earlier had ended then, and was seen this time.
    """

    _name = "crm.touchpoint.cursor"
    _description = "Cursor of collected touchpoints"
    _rec_name = "kind"

    kind = fields.Char(required=True, readonly=True, export_string_translation=False)
    seen_until = fields.Datetime(
        required=True, readonly=True, export_string_translation=False
    )
    next_until = fields.Datetime(
        required=True, readonly=True, export_string_translation=False
    )

    _kind_uniq = models.Constraint("UNIQUE (kind)", "One cursor per kind of event.")

    @api.model
    def _of(self, kind, beginning):
        """Return the cursor of a kind, which begins where nothing was looked through yet.

        :param datetime beginning: in UTC.
        """
        # sudo: only the scheduled action reads and writes cursors.
        cursors = self.sudo()
        return cursors.search([("kind", "=", kind)]) or cursors.create(
            {"kind": kind, "seen_until": beginning, "next_until": beginning}
        )

    def _advance(self, now):
        """Note that everything was looked through, in the transaction that recorded it."""
        self.ensure_one()
        oldest = self._oldest_open(now) - OVERLAP
        # A clock that was ahead puts nothing out of sight.
        self.write({"seen_until": min(self.next_until, oldest), "next_until": oldest})

    @api.model
    def _oldest_open(self, now):
        """Return when the oldest open transaction of the database began; at most now."""
        rows = self.env.execute_query(
            SQL(
                "SELECT min(xact_start) AT TIME ZONE 'UTC' FROM pg_stat_activity"
                " WHERE datname = current_database()"
            )
        )
        return min(rows[0][0] or now, now).replace(microsecond=0)
