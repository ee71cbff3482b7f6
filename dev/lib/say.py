"""What the commands say: short lines, and one line with the mend when they stop."""

import os
import signal
import sys
import threading
import time

_lock = threading.Lock()
_tty = sys.stderr.isatty()
_open_line = False


class Stop(Exception):
    """The command cannot go on; the text is one line: what is wrong, and the mend."""


def note(text):
    """Print a line about what is going on (on stderr: stdout is for results)."""
    global _open_line
    with _lock:
        if _open_line:
            sys.stderr.write("\n")
            _open_line = False
        print(text, file=sys.stderr, flush=True)


class Progress:
    """A line that grows: redrawn on a terminal, one line every ten seconds elsewhere."""

    def __init__(self, text):
        self.text = text
        self.last = 0.0

    def show(self, part):
        global _open_line
        now = time.monotonic()
        if now - self.last < (0.2 if _tty else 10):
            return
        self.last = now
        if not _tty:
            note(f"{self.text} {part}")
            return
        with _lock:
            sys.stderr.write(f"\r\033[K{self.text} {part}")
            sys.stderr.flush()
            _open_line = True

    def done(self, part=""):
        if _tty:
            with _lock:
                sys.stderr.write("\r\033[K")
                sys.stderr.flush()
        note(f"{self.text} {part}".rstrip())


def seconds(start):
    return f"{time.monotonic() - start:.0f} s"


def main(function):
    """Run a command: a Stop becomes one line and exit status 1, Ctrl-C a quiet 130."""

    def terminate(_signum, _frame):
        # So that `finally` clauses run: PostgreSQL and Odoo are stopped on kill, too.
        raise SystemExit(143)

    # A shell script starts its background commands deaf to Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, terminate)
    signal.signal(signal.SIGHUP, terminate)
    try:
        status = function(sys.argv[1:])
    except Stop as stop:
        note(str(stop))
        status = 1
    except KeyboardInterrupt:
        status = 130
    except OSError as error:
        if error.errno != 28:
            raise
        note(
            f"The disk is full ({error.filename}). Mend: make room and run the same command again"
        )
        status = 1
    sys.stdout.flush()
    # os._exit would skip the clean-up; sys.exit runs it.
    sys.exit(status or 0)


def tail(path, lines=15):
    """Return the last lines of a log file."""
    try:
        text = path.read_text("utf-8", errors="replace")
    except OSError:
        return ""
    return os.linesep.join(text.strip().splitlines()[-lines:])
