"""Make the whole environment ready, in the order that the parts need each other."""

import os

import env
import node
import odoo_source
import postgres
import pyvenv
from say import Stop
from steps import write_atomic


def ready():
    """Return a ready environment: Odoo, its Python packages, and a running PostgreSQL."""
    if not (env.ROOT / "__manifest__.py").exists():
        raise Stop(
            f"No addon in {env.ROOT} (no __manifest__.py). Mend: run this from a whole clone"
        )
    try:
        odoo = odoo_source.find()
        python = pyvenv.ensure()
        _link_addon()
        found = env.Env(odoo, python, postgres.start(python), node.programs())
    except PermissionError as error:
        raise Stop(
            f"No permission for {error.filename}. Mend: give that folder to this user "
            "(was it made as root?), or set XDG_CACHE_HOME to another"
        ) from error
    write_conf(found)
    return found


def _link_addon():
    env.ADDONS.mkdir(parents=True, exist_ok=True)
    if env.ADDON_LINK.is_symlink() and os.readlink(env.ADDON_LINK) == str(env.ROOT):
        return
    temporary = env.ADDONS / f".link-{os.getpid()}"
    temporary.symlink_to(env.ROOT)
    os.replace(temporary, env.ADDON_LINK)


def write_conf(found):
    """Write the settings of the Odoo commands of an environment."""
    server = found.server
    settings = {
        "addons_path": found.addons_path,
        "data_dir": env.ODOO_DATA,
        "db_host": server.host,
        "db_port": server.port,
        "db_user": server.user,
        "db_name": server.name("dev"),
        "list_db": "False",
        # The password is admin: for this machine's eyes only.
        "http_interface": "127.0.0.1",
        "http_port": env.PORT,
        # Outgoing mail goes nowhere: a port where nobody listens.
        "smtp_server": "127.0.0.1",
        "smtp_port": "9",
    }
    if server.password:
        settings["db_password"] = server.password
    lines = ["# Written by dev/lib/setup.py at each start.", "[options]"]
    lines += [f"{key} = {value}" for key, value in settings.items()]
    write_atomic(found.conf, "\n".join(lines) + "\n")
