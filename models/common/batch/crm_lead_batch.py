# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models
from odoo.fields import Domain

from ..context import BULK
from .lead_pass import LeadPass

# The last lead that the running pass has evaluated; absent between two passes.
CURSOR = "crm_lead_management.batch_cursor"
# How many leads a change of the set-up has left behind since the last pass; absent: none.
LEFT = "crm_lead_management.batch_left"
BATCH = 1000
# What a slow machine does, to tell people how long it takes.
LEADS_A_MINUTE = 20000
# Leads that follow a change of the set-up at once; who has more is told when they follow.
AT_ONCE = 1000


class CrmLeadBatch(models.AbstractModel):
    """Evaluates all open leads, in batches, by cron.

    **What.** Leads that were there before the addon, and leads whose facts changed outside
    of the lead itself (their contact, the calendar, the mere passing of time), get the
    persona, qualification and grade that the set-up says.

    **How to use.** ``_start()`` asks for a pass over all open leads; the cron does the rest,
    and goes on every night until it is switched off. ``_progress()`` tells how far it is.

    **How it works.** See ``LeadPass``; 1,000 leads at a time. A lead evaluated twice ends up
    the same. Nobody's lead is routed, but where a rule also takes leads that change.
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
        LeadPass.begin(self.env, CURSOR)
        # sudo: a number of the system's; see below who may ask for a pass.
        self.env["ir.config_parameter"].sudo().set_param(LEFT, False)
        # sudo: the cron belongs to the system; callers are checked by the wizard and the
        # settings that offer the button, both for sales managers.
        self._cron().sudo()._crm_switch_on(now=True)

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
        # sudo: crons are the system's.
        if not self._cron().sudo().active:
            return 0, total
        return LeadPass.remaining(leads.env, self._domain(), CURSOR), total

    @api.model
    def _left_behind(self):
        """Return how many leads keep what they had before the set-up was changed.

        Nothing makes them follow but a change of their own, or a pass that somebody starts.
        """
        # sudo: a number, for whoever may open the set-up.
        return int(self.env["ir.config_parameter"].sudo().get_param(LEFT) or 0)

    @api.model
    def _follow(self, leads, follow):
        """Have leads follow a change of the set-up: so many at once, the others later.

        Where the nightly evaluation is on, it begins in the background now. Else who changed
        the set-up is told how many leads are left, and what makes them follow.

        :param leads: crm.lead records, those that matter most first.
        :param follow: called with those that follow at once.
        """
        follow(leads[:AT_ONCE])
        left = len(leads) - AT_ONCE
        if left <= 0:
            return
        # sudo: whether it is on, for whoever may change the set-up.
        if self._cron().sudo().active:
            self._start()
            text = self.env._("%s more leads follow in the background.", left)
        else:
            self._note_left(left)
            text = self.env._(
                '%s more leads keep what they have until they change, or until "Grade existing'
                ' leads" is pressed in the set-up assistant.',
                left,
            )
        self.env.user._bus_send(
            "simple_notification",
            {"type": "warning", "sticky": True, "message": text},
        )

    @api.model
    def _note_left(self, left):
        """Note how many leads keep what they had; of several changes the most."""
        LeadPass.put(self.env, LEFT, max(left, self._left_behind()))

    @api.model
    def _leave_behind(self):
        """Have all open leads follow a change of the set-up, or note that they do not yet.

        Where the nightly evaluation is on, a pass begins in the background, once for all changes
        that come before it does. Else nobody's leads are touched unasked.
        """
        if not self.env.registry.ready:
            return  # set-up that is installed: nothing has been evaluated by another one
        # sudo: whether it is on, for whoever may change the set-up.
        if self._cron().sudo().active:
            if LeadPass.position(self.env, CURSOR) != 0:
                self._start()
            return
        # sudo: a number, see _left_behind().
        leads = self.env["crm.lead"].sudo().with_context(active_test=True)
        left = leads.search_count(self._domain())
        if left > self._left_behind():
            self._note_left(left)

    @api.model
    def _waiting(self):
        """Return how many leads are about to be evaluated in the background."""
        return self._progress()[0]

    @api.model
    def _waiting_text(self):
        """Say how many leads have not followed the set-up yet, and until when, or ''."""
        left = self._waiting()
        if left:
            return self.env._(
                "%(left)s leads still wait for the new set-up, about %(minutes)s minutes.",
                left=left,
                minutes=-(-left // LEADS_A_MINUTE),
            )
        behind = self._left_behind()
        if behind:
            return self.env._(
                "At least %s leads keep what they had before the set-up was changed, until"
                ' "Grade existing leads" is pressed in the set-up assistant.',
                behind,
            )
        return ""

    @api.model
    def _cron_evaluate(self):
        """Evaluate all open leads, batch by batch, from where the last run stopped."""

        def evaluate(leads):
            leads.with_context(**BULK.on())._lead_evaluate(None)

        # sudo: all leads of all companies, each by the rules of its own company.
        env = self.sudo().env
        leads_pass = LeadPass(env, self._domain(), evaluate, cursor=CURSOR, size=BATCH)
        if leads_pass.run() and self._left_behind():
            # sudo: see _start().
            self.env["ir.config_parameter"].sudo().set_param(LEFT, False)
