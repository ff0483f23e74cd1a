# What a diagnosis says: the way of the request, the verdict, the evidence.

count-files = { $n ->
    [one] { $n } file
   *[other] { $n } files
}
count-lines = { $n ->
    [one] { $n } line
   *[other] { $n } lines
}
count-times = { $n ->
    [one] { $n } time
   *[other] { $n } times
}
count-connections = { $n ->
    [one] { $n } connection
   *[other] { $n } connections
}
and-more = and { $n } more
span = { $first } to { $last }

## The whole

report-title = Report
masked = Clients were served, but only because the gateway tried again: a failure hides behind retries.
no-fault = Nothing is failing in what was handed in.
understood-one = { $past ->
    [yes] 1 file was understood; nothing in it tells of a failure that is still going on.
   *[no] 1 file was understood; nothing in it tells of a failure.
}
understood = { $past ->
    [yes] { $what } were understood; none tells of a failure that is still going on.
   *[no] { $what } were understood; none tells of a failure.
}
files-and-lines = { $files } and { $lines }
cannot-tell = What was handed in does not tell: nothing in it was understood as evidence of a gateway's failure.
hand-in = Hand in the gateway's error log, its access log, its configuration, and what `ss -ltnp` and `ps -ef` print on the server.
also-failing = Also failing
over-now = Over now
worth-knowing = Worth knowing
cause-unknown = cause unknown
answered-itself = an error that the upstream answered itself
incident = { $when }: { $what }, { $times }. { $cause }

## The way of the request

hop-visitor = visitor
hop-gateway = the gateway
hop-gateway-named = { $name } (the gateway)
hop-upstream = the upstream
hop-upstream-named = { $name } (the upstream)
hop-another-gateway = another gateway
hop-nested = { $upstream }, { $inner } (a gateway too)
hop-behind = what stands behind it

## The verdict

verdict-proven = { $sentence } (proven by the evidence).
verdict-likely = { $sentence } (most probably).
verdict-possible = Possibly: { $sentence }
verdict-unknown = Something fails, and the evidence does not tell why.
# $often is one of the two below, or nothing, or both.
symptom-status-why = Visitors got { $status }{ $often }: { $why }.
symptom-status = Visitors got { $status }{ $often }.
symptom-why = The gateway saw a failure{ $often }: { $why }.
often-at = , at { $span }
often-from = , from { $span }
# Replaced once in a text, for those who never met the word.
upstream-bare = {"the upstream "}
upstream-explained = {"the upstream (the program behind the gateway) "}
behind-it = Behind it may stand another cause: { $title } ({ $id }).
what-it-could-be = What it could be
also-possible = Also possible
what-would-tell-more = What would tell more

## Evidence

because = Because
what-was-seen = What was seen
speaks-against = What speaks against it
place-told = you said so
place-concluded = concluded
place-concluded-from = concluded from { $places }
place-concluded-from-several = concluded from several files
place-times = , { $n } times

# What the number beside a signal is.
detail-status = status { $n }
detail-errno = { $text }, error { $n }
detail-errno-bare = error { $n } of the operating system
detail-killed = signal 9, SIGKILL
detail-segfault = signal 11, segmentation fault
detail-signal = signal { $n }
detail-alert = TLS alert { $n }
detail-bytes = { $n } bytes
detail-seconds = { $n } s
detail-mode = mode { $n }
detail-restart = restart number { $n }
detail-exit-code = exit code { $n }
detail-used = { $n } % used
detail-left = { $n } % left
detail-waiting = { $n } waiting
detail-curl = curl's exit code { $n }
detail-counted = counted { $n } times

## What was not looked at

unread-binary = { $name } is not text; hand in the text it was made from, unpacked
unread-unknown = { $name } has no line in a format that is known here
not-understood = Not understood
worth-having = Not handed in, and worth having
symptom-outer = { $what } ({ $error }){ $often }.
symptom-outer-open = { $what }{ $often }.
