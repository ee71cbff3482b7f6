"""Chromium for the browser tours: found, or on a fresh CI machine installed."""

import shutil
from functools import cache

import env
from odoo_source import is_debian
from say import note
from steps import logged

# In the order in which Odoo's own test browser looks for them.
NAMES = ("google-chrome", "chromium", "chromium-browser", "google-chrome-stable")


@cache
def missing():
    """Return why there is no browser, with the mend; empty when there is one."""
    if any(map(shutil.which, NAMES)):
        return ""
    if env.CI and env.is_root() and is_debian():
        _install()
        return ""
    return "no Chromium or Chrome for the tours. Mend: install one (Debian: apt install chromium)"


def _install():
    note("Installing Chromium with apt (fresh CI machine) ...")
    environ = {
        "DEBIAN_FRONTEND": "noninteractive",
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
    }
    for name, *args in (
        ["update"],
        ["install", "--yes", "--no-install-recommends", "chromium"],
    ):
        mend = "see that apt-get works on this machine"
        logged(
            ["apt-get", "-q", name, *args],
            env.LOGS / f"apt-chromium-{name}.log",
            mend,
            env=environ,
        )
