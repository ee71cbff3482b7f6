# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""X Education's leads as plain values: one row of the file, one dict.

"Select" is a drop-down that somebody saw and left untouched, an empty cell a question that
nobody asked. They convert very differently, so both are kept: "Select" as a text like any
other, an empty cell as no value at all.
"""

from typing import NamedTuple

from .rows import choice, number, read, required, text, whole, yes_no

FILE = "leads.csv"
MONTH = 31 * 24 * 3600


class Column(NamedTuple):
    """How a column is read, and which custom field keeps it (none: a field of Odoo does)."""

    convert: object
    field: str = ""
    type: str = ""


CHAR, INTEGER, FLOAT, BOOLEAN = "char", "integer", "float", "boolean"

COLUMNS = {
    "Prospect ID": Column(required(text), "x_prospect_id", CHAR),
    "Lead Number": Column(required(whole(1, 2**31 - 1)), "x_lead_number", INTEGER),
    "Lead Origin": Column(text),
    "Lead Source": Column(text),
    "Do Not Email": Column(yes_no, "x_do_not_email", BOOLEAN),
    "Do Not Call": Column(yes_no, "x_do_not_call", BOOLEAN),
    "Converted": Column(required(choice("0", "1"))),
    "TotalVisits": Column(whole(0, 10_000), "x_total_visits", INTEGER),
    "Total Time Spent on Website": Column(
        whole(0, MONTH), "x_seconds_on_website", INTEGER
    ),
    "Page Views Per Visit": Column(number(0, 1000), "x_pages_per_visit", FLOAT),
    "Last Activity": Column(text, "x_last_activity", CHAR),
    "Country": Column(text),
    "Specialization": Column(text, "x_specialization", CHAR),
    "How did you hear about X Education": Column(text, "x_heard_from", CHAR),
    "What is your current occupation": Column(text, "x_occupation", CHAR),
    "What matters most to you in choosing a course": Column(
        text, "x_matters_most", CHAR
    ),
    "Search": Column(yes_no, "x_ad_search", BOOLEAN),
    "Magazine": Column(yes_no, "x_ad_magazine", BOOLEAN),
    "Newspaper Article": Column(yes_no, "x_ad_newspaper_article", BOOLEAN),
    "X Education Forums": Column(yes_no, "x_ad_forums", BOOLEAN),
    "Newspaper": Column(yes_no, "x_ad_newspaper", BOOLEAN),
    "Digital Advertisement": Column(yes_no, "x_ad_digital", BOOLEAN),
    "Through Recommendations": Column(yes_no, "x_recommended", BOOLEAN),
    "Receive More Updates About Our Courses": Column(
        yes_no, "x_wants_updates", BOOLEAN
    ),
    "Tags": Column(text),
    "Lead Quality": Column(text, "x_lead_quality", CHAR),
    "Update me on Supply Chain Content": Column(
        yes_no, "x_wants_supply_chain", BOOLEAN
    ),
    "Get updates on DM Content": Column(yes_no, "x_wants_dm", BOOLEAN),
    "Lead Profile": Column(text, "x_lead_profile", CHAR),
    "City": Column(text, "x_city", CHAR),
    "Asymmetrique Activity Index": Column(text, "x_activity_index", CHAR),
    "Asymmetrique Profile Index": Column(text, "x_profile_index", CHAR),
    "Asymmetrique Activity Score": Column(number(0, 100), "x_activity_score", FLOAT),
    "Asymmetrique Profile Score": Column(number(0, 100), "x_profile_score", FLOAT),
    "I agree to pay the amount through cheque": Column(
        yes_no, "x_pays_by_cheque", BOOLEAN
    ),
    "A free copy of Mastering The Interview": Column(yes_no, "x_free_copy", BOOLEAN),
    "Last Notable Activity": Column(text, "x_last_notable_activity", CHAR),
}

# The newest of those that did not buy: this share of all rows, by lead number, is still open.
OPEN_SHARE = 0.25

NO_CITY = {
    None,
    "Select",
    "Other Cities",
    "Other Cities of Maharashtra",
    "Other Metro Cities",
}
NO_CITY |= {"Tier II Cities"}
CITIES = {"Thane & Outskirts": "Thane"}

UNREACHABLE = {
    "invalid number",
    "wrong number given",
    "number not provided",
    "switched off",
}
UNREACHABLE |= {"Ringing", "opp hangup", "Busy"}
COMPETITOR = {"Lost to EINS", "Lost to Others", "in touch with EINS"}
NO_FIT = {
    "Already a student",
    "Diploma holder (Not Eligible)",
    "Graduation in progress",
    "Interested  in full time MBA",
    "Interested in other courses",
    "Lateral student",
    "Not doing further education",
    "Recognition issue (DEC approval)",
    "University not recognized",
}

# Nobody's name: each is common, the pairs are drawn by the lead's number.
# fmt: off
FIRST_NAMES = [
    "Aarav", "Aditi", "Amina", "Anil", "Asha", "Bilal", "Chitra", "David", "Deepa",
    "Divya", "Farah", "Gita", "Hari", "Imran", "Isha", "Jaya", "Kabir", "Kiran", "Lata",
    "Leela", "Maya", "Meera", "Mohan", "Nadia", "Neha", "Nikhil", "Omar", "Pooja",
    "Priya", "Rahul", "Rania", "Ravi", "Rohan", "Sana", "Sara", "Sunil", "Tara", "Usha",
    "Vikram", "Zoya", "Zubin",
]
LAST_NAMES = [
    "Ahuja", "Bakshi", "Bose", "Chandra", "Chopra", "Das", "Desai", "Dutta",
    "Fernandes", "Gandhi", "Ghosh", "Goel", "Iyer", "Jain", "Joshi", "Kapoor", "Khan",
    "Kulkarni", "Lal", "Malik", "Mehta", "Menon", "Mishra", "Nair", "Naidu", "Pai",
    "Patel", "Pillai", "Rao", "Roy", "Saxena", "Sethi", "Shah", "Sharma", "Singh",
    "Sinha", "Verma",
]
# fmt: on


def parse(content):
    """Return the leads of the file, and what is wrong with the other rows.

    :param bytes content: the file ``leads.csv``.
    :return: list of leads as dicts (see :func:`lead`), list of complaints.
    """
    converters = {name: column.convert for name, column in COLUMNS.items()}
    rows, complaints = read(content, converters, unique=("Prospect ID", "Lead Number"))
    open_from = first_open_number([values["Lead Number"] for _line, values in rows])
    return [lead(values, open_from) for _line, values in rows], complaints


def first_open_number(numbers):
    """Return the lead number from which on unconverted leads are still open.

    >>> first_open_number(range(100, 200))
    175
    """
    ordered = sorted(numbers)
    return ordered[int(len(ordered) * (1 - OPEN_SHARE))] if ordered else 0


def lead(values, open_from):
    """Return one lead as plain values: what Odoo has fields for by name, the rest in "custom".

    :param dict values: converted cells by column name.
    :param int open_from: see :func:`first_open_number`.
    """
    number_ = values["Lead Number"]
    name = person(number_)
    specialization = values["Specialization"]
    known = specialization not in (None, "Select")
    return {
        "key": f"x_education_{number_}",
        "name": f"{specialization} course" if known else "Course enquiry",
        "contact_name": name,
        "email": f"{name.replace(' ', '.').lower()}.{number_}@example.com",
        "city": city(values["City"]),
        "country": values["Country"],
        "source": source(values["Lead Source"]),
        "medium": values["Lead Origin"],
        "tag": values["Tags"],
        "state": state(values, open_from),
        "lost_reason": lost_reason(values["Tags"]),
        "custom": {
            column.field: values[title]
            for title, column in COLUMNS.items()
            if column.field and values[title] is not None
        },
    }


def state(values, open_from):
    """Return "won" for who bought; "open" for who may yet; else "lost".

    The file has no dates, but its numbers run with time.
    """
    if values["Converted"] == "1":
        return "won"
    return "open" if values["Lead Number"] >= open_from else "lost"


def person(number_):
    """Return a made-up name, always the same for the same lead.

    >>> person(660737) == person(660737)
    True
    """
    first = FIRST_NAMES[number_ % len(FIRST_NAMES)]
    return f"{first} {LAST_NAMES[number_ // len(FIRST_NAMES) % len(LAST_NAMES)]}"


def city(cell):
    """Return the city, where the answer names one.

    >>> city("Mumbai"), city("Other Metro Cities"), city("Thane & Outskirts")
    ('Mumbai', None, 'Thane')
    """
    return None if cell in NO_CITY else CITIES.get(cell, cell)


def source(cell):
    """Return the source, written one way.

    >>> source("google"), source("Press_Release"), source("Select")
    ('Google', 'Press Release', None)
    """
    if cell in (None, "Select"):
        return None
    cell = cell.replace("_", " ")
    return cell[:1].upper() + cell[1:]


def lost_reason(tag):
    """Return why the lead was lost, from the tag that the salesperson gave it.

    >>> lost_reason("Ringing"), lost_reason(None)
    ('Cannot be reached', 'Did not decide')
    """
    if tag in UNREACHABLE:
        return "Cannot be reached"
    if tag in COMPETITOR:
        return "Went to a competitor"
    return "Needs do not match" if tag in NO_FIT else "Did not decide"
