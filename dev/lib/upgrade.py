"""Update a company from the first version: is anything lost?

The addon as of 19.0.1.0.0 is taken from the repository's own history, installed with its demo
company, and used in all its rooms. Then the database is updated with the code of today: every
row and every stored value of the addon's models and of those it extends must be as before,
the log must be clean, all rules must be on, and a lead can be created, saved, scored and
routed. The same where the scheduled jobs are in the middle of a pass.
"""

import json
import shutil
import subprocess
import tarfile

import databases
import env
import postgres
from report import Result, skipped
from say import Stop, note
from steps import lock

FIRST = "12a4ef0"  # the commit that is version 19.0.1.0.0
USED = env.DEV / "lib" / "inside" / "company_of_before.py"
AFTER = env.DEV / "lib" / "inside" / "company_after_update.py"

# What a migration changes on purpose, with the reason. By the name under which it is reported:
# "table" for new rows, "-table" for rows that go, "table.column" for other values or a column
# that goes.
MEANT = {
    "crm_scorecard_rule.domain": '"Bought before" no longer counts the lead itself',
    "crm_scorecard_evaluation.verdict": "in each language; what was there stands in English",
    "crm_scorecard_evaluation.warning": "as above",
    "ir_config_parameter": "the scorecard changed: its leads are scored anew",
    "ir_config_parameter.value": "as above, from the first lead on",
    "mail_message": "Odoo's notes that jobs and actions were created",
    "ir_cron": "jobs of follow-up, letterbox and tracks",
    "ir_cron.cron_name": "the job of first messages is that of all that goes by itself",
    "ir_cron.interval_number": "as above: every five minutes",
    "ir_cron.interval_type": "as above",
    "digest_digest": "four digests of insight, switched off",
    "ir_ui_menu": "the menus go by the day, no longer by the rooms",
    "-ir_ui_menu": "as above: what stood in two places",
    "ir_ui_menu.name": "as above",
    "ir_ui_menu.parent_id": "as above",
    "ir_ui_menu.parent_path": "as above",
    "ir_ui_menu.sequence": "as above",
    "ir_ui_menu_group_rel": "as above",
    "-ir_ui_menu_group_rel": "as above",
}
# Columns that tell when a row was touched.
VOLATILE = {"write_date", "write_uid", "nextcall", "lastcall"}
# Bookkeeping that Odoo itself writes at each update.
BOOKKEEPING = {"ir_cron_progress"}

MIDDLE = "SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY id) FROM crm_lead"
# A pass that has come to the middle: what is behind it has no grade yet.
HALF_WAY = """
INSERT INTO ir_config_parameter (key, value)
VALUES ('crm_lead_management.{cursor}', '{middle}')
    ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value;
UPDATE crm_lead SET lead_grade = 0, lead_points = 0
 WHERE id > {middle} AND won_status = 'pending' AND active AND COALESCE(grade_manual, 0) = 0;
UPDATE ir_cron SET active = (d.name = '{cron}') FROM ir_model_data d
 WHERE d.module = 'crm_lead_management' AND d.res_id = ir_cron.id
   AND d.name IN ('ir_cron_score', 'ir_cron_evaluate_leads')
"""
# How the database stands when it is updated: the position and the job of the running pass.
STATES = {
    "at rest": None,
    "half way through scoring": {"cursor": "score_cursor", "cron": "ir_cron_score"},
    "half way through a night": {
        "cursor": "batch_cursor",
        "cron": "ir_cron_evaluate_leads",
    },
}
OURS = """
SELECT m.id, replace(m.model, '.', '_') AS name FROM ir_model m JOIN ir_model_data d
    ON d.model = 'ir.model' AND d.res_id = m.id AND d.module = 'crm_lead_management'
 WHERE NOT m.transient
"""
# The tables of the addon's models and of those it extends, and the relations between them.
TABLES = f"""
WITH ours AS ({OURS}), named AS (
    SELECT name FROM ours
    UNION SELECT relation_table FROM ir_model_fields JOIN ours ON ours.id = model_id
           WHERE ttype = 'many2many' AND store AND relation_table IS NOT NULL
    UNION VALUES ('ir_config_parameter'), ('ir_cron'), ('mail_message')
)
SELECT name FROM named JOIN information_schema.tables ON table_name = name
 WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY name
"""


def upgrade(run):
    """Update a used database of the first version in each state; list what is lost."""
    ready, old = run.ready, "test_upgrade_before"
    source = _first_version()
    if not source:
        return skipped(
            f"NOT CHECKED, because commit {FIRST} is not in this clone. Mend:"
            " git fetch --unshallow"
        )
    try:
        _make_first(ready, old, source)
        checks, trouble = 0, []
        for state, half_way in STATES.items():
            tables, found = _update(ready, old, half_way)
            checks += tables
            trouble += [f"{state}: {line}" for line in found]
        return Result(
            checks - len(trouble), len(trouble), 0, "\n".join(trouble), not trouble
        )
    finally:
        databases.drop(ready, old)


def _first_version():
    """Return an addons path with the addon as it was, or None where there is no history.

    In the cache, not in the clone: Odoo's linters look at all that lies in an addon.
    """
    home = env.CACHE / "upgrade" / FIRST
    git = ["git", "-C", str(env.ROOT)]
    with lock(env.CACHE / "locks" / "upgrade", "the addon's first version"):
        if home.exists():
            return home
        building = home.with_name(f"{FIRST}_building")
        shutil.rmtree(building, ignore_errors=True)
        (building / env.ADDON).mkdir(parents=True)
        archive = building / "archive.tar"
        command = [*git, "archive", "--output", str(archive), FIRST]
        try:
            done = subprocess.run(command, capture_output=True).returncode == 0
        except FileNotFoundError:
            done = False
        if not done:
            return None
        with tarfile.open(archive) as packed:
            packed.extractall(building / env.ADDON)
        archive.unlink()
        building.rename(home)
    return home


def _make_first(ready, name, source):
    """Make the database of a company that has used the first version."""
    note("upgrade: installing the first version, with its demo company ...")
    databases.core_copy(ready, name, demo=True)
    path = f"--addons-path={ready.odoo.core_addons},{source}"
    databases.install(ready, name, ["-i", env.ADDON, "--with-demo", path])
    databases.shell(ready, name, USED.read_text("utf-8"), path)


def _update(ready, old, half_way):
    """Update a copy of a database; return the number of tables and what is wrong."""
    name = "test_upgrade"
    databases.clone(ready, old, name)
    try:
        middle = 0
        if half_way:
            middle = _query(ready, name, MIDDLE)
            _query(ready, name, HALF_WAY.format(middle=middle, **half_way))
        before = _picture(ready, name)
        databases.install(ready, name, ["-u", env.ADDON])
        trouble = list(_lost(before, _picture(ready, name)))
        script = f"middle = {middle}\n{AFTER.read_text('utf-8')}"
        trouble += _used(ready, name, script)
        trouble += _switched_off(before, _picture(ready, name))
        return len(before), trouble
    finally:
        databases.drop(ready, name)


def _used(ready, name, script):
    """Use the addon after the update; list what does not work."""
    try:
        said = databases.shell(ready, name, script)
    except Stop as stop:
        return [str(stop)]
    return [line for line in said.splitlines() if line.startswith("! ")]


def _picture(ready, name):
    """Return all rows of the tables: ``{table: {key: {column: value}}}``."""
    picture = {}
    for table in _query(ready, name, TABLES).splitlines():
        lines = _query(ready, name, f'SELECT row_to_json(t) FROM "{table}" AS t')
        rows = map(json.loads, lines.splitlines())
        picture[table] = {row.get("id", tuple(row.values())): row for row in rows}
    return picture


def _lost(before, after):
    """List what is not as it was, unless it is meant."""
    for table, rows in before.items():
        if table in BOOKKEEPING:
            continue
        now = after.get(table, {})
        found = {
            f"-{table}": sorted(rows.keys() - now.keys()),
            table: sorted(now.keys() - rows.keys()),
        }
        for key in rows.keys() & now.keys():
            for column, value in rows[key].items():
                if column not in VOLATILE and now[key].get(column, "gone") != value:
                    change = f"{key}: {value!r} -> {now[key].get(column, 'gone')!r}"
                    found.setdefault(f"{table}.{column}", []).append(change)
        for what, which in found.items():
            if which and what not in MEANT:
                yield _told(what, which)


def _told(what, which):
    verb = "changed" if "." in what else "new"
    verb = "gone" if what.startswith("-") else verb
    return f"{what.removeprefix('-')}: rows {verb}: {len(which)}, first {str(which[:3])[:300]}"


def _switched_off(before, after):
    """List the rules that were on and are off, now that all of them were used."""
    for table, rows in before.items():
        for key, row in rows.items():
            if row.get("active") and "domain" in row:
                now = after.get(table, {}).get(key)
                if now and not now.get("active"):
                    yield f"{table} {key} was switched off: {row.get('domain')}"


def _query(ready, name, statement):
    return postgres.sql(ready.server, statement, ready.server.name(name))
