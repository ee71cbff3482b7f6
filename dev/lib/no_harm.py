"""Do no harm: install into a company with history, update, uninstall, compare everything.

Installing may add what is ours, and change nothing that was there; updating brings back
nothing that the company has deleted or changed; uninstalling leaves the database as it was.
Rows are compared whole, the schema by its tables, columns, sequences, indexes and
constraints, and leads also by PostgreSQL's own count of row updates: none, so that the time
of an install does not depend on how many leads there are.
"""

import time

import databases
import env
import postgres
from report import Result
from say import note

HISTORY = env.DEV / "lib" / "inside" / "company_with_history.py"
# What a company does with what is shipped: deletes it, and makes it its own.
USE = """
for name in ("crm.qualifier", "crm.info.item", "crm.message.template", "crm.stage.dormancy"):
    shipped = env[name].with_context(active_test=False).search([])
    shipped[0].unlink()
    shipped[1].name = "Our own words"
env.ref("crm_lead_management.crm_lost_reason_unqualified").unlink()
env.cr.commit()
"""
UNINSTALL = f"""
env["ir.module.module"].search([("name", "=", "{env.ADDON}")]).button_immediate_uninstall()
env.cr.commit()
"""
# Tables of Odoo's own bookkeeping about modules, and of what comes and goes by itself.
BOOKKEEPING = (
    "ir_module_module", "ir_module_module_dependency", "ir_attachment", "bus_bus",
    "ir_logging", "ir_model_relation", "ir_profile", "ir_cron_progress",
    "ir_cron_trigger", "orm_signaling_registry", "orm_signaling_default",
)  # fmt: skip
# Columns that tell when Odoo touched a row, or are derived from what is installed.
# (`info` of ir_model is the docstring of the last class that extends a model).
VOLATILE = (
    "write_date",
    "write_uid",
    "nextcall",
    "lastcall",
    "arch_db",
    "login_date",
    "info",
)
# Views are written anew by every update of any module.
REWRITTEN = ("ir_ui_view", "ir_act_window_view")
# Nothing may be added here by installing: what a company has and does.
THEIRS = (
    "crm_stage", "crm_lead", "crm_team", "crm_team_member", "crm_tag_rel", "mail_message",
    "mail_mail", "mail_activity", "mail_followers", "crm_lead_scoring_frequency", "res_users",
    "res_partner", "res_company", "ir_config_parameter",
)  # fmt: skip
SCHEMA = """
SELECT 'column ' || table_name || '.' || column_name || ' ' || data_type
  FROM information_schema.columns WHERE table_schema = 'public'
UNION SELECT 'sequence ' || sequence_name FROM information_schema.sequences
UNION SELECT 'index ' || indexname FROM pg_indexes WHERE schemaname = 'public'
UNION SELECT 'constraint ' || conrelid::regclass || ' ' || conname FROM pg_constraint
 WHERE connamespace = 'public'::regnamespace
UNION SELECT 'function ' || proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
 ORDER BY 1
"""
UPDATES = (
    "SELECT n_tup_upd + n_tup_del FROM pg_stat_user_tables WHERE relname = 'crm_lead'"
)


def no_harm(run):
    """Install into a used database and uninstall again; list what is not as it was."""
    ready = run.ready
    template = databases.core(ready, demo=False)
    name = "test_no_harm"
    databases.clone(ready, template, name)
    try:
        return _compare(ready, name)
    finally:
        databases.drop(ready, name)


def _compare(ready, name):
    databases.shell(ready, name, HISTORY.read_text("utf-8"))
    before = _picture(ready, name)
    updates = _query(ready, name, UPDATES)
    start = time.monotonic()
    databases.install(ready, name, ["-i", env.ADDON])
    took = time.monotonic() - start
    trouble = _changed_by_install(before, _picture(ready, name, before))
    if _query(ready, name, UPDATES) != updates:
        trouble.append("installing updated rows of crm_lead")
    databases.shell(ready, name, USE)
    used = _picture(ready, name)
    databases.install(ready, name, ["-u", env.ADDON])
    trouble += _changed_by_update(used, _picture(ready, name))
    databases.shell(ready, name, UNINSTALL)
    trouble += _left_behind(before, _picture(ready, name))
    checks = len(before["rows"]) + len(before["schema"])
    note(f"no-harm: 3,000 leads, installed in {took:.0f} s")
    return Result(
        checks - len(trouble), len(trouble), 0, "\n".join(trouble), not trouble
    )


def _changed_by_install(before, after):
    trouble = []
    for table, (count, rows) in before["rows"].items():
        now, same_rows = after["rows"].get(table, (count, rows))
        if same_rows != rows:
            trouble.append(f"installing changed rows of {table}")
        elif table in THEIRS and now != count:
            trouble.append(f"installing added {now - count} rows to {table}")
    gone = before["schema"] - after["schema"]
    return trouble + [f"installing removed: {item}" for item in sorted(gone)]


def _changed_by_update(before, after):
    return [
        f"updating changed {table}"
        for table, rows in before["rows"].items()
        if table not in REWRITTEN and after["rows"].get(table) != rows
    ]


def _left_behind(before, after):
    trouble = [
        f"uninstalling left: {item}"
        for item in sorted(after["schema"] - before["schema"])
    ]
    trouble += [
        f"uninstalling took: {item}"
        for item in sorted(before["schema"] - after["schema"])
    ]
    for table, (count, rows) in before["rows"].items():
        now, whole = after["rows"].get(table, (0, ""))
        if now != count:
            trouble.append(f"uninstalling left {now - count:+} rows in {table}")
        elif whole != rows:
            trouble.append(f"uninstalling left changed rows in {table}")
    return trouble


def _picture(ready, name, before=None):
    """Return the schema, and the number and a hash of the rows of each table.

    :param before: An earlier picture: the hashes are of the rows and columns of then only.
    """
    schema = set(_query(ready, name, SCHEMA).splitlines())
    tables = before["columns"] if before else _columns(ready, name)
    rows, highest = {}, {}
    for table, columns in tables.items():
        limit = (
            f"WHERE id <= {before['highest'][table]}"
            if before and "id" in columns
            else ""
        )
        if before and "id" not in columns and table not in THEIRS:
            continue  # a relation table: rows of ours cannot be told from theirs
        fields = ", ".join(f'"{column}"' for column in columns)
        # Notes that a cron, a server action or a scorecard of ours was created are ours.
        own = ""
        if table == "mail_message":
            own = "WHERE model NOT LIKE 'ir.%' AND model <> 'crm.scorecard'"
        top, id_too = ("coalesce(max(id), 0)", "id,") if "id" in columns else (0, "")
        count, top, rows_hash = _query(
            ready,
            name,
            f'SELECT (SELECT count(*) FROM "{table}" {own}), {top},'
            f" md5(coalesce(string_agg(h, '' ORDER BY h), ''))"
            f" FROM (SELECT {id_too} md5(ROW({fields})::text) AS h"
            f' FROM "{table}" {limit}) AS t',
        ).split("|")
        rows[table], highest[table] = (int(count), rows_hash), top
    return {"schema": schema, "columns": tables, "rows": rows, "highest": highest}


def _columns(ready, name):
    query = f"""
        SELECT c.table_name, c.column_name
          FROM information_schema.columns c
          JOIN information_schema.tables t USING (table_schema, table_name)
         WHERE table_schema = 'public' AND table_type = 'BASE TABLE'
           AND column_name NOT IN {VOLATILE} AND table_name NOT IN {BOOKKEEPING}
         ORDER BY 1, 2
    """
    tables = {}
    for line in _query(ready, name, query).splitlines():
        table, column = line.split("|")
        tables.setdefault(table, []).append(column)
    return tables


def _query(ready, name, statement):
    return postgres.sql(ready.server, statement, ready.server.name(name))
