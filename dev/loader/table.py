# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""The one table at the end: what is in the database now, a column for each data set."""

import contextlib
import time

from . import into_odoo

PREFIXES = {"x_education": "x_education_", "maven_crm": "maven_deal_"}


class Clock:
    """A stop watch with a sum for each step.

    >>> clock = Clock()
    >>> with clock("read"):
    ...     pass
    >>> list(clock.seconds)
    ['read']
    """

    def __init__(self):
        self.seconds = {}

    @contextlib.contextmanager
    def __call__(self, step):
        start = time.monotonic()
        try:
            yield
        finally:
            self.seconds[step] = self.seconds.get(step, 0) + time.monotonic() - start


def rows(env, reports):
    """Return the table as lines of (label, number by data set).

    :param dict reports: by data set: ``read`` and ``bad`` rows, ``new`` leads, ``seconds``.
    """
    leads = {name: _leads(env, PREFIXES[name]) for name in reports}
    lines = [
        (
            "rows in the files",
            {name: report["read"] for name, report in reports.items()},
        ),
        ("rows left out", {name: report["bad"] for name, report in reports.items()}),
        ("leads", {name: len(records) for name, records in leads.items()}),
        (
            "  loaded by this run",
            {name: report["new"] for name, report in reports.items()},
        ),
    ]
    for title, field in (
        ("outcome", "won_status"),
        ("persona", "persona_id"),
        ("qualification", "qualification_state"),
        ("grade", "lead_grade"),
        ("stage (of active leads)", "stage_id"),
    ):
        lines += _counts(env, leads, title, field)
    lines += _owners(env, leads)
    steps = {step for report in reports.values() for step in report["seconds"]}
    lines.append(
        ("seconds", {name: sum(r["seconds"].values()) for name, r in reports.items()})
    )
    for step in ("read", "prepare", "create", "evaluate", "route", "close"):
        if step in steps:
            values = {name: r["seconds"].get(step, 0.0) for name, r in reports.items()}
            lines.append((f"  {step}", values))
    return lines


def _leads(env, prefix):
    ids = into_odoo.known(env, "crm.lead")
    return env["crm.lead"].browse(
        id_ for key, id_ in ids.items() if key.startswith(prefix)
    )


def _counts(env, leads, title, field):
    """Return one line for each value that the leads have in a field, best known order first."""
    counts = {}
    for name, records in leads.items():
        domain = [("id", "in", records.ids)]
        model = env["crm.lead"].with_context(active_test=field == "stage_id")
        for value, count in model._read_group(domain, [field], ["__count"]):
            counts.setdefault(value, {})[name] = count
    return [(title, None)] + [
        (f"  {_label(env, field, value)}", counts[value])
        for value in sorted(counts, key=lambda value: _rank(field, value))
    ]


def _label(env, field, value):
    if hasattr(value, "display_name"):
        return value.display_name or "none"
    if field == "lead_grade":
        return str(value) if value else "not graded"
    selection = dict(env["crm.lead"]._fields[field]._description_selection(env))
    return selection.get(value, "none")


def _rank(field, value):
    if field == "stage_id":
        return value.sequence, value.id
    if field == "lead_grade":
        return (-(value or 0),)
    if hasattr(value, "display_name"):
        return not value, value.display_name or ""
    return (
        ("open", "pending", "passed", "won", "failed", "lost").index(value)
        if value
        else 9
    )


def _owners(env, leads):
    """Return how many people own the leads, and what holds back those without grade or owner."""
    lines = [
        (
            "owners",
            {name: len(_all(env, r).mapped("user_id")) for name, r in leads.items()},
        )
    ]
    missing = {
        name: _all(env, r).filtered(lambda lead: not lead.user_id)
        for name, r in leads.items()
    }
    lines.append(
        ("  leads without owner", {name: len(r) for name, r in missing.items()})
    )
    reasons = {
        name: len(_without_log(env, records)) for name, records in missing.items()
    }
    lines.append(("  ... and without a reason on record", reasons))
    return lines


def _all(env, records):
    return records.with_context(active_test=False)


def _without_log(env, leads):
    logged = env["crm.lead.routing.log"].search([("lead_id", "in", leads.ids)]).lead_id
    return leads - logged


def show(lines, names):
    """Return the table as text.

    >>> print(show([("leads", {"a": 1200, "b": 3}), ("seconds", {"a": 0.5})], ["a", "b"]))
                       a           b       total
    leads          1,200           3       1,203
    seconds          0.5           -         0.5
    """
    width = max(len(label) for label, _values in lines) + 1
    text = [" " * width + "".join(f"{name:>12}" for name in [*names, "total"])]
    for label, values in lines:
        if values is None:
            text.append(label)
            continue
        cells = [values.get(name) for name in names]
        cells.append(sum(value or 0 for value in cells))
        text.append(
            f"{label:<{width}}" + "".join(f"{_cell(cell):>12}" for cell in cells)
        )
    return "\n".join(text)


def _cell(value):
    if value is None:
        return "-"
    return f"{value:,.1f}" if isinstance(value, float) else f"{value:,}"
