# For a site's owner, who has a dashboard, a hosting panel and FTP.

## What it is

owner-your-site = Your site
owner-fails = { $host } fails for its visitors. { $trouble }
owner-well = { $host } works: every page that was asked for was shown.
owner-refused = { $host } works, but it does not show this page: it is not there, or it is not open to everybody.
owner-unclear = What was handed in does not tell why the site fails.
owner-hand-in = Name the site's address (`goodgate diagnose https://your-site.example/ --for owner`), or hand in the error log: in the hosting panel look for "Errors" or "Logs", or by FTP for a file named error_log.
owner-not-the-site = The fault is with this computer or its network, not with { $host }.
owner-see-visitor = `--for visitor` says what to do here.
owner-reason-proven = The reason, as the evidence shows: { $title }.
owner-reason-likely = Most probably the reason is this: { $title }.
owner-reason-possible = One possible reason among others: { $title }.
owner-reason-unknown = From outside it cannot be seen for sure why. The steps below begin with the most frequent reasons and the least risk.
owner-named-files = An error names files of these extensions: { $files }. Begin with them.
owner-checked = What was checked

## When visitors complain of a site that works

owner-complaints = If visitors complain all the same
owner-complaints-ask = Ask them: Do other sites open? Does yours open on a phone with Wi-Fi turned off? Does another browser show it? If so, the fault is on their side.
owner-complaints-when = Ask them for the exact time, the address they opened and what was shown, and look that time up in the error log of your hosting panel.
owner-complaints-send = Let them run this program with `--for visitor`; it tells them what to do.

## What to do

owner-what-to-do = What to try, the least risky first
owner-status = Look whether somebody is mending it already
owner-status-known = { $name } takes part in showing your site. It says here whether it has a fault: { $page }
owner-status-host = Look at the status page of your hosting company (search the web for its name and "status") and at your mail: open bills, used-up allowances and planned work are announced there.
owner-changed = Think what was changed just before it began
owner-changed-told = You said that this was changed: { $what }. Undo that first.
owner-changed-think = Ask everybody who has access, and compare the time with that of the first failure. Automatic updates count, too.
owner-changed-program = In the site: updates of plugins, theme or the system itself, a new plugin, changed settings, another PHP version (PHP is the language that most sites are written in).
owner-changed-name = For the domain: a move to another host, changed records in the domain's DNS settings (DNS is the internet's address book), an unpaid renewal.
owner-changed-certificate = For the secure connection (https): a certificate that was not renewed, a new domain or a new "www" name, a move to another host.
owner-changed-cdn = For the network in front (CDN, such as Cloudflare): new rules, another server address, another encryption mode.
owner-changed-undo = Undo one thing at a time, look at the site after each, and write down what you did.
owner-backup = Before you change anything: keep a backup
owner-backup-panel = In the hosting panel look for "Backup" (or JetBackup, Backup Manager): make a new one of files and database, and download it.
owner-backup-ftp = Without such a button: copy the site's folder (public_html, htdocs or www) to your computer by FTP.
owner-backup-database = And the database: in the panel open phpMyAdmin, choose the database, "Export", "Go".
owner-for-this = What helps against this
owner-extensions = Find the extension that does it by renaming folders
owner-extensions-dashboard = If the dashboard opens: turn off the plugin that was updated last, look at the site, and go on with the one before. If the dashboard opens, you need none of the following steps.
owner-extensions-folder = If it does not open: find the folder of the extensions by FTP or in the panel's file manager: in WordPress `wp-content/plugins`, in Drupal `modules/contrib`, in PrestaShop modules. In Joomla turn extensions off in its own administration.
owner-extensions-all = Rename that folder by adding .off to its name, and open the site. If it fails still, no plugin is the reason: give the folder its old name back and go on with the theme below.
owner-extensions-halves = If the site works now: give the folder its old name back, and add .off to the names of one half of the folders inside it. If the site works, the culprit is among those with .off; if not, among the others. Halve again until one is left.
owner-extensions-found = Leave .off on that one only; get its newest or its previous version from its maker. Take .off away from all others, and turn them on again in the dashboard.
owner-extensions-theme = The theme in the same way: in `wp-content/themes` rename the folder of the theme in use, while one of WordPress's own (twenty…) is there. WordPress then shows the site with that one.
owner-extensions-back = The way back is always the same: the old name. Delete nothing, for settings would go as well.
owner-php = Go one PHP version back, or forward
owner-php-note = In the hosting panel look for "PHP version" ("MultiPHP Manager", "Select PHP Version") and note what is set.
owner-php-back = If the version was changed lately, set the one before; otherwise try the one next to it that your system's maker names as supported. Look at the site after a minute.
owner-php-return = If it does not help, set the version that you noted.
owner-log = Have the reason written down
owner-log-panel = In the hosting panel open "Errors" or "Logs", load the failing page, and read what was added at that minute. A path in it names the plugin or theme.
owner-log-wordpress = If nothing is there, in WordPress: by FTP open wp-config.php and write above the line "That's all, stop editing" these three lines: `define('WP_DEBUG', true);` `define('WP_DEBUG_LOG', true);` `define('WP_DEBUG_DISPLAY', false);` Load the page, and read `wp-content/debug.log`.
owner-log-others = In Joomla: Global Configuration › System › Debug System. In Drupal: Reports › Recent log messages. In PrestaShop: Advanced Parameters › Logs.
owner-log-off = Afterwards turn it off again (set true back to false) and delete debug.log: strangers could read it. Never show errors on the pages themselves.
owner-space = See whether space or an allowance is used up
owner-space-disk = In the hosting panel look at the disk usage (mail and backups count) and the number of files.
owner-space-limits = Look there at "Resource usage" as well: processor, memory, processes at their limit mean too many visitors or one plugin that works too hard.
owner-space-clean = If it is full: download old backups and delete them there, and empty the cache in the dashboard. Leave everything else.
owner-database = Look after the database
owner-database-name = If its password or name was changed: compare with the site's settings file (in WordPress wp-config.php: DB_NAME, DB_USER, DB_PASSWORD, DB_HOST).
owner-database-repair = In the panel open phpMyAdmin, choose the database, mark all tables and choose "Check table", and for those with errors "Repair table". Make a backup before.
owner-database-leftovers = Do not delete left-overs of old plugins in the database while the site fails: that cannot be undone without a backup.
owner-rights = See whether file permissions are the usual ones
owner-rights-usual = In the file manager or FTP program: folders 755, files 644, the settings file (wp-config.php) 640 or 600. Never 777.
owner-rights-htaccess = Rename the file .htaccess to .htaccess.off and look. If the site works, a line in it is the reason (in WordPress, Settings › Permalinks › Save writes a new one). Else give it its old name back.
owner-cdn = Ask the site without the network in front (CDN)
owner-cdn-address = In the CDN's dashboard compare the server address with the one that your hosting panel shows.
owner-cdn-fresh = Turn on "Development mode" (Cloudflare: Caching › Configuration), or empty its cache: then it shows nothing old.
owner-cdn-pause = If that does not help, pause it for a few minutes (Cloudflare: Overview › Pause Cloudflare on Site) and open the site. If it works then, the CDN or its settings are the reason; if not, your host is. Turn it on again afterwards: while it is paused, its protection is off.
owner-name = Look after the domain
owner-name-paid = Look the domain up at `https://lookup.icann.org`: is it paid ("Expiration"), and is it not on hold ("clientHold", "serverHold")? Renew it where you bought it.
owner-name-servers = Compare the name servers shown there with those that your hosting company or CDN names in its letters.
owner-name-records = In the DNS settings (the domain's entries in the internet's address book) see that the name itself and "www" lead to the address that the hosting panel shows. Note what stands there before you change it.
owner-name-wait = After a change wait up to a day: the old entries are remembered for so long.
owner-certificate = Renew the certificate
owner-certificate-renew = In the hosting panel open "SSL/TLS", "SSL/TLS Status" or "Let's Encrypt", choose the domain, and press "Renew", "Reissue" or "Run AutoSSL". Wait some minutes.
owner-certificate-fails = If that fails: the domain (and its "www" name) must lead to this very server, and no redirect or password may stand before the folder .well-known. Send the message to your host.
owner-certificate-cdn = Behind a CDN there are two certificates, the CDN's own and your server's: look into the CDN's dashboard under "SSL/TLS" as well. Do not lower its encryption mode; that only hides the fault.
owner-certificate-look = Then open the site in a private window, click the sign left of the address and read until when the certificate is valid.
owner-write = If nothing of this helps: write to your host
owner-write-how = This writes the letter for you, with times, addresses and what was tried:



## Words

names-heading = Words in this report
name-gateway = Gateway: the web server in front, which passes each visit on to the program that makes the pages.
name-upstream = Upstream: the program behind the web server that makes the pages (PHP, for instance).
name-proxy = Proxy: a server that passes requests on to another one.
name-dns = DNS: the internet's address book, which finds a server's address by a site's name.
name-cdn = CDN: a network such as Cloudflare that stands before a site and delivers its pages.
name-origin = Origin: the site's own server, which stands behind the CDN.
name-tls = TLS, SSL: the encryption of a connection; https addresses use it.
name-worker = Worker: one of the server's helpers, each of which makes one page at a time.
name-port = Port: the number of a door of a server; 80 and 443 are those for web pages.
name-header = Header: the lines before a page that browser and server exchange, cookies among them.
name-timeout = Timeout: the time after which a server gives up waiting.
name-socket = Socket: the place where the web server hands a visit over to the program behind it.
name-resolver = Resolver: the service that looks names up in the DNS.
name-ipv6 = IPv6: the newer form of internet addresses.
name-sni = SNI: the name of the site that a browser says before the encryption begins.
name-ttl = TTL: how long an address may be remembered.
name-deploy = Deploy: putting a new version of the site on the server.
name-backend = Backend: the program or server behind the one in front.
name-firewall = Firewall: the guard of a server or network, which lets some visits through and turns others away.
name-registrar = Registrar: the company where the domain was bought.
