# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""The order of things: read, prepare, load in batches, and the table."""

from odoo.api import Environment

from . import education, into_odoo, maven, maven_crm, table, x_education


def load(env, folder, commit, say=print):
    """Load the data sets that the folder has.

    :param Path folder: with ``x_education`` and ``maven_crm``, or one of them.
    :param commit: called when a step is complete: what is in, stays in.
    :param say: called with each line of progress and each complaint.
    :return: the table, as text.
    :rtype: str
    """
    env = into_odoo.quiet(env)
    reports = {}
    for name, load_set in (("x_education", _x_education), ("maven_crm", _maven_crm)):
        if not (folder / name).is_dir():
            say(f"{name}: not there, passed over")
            continue
        reports[name] = load_set(env, folder / name, commit, say)
        # New custom fields made a new registry; the old environment does not know them.
        env = Environment(env.cr, env.uid, env.context)
    return (
        table.show(table.rows(env, reports), list(reports))
        if reports
        else "Nothing to load."
    )


def _x_education(env, folder, commit, say):
    clock = table.Clock()
    with clock("read"):
        items, complaints = x_education.parse((folder / x_education.FILE).read_bytes())
    _complain(say, f"x_education/{x_education.FILE}", complaints)
    with clock("prepare"):
        _pipeline(env, say)
        if education.prepare(env):
            say("x_education: custom fields created")
        commit()
    batches = education.load(env, items, clock)
    new = _go(env, "x_education", batches, len(items), commit, say)
    return _report(len(items), len(complaints), new, clock)


def _maven_crm(env, folder, commit, say):
    clock = table.Clock()
    with clock("read"):
        company, complaints = maven_crm.parse(
            {name: (folder / name).read_bytes() for name in maven_crm.FILES}
        )
    for name, found in complaints.items():
        _complain(say, f"maven_crm/{name}", found)
    with clock("prepare"):
        _pipeline(env, say)
        maps = maven.prepare(env, company)
        commit()
    batches = maven.load(env, company, maps, clock)
    new = _go(env, "maven_crm", batches, len(company.deals), commit, say)
    return _report(len(company.deals), len(complaints[maven_crm.DEALS]), new, clock)


def _go(env, name, batches, total, commit, say):
    """Load batch after batch; each is whole once committed, so that a killed run goes on."""
    new = 0
    for count in batches:
        env.flush_all()
        commit()
        env.invalidate_all()
        new += count
        say(f"{name}: {new:,} new leads of {total:,}")
    return new


def _report(good, bad, new, clock):
    return {"read": good + bad, "bad": bad, "new": new, "seconds": clock.seconds}


def _complain(say, name, complaints):
    for complaint in complaints:
        say(f"{name}: {complaint}")


def _pipeline(env, say):
    """Let the product's assistant set the eight stages, where no stage has a role yet."""
    if not env["crm.stage"].search_count([("lead_role", "!=", False)], limit=1):
        env["crm.pipeline.setup"].create({}).action_apply()
        say("stages: mapped and completed by the set-up assistant")
