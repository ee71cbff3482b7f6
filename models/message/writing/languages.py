# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""In which languages a message really has a text, and which one a lead would get."""

from typing import NamedTuple

from odoo.tools import SQL

# Odoo keeps the first text of a translated field under this code, whatever it is written in.
FIRST = "en_US"


class Texts(NamedTuple):
    """The languages that the text of one channel is written in."""

    languages: frozenset  # codes of the languages that it is really written in
    first: str  # code of the language that everybody else gets


def text_languages(templates):
    """Return the languages of the messages' texts, by message id and channel.

    Three queries for any number of messages. A channel without a text is left out.

    :rtype: dict[int, dict[str, Texts]]
    """
    mails = _read_languages(templates.mail_template_id, "body_html")
    texts = _read_languages(templates.sms_template_id, "body")
    own = _read_languages(templates, "whatsapp_body")
    result = {}
    for template in templates:
        parts = {
            "email": mails.get(template.mail_template_id.id),
            "sms": texts.get(template.sms_template_id.id),
            "whatsapp": own.get(template.id),
        }
        result[template.id] = {name: part for name, part in parts.items() if part}
    return result


def _read_languages(records, field_name):
    """Return in which languages a translated field is written, by record id.

    What stands under English is a copy where somebody wrote the text in another language
    only: the two are the same then, and there is no English text.

    :rtype: dict[int, Texts]
    """
    if not records:
        return {}
    table = records._table
    column = SQL.identifier(table, field_name, to_flush=records._fields[field_name])
    rows = records.env.execute_query(
        SQL(
            """
            SELECT id,
                   ARRAY(SELECT jsonb_object_keys(%(column)s)),
                   (SELECT min(text.key)
                      FROM jsonb_each_text(%(column)s) text
                     WHERE text.key <> %(first)s
                       AND text.value = %(column)s ->> %(first)s)
              FROM %(table)s
             WHERE id = ANY(%(ids)s) AND %(column)s IS NOT NULL
            """,
            column=column,
            first=FIRST,
            table=SQL.identifier(table),
            ids=records.ids,
        )
    )
    return {
        record_id: Texts(
            frozenset(codes) - ({FIRST} if copied else frozenset()), copied or FIRST
        )
        for record_id, codes, copied in rows
    }


def _arrives_in(texts, code):
    """Return the language in which a lead gets a text.

    :param Texts texts: the languages of the text; None where there is none.
    :param str code: the lead's language.
    :rtype: str
    """
    if not texts or code in texts.languages:
        return code
    return texts.first


def is_foreign(texts, code):
    """Tell whether a text is in another language than the lead's; dialects are the same."""
    return _arrives_in(texts, code).split("_")[0] != code.split("_")[0]


def has_language(template, code, languages):
    """Tell whether the message has a text in a language, in any channel.

    :param str code: the lead's language.
    :param dict languages: as :func:`text_languages` gives them.
    """
    return any(not is_foreign(texts, code) for texts in languages[template.id].values())


def foreign_note(template, lead, channel, languages=None, code=None):
    """Return a note where the text of a channel is not in the lead's language, or "".

    :param lead: one crm.lead record.
    :param str channel: email, sms or whatsapp.
    :param dict languages: as :func:`text_languages` gives them; looked up when None.
    :param str code: the language that was chosen; the lead's when None.
    :rtype: str
    """
    if not template or not channel:
        return ""
    languages = text_languages(template) if languages is None else languages
    texts, code = languages[template.id].get(channel), code or lead.message_lang
    if not is_foreign(texts, code):
        return ""
    lang = template.env["res.lang"]
    return template.env._(
        "The message has no text in the lead's language %(language)s: it arrives in"
        " %(used)s. Translate it, or choose another message.",
        language=lang._get_data(code=code).name,
        used=lang._get_data(code=_arrives_in(texts, code)).name,
    )
