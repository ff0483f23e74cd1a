# The letter to a hosting provider.

letter-but-well = Read this before you send the letter: the site works as seen from here. Ask somebody else to open it first; if it works for them, your host can do nothing.
letter-but-yours = Read this before you send the letter: the fault seems to lie with this computer or its network, not with the site. `--for visitor` says what to do.
letter-but-unclear = Read this before you send the letter: what was looked at does not show a failure. Fill in what you saw yourself.
letter-subject = Subject: { $subject }
letter-fails = our site fails
letter-fails-with = our site answers with error { $status }
letter-title = { $what } ({ $span })
letter-hello = Hello,
letter-ask = our site fails, and we ask for your help. Below is what we know.
letter-what = What happens
letter-address = Address (without query): { $what }
letter-seen = Last seen failing: { $what }
letter-first = First failure in the logs: { $what }
letter-last = Last failure in the logs: { $what }
letter-status = Status: { $what }
letter-wording = Wording of the page: "{ $what }"
letter-instead = Instead of a page: { $what }
letter-maker = Answered by: { $what }
letter-peer = Address that was asked: { $what }
letter-number = Number of the request: { $what }
letter-gateway-asked = The web server in front asks: { $what }
letter-error = Kind of failure: { $what }
letter-often = How often: { $failed } of { $asked } requests failed
letter-counted = How often: { $n ->
    [one] { $n } time
   *[other] { $n } times
} in the logs
letter-every-page = Other pages fail as well, the home page included.
letter-some-pages = Other pages of the site are answered well.
letter-static-served = Plain files (style sheets, pictures) are served well.
letter-static-fails = Plain files (style sheets, pictures) fail as well.
letter-at-once = The error comes at once.
letter-at-timeout = The error comes after just the time that web servers wait by default.
letter-elsewhere-fails = From another network it fails as well.
letter-elsewhere-works = From another network it works.
letter-tried = What was tried, and from where
letter-own-works = From a computer whose own internet connection works.
letter-told = What we know ourselves
letter-logs = What the logs say
letter-cause = What we think
letter-proven = The evidence shows the cause: { $sentence }
letter-likely = Most probably this is the cause: { $sentence }
letter-possible = This may be the cause, but we are not sure: { $sentence }
letter-would-help = What we ask for
letter-please-look = Please look into the error log of that minute and tell us what it says.
letter-missing = Still to be filled in (take away what you do not know)
letter-missing-customer = [customer or contract number, and the name of the package or server]
letter-missing-address = [address of the site]
letter-missing-since = [since when it fails: date, time and zone; whether it ever worked since]
letter-missing-changed = [what was changed before it began: updates, plugins, PHP version, DNS, certificate; or "nothing"]
letter-missing-who = [who sees it: everybody, or only some networks; tried from where]
letter-missing-wording = [exact words of the page that visitors see]
letter-missing-reach = [how you can be reached if the mail of this domain does not work, either]
letter-end = Please tell us what you found, and whether it can happen again. Thank you.
letter-no-passwords = Send no password, key or cookie with this letter; a provider never needs one.
