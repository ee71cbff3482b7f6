# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from odoo import api, models
from odoo.tools import SQL

from ...tools import distribution

# How many closed deals the team's average is worth beside those of a person.
STRENGTH = 10
DAYS = 730

# The dimensions by which leads are similar: columns of the closed leads, and lists.
COLUMNS = {
    "industry": "industry_id",
    "language": "lang_id",
    "country": "country_id",
    "value": "band",
}
LISTS = {"product": "product_ids", "segment": "segment_ids"}
READ = [
    "user_id",
    "won_status",
    "date_closed",
    "industry_id",
    "lang_id",
    "country_id",
    "expected_revenue",
    *LISTS.values(),
]


class CrmRoutingHistory(models.AbstractModel):
    """How well people did with leads like this one.

    For each trait of a lead (industry, language, country, size of the deal, product,
    segment) the share of won among the closed leads of a person with that trait, drawn
    towards the share of all candidates where he has had few: the mean of a Beta distribution
    (``tools.distribution.smoothed_rate``). The fit of a person is the mean over the traits.
    One query per batch, over the leads closed in the last two years.
    """

    _name = "crm.routing.history"
    _description = "Success with similar leads"

    @api.model
    def _band(self, amount):
        """Return the size class of a deal: its number of digits; False when unknown."""
        return len(str(int(amount))) if amount and amount > 0 else False

    @api.model
    def _read(self, user_ids, now):
        """Read how many leads were closed and won, by person and trait.

        :return: ``{(dimension, value): {user id: (closed, won)}}``; the key ``None`` holds
            the totals.
        """
        self.env["crm.lead"].flush_model(READ)
        closed = SQL(
            "SELECT id, user_id, (won_status = 'won')::int AS won, industry_id, lang_id,"
            " country_id, CASE WHEN expected_revenue >= 1"
            " THEN length(trunc(expected_revenue)::text) END AS band"
            " FROM crm_lead WHERE user_id = ANY(%s) AND won_status IN ('won', 'lost')"
            " AND COALESCE(date_closed, write_date) > %s - %s * interval '1 day'",
            list(user_ids),
            now,
            DAYS,
        )
        counts = SQL(" UNION ALL ").join(self._counts())
        history = {None: {}}
        for name, value, user_id, count, won in self.env.execute_query(
            SQL("WITH closed AS MATERIALIZED (%s) %s", closed, counts)
        ):
            key = (name, value) if name else None
            history.setdefault(key, {})[user_id] = (count, won)
        return history

    @api.model
    def _counts(self):
        """Yield one statement for the totals and for each dimension.

        Each gives dimension, value, user, number of closed leads, number of won ones.
        """
        yield SQL(
            "SELECT '', 0, user_id, count(*), sum(won) FROM closed GROUP BY user_id"
        )
        for name, column in COLUMNS.items():
            yield SQL(
                "SELECT %s, %s, user_id, count(*), sum(won) FROM closed"
                " WHERE %s IS NOT NULL GROUP BY 2, user_id",
                name,
                SQL.identifier(column),
                SQL.identifier(column),
            )
        for name, field_name in LISTS.items():
            field = self.env["crm.lead"]._fields[field_name]
            yield SQL(
                "SELECT %s, rel.%s, user_id, count(*), sum(won) FROM closed"
                " JOIN %s AS rel ON rel.%s = closed.id GROUP BY 2, user_id",
                name,
                SQL.identifier(field.column2),
                SQL.identifier(field.relation),
                SQL.identifier(field.column1),
            )

    @api.model
    def _fit(self, history, user_ids, traits):
        """Return how well each person fits a lead.

        :param dict history: of :meth:`_read`.
        :param user_ids: the persons to compare.
        :param traits: (dimension, value) pairs of the lead.
        :return: ``{user id: (rate 0 to 1, number of similar closed leads)}``.
        """
        totals = [history[None].get(user_id, (0, 0)) for user_id in user_ids]
        closed = sum(count for count, _won in totals)
        prior = sum(won for _count, won in totals) / closed if closed else 0.0
        dimensions = [history.get(trait, {}) for trait in sorted(traits)] or [
            history[None]
        ]
        result = {}
        for user_id in user_ids:
            cases = [dimension.get(user_id, (0, 0)) for dimension in dimensions]
            rates = [
                distribution.smoothed_rate(won, count, prior, STRENGTH)
                for count, won in cases
            ]
            result[user_id] = (
                sum(rates) / len(rates),
                max(count for count, _won in cases),
            )
        return result
