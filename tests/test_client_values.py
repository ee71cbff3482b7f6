# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import inspect
import logging

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..models.common.rights import given_id
from .common import LeadCommon
from .test_security import MODULE, OVERRIDDEN

_logger = logging.getLogger(__name__)

# What no method expects; a client sends it all the same.
NOISE = (
    *("x", "", "1) OR 1=1 --", "\x00", "9" * 40, 10**30, 2**31, -1, 0, 1.5, True),
    *(float("nan"), [], [1], ["x"], {}, {"a": 1}, [["id", "=", 1]], [[]], None),
)
REFUSED = (AccessError, UserError)


@tagged("post_install", "-at_install")
class TestClientValues(LeadCommon):
    """Whatever a method of ours is called with, the answer is one, or a sentence."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lead = cls._make_lead(user_id=cls.user_manager.id, type="opportunity")

    def _methods(self):
        """Yield the public methods of ours with parameters: model, name, their names."""
        for name in self.env:
            model = self.env[name]
            for method_name in dir(type(model)):
                if method_name.startswith("_") or method_name in OVERRIDDEN:
                    continue
                method = getattr(type(model), method_name, None)
                if not inspect.isfunction(method) or getattr(
                    method, "_api_private", False
                ):
                    continue
                if f".{MODULE}." not in method.__module__:
                    continue
                parameters = list(inspect.signature(method).parameters.values())[1:]
                plain = [
                    one
                    for one in parameters
                    if one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)
                ]
                if plain:
                    yield name, method_name, plain

    def _call(self, model, method, values):
        user = self.env[model].with_user(self.user_manager)
        records = (
            self.lead.with_user(self.user_manager) if model == "crm.lead" else user
        )
        savepoint = self.env.cr.savepoint()
        try:
            getattr(records, method)(**values)
            self.env.flush_all()
        except REFUSED:
            return
        finally:
            self.env.invalidate_all(flush=False)
            self.env.transaction.clear()
            savepoint.close(rollback=True)

    def test_every_parameter_of_every_method(self):
        """A27, A18: no text ends as an error of the database, or as a traceback."""
        calls, failed = 0, []
        for model, method, parameters in self._methods():
            for parameter in parameters:
                for noise in NOISE:
                    values = {
                        one.name: 1
                        for one in parameters
                        if one.default is one.empty and one != parameter
                    }
                    calls += 1
                    try:
                        self._call(model, method, {**values, parameter.name: noise})
                    except Exception as error:  # noqa: BLE001  all of them are faults
                        failed.append((model, method, parameter.name, noise, error))
        _logger.info("Values of clients: %s calls", calls)
        self.assertGreater(calls, 100)
        self.assertFalse(
            failed, "\n".join(f"{one[:4]}: {one[4]!r:.120}" for one in failed)
        )

    def test_the_number_of_a_record(self):
        """The one mechanism: a number that the database can hold, or a sentence."""
        self.assertEqual(given_id(self.env, self.lead.id), self.lead.id)
        for nothing in (None, False, 0, ""):
            self.assertIsNone(given_id(self.env, nothing))
        for noise in ("1", True, 1.0, [1], [], -1, 2**31):
            with self.subTest(noise=noise), self.assertRaises(UserError):
                given_id(self.env, noise)
