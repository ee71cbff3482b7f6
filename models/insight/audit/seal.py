# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""The seal of an audit: what shows that it says what it said when it was built."""

import hashlib
import json

# The columns that are facts, from the attribute of Facts with that name.
MEASURED = (
    "received_on",
    "days",
    "answer_minutes",
    "touches_in",
    "touches_out",
    "attempts",
    "hops",
    "grade_first",
    "steps_due",
    "steps_in_time",
    "messages",
    "tracks",
)
# Columns that are under the seal as they stand.
SEALED = ("outcome", "closed_on", "grade_last", "amount", "in_time", "silence_days")
# Those that are empty once the record that they point at is gone: sealed in the snapshot.
POINTING = ("user_id", "team_id", "lost_reason_id", "closed_by_id", "company_id")


def of(audit):
    """Return the SHA-256 of what an audit says, but for its lesson and state.

    :param audit: one crm.lead.audit, as the database has it.
    """
    content = {name: _plain(audit[name]) for name in ("id", *SEALED, *MEASURED)}
    content["lead_id"] = audit.lead_id.id
    content["snapshot"] = audit.snapshot
    content["findings"] = [
        [finding.code, finding.severity, finding.facts]
        for finding in audit.finding_ids.sorted("id")
    ]
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def is_broken(audit):
    """Tell whether an audit says something else than when it was built."""
    if of(audit) != audit.digest:
        return True
    snapshot = audit.snapshot or {}
    # What it points at may have been deleted; it points at nothing else.
    return any(
        audit[name] and audit[name].id != snapshot.get(name) for name in POINTING
    )


def _plain(value):
    return f"{value:.4f}" if isinstance(value, float) else value
