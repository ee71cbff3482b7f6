# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import ast
import logging
from typing import NamedTuple

from markupsafe import Markup

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL, mute_logger
from odoo.tools.query import Query

from ....tools.domains import first_fields
from ..crm_config_mixin import kept
from .broken import reason_of
from .rule_set import BROKEN, LEADS, REFUSED, Plan, RuleSet, match

_logger = logging.getLogger(__name__)


class RuleRow(NamedTuple):
    """One rule as the engines keep it in memory: plain values, no record."""

    id: int
    name: str
    company_id: int
    domain: Domain
    values: dict
    lang: str = None  # of the words in the domain


class CrmRuleMixin(models.AbstractModel):
    """A rule: "leads that match this domain".

    **What.** Persona criteria, segments, qualifiers, scorecard rules and routing rules all
    are rules. A rule is written with Odoo's domain editor, checked when it is saved, never
    evaluated as code, and answered by the database.

    **How to use.** Inherit from it, and name in ``_rule_columns`` the fields that the engine
    needs beside the domain. The engine then asks:

    - ``_rule_rows()``: the active rules, from memory;
    - ``_rule_match(leads)``: ``{lead id: {rule ids}}``, one query for all rules and leads;
    - ``_rule_trigger_fields()``: the lead fields that the rules read;
    - a ``RuleSet`` (rule_set.py): a statement of the engine's own around the conditions.

    **How it works.** See ``RuleSet``: any number of rules over any number of leads is one pass
    in the database, as superuser, in UTC. Words are those of the language in which the author
    wrote them (a country's name, a tag). The fields that an author may use are checked as the
    author, when the rule is saved; a field that each company has its own values of is refused,
    since a lead has none of its own.

    A rule that stopped working (a field was removed) is switched off, its owner is told, and
    the other rules go on.
    """

    _name = "crm.rule.mixin"
    _inherit = ["crm.config.mixin", "crm.restriction.mixin"]
    _description = "Rule on leads"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        "res.company",
        help="The rule counts for leads of this company only. Empty: all companies.",
    )
    domain = fields.Char(
        string="Condition",
        default="[]",
        help="Which leads the rule is about. Empty: all leads.",
    )
    domain_lang = fields.Char(
        string="Language of the Condition",
        readonly=True,
        export_string_translation=False,
        help="Words in the condition are compared in this language: that of its author.",
    )
    broken_reason = fields.Char(
        readonly=True,
        copy=False,
        help="Why the rule was switched off by the system.",
    )

    # === CONSTRAINT METHODS === #

    @api.constrains("domain")
    def _check_domain(self):
        for rule in self:
            rule._validate_domain(rule.domain)

    def _validate_domain(self, text):
        """Check that a domain can be understood by the database.

        :param str text: the domain as written by the user.
        :raise ValidationError: naming the rule and the part that is wrong.
        """
        try:
            domain = self._parse_domain(text)
        except (
            ValueError,
            SyntaxError,
            TypeError,
            MemoryError,
            RecursionError,
        ) as error:
            raise ValidationError(
                self.env._(
                    'Rule "%(rule)s": the condition %(text)s cannot be read. Write it'
                    " with the condition editor: only plain values are allowed, no code"
                    " (%(reason)s).",
                    rule=self.display_name,
                    text=text,
                    reason=error,
                )
            ) from error
        for condition in domain.iter_conditions():
            self._validate_condition(condition)

    def _validate_condition(self, condition):
        """Check that one part of a domain can be understood by the database.

        :raise ValidationError: naming the rule and the part.
        """
        leads = self.env["crm.lead"]
        try:
            self._validate_path(leads, condition)
            # As the author, not as superuser: nobody may build a rule on a field that is
            # not for him, and learn its values from what matches.
            query = Query(self.env, leads._table)
            query.add_where(
                condition.optimize_full(leads)._to_sql(leads, leads._table, query)
            )
            query.limit = 1
            with self.env.cr.savepoint(), mute_logger("odoo.sql_db"):
                self.env.cr.execute(query.select())
        except (*BROKEN, AccessError, *REFUSED) as error:
            text = str(error)
            raise ValidationError(
                self.env._(
                    'Rule "%(rule)s": the part %(part)s cannot be used: %(reason)s',
                    rule=self.display_name,
                    part=condition,
                    reason=text.splitlines()[0] if text else repr(error),
                )
            ) from error

    def _validate_path(self, model, condition):
        """Refuse a condition on a field of which each company has values of its own.

        :raise ValidationError: naming the field.
        """
        name, _dot, rest = condition.field_expr.partition(".")
        field, value = model._fields.get(name), condition.value
        if field and field.company_dependent:
            raise ValidationError(
                self.env._(
                    'each company has its own values of "%s", so the rule would say'
                    " something else for each of them",
                    field._description_string(self.env),
                )
            )
        if model._name == "crm.lead" and name in self._rule_later_fields():
            raise ValidationError(
                self.env._(
                    '"%s" is found out with the help of this rule, or after it: the rule would'
                    " answer to itself, and never settle",
                    field._description_string(self.env),
                )
            )
        if not field or not field.relational:
            return
        if rest:
            inner = Domain(rest, condition.operator, value)
        elif isinstance(value, Domain) or condition.operator in ("any", "not any"):
            inner = Domain(value)
        else:
            return
        for part in inner.iter_conditions():
            self._validate_path(self.env[field.comodel_name], part)

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        lang = self.env.lang or False
        return super().create([{"domain_lang": lang, **vals} for vals in vals_list])

    def write(self, vals):
        if "domain" in vals or vals.get("active"):
            vals = {"broken_reason": False, **vals}
        if "domain" in vals:
            vals = {"domain_lang": self.env.lang or False, **vals}
        return super().write(vals)

    # === BUSINESS METHODS === #

    @api.model
    def _parse_domain(self, text):
        """Return the domain written as ``text``, without ever evaluating it.

        :param str text: a Python literal; empty means all leads.
        :rtype: Domain
        :raise ValueError: where it is not a literal, or not a domain.
        """
        value = ast.literal_eval((text or "").strip() or "[]")
        if not isinstance(value, (list, tuple)):
            raise ValueError(self.env._("a list of conditions was expected"))
        return Domain(list(value))

    @api.model
    def _asked_domain(self, text):
        """Return the domain that somebody wrote for the occasion, e.g. in an assistant.

        It is tried, as that user: what the database refuses is told in words.

        :param str text: a Python literal; empty means all leads.
        :rtype: Domain
        :raise UserError: where it cannot be read, or no longer works.
        """
        try:
            domain = self._parse_domain(text)
            leads = self.env["crm.lead"].with_context(active_test=False)
            with self.env.cr.savepoint(flush=False), mute_logger("odoo.sql_db"):
                leads.search_count(domain)
        except (*BROKEN, *REFUSED, SyntaxError) as error:
            raise UserError(
                self.env._("The condition on the leads cannot be read: %s", error)
            ) from error
        return domain

    @api.model
    def _rule_columns(self):
        """Return the names of the fields that the engine wants in ``RuleRow.values``.

        Overridden by the models whose engine needs more than the domain. Many2one fields
        are given as ids.
        """
        return []

    @api.model
    def _rule_later_fields(self):
        """Return the fields of a lead that are found out from these rules, or later.

        Overridden by the models whose rules must not read them.

        :rtype: frozenset
        """
        return frozenset()

    @api.model
    @kept()
    def _rule_rows(self):
        """Return the active rules of this model in their order, from memory.

        :rtype: tuple[RuleRow]
        """
        # sudo: rules count for every lead, whoever saves it and whatever he may read. Nothing
        # of his context gets into what all others are going to read.
        rules = self.with_env(self.env(su=True, context={}))
        rules = rules.search([("active", "=", True)])
        rows, broken = [], {}
        for rule in rules:
            if rule._rule_is_for_nobody():
                continue
            try:
                domain = self._parse_domain(rule.domain)
            except (ValueError, SyntaxError, TypeError) as error:
                broken[rule.id] = str(error)
                continue
            values = {
                name: rule[name].id
                if rule._fields[name].type == "many2one"
                else rule[name]
                for name in self._rule_columns()
            }
            lang = rule.domain_lang or None
            rows.append(
                RuleRow(rule.id, rule.name, rule.company_id.id, domain, values, lang)
            )
        if broken:
            self._rule_switch_off(broken)
        return tuple(rows)

    @api.model
    @kept()
    def _rule_trigger_fields(self):
        """Return the names of the lead fields that the active rules read.

        :rtype: frozenset
        """
        return frozenset().union(*(self._rule_reads(row) for row in self._rule_rows()))

    @api.model
    def _rule_reads(self, row):
        """Return the names of the lead fields that a rule reads, its company included.

        :param RuleRow row: the rule.
        :rtype: frozenset
        """
        read = frozenset().union(*map(first_fields, self._rule_domains(row)))
        Company = self.env["res.company"]
        if not self._rule_is_of_company(row) or Company._crm_is_only_company():
            return read
        return read | Company._crm_lead_reads()

    @api.model
    def _rule_domains(self, row):
        """Return the domains of a rule, in the order in which engines get its conditions.

        Overridden where a rule has more than one, e.g. one to pass and one to fail.

        :param RuleRow row: the rule.
        :rtype: list[Domain]
        """
        return [row.domain]

    @api.model
    def _rule_is_of_company(self, row):
        """Tell whether a rule counts for leads of one company only.

        :param RuleRow row: the rule.
        """
        return bool(row.company_id)

    @api.model
    def _rule_company_sql(self, leads, row, query):
        """Return the condition that a rule of one company puts on leads, or None.

        :param leads: the crm.lead model, in the context of rules.
        :param query: over the leads.
        """
        if not self._rule_is_of_company(row):
            return None
        return self.env["res.company"]._crm_lead_is_of_sql(leads, query, row.company_id)

    # === MATCHING === #

    @api.model
    def _rule_match(self, leads, rows=None):
        """Tell which rules match which leads, in one query.

        :param leads: crm.lead records, at any number; archived ones too.
        :param rows: the rules to try; all active ones when None.
        :return: the ids of the rules that match, by lead id.
        :rtype: dict[int, set[int]]
        """
        return match(self.env, self._name, leads, rows)

    @api.model
    def _rule_match_plan(self, *rule_ids):
        """Return the plan of the statement that tells which rules match which leads.

        :param rule_ids: ids of active rules; all when there are none.
        :rtype: Plan
        """
        rows = self._rule_rows()
        return self._rule_match_plan_of(
            tuple(row for row in rows if not rule_ids or row.id in rule_ids)
        )

    @api.model
    def _rule_match_plan_of(self, rows):
        """Return the same for RuleRow tuples."""

        def build(query, found):
            query.add_where(SQL("crm_lead.id = ANY(%s)", LEADS))
            hits = SQL(", ").join(
                SQL("CASE WHEN %s THEN %s END", sqls[0], row.id)
                for row, sqls in found[0]
            )
            return query.select(
                SQL("crm_lead.id"),
                SQL("array_remove(ARRAY[%s]::int[], NULL)", hits),
            )

        return Plan([(self._name, rows)], build)

    @api.model
    @kept("engine", "method", "args")
    def _rule_statement(self, engine, method, args):
        """Return the finished statement of a RuleSet, from memory.

        :rtype: Statement
        """
        return RuleSet(self.env, engine, method, *args).compiled()

    # === WHAT BECOMES OF BROKEN RULES === #

    @api.model
    def _rule_switch_off(self, reasons):
        """Switch off rules that no longer work, and tell their owners.

        :param dict reasons: what went wrong, by rule id.
        """
        # sudo, as OdooBot: the salesperson whose lead showed the fault may not write rules.
        for rule in self.with_user(SUPERUSER_ID).browse(reasons):
            reason = reason_of(self.env, reasons[rule.id])
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
