# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import logging

import psycopg2
from markupsafe import Markup

from odoo import SUPERUSER_ID, api, models, tools
from odoo.tools import SQL
from odoo.tools.query import Query

from .rule_mixin import BROKEN

_logger = logging.getLogger(__name__)


class CrmRuleMixin(models.AbstractModel):
    """What becomes of rules that stopped working: they are switched off, and somebody told."""

    _inherit = "crm.rule.mixin"

    @api.model
    def _rule_probe(self, rows):
        """Try rules one by one, switch off those that fail, and return the others."""
        leads = self._rule_leads()
        usable, broken = [], {}
        for row in rows:
            query = Query(self.env, leads._table)
            try:
                for domain in self._rule_domains(row):
                    query.add_where(
                        SQL("NOT %s", self._rule_to_sql(leads, domain, query))
                    )
                with (
                    self.env.cr.savepoint(flush=False),
                    tools.mute_logger("odoo.sql_db"),
                ):
                    self.env.cr.execute(query.select(SQL("count(*)")))
                usable.append(row)
            except (*BROKEN, psycopg2.DataError, psycopg2.ProgrammingError) as error:
                broken[row.id] = str(error)
        if broken:
            self._rule_switch_off(broken)
        return usable

    @api.model
    def _rule_switch_off(self, reasons):
        """Switch off rules that no longer work, and tell their owners.

        :param dict reasons: what went wrong, by rule id.
        """
        # sudo, as OdooBot: the salesperson whose lead showed the fault may not write rules.
        for rule in self.with_user(SUPERUSER_ID).browse(reasons):
            reason = (
                reasons[rule.id].strip().splitlines()[0] if reasons[rule.id] else ""
            )
            _logger.warning(
                "%s %s (%r) switched off: %s", self._name, rule.id, rule.name, reason
            )
            rule.write({"active": False, "broken_reason": reason})
            rule._rule_notify_owner(reason)

    def _rule_notify_owner(self, reason):
        """Send the owner of a rule that was switched off a notification."""
        self.ensure_one()
        partners = self._rule_owners().partner_id
        if not partners:
            return
        subject = self.env._('Rule "%s" was switched off', self.display_name)
        body = Markup("<p>%s</p><p>%s</p>") % (
            self.env._(
                'The rule "%(rule)s" (%(kind)s) no longer works and was switched off, so that'
                " leads can be saved and the other rules go on: %(reason)s",
                rule=self.display_name,
                kind=self.env["ir.model"]._get(self._name).name,
                reason=reason,
            ),
            self.env._("Correct its condition, then activate it again."),
        )
        self.env["mail.thread"].message_notify(
            partner_ids=partners.ids,
            subject=subject,
            body=body,
            model=self._name,
            res_id=self.id,
        )

    def _rule_owners(self):
        """Return the users to tell about this rule: who wrote it, else the sales managers."""
        owner = self.create_uid
        if owner.active and owner.id != SUPERUSER_ID:
            return owner
        managers = self.env.ref("sales_team.group_sale_manager").all_user_ids
        return managers.filtered(
            lambda user: (
                user.active
                and user.id != SUPERUSER_ID
                and (not self.company_id or self.company_id in user.company_ids)
            )
        )
