# The drawing of the way that a visit takes.

way-broken-here = broken here
way-breaks-at = The way of a visit; it breaks at: { $hop }.
way-works = The way of a visit; every part of it works.
