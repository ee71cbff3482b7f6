"""The Python packages: one venv in the cache for each lock file and Python."""

import shutil
import sys
import time
import venv

import env
from say import Stop, note, seconds
from steps import digest, lock, logged, need_space

LOCK = env.DEV / "requirements.lock"


def ensure():
    """Return the Python of a venv that has exactly what the lock file says."""
    key = digest(LOCK, sys.version, sys.base_prefix)
    home = env.CACHE / "venv" / f"{env.python_tag()}-{key}"
    python = home / "bin" / "python"
    # A venv cannot be moved, so it is built in place; this mark is written last.
    complete = home / "complete"
    with lock(
        env.CACHE / "locks" / f"venv-{key}",
        "the Python packages",
    ):
        if not (complete.exists() and python.exists()):
            shutil.rmtree(home, ignore_errors=True)
            _build(home, python)
            complete.touch()
    return python


def _build(home, python):
    need_space(home.parent, 0.7, "The Python environment")
    start = time.monotonic()
    note(
        f"Installing the Python packages for {sys.version.split()[0]} (once, 420 MB) ..."
    )
    venv.create(home, with_pip=True, symlinks=True)
    log = env.LOGS / "pip.log"
    command = [
        python,
        "-m",
        "pip",
        "install",
        "--disable-pip-version-check",
        "--no-deps",
        "--require-hashes",
    ]
    try:
        logged([*command, "--prefer-binary", "-r", LOCK], log)
    except Stop as stop:
        # pip has given up trying to connect: no network, no name server, no proxy.
        if "Retrying (Retry(total=0" in log.read_text("utf-8", "replace"):
            raise Stop(
                "The Python packages are not in the cache yet and the package index cannot "
                "be reached. Mend: connect this machine once"
            ) from stop
        raise
    note(f"The Python packages are in the cache ({seconds(start)})")
