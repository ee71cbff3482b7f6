# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import logging
import time

from odoo import api, models
from odoo.fields import Domain

from ..const import BULK

_logger = logging.getLogger(__name__)

# The last lead that the running pass has evaluated; absent between two passes.
CURSOR = "crm_lead_management.batch_cursor"
BATCH = 1000


class CrmLeadBatch(models.AbstractModel):
    """Evaluates all open leads, in batches, by cron.

    **What.** Leads that were there before the addon, and leads whose facts changed outside
    of the lead itself (their contact, the calendar, the mere passing of time), get the
    persona, qualification and grade that the set-up says.

    **How to use.** ``_start()`` asks for a pass over all open leads; the cron does the rest,
    and goes on every night until it is switched off. ``_progress()`` tells how far it is.

    **How it works.** Leads are taken by ascending id, 1,000 at a time; each batch is
    committed together with the id that it reached. A pass that was killed goes on where it
    was; a lead evaluated twice ends up the same. Nothing is routed.
    """

    _name = "crm.lead.batch"
    _description = "Batch evaluation of leads"

    @api.model
    def _domain(self):
        """Return which leads are evaluated: the open ones.

        :rtype: Domain
        """
        return Domain("won_status", "=", "pending")

    @api.model
    def _start(self):
        """Begin a new pass as soon as the cron can, and have one every night from now on."""
        # sudo: the cron and its position belong to the system; callers are checked by
        # the wizard and the settings that offer the button, both for sales managers.
        self.env["ir.config_parameter"].sudo().set_param(CURSOR, "0")
        cron = self._cron().sudo()
        cron.active = True
        cron._trigger()

    @api.model
    def _stop(self):
        """Switch the nightly evaluation off."""
        # sudo: see _start().
        self._cron().sudo().active = False

    @api.model
    def _cron(self):
        return self.env.ref("crm_lead_management.ir_cron_evaluate_leads")

    @api.model
    def _progress(self):
        """Tell how far the running pass is.

        :return: number of leads still to do in this pass, number of open leads.
        :rtype: tuple[int, int]
        """
        # sudo: counts only, for whoever may open the set-up.
        leads = self.env["crm.lead"].sudo().with_context(active_test=True)
        total = leads.search_count(self._domain())
        # sudo: the position of the pass is a system parameter.
        cursor = self.env["ir.config_parameter"].sudo().get_param(CURSOR)
        if (
            cursor is False or not self._cron().sudo().active
        ):  # sudo: crons are the system's
            return 0, total
        return leads.search_count(
            self._domain() & Domain("id", ">", int(cursor))
        ), total

    @api.model
    def _cron_evaluate(self):
        """Evaluate all open leads, batch by batch, from where the last run stopped."""
        params = self.env["ir.config_parameter"].sudo()  # sudo: the pass's own position
        # sudo: all leads of all companies, each by the rules of its own company.
        leads = self.env["crm.lead"].sudo()
        started, done = time.monotonic(), 0
        cursor = int(params.get_param(CURSOR, 0))
        remaining = leads.search_count(self._domain() & Domain("id", ">", cursor))
        self.env["ir.cron"]._commit_progress(remaining=remaining)
        while batch := leads.search(
            self._domain() & Domain("id", ">", cursor), order="id", limit=BATCH
        ):
            batch.with_context(**{BULK: True})._lead_evaluate(None)
            cursor, done = batch.ids[-1], done + len(batch)
            params.set_param(CURSOR, str(cursor))
            self.env.invalidate_all()  # memory stays flat, however many leads there are
            if not self.env["ir.cron"]._commit_progress(len(batch)):
                break
        else:
            params.search([("key", "=", CURSOR)]).unlink()
        _logger.info(
            "%s leads evaluated in %.1f s, up to id %s",
            done,
            time.monotonic() - started,
            cursor,
        )
