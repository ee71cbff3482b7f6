"""Chromium for the browser tours: found, or on a fresh CI machine installed."""

import os
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
    apt = ["apt-get", "--quiet", "-oDPkg::Lock::Timeout=120"]
    # Without a font of its own, a bare machine shows boxes for text.
    packages = ["--yes", "--no-install-recommends", "chromium", "fonts-liberation"]
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    log = env.LOGS / "apt-chromium.log"
    mend = "see that apt-get update works on this machine"
    logged([*apt, "update"], log, mend, env=environ)
    logged([*apt, "install", *packages], log, mend, env=environ)
