# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models, tools
from odoo.tools import SQL

LOOKUP = "privacy.lookup.wizard"
# What may stand in a text about a person.
TEXTS = ("summary", "note", "reason")
MODULE = "crm_lead_management"


class CrmLead(models.Model):
    """What is kept of a person beside the lead: found by the privacy look-up, gone with it.

    Odoo's look-up (the app Privacy, which we do not depend on) finds records with an e-mail
    address or a contact; rows that belong to a lead have neither.
    """

    _inherit = "crm.lead"

    @api.model
    def _register_hook(self):
        super()._register_hook()
        if LOOKUP not in self.env:
            return
        lookup = self.env.registry[LOOKUP]
        found = lookup._get_query
        if getattr(found, "of_leads", False):
            return

        def _get_query(wizard):
            rows = wizard.env["crm.lead"]._privacy_query(wizard.email, wizard.name)
            return SQL("%s %s", found(wizard), rows)

        _get_query.of_leads = True
        lookup._get_query = _get_query

    @api.model
    def _privacy_query(self, email, name):
        """Return what is to be added to the look-up's statement: rows of leads of a person.

        :param str email: the address that is looked for.
        :param str name: the name.
        :rtype: SQL
        """
        address, name = tools.email_normalize(email.strip()), name.strip()
        leads = SQL(
            "SELECT id FROM crm_lead WHERE email_normalized = %s OR email_from ILIKE %s"
            " OR contact_name ILIKE %s",
            address,
            f"%{email.strip()}%",
            name,
        )
        parts = []
        for model in self._privacy_models():
            fields = model._fields
            texts = [text for text in TEXTS if text in fields and fields[text].store]
            parts.append(
                SQL(
                    "UNION ALL SELECT %s AS res_model_id, id AS res_id, TRUE AS is_active"
                    " FROM %s WHERE lead_id IN (%s) %s",
                    self.env["ir.model"]._get_id(model._name),
                    SQL.identifier(model._table),
                    leads,
                    SQL(" ").join(
                        SQL(
                            "OR %s ILIKE %s",
                            SQL.identifier(text),
                            f"%{address or email}%",
                        )
                        for text in texts
                    ),
                )
            )
        return SQL(" ").join(parts)

    @api.model
    def _privacy_models(self):
        """Yield the models of the addon whose rows belong to a lead."""
        for name in self.env:
            model = self.env[name]
            if (
                model._original_module == MODULE
                and model._auto
                and not model._abstract
                and not model._transient
                and "lead_id" in model._fields
                and model._fields["lead_id"].store
            ):
                yield model

    @api.ondelete(at_uninstall=False)
    def _unlink_traces(self):
        """Take the titles of deleted leads out of the decisions about others."""
        names = [name for name in self.mapped("name") if name]
        logs = self.env["crm.lead.routing.log"]
        logs.flush_model(["facts"])
        self.env.execute_query(
            SQL(
                """
                UPDATE crm_lead_routing_log
                   SET facts = jsonb_set(facts, '{account}', '"..."')
                 WHERE facts->>'how' IN ('domain', 'phone')
                   AND facts->>'account' = ANY(%s)
             RETURNING id
                """,
                names,
            )
        )
        logs.invalidate_model(["facts"], flush=False)
