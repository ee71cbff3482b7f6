"""Where everything is: the one module that knows the paths, the names and the settings."""

import ast
import hashlib
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path

ADDON = "crm_lead_management"
SERIES = "19.0"

ROOT = Path(__file__).resolve().parents[2]
DEV = ROOT / "dev"

# Per clone, ignored by git, safe to delete: databases, filestore, logs, stamps.
DATA = ROOT / ".dev"
LOGS = DATA / "logs"
STAMPS = DATA / "stamps"
LOCKS = DATA / "locks"
ODOO_CONF = DATA / "odoo.conf"
ODOO_DATA = DATA / "odoo"
CI = os.environ.get("CI", "").lower() in ("1", "true", "yes")
PORT = os.environ.get("PORT", "8069")
ODOO_PATH = os.environ.get("ODOO_PATH")
GIVEN_SERVER = bool(os.environ.get("PGHOST"))


def cache_home():
    """Return the folder shared by all clones: Odoo, Python packages, node packages."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    # The XDG specification: a relative path is to be ignored.
    return (Path(base) if os.path.isabs(base) else Path.home() / ".cache") / ADDON


CACHE = cache_home()
# Odoo, pylint-odoo and pytest-odoo find an addon by the name of its folder, and a
# clone may be called anything: they reach it through this link. Not inside the clone:
# what follows links, as Odoo's export of terms does, would walk in circles.
CLONE = hashlib.sha256(str(ROOT).encode()).hexdigest()[:16]
ADDONS = CACHE / "addons" / CLONE
ADDON_LINK = ADDONS / ADDON


@dataclass(frozen=True)
class Odoo:
    """A tree with the Odoo sources.

    :param Path home: The folder that goes on PYTHONPATH (it holds `odoo/`).
    :param str version: What tells one Odoo from another: package version or commit.
    """

    home: Path
    version: str

    @property
    def core_addons(self):
        """Return the folder that holds `crm`, `mail` and the others."""
        packaged = self.home / "odoo" / "addons"
        # Not the other way round: Debian's package also has `addons/`, with half the files.
        return packaged if (packaged / "crm").is_dir() else self.home / "addons"


@dataclass(frozen=True)
class Server:
    """How to reach PostgreSQL. Field names follow libpq's environment variables."""

    host: str
    port: str
    user: str
    password: str = ""
    prefix: str = ""
    bin: Path = field(default=Path(), compare=False)

    def name(self, database):
        """Return the real name of a database: unique to this clone on a shared server."""
        return self.prefix + database

    def environ(self):
        variables = {"PGHOST": self.host, "PGPORT": self.port, "PGUSER": self.user}
        if self.password:
            variables["PGPASSWORD"] = self.password
        return variables


@dataclass(frozen=True)
class Env:
    """The whole environment, ready to use (made by `setup.ready`)."""

    odoo: Odoo
    python: Path
    server: Server
    programs: Path | None = None  # of the node packages, where there is node
    neighbours: Path | None = None  # packages with addons of others, where asked for

    def environ(self, **extra):
        """Return the environment variables for any program of the venv."""
        programs = [str(path) for path in (self.python.parent, self.programs) if path]
        inherited = {
            # Someone else's PYTHONPATH would mix foreign packages into the pinned ones.
            key: value
            for key, value in os.environ.items()
            if key not in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "OPENERP_SERVER")
        }
        return {
            **inherited,
            **self.server.environ(),
            "PATH": os.pathsep.join([*programs, os.environ.get("PATH", "")]),
            "PYTHONPATH": self.python_path(),
            "ODOO_RC": str(self.conf),
            # Odoo's log and files are UTF-8 whatever the machine's locale.
            "PYTHONUTF8": "1",
            **extra,
        }

    def python_path(self, *more):
        """Return Odoo, the addons of others where asked for, and `more`, as a path."""
        parts = [self.odoo.home, *([self.neighbours] if self.neighbours else []), *more]
        return os.pathsep.join(map(str, parts))

    @property
    def conf(self):
        return ODOO_CONF.with_stem("neighbours") if self.neighbours else ODOO_CONF

    def command(self, *args):
        """Return the command line of an Odoo subcommand or server."""
        return [str(self.python), "-m", "odoo", *map(str, args)]

    @property
    def addons_path(self):
        others = f",{self.neighbours}/odoo/addons" if self.neighbours else ""
        return f"{self.odoo.core_addons},{ADDONS}{others}"


def manifest():
    """Return the addon's manifest, or None while there is none."""
    path = ROOT / "__manifest__.py"
    return ast.literal_eval(path.read_text("utf-8")) if path.exists() else None


def is_root():
    return os.geteuid() == 0


def python_tag():
    return f"py{sys.version_info[0]}.{sys.version_info[1]}"
