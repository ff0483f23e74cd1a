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
