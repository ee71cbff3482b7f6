# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import json
import logging
import os
import random
from collections import Counter

from odoo.tests import BaseCase, tagged

from ...tools.intake import doors, guess, mails, paths, tables, values
from ...tools.intake.bodies import parse
from .common import IntakeCommon

_logger = logging.getLogger(__name__)

# CRM_LEAD_FUZZ=100000 ./dev/test --only unit -k IntakeFuzz
NUMBER = int(os.environ.get("CRM_LEAD_FUZZ", "3000"))
# So many pass the whole letterbox: all where a number is named.
STORED, TOGETHER = (NUMBER if "CRM_LEAD_FUZZ" in os.environ else 300), 500
KEYS = (
    "name", "email", "phone", "message", "your-email", "first name", "lead_id", "entry",
    "changes", "value", "messages", "from", "user_column_data", "RESPONSE", "field_data",
    "external_ref", "utm_source", "company size", "consent", "created_time", "country",
    "birthdate", "", "\u0000", "الاسم", "a.b", "$", "0", "is_test", "event", "call_id",
)  # fmt: skip
WORDS = (
    "", " ", "N/A", "a@b.example", "a@@b", "@", "+966501234567", "00000", "31/02/2026",
    "1.000,50", "<script>alert(1)</script>", "'; DROP TABLE crm_lead; --", "{{ 7*7 }}",
    "\x00", "\ud800", "😀" * 50, "\u202e‮evil", "x" * 5000, "Last, First", "yes", "hayır",
    "9" * 400, "1e999", "-1", "=HYPERLINK()", "%s%s", "../../etc/passwd", "NaN", "null",
)  # fmt: skip
KINDS = ("web", "api", "google", "whatsapp", "telephony")


def payload(chance, depth=0):
    """Return some data, as a sender may have them who means harm, or nothing at all."""
    roll = chance.random()
    if depth > 4 or roll < 0.45:
        return chance.choice(WORDS)
    if roll < 0.55:
        return chance.choice([None, True, False, 0, -1, 1.5, 10**30])
    if roll < 0.7:
        return [payload(chance, depth + 1) for _item in range(chance.randint(0, 4))]
    return {
        chance.choice(KEYS): payload(chance, depth + 1)
        for _key in range(chance.randint(0, 7))
    }


@tagged("post_install", "-at_install")
class TestIntakeFuzzPlain(BaseCase):
    """What reads data from outside raises nothing but ValueError, whatever comes."""

    def test_plain_functions(self):
        chance = random.Random(16)
        for _round in range(NUMBER):
            data = payload(chance)
            text = json.dumps(data)
            for body in (data, text, text[: chance.randint(0, 40)], f"a={text}"):
                found = parse(body)
                if found is None or paths.depth(found) > paths.MOST_DEPTH:
                    continue
                json.dumps(found).encode()
                for entry in doors.entries(chance.choice(KINDS), found):
                    pairs = list(paths.leaves(entry.data))
                    guess.propose(pairs)
                    for path, value in pairs[:5]:
                        paths.find(entry.data, path)
                        self._read(value)
            mails.lines(text)
            mails.adf(text)

    def _read(self, value):
        for read in (
            values.text,
            values.name,
            values.number,
            values.date,
            values.truth,
        ):
            try:
                read(value)
            except ValueError:
                continue

    def test_files(self):
        chance = random.Random(17)
        for _round in range(NUMBER // 3):
            raw = bytes(
                chance.choices(
                    b'ab,;"\n\r\t\x00\xff\xfe=PK\xd0', k=chance.randint(0, 60)
                )
            )
            try:
                table = tables.read(raw)
            except ValueError:
                continue
            self.assertTrue(
                all(len(row) == len(table.columns) for _line, row in table.rows)
            )


@tagged("post_install", "-at_install")
class TestIntakeFuzz(IntakeCommon):
    """Whatever comes is kept, and ends in a state with a reason; nothing is left unescaped."""

    def test_entries(self):
        chance = random.Random(18)
        sources = [self._make_source(kind) for kind in KINDS]
        states = Counter()
        for start in range(0, STORED, TOGETHER):
            numbers = range(start, min(start + TOGETHER, STORED))
            items = self.env["crm.intake.item"]
            # Taken back afterwards: a hundred thousand take no longer each than the first.
            point = self.env.cr.savepoint()
            for number in numbers:
                items |= self._receive(chance, chance.choice(sources), number)
            states.update(self._check(items))
            point.close(rollback=True)
            self.env.transaction.clear()
        _logger.info("%s entries: %s", STORED, dict(states))

    def _receive(self, chance, source, number):
        data = payload(chance)
        data = data if isinstance(data, dict) else {"value": data}
        found = self.engine._receive(source, data, external_ref=f"fuzz-{number}")
        if source.kind in ("web", "api"):
            self.assertTrue(found, f"entry {number}")
        return found

    def _check(self, items):
        """Process items; return how many ended in which state."""
        with self.assertNoLogs("odoo", "ERROR"):
            self.engine._process(items)
        self.env.flush_all()
        self.assertEqual(items.exists(), items)
        self.assertFalse(items.filtered(lambda item: item.state == "received"))
        self.assertTrue(all(items.mapped("reason")))
        for lead in items.lead_id:
            said = " ".join(
                str(lead[name] or "") for name in ("name", "contact_name", "phone")
            )
            bodies = said + " ".join(lead.message_ids.mapped("body"))
            bodies += str(lead.description or "")
            self.assertNotIn("<script", bodies)
        return Counter(items.mapped("state"))
