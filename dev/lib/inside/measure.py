"""Run a benchmark inside Odoo: measure.py DATABASE BARE_DATABASE JSON_FILE BENCHMARK.py

The bare database is one without the addon: what Odoo does where it is not installed.

Exit status 1 when a limit is passed or the benchmark fails.
"""

import importlib.util
import json
import sys
import traceback
from pathlib import Path
from unittest.mock import patch


class Transport:
    """Takes mails as a mail server does, and sends them nowhere."""

    sent = 0

    def send_message(self, *_message):
        Transport.sent += 1

    def quit(self):
        pass


def main(database, bare_database, json_file, file):
    from bench_report import Report

    import odoo.api
    from odoo.modules.registry import Registry
    from odoo.tools import config

    from odoo.addons.base.models.ir_mail_server import IrMail_Server

    config.parse_config(["-d", f"{database},{bare_database}", "--log-level=error"])
    spec = importlib.util.spec_from_file_location(Path(file).stem, file)
    module = importlib.util.module_from_spec(spec)
    failed = False
    with (
        Registry(database).cursor() as cr,
        Registry(bare_database).cursor() as bare_cr,
        patch.object(IrMail_Server, "_connect__", lambda *_, **__: Transport()),
    ):
        env, bare_env = (
            odoo.api.Environment(cursor, odoo.api.SUPERUSER_ID, {})
            for cursor in (cr, bare_cr)
        )
        report = Report(env, bare_env, spec.name)
        try:
            spec.loader.exec_module(module)
            module.run(env, report)
        except Exception:
            traceback.print_exc()
            failed = True
        cr.rollback()
        bare_cr.rollback()
    if Transport.sent:
        report.note(f"{Transport.sent} mails were handed to a mail server that is none")
    Path(json_file).write_text(json.dumps(report.rows, indent=2), "utf-8")
    return 1 if failed or not all(row["ok"] for row in report.rows) else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
