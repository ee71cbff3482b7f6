"""Run the examples in our plain Python without Odoo: python -I doctests.py FOLDER_OF_THE_ADDON.

The last line is "TRIED FAILED".
"""

import doctest
import importlib
import sys
from pathlib import Path
from types import ModuleType

# What must work without Odoo.
PLAIN = ("tools", "models/routing/deciding")

root = Path(sys.argv[1])
sys.dont_write_bytecode = True


def hollow(name, folder):
    """Make a package of a folder without running its `__init__.py`, which needs Odoo.

    What is below is then imported as it is within Odoo, relative imports and all.
    """
    package = ModuleType(name)
    package.__path__ = [str(folder)]
    sys.modules[name] = package


hollow("addon", root)
for plain in PLAIN:
    for folder in reversed(Path(plain).parents[:-1]):
        hollow(".".join(("addon", *folder.parts)), root / folder)
tried = failed = 0
for path in sorted(path for plain in PLAIN for path in (root / plain).rglob("*.py")):
    name = ".".join(("addon", *path.relative_to(root).with_suffix("").parts))
    try:
        module = importlib.import_module(name.removesuffix(".__init__"))
        result = doctest.testmod(module)
    except Exception as error:
        print(f"{path}: {error!r} ({' and '.join(PLAIN)} must work without Odoo)")
        result = doctest.TestResults(1, 1)
    tried += result.attempted
    failed += result.failed
print(tried, failed)
