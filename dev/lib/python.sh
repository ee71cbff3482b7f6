#!/bin/sh
# python.sh COMMAND ARGS...: run dev/lib/COMMAND.py with a Python that Odoo 19 supports.
# $PYTHON, when set, is tried first.
lib=$(dirname -- "$0")
command=$1
shift
for python in ${PYTHON:-} python3 python3.13 python3.12 python3.11 python3.10; do
    if "$python" -c 'import sys, ensurepip, venv; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; then
        exec "$python" "$lib/$command.py" "$@"
    fi
done
echo "Odoo 19 needs Python 3.10 to 3.13 with its venv module, and none is on the PATH. Mend: install one (Debian: apt install python3-venv), or PYTHON=/path/to/python3" >&2
exit 1
