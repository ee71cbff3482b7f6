# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""What became of the leads of an experiment, and what that says."""

from odoo.tools import SQL

from ....tools import experiment as statistics
from .conversions import is_harm, is_hit


def settle(experiment, now):
    """Note the outcome of the leads whose time is over; one statement.

    :param experiment: one crm.experiment.
    :param datetime now: in UTC.
    """
    experiment.env.flush_all()
    experiment.env.execute_query(
        SQL(
            "UPDATE crm_experiment_unit AS unit SET outcome ="
            " CASE WHEN %s THEN 'yes' ELSE 'no' END, harm = %s"
            " FROM crm_lead AS lead WHERE lead.id = unit.lead_id"
            " AND unit.experiment_id = %s AND unit.outcome IS NULL"
            " AND unit.due_on <= %s RETURNING unit.id",
            is_hit(experiment.conversion),
            is_harm(experiment.env),
            experiment.id,
            now,
        )
    )


def counts(experiment, place=1):
    """Return what came of each variant so far, the control first.

    :param int place: of what is counted among the cases: 1 the conversions, 2 the harm.
    :rtype: dict[crm.experiment.variant, statistics.Group]
    """
    rows = experiment.env.execute_query(
        SQL(
            "SELECT variant_id, count(*), count(*) FILTER (WHERE outcome = 'yes'),"
            " count(*) FILTER (WHERE harm) FROM crm_experiment_unit"
            " WHERE experiment_id = %s GROUP BY variant_id",
            experiment.id,
        )
    )
    found = {variant_id: numbers for variant_id, *numbers in rows}
    return {
        variant: statistics.Group(
            found.get(variant.id, (0, 0, 0))[place],
            found.get(variant.id, (0, 0, 0))[0],
            variant.weight,
        )
        for variant in experiment.variant_ids.sorted("is_control", reverse=True)
    }


def compared(experiment):
    """Compare the variants with the control, at the end, and look at the guard figure.

    :return: the variant that the verdict is about (none where there is no comparison), and
        the values of the experiment.
    :rtype: tuple
    """
    found_counts = counts(experiment)
    variants, groups = list(found_counts), list(found_counts.values())
    code, place, found = statistics.verdict(groups, experiment.n_needed, is_over=True)
    if not found:
        return experiment.variant_ids.browse(), {"verdict": code}
    best = place or 1
    if code == "same":
        best = max(
            range(1, len(groups)), key=lambda n: groups[n].hits / (groups[n].n or 1)
        )
    harms = list(counts(experiment, place=2).values())
    harm = statistics.compare(*harms[0][:2], *harms[best][:2])
    is_worse = harm["difference"] > 0 and harm["p"] < 1 - statistics.LEVEL
    return variants[best], {
        "verdict": code,
        "difference": found["difference"],
        "low": found["low"],
        "high": found["high"],
        "guard": "worse" if is_worse else "good",
    }
