//! PHP's own error log: messages of the interpreter, of the application, and the traces behind them.

use super::php_words::{PhpTrace, level_of};
use crate::{Format, LineReader, Sample, Sink, Verdict, clock};

pub(crate) const FORMAT: Format = Format {
    id: "php-error",
    title: "PHP error log",
    reference: "php-src: main/main.c (php_log_err, php_error_cb); php.ini: error_log",
    product: "php",
    capture: false,
    open: |_| Box::new(Reader::default()),
    samples: SAMPLES,
};

#[derive(Default)]
struct Reader {
    trace: PhpTrace,
    /// The time of the message that the following lines belong to.
    time: Option<goodgate_facts::Moment>,
    inside: bool,
}

impl LineReader for Reader {
    fn line(&mut self, line: &[u8], sink: &mut Sink) -> Verdict {
        if let Some((time, zoned, message)) = stamped(line) {
            if !zoned && level_of(message).is_none() {
                return Verdict::Foreign;
            }
            sink.set_time(time);
            self.time = Some(time);
            self.inside = true;
            self.say(message, sink);
            return Verdict::Mine;
        }
        let bare = line.strip_prefix(b"NOTICE: ").unwrap_or(line);
        if bare.starts_with(b"PHP message: ") || (bare.starts_with(b"PHP ") && level_of(bare).is_some()) {
            self.time = sink.time();
            self.inside = true;
            self.say(bare, sink);
            return Verdict::Mine;
        }
        if !self.inside || !continues(line) {
            return Verdict::Foreign;
        }
        sink.set_time(self.time);
        self.say(line, sink);
        Verdict::Continues
    }
}

impl Reader {
    fn say(&mut self, message: &[u8], sink: &mut Sink) {
        for meaning in self.trace.line(message) {
            let signal = meaning.signal(sink);
            sink.put(signal);
        }
    }
}

/// `[22-Nov-2026 00:26:54 UTC] text`: the time, whether it names a zone, the text.
fn stamped(line: &[u8]) -> Option<(goodgate_facts::Moment, bool, &[u8])> {
    let inner = line.strip_prefix(b"[")?;
    let (time, rest) = clock::dashed(inner)?;
    let stamp = inner.get(..inner.len() - rest.len())?;
    let zoned = stamp.trim_ascii_end().last().is_some_and(|b| !b.is_ascii_digit());
    Some((time, zoned, rest.strip_prefix(b"] ")?))
}

/// Lines that stand behind a message: the trace, its chained exceptions, its end.
fn continues(line: &[u8]) -> bool {
    [&b"Stack trace:"[..], b"  thrown in ", b"  ", b"\t", b"Next "]
        .iter()
        .any(|begin| line.starts_with(begin))
        || (line.first() == Some(&b'#') && line.get(1).is_some_and(u8::is_ascii_digit))
}

const SAMPLES: &[Sample] = &[
    Sample {
        text: "[22-Nov-2026 00:26:54 UTC] PHP Fatal error:  Uncaught Error: Class \"Pay\" not found in /srv/app/wp-content/plugins/shop/shop.php:6\n\
               Stack trace:\n\
               #0 /srv/app/index.php(12): shop_init()\n\
               #1 {main}\n\
               \x20 thrown in /srv/app/wp-content/plugins/shop/shop.php on line 6",
        signals: &["uncaught-exception", "error-in-plugin"],
    },
    Sample {
        text: "[22-Nov-2026 00:26:54 Europe/Berlin] PHP Warning:  mysqli_real_connect(): (HY000/2002): Connection refused in /srv/app/wp-includes/class-wpdb.php on line 1988\n\
               [22-Nov-2026 00:26:54 Europe/Berlin] PHP Warning:  Undefined variable $x in /srv/app/wp-content/plugins/shop/a.php on line 9\n\
               [22-Nov-2026 00:26:55 Europe/Berlin] WordPress database error MySQL server has gone away for query SELECT 1 made by require\n\
               [22-Nov-2026 00:26:56 Europe/Berlin] cart recalculated",
        signals: &["database-refused", "app-warning", "database-gone"],
    },
    Sample {
        text: "[22-Nov-2026 00:26:54 UTC] PHP Fatal error:  Uncaught PDOException: SQLSTATE[HY000] [1045] Access denied for user 'shop'@'localhost' (using password: YES) in /srv/app/db.php:3",
        signals: &["uncaught-exception", "database-access-denied"],
    },
    Sample {
        text: "[22-Nov-2026 00:26:54] PHP Fatal error:  Allowed memory size of 134217728 bytes exhausted (tried to allocate 20480 bytes) in /srv/app/a.php on line 7\n\
               [22-Nov-2026 00:26:54] PHP Fatal error:  Maximum execution time of 30 seconds exceeded in /srv/app/a.php on line 7\n\
               [22-Nov-2026 00:26:54] PHP Parse error:  syntax error, unexpected token \"}\" in /srv/app/wp-content/themes/blue/functions.php on line 7",
        signals: &["memory-limit-reached", "execution-time-exceeded", "parse-error", "error-in-plugin"],
    },
    Sample {
        text: "NOTICE: PHP message: PHP Warning:  file_get_contents(): php_network_getaddresses: getaddrinfo for api.example.com failed: Name or service not known in /srv/app/a.php on line 7",
        signals: &["remote-call-failed"],
    },
];
