# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models
from odoo.tools import html_escape

from ..common.context import REASON

EARLY = ("open", "contacted", "nurturing", "qualified")
OPEN = (*EARLY, "negotiation")


class CrmPipelineMover(models.AbstractModel):
    """Moves leads by facts, where the company has switched that on.

    **What.** The first contact by a person makes an open lead Contacted, a quotation brings
    it to Negotiation, a confirmed order makes it a Customer, a failed knock-out qualifier
    Unqualified, a good grade Qualified. Leads in stages without a role are left alone, and
    no lead is moved back.

    **How it works.** The leads of one call are moved with one write per target stage, as
    superuser: the fact is what the stage demands. The log says which fact it was.
    """

    _name = "crm.pipeline.mover"
    _description = "Moves of leads by facts"

    # === FACTS === #

    @api.model
    def _contacted(self, leads):
        """React to a person having contacted leads."""
        reason = self.env._("First contact")
        self._move(leads, "contacted", ("open",), "lead_stage_by_contact", reason)

    @api.model
    def _quoted(self, leads):
        """React to quotations for leads."""
        reason = self.env._("Quotation")
        self._move(leads, "negotiation", EARLY, "lead_stage_by_quotation", reason)

    @api.model
    def _ordered(self, leads):
        """React to confirmed orders of leads; who was dormant is a customer again."""
        reason = self.env._("Order confirmed")
        self._move(
            leads, "customer", (*OPEN, "inactive"), "lead_stage_by_order", reason
        )

    @api.model
    def _graded(self, leads):
        """React to a grade that is good enough for Sales, once the qualifiers are passed."""
        if self.env["crm.qualifier"]._rule_rows():
            leads = leads.filtered(lambda lead: lead.qualification_state == "passed")
        reason = self.env._("Grade")
        self._move(leads, "qualified", ("open", "contacted", "nurturing"), None, reason)

    @api.model
    def _unqualify(self, leads, reason):
        """React to a qualifier that shows that leads do not fit.

        Where the company did not switch the move on, the owner is asked instead, once.

        :param str reason: why they do not fit, in words.
        """
        moved = self._move(leads, "unqualified", OPEN, "lead_stage_unqualify", reason)
        self._propose(
            leads.filtered(lambda lead: lead.won_status == "pending") - moved, reason
        )

    # === HOW === #

    @api.model
    def _move(self, leads, role, from_roles, switch, reason):
        """Move leads whose company wants it, and that stand in certain roles.

        :param leads: crm.lead records.
        :param str role: where to.
        :param from_roles: roles of the stages that they leave; others stay.
        :param str switch: the field of the company that allows it; None: it is allowed.
        :param str reason: the fact, for the log.
        :return: the leads that moved.
        """
        # sudo: the fact moves the lead, not the user who may only have caused it.
        # Lost and archived leads stay where they are. Inactive is a stage of won ones.
        leads = leads.sudo().filtered(
            lambda lead: (
                lead.stage_id.lead_role in from_roles
                and lead.active
                and lead.won_status != "lost"
            )
        )
        if switch and leads:
            leads = leads.filtered(lambda lead: self._is_on(lead, switch))
        moved = leads.browse()
        for stage, group in leads._by_role_stage(role).items():
            if stage:
                group.with_context(**REASON.on(reason)).write({"stage_id": stage.id})
                moved += group
        return moved

    @api.model
    def _is_on(self, lead, switch):
        """Tell whether the company of a lead has switched something on."""
        Company = self.env["res.company"]
        return Company._crm_of_lead(lead).id in Company._crm_switched_on(switch)

    @api.model
    def _propose(self, leads, reason):
        """Ask the owners of leads to decide whether these are unqualified, once for each."""
        kind = self.env.ref(
            "crm_lead_management.mail_activity_type_unqualified",
            raise_if_not_found=False,
        )
        leads = leads.filtered(
            lambda lead: (
                lead.stage_id.lead_role in OPEN
                and kind not in lead.activity_ids.activity_type_id
            )
        )
        if kind:
            self._schedule(leads, kind, html_escape(reason))

    @api.model
    def _schedule(self, leads, kind, note):
        """Schedule an activity for the owner of each lead; leads without one get none."""
        # sudo: the activity is the system's proposal, whoever's act it follows from.
        for user, group in leads.sudo().filtered("user_id").grouped("user_id").items():
            group.activity_schedule(
                activity_type_id=kind.id, user_id=user.id, note=note, automated=True
            )
