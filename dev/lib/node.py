"""prettier, eslint, rtlcss, axe-core: node packages in the cache, as package-lock.json says."""

import os
import shutil
import time

import env
from say import Stop, note, seconds
from steps import captured, digest, lock, logged, need_space

LOCK = env.ROOT / "package-lock.json"
FORMATTED = ("xml", "js", "scss", "css", "json", "yml", "yaml")
# What npm says when it cannot reach the registry.
UNREACHABLE = ("EAI_AGAIN", "ENOTFOUND", "ECONNREFUSED", "ENETUNREACH", "ETIMEDOUT")
_failed = []  # why the packages cannot be had: no need to wait for it twice


def missing():
    """Return what is missing to run them, with the mend; empty when nothing is."""
    absent = [program for program in ("node", "npm") if not shutil.which(program)]
    return (
        f"{' and '.join(absent)} not found. Mend: install Node.js 20 or newer"
        if absent
        else ""
    )


def programs():
    """Return the folder of the programs, where Odoo finds rtlcss, if it can be had."""
    if missing():
        return None
    try:
        return ensure() / ".bin"
    except Stop as stop:
        note(f"{stop}\nGoing on without node packages: no right-to-left styles")
        return None


def ensure():
    """Return the folder of the installed packages."""
    home = env.CACHE / "npm" / digest(LOCK)
    with lock(env.CACHE / "locks" / "npm", "the node packages"):
        if not (home / "complete").exists():
            if _failed:
                raise Stop(_failed[0])
            try:
                _install(home)
            except Stop as stop:
                _failed.append(str(stop))
                raise
    return home / "node_modules"


def _install(home):
    need_space(home.parent, 0.2, "The node packages")
    start = time.monotonic()
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(env.ROOT / name, home)
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    # Without a network, by default, npm tries for a minute and a half.
    command += ["--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=5000"]
    log = env.LOGS / "npm.log"
    try:
        logged(command, log, "see that npm works on this machine", cwd=home)
    except Stop as stop:
        if any(code in log.read_text("utf-8", "replace") for code in UNREACHABLE):
            raise Stop(
                "The node packages are not in the cache yet and the package registry "
                "cannot be reached. Mend: connect this machine once"
            ) from stop
        raise
    (home / "complete").touch()
    note(f"The node packages are in the cache ({seconds(start)})")


def commands(modules, fix):
    """Return the command lines of both tools."""
    files = [str(path.relative_to(env.ROOT)) for path in _files(env.ROOT)]
    scripts = [path for path in files if path.endswith(".js")]
    prettier = ["node", modules / "prettier" / "bin" / "prettier.cjs"]
    eslint = ["node", modules / "eslint" / "bin" / "eslint.js", "--max-warnings=0"]
    found = []
    if files:
        found.append(
            [*prettier, "--write" if fix else "--check", "--log-level=warn", *files]
        )
    if scripts:
        found.append([*eslint, *(["--fix"] if fix else []), *scripts])
    return found


def _files(folder):
    # Walked here rather than by globs: Odoo's data in .dev/ must not be looked into.
    for path in sorted(folder.iterdir()):
        if (
            path.name in (".dev", ".git", "node_modules", "lib", "package-lock.json")
            or path.is_symlink()
        ):
            continue
        if path.is_dir():
            yield from _files(path)
        elif path.suffix[1:] in FORMATTED:
            yield path


def run(command, extra):
    return captured(command, cwd=env.ROOT, env={**os.environ, **extra})
