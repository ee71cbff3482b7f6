# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Proposes what a column, a key or a label of somebody else's form means for a lead.

>>> [guess(text) for text in ("your-email", "Phone Number", "Company / Account", "E-posta")]
['email_from', 'phone', 'partner_name', 'email_from']
>>> [guess(text) for text in ("tel-1", "First Name", "Last Name", "Ad Soyad", "الاسم", "Notiz")]
['phone', 'first_name', 'last_name', 'contact_name', 'contact_name', None]
>>> guess("Person - Email - Work"), guess("Lead Owner"), guess("ad_name"), guess("id")
('email_from', None, None, None)

A path is read from its end; words that say nothing are passed over, and a title helps:

>>> guess("fields.email.value"), guess("user_column_data.FULL_NAME"), guess("meta.remote_ip.value")
('email_from', 'contact_name', None)
>>> guess("fields.field_ab12cd.value", title="Phone")
'phone'

Where no name helps the value may:

>>> guess("2", value="ana@loja-x.example"), guess("3", value="(21) 000-1122"), guess("5", value="7")
('email_from', 'phone', None)
"""

import re

from .same_person import fold

# What stands for what: phrases as fold() writes them, in the languages of our users.
# fmt: off
WORDS = {
    "email_from": (
        "email", "e mail", "email from", "mail", "email address", "your email", "eposta", "e posta",
        "e mail adresse", "correo", "correo electronico", "courriel", "البريد الالكتروني",
        "البريد", "ايميل", "sender email", "user email", "work email", "email work",
        "e posta adresi", "mail adresi",
    ),
    "phone": (
        "phone", "tel", "telephone", "mobile", "cell", "phone number", "mobile number",
        "cell phone", "mobile phone", "mobile cell phone", "telefon", "telefon numarasi",
        "cep", "cep telefonu", "gsm", "telefonnummer", "telefono", "telefone",
        "telephone number", "sender mobile", "sender phone", "user phone", "your phone",
        "whatsapp", "whatsapp number", "الهاتف", "رقم الهاتف", "الجوال", "رقم الجوال", "جوال",
        "هاتف", "phone work", "phone mobile", "work phone",
    ),
    "first_name": (
        "first name", "firstname", "given name", "fname", "vorname", "prenom", "nombre", "ad",
        "adi", "الاسم الاول",
    ),
    "last_name": (
        "last name", "lastname", "surname", "family name", "lname", "nachname",
        "nom de famille", "apellido", "apellidos", "soyad", "soyadi", "اسم العائله", "اللقب",
    ),
    "contact_name": (
        "name", "full name", "fullname", "your name", "contact name", "contact",
        "customer name", "sender name", "person name", "ad soyad", "adi soyadi", "isim",
        "isim soyisim", "nom", "nome", "الاسم", "الاسم الكامل", "اسم", "buyer name",
        "lead name", "client name",
    ),
    "partner_name": (
        "company", "company name", "partner name", "organization", "organisation",
        "organization name",
        "account name", "company account", "associated company", "business name",
        "sender company", "firma", "firma adi", "sirket", "sirket adi", "kurum", "empresa",
        "societe", "entreprise", "unternehmen", "الشركه", "اسم الشركه", "شركه",
    ),
    "function": (
        "job title", "position", "jobtitle", "title", "designation", "unvan", "gorev", "cargo",
        "puesto", "المسمى الوظيفي", "title position", "job position",
    ),
    "website": (
        "website", "website url", "url of company", "web site", "web sitesi", "homepage",
    ),
    "street": (
        "street", "address", "street address", "sender address", "adres", "adresse",
        "direccion", "endereco", "العنوان",
    ),
    "city": (
        "city", "town", "sender city", "sehir", "il", "ville", "stadt", "ciudad", "cidade",
        "المدينه",
    ),
    "state_id": (
        "state", "province", "region", "sender state",
    ),
    "zip": (
        "zip", "zip code", "zipcode", "postal code", "postcode", "pincode", "sender pincode",
        "posta kodu", "plz",
    ),
    "country_id": (
        "country", "country region", "country code", "sender country iso", "ulke", "land",
        "pays", "pais", "الدوله", "البلد",
    ),
    "industry_id": (
        "industry", "sector", "sektor", "branche",
    ),
    "company_size": (
        "company size", "employees", "no of employees", "number of employees",
        "calisan sayisi",
    ),
    "request_note": (
        "message", "your message", "comments", "comment", "inquiry", "enquiry", "request",
        "question", "query message", "note", "notes", "mesaj", "mesajiniz", "aciklama",
        "nachricht", "mensaje", "mensagem", "details", "requirement", "requirements",
        "الرساله", "رسالتك", "الاستفسار", "body", "description",
    ),
    "name": (
        "subject", "your subject", "lead title", "konu", "betreff", "asunto", "assunto",
        "الموضوع",
    ),
    "product_ids": (
        "product", "products", "product name", "query product name", "service", "urun",
    ),
    "expected_revenue": (
        "expected revenue", "lead value", "budget", "amount", "deal value",
    ),
    "source_id": (
        "utm source",
    ),
    "medium_id": (
        "utm medium",
    ),
    "campaign_id": (
        "utm campaign",
    ),
    "social_linkedin": (
        "linkedin", "linkedin profile url", "linkedin url",
    ),
    "consent": (
        "consent", "marketing consent", "gdpr", "kvkk", "newsletter", "acceptance",
        "acceptance 1", "terms",
    ),
    "no_mail": (
        "email opt out", "opt out", "do not email", "unsubscribed",
    ),
    "lang_id": (
        "language", "language code", "lang", "locale", "dil", "اللغه",
    ),
    "external_ref": (
        "external ref", "external reference",
    ),
    "occurred_on": (
        "created time", "create date", "date created", "created date", "query time",
        "lead creation date", "lead lead created", "submitted at",
    ),
}
# fmt: on
PHRASES = {
    fold(phrase): target for target, phrases in WORDS.items() for phrase in phrases
}
# Segments of a path that only say that a value follows.
HOLLOW = frozenset(("value", "raw value", "string value", "values", "text", "answer"))
# Keys about somebody or something else.
ELSE = (
    "owner",
    "ip",
    "campaign name",
    "ad name",
    "adset",
    "form name",
    "user agent",
    "page url",
)
EMAIL = re.compile(r"^[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>.]{2,}$")
PHONE = re.compile(r"^[+(]?[\d\s().\-/+]{7,24}$")
# Of values that name nothing more, these win over what is guessed from their looks.
FIRST_PARTS = {"first": "first_name", "last": "last_name"}


def guess(path, value=None, title=None):
    """Return the target that a name likely stands for, or None; see the module.

    :param str path: a key, a column, a label, or the path to a value.
    :param value: what is there in a sample.
    :param str title: what the form calls it, where it says so.
    """
    found = PHRASES.get(fold(title)) if title else None
    return found or _by_name(path) or _by_value(value)


def _by_name(path):
    whole = _phrase(path)
    if any(re.search(rf"\b{word}\b", whole) for word in ELSE):
        return None
    steps = [_phrase(step) for step in re.split(r"\.(?!\d)", path)]
    steps = [step for step in steps if step not in HOLLOW]
    for phrase in (whole, *steps[-1:]):
        found = _by_phrase(phrase)
        if found:
            return found
    return None


def _phrase(text):
    """Return a key as words: camelCase and numbers at its end taken apart."""
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    return re.sub(r"(?: \d+)+$", "", fold(text)).strip()


def _by_phrase(phrase):
    if phrase in PHRASES:
        return PHRASES[phrase]
    # "person - email - work": without what stands before and after.
    words = phrase.split()
    if words[:1] in (
        ["person"],
        ["your"],
        ["user"],
        ["customer"],
        ["contact"],
        ["billing"],
    ):
        return _by_phrase(" ".join(words[1:]))
    if words[-1:] in (["work"], ["home"], ["mobile"], ["primary"], ["1"]) and words[1:]:
        return _by_phrase(" ".join(words[:-1]))
    return None


def _by_value(value):
    if not isinstance(value, str):
        return None
    text = value.strip()
    if EMAIL.match(text):
        return "email_from"
    digits = sum(char.isdigit() for char in text)
    if (
        PHONE.match(text)
        and 7 <= digits <= 15
        and not re.match(r"^\d{4}-\d\d-\d\d", text)
    ):
        # Numbers of cases have no signs in between, phones have, or begin with a plus or 0.
        return "phone" if re.search(r"^\+|^0|[()\s-]", text) else None
    return None


def propose(pairs, titles=None):
    """Return a proposal for all paths of a sample: ``{path: target}``.

    Of several paths for one target the first counts; the rest stay unmapped.

    :param pairs: (path, value).
    :param dict titles: by path, what the form calls it.

    >>> propose([("1.3", "Ana"), ("1.6", "Silva"), ("2", "a@b.example")])
    {'1.3': 'first_name', '1.6': 'last_name', '2': 'email_from'}
    >>> propose([("email", "a@b.example"), ("Email 2", "c@d.example"), ("x", None)])
    {'email': 'email_from'}
    >>> propose([("name", "Price list"), ("contact_name", "Ana")])
    {'name': 'name', 'contact_name': 'contact_name'}
    """
    pairs, found = list(pairs), {}
    named = any(fold(path) == "contact name" for path, _value in pairs)
    for path, value in pairs:
        target = guess(path, value, (titles or {}).get(path))
        if named and fold(path) == "name":
            target = "name"  # as Odoo calls the title
        # Gravity Forms numbers the parts of a name so.
        if not target and re.fullmatch(r"\d+\.[36]", path):
            target = "first_name" if path.endswith(".3") else "last_name"
        if target and (target not in found.values() or target == "product_ids"):
            found[path] = target
    if "first_name" in found.values() and "last_name" in found.values():
        found = {path: t for path, t in found.items() if t != "contact_name"}
    return found
