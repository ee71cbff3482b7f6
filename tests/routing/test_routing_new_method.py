# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
from contextlib import contextmanager
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from ...models.routing.deciding import methods
from ...models.routing.deciding.methods import LOADS, TeamMethod
from ...models.routing.deciding.person_methods import PersonMethod
from .common import RoutingCommon


class Alphabet(TeamMethod):
    """Of those with at most one lead, who comes last by name."""

    key = "test_alphabet"
    label = "Alphabet: from behind"
    needs = frozenset({LOADS})
    nobody = "test_no_letters"

    def choose(self, run, able, facts, turn):
        letters = [person.name[-1] for person in able]
        free = [person for person in able if person.load.open < 2] or able
        return max(free, key=lambda person: person.name), {"letter": letters}

    def sentence(self, translate):
        return translate('Rule "%(rule)s": %(user)s stands last in the book.')

    def no_candidates(self, translate):
        return translate("The book is empty")

    def tie_break(self, translate, facts):
        return translate(f"Page {facts['turn']} of the book.")

    def detail(self, translate, row):
        return translate(f"letter {row['letter']}") if "letter" in row else ""


class Keeper(PersonMethod):
    """Who has the lead already, or his substitutes."""

    key = "test_keeper"
    label = "Keeper: who has it"
    nobody = "test_unowned"

    def person(self, rule, facts, accounts):
        return facts.user_id

    def sentence(self, translate):
        return translate('Rule "%(rule)s": it stays with %(user)s.')

    def no_candidates(self, translate):
        return translate("Nobody has it yet")


@tagged("post_install", "-at_install")
class TestRoutingNewMethod(RoutingCommon):
    """A method is one object: to add one touches nothing but itself."""

    @contextmanager
    def _known(self, method):
        """Add a method as an addon does: to the methods, and to the selection of the rule."""
        field = self.env["crm.routing.rule"]._fields["method"]
        with (
            patch.dict(methods.BY_KEY),
            patch.object(field, "selection", [*field.selection, method.option]),
            patch.object(
                field, "_selection", {**field._selection, method.key: method.label}
            ),
        ):
            methods.register(method)
            yield

    def test_a_method_that_chooses_from_teams(self):
        with self._known(Alphabet()):
            options = self.env["crm.routing.rule"].fields_get(["method"])
            self.assertIn(
                ("test_alphabet", "Alphabet: from behind"),
                options["method"]["selection"],
            )
            rule = self._make_rule(method="test_alphabet")
            self.assertTrue(rule.from_teams)
            self.assertFalse(rule.names_person)
            self._make_waiting(user_id=self.pool[3].id)
            leads = self._make_waiting(4)
            previews = self.engine._preview(leads)
            logs = self.engine._route(leads)
            # Loads are read, for it asks for them: number 3 has one lead already.
            self.assertEqual(
                logs.to_user_id.ids, [self.pool[3].id, self.pool[2].id, self.pool[1].id]
            )
            self.assertEqual(
                [one["to_user_id"] for one in previews],
                [log.to_user_id.id for log in logs],
            )
            log = logs[0]
            self.assertEqual(log.outcome, "test_alphabet")
            self.assertEqual(
                log.reason, 'Rule "Pool in turn": Pool 3 stands last in the book.'
            )
            self.assertEqual(leads[0].routing_reason, log.reason)
            self.assertEqual([c["letter"] for c in log.candidates], list("0123"))
            self.assertEqual(log.candidates[3]["reason"], "chosen")
            self.assertIn("letter 2", log.story)
            self.assertIn("Page 0 of the book.", log.story)
            # It takes turns, those of its pool.
            self.assertEqual([log.facts["turn"] for log in logs], [0, 1, 2, 3])
            self.team_pool.crm_team_member_ids.active = False
            log = self.engine._route(self._make_waiting())
            self.assertIn("The book is empty", log.story)
        # Its addon is gone: the log can still be read.
        logs.invalidate_recordset()
        self.assertEqual(logs[0].reason, "")
        self.assertIn("Pool 3", logs[0].story)

    def test_a_method_that_goes_to_a_person(self):
        with self._known(Keeper()):
            rule = self._make_rule(method="test_keeper", team_id=False)
            self.assertFalse(rule.from_teams)
            self.members[1].routing_substitute_id = self.pool[2]
            self.pool[1].out_of_office_from = fields.Datetime.now()
            leads = (
                self._make_waiting(user_id=self.pool[0].id)
                + self._make_waiting(user_id=self.pool[1].id)
                + self._make_waiting()
            )
            logs = self.engine._route(leads)
            self.assertEqual(leads[0].user_id, self.pool[0])
            self.assertEqual(leads[1].user_id, self.pool[2])
            self.assertFalse(leads[2].user_id & self.pool)
            self.assertEqual(
                logs[1].reason, 'Rule "Pool in turn": it stays with Pool 2.'
            )
            self.assertEqual(logs[1].candidates[0]["reason"], "away")
            self.assertIsNone(logs[0].facts["turn"])
            self.assertEqual(logs[2].rules_tried[0]["reason"], "test_unowned")
            self.assertIn("Nobody has it yet", logs[2].story)
