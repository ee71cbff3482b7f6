# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""What deciding needs to know about leads, from their records."""

from ..deciding.method import HISTORY
from ..deciding.types import NOTHING, SKILLS, LeadFacts
from .history import band

# The fields of a lead that say what a member should know, by the names of SKILLS.
ASKS = {
    "language": "lang_id",
    "industry": "industry_id",
    "product": "product_ids",
    "tags": "tag_ids",
}


def read(leads, rules, defaults, excluded, replay):
    """Return what is to be known about each lead, as far as the rules ask for it.

    :param leads: crm.lead records.
    :param list[Rule] rules: those that match one of them.
    :param dict defaults: by lead id, the user whom Odoo would have made the owner.
    :param dict excluded: by lead id, ids of users who must not get it.
    :param bool replay: judge working hours as of when each lead came in.
    :rtype: dict[int, LeadFacts]
    """
    # sudo: all leads are looked at in the same way, whoever saves them.
    leads = leads.sudo()
    skills = [skill for skill in SKILLS if any(skill in rule.skills for rule in rules)]
    similar = any(HISTORY in rule.method.needs for rule in rules)
    by_grade = any(rule.by_grade for rule in rules)
    courses = leads._grade_courses() if by_grade else False
    return {
        lead.id: LeadFacts(
            lead.id,
            lead.user_id.id,
            lead.team_id.id,
            (lead.company_id or lead.team_id.company_id).id,
            lead.create_uid.id,
            lead.lead_grade,
            defaults.get(lead.id),
            frozenset(excluded.get(lead.id, ())),
            {
                skill: frozenset(lead[ASKS[skill]].ids) if skill in skills else NOTHING
                for skill in SKILLS
            },
            traits=_traits(lead) if similar else NOTHING,
            pool_team_id=courses and _pool_team_id(courses[lead.id]),
            moment=lead.create_date if replay else None,
        )
        for lead in leads
    }


def _pool_team_id(course):
    """Return the id of the team that a course of action names, or False."""
    team = course.pool_team_id
    return team.active and team.id


def _traits(lead):
    """Return what makes a lead similar to others, as (dimension, value) pairs."""
    traits = {
        ("industry", lead.industry_id.id),
        ("language", lead.lang_id.id),
        ("country", lead.country_id.id),
        ("value", band(lead.expected_revenue)),
        *(("product", product_id) for product_id in lead.product_ids.ids),
        *(("segment", segment_id) for segment_id in lead.segment_ids.ids),
    }
    return frozenset(trait for trait in traits if trait[1])
