# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import inspect
import logging
from contextlib import contextmanager

from psycopg2.errors import CheckViolation

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..models.common import context as marks
from ..models.common.rights import skips
from .common import LeadCommon
from .test_security import HARMLESS, MODULE, OVERRIDDEN

_logger = logging.getLogger(__name__)

# Values that differ from what a new lead has.
OTHERS = {
    "integer": 4,
    "float": 44.0,
    "boolean": True,
    "char": "forged",
    "text": "forged",
    "date": "2020-01-01",
    "datetime": "2020-01-01 00:00:00",
}
SKIP = "crm_lead_management_skip"


@tagged("post_install", "-at_install")
class TestRights(LeadCommon):
    """Whatever a client sends is checked on the server: every model, field, method and key.

    As a salesperson, a portal user, the public, and the sales administrator of another company.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company_far = cls.env["res.company"].create({"name": "Far Away"})
        far = {
            "company_id": cls.company_far.id,
            "company_ids": [(6, 0, [cls.company_far.id])],
        }
        cls.user_far = new_test_user(
            cls.env, "lead_far", "sales_team.group_sale_manager", **far
        )
        cls.user_portal = new_test_user(cls.env, "lead_door", "base.group_portal")
        cls.user_public = cls.env.ref("base.public_user")
        cls.outsiders = cls.user_portal + cls.user_public
        cls.lead = cls._make_lead(user_id=cls.user_seller.id, company_id=cls.company.id)
        cls.foreign = cls._make_lead(
            user_id=cls.user_colleague.id, company_id=cls.company.id
        )
        cls.walked = {}

    def _count(self, what, number=1):
        self.walked[what] = self.walked.get(what, 0) + number

    def tearDown(self):
        if self.walked:
            _logger.info("Rights walked: %s", self.walked)
            self.walked.clear()
        super().tearDown()

    def _our_models(self):
        for name in self.env:
            model = self.env[name]
            if model._original_module == MODULE and not model._abstract:
                yield model

    @contextmanager
    def _taken_back(self):
        """What happens inside is taken back, also after an error of the database."""
        savepoint = self.env.cr.savepoint()
        try:
            yield
        finally:
            self.env.invalidate_all(flush=False)
            self.env.transaction.clear()
            savepoint.close(rollback=True)

    # === FIELDS === #

    def _guarded_fields(self):
        lead = self.env["crm.lead"]
        return sorted(lead._lead_engine_fields())

    def _another_value(self, field):
        if field.type == "selection":
            values = [key for key, _label in field._description_selection(self.env)]
            return next(key for key in reversed(values) if key != self.lead[field.name])
        if field.type == "many2one":
            return 1
        if field.type == "one2many":
            return [(0, 0, {})]
        return OTHERS[field.type]

    def _is_forged(self, lead, name, value):
        found, kind = lead[name], lead._fields[name].type
        if kind == "one2many":
            return False  # What engines note about a new lead.
        if kind == "many2one":
            return found.id == value
        return bool(found) and str(found) == str(value)

    def test_what_engines_find_out_is_written_by_nobody(self):
        """Scoring 8, A16, routing 32: fields that "only the engines write"."""
        names = self._guarded_fields()
        for name in [
            "lead_grade",
            "lead_points",
            "lead_band",
            "is_mql",
            "grade_manual",
            "grade_manual_reason",
            "qualification_state",
            "info_completeness",
            "persona_match",
            "first_response_on",
            "response_deadline",
            "first_assigned_on",
            "routing_hops",
            "routing_rule_id",
            "routing_next_on",
            "routing_pause_reason",
            "dormancy_on",
        ]:
            self.assertIn(name, names)
        Lead = self.env["crm.lead"]
        for user in self.user_seller + self.user_manager:
            lead = self.lead.with_user(user)
            for name in names:
                value = self._another_value(Lead._fields[name])
                with self.subTest(user=user.login, field=name):
                    with self.assertRaises(AccessError), self._taken_back():
                        lead.write({name: value})
                    with self.assertRaises(AccessError), self._taken_back():
                        Lead.with_user(user).create({"name": "new", name: value})
                    with self._taken_back():
                        born = Lead.with_user(user).with_context(
                            **{f"default_{name}": value, SKIP: True}
                        )
                        born = born.create({"name": "new"}).sudo()
                        self.assertFalse(self._is_forged(born, name, value))
                self._count("fields x roles x ways", 3)

    def test_an_import_is_a_client(self):
        """A16: load()."""
        done = (
            self.env["crm.lead"]
            .with_user(self.user_seller)
            .load(["name", "is_mql"], [["Loaded", "1"]])
        )
        self.assertFalse(done["ids"])
        self.assertIn("Marketing Qualified", str(done["messages"]))

    def test_what_is_the_same_may_come_back(self):
        """An export that comes back with another column changed is no attempt at anything."""
        self.lead.write({"lead_grade": 3, "first_response_on": "2026-01-02 03:04:05"})
        lead = self.lead.with_user(self.user_seller)
        lead.write(
            {
                "lead_grade": 3,
                "first_response_on": "2026-01-02 03:04:05",
                "routing_rule_id": False,
                "phone": "1",
            }
        )
        self.assertEqual(lead.phone, "1")

    def test_a_grade_by_hand_needs_its_window(self):
        """Scoring 8: 99, -3 and no reason; the window takes 1 to 5 with a reason."""
        Window = self.env["crm.lead.grade.manual"].with_user(self.user_seller)
        for grade in ("99", "-3", "0"):
            with self.assertRaises(ValueError):
                Window.create({"lead_id": self.lead.id, "grade": grade, "reason": "x"})
        with self.assertRaises(UserError):
            Window.create({"lead_id": self.lead.id, "grade": "4"}).action_set()
        with self.assertRaises(AccessError):
            Window.create(
                {"lead_id": self.foreign.id, "grade": "4", "reason": "x"}
            ).action_set()
        Window.create(
            {"lead_id": self.lead.id, "grade": "4", "reason": "x"}
        ).action_set()
        self.assertEqual(self.lead.grade_manual, 4)

    def test_the_database_knows_the_grades(self):
        """Scoring 8: whoever writes it, by whatever way."""
        self.env.flush_all()
        for grade in (-1, 6, 99):
            with (
                mute_logger("odoo.sql_db"),
                self.assertRaises(CheckViolation),
                self._taken_back(),
            ):
                self.env.cr.execute(
                    "UPDATE crm_lead SET grade_manual = %s WHERE id = %s",
                    [grade, self.lead.id],
                )

    def test_a_salesperson_may_merge(self):
        """What engines found out goes along, though nobody may write it."""
        self.foreign.user_id = self.user_seller
        self.foreign.first_response_on = "2026-01-02 03:04:05"
        both = (self.lead | self.foreign).with_user(self.user_seller)
        self.assertTrue(both.merge_opportunity().first_response_on)

    # === MODELS === #

    def _any_value(self, model, field, depth):
        if field.type == "selection":
            return field._description_selection(self.env)[0][0]
        if field.type == "many2one":
            if field.comodel_name == "crm.lead":
                return self.lead.id
            comodel = self.env[field.comodel_name].with_context(active_test=False)
            found = comodel
            if (
                comodel._fields.get("company_id")
                and comodel._fields["company_id"].store
            ):
                found = comodel.search([("company_id", "=", self.company.id)], limit=1)
            found = found or comodel.search([], limit=1)
            return (found or self._any_row(comodel, depth + 1)).id
        if field.type == "json":
            return {}
        if field.type in ("many2many", "one2many"):
            return False
        return {**OTHERS, "html": "x", "monetary": 1.0}[field.type]

    def _made_with_care(self):
        """Return the values without which no row can be made, by model."""
        return {
            "crm.info.item": {"field_name": "phone"},
            "crm.qualifier.answer": {
                "qualifier_id": self._question().id,
                "value_yes_no": "yes",
            },
            "crm.routing.rule": {"team_id": self.team_north.id},
            "crm.routing.matcher": {"team_id": self.team_north.id},
            "crm.stage.gate": {"kind": "fact", "field_name": "phone"},
        }

    def _any_row(self, model, depth=0):
        """Create some row of a model, about our lead and company where it has them."""
        self.assertLess(depth, 5)
        if model._name == "crm.scorecard.grade":
            card = {"name": "Ours", "company_id": self.company.id}
            return self.env["crm.scorecard"].create(card).grade_ids[:1]
        vals = self._made_with_care().get(model._name, {})
        for name, field in model._fields.items():
            if name in vals:
                continue
            if name == "company_id" and field.store and not field.related:
                vals[name] = self.company.id
            elif (
                (field.required or name == "lead_id")
                and field.store
                and not (field.compute or field.related or field.default)
            ):
                vals[name] = self._any_value(model, field, depth)
        return model.create(vals)

    def _rows(self):
        """Yield a row of each model of ours, or none where none can be made blindly."""
        for model in self._our_models():
            if not model._auto:
                yield model, None
                continue
            savepoint = self.env.cr.savepoint()
            try:
                row = self._any_row(model)
                self.env.flush_all()
            except Exception as error:
                savepoint.close(rollback=True)
                self.env.invalidate_all(flush=False)
                self.env.transaction.clear()
                yield model, str(error).splitlines()[0]
                continue
            savepoint.close(rollback=False)
            yield model, row

    def _strangers(self, row):
        """Return the users who have no business with a row of our company and lead."""
        users = [*self.outsiders]
        is_ours = "company_id" in row._fields and row.company_id
        if is_ours or "lead_id" in row._fields:
            users.append(self.user_far)
        if row._transient:
            users += [self.user_far, self.user_seller, self.user_manager]
        elif "lead_id" in row._fields and row.lead_id:
            self.lead.user_id = self.user_colleague
            users.append(self.user_seller)
        return users

    def _assert_closed(self, row):
        """Assert that the user of the row can neither find, read, change nor delete it."""
        for operation in ("read", "write", "unlink"):
            self.assertFalse(row.has_access(operation), operation)
            self._count("models x roles x operations")
        if row.browse().has_access("read"):
            found = row.with_context(active_test=False).search([])
            self.assertNotIn(row.id, found.ids)
        for name in row._fields.keys() - {"id", "display_name"}:
            with self.assertRaises(AccessError):
                row.read([name])
            self._count("models x fields x roles")

    def test_rows_are_not_for_others(self):
        """A4, A11, mutants 2: rows, not the wording of rules."""
        blind = []
        for model, row in self._rows():
            if row is None:
                continue
            if isinstance(row, str):
                blind.append(f"{model._name}: {row}")
                continue
            for user in self._strangers(row):
                with self.subTest(model=model._name, user=user.login):
                    self._assert_closed(row.with_user(user))
        self._count("models without a row", len(blind))
        self.assertLess(len(blind), 4, blind)

    def _views(self):
        """Yield the rows about our lead or company of each model that is a view of others."""
        rows = [row for _model, row in self._rows() if not isinstance(row, str)]
        self.assertTrue(rows)
        self.env.flush_all()
        self.env.invalidate_all()
        for model in self._our_models():
            if model._auto or "lead_id" not in model._fields:
                continue
            found = model.with_context(active_test=False)
            yield model, found.search([("lead_id", "=", self.lead.id)], limit=1)

    def _is_found(self, row, user):
        """Tell whether somebody finds a row; nobody does who may not even read its model."""
        mine = row.with_user(user).with_context(active_test=False)
        if not mine.browse().has_access("read"):
            return False
        self.env.invalidate_all()
        return row.id in mine.search([("id", "=", row.id)]).ids

    def _all_rows(self):
        """Return a row of each model that has something of our lead or company."""
        self.lead.user_id = self.user_colleague
        rows = [row for _model, row in self._rows() if row and not isinstance(row, str)]
        # What is for the team of a scorecard has one.
        team = self.user_seller + self.user_colleague + self.user_all
        self.env["crm.scorecard"].search([]).user_ids = team
        rows += [row for _model, row in self._views() if row]
        return [
            row
            for row in rows
            if row._transient
            or ("lead_id" in row._fields and row.lead_id == self.lead)
            or ("company_id" in row._fields and row.company_id == self.company)
        ]

    def test_views_are_not_for_others(self):
        """A11, mutants 2: a report shows what its rows are about."""
        blind = []
        for model, row in self._views():
            if not row:
                blind.append(model._name)
                continue
            for user in self._strangers(row):
                with self.subTest(model=model._name, user=user.login):
                    self.assertFalse(self._is_found(row, user))
                    self._count("views x roles")
        self._count("views without a row", len(blind))
        self.assertLess(len(blind), 4, blind)

    def test_rows_are_for_those_who_see_the_lead(self):
        """Mutants 2, the other way round: a rule that lets people in is missed, too."""
        hidden = []
        for row in self._all_rows():
            if row._transient or "lead_id" not in row._fields or not row.lead_id:
                continue
            for user in self.user_colleague + self.user_all + self.user_manager:
                if row.with_user(user).browse().has_access("read"):
                    if not self._is_found(row, user):
                        hidden.append((row._name, user.login))
                    self._count("rows x roles that may")
        # The agenda of a review is for who holds it, and for whom a line is about; a selection
        # is for who made it, and for those who see all leads.
        meant = {("crm.message.batch.line", self.user_colleague.login)}
        self.assertFalse(
            [one for one in hidden if one[0] != "crm.review.line" and one not in meant]
        )

    def test_each_rule_is_missed(self):
        """Mutants 2: a rule that is left out of the XML goes unnoticed.

        With each rule switched off, one of the rows is found by somebody who did not find it,
        or is not by somebody who did: the tests above would be red.
        """
        rows = self._all_rows()
        people = self.outsiders + self.user_far + self.user_seller
        people += self.user_colleague + self.user_all + self.user_manager
        names = {row._name for row in rows}
        rules = self.env["ir.rule"].search([("model_id.model", "in", list(names))])
        missed, kept = [], 0
        for rule in rules:
            mine = [row for row in rows if row._name == rule.model_id.model]
            before = [self._is_found(row, user) for row in mine for user in people]
            rule.active = False
            after = [self._is_found(row, user) for row in mine for user in people]
            rule.active = True
            if before == after:
                missed.append(f"{rule.name}: {rule.domain_force}")
            kept += 1
        self._count("rules switched off", kept)
        self.assertFalse(missed, "\n".join(missed))

    # === METHODS === #

    def _methods(self, model):
        """Return the names of the public methods that the addon gives a model."""
        return sorted(
            {
                key
                for base in type(model).__mro__
                if base.__module__.startswith(f"odoo.addons.{MODULE}.")
                for key, value in vars(base).items()
                if inspect.isfunction(value) and not key.startswith("_")
            }
            - OVERRIDDEN
            - HARMLESS
        )

    def _arguments(self, method):
        events = [{"lead_id": self.lead.id, "kind": "call", "source": "x"}]
        return [
            events if parameter.name == "events" else self.lead.id
            for parameter in inspect.signature(method).parameters.values()
            if parameter.default is parameter.empty
            and parameter.kind == parameter.POSITIONAL_OR_KEYWORD
        ]

    def _call_all(self, row, users):
        for user in users:
            for name in self._methods(row):
                method = getattr(row.with_user(user), name)
                arguments = self._arguments(method)
                # What is in memory already is not asked about again.
                self.env.flush_all()
                self.env.invalidate_all()
                try:
                    with self._taken_back():
                        result = method(*arguments)
                        if name == "record_events" and result["errors"]:
                            raise AccessError(result["errors"][0]["reason"])
                    self.open_doors.append(f"{user.login}: {row._name}.{name}")
                except AccessError:
                    self._count("methods refused")
                except Exception as error:
                    self.open_doors.append(
                        f"{user.login}: {row._name}.{name}: {error!r}"
                    )
                self._count("methods x roles")

    def test_methods_on_what_belongs_to_others(self):
        """Routing 32: the view is no guard."""
        self.open_doors = []
        self._call_all(self.foreign, [*self.outsiders, self.user_seller, self.user_far])
        for model, row in self._rows():
            if row is None or isinstance(row, str):
                continue
            users = [*self.outsiders]
            if model._transient:
                users += [self.user_seller, self.user_far]
            elif "company_id" in model._fields and row.company_id:
                users.append(self.user_far)
            self._call_all(row, users)
        self.assertFalse(self.open_doors, "\n".join(self.open_doors))

    def test_the_owner_does_not_have_his_lead_drawn_again(self):
        """Routing 32: action_route, and the end of a pause that never was."""
        lead = self.lead.with_user(self.user_seller)
        with self.assertRaises(AccessError):
            lead.action_route()
        self.assertTrue(self.lead.with_user(self.user_all).action_route())
        with self.assertRaises(UserError):
            lead.action_end_routing_pause()

    def test_a_pause_ends(self):
        """A27: until 9999-12-31."""
        window = self.env["crm.routing.pause"].with_user(self.user_seller)
        with self.assertRaises(UserError):
            window.create(
                {"lead_id": self.lead.id, "reason": "x", "until": "9999-12-31 00:00:00"}
            ).action_pause()

    def test_a_company_is_set_up_by_its_own(self):
        """A13: a sales administrator changes another company."""
        Setup = self.env["crm.lead.management.setup"].with_user(self.user_manager)
        self.team_north.company_id = False
        vals = {"team_id": self.team_north.id, "fallback_user_id": self.user_seller.id}
        with self.assertRaises(AccessError):
            Setup.create(
                {**vals, "company_id": self.company_far.id}
            ).action_start_routing()
        with self.assertRaises(UserError):
            Setup.create(
                {**vals, "fallback_user_id": self.user_far.id}
            ).action_start_routing()
        self.assertFalse(self.company_far.lead_fallback_user_id)

    def test_portal_reads_a_company_and_no_more(self):
        """A27: who gets leads, and when messages go."""
        company = self.company.with_user(self.user_portal)
        self.assertTrue(company.read(["name"]))
        for name in ("lead_fallback_user_id", "message_calendar_id"):
            with self.assertRaises(AccessError):
                company.read([name])

    # === CONTEXT === #

    def test_no_key_of_the_context_opens_anything(self):
        """A12: only "skip" counts, and only for those who may."""
        keys = [mark for mark in vars(marks).values() if isinstance(mark, marks.Mark)]
        for mark in keys:
            for value in (True, 1, "1", {"value": True}, [True], {"x": {"value": 1}}):
                env = self.env(user=self.user_seller, context={mark.key: value})
                self.assertIsNone(mark.of(env))
                self._count("context keys x values")
        skipped = {SKIP: True}
        self.assertFalse(skips(self.env(user=self.user_seller, context=skipped)))
        self.assertFalse(skips(self.env(user=self.user_all, context=skipped)))
        self.assertTrue(skips(self.env(user=self.user_manager, context=skipped)))

    def test_no_key_hides_a_change_of_owner(self):
        """A12: crm_lead_management_routing, and skip."""
        self.env["crm.routing.rule"].create(
            {"name": "All", "method": "round_robin", "team_id": self.team_north.id}
        )
        for key in ("crm_lead_management_routing", SKIP):
            lead = self._make_lead(user_id=self.user_seller.id)
            before = len(lead.routing_log_ids)
            lead.with_user(self.user_seller).with_context(**{key: True}).write(
                {"user_id": self.user_colleague.id}
            )
            lead.invalidate_recordset()
            self.assertEqual(len(lead.routing_log_ids), before + 1, key)

    # === ANSWERS === #

    def _question(self, **values):
        return self.env["crm.qualifier"].create(
            {"name": "Q", "kind": "yes_no", "importance": "required", **values}
        )

    def test_an_answer_is_its_giver_s_own(self):
        """Scoring 8: verdict, user_id, answered_on, another lead, a forged log."""
        question = self._question()
        Answer = self.env["crm.qualifier.answer"].with_user(self.user_seller)
        about = {"lead_id": self.lead.id, "qualifier_id": question.id}
        for forged in (
            {"verdict": "pass"},
            {"user_id": self.user_colleague.id},
            {"answered_on": "2020-01-01 00:00:00"},
        ):
            with self.assertRaises(AccessError):
                Answer.create({**about, "value_yes_no": "no", **forged})
            name, value = next(iter(forged.items()))
            with self.assertRaises(AccessError):
                Answer.with_context(**{f"default_{name}": value}).create(
                    {**about, "value_yes_no": "no"}
                )
        answer = Answer.create({**about, "value_yes_no": "no", "active": False})
        self.assertTrue(answer.active, "no log is forged")
        other = self._question()
        for vals in (
            {"verdict": "pass"},
            {"user_id": self.user_colleague.id},
            {"answered_on": "2020-01-01 00:00:00"},
            {"lead_id": self.foreign.id},
            {"qualifier_id": other.id},
        ):
            for key in ({}, {SKIP: True}):
                with self.assertRaises(AccessError):
                    answer.with_context(**key).write(vals)
        answer.write({"value_yes_no": "yes"})
        self.assertEqual(answer.user_id, self.user_seller)
        far = self._question(company_id=self.company_far.id)
        with self.assertRaises(AccessError):
            Answer.create({**about, "qualifier_id": far.id, "value_yes_no": "no"})
        with self.assertRaises(AccessError):
            Answer.create({**about, "lead_id": self.foreign.id, "value_yes_no": "no"})

    def test_an_answer_out_of_all_bounds(self):
        """A27: ValueError, or an error of the database."""
        option = (0, 0, {"name": "One", "verdict": "pass"})
        questions = [
            self._question(kind=kind, **values)
            for kind, values in (
                ("yes_no", {}),
                ("choice", {"option_ids": [option]}),
                ("number", {}),
                ("date", {}),
            )
        ]
        lead = self.lead.with_user(self.user_seller)
        for value in (float("inf"), float("nan"), 10**30, -1, [1], {"a": 1}, "1e999"):
            for question in questions:
                if question.kind == "number" and value == -1:
                    continue
                with (
                    self.subTest(kind=question.kind, value=value),
                    self.assertRaises(UserError),
                ):
                    lead.action_answer_qualifier(question.id, value)
        for number in (10**30, -1, float("inf"), "1", None, [1]):
            with self.assertRaises(UserError):
                lead.action_answer_qualifier(number, "yes")

    # === EVENTS FROM OUTSIDE === #

    def test_an_event_does_not_pose_as_ours(self):
        """A2: forged references make colleagues' messages vanish, or block a number."""
        record = self.env["crm.touchpoint"].with_user(self.user_seller).record_events
        for source in (
            "crm.message",
            "mail.message",
            "sms.sms",
            "crm.message.whatsapp",
            "crm.lead.call",
            " crm.message ",
        ):
            done = record(
                [
                    {
                        "lead_id": self.lead.id,
                        "kind": "other",
                        "source": source,
                        "external_ref": "1",
                    }
                ]
            )
            self.assertEqual((done["recorded"], len(done["errors"])), (0, 1), source)
        self.assertFalse(self.lead.touchpoint_ids)
