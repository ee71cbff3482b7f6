"""Run the examples in an addon's tools/ without Odoo: python -I doctests.py FOLDER_OF_THE_ADDON.

The last line is "TRIED FAILED".
"""

import doctest
import importlib
import sys
from pathlib import Path

root = Path(sys.argv[1])
# Only `tools` is imported from there, never the addon itself, which needs Odoo.
sys.path.insert(0, str(root))
sys.dont_write_bytecode = True
tried = failed = 0
for path in sorted((root / "tools").rglob("*.py")):
    name = ".".join(path.relative_to(root).with_suffix("").parts)
    try:
        module = importlib.import_module(name.removesuffix(".__init__"))
        result = doctest.testmod(module)
    except Exception as error:
        print(f"{path}: {error!r} (tools/ must work without Odoo)")
        result = doctest.TestResults(1, 1)
    tried += result.attempted
    failed += result.failed
print(tried, failed)
