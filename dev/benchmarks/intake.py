"""What the letterbox costs: keeping, processing, finding the same person, importing files.

Keeping an entry beside Odoo's creation of one lead, which is the least that a form of Odoo's
does; processing 1,000 entries (read, matched, created, evaluated, routed) beside Odoo's creation
of 1,000 leads; matching 1,000 people against 200,000 leads; a CSV of 10,000 rows beside Odoo's
own import of the same file; and over HTTP, with real servers, a post to the letterbox beside one
of Odoo's website form, whose app is installed for it.
"""

import base64
import csv
import io
import json
import urllib.parse
import urllib.request
from itertools import count

from bench_data import insert_leads, one_rule, team
from bench_server import install, start

ENTRIES, ROWS, LEADS, PEOPLE = 1000, 10_000, 200_000, 1000
# As many as the job of the letterbox takes together; as Odoo's import client does.
TOGETHER, PART = 200, 2000
PORTS = 8397, 8398


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
    _over_http(env, bare_env, report, source, person, numbers)


def _import(env, bare_env, report, vals, numbers):
    names = list(vals(0))

    def file():
        text = io.StringIO()
        rows = csv.writer(text)
        rows.writerow(names)
        rows.writerows(vals(next(numbers)).values() for _row in range(ROWS))
        return text.getvalue().encode()

    def odoos(raw):
        options = {"separator": ",", "quoting": '"', "encoding": "utf-8"}
        options |= {"has_headers": True}
        values = {"res_model": "crm.lead", "file": raw, "file_type": "text/csv"}
        importer = bare_env["base_import.import"].create(values)
        for skip in range(0, ROWS, PART):
            part = {**options, "limit": PART, "skip": skip}
            done = importer.execute_import(names, names, part)
            assert len(done["ids"]) == min(PART, ROWS), done["messages"]

    def ours(raw):
        values = {"name": "leads.csv", "data": base64.b64encode(raw)}
        record = env["crm.intake.file"].create(values)
        record.action_read()
        record.action_import()
        items = record.item_ids.sorted("id")
        for start_at in range(0, len(items), TOGETHER):
            env["crm.intake.engine"]._process(items[start_at : start_at + TOGETHER])
            env.flush_all()
            env.invalidate_all()
        assert len(items.lead_id) == ROWS

    report.compare(
        f"import a CSV of {ROWS} rows",
        {"Odoo": (odoos, bare_env, file), "letterbox": (ours, env, file)},
        per=ROWS,
        repeat=1,
        limit=1.5,
    )


def _over_http(env, bare_env, report, source, person, numbers):
    """Post to a real server of each: the letterbox keeps, Odoo's form makes its lead."""
    source.limit_minute = 0
    key = source._new_key()
    names = env.cr.dbname, bare_env.cr.dbname
    env.cr.commit()
    bare_env.cr.commit()
    if not install(names[1], "website_crm"):
        report.note("the website app cannot be installed: not compared over HTTP")
        return
    servers = [
        start(name, port, crons=0) for name, port in zip(names, PORTS, strict=True)
    ]

    def ours():
        said = json.dumps(person(next(numbers))).encode()
        kind = {"Content-Type": "application/json"}
        assert _post(PORTS[0], f"/crm/intake/{key}", said, kind)[0] == 202

    def odoos():
        said = person(next(numbers))
        form = {
            "name": "Price list",
            "contact_name": said["name"],
            "email_from": said["email"],
            "phone": said["phone"],
            "description": said["message"],
        }
        status, text = _post(
            PORTS[1], "/website/form/crm.lead", urllib.parse.urlencode(form).encode()
        )
        assert status == 200 and json.loads(text).get("id"), text

    try:
        report.compare(
            "a post over HTTP",
            {"Odoo's form": (odoos, bare_env), "letterbox": ours},
            calls=20,
            limit=0.5,
        )
    finally:
        for server in servers:
            server.terminate()
            server.wait()


def _post(port, path, body, headers=None):
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", body, headers or {}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.status, answer.read().decode()


def _match(env, report, person, numbers):
    from odoo.addons.crm_lead_management.models.intake.crm_intake_matcher import Wanted

    insert_leads(env, LEADS)
    env.cr.execute(
        "UPDATE crm_lead SET email_normalized = 'person' || id || '@home.example',"
        " phone_sanitized = '+9665' || lpad(id::text, 8, '0') WHERE name LIKE 'Lead %'"
    )
    # Each has a contact, with an address of its own.
    env.cr.execute(
        "INSERT INTO res_partner (name, complete_name, active, type, is_company, email,"
        " email_normalized, phone, phone_sanitized)"
        " SELECT name, name, TRUE, 'contact', FALSE, 'own' || id || '@home.example',"
        " 'own' || id || '@home.example', phone_sanitized, phone_sanitized"
        " FROM crm_lead WHERE name LIKE 'Lead %' AND partner_id IS NULL"
    )
    env.cr.execute(
        "UPDATE crm_lead SET partner_id = partner.id FROM res_partner AS partner"
        " WHERE partner.name = crm_lead.name AND crm_lead.name LIKE 'Lead %'"
    )
    env.cr.execute("ANALYZE crm_lead; ANALYZE res_partner")
    company = env.company.id
    rows = [
        Wanted(n, company, None, f"person{n * 7}@home.example", f"+9665{n * 7:08}")
        for n in range(PEOPLE)
    ]
    before = env.cr.sql_log_count
    env["crm.intake.matcher"]._match(rows)
    report.note(f"{env.cr.sql_log_count - before} statements for {PEOPLE} people")
    report.time(
        f"match one, {LEADS} leads",
        lambda: env["crm.intake.matcher"]._match(rows[:1]),
    )
    report.time(
        f"match {PEOPLE} people, {LEADS} leads",
        lambda: env["crm.intake.matcher"]._match(rows),
        per=PEOPLE,
    )
