# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""Whether somebody picks the best leads and lets the others wait.

>>> judge((18, 30), (2, 30), (6, 60))
'flag'

Late with all of them alike is late, and no picking; nor is what the whole team does.

>>> judge((18, 30), (16, 30), (6, 60)), judge((18, 30), (2, 30), (34, 60))
('fine', 'fine')

A few leads say nothing.

>>> judge((9, 12), (0, 30), (6, 60)), judge((18, 30), (2, 30), (1, 10))
('few', 'few')
>>> judge((0, 0), (0, 0), (0, 0))
'few'
"""

from .proportion import wilson_interval

# From so many cases on each side a share is judged.
FEWEST = 20


def judge(low, high, others):
    """Return what the figures of a person say: ``few``, ``flag`` or ``fine``.

    :param low: how many leads of a low grade were late, each by its own deadline, and of how
        many; ``high``: of a high grade; ``others``: of a low grade, of the rest of the team.
    """
    if min(low[1], high[1], others[1]) < FEWEST:
        return "few"
    from_low = wilson_interval(*low)[0]
    apart = all(from_low > wilson_interval(*side)[1] for side in (high, others))
    return "flag" if apart else "fine"
