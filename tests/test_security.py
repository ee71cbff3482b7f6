# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import inspect

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import LeadCommon

MODULE = "crm_lead_management"
# What may be called by anybody: it returns a window action, or what is no secret, and reads
# and writes nothing. The window then asks for the rights.
HARMLESS = {
    "action_choose_conditions",
    "action_log_call",
    "action_open_evaluations",
    "action_open_first_messages",
    "action_open_qualifier_answers",
    "action_open_report",
    "action_open_routing_pause",
    "action_open_shadow",
    "action_open_strategy",
    "action_open_touchpoints",
    "action_refresh",
    "action_set_grade",
    "action_try",
    "mail_allowed_qweb_expressions",
}
# Those of Odoo itself that are overridden, and keep their own rights.
OVERRIDDEN = {
    "action_send_mail",
    "action_send_sms",
    "copy",
    "copy_data",
    "create",
    "default_get",
    "load",
    "load_menus",
    "message_process",
    "search_count",
    "search_fetch",
    "send",
    "set_values",
    "unlink",
    "web_search_read",
    "write",
}
# Who may read and write at all: nobody outside of sales.
SALES = {
    "sales_team.group_sale_salesman",
    "sales_team.group_sale_manager",
}


@tagged("post_install", "-at_install")
class TestSecurity(LeadCommon):
    """Whoever has no rights in CRM gets nothing out of the addon, whatever he calls."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.outsiders = [
            new_test_user(cls.env, "lead_portal", "base.group_portal"),
            new_test_user(cls.env, "lead_employee", "base.group_user"),
        ]
        cls.lead = cls._make_lead(user_id=cls.user_seller.id)

    def _own_models(self):
        for name in self.env:
            model = self.env[name]
            if model._original_module == MODULE and not model._abstract:
                yield model

    def _public_methods(self):
        """Yield each model with the public methods that the addon gives it."""
        for name in self.env:
            model = self.env[name]
            if model._abstract:
                continue
            ours = (
                base
                for base in type(model).__mro__
                if base.__module__.startswith(f"odoo.addons.{MODULE}.")
            )
            methods = {
                key
                for base in ours
                for key, value in vars(base).items()
                if inspect.isfunction(value) and not key.startswith("_")
            }
            yield model, sorted(methods - OVERRIDDEN - HARMLESS)

    def _arguments(self, method):
        """Return something for each argument without a default."""
        parameters = inspect.signature(method).parameters.values()
        given = {"events": [{"lead_id": self.lead.id, "kind": "call", "source": "x"}]}
        return [
            given.get(parameter.name, self.lead.id)
            for parameter in parameters
            if parameter.default is parameter.empty
            and parameter.kind == parameter.POSITIONAL_OR_KEYWORD
        ]

    def test_outsiders_are_told_that_they_may_not(self):
        called = 0
        for model, methods in self._public_methods():
            record = self.lead if model._name == "crm.lead" else model.browse(1)
            for user in self.outsiders:
                for name in methods:
                    method = getattr(record.with_user(user), name)
                    with (
                        self.subTest(user=user.login, method=f"{model._name}.{name}"),
                        self.assertRaises(AccessError),
                    ):
                        method(*self._arguments(method))
                    called += 1
        self.assertGreater(called, 100)

    def test_models_are_for_sales_only(self):
        groups = {self.env.ref(group) for group in SALES}
        for model in self._own_models():
            if model._name in ("crm.config.version", "crm.message.claim"):
                continue  # for nobody: see their docstrings
            access = self.env["ir.model.access"].search(
                [("model_id.model", "=", model._name)]
            )
            with self.subTest(model=model._name):
                self.assertTrue(access)
                self.assertLessEqual(set(access.group_id), groups)
                self.assertTrue(all(access.mapped("group_id")))

    def test_rows_of_a_company_are_its_own(self):
        Rule = self.env["ir.rule"]
        for model in self._own_models():
            fields = model._fields
            if model._transient or not {"company_id", "lead_id"} & set(fields):
                continue
            everybody = Rule.search(
                [("model_id.model", "=", model._name), ("global", "=", True)]
            )
            with self.subTest(model=model._name):
                domains = "".join(everybody.mapped("domain_force"))
                self.assertIn("company_id", domains)
                self.assertIn("company_ids", domains)

    def test_rows_of_a_lead_are_of_those_who_see_the_lead(self):
        for model in self._own_models():
            if model._transient or "lead_id" not in model._fields:
                continue
            access = self.env["ir.model.access"].search(
                [
                    ("model_id.model", "=", model._name),
                    (
                        "group_id",
                        "=",
                        self.env.ref("sales_team.group_sale_salesman").id,
                    ),
                ]
            )
            if not access:
                continue
            rules = self.env["ir.rule"].search([("model_id.model", "=", model._name)])
            with self.subTest(model=model._name):
                own = rules.filtered(
                    lambda rule: (
                        self.env.ref("sales_team.group_sale_salesman") in rule.groups
                    )
                )
                self.assertIn("user.id", "".join(own.mapped("domain_force")))
