# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Takes apart what comes in by a door: one delivery may bring several entries, or none.

Each entry becomes one item of the letterbox. Its number there makes a delivery that comes
twice harmless; the number of the person there tells who it is.

>>> [entry.ref for entry in entries("api", {"name": "Ana", "external_ref": "A-1"})]
['A-1']
>>> body = {"RESPONSE": [{"UNIQUE_QUERY_ID": "7", "SENDER_NAME": "Asha"}], "STATUS": "SUCCESS"}
>>> [(entry.ref, entry.data["SENDER_NAME"]) for entry in entries("web", body)]
[('7', 'Asha')]
>>> entries("whatsapp", {"entry": [{"changes": [{"value": {"statuses": [{"id": "x"}]}}]}]})
[]
>>> entries("google", {"lead_id": "L1", "is_test": True})[0].skip
'test'
>>> call = {"call_id": "C1", "event": "ringing", "from": "+905320001122"}
>>> entries("telephony", call)[0].skip, entries("telephony", {**call, "event": "missed"})[0].skip
('ringing', None)

Meta tells only the number of a lead, which is then asked for:

>>> change = {"field": "leadgen", "value": {"leadgen_id": 5, "form_id": 6}}
>>> body = {"entry": [{"changes": [change]}]}
>>> entries("meta", body)[0].ref, entries("meta", body)[0].data["leadgen_id"]
('5', 5)
"""

from dataclasses import dataclass

from . import paths, values
from .same_person import fold

# How systems call the number of what they send, by where it cannot be anything else.
REFS = (
    "external_ref",
    "UNIQUE_QUERY_ID",
    "leadgen_id",
    "update_id",
    "submission_id",
    "event_id",
)
MOST_ENTRIES = 1000
RINGING = frozenset(
    ("ringing", "ring", "initiated", "queued", "start", "started", "created")
)
RUNNING = frozenset(("answered", "answer", "in progress", "connected", "established"))
MISSED = frozenset(
    (
        "missed",
        "no answer",
        "noanswer",
        "unanswered",
        "abandoned",
        "busy",
        "failed",
        "cancelled",
        "canceled",
        "voicemail",
    )
)


@dataclass
class Entry:
    """One entry of a delivery."""

    data: object
    ref: str | None = None  # its number there
    person: str | None = None  # the number of the person there
    moment: object = None  # when it happened, as the sender writes it
    skip: str | None = None  # why it is kept, but becomes nothing: a code


def entries(kind, data):
    """Return the entries of a delivery.

    :param str kind: of the source.
    :param data: what came, as of JSON.
    :rtype: list[Entry]
    """
    return READERS.get(kind, _plain)(data)


def _plain(data):
    inner = data.get("RESPONSE") if isinstance(data, dict) else None
    if _items(inner) and all(isinstance(item, dict) for item in inner):
        data = inner
    found = _items(data) if isinstance(data, list) else [data]
    return [_one(item) for item in found[:MOST_ENTRIES] or [{}]]


def _items(value):
    """Return the items of what should be a list."""
    return value if isinstance(value, list) else []


def _one(item):
    if not isinstance(item, dict):
        return Entry({"value": item})
    if isinstance(item.get("user_column_data"), list):
        return _google_one(item)
    ref = next((item[key] for key in REFS if _is_plain(item.get(key))), None)
    if (
        ref is None
        and item.get("date_created")
        and item.get("form_id")
        and item.get("id")
    ):
        ref = f"{item['form_id']}-{item['id']}"  # an entry of Gravity Forms
    person = paths.find(item, "message.from.id") if "update_id" in item else None
    moment = paths.find(item, "message.date") if "update_id" in item else None
    return Entry(item, _text(ref), _text(person), moment)


def _google(data):
    found = _plain(data)
    for entry in found:
        if isinstance(entry.data, dict):
            entry.ref = _text(entry.data.get("lead_id")) or entry.ref
            entry.skip = "test" if entry.data.get("is_test") is True else None
    return found


def _google_one(item):
    is_test = item.get("is_test") is True
    return Entry(item, _text(item.get("lead_id")), skip="test" if is_test else None)


def _changes(data):
    """Yield the values of what Meta tells, each with the field that it is about."""
    for entry in _items(data.get("entry") if isinstance(data, dict) else None):
        for change in _items(entry.get("changes") if isinstance(entry, dict) else None):
            value = change.get("value") if isinstance(change, dict) else None
            if isinstance(value, dict):
                yield change.get("field"), value


def _whatsapp(data):
    found = []
    for _field, value in _changes(data):
        names = {}
        for contact in _items(value.get("contacts")):
            if isinstance(contact, dict):
                names[_text(contact.get("wa_id"))] = paths.find(contact, "profile.name")
        for message in _items(value.get("messages")):
            sender = _text(message.get("from")) if isinstance(message, dict) else None
            if not sender:
                continue
            entry = {
                "name": names.get(sender),
                "phone": f"+{sender.lstrip('+')}",
                "message": _said(message),
                "type": message.get("type"),
                "referral": message.get("referral"),
                "to": paths.find(value, "metadata.display_phone_number"),
            }
            entry = {key: one for key, one in entry.items() if one}
            found.append(
                Entry(entry, _text(message.get("id")), sender, message.get("timestamp"))
            )
    return found


def _said(message):
    """Return the words of a message of WhatsApp, whatever kind it is of."""
    kind = str(message.get("type") or "")
    for path in (
        "text.body",
        "button.text",
        "interactive.button_reply.title",
        "interactive.list_reply.title",
        f"{kind}.caption",
        f"{kind}.filename",
    ):
        words = paths.find(message, path)
        if words:
            return words
    return f"[{kind}]" if kind else ""


def _meta(data):
    found = [
        Entry(value, _text(value.get("leadgen_id")), moment=value.get("created_time"))
        for field, value in _changes(data)
        if field == "leadgen" and value.get("leadgen_id")
    ]
    if found or (isinstance(data, dict) and "entry" in data):
        return found
    # The lead itself, as others pass it on.
    whole = _plain(data)
    for entry in whole:
        if isinstance(entry.data, dict) and "field_data" in entry.data:
            entry.ref = _text(entry.data.get("id"))
            entry.moment = entry.data.get("created_time")
    return whole


def _telephony(data):
    found = []
    for item in data if isinstance(data, list) else [data]:
        if not isinstance(item, dict):
            continue
        call = call_of(item)
        ref = call["id"] and f"{call['id']}:{call['event'] or 'call'}"
        skip = call["event"] if call["event"] in ("ringing", "answered") else None
        found.append(Entry(item, ref, moment=call["moment"], skip=skip))
    return found


def call_of(item):
    """Return what a telephone system tells of a call, whatever it calls things.

    :return: ``id``, ``event`` (ringing, answered, missed, ended), ``direction`` (in, out),
        ``number`` (the other side's), ``seconds`` (talked), ``moment``.
    :rtype: dict

    >>> call_of({"uuid": "1", "status": "no-answer", "caller": "0532", "callee": "100"})["event"]
    'missed'
    >>> call = {"id": 2, "direction": "outbound", "from": "100", "to": "0532", "duration": "65"}
    >>> call_of(call)["number"], call_of(call)["event"]
    ('0532', 'ended')
    >>> call_of({**call, "duration": "²"})["number"]
    '0532'
    """

    def given(*names):
        folded = {fold(key): value for key, value in item.items()}
        return next((folded[n] for n in names if folded.get(n) not in (None, "")), None)

    seconds = given("billsec", "talk time", "duration", "call duration", "seconds")
    try:
        seconds = max(0.0, values.number(seconds))
    except ValueError:
        seconds = 0.0
    words = ("event", "status", "state", "call status", "disposition", "type")
    event = _event(fold(given(*words)), seconds)
    direction = fold(given("direction", "call direction", "call type"))
    is_out = direction.startswith("out")
    caller = given(
        "from", "caller", "caller id", "src", "from number", "callerid", "caller number"
    )
    callee = given("to", "callee", "called", "dst", "to number", "destination")
    number = callee if is_out else caller
    return {
        "id": _text(
            given("call id", "id", "uuid", "callid", "uniqueid", "call sid", "callsid")
        ),
        "event": event,
        "direction": "out" if is_out else "in",
        # What people read is plain text, whatever the other side calls itself.
        "number": values.text(_text(number or given("phone", "number"))) or None,
        "name": values.text(_text(given("name", "caller name"))) or None,
        "seconds": seconds,
        "moment": given(
            "time", "timestamp", "start", "started at", "occurred on", "date"
        ),
    }


def _event(word, seconds):
    """Return what happened to a call: ringing, answered, missed or ended."""
    if word in RINGING or word in RUNNING:
        return "ringing" if word in RINGING else "answered"
    if word in MISSED:
        return "missed"
    # A call that ended without a second of talk was missed.
    return (
        "ended" if seconds or word not in ("ended", "completed", "hangup") else "missed"
    )


def _is_plain(value):
    return isinstance(value, (str, int)) and not isinstance(value, bool) and value != ""


def _text(value):
    return str(value).strip()[:200] or None if _is_plain(value) else None


READERS = {
    "google": _google,
    "whatsapp": _whatsapp,
    "meta": _meta,
    "telephony": _telephony,
}
