# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models

# What of a sales order says something about the stage of its lead.
TELLING = {"state", "opportunity_id"}


class ProductCatalogMixin(models.AbstractModel):
    """Tells the pipeline about quotations and orders, where the sales app is installed.

    The addon does not depend on the sales app, so it cannot extend ``sale.order`` itself.
    It extends a mixin that sales orders inherit from, and looks at nothing but them. Leads
    do not inherit from it.
    """

    _inherit = "product.catalog.mixin"

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        if records._name == "sale.order":
            records._crm_order_changed()
        return records

    def write(self, vals):
        result = super().write(vals)
        if self._name == "sale.order" and not TELLING.isdisjoint(vals):
            self._crm_order_changed()
        return result

    def _crm_order_changed(self):
        """React to the state of sales orders that belong to an opportunity."""
        if "opportunity_id" not in self._fields:
            return
        mover = self.env["crm.pipeline.mover"]
        # sudo: the lead of an order may belong to somebody else than the order does.
        orders = self.sudo().filtered("opportunity_id")
        quotations = orders.filtered(lambda order: order.state in ("draft", "sent"))
        mover._quoted(quotations.opportunity_id)
        mover._ordered(
            orders.filtered(lambda order: order.state == "sale").opportunity_id
        )
