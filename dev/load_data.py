# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Load two real data sets into a database, evaluate and route them, print one table.

    ./dev/odoo shell < dev/load_data.py
    odoo shell -d DATABASE < dev/load_data.py
    CRM_LEAD_DATA=/where/the/data/is ./dev/odoo shell < dev/load_data.py

The data are not part of the repository. They are looked for in the folder that
CRM_LEAD_DATA names, else in ``../shared/data`` beside the repository:

``x_education/leads.csv``
    Leads of a school, who came and bought or did not. They enter as enquiries do, the
    product gives them persona, grade and owner, and only then those with ``Converted`` = 1
    are won. Of the others the newest (their number is in the newest quarter of all) stay
    open, so that there is work as well as history; the rest is lost, with a reason that
    follows from the salesperson's tag. Names and mail addresses are made up. What Odoo has
    no field for becomes a custom field (``x_...``). Who wants no mail is on Odoo's list of
    those. Known only afterwards, so nothing to learn a score from: tag_ids, x_lead_quality,
    x_lead_profile, x_last_notable_activity, x_activity_* and x_profile_*.
``maven_crm/*.csv``
    Deals of a computer seller: products, accounts with their parents, agents in their teams
    (they cannot log in, and get no mail), deals with agent, amount and dates. Won and lost
    deals are closed with their dates, the others stay open. A lost deal's expected revenue
    is the price of what it was about, as the file knows only 0.

Where no stage has a role yet, the set-up assistant maps the stages first. Grades are those of
the scorecard that is live: on a new database the starter one, which knows no custom fields.

Rows that cannot be used are named with their line and the reason; all others go in. Loading
twice loads nothing twice: what is there already is left as it is.
"""

import importlib.util
import os
import sys
from pathlib import Path

PACKAGE = "crm_lead_data_loader"


def loader(folder):
    """Return the package with the parts of the loader, from the folder beside this file.

    :param Path folder: ``dev``.
    """
    if PACKAGE not in sys.modules:
        init = folder / "loader" / "__init__.py"
        spec = importlib.util.spec_from_file_location(
            PACKAGE, init, submodule_search_locations=[str(init.parent)]
        )
        sys.modules[PACKAGE] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[PACKAGE])
    return sys.modules[PACKAGE]


def part(folder, name):
    """Return one module of the loader."""
    loader(folder)
    return importlib.import_module(f"{PACKAGE}.{name}")


def data_folder(root):
    """Return the folder with the data sets, or None.

    :param Path root: the repository.
    """
    given = os.environ.get("CRM_LEAD_DATA")
    folder = Path(given) if given else root.parent / "shared" / "data"
    return folder if folder.is_dir() else None


def main(env):
    """Load what is there into the database of ``env``, committing as it goes."""
    from odoo.modules import get_module_path

    if "crm.routing.engine" not in env:
        sys.exit("This database has no crm_lead_management. Install it first.")
    root = Path(get_module_path("crm_lead_management")).resolve()
    folder = data_folder(root)
    if not folder:
        sys.exit(
            "No data to load: there is no folder ../shared/data beside the repository."
            " Set CRM_LEAD_DATA to the folder that holds x_education and maven_crm."
        )
    run = part(root / "dev", "run")
    print(run.load(env, folder, commit=env.cr.commit))


if "env" in globals():
    main(env)  # noqa: F821 the shell's
elif __name__ == "__main__":
    sys.exit("Run it in Odoo's shell: ./dev/odoo shell < dev/load_data.py")
