# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import ast
import re
from pathlib import Path

from odoo.tests import BaseCase, tagged

from ...models.routing.deciding.filters import FILTERS
from ...models.routing.deciding.methods import METHODS

ROOT = Path(__file__).parents[2]
ROUTING = ROOT / "models" / "routing"

# What a chamber may import of the others: reading takes the types and what methods need; acting
# carries decisions out and says them in words, and knows nothing of how they were made.
MAY_IMPORT = {
    "deciding": set(),
    "reading": {
        "deciding.types",
        "deciding.methods",
        "deciding.person_methods",
        "deciding.turns",
    },
    "acting": {"deciding.types", "deciding.story"},
}
# Models of this room that a chamber may reach through the environment.
MAY_REACH = {
    "reading": {
        "crm.routing.rule",
        "crm.routing.pool",
        "crm.routing.account",
    },
    "acting": {
        "crm.routing.rule",
        "crm.routing.teller",
        # Leads that got nobody.
        "crm.routing.waiting",
    },
}


def _files(chamber):
    """Yield (path, syntax tree) of the files of a chamber."""
    for path in sorted((ROUTING / chamber).glob("*.py")):
        yield path, ast.parse(path.read_text())


def _imports(tree):
    """Yield (level, dotted name) of all that a file imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((0, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            for alias in node.names:
                # `from ..deciding import methods` imports a module, too.
                is_module = node.level == 2 and "." not in module
                name = f"{module}.{alias.name}" if is_module else module
                yield node.level, name


@tagged("post_install", "-at_install")
class TestRoutingChambers(BaseCase):
    """Reading, deciding and acting: who knows whom."""

    def test_deciding_is_plain_python(self):
        for path, tree in _files("deciding"):
            for level, name in _imports(tree):
                first = name.split(".")[0]
                self.assertNotEqual((level, first), (0, "odoo"), path)
                self.assertTrue(level < 2 or (level, first) == (4, "tools"), path)
            names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
            names |= {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute)}
            self.assertFalse(names & {"env", "cr", "now"}, path)

    def test_chambers_import_only_what_they_may(self):
        for chamber, may in MAY_IMPORT.items():
            for path, tree in _files(chamber):
                foreign = {name for level, name in _imports(tree) if level == 2}
                self.assertLessEqual(foreign, may, path)

    def test_chambers_reach_only_what_they_may(self):
        for chamber, may in MAY_REACH.items():
            for path, tree in _files(chamber):
                reached = {
                    node.slice.value
                    for node in ast.walk(tree)
                    if isinstance(node, ast.Subscript)
                    and isinstance(node.slice, ast.Constant)
                    and str(node.slice.value).startswith("crm.routing.")
                }
                self.assertLessEqual(reached, may, path)

    def test_every_file_is_imported(self):
        for chamber in MAY_IMPORT:
            init = (ROUTING / chamber / "__init__.py").read_text()
            paths = list((ROUTING / chamber).glob("*.py"))
            self.assertLessEqual(len(paths), 15)
            for path in paths:
                if path.stem != "__init__":
                    self.assertIn(f"from . import {path.stem}\n", init)

    def test_nobody_asks_which_method_it_is(self):
        """What differs between methods is said by the methods: no comparison of keys."""
        keys = {method.key for method in METHODS}
        for folder in ("models", "wizards", "report"):
            for path in (ROOT / folder).rglob("*.py"):
                for node in ast.walk(ast.parse(path.read_text())):
                    if isinstance(node, ast.Compare):
                        constants = {
                            n.value
                            for n in ast.walk(node)
                            if isinstance(n, ast.Constant) and isinstance(n.value, str)
                        }
                        self.assertFalse(constants & keys, f"{path}:{node.lineno}")
        for path in (ROOT / "views" / "routing").glob("*.xml"):
            self.assertIsNone(re.search(r"\bmethod (==|!=|in|not)", path.read_text()))

    def test_methods_and_filters_have_words(self):
        for method in METHODS:
            self.assertTrue(method.label)
            self.assertIn("%(rule)s", method.sentence(str), method.key)
            self.assertTrue(method.no_candidates(str), method.key)
            self.assertNotEqual(method.from_teams, method.in_order, method.key)
        for one in FILTERS:
            self.assertTrue(one.header(str) and one.verdict(str), one.code)
        codes = [one.code for one in FILTERS]
        self.assertEqual(len(set(codes)), len(codes))
