"""How many files and functions of ours a lead, a save and a touchpoint pass on their way.

Counted is every function whose file is in the addon, with all that is shipped and one routing
rule; each way was gone twice before, so that all that is kept in memory is there. Beside each
the figures of commit 12a4ef0, before the house was put in order: as a study of it has counted
them, with the demo company, and as this benchmark counts them, which "now" is compared with.
CRM_LEAD_WAYS=1 prints the functions, too.
"""

import os
import sys
from itertools import count

from bench_data import inquiry, one_rule, team

import odoo.addons.crm_lead_management as addon

STUDY = {"create a lead": (52, 216), "save a field": (26, 95), "touchpoint": (19, 62)}
BEFORE = {"create a lead": (50, 203), "save a field": (24, 88), "touchpoint": (18, 56)}
WARM = 2


def run(env, report):
    one_rule(env, team(env, "Seller", 5))
    numbers = count(1)

    def create():
        env["crm.lead"].create(inquiry(env, next(numbers)))

    create()
    lead = env["crm.lead"].search([], order="id desc", limit=1)

    def save():
        lead.write({"company_size": 10 * next(numbers)})

    def touch():
        env["crm.touchpoint"]._record(
            [
                {
                    "lead_id": lead.id,
                    "kind": "web_visit",
                    "direction": "in",
                    "is_human": True,
                    "value": 3.0,
                    "source": "benchmark",
                    "external_ref": str(next(numbers)),
                }
            ]
        )

    ways = {"create a lead": create, "save a field": save, "touchpoint": touch}
    for title, way in ways.items():
        for _turn in range(WARM):
            _passed(env, way)
        passed = _passed(env, way)
        now = (len({file for file, *_function in passed}), len(passed))
        for place, what in enumerate(("files", "functions")):
            row, before = f"{title}: {what}", BEFORE[title][place]
            report.number(row, "study", STUDY[title][place], before)
            report.number(row, "12a4ef0", before)
            report.number(row, "now", now[place], before)
        if os.environ.get("CRM_LEAD_WAYS"):
            _print(passed)


def _print(passed):
    """Print the files of a way, each with its functions."""
    folder, files = f"{addon.__path__[0]}/", {}
    for file, _line, function in sorted(passed):
        files.setdefault(file.removeprefix(folder), []).append(function)
    for file, functions in files.items():
        print(f"  {file}: {', '.join(functions)}")


def _passed(env, way):
    """Go a way and commit; return the functions of the addon that were called.

    Only those with a name: a list that is put together is a function in some Pythons.
    """
    folder, passed = f"{addon.__path__[0]}/", set()

    def note(frame, event, _arg):
        code = frame.f_code
        named = not code.co_name.startswith("<")
        if event == "call" and named and code.co_filename.startswith(folder):
            passed.add((code.co_filename, code.co_firstlineno, code.co_name))

    sys.setprofile(note)
    try:
        way()
        env.cr.commit()
    finally:
        sys.setprofile(None)
    return passed
