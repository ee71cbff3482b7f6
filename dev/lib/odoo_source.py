"""Odoo 19 itself: a checkout given by ODOO_PATH, or Debian's package, unpacked in the cache.

Nothing is installed and no root is needed: apt runs with lists and folders of its own,
and the packages are only unpacked. The mirror is the one that this machine uses, and
apt verifies Debian's signatures as it always does.
"""

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import env
from say import Progress, Stop, note, seconds, tail
from steps import attempt, lock, logged, need_space, write_atomic

SUITE = "sid"  # odoo-19 has not reached a stable release of Debian yet
PACKAGES = [
    "odoo-19",
    # Fonts and scripts that the package links to.
    "fonts-font-awesome",
    "fonts-inconsolata",
    "fonts-montserrat",
    "fonts-ocr-b",
    "fonts-roboto-unhinted",
    "libjs-jquery",
    "libjs-jquery-form",
    "libjs-underscore",
]
# Named by the mail bundle but left out of the package (not free enough for Debian).
# An empty file keeps the bundle whole; only the blurred background of video calls is lost.
MISSING = "mail/static/lib/selfie_segmentation/selfie_segmentation.js"
DIST_PACKAGES = "usr/lib/python3/dist-packages"
USE_CHECKOUT = f"ODOO_PATH=/path/to/a/checkout/of/odoo/{env.SERIES}"


def find():
    """Return the Odoo to use, fetching it into the cache the first time."""
    if env.ODOO_PATH:
        return _checkout(Path(env.ODOO_PATH).expanduser().resolve())
    home = env.CACHE / "odoo"
    with lock(env.CACHE / "locks" / "odoo", "Odoo"):
        if not _cached(home):
            _fetch(home)
        return _cached(home)


def _checkout(path):
    release = path / "odoo" / "release.py"
    if not release.exists():
        raise Stop(f"No Odoo in {path} (no odoo/release.py). Mend: {USE_CHECKOUT}")
    names = {}
    exec(release.read_text("utf-8"), names)  # noqa: S102  Odoo's own setup.py reads it so
    if names["version_info"][:2] != (19, 0):
        raise Stop(
            f"{path} is Odoo {names['version']}, not {env.SERIES}. Mend: {USE_CHECKOUT}"
        )
    commit = subprocess.run(
        ["git", "-C", path, "rev-parse", "--short=12", "HEAD"],
        capture_output=True,
        text=True,
    )
    version = commit.stdout.strip() if commit.returncode == 0 else names["version"]
    return env.Odoo(path, version)


def _cached(home):
    current = home / "current"
    version = current.read_text() if current.exists() else ""
    tree = home / version / DIST_PACKAGES
    return env.Odoo(tree, version) if version and tree.is_dir() else None


def _fetch(home):
    mirror = _mirror()
    need_space(home, 1.8, "Odoo")
    start = time.monotonic()
    for leftover in home.glob("building-*"):
        shutil.rmtree(leftover)
    with tempfile.TemporaryDirectory(prefix="building-", dir=home) as temporary:
        work = Path(temporary)
        os.chmod(work, 0o755)
        apt = Apt(work, mirror)
        apt.update()
        apt.download(PACKAGES)
        version = _unpack(work)
        target = home / version
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(target)
        os.rename(work / "prefix", target)
    write_atomic(home / "current", version)
    note(f"Odoo {version} is in the cache ({seconds(start)})")


def _unpack(work):
    note("Unpacking Odoo ...")
    prefix = work / "prefix"
    for package in sorted(work.glob("*.deb")):
        logged(["dpkg-deb", "-x", package, prefix], work / "unpack.log")
    missing = prefix / DIST_PACKAGES / "odoo" / "addons" / MISSING
    missing.parent.mkdir(parents=True, exist_ok=True)
    missing.touch()
    (odoo,) = work.glob("odoo-19_*.deb")
    return subprocess.check_output(
        ["dpkg-deb", "-f", odoo, "Version"], text=True
    ).strip()


def _mirror():
    """Return the address of the Debian mirror that this machine's apt uses."""
    if not is_debian():
        raise Stop(
            f"Only Debian packs Odoo 19, and this is not Debian. Mend: {USE_CHECKOUT}"
        )
    shown = subprocess.run(
        # Without release info, because fresh containers have no lists yet.
        [
            "apt-get",
            "indextargets",
            "--no-release-info",
            "--format",
            "$(REPO_URI) $(COMPONENT)",
        ],
        capture_output=True,
        text=True,
    )
    for line in shown.stdout.splitlines():
        address, _, component = line.partition(" ")
        if component == "main" and address.rstrip("/").endswith("/debian"):
            return address
    raise Stop(
        "This machine's apt names no Debian mirror. "
        f"Mend: add one to its sources, or {USE_CHECKOUT}"
    )


def is_debian():
    with contextlib.suppress(OSError):
        lines = Path("/etc/os-release").read_text().splitlines()
        return "ID=debian" in lines and bool(
            shutil.which("apt-get") and shutil.which("dpkg-deb")
        )
    return False


class Apt:
    """apt-get with sources, lists and caches of its own in `work`."""

    def __init__(self, work, mirror):
        self.work = work
        for folder in ("lists/partial", "cache/archives/partial"):
            (work / folder).mkdir(parents=True)
        keyring = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
        signed = f"[signed-by={keyring}] " if keyring.exists() else ""
        (work / "sources.list").write_text(f"deb {signed}{mirror} {SUITE} main\n")
        options = {
            "Dir::Etc::sourcelist": work / "sources.list",
            "Dir::Etc::sourceparts": "/dev/null",
            "Dir::Etc::preferences": "/dev/null",
            "Dir::Etc::preferencesparts": "/dev/null",
            "Dir::State::lists": work / "lists",
            "Dir::Cache": work / "cache",
            "Acquire::Languages": "none",
            "Acquire::Retries": 3,
            "APT::Update::Error-Mode": "any",
        }
        if env.is_root():
            # apt's own unprivileged user cannot write into our cache.
            options["APT::Sandbox::User"] = "root"
        self.options = [f"-o{key}={value}" for key, value in options.items()]

    def run(self, *args, **options):
        log = env.LOGS / f"apt-{args[0]}.log"
        command = ["apt-get", *self.options, *args]
        if not attempt(command, log, cwd=self.work, **options):
            return
        last = tail(log, 50)
        if "NO_PUBKEY" in last:
            why = "This Debian does not know the key that signs Odoo's package"
            mend = "apt install --only-upgrade debian-archive-keyring"
        elif "Failed to fetch" in last:
            why = "Odoo is not in the cache yet and Debian's mirror cannot be reached"
            mend = f"connect this machine once, or {USE_CHECKOUT}"
        else:
            why = f"{last}\napt-get {args[0]} failed"
            mend = f"see that apt-get update works on this machine, or {USE_CHECKOUT}"
        raise Stop(f"{why} (log: {log}). Mend: {mend}")

    def update(self):
        progress = Progress("Looking up Odoo 19 in Debian ...")
        self.run("update", progress=lambda: progress.show(""))

    def download(self, packages):
        total = sum(int(line.split()[2]) for line in self._listing(packages))
        progress = Progress("Downloading Odoo ...")

        def show():
            here = sum(path.stat().st_size for path in _downloads(self.work))
            progress.show(f"{here / 1e6:.0f} of {total / 1e6:.0f} MB")

        self.run("download", *packages, progress=show)
        progress.done(f"{total / 1e6:.0f} MB")

    def _listing(self, packages):
        command = ["apt-get", *self.options, "download", "--print-uris", *packages]
        shown = subprocess.run(command, capture_output=True, text=True, cwd=self.work)
        return [line for line in shown.stdout.splitlines() if line.startswith("'")]


def _downloads(work):
    """Yield the files that apt has written so far, finished or partial."""
    for pattern in ("*.deb", "cache/archives/partial/*", "partial/*"):
        for path in work.glob(pattern):
            # apt may rename the file between the listing and the look at it.
            with contextlib.suppress(FileNotFoundError):
                path.stat()
                yield path
