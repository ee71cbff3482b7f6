# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""What an experiment says: how long it takes, and what came of it."""

# Days of a month, to say how long it takes.
MONTH = 30.4
# Longer than this is told before the start.
LONG_MONTHS = 12


def months(experiment):
    """Return how many months it takes until all variants have their leads, or None.

    :param experiment: one crm.experiment.
    """
    weights = experiment.variant_ids.mapped("weight")
    rarest = min(weights, default=0)
    if not experiment.leads_per_month or rarest <= 0:
        return None
    share = rarest / sum(weights)
    return experiment.n_needed / share / experiment.leads_per_month


def advice(experiment):
    """Return how long it takes in a sentence; False where that is not known."""
    found = months(experiment)
    if not experiment.n_needed or found is None:
        return False
    if found > LONG_MONTHS:
        return experiment.env._(
            "This takes about %(months)s months at your volume: choose a nearer"
            " conversion, a bigger difference, or more leads.",
            months=round(found),
        )
    return experiment.env._(
        "This takes about %(months)s months at your volume.", months=f"{found:.1f}"
    )


def verdict(experiment):
    """Return what came of it in a sentence; False before the end."""
    if not experiment.verdict:
        return False
    field = experiment._fields["verdict"]
    words = dict(field._description_selection(experiment.env))[experiment.verdict]
    best = experiment.best_variant_id
    control = experiment.variant_ids.filtered("is_control")[:1]
    if experiment.verdict not in ("better", "worse", "same") or not best:
        return words
    return experiment.env._(
        "%(verdict)s. %(name)s: %(rate).0f %%, %(control)s: %(base).0f %%, difference"
        " likely %(low)+.0f to %(high)+.0f points.",
        verdict=words,
        name=best.name,
        rate=100 * best.rate,
        control=control.name,
        base=100 * control.rate,
        low=100 * experiment.low,
        high=100 * experiment.high,
    )
