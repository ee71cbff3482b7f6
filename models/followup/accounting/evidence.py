# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""What shows that a step was done: facts on record, not clicks."""

from odoo.tools import SQL

from ...common import contacts

# The steps that follow one another; to qualify goes on beside them.
CHAIN = ("welcome", "needs_call", "offer", "after_offer", "close")
# Once one of these is there nobody needs to qualify the lead any more.
PAST_QUALIFYING = ("offer", "after_offer", "close")

QUERY = """
    WITH lead AS MATERIALIZED (
        SELECT crm_lead.id, crm_lead.qualification_state, crm_lead.active,
               crm_lead.won_status, crm_lead.date_closed, crm_lead.lost_reason_id,
               crm_lead.date_last_stage_update, stage.lead_role
          FROM crm_lead LEFT JOIN crm_stage AS stage ON stage.id = crm_lead.stage_id
         WHERE crm_lead.id = ANY(%(leads)s)),
    touch AS (
        SELECT one.lead_id, one.occurred_on, one.kind, one.direction, one.outcome,
               %(answer)s OR %(landed)s AS is_contact
          FROM crm_touchpoint AS one
         WHERE one.lead_id = ANY(%(leads)s) AND one.occurred_on <= %(now)s),
    first AS (
        SELECT touch.lead_id,
               min(touch.occurred_on) FILTER (
                   WHERE touch.direction = 'out' AND touch.kind IN ('email', 'sms', 'whatsapp')
                     AND touch.outcome IS DISTINCT FROM 'failed') AS welcome,
               min(touch.occurred_on) FILTER (
                   WHERE touch.kind = 'call' AND touch.outcome = 'talked'
                      OR touch.outcome = 'held') AS needs_call
          FROM touch GROUP BY touch.lead_id),
    offered AS (SELECT lead.id, %(offer)s AS offer FROM lead)
    SELECT lead.id, COALESCE(lead.qualification_state, ''), first.welcome, first.needs_call,
           offered.offer,
           (SELECT min(touch.occurred_on) FROM touch
             WHERE touch.lead_id = lead.id AND touch.is_contact
               AND touch.occurred_on > offered.offer),
           CASE WHEN lead.won_status = 'won' OR lead.lost_reason_id IS NOT NULL
                THEN lead.date_closed END,
           (SELECT min(touch.occurred_on) FROM touch
             WHERE touch.lead_id = lead.id AND touch.is_contact
               AND lead.won_status = 'won' AND touch.occurred_on > lead.date_closed)
      FROM lead JOIN offered ON offered.id = lead.id
      LEFT JOIN first ON first.lead_id = lead.id
"""
NAMES = ("welcome", "needs_call", "offer", "after_offer", "close", "care")


def read(env, lead_ids, now):
    """Return when each step was done, as far as the records show it: one query.

    :return: by lead id, by the code of the step, a moment in UTC; None: not yet. For "qualify"
        whether it is done, or None where the lead has no questions.
    :rtype: dict[int, dict]
    """
    env["crm.lead"].flush_model(
        ["qualification_state", "active", "won_status", "date_closed", "lost_reason_id",
         "date_last_stage_update", "stage_id"]
    )  # fmt: skip
    statement = SQL(
        QUERY,
        leads=list(lead_ids),
        now=now,
        answer=contacts.judged(env, "is_answer", "one"),
        landed=contacts.judged(env, "is_landed", "one"),
        offer=SQL("LEAST(%s)", SQL(", ").join(offers(env))),
    )
    found = {}
    for lead_id, state, *moments in env.execute_query(statement):
        found[lead_id] = dict(zip(NAMES, moments, strict=True))
        found[lead_id]["qualify"] = None if not state else state in ("passed", "failed")
    return found


def offers(env):
    """Return when a lead, ``lead`` in the statement, got its offer: one SQL for each way."""
    sqls = [
        SQL(
            "CASE WHEN lead.lead_role IN ('negotiation', 'customer')"
            " THEN COALESCE(lead.date_last_stage_update, lead.date_closed) END"
        )
    ]
    if "opportunity_id" in env.get("sale.order", env["res.users"])._fields:
        env["sale.order"].flush_model(["opportunity_id", "state", "date_order"])
        sqls.append(
            SQL(
                "(SELECT min(sale.date_order) FROM sale_order AS sale"
                " WHERE sale.opportunity_id = lead.id AND sale.state IN ('sent', 'sale'))"
            )
        )
    sqls += env["crm.followup.accountant"]._offer_sqls()
    return sqls


def current(done, active, is_open, is_customer):
    """Return which steps are due for a lead now, and since when.

    A step begins when one before it is done, whichever; those that were passed over are not
    asked for any more.

    :param dict done: of :func:`read`, of one lead.
    :param active: the codes of the steps that somebody is responsible for.
    :return: pairs of a code and the moment from which its time counts; None: from the
        lead's arrival.

    >>> done = {"qualify": False, "welcome": 1, "needs_call": None, "offer": None,
    ...         "after_offer": None, "close": None, "care": None}
    >>> everything = {"qualify", *CHAIN, "care"}
    >>> current(done, everything, True, False)
    [('qualify', None), ('needs_call', 1)]
    >>> current(done, everything - {"needs_call"}, True, False)
    [('qualify', None), ('offer', 1)]
    >>> current({**done, "qualify": True, "offer": 5}, everything, True, False)
    [('after_offer', 5)]
    >>> current({**done, "close": 9}, everything, False, True)
    [('care', 9)]
    """
    steps = []
    if is_customer:
        if "care" in active and not done["care"]:
            steps.append(("care", done["close"]))
        return steps
    if not is_open:
        return steps
    reached = [place for place, code in enumerate(CHAIN) if done[code]]
    further = any(done[code] for code in PAST_QUALIFYING)
    if "qualify" in active and done["qualify"] is False and not further:
        steps.append(("qualify", None))
    last = max(reached, default=-1)
    following = [code for code in CHAIN[last + 1 :] if code in active]
    if following:
        steps.append((following[0], done[CHAIN[last]] if reached else None))
    return steps
