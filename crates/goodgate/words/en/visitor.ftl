# "Is it me?": for somebody with a browser who has never heard of a server. No word that needs explaining.

## The answer

visitor-the-site = the site
visitor-not-you = It is not you: the site itself has a fault. { $trouble }
visitor-probably-not-you = It is most probably not you: the site itself seems to have a fault. { $trouble }
visitor-nothing-to-repair = Nothing on your computer or phone needs repair.
visitor-blocked = Your devices are in order, but { $host } turns you away: it takes your internet connection for one that does harm. That happens by mistake, too, above all with VPNs and shared connections.
visitor-cookies = It is the site's fault, but you can help yourself: { $host } fails only when your browser shows it the small notes (cookies) that the site itself left there.
visitor-well = { $host } works: it has just been opened from this computer. If it does not open for you, the reason is in your browser, on your device or in your network.
visitor-refused = { $host } works, but it does not show this page: the page is not there, or it is not open to everybody. Nothing on your side is broken.
visitor-unclear = It cannot be said yet whether it is you or the site. The steps below find it out.
visitor-offline = It is on your side: this computer has no working connection to the internet. The site was not even reached.
visitor-portal = It is on your side: the network that you are in (as in a hotel, a train or a café) wants you to sign in first, and shows its own page in place of every site.
visitor-address-book = It is on your side: sites are found by their names in the internet's address book (DNS), and the one that this computer uses does not answer as it should.
visitor-old-address = It is on your side: { $host } has moved, and this computer or your internet provider still remembers the old address.
visitor-hosts-file = It is on your side: a note on this computer (in the file "hosts") sends { $host } to an address of its own.
visitor-between = It is on your side: something between your browser and { $host } gets in the way, such as an extension of the browser, a VPN or a virus scanner.
visitor-browser = It is on your side: { $host } works in another browser, so something in this browser gets in the way.
visitor-network = It is on your side or on the way: { $host } works from other places, but not from your network.

## What is wrong with the site

trouble-program = Its computer answers, but the program that makes its pages does not work just now.
trouble-late = Its computer answers, but making the page takes so long that it gives up.
trouble-front = The service that stands before the site works, but the site's own computer does not answer it.
trouble-busy = It says that it cannot serve you just now: too many visitors at once, or somebody is working on it.
trouble-maintenance = Somebody is working on it and has closed it for that time.
trouble-starting = It is just starting, which often takes a minute or two.
trouble-suspended = The company that houses it has switched it off, often because a bill is open or an allowance is used up.
trouble-name-missing = There is no site under this address (or no longer); perhaps it is mistyped.
trouble-name-broken = Its entry in the internet's address book (DNS) cannot be read, so nobody can find it.
trouble-certificate-old = The proof with which it shows that it is genuine (its certificate) has run out, and browsers rightly warn of that.
trouble-certificate-wrong = The proof with which it shows that it is genuine (its certificate) is not valid, and browsers rightly warn of that.
trouble-secure = No secure connection to it comes about.
trouble-refused = Its computer is there, but it takes no visitors.
trouble-silent = Its computer does not answer at all.
trouble-cut = It begins to answer and then breaks off.
trouble-circle = It sends visitors on from one address to the next without an end.
trouble-denied = It refuses to show this page.
trouble-unknown = It does not show the page that it should.

## What was checked

visitor-checked = Checked already; you need not try it
checked-network = The internet connection of this computer works.
checked-address-book = The internet's address book (DNS) that this computer uses works.
checked-every-time = The page was opened several times, and it failed every time.
checked-sometimes = The page was opened several times; sometimes it came, sometimes not.
checked-every-page = Other pages of the site fail as well.
checked-some-pages = Other pages of the site work.
checked-cookies = Deleting cookies does not help: it is the same with and without them.
checked-elsewhere-fails = From another place it fails as well.
checked-elsewhere-works = From another place the site works.

## What to do

visitor-what-to-do = What you can do
step-reload = Load the page again: press F5, or tap the round arrow next to the address.
step-fresh = Load the page anew, past your browser's memory: hold Ctrl (on a Mac: ⌘ and Shift) and press R. On a phone close the page and open it again.
step-again-now = Load the page again right now, two or three times: it comes sometimes.
step-wait = Wait five minutes and load the page again, once. Most faults of this sort are mended within an hour; loading it over and over does not help.
step-wait-asked = Wait { $n ->
    [one] { $n } minute
   *[other] { $n } minutes
} (until { $at }) and load the page again: the site itself asks for that.
step-wait-starting = Wait one or two minutes and load the page again, once.
step-wait-maintenance = Look again in half an hour. Such work seldom takes longer than a few hours.
step-wait-busy = Wait ten minutes and load the page again, once. Loading it over and over makes it worse for everybody.
step-wait-day = This does not pass by itself within minutes: look again later today or tomorrow.
step-other-page = Open another page of the site instead, such as its first page: { $url }
step-other-site = Open two other sites that you know well. If they do not open either, it is your connection: go on with the last steps.
step-paying = If you were just sending a form or paying: look into your mail or your account whether it went through before you do it again.
step-certificate = Do not go on past your browser's warning, and enter no password or card number there, until the site is mended.
step-clock = Look whether the date and time on your device are right: a wrong clock leads to the same warning.
step-spelling = Read the address letter by letter; try it with and without "www." in front, or find the site with a search engine.
step-sign-in = If the page is only for members, sign in on the site's first page, and open it again.
step-home = Open the site's first page and look for the page from there; it may have moved.
step-private = Open the site in a private window (how: see below). If it works there, an extension or something that the browser has stored is the reason.
step-extensions = Turn off your browser's extensions (above all ad blockers), one after another, and load the page after each. Turn those on again that were not the reason.
step-vpn = Turn off a VPN if you use one, and load the page again.
step-virus = If a virus scanner checks web pages, pause that part of it for a minute, load the page, and turn it on again.
step-proxy = Look whether your device is set to go to the internet through another computer (a "proxy"; where: see below). At work ask your computer department before you change that.
step-phone = Open the site on a phone with Wi-Fi turned off. If it works there, the reason is your network at home or your internet provider; if not, it is the site.
step-router = Take the router (your internet box) off the mains, wait half a minute, plug it in again and wait three minutes. Telephone calls over it break off meanwhile.
step-wifi = Turn Wi-Fi off and on again, and look whether you are in the right network.
step-cable = If a cable leads to your computer or router, pull it out and push it in again until it clicks.
step-restart = Restart the computer or phone.
step-provider = If nothing opens still, call your internet provider: ask whether there is a fault in your area.
step-provider-names = If it still fails, tell your internet provider: "Your address book (DNS) does not answer."
step-provider-site = If it still fails, tell your internet provider that this one site does not open over their network, but does elsewhere.
step-portal = Open `http://neverssl.com` in your browser. The network's own page appears: sign in there, or accept its terms.
step-portal-data = If no such page appears, turn Wi-Fi off and on again; or turn it off and use mobile data.
step-portal-check = Then open the site again. Until you have signed in, enter no password on pages that your browser warns of.
step-other-address-book = Use another address book for a while (how, and how to go back: see below).
step-forget = Make your device forget the addresses of sites that it remembers (how: see below), close the browser and open it again.
step-moved-wait = If it still fails, wait: within a day, at most two, the new address is known everywhere.
step-hosts = Open the file "hosts" (where: see below) and put a # in front of the line with the site's name. To go back, take the # away.
step-hosts-who = If you do not know who wrote the line: programs for web designers do so, some virus scanners, and, seldom, harmful programs. A run of your virus scanner does no harm.
step-cookies = Delete only what this site has stored in your browser (how: see below). You will have to sign in there again.
step-blocked-vpn = Turn off a VPN if you use one: many people share its address, and sites often turn it away.
step-blocked-phone = Open the site on a phone with Wi-Fi turned off. If it works there, only your connection at home is turned away.
step-blocked-wait = Wait an hour before you try again; many such blocks end by themselves, and trying over and over makes them longer.
step-tell = If it still fails, send the message below to the site's owner (by mail or telephone, or over their page on another service).
step-tell-plain = If you are sure that the page should be there, tell the site's owner which address you opened and what was shown.

## The message to the site's owner

message-heading = A message to copy and send to the site's owner
message-hello = Hello,
message-fails = your site does not work for me.
message-blocked = your site turns me away, and I think that this is a mistake. Please look whether my internet connection is blocked.
message-cookies = your site works for me only as long as my browser has no cookies of it.
message-address = Address: { $url }
message-when = When: { $at }
message-shown = What was shown: { $what }
message-error = error { $status }
message-error-titled = error { $status }, "{ $title }"
message-often = How often: { $failed } of { $asked } tries failed
message-number = Number on the answer: { $number }
message-others-too = Others: it fails elsewhere as well.
message-others-not = Others: it works elsewhere.
message-others-unknown = Others: (write here whether somebody else sees it, too)
message-own-works = My own internet connection works; that was checked.
message-end = Kind regards
message-put-address = (put the address here that you opened)
message-put-time = (put the time and your country here)
moment-both = { $here }, which is { $utc }
