# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""What the form of a scorecard says about it: whose leads it grades."""


def applies(card, in_use):
    """Say which leads a scorecard grades, or '' where it grades none.

    :param card: one crm.scorecard.
    :param in_use: those that grade leads, as far as the reader may see them.
    """
    if card.state == "pilot":
        return _pilot(card)
    if card.state != "live":
        return ""
    pilots = in_use.filtered(
        lambda other: other.state == "pilot"
        and (
            not card.company_id or other.company_id in (card.company_id, other.browse())
        )
    )
    own = in_use.filtered(lambda other: other.state == "live").company_id
    if card.company_id:
        text = card.env._("Grades the leads of %s.", card.company_id.name)
    elif own:
        text = card.env._(
            "Grades the leads of all companies but those that have a scorecard of their own: %s.",
            ", ".join(own.mapped("name")),
        )
    else:
        text = card.env._("Grades all leads.")
    if pilots:
        others = ", ".join(pilots.mapped("name"))
        text = (
            f"{text} {card.env._('The leads of a pilot are graded by it: %s.', others)}"
        )
    return text


def _pilot(card):
    teams = ", ".join(card.pilot_team_ids.mapped("name"))
    share = card.pilot_share
    if teams and share:
        return card.env._(
            "Grades %(share)s %% of the leads of %(teams)s, drawn by chance.",
            share=share,
            teams=teams,
        )
    if teams:
        return card.env._("Grades the leads of %s.", teams)
    return card.env._("Grades %s %% of the leads, drawn by chance.", share)
