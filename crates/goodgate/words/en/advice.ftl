# What to do, for each reader.

## Who can mend it

who-visitor = the visitor
who-owner = the site's owner
who-developer = whoever writes the application
who-operator = whoever runs the server
who-hosting = the hosting provider
who-cdn = the CDN's provider
who-dns = whoever runs the DNS zone
who-third-party = the outside service's provider
who-nobody = nobody: it is no fault of the site
who-or = { $before } or { $last }

## Remedies

what-to-do = What to do ({ $who })
no-remedy = The catalogue has no remedy for this yet.
risk-look = only looks
risk-reload = reloads the configuration; visitors notice nothing
risk-restart = restarts; requests under way may fail
risk-data = changes data
step-keep = First keep { $what }
step-keep-copy = First keep a copy: { $command }
step-done = Done when: { $what }
step-helped = It helped if: { $what }
step-undo = To undo: { $how }

## For a visitor

visitor-yours = It is on your side, and you can mend it: { $sentence }
visitor-not-you = It is not you: the fault lies with the site. Nothing on your computer or phone causes it.
visitor-wrong-there = What seems to be wrong there: { $title }.
visitor-what-to-do = What you can do
visitor-wait = Wait a minute and load the page again; many such faults pass by themselves.
visitor-paying = If you were sending a form or paying, look first whether it went through before you send it again.
visitor-write = If it stays, write to the site's owner: what you opened, when exactly, and what the page said.

## For the site's owner

owner-hand-in = Hand this report to your hosting provider and ask for the application's error log. `--for support` writes the request for you.
owner-more-certainty = For more certainty, ask the hosting provider; `--for support` writes the letter for you.

## The letter to a hosting provider

letter-fails = Our site fails
letter-fails-with = Our site answers with error { $status }
letter-title = { $what } ({ $span })
letter-hello = Hello,
letter-ask = our site fails, and we ask for your help. The site is: (put the site's address here).
letter-since-unknown = We do not know exactly since when.
letter-gateway = The web server in front is { $product }.
letter-gateway-asks = The web server in front is { $product }; it asks { $target }.
letter-proven = The logs and files show the cause: { $sentence }
letter-likely = Most probably this is the cause: { $sentence }
letter-possible = This may be the cause, but we are not sure: { $sentence }
letter-told = What we know ourselves
letter-logs = What the logs say
letter-would-help = What we think would help
letter-end = Please look into it, and tell us what you found and whether it can happen again. Thank you.

## Names that the evidence does not give

slot-host = the address of the upstream's machine
slot-port = the upstream's port
slot-socket = the socket's path
slot-service = the name of the application's service
slot-gateway = the gateway's name
slot-php = the site's version of PHP (such as 8.3)
slot-meaning = { $meaning } for { $word }
slots-and = { $before } and { $last }
slots-put-in = Put in your own names: { $names }.
slot-target = the upstream's address
slot-listens = the one that it listens on
