"""What of the addon is in the database: when this changes, the addon must be updated.

Data files count whole. Of Python files only the declarations count (classes, fields,
constraints, signatures): after a change inside a method a restart is enough.
"""

import ast

import env
from steps import digest

DATA_FILES = (".xml", ".csv", ".po", ".pot", ".sql")
# Folders with nothing that Odoo stores at install; `static` is read from disk at run time.
OUTSIDE = {"dev", "tests", "static", "tools", "docs", "node_modules", "__pycache__"}


def addon_digest():
    """Return a hash of everything that an install or update of the addon would store."""
    parts = []
    for path in sorted(_files(env.ROOT)):
        parts.append(path.relative_to(env.ROOT))
        parts.append(_declarations(path) if path.suffix == ".py" else path)
    return digest(*map(_readable, parts))


def _readable(part):
    # A relative path is a name here, not a file to read.
    return part if hasattr(part, "is_absolute") and part.is_absolute() else str(part)


def _files(folder):
    for path in folder.iterdir():
        if path.name.startswith(".") or path.name in OUTSIDE:
            continue
        if path.is_dir():
            yield from _files(path)
        elif path.suffix == ".py" or path.suffix in DATA_FILES:
            yield path


def _declarations(path):
    source = path.read_text("utf-8")
    # The manifest, hooks and migrations are code that runs at install: they count whole.
    if path.parent == env.ROOT or "migrations" in path.parts:
        return source
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return source
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and not node.name.startswith(
            ("_default", "_selection", "init")
        ):
            node.body = [ast.Pass()]
    return ast.dump(tree)
