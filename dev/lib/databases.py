"""Databases: templates that are built once and cloned in a second.

    core       what the addon depends on, without demo data
    addon      core, with the addon freshly installed
    core_demo  the same two with demo data
    addon_demo
    neighbours core, with Odoo's and others' apps beside which the addon is tried

`dev`, `bench` and the databases of a test run are clones of these. A template is
stamped with what it was made from, and made again when that changes.
"""

import contextlib
import datetime
import os
import re
import shutil
import subprocess
import time

import env
import postgres
from definitions import addon_digest
from say import Stop, note, seconds, tail
from steps import (
    attempt,
    digest,
    is_locked,
    is_stamped,
    lock,
    need_space,
    read_stamp,
    stamp,
    unstamp,
)

SERVING = env.LOCKS / "serving"  # held by ./dev/run

# Lines of Odoo's log at WARNING or above that say nothing about the addon.
HARMLESS = ["Running as user 'root' is a security risk"]
LOUD = re.compile(r"^\S+ \S+ \d+ (WARNING|ERROR|CRITICAL) ")


def core(ready, demo):
    """Return the template with the addon's dependencies, made if need be."""
    name = "core_demo" if demo else "core"
    with lock(env.LOCKS / name, f"the database {name}"):
        return _core(ready, name, demo)


def addon(ready, demo):
    """Return the template with the addon freshly installed, made if need be."""
    name = "addon_demo" if demo else "addon"
    with lock(env.LOCKS / name, f"the database {name}"):
        return _addon(ready, name, demo)


def addon_copy(ready, name, demo):
    """Make a database with the addon freshly installed."""
    template = "addon_demo" if demo else "addon"
    # Under its lock, so that no other command replaces the template while we copy it.
    with lock(env.LOCKS / template, f"the database {template}"):
        clone(ready, _addon(ready, template, demo), name)


def core_copy(ready, name, demo):
    """Make a database without the addon, but with what it depends on."""
    template = "core_demo" if demo else "core"
    with lock(env.LOCKS / template, f"the database {template}"):
        clone(ready, _core(ready, template, demo), name)


def neighbours_copy(ready, name, modules, packages):
    """Make a database in which the addon was installed after these modules.

    :param str packages: What tells the modules that are not Odoo's from other versions.
    """
    template = "neighbours"
    with lock(env.LOCKS / template, f"the database {template}"):
        _with_modules(ready, template, modules, packages)
        clone(ready, template, name)
    note(f"Installing {env.ADDON} beside its neighbours ...")
    install(ready, name, ["-i", env.ADDON])


def _with_modules(ready, name, modules, packages):
    inputs = digest(ready.odoo.version, modules, packages, "neighbours 1")
    if not _is_made(ready, name, inputs):
        note(f"Installing {modules} (once, some minutes) ...")
        _make(ready, name, inputs, modules, False)


def _core(ready, name, demo):
    modules = ",".join(sorted(env.manifest()["depends"]))
    inputs = digest(ready.odoo.version, modules, "core 1")
    if not _is_made(ready, name, inputs):
        what = f"{modules} with demo data" if demo else modules
        note(f"Installing {what} (once, a minute or so) ...")
        _make(ready, name, inputs, modules, demo)
    return name


def _addon(ready, name, demo):
    inputs = digest(ready.odoo.version, addon_digest(), _today(demo), "addon 1")
    if not _is_made(ready, name, inputs):
        parent = core(ready, demo)
        if name in _broken:
            raise Stop(f"{env.ADDON} does not install: see above. Mend: as said there")
        company = " with its demo company" if demo else ""
        note(f"Installing {env.ADDON}{company} ...")
        _broken.add(name)
        _make(ready, name, inputs, env.ADDON, demo, parent)
        _broken.remove(name)
    return name


_broken = set()  # templates that this command could not make; no need to try them twice


def dev(ready, serving=False):
    """Make or update the database of ./dev/run and ./dev/odoo.

    :param bool serving: Whether the caller is the one who serves it.
    """
    inputs = f"{ready.odoo.version} {addon_digest()}"
    with lock(env.LOCKS / "dev", "the database dev"):
        before = read_stamp("dev")
        if not before or not exists(ready, "dev"):
            addon_copy(ready, "dev", demo=True)
        elif before.split()[0] != ready.odoo.version:
            raise Stop(
                f"The database was made with Odoo {before.split()[0]}, this is Odoo "
                f"{ready.odoo.version}. Mend: ./dev/run --reset"
            )
        elif before != inputs and not serving and is_locked(SERVING):
            note(
                "The addon has changed; ./dev/run will update the database when restarted"
            )
            return
        elif before != inputs:
            note(f"The addon has changed: updating {env.ADDON} ...")
            install(ready, "dev", ["-u", env.ADDON])
        stamp("dev", inputs)


def clone(ready, template, name):
    """Make a database as a copy of a template, files included."""
    drop(ready, name)
    real = ready.server.name
    postgres.sql(
        ready.server, f'CREATE DATABASE "{real(name)}" TEMPLATE "{real(template)}"'
    )
    source = _filestore(ready, template)
    if source.exists():
        # Odoo never changes a stored file, so both databases can share it.
        shutil.copytree(source, _filestore(ready, name), copy_function=os.link)


def drop(ready, name):
    """Drop a database of ours with its files, whoever is connected."""
    unstamp(name)
    postgres.sql(
        ready.server,
        f'DROP DATABASE IF EXISTS "{ready.server.name(name)}" WITH (FORCE)',
    )
    shutil.rmtree(_filestore(ready, name), ignore_errors=True)


def exists(ready, name):
    query = f"SELECT 1 FROM pg_database WHERE datname = '{ready.server.name(name)}'"
    return postgres.sql(ready.server, query) == "1"


def install(ready, name, options, strict=True):
    """Install or update modules; stop if Odoo fails.

    :param bool strict: Stop also if Odoo has anything to complain about.
    """
    log = env.LOGS / f"install-{name}.log"
    options = ["-d", ready.server.name(name), *options]
    options += ["--stop-after-init", "--no-http", "--max-cron-threads=0"]
    start = time.monotonic()
    status = attempt(ready.command(*options), log, env=ready.environ())
    complaints = loud_lines(log) if status or strict else []
    if status or complaints:
        shown = "\n".join(complaints) or tail(log, 20)
        raise Stop(
            f"{shown}\nOdoo complains while installing (log: {log}). "
            "Mend: see the lines above"
        )
    note(f"... done ({seconds(start)})")


def shell(ready, name, script, *options):
    """Run a script in Odoo's shell on a database; return what it printed."""
    command = ready.command("shell", "-d", ready.server.name(name), *options)
    command += ["--no-http", "--log-level=error"]
    result = subprocess.run(
        command, input=script, text=True, capture_output=True, env=ready.environ()
    )
    if result.returncode or "Traceback" in result.stderr:
        raise Stop(
            f"{result.stderr[-3000:]}\nOdoo's shell failed. Mend: see the lines above"
        )
    return result.stdout


def loud_lines(log):
    """Return the warnings and errors of an Odoo log, each with its traceback."""
    found, taking = [], False
    for line in log.read_text("utf-8", errors="replace").splitlines():
        if re.match(r"^\d{4}-\d\d-\d\d ", line):
            taking = bool(LOUD.match(line)) and not any(
                text in line for text in HARMLESS
            )
        if taking:
            found.append(line)
    return _without_core(found)


def _without_core(lines):
    """Drop the steps of a traceback that are inside Odoo: the mend is elsewhere."""
    kept, core = [], False
    for line in lines:
        if line.startswith('  File "'):
            core = f"/{env.ADDON}/" not in line.removeprefix(f'  File "{env.CACHE}')
        elif not line.startswith("    "):
            core = False
        if not core:
            kept.append(line)
    return kept


def _make(ready, name, inputs, modules, demo, parent=None):
    need_space(env.DATA, 1, "A new database")
    building = f"{name}_building"
    if parent:
        clone(ready, parent, building)
    else:
        drop(ready, building)
    options = ["-i", modules, *(["--with-demo"] if demo else [])]
    # What Odoo says about its own modules is not ours to mend.
    install(ready, building, options, strict=bool(parent))
    _rename(ready, building, name)
    stamp(name, inputs)


def _rename(ready, old, new):
    drop(ready, new)
    real = ready.server.name
    postgres.sql(ready.server, f'ALTER DATABASE "{real(old)}" RENAME TO "{real(new)}"')
    with contextlib.suppress(FileNotFoundError):
        os.rename(_filestore(ready, old), _filestore(ready, new))


def _is_made(ready, name, inputs):
    return is_stamped(name, inputs) and exists(ready, name)


def _filestore(ready, name):
    return env.ODOO_DATA / "filestore" / ready.server.name(name)


def _today(demo):
    """The demo company's dates are relative to the day it was installed."""
    return datetime.date.today() if demo else ""
