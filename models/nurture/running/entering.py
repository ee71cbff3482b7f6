# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Who may enter a track, and entering: one statement each for any number of leads."""

from odoo.tools import SQL
from odoo.tools.query import Query

from ...common.rule.rule_set import Plan, RuleSet
from . import next_steps

# So many leads enter by rule in one transaction.
BATCH = 1000
READ = {
    "crm.lead": [
        *("active", "won_status", "email_normalized", "phone_sanitized", "partner_id"),
        *("optout_email", "optout_sms", "optout_whatsapp", "message_bounce"),
        *("company_id", "team_id", "user_id", "qualification_state", "gate_waived"),
        "type",
    ],
    "res.partner": ["email_normalized", "phone_sanitized"],
    "crm.nurture.enrollment": None,
    "mail.blacklist": ["email", "active"],
    "phone.blacklist": ["number", "active"],
}
# Why a lead may not enter, the first reason that holds; NULL where it may.
REASON = """
    SELECT cand.id, cand.company_id, COALESCE(cand.email, cand.phone) AS address_key, cand.phone,
           COALESCE(old.round, 0) + 1 AS round,
           CASE
           WHEN NOT (%(is_meant)s) THEN 'closed'
           WHEN %(company)s IS NOT NULL AND cand.company_id <> %(company)s THEN 'company'
           WHEN cand.is_aside THEN 'aside'
           WHEN old.state IN ('active', 'paused') THEN 'in_track'
           WHEN old.id IS NOT NULL AND %(reentry)s = 'never' THEN 'never'
           WHEN old.id IS NOT NULL AND %(by_rule)s AND old.exit_code IN ('hand', 'opted_out')
                THEN 'left'
           WHEN old.id IS NOT NULL AND %(reentry)s = 'days'
                AND old.ended_on + make_interval(days => %(days)s) > %(now)s THEN 'days'
           WHEN cardinality(%(channels)s::varchar[]) > 0
                AND NOT (cand.email IS NOT NULL AND 'email' = ANY(%(channels)s))
                AND NOT (cand.phone IS NOT NULL AND %(channels)s::varchar[]
                         && ARRAY['sms', 'whatsapp']::varchar[]) THEN 'address'
           WHEN cardinality(%(channels)s::varchar[]) > 0
                AND NOT ('email' = ANY(%(channels)s) AND cand.email IS NOT NULL
                         AND cand.takes_email AND NOT EXISTS (
                             SELECT FROM mail_blacklist AS black
                              WHERE black.active AND black.email = cand.email)
                         AND NOT EXISTS (
                             SELECT FROM crm_lead AS other
                              WHERE other.optout_email AND other.email_normalized = cand.email))
                AND NOT (cand.phone IS NOT NULL
                         AND ('sms' = ANY(%(channels)s) AND cand.takes_sms
                              OR 'whatsapp' = ANY(%(channels)s) AND cand.takes_whatsapp)
                         AND NOT EXISTS (
                             SELECT FROM phone_blacklist AS black
                              WHERE black.active AND black.number = cand.phone)) THEN 'blocked'
           WHEN %(exclusive)s AND EXISTS (
                SELECT FROM crm_nurture_enrollment AS other
                 WHERE other.state IN ('active', 'paused') AND other.exclusive
                   AND other.address_key = COALESCE(cand.email, cand.phone)
                   AND other.company_id = cand.company_id) THEN 'other_track'
           WHEN %(open)s AND EXISTS (
                SELECT FROM crm_lead AS deal
                 WHERE deal.email_normalized = cand.email AND deal.id <> cand.id
                   AND deal.active AND deal.won_status = 'pending'
                   AND deal.type = 'opportunity' AND deal.user_id <> COALESCE(cand.user_id, 0)
                   AND COALESCE(deal.company_id, cand.company_id) = cand.company_id)
                THEN 'colleague'
           END AS reason
      FROM (%(leads)s) AS cand
 LEFT JOIN LATERAL (
           SELECT past.id, past.round, past.state, past.ended_on, past.exit_code
             FROM crm_nurture_enrollment AS past
            WHERE past.lead_id = cand.id AND past.track_id = %(track)s
         ORDER BY past.round DESC LIMIT 1) AS old ON TRUE
  ORDER BY cand.id
"""
ENTER = """
    INSERT INTO crm_nurture_enrollment
           (lead_id, company_id, address_key, phone_key, round, track_id, state, lane, exclusive,
            step_id, next_on, started_on, enrolled_by_id, create_uid, create_date, write_uid,
            write_date)
    SELECT new.*, %(track)s, 'active', 'main', %(exclusive)s, %(step)s, %(due)s, %(now)s,
           %(by)s, %(uid)s, %(now)s, %(uid)s, %(now)s
      FROM unnest(%(leads)s::int[], %(companies)s::int[], %(keys)s::varchar[],
                  %(phones)s::varchar[], %(rounds)s::int[]) AS new
ON CONFLICT DO NOTHING
 RETURNING id, lead_id
"""


def judge(track, lead_ids, now, by_rule=False):
    """Return whether each lead may enter a track, and with what.

    :param track: one crm.nurture.track, as superuser.
    :param list lead_ids: of crm.lead.
    :param datetime now: in UTC.
    :param bool by_rule: nobody asks for it: who left by his own wish stays out.
    :return: rows of lead id, company id, address key, number, round, and the code of the reason
        why it may not, or None.
    :rtype: list[tuple]
    """
    env = track.env
    for name, fields in READ.items():
        env[name].flush_model(fields)
    is_meant = {
        "open": SQL("cand.active AND cand.won_status = 'pending'"),
        "customer": SQL("cand.active AND cand.won_status = 'won'"),
    }[track.audience]
    channels = sorted(
        set().union(*(step._channels() for step in track._message_steps()))
    )
    return env.execute_query(
        SQL(
            REASON,
            leads=_leads_sql(env, lead_ids),
            is_meant=is_meant,
            company=track.company_id.id or None,
            reentry=track.reentry,
            days=track.reentry_days,
            by_rule=by_rule,
            channels=channels,
            exclusive=track.exclusive,
            open=track.audience == "open",
            track=track.id,
            now=now,
        )
    )


def _leads_sql(env, lead_ids):
    """Return what is asked of each lead, in SQL."""
    leads, Company = env["crm.lead"], env["res.company"]
    query = Query(env, "crm_lead")
    query.add_join(
        "LEFT JOIN", "partner", "res_partner", SQL("partner.id = crm_lead.partner_id")
    )
    company = Company._crm_of_lead_sql(leads, query)
    aside = Company._crm_set_aside_sql(leads, query)
    query.add_where(SQL("crm_lead.id = ANY(%s)", list(lead_ids)))
    return query.select(
        SQL("crm_lead.id"),
        SQL("%s AS company_id", company),
        SQL("%s AS is_aside", aside),
        SQL("COALESCE(crm_lead.email_normalized, partner.email_normalized) AS email"),
        SQL("COALESCE(crm_lead.phone_sanitized, partner.phone_sanitized) AS phone"),
        SQL(
            "(crm_lead.optout_email IS NOT TRUE"
            " AND COALESCE(crm_lead.message_bounce, 0) = 0) AS takes_email"
        ),
        SQL("crm_lead.optout_sms IS NOT TRUE AS takes_sms"),
        SQL("crm_lead.optout_whatsapp IS NOT TRUE AS takes_whatsapp"),
        SQL("crm_lead.active"),
        SQL("crm_lead.won_status"),
        SQL("crm_lead.user_id"),
    )


def enter(track, rows, now, by):
    """Have leads enter a track.

    :param track: one crm.nurture.track, as superuser.
    :param rows: of :func:`judge`, of those who may.
    :param by: the user who added them, or None.
    :return: ids of the enrollments by lead id; who is in a track by now is not in it.
    :rtype: dict[int, int]
    """
    if not rows:
        return {}
    env = track.env
    step, due_on = next_steps.first(track, now)
    lead_ids, companies, keys, phones, rounds, _reasons = map(
        list, zip(*rows, strict=True)
    )
    made = env.execute_query(
        SQL(
            ENTER,
            track=track.id,
            exclusive=track.exclusive,
            step=step.id or None,
            due=due_on,
            now=now,
            by=by.id if by else None,
            uid=env.uid,
            leads=lead_ids,
            companies=companies,
            keys=keys,
            phones=phones,
            rounds=rounds,
        )
    )
    env["crm.nurture.enrollment"].invalidate_model(flush=False)
    env["crm.lead"].invalidate_model(["nurture_enrollment_ids"], flush=False)
    next_steps.into_hours(env, [(one, due_on, lead, step.id) for one, lead in made])
    return {lead_id: enrollment_id for enrollment_id, lead_id in made}


def candidates(env, row, after=0, limit=BATCH):
    """Return the leads that the rule of a track would take in, in the order of their ids.

    Those who are in it, or were and do not enter again, are not among them.

    :param RuleRow row: of the track.
    :param int after: ids above this one only.
    :param limit: how many at most; None: all.
    :rtype: list[int]
    """
    is_open = row.values["audience"] == "open"

    def build(query, found):
        ((_row, conditions),) = found[0] or ((None, [SQL("FALSE")]),)
        query.add_where(conditions[0])
        query.add_where(SQL("crm_lead.id > %s", after))
        query.add_where(
            SQL(
                "crm_lead.active AND crm_lead.won_status = %s",
                "pending" if is_open else "won",
            )
        )
        query.add_where(
            SQL(
                "NOT EXISTS (SELECT FROM crm_nurture_enrollment AS past"
                " WHERE past.lead_id = crm_lead.id AND past.track_id = %s"
                " AND (past.state IN ('active', 'paused') OR %s))",
                row.id,
                row.values["reentry"] == "never",
            )
        )
        query.order, query.limit = SQL("crm_lead.id"), limit
        return query.select(SQL("crm_lead.id"))

    env["crm.nurture.enrollment"].flush_model()
    env["crm.lead"].flush_model(["active", "won_status"])
    rules = RuleSet.of(env, Plan([("crm.nurture.track", (row,))], build))
    return [lead_id for (lead_id,) in rules.execute(None)]
