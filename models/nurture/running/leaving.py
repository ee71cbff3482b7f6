# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Who has to leave a track, and why.

Asked when something happens with a lead, and once more in the transaction that sends.
"""

from odoo.tools import SQL

from ....tools.pipeline import ROLES
from ...common.contacts import judged
from ...common.rule.crm_rule_mixin import RuleRow

# Stages that a lead reaches when it is nurtured no more.
BEYOND = [
    role for role in ROLES[ROLES.index("nurturing") + 1 :] if role != "unqualified"
]
READ = {
    "crm.lead": [
        "active",
        "won_status",
        "stage_id",
        "date_last_stage_update",
        "lead_band",
    ],
    "crm.stage": ["lead_role"],
    "crm.touchpoint": [
        "lead_id",
        "occurred_on",
        "direction",
        "kind",
        "is_human",
        "outcome",
    ],
    "calendar.event": ["opportunity_id", "active"],
    "crm.lead.grade.log": ["lead_id"],
}
STANDING = """
    SELECT one.id, COALESCE(CASE
           WHEN track.audience = 'customer' AND lead.won_status = 'pending' THEN 'reopened'
           WHEN track.audience = 'open' AND lead.won_status = 'won' THEN 'won'
           WHEN stage.lead_role = 'unqualified' THEN 'unqualified'
           WHEN lead.won_status = 'lost' THEN 'lost'
           WHEN NOT lead.active THEN 'archived' END,
           CASE WHEN answer.id IS NOT NULL THEN 'answered'
           WHEN talk.id IS NOT NULL THEN 'talked'
           WHEN track.exit_on_meeting AND EXISTS (
                SELECT FROM calendar_event AS event
                 WHERE event.opportunity_id = lead.id AND event.active
                   AND event.create_date > one.started_on) THEN 'meeting'
           WHEN track.exit_on_stage AND stage.lead_role = ANY(%(beyond)s)
                AND track.audience = 'open' AND lead.date_last_stage_update > one.started_on
                AND NOT EXISTS (
                    SELECT FROM crm_nurture_step AS own
                     WHERE own.track_id = track.id AND own.stage_id = lead.stage_id)
                THEN 'stage'
           WHEN track.exit_on_focus AND lead.lead_band = 'focus' AND EXISTS (
                SELECT FROM crm_lead_grade_log AS grade
                 WHERE grade.lead_id = lead.id AND grade.create_date > one.started_on)
                THEN 'focus' END),
           COALESCE(answer.id, talk.id)
      FROM crm_nurture_enrollment AS one
      JOIN crm_nurture_track AS track ON track.id = one.track_id
      JOIN crm_lead AS lead ON lead.id = one.lead_id
 LEFT JOIN crm_stage AS stage ON stage.id = lead.stage_id
 LEFT JOIN LATERAL (
           SELECT touch.id FROM crm_touchpoint AS touch
            WHERE touch.lead_id = lead.id AND touch.occurred_on > one.started_on
              AND touch.direction = 'in' AND %(landed)s
         ORDER BY touch.occurred_on, touch.id LIMIT 1) AS answer ON TRUE
 LEFT JOIN LATERAL (
           SELECT touch.id FROM crm_touchpoint AS touch
            WHERE track.exit_on_talk AND touch.lead_id = lead.id
              AND touch.occurred_on > one.started_on AND touch.is_human
              AND touch.outcome IN ('talked', 'held')
         ORDER BY touch.occurred_on, touch.id LIMIT 1) AS talk ON TRUE
     WHERE one.id = ANY(%(ids)s)
"""
# Answers of other leads of the same person, or with the same address.
OTHERS = """
    SELECT DISTINCT ON (one.id) one.id, touch.id
      FROM crm_nurture_enrollment AS one
      JOIN crm_lead AS lead ON lead.id <> one.lead_id
           AND (lead.email_normalized IN (one.address_key)
                OR lead.phone_sanitized IN (one.address_key, one.phone_key))
      JOIN crm_touchpoint AS touch ON touch.lead_id = lead.id
           AND touch.occurred_on > one.started_on AND touch.direction = 'in' AND %(landed)s
     WHERE one.id = ANY(%(ids)s)
  ORDER BY one.id, touch.occurred_on
"""


class Exit:
    """Why an enrollment ends: a code, what is known beside it, and the event that did it."""

    def __init__(self, code, touchpoint_id=None, **facts):
        self.code, self.touchpoint_id, self.facts = code, touchpoint_id, facts


def find(env, enrollments):
    """Return who of these has to leave, and why.

    A constant number of queries for any number; one more for each track with a goal, or
    with a condition that has to hold on.

    :param enrollments: crm.nurture.enrollment records, as superuser.
    :rtype: dict[crm.nurture.enrollment, Exit]
    """
    if not enrollments:
        return {}
    for name, fields in READ.items():
        env[name].flush_model(fields)
    for name in ("crm.nurture.enrollment", "crm.nurture.track", "crm.nurture.step"):
        env[name].flush_model()
    found = {}
    landed = judged(env, "is_landed", "touch")
    rows = env.execute_query(
        SQL(STANDING, landed=landed, ids=enrollments.ids, beyond=BEYOND)
    )
    for one_id, code, touchpoint_id in rows:
        if code:
            found[enrollments.browse(one_id)] = Exit(code, touchpoint_id)
    rows = env.execute_query(SQL(OTHERS, landed=landed, ids=enrollments.ids))
    for one_id, touchpoint_id in rows:
        found.setdefault(enrollments.browse(one_id), Exit("answered", touchpoint_id))
    staying = enrollments.filtered(lambda one: one not in found)
    found.update(_by_condition(env, staying))
    staying = staying.filtered(lambda one: one not in found)
    found.update(blocked(env, staying))
    return found


def _by_condition(env, enrollments):
    """Return who is set aside, has reached the goal, or does not match any more."""
    found, Company = {}, env["res.company"]
    if Company._crm_setting_aside():
        for one in enrollments:
            if Company._crm_is_set_aside(one.lead_id):
                found[one] = Exit("aside")
    for track, group in enrollments.grouped("track_id").items():
        if track.goal_domain:
            reached = _matching(track, track.goal_domain, group.lead_id) or ()
            found.update(
                (one, Exit("goal")) for one in group if one.lead_id.id in reached
            )
        if track.exit_when_unmatched:
            matched = _matching(track, track.domain, group.lead_id)
            for one in group if matched is not None else ():
                if one.lead_id.id not in matched:
                    found.setdefault(one, Exit("unmatched"))
    return found


def _matching(track, text, leads):
    """Return the ids of those of the leads that match a domain of a track.

    None where it no longer works: the track is switched off then, and its owner told.
    """
    try:
        domain = track._parse_domain(text)
    except (ValueError, SyntaxError, TypeError) as error:
        track._rule_switch_off({track.id: str(error)})
        return None
    row = RuleRow(track.id, track.name, False, domain, {}, track.domain_lang or None)
    matched = track._rule_match(leads, (row,))
    if track.broken_reason:
        return None
    return {lead_id for lead_id, found in matched.items() if found}


def blocked(env, enrollments):
    """Return who can be reached by none of the channels that the rest of the track needs."""
    needs, guard = {}, env["crm.message.guard"]
    rests = {}
    for one in enrollments:
        key = one.track_id, one.lane, one.last_step_id
        if key not in rests:
            rests[key] = _rest(one)
        if rests[key]:
            needs[one] = rests[key]
    channels = set().union(*needs.values())
    leads = env["crm.lead"].union(*(one.lead_id for one in needs))
    blockers = {name: guard._blockers(leads, name) for name in sorted(channels)}
    found = {}
    for one, wanted in needs.items():
        lead = one.lead_id
        if all(lead.id in blockers[name] for name in wanted):
            own = {"email": "optout_email", "sms": "optout_sms"}
            wish = any(lead[own.get(name, "optout_whatsapp")] for name in wanted)
            words = blockers[sorted(wanted)[0]][lead.id]
            found[one] = Exit("opted_out" if wish else "blocked", words=words)
    return found


def _rest(one):
    """Return the channels of the messages that an enrollment still has before it."""
    steps = one.track_id._message_steps().filtered(lambda step: step.lane == one.lane)
    last = one.last_step_id
    if last:
        place = last.sequence, last.id
        steps = steps.filtered(lambda step: (step.sequence, step.id) > place)
    return set().union(*(step._channels() for step in steps))
