# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from datetime import timedelta
from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.phone_validation.models.mail_thread_phone import PHONE_REGEX_PATTERN

from ...tools.intake.same_person import compatible, is_role, name_words
from ..common.rule.several import BETWEEN_NUMBERS, ways_of_writing

# More leads than these with one address are those of a desk or a portal.
MOST_CANDIDATES = 20


class Wanted(NamedTuple):
    """Somebody who is looked for."""

    place: int
    company_id: int
    source_id: int | None = None
    email: str | None = None  # as Odoo normalises it
    phone: str | None = None  # E.164
    person: str | None = None  # number of the person at the source
    name: str = ""
    partner_name: str = ""
    known_days: int = 90
    proven_phone: bool = False  # the number is that from which somebody calls or writes


class Match(NamedTuple):
    """Who it is."""

    lead_id: int | None  # the open lead of the same person, or an earlier one
    how: str  # person, email, role, phone, number; of what is not sure: phone, company, several
    sure: bool
    is_open: bool = False  # it may be joined
    is_won: bool = False
    lead_ids: tuple = ()  # all that may be meant
    names: tuple = ()  # how these are called


class Found(NamedTuple):
    """A lead with something in common."""

    place: int
    lead_id: int
    email: bool
    phone: bool
    person: bool
    company: bool
    contact_name: str
    address: str
    is_open: bool
    is_won: bool
    arrived_on: object
    name: str = ""


# What proves who somebody is, the surest first.
SURE = ("person", "email", "role", "phone", "number")
# The sources of candidates: each by an index of its own.
CANDIDATES = """
    SELECT id FROM (SELECT id FROM crm_lead WHERE email_normalized = wanted.email
                    OFFSET 0) AS by_email
    UNION
    SELECT id FROM (SELECT id FROM crm_lead WHERE phone_sanitized = wanted.phone
                    OFFSET 0) AS by_phone
    UNION
    SELECT id FROM (SELECT id FROM crm_lead WHERE partner_name = wanted.partner_name
                    LIMIT %(most)s) AS by_company
    UNION
    SELECT lead_id FROM (SELECT lead_id FROM crm_intake_item
                          WHERE source_id = wanted.source_id AND person_ref = wanted.person
                            AND person_ref IS NOT NULL AND lead_id IS NOT NULL
                         OFFSET 0) AS by_person
    UNION
    SELECT lead.id FROM contact JOIN crm_lead AS lead ON lead.partner_id = contact.id
     WHERE contact.place = wanted.place
"""


# The people (not companies) among the contacts: the lead of one may have another address, or
# another number, than he. Of a field with several numbers Odoo reads none: who calls is looked
# for in it, by Odoo's index of the text.
LOOK = """
    WITH wanted(place, source_id, email, phone, person, partner_name, caller, ways) AS (
        VALUES %(values)s),
    contact(place, id, by_email) AS MATERIALIZED (
        SELECT wanted.place, partner.id, TRUE
          FROM wanted JOIN res_partner AS partner ON partner.email_normalized = wanted.email
         WHERE partner.is_company IS NOT TRUE
         UNION ALL
        SELECT wanted.place, partner.id, FALSE
          FROM wanted JOIN res_partner AS partner ON partner.phone_sanitized = wanted.phone
         WHERE partner.is_company IS NOT TRUE
         UNION ALL
        SELECT wanted.place, partner.id, FALSE
          FROM wanted JOIN res_partner AS partner ON partner.phone IS NOT NULL
           AND regexp_replace(partner.phone::text, %(odoo)s::text, ''::text, 'g'::text)
               LIKE '%%' || wanted.caller || '%%'
         WHERE partner.is_company IS NOT TRUE
           AND EXISTS (SELECT FROM regexp_split_to_table(partner.phone, %(between)s) AS one
                        WHERE regexp_replace(one, '[^0-9+]', '', 'g') = ANY(wanted.ways)))
    SELECT wanted.place, lead.id,
           COALESCE(lead.email_normalized = wanted.email, FALSE)
           OR EXISTS (SELECT FROM contact WHERE contact.place = wanted.place
                         AND contact.id = lead.partner_id AND contact.by_email),
           COALESCE(lead.phone_sanitized = wanted.phone, FALSE)
           OR EXISTS (SELECT FROM contact WHERE contact.place = wanted.place
                         AND contact.id = lead.partner_id AND NOT contact.by_email),
           EXISTS (SELECT FROM crm_intake_item AS item
                    WHERE item.source_id = wanted.source_id
                      AND item.person_ref = wanted.person AND item.lead_id = lead.id),
           COALESCE(lead.partner_name = wanted.partner_name, FALSE),
           COALESCE(lead.contact_name, ''), COALESCE(lead.email_normalized, ''),
           lead.active AND lead.won_status = 'pending', lead.won_status = 'won',
           COALESCE(lead.received_on, lead.create_date), lead.name
      FROM wanted
     CROSS JOIN LATERAL (SELECT id FROM (%(candidates)s) AS each
                          ORDER BY id DESC LIMIT %(most)s) AS candidate
      JOIN crm_lead AS lead ON lead.id = candidate.id
"""


class CrmIntakeMatcher(models.AbstractModel):
    """Tells whether somebody who writes or calls has a lead already.

    **What.** The same person is who has the same mail address (not one of a desk), the same
    phone number with a name that goes together, or the same number at the source. Somebody of
    a desk needs the same name, too. All else is no proof: it is left to a person. Address and
    number are those of the lead, or of the person who is its contact.

    **How to use.** ``_match([Wanted(...), ...])`` returns ``{place: Match}``; who is not in it
    is new. Leads of the same company only; closed ones are found, and said to be closed.

    **How it works.** One statement for any number; names are compared in Python
    (``tools/intake/same_person.py``).
    """

    _name = "crm.intake.matcher"
    _description = "Matcher of people and leads"

    @api.model
    def _match(self, rows):
        """Find the leads of people.

        :param list[Wanted] rows: who is looked for.
        :return: ``{place: Match}``.
        :rtype: dict
        """
        rows = list(rows)
        if not rows:
            return {}
        candidates = {}
        for found in self._candidates(rows):
            candidates.setdefault(found.place, []).append(found)
        now = fields.Datetime.now()
        matches = {}
        for row in rows:
            mine = candidates.get(row.place)
            match = mine and self._decide(row, mine, now)
            if match:
                matches[row.place] = match
        return matches

    # === DECIDING === #

    @api.model
    def _decide(self, row, candidates, now):
        """Return what is to be thought of candidates, or None where they say nothing."""
        since = now - timedelta(days=row.known_days)
        ranked = {}
        for found in candidates:
            how = self._how(row, found)
            if how:
                ranked.setdefault(how, []).append(found)
        for how in SURE:
            same = [found for found in ranked.get(how, ()) if found.is_open]
            fresh = [found for found in same if found.arrived_on >= since]
            if len(fresh) > 1:
                return self._doubt("several", fresh)
            if fresh:
                return self._sure(how, fresh[0], is_open=True)
        for how in SURE:
            if ranked.get(how):
                last = max(ranked[how], key=lambda found: found.lead_id)
                return self._sure(how, last, is_won=last.is_won)
        for how, code in (("other", "phone"), ("company", "company")):
            still = [found for found in ranked.get(how, ()) if found.is_open]
            if still:
                return self._doubt(code, still)
        return None

    @api.model
    def _sure(self, how, found, **more):
        """Return that somebody is the person of a lead."""
        ids, names = (found.lead_id,), (found.name,)
        return Match(found.lead_id, how, True, lead_ids=ids, names=names, **more)

    @api.model
    def _doubt(self, how, candidates):
        """Return that somebody may be the person of one of the leads."""
        ids = tuple(found.lead_id for found in candidates)
        names = tuple(found.name or "" for found in candidates)
        return Match(None, how, False, lead_ids=ids, names=names)

    @api.model
    def _how(self, row, found):
        """Return by what somebody is the person of a lead; "other" where it is doubtful."""
        named = bool(name_words(row.name)) and bool(name_words(found.contact_name))
        agrees = named and compatible(row.name, found.contact_name)
        if found.person:
            return "person"
        if found.email and not is_role(row.email):
            return "email"
        if found.email and agrees:
            return "role"
        if found.phone and agrees:
            return "phone"
        if found.phone and (row.proven_phone or self._is_nameless(row, found)):
            return "number"
        if found.phone:
            return "other"
        if found.company and not agrees:
            return "company"
        return None

    @api.model
    def _is_nameless(self, row, found):
        """Tell whether nothing but the number is known of both."""
        nobody = not name_words(row.name) and not name_words(found.contact_name)
        return nobody and not row.email and not found.address

    # === LOOKING === #

    @api.model
    def _candidates(self, rows):
        """Return the leads that have something in common with those who are looked for.

        :rtype: list[Found]
        """
        # sudo: whose lead it is, whoever is at the door.
        leads = self.env["crm.lead"].sudo()
        names = [
            "email_normalized", "phone_sanitized", "partner_name", "contact_name", "active",
            "won_status", "received_on", "company_id", "team_id", "user_id", "partner_id",
        ]  # fmt: skip
        leads.flush_model([name for name in names if leads._fields[name].store])
        self.env["crm.intake.item"].flush_model(["source_id", "person_ref", "lead_id"])
        self.env["res.partner"].flush_model(
            ["email_normalized", "phone", "phone_sanitized", "is_company"]
        )
        values = SQL(", ").join(
            SQL(
                "(%s::int, %s::int, %s::text, %s::text, %s::text, %s::text, %s::text,"
                " %s::text[])",
                row.place,
                row.source_id,
                row.email,
                row.phone,
                row.person,
                (row.partner_name or "").strip() or None,
                *self._caller(row),
            )
            for row in rows
        )
        found = self.env.execute_query(
            SQL(
                LOOK,
                values=values,
                candidates=SQL(CANDIDATES, most=MOST_CANDIDATES),
                most=3 * MOST_CANDIDATES,
                odoo=PHONE_REGEX_PATTERN,
                between=BETWEEN_NUMBERS,
            )
        )
        return self._of_company(rows, [Found(*row) for row in found])

    @api.model
    def _caller(self, row):
        """Return the digits of who calls or writes from a number, and how it may be written."""
        if not row.phone or not row.proven_phone:
            return None, []
        return row.phone.lstrip("+"), sorted(ways_of_writing(row.phone))

    @api.model
    def _of_company(self, rows, found):
        """Return the candidates that are of the company of whom they may be."""
        Company = self.env["res.company"]
        if Company._crm_is_only_company():
            return found
        wanted = {row.place: row.company_id for row in rows}
        # sudo: the company of a lead, whoever may see it.
        leads = self.env["crm.lead"].sudo().browse({one.lead_id for one in found})
        company = {lead.id: Company._crm_of_lead(lead).id for lead in leads}
        return [one for one in found if company[one.lead_id] == wanted[one.place]]
