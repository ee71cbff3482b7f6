# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Reads an entry by the field map of its source: what it says about a person."""

import re

from odoo import fields
from odoo.tools.mail import email_normalize, email_split

from ...tools import event_time
from ...tools.intake import values
from ...tools.intake.guess import EMAIL
from ...tools.intake.mails import is_from
from ...tools.intake.paths import find, leaves
from ...tools.intake.same_person import fold
from ...tools.normalise import has_extension, least_of_range, plain_phone
from ...tools.social import social_link
from .said import Said
from .sample import Sample

# By field of a lead, the model in which a name is looked up, and by which fields.
LOOKED_UP = {
    "country_id": ("res.country", ("code", "name")),
    "state_id": ("res.country.state", ("name", "code")),
    "lang_id": ("res.lang", ("code", "iso_code", "name")),
    "industry_id": ("res.partner.industry", ("name", "full_name")),
    "product_ids": ("product.template", ("name", "default_code")),
    "tag_ids": ("crm.tag", ("name",)),
}
UTM = {
    "source_id": "utm.source",
    "medium_id": "utm.medium",
    "campaign_id": "utm.campaign",
}
LONG = frozenset(("request_note", "description", "note"))
# What is no news for the owner of a lead.
UNTOLD = frozenset(
    ("google key", "external ref", "body", "subject", "from", "honeypot")
)
MOST_CHARS = 250
MOST_WHOLE = 2**31 - 1
# Entries of several numbers or addresses in one cell.
PARTS = re.compile(r"\s*[,;/|]\s*|\s+(?=\+)")


class Reader:
    """Reads entries of one source. What names stand for is looked up once for each name."""

    def __init__(self, source, dry=False):
        """
        :param source: crm.intake.source, as superuser.
        :param bool dry: nothing is written: what is not there yet is not made.
        """
        self.env, self.source, self.dry = source.env, source, dry
        self.lines = [
            (line, line._pattern(), line._words()) for line in source.mapping_ids
        ]
        self.mapped = {line.path for line in source.mapping_ids}
        self.country = source.country_id or source.company_id.country_id
        self.found = {}

    # === READING === #

    # It is no model.
    def read(self, data):  # pylint: disable=method-required-super
        """Return what an entry says.

        :param data: as of JSON.
        :rtype: Said
        """
        said, given = Said(), {}
        flat = list(leaves(data))
        if self.lines:
            used = self._by_lines(said, data, flat, given)
        else:
            proposed = Sample(self.source).map_of(data)
            for path, target in proposed.items():
                self._take(said, given, target, find(data, path))
            used = set(proposed)
        self._finish(said, given)
        said.more = [
            (path, values.text(value))
            for path, value in flat
            if path not in used and self._is_telling(path, value)
        ]
        return said

    def _by_lines(self, said, data, flat, given):
        used = set()
        for line, pattern, words in self.lines:
            if pattern:
                match = re.search(pattern, self._whole(data), re.I | re.M)
                value = match.group(1) if match else None
            else:
                value = find(data, line.path)
                if value is None:
                    value = self._by_label(flat, line.path)
            used.add(line.path)
            if words and value is not None:
                text = values.text(value)
                value = words.get(text.casefold(), text)
            if line.required and not values.text(value):
                said.missing.append(line.path)
            if line.target == "question":
                if values.text(value):
                    said.answers.append((line.id, values.text(value)))
                continue
            self._take(said, given, line.target, value, line)
        plain = {fold(path) for path in self.mapped}
        return used | {path for path, _value in flat if fold(path) in plain}

    def _by_label(self, flat, path):
        """Return the value under a name that differs in capitals, accents or signs only."""
        wanted = fold(path)
        return next((value for name, value in flat if fold(name) == wanted), None)

    def _whole(self, data):
        if isinstance(data, dict) and isinstance(data.get("body"), str):
            return data["body"]
        return "\n".join(
            f"{path}: {values.text(value)}" for path, value in leaves(data)
        )

    def _is_telling(self, path, value):
        """Tell whether something that no line knows is worth telling the owner."""
        last = fold(path).split()[-1:] or [""]
        return (
            isinstance(value, (str, int, float))
            and not isinstance(value, bool)
            and bool(values.text(value))
            and not path.startswith(("_", "crm_"))
            and last[0] not in ("id", "type", "title", "required", "key", "version")
            and fold(path) not in UNTOLD
            and path != self.source.honeypot
        )

    # === ONE VALUE === #

    def _take(self, said, given, target, value, line=None):
        """Note what a value says; one that cannot be read is noted as odd."""
        if target == "ignore" or value is None:
            return
        try:
            read = self._read_as(line, value)
            self._put(said, given, target, read, line)
        except (ValueError, TypeError, OverflowError, KeyError):
            said.odd.append((target, values.text(value)))

    def _read_as(self, line, value):
        """Return a value as the line of the map wants it read."""
        kind = line.transform if line else None
        if kind == "name":
            return values.name(value)
        if kind == "number":
            return values.number(value)
        if kind == "date":
            return values.date(value, line.date_format or None)
        if kind == "list" and isinstance(value, str):
            return [part for part in re.split(r"\s*[,;\n]\s*", value) if part]
        if kind == "truth":
            return values.truth(value)
        return value

    def _put(self, said, given, target, value, line):
        text = values.text(value)
        if target in ("first_name", "last_name"):
            given[target] = " ".join(text.split())
        elif target == "consent":
            said.consent = values.truth(value)
        elif target == "no_mail":
            said.consent = False if values.truth(value) else said.consent
        elif target == "note":
            said.notes += [text] if text else []
        elif target == "touchpoint":
            said.summary = text[:MOST_CHARS]
        elif target == "occurred_on":
            said.moment = value
        elif target in ("external_ref", "person_ref"):
            setattr(
                said,
                target.removesuffix("_ref").replace("external", "ref"),
                text or None,
            )
        elif text:
            self._put_field(said, given, target, value, text, line)

    def _put_field(self, said, given, target, value, text, line):
        """Note the value of a field of the lead."""
        if target in ("email_from", "phone"):
            given.setdefault(target, []).extend(PARTS.split(text) if text else [])
        elif target == "contact_name":
            said.vals[target] = values.name(value)[:MOST_CHARS]
        elif target in LOOKED_UP:
            self._put_linked(said, target, value, text)
        elif target in UTM:
            said.vals[target] = self._utm(UTM[target], text)
        elif target == "company_size":
            size = _whole(least_of_range(text))
            if size < 0:
                raise ValueError(value)
            said.vals[target] = size
        elif target.startswith("social_"):
            said.vals[target] = (
                social_link(target.removeprefix("social_"), text) or False
            )
        elif target in LONG:
            before = said.vals.get(target)
            said.vals[target] = f"{before}\n{text}" if before else text
        else:
            said.vals[target] = self._plain_value(target, value, text, line)

    def _plain_value(self, target, value, text, line):
        """Return the value of a field by its type."""
        field_ = self.env["crm.lead"]._fields[target]
        if field_.type in ("float", "monetary"):
            found = values.number(value)
            if target == "expected_revenue" and found < 0:
                raise ValueError(value)  # nobody buys for less than nothing
            return found
        if field_.type == "integer":
            return _whole(value)
        if field_.type == "date":
            is_read = line and line.transform == "date"
            form = line.date_format if line and not is_read else None
            return _day(values.date(value, form or None), target)
        if field_.type == "boolean":
            return bool(values.truth(value))
        if field_.type == "selection":
            return self._choice(field_, text)
        if field_.type == "text":
            return text
        return " ".join(text.split())[:MOST_CHARS]

    def _choice(self, field_, text):
        wanted = fold(text)
        for key, label in field_._description_selection(self.env):
            if wanted in (fold(key), fold(label)):
                return key
        raise ValueError(text)

    # === NAMES OF OTHER RECORDS === #

    def _put_linked(self, said, target, value, text):
        many = target.endswith("_ids")
        names = (
            value if isinstance(value, list) else text.split(",") if many else [text]
        )
        for name in filter(None, map(values.text, names)):
            found = self._look_up(target, name)
            if not found:
                said.odd.append((target, name))
            elif many:
                said.vals.setdefault(target, []).append((4, found))
            else:
                said.vals[target] = found

    def _look_up(self, target, name):
        """Return the id of the record that a name stands for, or None."""
        key = target, fold(name)
        if key not in self.found:
            self.found[key] = self._search(target, name.strip())
        return self.found[key]

    def _search(self, target, name):
        model_name, names = LOOKED_UP[target]
        model = self.env[model_name]
        plain = _plain(name)
        for field_name in names:
            found = model.search([(field_name, "=ilike", plain)], limit=1)
            if not found and model._fields[field_name].translate:
                for code, _name in self.env["res.lang"].get_installed():
                    words = model.with_context(lang=code)
                    found = found or words.search(
                        [(field_name, "=ilike", plain)], limit=1
                    )
            if found:
                return found.id
        if model_name == "res.lang" and len(name) >= 2:
            short = plain[:2].lower()
            return (
                model.search([("code", "=ilike", f"{short}\\_%")], limit=1).id or None
            )
        return None

    def _utm(self, model_name, text):
        """Return the id of a source, medium or campaign; Odoo makes those that it lacks."""
        key = model_name, fold(text)
        if key not in self.found:
            model = self.env[model_name].with_context(active_test=False)
            found = model.search([("name", "=ilike", _plain(text.strip()))], limit=1)
            if not found and not self.dry:
                mixin = self.env["utm.mixin"]
                found = mixin._find_or_create_record(model_name, text.strip())
            self.found[key] = found.id
        return self.found[key]

    # === WHAT BELONGS TOGETHER === #

    def _finish(self, said, given):
        names = [given[name] for name in ("first_name", "last_name") if given.get(name)]
        if names and not said.vals.get("contact_name"):
            said.vals["contact_name"] = " ".join(names)
        emails, phones = given.get("email_from", []), given.get("phone", [])
        emails, phones = self._swapped(said, emails, phones)
        for name, found in (("email_from", emails), ("phone", phones)):
            if found:
                said.vals[name] = found[0][:MOST_CHARS]
                said.notes += [f"{self._label(name)}: {more}" for more in found[1:]]
        if not said.vals.get("country_id") and self.source.country_id:
            said.vals["country_id"] = self.source.country_id.id
        self._normalise(said)

    def complete_mail(self, said, data):
        """Fill in what a mail says by its headers, where its lines did not.

        :param dict data: of ``tools/intake/mails.py``.
        """
        vals = said.vals
        address = data.get("reply address") or ""
        if (
            not said.email
            and address
            and not is_from(address, self.source.sender or "")
        ):
            vals["email_from"] = address
        if not vals.get("contact_name") and data.get("reply name"):
            vals["contact_name"] = values.name(data["reply name"])[:MOST_CHARS]
        if data.get("subject"):
            vals.setdefault("name", values.text(data["subject"])[:MOST_CHARS])
        if data.get("body"):
            vals.setdefault("description", values.text(data["body"]))
        if data.get("attachments"):
            said.notes.append(f"[{data['attachments']}]")
        hidden = {"from", "body", "subject", "reply name", "reply address", "sent"}
        hidden.add("attachments")
        said.more = [(path, text) for path, text in said.more if path not in hidden]
        self._normalise(said)

    def _label(self, name):
        return self.env["crm.lead"]._fields[name]._description_string(self.env)

    def _swapped(self, said, emails, phones):
        """Put addresses and numbers where they belong, if they were typed into each other's
        place, or into that of the name.
        """
        emails = [part.strip() for part in emails if part.strip()]
        phones = [part.strip() for part in phones if part.strip()]
        is_mail = bool(phones) and bool(EMAIL.match(phones[0]))
        is_number = bool(emails) and _is_number(emails[0])
        if (is_mail and (is_number or not emails)) or (is_number and not phones):
            emails, phones = phones, emails
            said.notes.append(
                self.env._("Email and phone stood in each other's field.")
            )
        name = said.vals.get("contact_name") or ""
        if EMAIL.match(name) and not any(EMAIL.match(one) for one in emails):
            said.vals["contact_name"] = values.name(" ".join(emails))[:MOST_CHARS]
            emails = [name]
        return [_bare(one) for one in emails], list(dict.fromkeys(phones))

    def _normalise(self, said):
        """Find by what the person is known: the plain address, the number in E.164."""
        address = said.vals.get("email_from")
        if address:
            found = email_normalize(address) or ""
            said.email = found if EMAIL.match(found) else None
            if said.email and is_from(said.email, self.source.sender or ""):
                said.email = None
                del said.vals["email_from"]
        number = plain_phone(said.vals.get("phone") or "")
        if number:
            said.vals["phone"] = number
            country = self.country
            if said.vals.get("country_id"):
                country = self.env["res.country"].browse(said.vals["country_id"])
            said.phone = self._e164(
                re.sub(r"(?i)\s*(ext|x|dahili|#).*$", "", number), country
            )
        elif "phone" in said.vals:
            del said.vals["phone"]

    def _e164(self, number, country):
        """Return a number as matching compares it, or None where it is none."""
        lead = self.env["crm.lead"]
        return (
            lead._phone_format(number=number, country=country, force_format="E164")
            or None
        )

    def moment(self, value, now):
        """Return when something was sent, as a datetime in UTC; None where nobody says so.

        :param datetime now: in UTC.
        """
        if value in (None, ""):
            return None
        try:
            return event_time.moment(value, now)
        except (ValueError, OverflowError, TypeError):
            return None


def _whole(value):
    """Return a whole number that the database can hold."""
    found = int(values.number(value))
    if abs(found) > MOST_WHOLE:
        raise ValueError(value)
    return found


def _day(text, target):
    """Return a day; of a birth, one on which somebody can have been born."""
    if target == "birthdate" and not "1900" < text <= str(fields.Date.today()):
        raise ValueError(text)
    return text


def _plain(text):
    """Return a text for a search by pattern."""
    return text.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")


def _is_number(text):
    """Tell whether a text is a phone number: an address may have as many digits."""
    if "@" in text:
        return False
    return sum(char.isdigit() for char in text) >= 7 and not has_extension(text)


def _bare(text):
    """Return the address of "Name <address>", and anything else as it is."""
    found = email_split(text) if "<" in text else []
    return found[0] if len(found) == 1 else text
