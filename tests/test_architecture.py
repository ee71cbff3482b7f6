# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
import ast
import re
from graphlib import TopologicalSorter
from pathlib import Path

from odoo.tests import BaseCase, tagged

ROOT = Path(__file__).parents[1]

# Which rooms a room may know. All may write touchpoints, through the hook of `activity`.
MAY_KNOW = {
    "common": set(),
    "persona": {"common"},
    # The porch: it comes first in time. Of the rooms it knows the first, for one way of
    # writing; those that have something to add to what comes in know it.
    "intake": {"common", "persona"},
    "qualifier": {"common", "persona", "intake"},
    "scoring": {"common", "persona", "qualifier"},
    "routing": {"common", "persona", "qualifier", "scoring", "intake"},
    "followup": {"common", "persona", "qualifier", "scoring", "routing", "intake"},
    # Messages hang the first message on routing rules; routing knows nothing of them. They
    # suit the stage in which a lead stands.
    "message": {
        *("common", "persona", "qualifier", "scoring", "routing", "followup"),
        *("pipeline", "intake"),
    },
    "nurture": {
        *("common", "persona", "qualifier", "scoring", "routing", "followup"),
        *("message", "pipeline"),
    },
    "activity": {"common"},
    "pipeline": {"common", "persona", "qualifier", "scoring"},
    # It reads all, and nobody reads it.
    "insight": {
        *("common", "persona", "qualifier", "scoring", "routing", "followup"),
        *("message", "activity", "pipeline", "nurture", "intake"),
    },
}
# Of these rooms' fields of leads all may speak: they are the contract of touchpoints and of
# stages, which others read (who stands in which stage, what was recorded).
SPOKEN_OF_BY_ALL = {"activity"}
# Models that are still in more files than two.
UNTIDY_MODELS = set()
# Where rooms have their folder.
TREES = ("models", "wizards", "report")
# 300 is a question, to be answered in a review: is it still one thought?
MAX_FILE = 450
MAX_METHOD = 40
MAX_FILES = 15
# Rooms in which each file bears the name of its model.
IN_ORDER = {
    *("persona", "qualifier", "scoring", "routing", "activity"),
    *("pipeline", "nurture"),
}
# Files that bear the name of the one thing that they do to several models.
BY_PURPOSE = {"no_circles"}


def _sources(*folders):
    """Yield (path, text, syntax tree) of the Python files below the folders."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            text = path.read_text()
            yield path, text, ast.parse(text)


def _room_of(path):
    """Return the room of a file, or None: what leads through all rooms is in none."""
    parts = path.relative_to(ROOT).parts
    return parts[1] if len(parts) > 2 and parts[1] in MAY_KNOW else None


def _classes(tree):
    return [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]


def _assigned(node, name):
    """Return the values assigned to a name in the body of a class or module."""
    return [
        item.value
        for item in node.body
        if isinstance(item, ast.Assign) and getattr(item.targets[0], "id", "") == name
    ]


def _models_by_room():
    """Return {model name: room} of the models that the rooms define; not of Odoo's own."""
    return {
        value.value: _room_of(path)
        for path, _text, tree in _sources(*TREES)
        if _room_of(path)
        for node in _classes(tree)
        for value in _assigned(node, "_name")
        if isinstance(value, ast.Constant) and value.value not in _parents(node)
    }


def _parents(node):
    """Return the models that a class inherits from."""
    return {
        name.value
        for value in _assigned(node, "_inherit")
        for name in getattr(value, "elts", [value])
    }


def _lead_fields():
    """Yield (room, name, call) of each field of crm.lead that the rooms define."""
    for path, _text, tree in _sources("models"):
        for node in _classes(tree):
            if _inherits(node) != "crm.lead":
                continue
            for item in node.body:
                call = getattr(item, "value", None)
                if (
                    isinstance(item, ast.Assign)
                    and isinstance(call, ast.Call)
                    and getattr(getattr(call.func, "value", None), "id", "") == "fields"
                ):
                    yield _room_of(path), item.targets[0].id, call


def _fields_by_room():
    """Return {room: names} of all fields that the rooms define, of any model."""
    names = {room: set() for room in MAY_KNOW}
    for path, _text, tree in _sources(*TREES):
        for node in _classes(tree) if _room_of(path) else ():
            names[_room_of(path)].update(
                item.targets[0].id
                for item in node.body
                if isinstance(item, ast.Assign)
                and getattr(getattr(item.value, "func", None), "attr", "")[:1].isupper()
            )
    return names


def _words(tree):
    """Yield (line, text) of what code names: texts, but for docstrings, and attributes."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value
        elif isinstance(node, ast.Attribute):
            yield node.lineno, node.attr


@tagged("post_install", "-at_install")
class TestArchitecture(BaseCase):
    """The borders of the house; a breach is a red test, not a matter of memory."""

    def test_rooms_know_only_what_comes_before_them(self):
        owners, breaches = _models_by_room(), []
        for path, _text, tree in _sources(*TREES):
            room = _room_of(path)
            if not room:
                continue
            allowed = MAY_KNOW[room] | {room, "activity"}
            # The one place where the hub names those who come after it: their order.
            stations = {
                element.value
                for value in _assigned(tree, "STATIONS")
                for element in value.elts
            }
            for line, word in _words(tree):
                owner = owners.get(word, room)
                if owner not in allowed and word not in stations:
                    breaches.append(f"{path.name}:{line} {room} knows {owner}")
            for node in ast.walk(tree):
                if isinstance(node, ast.ImportFrom) and node.level >= 2:
                    breaches += [
                        f"{path.name}:{node.lineno} {room} imports {target}"
                        for target in (node.module or "").split(".")
                        if target in MAY_KNOW and target not in allowed
                    ]
        self.assertFalse(breaches)

    def test_rooms_speak_of_no_fields_of_those_who_come_after_them(self):
        owners = {name: room for room, name, _call in _lead_fields()}
        breaches, own = [], _fields_by_room()
        for path, _text, tree in _sources(*TREES):
            room = _room_of(path)
            if not room:
                continue
            allowed = MAY_KNOW[room] | {room} | SPOKEN_OF_BY_ALL
            for line, word in _words(tree):
                owner = owners.get(word, room)
                # Models of the room itself may have a field of that name.
                if owner not in allowed and word not in own[room]:
                    breaches.append(
                        f"{path.name}:{line} {room} speaks of {word} ({owner})"
                    )
        self.assertFalse(breaches)

    def test_no_circle_between_rooms(self):
        """Whom a room calls by ``env["model"]``: there is an order in which none looks back."""
        owners, calls = _models_by_room(), {room: set() for room in MAY_KNOW}
        for path, _text, tree in _sources(*TREES):
            for node in ast.walk(tree):
                if (
                    _room_of(path)
                    and isinstance(node, ast.Subscript)
                    and getattr(node.value, "attr", getattr(node.value, "id", ""))
                    == "env"
                    and isinstance(node.slice, ast.Constant)
                ):
                    owner = owners.get(node.slice.value)
                    if owner and owner != _room_of(path):
                        calls[_room_of(path)].add(owner)
        TopologicalSorter(calls).prepare()  # raises, and names the circle

    def test_each_field_of_a_lead_says_what_it_is(self):
        """Who learns from closed leads asks for facts; no list of foreign names is kept."""
        kinds = {"FACT", "OUTCOME", "BOOKKEEPING"}
        for room, name, call in _lead_fields():
            words = {keyword.arg: keyword.value for keyword in call.keywords}
            if words.keys() & {"compute", "related"} and "store" not in words:
                continue
            if words.keys() == {"tracking"}:
                continue  # more about a field that is defined elsewhere
            kind = getattr(words.get("lead_kind"), "id", None)
            self.assertIn(kind, kinds, f"{room}: {name}")

    def test_every_room_is_known_here(self):
        rooms = {path.parent.name for path in (ROOT / "models").glob("*/__init__.py")}
        self.assertEqual(rooms, set(MAY_KNOW))

    def test_a_folder_holds_what_can_be_seen_at_once(self):
        for folder in (ROOT / "models").rglob("*"):
            name = str(folder.relative_to(ROOT))
            if folder.is_dir():
                self.assertLessEqual(
                    len(list(folder.glob("*.py"))), MAX_FILES + 1, name
                )

    def test_a_file_bears_the_name_of_its_model(self):
        """Or begins with it, where a model has a second file; or is no model's: plain code.

        Of what a room adds to models of rooms before it there may be one file by purpose.
        """
        for path, _text, tree in _sources(*TREES):
            if _room_of(path) not in IN_ORDER:
                continue
            names = [_model_of(node) for node in _classes(tree)]
            names = [name.replace(".", "_") for name in names if name]
            if names and path.stem not in BY_PURPOSE:
                fits = any(path.stem.startswith(name) for name in names)
                self.assertTrue(fits, f"{path}: {names}")

    def test_a_model_is_in_at_most_two_files_of_a_room(self):
        files = {}
        for path, _text, tree in _sources(*TREES):
            if _room_of(path):
                for model in {_model_of(node) for node in _classes(tree)} - {None}:
                    files.setdefault((_room_of(path), model), set()).add(path.name)
        crowded = {key for key, names in files.items() if len(names) > 2}
        self.assertFalse(crowded - UNTIDY_MODELS)

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
            if path.parent == ROOT / "models" / "common":
                continue
            for node in ast.walk(tree):
                if isinstance(node, ast.ClassDef) and _inherits(node) == "crm.lead":
                    methods = {
                        n.name for n in node.body if isinstance(n, ast.FunctionDef)
                    }
                    forbidden = {
                        "create",
                        "write",
                        "copy_data",
                        "_merge_dependences",
                        "_write_multi",
                    }
                    self.assertFalse(methods & forbidden, path)

    def test_no_commit(self):
        for path, text, _tree in _sources("models", "wizards", "report", "tools"):
            self.assertNotRegex(text, r"\bcr\.commit\(", path)

    def test_moments_are_said_to_the_minute(self):
        """Odoo's functions say the seconds, too, where they are not told otherwise."""
        own = ("models/common/moments.py", "models/persona/crm_lead_profile.py")
        for path, text, _tree in _sources("models", "wizards", "report"):
            if not str(path).endswith(own):
                self.assertNotRegex(text, r"\bformat_datetime\(", path)
        for path in (ROOT / "static" / "src").rglob("*.js"):
            self.assertNotRegex(path.read_text(), r"\bformatDateTime\(", path)

    def test_every_sudo_has_its_reason_beside_it(self):
        for path, text, _tree in _sources("models", "wizards", "report"):
            lines = text.splitlines()
            for number, line in enumerate(lines):
                if not re.search(r"\.(sudo|with_user)\((?!False)", line.split("#")[0]):
                    continue
                beside = " ".join(lines[max(0, number - 5) : number + 1])
                self.assertRegex(beside, r"#[^\n]*\bsudo\b", f"{path}:{number + 1}")

    def test_every_file_is_imported(self):
        for package in (*TREES, "tests"):
            for folder in (ROOT / package, *(ROOT / package).rglob("*")):
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


def _model_of(node):
    """Return the name of the model that a class defines or extends, or None."""
    values = [*_assigned(node, "_name"), *_assigned(node, "_inherit")]
    return next((item.value for item in values if isinstance(item, ast.Constant)), None)


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
