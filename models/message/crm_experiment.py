# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models


class CrmExperiment(models.Model):
    """Experiments on the automatic first message: the same rules, another text."""

    _inherit = "crm.experiment"

    subject = fields.Selection(
        selection_add=[("first_message", "Automatic first message")],
        ondelete={"first_message": "cascade"},
    )

    @api.model
    def _first_messages(self, leads):
        """Return the texts that leads of running experiments get as first message.

        They enter now. Nothing is asked where no such experiment runs.

        :param leads: crm.lead records that are about to get their first message.
        :return: the id of the text by lead id; of leads in an experiment only.
        :rtype: dict[int, int]
        """
        running = [
            row.id
            for row in self._rule_rows()
            if (row.values["state"], row.values["subject"])
            == ("running", "first_message")
        ]
        found = {}
        # sudo: experiments are the managers'; whoever's lead comes in is in none of them.
        for experiment in self.sudo().browse(running):
            variants = experiment._assign(leads, enter=True)
            found |= {lead_id: one.template_id.id for lead_id, one in variants.items()}
        return found

    def _adopt(self, variant):
        """Have the rules that send the control's text send the better one."""
        result = super()._adopt(variant)
        if self.subject != "first_message":
            return result
        # sudo: as for the rules of an experiment on these.
        control = self.sudo().variant_ids.filtered("is_control")
        rules = self.env["crm.routing.rule"].sudo()  # sudo: as above
        rules = rules.with_context(active_test=False)
        domain = [("first_message_id", "=", control.template_id.id)]
        if self.company_id:
            domain.append(("company_id", "in", (self.company_id.id, False)))
        rules.search(domain).write({"first_message_id": variant.template_id.id})
        return result
