# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Files of others: of the folder CRM_LEAD_DATA, or beside the repository."""

import os
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("CRM_LEAD_DATA") or ROOT.parent / "shared" / "data")
SAMPLES = DATA.parent / "samples"
needs_files = unittest.skipUnless(
    SAMPLES.is_dir() and DATA.is_dir(),
    "SKIPPED: no samples of other systems; name their folder in CRM_LEAD_DATA",
)
