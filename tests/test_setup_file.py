# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import base64
import json

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..models.common.carrying.writer import FORMAT, roots
from .common import LeadCommon

OWN = "In a File: "


@tagged("post_install", "-at_install")
class TestSetupFile(LeadCommon):
    """C44, kind: set-up that goes elsewhere in a file is known by names, never by numbers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("ar_001")
        cls.other = cls.env["res.company"].create({"name": "An Empty Company"})
        cls.user_manager.company_ids |= cls.other
        cls.tag = cls.env["crm.tag"].create({"name": OWN + "VIP"})
        cls.persona = cls.env["crm.persona"].create(
            {
                "name": OWN + "Hotel",
                "company_id": cls.company.id,
                "criterion_ids": [
                    (0, 0, {"name": "Big", "domain": "[('company_size', '>', 5)]"})
                ],
            }
        )
        cls.persona.with_context(lang="ar_001").name = "فندق"
        cls.qualifier = cls.env["crm.qualifier"].create(
            {
                "name": OWN + "Budget",
                "question": "Is there a budget?",
                "kind": "choice",
                "company_id": cls.company.id,
                "persona_ids": [(6, 0, cls.persona.ids)],
                "option_ids": [
                    (0, 0, {"name": "Approved", "verdict": "pass"}),
                    (0, 0, {"name": "None", "verdict": "fail"}),
                ],
            }
        )
        cls.card = cls.env["crm.scorecard"].create(
            {
                "name": OWN + "Card",
                "company_id": cls.company.id,
                "rule_ids": [
                    (0, 0, {"name": title, "points": points, "domain": domain})
                    for title, points, domain in (
                        ("Tagged", 30, repr([("tag_ids", "in", cls.tag.ids)])),
                        (
                            "Nested",
                            20,
                            repr(
                                [
                                    "|",
                                    ("tag_ids", "any", [("id", "=", cls.tag.id)]),
                                    ("persona_id", "=", cls.persona.id),
                                ]
                            ),
                        ),
                    )
                ],
            }
        )
        cls.card.group_ids = [(0, 0, {"name": "Together", "max_points": 40})]
        cls.card.rule_ids[0].group_id = cls.card.group_ids
        cls.team = cls.env["crm.team"].create(
            {"name": OWN + "Team", "company_id": cls.company.id}
        )
        cls.rule = cls.env["crm.routing.rule"].create(
            {
                "name": OWN + "North",
                "company_id": cls.company.id,
                "method": "round_robin",
                "team_id": cls.team.id,
                "domain": repr([("user_id", "=", cls.user_colleague.id)]),
            }
        )
        mail = cls.env["mail.template"].create(
            {
                "name": OWN + "Welcome",
                "model_id": cls.env["ir.model"]._get_id("crm.lead"),
                "subject": "Welcome",
                "body_html": "<p>Good morning</p>",
            }
        )
        mail.update_field_translations("body_html", {"ar_001": "<p>صباح الخير</p>"})
        cls.message = cls.env["crm.message.template"].create(
            {
                "name": OWN + "Welcome",
                "purpose": "welcome",
                "company_id": cls.company.id,
                "mail_template_id": mail.id,
                "whatsapp_body": "Hello",
            }
        )
        cls.track = cls.env["crm.nurture.track"].create(
            {
                "name": OWN + "Track",
                "company_id": cls.company.id,
                "step_ids": [
                    (0, 0, {"kind": "message", "template_id": cls.message.id})
                ],
            }
        )
        cls.own = [
            *(cls.persona, cls.qualifier, cls.card, cls.rule, cls.message, cls.track)
        ]

    # === HELPERS === #

    def _files(self, company=None):
        files = self.env["crm.setup.file"].with_user(self.user_manager)
        company = company or self.company
        return files.with_context(allowed_company_ids=company.ids)

    def _exported(self):
        file = self._files().create({})
        file.action_export()
        return json.loads(base64.b64decode(file.data))

    def _file(self, content, company=None, **values):
        text = content if isinstance(content, bytes) else json.dumps(content).encode()
        data = base64.b64encode(text)
        company = company or self.company
        return self._files(company).create(
            {"data": data, "company_id": company.id, **values}
        )

    def _imported(self, content, company=None, **values):
        file = self._file(content, company, **values)
        file.action_read()
        file.action_import()
        return file

    def _line(self, file, record):
        name = record["name"] if isinstance(record, dict) else record.name
        return file.line_ids.filtered(lambda line: line.name == name)

    def _there(self, model, name, company):
        return (
            self.env[model]
            .with_context(active_test=False)
            .search([("name", "=", name), ("company_id", "=", company.id)])
        )

    def _forget(self):
        """Have the database be another one: nothing of the set-up, and other numbers."""
        for record in reversed(self.own):
            record.unlink()
        self.tag.unlink()
        self.env["crm.tag"].create([{"name": "One"}, {"name": "Two"}])
        return self.env["crm.tag"].create({"name": OWN + "VIP"})

    # === THE WAY OUT === #

    def test_every_kind_of_set_up_goes_along(self):
        """What is configuration and no line of another: none is forgotten, none is a lead."""
        expected = {
            *("crm.persona", "crm.segment", "crm.info.item", "crm.qualifier"),
            *("crm.scorecard", "crm.routing.rule", "crm.routing.policy"),
            *("crm.followup.policy", "crm.followup.duty", "crm.message.template"),
            *("crm.nurture.track", "crm.intake.source", "crm.stage.gate"),
            "crm.stage.dormancy",
        }
        self.assertEqual(set(roots(self.env)), expected)

    def test_a_file_holds_no_number_of_a_record(self):
        content = self._exported()
        carried = self.env["crm.carried.mixin"]

        def walk(model, rows):
            fields = self.env[model]._carried_fields()
            for row in rows:
                for name, value in row.items():
                    field = fields.get(name)
                    if field is None:
                        self.assertIn(name, ("key", "own"))
                    elif field.type == "one2many":
                        walk(field.comodel_name, value)
                    elif field.relational and value:
                        self.assertNotIsInstance(value, int, name)
                        for one in value if isinstance(value, list) else [value]:
                            self.assertIsInstance(one, dict)

        for model, rows in content["records"].items():
            self.assertTrue(carried._carried_is(model))
            walk(model, rows)
        text = json.dumps(content["records"]["crm.scorecard"])
        self.assertIn(OWN + "VIP", text)
        self.assertNotIn(f'"in", [{self.tag.id}]', text)

    def test_no_key_and_no_password(self):
        source = self.env["crm.intake.source"].create(
            {"name": OWN + "Form", "kind": "web", "company_id": self.company.id}
        )
        source.write({"secret": "s3cret-word", "access_token": "t0ken-word"})
        source._new_key()
        text = json.dumps(self._exported())
        self.assertIn(OWN + "Form", text)
        for word in ("s3cret-word", "t0ken-word", source.key_hash):
            self.assertNotIn(word, text)

    # === THE ROUND TRIP === #

    def test_into_another_database(self):
        content = self._exported()
        tag = self._forget()
        file = self._imported(content)
        self.assertFalse(file.left_count, file.line_ids.mapped("reason"))
        card = self._there("crm.scorecard", OWN + "Card", self.company)
        self.assertEqual(card.state, "draft")
        tagged_rule, nested = card.rule_ids.sorted("id")
        self.assertEqual(tagged_rule.domain, repr([("tag_ids", "in", [tag.id])]))
        persona = self._there("crm.persona", OWN + "Hotel", self.company)
        self.assertIn(repr(("persona_id", "=", persona.id)), nested.domain)
        self.assertIn(repr(("id", "=", tag.id)), nested.domain)
        self.assertEqual(tagged_rule.group_id, card.group_ids)
        self.assertEqual(card.group_ids.max_points, 40)
        self.assertEqual(len(card.grade_ids), 5)
        self.assertEqual(persona.with_context(lang="ar_001").name, "فندق")
        self.assertEqual(persona.criterion_ids.domain, "[('company_size', '>', 5)]")
        qualifier = self._there("crm.qualifier", OWN + "Budget", self.company)
        self.assertEqual(qualifier.persona_ids, persona)
        self.assertEqual(qualifier.option_ids.mapped("verdict"), ["pass", "fail"])
        rule = self._there("crm.routing.rule", OWN + "North", self.company)
        self.assertEqual(rule.team_id, self.team)
        self.assertIn(str(self.user_colleague.id), rule.domain)
        message = self._there("crm.message.template", OWN + "Welcome", self.company)
        body = message.mail_template_id.with_context(lang="ar_001").body_html
        self.assertIn("صباح الخير", body)
        track = self._there("crm.nurture.track", OWN + "Track", self.company)
        self.assertEqual(track.step_ids.template_id, message)
        # What came back is what went out.
        again = self._exported()["records"]
        mine = {
            model: [row for row in rows if OWN in str(row.get("name"))]
            for model, rows in content["records"].items()
        }
        file = self._file({**content, "records": mine})
        file.action_read()
        self.assertEqual(set(file.line_ids.mapped("outcome")), {"same"}, again)

    def test_into_an_empty_company(self):
        file = self._imported(self._exported(), self.other)
        for record in self.own:
            there = self._there(record._name, record.name, self.other)
            if record == self.rule:
                # Its team is the other company's: it has to have one.
                self.assertEqual(self._line(file, record).outcome, "left")
                self.assertIn(self.team.name, self._line(file, record).reason)
                continue
            self.assertEqual(len(there), 1, record)
            self.assertNotEqual(there, record)
        qualifier = self._there("crm.qualifier", OWN + "Budget", self.other)
        self.assertEqual(qualifier.persona_ids.company_id, self.other)

    def test_twice_makes_nothing(self):
        content = self._exported()
        self._forget()
        self._imported(content)
        counts = {model: self._count(model) for model in roots(self.env)}
        file = self._imported(content)
        self.assertFalse(file.new_count)
        self.assertEqual(counts, {model: self._count(model) for model in counts})
        copies = self._imported(content, twice="copy")
        self.assertTrue(copies.new_count)
        self.assertTrue(
            self._there("crm.persona", f"{OWN}Hotel (from a file)", self.company)
        )

    def test_what_differs_stays_and_is_said(self):
        content = self._exported()
        self.persona.threshold = 77
        file = self._imported(content)
        line = self._line(file, self.persona)
        self.assertEqual(line.outcome, "other")
        label = self.persona._fields["threshold"]._description_string(self.env)
        self.assertIn(label, line.reason)
        self.assertEqual(self.persona.threshold, 77)

    def test_languages_that_are_not_here_make_no_difference(self):
        """All that is shipped was said to differ where the file came from speaks one more."""
        content = self._exported()
        text = json.dumps(content).replace('"ar_001"', '"sq_AL"')
        file = self._file(json.loads(text))
        file.action_read()
        self.assertEqual(self._line(file, self.persona).outcome, "same")
        self.persona.with_context(lang="ar_001").name = "آخر"
        file = self._file(content)
        file.action_read()
        self.assertEqual(self._line(file, self.persona).outcome, "other")

    def _count(self, model):
        return self.env[model].with_context(active_test=False).search_count([])

    # === HARM === #

    def test_the_preview_writes_nothing(self):
        content = self._exported()
        self._forget()
        counts = {model: self._count(model) for model in roots(self.env)}
        mails = self._count("mail.template")
        version = self.env["crm.config.mixin"]._crm_version()
        file = self._file(content)
        file.action_read()
        self.assertGreaterEqual(file.new_count, len(self.own))
        self.assertEqual(counts, {model: self._count(model) for model in counts})
        self.assertEqual(mails, self._count("mail.template"))
        self.assertEqual(version, self.env["crm.config.mixin"]._crm_version())
        self.assertFalse(any(file.line_ids.mapped("res_id")))

    def test_all_of_it_is_off_and_switched_on_together(self):
        content = self._exported()
        self._forget()
        file = self._imported(content)
        for record in file._made():
            if "state" in record._fields:
                self.assertEqual(record.state, "draft", record)
            else:
                self.assertFalse(record.active, record)
        lead = self._make_lead(company_size=40)
        self.assertFalse(lead.persona_id)
        file.action_switch_on()
        self.assertTrue(self._there("crm.persona", OWN + "Hotel", self.company).active)
        card = self._there("crm.scorecard", OWN + "Card", self.company)
        self.assertEqual(card.state, "draft")

    def test_who_is_missing_switches_a_rule_off(self):
        """C44: never for everybody, where it was for some of whom none is here."""
        content = self._exported()
        self._forget().unlink()
        rows = content["records"]["crm.persona"]
        content["records"]["crm.persona"] = [r for r in rows if OWN not in str(r)]
        file = self._imported(content)
        card = self._there("crm.scorecard", OWN + "Card", self.company)
        tagged_rule = card.with_context(active_test=False).rule_ids.sorted("id")[0]
        self.assertFalse(tagged_rule.active)
        self.assertIn(OWN + "VIP", tagged_rule.broken_reason)
        self.assertEqual(tagged_rule.domain, "[('tag_ids', 'in', [])]")
        self.assertIn(OWN + "VIP", self._line(file, card).reason)
        qualifier = self._there("crm.qualifier", OWN + "Budget", self.company)
        self.assertIn(OWN + "Hotel", qualifier.broken_reason)
        self.assertTrue(qualifier._rule_is_for_nobody())
        file.action_switch_on()
        self.assertFalse(qualifier.active)

    def test_a_line_that_misses_something_keeps_it_off(self):
        self.persona.criterion_ids.domain = repr([("tag_ids", "in", self.tag.ids)])
        content = self._exported()
        self._forget().unlink()
        file = self._imported(content)
        file.action_switch_on()
        there = self._there("crm.persona", OWN + "Hotel", self.company)
        self.assertFalse(there.active, "its only criterion is off")
        line = self._line(file, there)
        self.assertIn(OWN + "VIP", line.reason)

    def test_taken_back(self):
        content = self._exported()
        self._forget()
        counts = {model: self._count(model) for model in roots(self.env)}
        mails = self._count("mail.template")
        file = self._imported(content)
        used = self._there("crm.persona", OWN + "Hotel", self.company)
        file.action_switch_on()
        file.action_take_back()
        self.assertEqual(file.state, "undone")
        self.assertFalse(used.exists())
        self.assertEqual(counts, {model: self._count(model) for model in counts})
        self.assertEqual(mails, self._count("mail.template"))
        with self.assertRaises(UserError):
            file.action_take_back()

    def test_files_that_are_none(self):
        good = self._exported()
        for bad in (
            *(b"", b"\xff\xfe", b"[]", b"null", b"{", b"[" * 100_000, b'{"a": NaN}'),
            {**good, "format": "another"},
            {**good, "version": 99},
            {**good, "records": []},
            {**good, "records": {"crm.persona": {}}},
            {**good, "records": {"crm.persona": ["text"]}},
            {**good, "records": {"crm.persona": [{}] * 6000}},
        ):
            with self.subTest(bad=str(bad)[:40]), self.assertRaises(UserError):
                self._file(bad).action_read()

    def test_files_that_want_more_than_they_may(self):
        """Models, fields, values and conditions that no set-up file has: none gets in."""
        users = self.env["res.users"].search_count([])
        for records in (
            {"res.users": [{"name": "Evil", "login": "evil"}]},
            {"crm.lead": [{"name": "Evil"}]},
            {"ir.actions.server": [{"name": "Evil", "state": "code"}]},
            {"crm.persona": [{"name": ["Evil"]}]},
            {"crm.persona": [{"name": "Evil", "threshold": "high"}]},
            {"crm.persona": [{"name": "Evil", "threshold": 1e300}]},
            {"crm.persona": [{"name": "Evil\x00"}]},
            {"crm.persona": [{"name": "E" * 300_000}]},
            {"crm.persona": [{"name": "Evil", "criterion_ids": "all"}]},
            {"crm.qualifier": [{"name": "Evil", "kind": "import os"}]},
            {"crm.qualifier": [{"name": "Evil", "persona_ids": 5}]},
            {"crm.segment": [{"name": "Evil", "domain": "__import__('os')"}]},
            {"crm.segment": [{"name": "Evil", "domain": [["tag_ids", "in", [1]]]}]},
            {"crm.segment": [{"name": "Evil", "domain": [["user_id", "=", 2]]}]},
            {"crm.segment": [{"name": "Evil", "domain": [["no_such", "=", "x"]]}]},
            {"crm.segment": [{"name": "Evil", "domain": [[["x"], "=", "x"]]}]},
            {"crm.routing.rule": [{"name": "Evil", "team_id": 1}]},
        ):
            with self.subTest(records=str(records)[:60]):
                file = self._imported({**self._head(), "records": records})
                self.assertEqual(file.line_ids.outcome, "left", file.line_ids.reason)
                self.assertTrue(file.line_ids.reason)
        self.assertEqual(users, self.env["res.users"].search_count([]))
        self.assertFalse(
            self.env["crm.persona"]
            .with_context(active_test=False)
            .search([("name", "like", "Evil")])
        )

    def test_a_field_that_no_file_has_is_left_out(self):
        row = {
            "name": "Mild",
            "create_uid": 1,
            "company_id": self.other.id,
            "state": "live",
            "live_from": "2020-01-01",
            "message_ids": [],
            "__class__": "x",
        }
        records = {"crm.scorecard": [{**row, "server_action_id": 1}]}
        file = self._imported({**self._head(), "records": records})
        card = file._made()[0]
        self.assertEqual((card.state, card.company_id.id), ("draft", False))
        self.assertFalse(card.live_from)
        self.assertEqual(card.create_uid, self.user_manager)
        self.assertIn("company_id", file.line_ids.reason)

    def test_texts_that_run_code_are_refused(self):
        for body in (
            "{{ object.env.cr.execute('x') }}",
            "{{ object.user_id.password }}",
        ):
            row = {"name": "Evil", "purpose": "welcome", "whatsapp_body": body}
            records = {"crm.message.template": [row]}
            file = self._imported({**self._head(), "records": records})
            self.assertEqual(file.line_ids.outcome, "left", body)

    def _head(self):
        return {"format": FORMAT, "version": 1}

    # === RIGHTS === #

    def test_for_sales_administrators_of_the_company(self):
        for user in (self.user_seller, self.user_all):
            with self.assertRaises(AccessError):
                self.env["crm.setup.file"].with_user(user).create({})
        file = self._file(self._exported(), self.other)
        self.user_manager.company_ids -= self.other
        with self.assertRaises(AccessError):
            file.with_context(allowed_company_ids=self.company.ids).action_read()

    def test_a_line_leads_to_set_up_only(self):
        """Whoever writes a line by hand deletes nothing but set-up by it."""
        lead = self._make_lead()
        file = self._imported(self._exported())
        file.line_ids[0].write(
            {"model": "crm.lead", "res_id": lead.id, "outcome": "new"}
        )
        file.action_take_back()
        self.assertTrue(lead.exists())
        with self.assertRaises(UserError):
            file.line_ids[0].action_open()
