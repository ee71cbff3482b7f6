"""Steps that are done once: locks, stamps, digests, logged commands.

A step that was interrupted is redone, never trusted half done: a stamp is written
after the work, and says of which inputs it is the result.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import threading
import time
from pathlib import Path

import env
from say import Stop, note, tail

DISK_FULL = "No space left on device"


@contextlib.contextmanager
def lock(path, what):
    """Hold a lock that two commands, clones or threads cannot hold at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            note(f"Waiting for {what}: another is at it ...")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def try_lock(path):
    """Return an open handle that holds the lock, or None when another command has it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = path.open("w")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        handle.close()
        return None
    return handle


def is_locked(path):
    """Return whether another command has the lock now."""
    handle = try_lock(path)
    if handle:
        handle.close()
    return handle is None


def digest(*parts):
    """Return a short hash of texts, numbers and paths (of a path: its content)."""
    total = hashlib.sha256()
    for part in parts:
        data = part.read_bytes() if isinstance(part, Path) else str(part).encode()
        total.update(len(data).to_bytes(8, "big") + data)
    return total.hexdigest()[:16]


def is_stamped(name, inputs):
    path = env.STAMPS / name
    return path.exists() and path.read_text() == inputs


def read_stamp(name):
    path = env.STAMPS / name
    return path.read_text() if path.exists() else ""


def stamp(name, inputs):
    write_atomic(env.STAMPS / name, inputs)


def unstamp(name):
    (env.STAMPS / name).unlink(missing_ok=True)


def write_atomic(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(text, "utf-8")
    os.replace(temporary, path)


def need_space(path, gigabytes, what):
    path.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(path).free / 1e9
    if free < gigabytes:
        cached = env.CACHE in path.parents
        raise Stop(
            f"{what}: {gigabytes} GB needed in {path}, {free:.1f} GB free. "
            f"Mend: make room{', or XDG_CACHE_HOME=/another/disk' if cached else ''}"
        )


def logged(command, log, mend="", **options):
    """Run a command with its output in a log; stop with its last lines if it fails."""
    if not attempt(command, log, **options):
        return
    raise Stop(
        f"{tail(log)}\n{Path(command[0]).name} failed (log: {log}). "
        f"Mend: {mend or 'see the lines above'}"
    )


def attempt(command, log, progress=None, limit=None, echo=False, **options):
    """Run a command with its output in a log; return its exit status.

    :param callable progress: Called about twice a second while the command runs.
    :param float limit: Seconds after which the command is stopped.
    :param bool echo: Whether the output is for the terminal, too.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + limit if limit else None
    with (
        log.open("w", encoding="utf-8") as output,
        _child(command, subprocess.PIPE if echo else output, options) as process,
    ):
        for line in process.stdout or ():
            output.write(line)
            print(line, end="", flush=True)
        while process.poll() is None:
            if progress:
                progress()
            if deadline and time.monotonic() > deadline:
                output.write(f"Stopped after {limit:.0f} seconds\n")
                break
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.5)
    if process.returncode and DISK_FULL in tail(log, 200):
        raise Stop(
            f"The disk is full (log: {log}). Mend: make room and run the same command again"
        )
    return process.returncode


def captured(command, **options):
    """Run a command; return its exit status and what it said."""
    with _child(command, subprocess.PIPE, options) as process:
        said = process.stdout.read()
        process.wait()
    return process.returncode, said


_children = set()
stopping = threading.Event()  # what fails from now on was stopped by us


@contextlib.contextmanager
def _child(command, output, options):
    if stopping.is_set():
        raise Stop("Stopped")
    process = subprocess.Popen(
        list(map(str, command)),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        **options,
    )
    _children.add(process)
    try:
        yield process
    finally:
        stop_process(process)
        _children.discard(process)


def stop_children():
    """Stop the commands that other threads are running, and let them start no more."""
    stopping.set()
    for process in list(_children):
        stop_process(process)


def stop_process(process, grace=20):
    """Stop a process that we started: politely, then firmly, then for good."""
    for ask in (process.terminate, process.terminate, process.kill):
        if process.poll() is not None:
            return
        ask()
        deadline = time.monotonic() + grace / 2
        while process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.1)
