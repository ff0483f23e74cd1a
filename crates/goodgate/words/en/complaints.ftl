# What could not be done, and how to mend it. Each stands behind the program's name, so it begins in lower case.

# $reason is the operating system's, or one of the reasons below.
could-not-be-read = { $name } could not be read: { $reason }
could-not-be-written = { $name } could not be written: { $reason }
answer-not-written = the answer could not be written: { $reason }
stdin-not-read = standard input could not be read: { $reason }
reason-not-found = there is no such file or folder; check the spelling
reason-permission = permission denied; run with sudo, or hand in a copy
folders-too-deep = { $name } was left out: folders nest deeper than { $max }
not-a-regular-file = { $name } is no regular file and was left out; hand in a copy of its content
too-many-files = { $name } was left out: more than { $max } files; name fewer folders
file-too-long = { $name } is longer than 1 GiB; only its first part was read
gzip-cut = { $name } is cut or damaged gzip; { $bytes } bytes could be unpacked and were read
progress-reading = reading { $n } of { $all } files
nothing-named = there is no file in what was named; name logs, configurations or folders
nothing-to-explain = nothing was given; give a code, a line or a file, or see goodgate explain --help

## Bundles

bundle-problem = { $name } { $problem }
bundle-damaged = is a bundle, but a damaged one: { $reason }
bundle-unknown-form = is a bundle of the form { $schema }, which this version does not read; it reads { $known }
bundle-left-out = { $name } is not text and was left out of the bundle
bundle-shortened = { $name } is long: { $lines } of its lines were left out of the bundle; its beginning, its end and what is around the evidence were kept, so counts may come out smaller

## --told

told-no-value = --told { $told } has no value; write KEY=VALUE with one of: { $keys }
told-unknown-key = --told does not know { $key }; its keys are: { $keys }
told-unknown-value = --told { $told } has a value that is not known; write { $usage }
told-text = TEXT
bundle-unknown-signal = holds a signal that this version does not know ({ $signal }); read it with the version that wrote it, or a newer one
