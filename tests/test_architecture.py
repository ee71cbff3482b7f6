# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import ast
import re
from pathlib import Path

from odoo.tests import BaseCase, tagged

ROOT = Path(__file__).parents[1]

# Which rooms a room may know. All may write touchpoints, through the hook of `activity`.
MAY_KNOW = {
    "persona": set(),
    "qualifier": {"persona"},
    "scoring": {"persona", "qualifier"},
    "routing": {"persona", "qualifier", "scoring"},
    # Messages hang the first message on routing rules; routing knows nothing of them.
    "message": {"persona", "qualifier", "scoring", "routing"},
    "activity": set(),
    "pipeline": {"persona", "qualifier", "scoring"},
}
MAX_FILE = 300
MAX_METHOD = 40


def _sources(*folders):
    """Yield (path, text, syntax tree) of the Python files below the folders."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            text = path.read_text()
            yield path, text, ast.parse(text)


def _models_by_room():
    """Return {model name: room} of the models that the rooms define."""
    owners = {}
    for path, _text, tree in _sources("models"):
        room = path.relative_to(ROOT / "models").parts[0]
        for node in ast.walk(tree):
            if (
                room in MAY_KNOW
                and isinstance(node, ast.Assign)
                and getattr(node.targets[0], "id", "") == "_name"
                and isinstance(node.value, ast.Constant)
            ):
                owners[node.value.value] = room
    return owners


@tagged("post_install", "-at_install")
class TestArchitecture(BaseCase):
    """The borders of the house; a breach is a red test, not a matter of memory."""

    def test_rooms_know_only_what_comes_before_them(self):
        owners = _models_by_room()
        breaches = []
        for room, known in MAY_KNOW.items():
            for path, _text, tree in _sources(f"models/{room}"):
                for node in ast.walk(tree):
                    if isinstance(node, ast.Constant) and isinstance(node.value, str):
                        owner = owners.get(node.value, room)
                        if owner not in known | {room, "activity"}:
                            breaches.append(
                                f"{path.name}:{node.lineno} {room} knows {owner}"
                            )
                    if isinstance(node, ast.ImportFrom) and node.level >= 2:
                        target = (node.module or "").split(".")[0]
                        if target in MAY_KNOW and target not in known | {room}:
                            breaches.append(
                                f"{path.name}:{node.lineno} {room} imports {target}"
                            )
        self.assertFalse(breaches)

    def test_every_room_is_known_here(self):
        rooms = {path.parent.name for path in (ROOT / "models").glob("*/__init__.py")}
        self.assertEqual(rooms, set(MAY_KNOW))

    def test_tools_are_plain_python(self):
        for path, _text, tree in _sources("tools"):
            for node in ast.walk(tree):
                names = []
                if isinstance(node, ast.Import):
                    names = [alias.name for alias in node.names]
                elif isinstance(node, ast.ImportFrom):
                    names = [node.module or ""]
                for name in names:
                    self.assertNotEqual(name.split(".")[0], "odoo", path.name)

    def test_only_the_hub_overrides_create_and_write_of_leads(self):
        for path, _text, tree in _sources("models", "wizards", "report"):
            if path == ROOT / "models" / "crm_lead.py":
                continue
            for node in ast.walk(tree):
                if isinstance(node, ast.ClassDef) and _inherits(node) == "crm.lead":
                    methods = {
                        n.name for n in node.body if isinstance(n, ast.FunctionDef)
                    }
                    forbidden = {"create", "write", "copy_data", "_merge_dependences"}
                    self.assertFalse(methods & forbidden, path)

    def test_no_commit(self):
        for path, text, _tree in _sources("models", "wizards", "report", "tools"):
            self.assertNotRegex(text, r"\bcr\.commit\(", path)

    def test_every_sudo_has_its_reason_beside_it(self):
        for path, text, _tree in _sources("models", "wizards", "report"):
            lines = text.splitlines()
            for number, line in enumerate(lines):
                if not re.search(r"\.(sudo|with_user)\((?!False)", line.split("#")[0]):
                    continue
                beside = " ".join(lines[max(0, number - 5) : number + 1])
                self.assertRegex(beside, r"#[^\n]*\bsudo\b", f"{path}:{number + 1}")

    def test_every_file_is_imported(self):
        for package in ("models", "wizards", "tests"):
            for folder in (ROOT / package, *(ROOT / package).iterdir()):
                init = folder / "__init__.py"
                if not init.is_file():
                    continue
                text = init.read_text()
                for path in folder.glob("*.py"):
                    if path.stem not in ("__init__", "common"):
                        self.assertIn(f"from . import {path.stem}\n", text, path)

    def test_modules_of_tests_have_names_of_their_own(self):
        # The star imports of tests/__init__.py put the modules of all rooms side by side:
        # of two with one name Odoo would run only the last.
        names = [path.stem for path in (ROOT / "tests").rglob("test_*.py")]
        self.assertEqual(sorted(names), sorted(set(names)))

    def test_names_of_test_modules_are_unique(self):
        """`from .room import *` would overwrite a module, and its tests would be gone."""
        names = [path.stem for path in (ROOT / "tests").rglob("test_*.py")]
        self.assertEqual(len(names), len(set(names)), sorted(names))

    def test_every_data_file_is_in_the_manifest(self):
        manifest = ast.literal_eval((ROOT / "__manifest__.py").read_text())
        listed = set(manifest["data"]) | set(manifest.get("demo", []))
        for folder in ("data", "demo", "security", "views", "wizards", "report"):
            for path in (ROOT / folder).rglob("*"):
                if path.suffix in (".xml", ".csv"):
                    self.assertIn(str(path.relative_to(ROOT)), listed)

    def test_files_and_methods_stay_small(self):
        for path, text, tree in _sources("models", "wizards", "report", "tools"):
            self.assertLessEqual(len(text.splitlines()), MAX_FILE, path)
            for node in ast.walk(tree):
                if isinstance(node, ast.FunctionDef):
                    length = node.end_lineno - node.lineno + 1 - _docstring_lines(node)
                    self.assertLessEqual(length, MAX_METHOD, f"{path}: {node.name}")


def _inherits(node):
    """Return the value of ``_inherit`` in a class, where it is a plain string."""
    for item in node.body:
        if (
            isinstance(item, ast.Assign)
            and getattr(item.targets[0], "id", "") == "_inherit"
        ):
            return getattr(item.value, "value", None)
    return None


def _docstring_lines(node):
    """Return how many lines the docstring of a function takes."""
    first = node.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
        return first.end_lineno - first.lineno + 1
    return 0
