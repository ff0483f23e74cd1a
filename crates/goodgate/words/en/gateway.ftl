# What `goodgate run` and `goodgate check` say of configurations of goodgate's own.

check-fine = { $name }: nothing wrong found
check-error = error:
check-warning = warning:
check-of-another = { $name } is a configuration of { $product }; goodgate check reads goodgate's own so far, and goodgate diagnose reads this one together with logs
check-unknown = { $name } is no configuration of goodgate's own: it has neither [[site]] nor [upstream.NAME]
check-no-text = it is no text in UTF-8
run-listens = listening on { $address }
run-upstream = upstream { $name }: { $servers }
run-log = every request is recorded in { $path }
run-log-out = every request is recorded on standard output
run-no-log = requests are not recorded (access_log.format is "off")
run-admin = numbers at http://{ $address }/metrics, state at http://{ $address }/status
run-follows = changes of { $file } are noticed and come into force within a few seconds; SIGHUP loads it at once
run-follows-not = SIGHUP loads { $file } anew (it is not watched: process.watch_config is false)
run-hint = Ctrl-C or SIGTERM ends it once everything that was asked is answered
run-ends = told to end; requests in hand are finished first
run-changed = { $file } has changed
run-certificate-kept = a certificate was renewed, but cannot be used, so the one before is still shown to clients: { $why }
run-loaded = the configuration was loaded anew
run-waits = { $key } was changed, which takes effect only after a restart
run-not-loaded = the configuration was not loaded; the old one stays in force

# The first causes on the page of a failure, a line each.

first-cause-do = What to do: { $title }: { $steps }.
first-cause-then = If it is that: { $titles }.
first-cause-more = All of it: goodgate explain { $id }
first-cause-other = Also possible: { $cause }.
first-cause-unsure = It could be: { $cause }.
first-cause-try = To begin with: { $title }.
