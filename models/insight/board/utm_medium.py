# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, fields, models

METHODS = [
    ("phone", "Phone"),
    ("face", "Face to Face"),
    ("advertising", "Advertising"),
    ("mail", "Direct Mail"),
    ("internet", "Internet"),
    ("referral", "Referral"),
    ("other", "Other"),
]
# Of which method Odoo's own media are, where nobody says otherwise.
SHIPPED = {
    "phone": "phone",
    "banner": "advertising",
    "television": "advertising",
    "google_adwords": "advertising",
    "website": "internet",
    "email": "internet",
    "direct": "internet",
    "twitter": "internet",
    "facebook": "internet",
    "linkedin": "internet",
}


class UtmMedium(models.Model):
    _inherit = "utm.medium"

    lead_method = fields.Selection(
        METHODS,
        string="Method of Winning Leads",
        help="Under which method its leads are counted in Insight. Odoo's own media have one"
        " also where this is empty.",
    )

    @api.model
    def _lead_methods(self):
        """Return the method of each medium that has one, by its id.

        :rtype: dict[int, str]
        """
        refs = {f"utm_medium_{name}": method for name, method in SHIPPED.items()}
        # sudo: media are no secret; which record is whose is read from the system's data.
        data = self.env["ir.model.data"].sudo()
        domain = [("module", "=", "utm"), ("model", "=", "utm.medium")]
        rows = data.search_fetch(
            [*domain, ("name", "in", list(refs))], ["name", "res_id"]
        )
        methods = {row.res_id: refs[row.name] for row in rows}
        # sudo: as above
        media = self.sudo().with_context(active_test=False)
        chosen = media.search_fetch([("lead_method", "!=", False)], ["lead_method"])
        return methods | {medium.id: medium.lead_method for medium in chosen}
