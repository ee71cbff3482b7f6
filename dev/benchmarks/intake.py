"""What the letterbox costs: keeping, processing, finding the same person, importing files.

Keeping an entry beside Odoo's creation of one lead, which is the least that a form of Odoo's
does; processing 1,000 entries (read, matched, created, evaluated, routed) beside Odoo's creation
of 1,000 leads; matching 1,000 people against 200,000 leads; a list of 2,000 rows beside Odoo's
own import of the same rows.
"""

from itertools import count

from bench_data import insert_leads, one_rule, team

ENTRIES, ROWS, LEADS, PEOPLE = 1000, 2000, 200_000, 1000


def run(env, report):
    bare_env = report.bare_env
    one_rule(env, team(env, "Sellers", 5))
    source = env["crm.intake.source"].create({"name": "Bench", "kind": "web"})
    engine, numbers = env["crm.intake.engine"], count()
    env.cr.commit()
    bare_env.cr.commit()

    def person(number):
        return {
            "name": f"Person {number}",
            "email": f"person{number}@home{number}.example",
            "phone": f"+9665{number:08}",
            "message": "Price list, please",
        }

    def vals(number):
        said = person(number)
        return {
            "name": said["message"],
            "contact_name": said["name"],
            "email_from": said["email"],
            "phone": said["phone"],
        }

    report.compare(
        "keep an entry",
        {
            "Odoo's lead": (
                lambda: bare_env["crm.lead"].create(vals(next(numbers))),
                bare_env,
            ),
            "letterbox": lambda: engine._receive(source, person(next(numbers))),
        },
        calls=10,
        limit=0.5,
        commit=True,
    )

    def waiting():
        items = env["crm.intake.item"]
        for _entry in range(ENTRIES):
            items |= engine._receive(source, person(next(numbers)))
        env.flush_all()
        return items

    report.compare(
        f"process {ENTRIES} entries",
        {
            "Odoo's leads": (
                lambda: bare_env["crm.lead"].create(
                    [vals(next(numbers)) for _lead in range(ENTRIES)]
                ),
                bare_env,
            ),
            "letterbox": (engine._process, env, waiting),
        },
        per=ENTRIES,
        repeat=3,
        limit=1.6,
    )
    _import(env, bare_env, report, vals, numbers)
    _match(env, report, person, numbers)


def _import(env, bare_env, report, vals, numbers):
    from odoo.addons.crm_lead_management.models.intake.files.file_import import (
        FileImport,
    )
    from odoo.addons.crm_lead_management.tools.intake.tables import Table

    names = list(vals(0))
    source = env["crm.intake.source"].create({"name": "Files", "kind": "file"})
    source.mapping_ids = [(0, 0, {"path": name, "target": name}) for name in names]

    def rows():
        return [list(vals(next(numbers)).values()) for _row in range(ROWS)]

    def ours():
        table = Table(names, [(line, cells) for line, cells in enumerate(rows(), 2)])
        file = env["crm.intake.file"].create({"name": "x", "source_id": source.id})
        FileImport(file, table).store()
        env["crm.intake.engine"]._process(file.item_ids)

    report.compare(
        f"import {ROWS} rows",
        {
            "Odoo": (lambda: bare_env["crm.lead"].load(names, rows()), bare_env),
            "letterbox": ours,
        },
        per=ROWS,
        repeat=1,
        limit=1.5,
    )


def _match(env, report, person, numbers):
    from odoo.addons.crm_lead_management.models.intake.crm_intake_matcher import Wanted

    insert_leads(env, LEADS)
    env.cr.execute(
        "UPDATE crm_lead SET email_normalized = 'person' || id || '@home.example',"
        " phone_sanitized = '+9665' || lpad(id::text, 8, '0') WHERE name LIKE 'Lead %'"
    )
    env.cr.execute("ANALYZE crm_lead")
    company = env.company.id
    rows = [
        Wanted(n, company, None, f"person{n * 7}@home.example", f"+9665{n * 7:08}")
        for n in range(PEOPLE)
    ]
    before = env.cr.sql_log_count
    env["crm.intake.matcher"]._match(rows)
    report.note(f"{env.cr.sql_log_count - before} statements for {PEOPLE} people")
    report.time(
        f"match {PEOPLE} people, {LEADS} leads",
        lambda: env["crm.intake.matcher"]._match(rows),
        per=PEOPLE,
    )
