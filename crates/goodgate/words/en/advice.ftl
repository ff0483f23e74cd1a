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
