# What a look at a site from outside says of itself.

outside-beforehand = Looking at { $host }: { $budget ->
    [one] at most { $budget } request
   *[other] at most { $budget } requests
}, reading only (GET). Name servers are asked for its addresses.
outside-resolving = looking up { $host }
outside-asking = asking { $host } at { $addresses }
outside-answered = { $path }: { $status }
outside-one-site = one site at a time: name one URL, and files if you have any
outside-scheme = { $scheme }:// cannot be looked at; write http:// or https://
outside-url = { $given } is no address of a site ({ $reason }); write it as in a browser, for instance https://shop.example/
outside-user-left-out = the name and password before the host are not sent: the site is looked at as anybody sees it
outside-origin-wrong = --origin { $given } is no IP address; write 192.0.2.7, 192.0.2.7:8443 or [2001:db8::7]:443
outside-resolver-wrong = --resolver { $given } is no IP address; write 192.0.2.53, 192.0.2.53:5353 or [2001:db8::53]:53
outside-resolver-many = --resolver may be given at most { $n } times
outside-needs-site = { $what } needs a site: name one, such as https://shop.example/
outside-ca-unreadable = --ca { $file } could not be read: { $reason }
outside-authorities-unreadable = the certificates of authorities could not be used: { $reason }
outside-no-sockets = no connection could be prepared: { $reason }
outside-budget-wrong = --budget must allow at least one request
outside-patience-wrong = --patience must be from 1 to 600 seconds
outside-with-unreadable = --with { $file } could not be read: { $reason }; it must be what goodgate diagnose URL --format json printed
outside-with-no-look = --with { $file } holds no look at a site; it must be what goodgate diagnose URL --format json printed
outside-with-other-site = --with { $file } is about another page ({ $there }) than the one that is looked at ({ $here })
outside-with-apart = --with { $file } was not counted: it was looked at { $n } minutes apart from now, and only what was seen within { $max } minutes can be compared
outside-you = you
outside-hop-dns = name found
outside-hop-dns-none = name not found
outside-hop-http = web server
outside-hop-upstream = the program behind it
outside-ms = { $n } ms
outside-s = { $n } s
outside-or = ; or{" "}
outside-healthy = { $host } is well: every page that was asked for was answered.
outside-healthy-but = If it still fails for you, the reason lies between you and the site: another network, browser or computer tells. `--told who=one-network` and `--for visitor` say more.
outside-answers-refusing = { $host } answers, and no server in between fails; but it answers this page with { $status }.
outside-checked = What was checked
outside-left-out = What was not asked
outside-name-unresolved = The name { $host }: no address was found.
outside-name-resolved = The name { $host }: { $found }.
outside-certificate = The certificate: valid until { $until }, issued by { $issuer }.
outside-requests = { $n ->
    [one] { $n } request in all,
   *[other] { $n } requests in all,
} { $took }.
outside-purpose-page = the page
outside-purpose-http1 = the page over HTTP/1.1
outside-purpose-reused = the page on a used connection
outside-purpose-cookies = the page with the site's cookies
outside-purpose-home = the home page
outside-purpose-made-up = a page that cannot exist
outside-purpose-static = a plain file
outside-purpose-origin = the page, straight from the origin
outside-times = , { $n ->
    [one] once
   *[other] { $n } times
}
outside-point = { $what } ({ $url }{ $peer }{ $times }): { $came }
outside-after = after { $time }
outside-after-range = after { $from } to { $to }
outside-came-from = { $status }, made by { $maker },
outside-came-failure = no answer ({ $error })
outside-came-broken = , broken off or unreadable,
outside-left-private = { $addresses }: not an address of the public internet, and only DNS names it; --private asks it all the same
outside-left-many = { $n ->
    [one] { $n } further address of the name
   *[other] { $n } further addresses of the name
}; four are enough to compare
outside-left-budget = more pages: the limit of requests was reached; --budget raises it
outside-left-authorities = whether the certificate can be trusted: this computer holds no certificates of authorities (package ca-certificates), and --ca named none
outside-left-redirect = { $url }: the site sends there, but it is no address of the public internet; --private goes there all the same
outside-left-scheme = an address that begins with { $scheme }: the site sends there, and it is no web page
outside-left-follow-ups = whether cookies or a plain file make a difference: the page took long, and asking on would double the time
outside-left-redirects = where the redirects end: there are more than are followed
outside-left-circle = { $url } once more: its redirects lead back to it
outside-left-limited = { $n ->
    [one] the site limits requests: one of ours was turned away, and is not counted
   *[other] the site limits requests: { $n } of ours were turned away, and are not counted
}
outside-state-no-address = no address
outside-change-answer = { $now } instead of { $was }
outside-change-addresses = the name leads to { $now } instead of { $was }
outside-change-certificate = the certificate is valid until { $now } instead of { $was }
outside-watch-line = { $at }  { $state }
outside-watch-down = down for { $time }
outside-watch-well = { $at }  well again after { $time } (first seen failing at { $since })
outside-watch-begun = Looking again every { $n } seconds until it is well; Ctrl-C ends it.
outside-watch-needs-site = --watch needs a site: goodgate diagnose https://shop.example/ --watch
outside-watch-ask = --watch asks nothing: leave --ask out, or --watch
outside-watch-format = --watch goes on writing lines to the terminal: name a file for the report with -o FILE
outside-watch-pause = --watch must be at least { $n } seconds
outside-span-s = { $s } s
outside-span-m = { $m } min { $s } s
outside-span-h = { $h } h { $m } min
outside-at = {" "}at { $peer }
outside-providers = Who stands in between, and where they tell how they are
outside-provider-status = : status { $page }
outside-provider-support = , help { $page }
outside-provider-says = ; it says: “{ $words }”
outside-provider-for-people = ; its status page is to be read by people only: open it in a browser
outside-provider-silent = ; its status page did not answer
outside-named-works = The page that you named works ({ $status }); what fails is { $what } ({ $path }).
