"""./dev/run: a real Odoo 19 with this addon and its demo company, in your browser.

    ./dev/run               serve it at http://localhost:8069
    PORT=8070 ./dev/run     on another port
    ./dev/run --reset       with a new database
    ./dev/run -- ARGS       with more arguments for Odoo (--dev=xml, --log-level=debug ...)

Ctrl-C stops everything. When the addon has changed, start it again: it is updated.
"""

import argparse
import http.client
import signal
import socket
import subprocess
import time

import databases
import env
import setup
from say import Stop, main, note, seconds, tail
from steps import stop_process, try_lock

WELCOME = """
  Odoo is at   http://localhost:{port}   (served {took} after the start)
  Log in as    yusuf    a salesperson: CRM > My Day, CRM > Leads > Best First
               layla    leads a team, sees all leads: CRM > Team > Team Board
               admin    sets it up: CRM > Configuration > Lead Management
               elif, marc, greta, tomas, too; each password is the login
  Log          {log}
  Stop         Ctrl-C
"""
PATIENCE = 120  # seconds for Odoo to answer its first request


def run(args):
    start = time.monotonic()
    options = parse(args)
    port = _port()
    ready = setup.ready()
    serving = try_lock(databases.SERVING)
    if not serving:
        raise Stop(
            "Another ./dev/run serves this clone. Mend: stop it, or use another clone"
        )
    with serving:
        if options.reset:
            databases.drop(ready, "dev")
        databases.dev(ready, serving=True)
        return _serve(ready, port, options.odoo, start)


def parse(args):
    parser = argparse.ArgumentParser(
        prog="./dev/run",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--reset", action="store_true", help="start over")
    parser.add_argument("odoo", nargs="*", help="arguments for Odoo, after --")
    return parser.parse_args(args)


def _port():
    """Return the port to serve at; stop early if it is not to be had."""
    if not env.PORT.isdigit() or not 0 < int(env.PORT) < 65536:
        raise Stop(f"PORT={env.PORT} is no port number. Mend: PORT=8070 ./dev/run")
    port = int(env.PORT)
    if not _is_free(port):
        free = next(filter(_is_free, [*range(port + 1, 65536), *range(8070, port)]))
        raise Stop(f"Port {port} is taken. Mend: PORT={free} ./dev/run")
    return port


def _is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError as error:
            raise Stop(f"Port {port} is for root only. Mend: ./dev/run") from error
        except OSError:
            return False
    return True


def _serve(ready, port, args, start):
    log = env.LOGS / "run.log"
    with log.open("w", encoding="utf-8") as output:
        # In a session of its own: Ctrl-C comes to us alone, and Odoo is asked once to stop.
        process = subprocess.Popen(
            ready.command("server", f"--http-port={port}", *args),
            env=ready.environ(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            _wait(process, port, log)
            note(WELCOME.format(port=port, log=log, took=seconds(start)))
            process.wait()
            raise Stop(f"{tail(log)}\nOdoo has stopped by itself. Mend: see {log}")
        except KeyboardInterrupt:
            note(" Stopping ...")
        finally:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # no half-done clean-up
            stop_process(process)
    return 0


def _wait(process, port, log):
    """Wait until Odoo answers; the first page then needs no patience."""
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        try:
            connection.request("GET", "/web/login")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.2)
        finally:
            connection.close()
    raise Stop(f"{tail(log, 30)}\nOdoo did not start. Mend: see {log}")


if __name__ == "__main__":
    main(run)
