# What `explain` says around the tables: of a word, of a line, of a page.

## Words

word-is = ({ $asked } is { $kind }.)
often-got-wrong = Often got wrong
for-the-owner = For the site's owner
stands-behind-cause = What most often stands behind it
stands-behind-signal = Causes that it speaks for
stands-behind-word = Causes that can stand behind it, the most common first
more-causes = and { $n } more; `goodgate explain` with an error type (see above) narrows them down
how-to-recognise = How to recognise it
what-a-gateway-sees = What a gateway sees
signal-is-failure = It is a failure of a request.
signal-is-failure-of = It is a failure of a request, { $error }: { $short }.
signal-is-failure-in = It is a failure of a request, { $error } in the phase "{ $phase }": { $short }.
signal-is-circumstance = It is a circumstance that helps to tell causes apart.
signal-is-noise = It is everyday noise of a healthy service.

## Lines and pages

tells-no-failure = It tells of no failure.
does-not-tell-why = By itself it does not tell why.
what-it-says = What it says
more-signals = and { $n } more; `goodgate diagnose` weighs them all.
lines-of = { $lines } of { $format }
a-configuration = A configuration of { $product }
a-page = An error page or the head of an answer
nothing = Nothing
not-text = Not text
unknown-format = Text in no format that is known
certainty-proven = proven
certainty-likely = likely
certainty-possible = possible
certainty-cannot-tell = cannot tell from this alone
can-stand-behind = What can stand behind it, the most probable first
tells-more = `goodgate explain { $id }` tells more about the first; `goodgate diagnose` with the logs and the configuration tells which it is.
read-no-failure = It was read, and nothing in it tells of a gateway's failure.
line-not-understood = This line was not understood.
nothing-there = There is nothing to explain.
no-line-understood = No line of this was understood.
what-to-try = What to try
try-whole-line = Give the whole line as it stands in the log, with its time and everything behind it.
try-more-lines = Give some lines before and after it, or the whole file: `goodgate explain error.log`.
try-error-log = Give the error log rather than the access log; codes alone work too: `goodgate explain 502`.
try-page = For a page, save it with its head: `curl -si URL > page.txt`.

## Status codes

who-sends-it = Who sends it: { $who }
defined-where = Defined: { $defined }.
section-of = { $document } section { $section }
obsolete-documents = RFC 2616 and RFC 7231 are obsolete; { $defined } holds.
phrase-of-another = { $code } means "{ $phrase }"; "{ $asked }" belongs to { $owner }.
its-neighbours = Its neighbours
what-a-gateway-means = What a gateway means by it
return-on-purpose = Return { $code } on purpose: { $with }
test-for-status = Test for { $code }
test-prints = prints { $code }
test-whole-head = the whole head, to see who answered
clients-get = Clients get { $status } as a rule.

## Error types

error-type-defined = Defined in RFC 9209 section { $section } as "{ $title }"; the RFC recommends answering { $status }.
error-type-defined-openly = Defined in RFC 9209 section { $section } as "{ $title }"; the RFC leaves the status to the case.
certainly-by-gateway = An answer with this error was certainly made by a gateway, not by the application.
how-a-gateway-says-so = How a gateway says so

## Errors and ends of processes

errno-numbers-differ = Numbers differ between systems; those given here are Linux's.
errno-elsewhere = { $number } is the number of { $system } for it.
errno-of-apr = It is a number of Apache's portable runtime (APR), which stands where an errno stands otherwise.
process-ended = { $name }: signal { $signal }, exit code { $code }
no-exit-code-of-its-own = A process that a signal ended has no exit code of its own; shells and containers report 128 and the signal's number instead.

## Codes of products

apache-other-number = This is a message number of Apache httpd, but none that goodgate knows to tell of a gateway's trouble. Give the whole line: its words say more than its number.
cloudflare-error = Cloudflare error { $code }
cloudflare-shows-it = Cloudflare shows it on the page; the status code with it is 403, 409, 429, 503 or 530.
heroku-router-answers = Heroku's router answers 503 with it (499 if the client left).
status-behind-slash = The status behind the slash, as the client got it
error-behind-code = The operating system's error behind it
in-envoy-log = { $asked } in Envoy's access log
flag-by-flag = Flag by flag
envoy-tried-again = Envoy tried again until its retries were used up, and the last attempt failed like that.
in-haproxy-log = { $asked } in HAProxy's log
letter-by-letter = Letter by letter
haproxy-letter-who = { $letter }, who ended it: { $means }
haproxy-letter-when = { $letter }, when: { $means }
haproxy-letter-client-cookie = { $letter }, the client's cookie: { $means }
haproxy-letter-server-cookie = { $letter }, the server's cookie: { $means }
haproxy-in-short = In short: { $who }, { $when }.
haproxy-timers = The timers beside it (TR/Tw/Tc/Tr/Ta, in milliseconds)
haproxy-timer-request = TR: until the request was complete
haproxy-timer-queue = Tw: waiting in the queue; -1 if it never left it
haproxy-timer-connect = Tc: opening the connection to the server; -1 if it never stood
haproxy-timer-response = Tr: until the server's header fields; -1 if they never came
haproxy-timer-all = Ta: all of it
