# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models

# What of a sales order says something about the stage of its lead.
TELLING = {"state", "opportunity_id"}


class CrmPipelineSale(models.AbstractModel):
    """Tells the pipeline about quotations and orders, where the sales app is installed.

    The addon does not depend on the sales app, so it cannot inherit its model. When the
    registry is ready and has sales orders with opportunities, their ``create`` and ``write``
    get a wrapper, in the way of Odoo's own automation rules; without them nothing happens.
    """

    _name = "crm.pipeline.sale"
    _description = "Link of the pipeline with sales orders"

    def _register_hook(self):
        super()._register_hook()
        if "opportunity_id" not in self.env.get("sale.order", self)._fields:
            return
        Order = self.env.registry["sale.order"]

        @api.model_create_multi
        def create(self, vals_list, **kwargs):
            orders = create.origin(self, vals_list, **kwargs)
            self.env["crm.pipeline.sale"]._orders_changed(orders)
            return orders

        def write(self, vals, **kwargs):
            result = write.origin(self, vals, **kwargs)
            if not TELLING.isdisjoint(vals):
                self.env["crm.pipeline.sale"]._orders_changed(self)
            return result

        for method in (create, write):
            current = getattr(Order, method.__name__)
            if not getattr(current, "crm_lead_management", False):
                method.origin = current
                method.crm_lead_management = True
                setattr(Order, method.__name__, method)

    def _unregister_hook(self):
        super()._unregister_hook()
        Order = self.env.registry.get("sale.order")
        for name in ("create", "write"):
            if Order and "crm_lead_management" in vars(vars(Order).get(name) or object):
                delattr(Order, name)

    @api.model
    def _orders_changed(self, orders):
        """React to the state of sales orders.

        :param orders: sale.order records, just created or written.
        """
        mover = self.env["crm.pipeline.mover"]
        # sudo: the lead of an order may belong to somebody else than the order does.
        orders = orders.sudo().filtered("opportunity_id")
        mover._quoted(
            orders.filtered(lambda o: o.state in ("draft", "sent")).opportunity_id
        )
        mover._ordered(orders.filtered(lambda o: o.state == "sale").opportunity_id)
