"""prettier, eslint and rtlcss: node packages in the cache, exactly as package-lock.json says."""

import os
import shutil
import subprocess
import time

import env
from say import Stop, note, seconds
from steps import digest, lock, logged, need_space

LOCK = env.ROOT / "package-lock.json"
FORMATTED = ("xml", "js", "scss", "css", "json", "yml", "yaml")


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
            _install(home)
    return home / "node_modules"


def _install(home):
    need_space(home.parent, 0.2, "The node packages")
    start = time.monotonic()
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(env.ROOT / name, home)
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    mend = "the package registry must be reachable once"
    logged(command, env.LOGS / "npm.log", mend, cwd=home)
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
    result = subprocess.run(
        list(map(str, command)),
        cwd=env.ROOT,
        env={**os.environ, **extra},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return result.returncode, result.stdout
