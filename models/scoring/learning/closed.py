# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import datetime
from typing import NamedTuple

from odoo import fields
from odoo.fields import Domain
from odoo.tools import SQL

from ....tools.domains import first_fields
from ..closed import closed_domain
from ..grading.scope import Scope

# What a lead is born with.
NEVER_CHANGED = frozenset(("id", "create_date", "create_uid", "touchpoint_ids"))


class Closed(NamedTuple):
    """A closed lead, as far as figures need it."""

    id: int
    won: bool
    revenue: float  # expected, in the currency of its company
    company_id: int
    closed: datetime


class ClosedLeads:
    """Won and lost leads as plain values, and what Odoo knows of their past.

    At any number: 50 bytes each, no records are read.

    :param env: the environment of whoever asks: only leads that he may read.
    """

    def __init__(self, env):
        self.env = env

    def find(self, domain, card=None):
        """Return the won and lost leads of a domain, as plain values, oldest first.

        :param domain: as any domain on crm.lead; archived leads are included, and only
            leads that the user may read.
        :param card: a crm.scorecard, or its setup: only leads that it is about.
        :rtype: list[Closed]
        """
        leads = self.env["crm.lead"].with_context(active_test=False)
        found = leads._search(
            Domain(domain) & closed_domain(),
            order="create_date, id",
        )
        if card:
            engine = self.env["crm.score.engine"]
            setup = card if isinstance(card, tuple) else engine._setup_of(card)
            found.add_where(Scope(self.env).about_sql(setup, found))
        names = ("won_status", "expected_revenue", "company_id", "date_closed")
        # sudo: the caller may read the leads; these are their outcomes.
        columns = [
            leads.sudo()._field_to_sql("crm_lead", name, found) for name in names
        ]
        rows = self.env.execute_query(found.select(SQL("crm_lead.id"), *columns))
        return [
            Closed(lead_id, status == "won", revenue or 0.0, company, closed)
            for lead_id, status, revenue, company, closed in rows
        ]

    def revenues(self, rows, currency):
        """Return the revenue of won leads in one currency, at the rates of their close.

        :param rows: Closed tuples.
        :param currency: a res.currency.
        :return: one number for each; 0 for those that were lost.
        :rtype: list[float]
        """
        today, rates, result = fields.Date.today(), {}, []
        # sudo: the currencies of companies.
        Company = self.env["res.company"].sudo()
        own = {False: self.env.company.currency_id}
        for row in rows:
            company = row.company_id or False
            if company not in own:
                own[company] = Company.browse(company).currency_id
            key = own[company], row.closed.date() if row.closed else today
            if key not in rates:
                rates[key] = (
                    1.0
                    if key[0] == currency
                    else key[0]._get_conversion_rate(
                        key[0], currency, self.env.company, key[1]
                    )
                )
            result.append(max(row.revenue, 0.0) * rates[key] if row.won else 0.0)
        return result

    def changed_since(self, ids, names):
        """Tell which facts of closed leads are other ones today than when they were closed.

        Odoo keeps the history of the fields that it tracks; of others nothing is known.

        :param ids: of closed leads.
        :param names: names of fields of crm.lead.
        :return: by lead id, by name of the field, the row with its value at the close:
            ``old_value_integer``, ``_float``, ``_char``, ``_text``, ``_datetime``.
        :rtype: dict[int, dict[str, tuple]]
        """
        self.env["mail.tracking.value"].flush_model()
        changed = {}
        for lead_id, name, *values in self.env.execute_query(
            SQL(
                "SELECT DISTINCT ON (m.res_id, f.name) m.res_id, f.name,"
                " t.old_value_integer, t.old_value_float, t.old_value_char,"
                " t.old_value_text, t.old_value_datetime FROM mail_message m"
                " JOIN mail_tracking_value t ON t.mail_message_id = m.id"
                " JOIN ir_model_fields f ON f.id = t.field_id"
                " JOIN crm_lead l ON l.id = m.res_id"
                " WHERE m.model = 'crm.lead' AND l.id = ANY(%s) AND f.name = ANY(%s)"
                " AND m.date > l.date_closed + interval '1 minute'"
                " ORDER BY m.res_id, f.name, m.date, t.id",
                list(ids),
                sorted(names),
            )
        ):
            changed.setdefault(lead_id, {})[name] = tuple(values)
        return changed

    def read_by(self, card):
        """Return the facts of a lead that the rules of a scorecard read, and may change.

        :param card: one crm.scorecard.
        :rtype: set[str]
        """
        Rule, known = self.env["crm.scorecard.rule"], self.env["crm.lead"]._fields
        return {
            name
            for row in Rule._scorecard_rows(card.id)
            for domain in Rule._rule_domains(row)
            for name in first_fields(domain)
            if name in known and name not in NEVER_CHANGED
        }

    def without_history(self, names):
        """Return in words the facts among names of fields of which Odoo keeps no history."""
        known = self.env["crm.lead"]._fields
        return [
            known[name]._description_string(self.env)
            for name in sorted(names)
            if not getattr(known[name], "tracking", None)
        ]

    def linked_by(self, ids, card):
        """Tell of how many closed leads a linked record was written after their close.

        :param ids: of the leads.
        :param card: one crm.scorecard: the links count that its rules go along.
        :return: by the label of the link; those without any are left out.
        :rtype: dict[str, int]
        """
        Rule, known = self.env["crm.scorecard.rule"], self.env["crm.lead"]._fields
        names = {
            condition.field_expr.partition(".")[0]
            for row in Rule._scorecard_rows(card.id)
            for domain in Rule._rule_domains(row)
            for condition in domain.iter_conditions()
            if "." in condition.field_expr or condition.operator in ("any", "not any")
        }
        counts = {
            known[name]._description_string(self.env): self.linked_since(
                ids, known[name]
            )
            for name in sorted(names)
            if name in known and known[name].type == "many2one"
        }
        return {label: count for label, count in counts.items() if count}

    def as_of_today(self, lead, card):
        """Return in words what a scorecard reads of a closed lead that may be newer than that.

        :rtype: list[str]
        """
        facts = self.without_history(self.read_by(card))
        linked = list(self.linked_by(lead.ids, card))
        written = facts and self.written_since(lead.ids)
        return sorted({*(facts if written else ()), *linked})

    def newer(self, ids, card, changed=False):
        """Say what a scorecard reads of closed leads that may be newer than their close.

        Whoever shows figures of closed leads shows these sentences beside them.

        :param ids: of the leads.
        :param card: one crm.scorecard.
        :param bool changed: also where it is known to be: the leads are not left out.
        :rtype: list[str]
        """
        names, said = self.read_by(card), []
        known = len(self.changed_since(ids, names)) if changed else 0
        if known:
            said.append(
                self.env._(
                    "Of %s leads facts that the rules read were changed after the close; they"
                    " count as they are today.",
                    known,
                )
            )
        unknown = self.without_history(names)
        written = self.written_since(ids) if unknown else 0
        if written:
            said.append(
                self.env._(
                    "%(n)s were saved again after their close, and Odoo keeps no history of"
                    " these facts, so they count as they are today: %(facts)s.",
                    n=written,
                    facts=", ".join(unknown),
                )
            )
        # Of linked records Odoo keeps no history that a figure could rest on.
        counts = self.linked_by(ids, card)
        if counts:
            said.append(
                self.env._(
                    "Of up to %(n)s leads the linked records were saved again after the close;"
                    " what the rules read there counts as it is today: %(facts)s.",
                    n=max(counts.values()),
                    facts=", ".join(counts),
                )
            )
        return said

    def linked_since(self, ids, field):
        """Tell of how many closed leads the linked record was written after their close.

        :param field: a many2one of crm.lead.
        """
        comodel = self.env[field.comodel_name]
        if not field.store or not comodel._log_access:
            return 0
        comodel.flush_model(["write_date"])
        return self.env.execute_query(
            SQL(
                "SELECT count(*) FROM crm_lead l JOIN %s r ON r.id = l.%s"
                " WHERE l.id = ANY(%s) AND r.write_date > l.date_closed + interval '1 day'",
                SQL.identifier(comodel._table),
                SQL.identifier(field.name),
                list(ids),
            )
        )[0][0]

    def written_since(self, ids):
        """Tell how many closed leads were written after the day of their close."""
        return self.env.execute_query(
            SQL(
                "SELECT count(*) FROM crm_lead WHERE id = ANY(%s)"
                " AND write_date > date_closed + interval '1 day'",
                list(ids),
            )
        )[0][0]
