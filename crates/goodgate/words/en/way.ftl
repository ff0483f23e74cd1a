# The drawing of the way that a visit takes.

way-broken-here = broken here
way-breaks-at = The way of a visit; it breaks at: { $hop }.
way-own-server = the site's own server
way-works = The way of a visit; every part of it works.
