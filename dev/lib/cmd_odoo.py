"""./dev/odoo ARGS...: any Odoo subcommand in the development environment.

./dev/odoo shell                     a Python shell on the development database
./dev/odoo shell < script.py         run a script on it
./dev/odoo shell -d other            on another database
./dev/odoo i18n export crm_lead_management
./dev/odoo upgrade_code --from 18.0 --to 19.0
./dev/odoo help                      what else there is
"""

import subprocess

import databases
import env
import setup
from say import main
from steps import stop_process

# These work on a database: the development database is made first, unless another is named.
ON_DATABASE = {"shell", "i18n", "module", "populate", "neutralize", "server"}


def odoo(args):
    if args[:1] in (["-h"], ["--help"]):
        print(__doc__)
        return 0
    ready = setup.ready()
    named = any(
        arg in ("-d", "--database") or arg.startswith(("-d", "--database="))
        for arg in args
    )
    if args and args[0] in ON_DATABASE and not named:
        databases.dev(ready)
    process = subprocess.Popen(ready.command(*args), env=ready.environ(), cwd=env.ROOT)
    try:
        return process.wait()
    except KeyboardInterrupt:
        # The terminal has sent it to Odoo as well, which may only end what it was doing.
        return process.wait()
    finally:
        stop_process(process)


if __name__ == "__main__":
    main(odoo)
