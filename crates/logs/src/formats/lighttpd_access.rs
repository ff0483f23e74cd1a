//! lighttpd's access log. Its default layout looks like the combined one, but the second field is the name of the
//! site that was asked for.

use super::answer_times::AnswerTimes;
use super::plain_access::{declared_layouts, read_row};
use crate::layout::{Layout, Notation};
use crate::{Declared, Format, LineReader, Sample, Sink, Verdict};

/// The format.
pub(super) const FORMAT: Format = Format {
    id: "lighttpd-access",
    title: "lighttpd access log",
    reference: "https://redmine.lighttpd.net/projects/lighttpd/wiki/Mod_accesslog",
    product: "lighttpd",
    capture: false,
    open,
    samples: SAMPLES,
};

/// `accesslog.format` where none is configured.
const DEFAULT: &str = r#"%h %V %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i""#;

fn open(declared: &[Declared]) -> Box<dyn LineReader> {
    Box::new(Reader {
        declared: declared_layouts(declared, FORMAT.id, Notation::Apache),
        default: Layout::compile(Notation::Apache, DEFAULT),
        times: AnswerTimes::default(),
        begun: false,
    })
}

struct Reader {
    declared: Vec<Layout>,
    default: Option<Layout>,
    times: AnswerTimes,
    begun: bool,
}

impl LineReader for Reader {
    fn line(&mut self, line: &[u8], sink: &mut Sink) -> Verdict {
        let declared = self.declared.iter().find_map(|layout| layout.cut(line));
        let row = declared.or_else(|| {
            // Once a site's name was seen, a dash stands for a request that named none.
            let ours = has_site(line, self.begun);
            self.default.as_ref().filter(|_| ours).and_then(|layout| layout.cut(line))
        });
        let Some(row) = row.filter(|row| row.status().is_some()) else { return Verdict::Foreign };
        self.begun = true;
        read_row(&row, None, &mut self.times, sink);
        Verdict::Mine
    }

    fn end(&mut self, sink: &mut Sink) {
        self.times.end(sink);
    }
}

/// Whether three words stand before the time and the second is a site's name (or a dash, where that is allowed).
fn has_site(line: &[u8], dash_too: bool) -> bool {
    let Some(end) = line.iter().position(|b| *b == b'[') else { return false };
    let mut words = line[..end].split(|b| *b == b' ');
    let (Some(_), Some(site), Some(_), Some([])) = (words.next(), words.next(), words.next(), words.next())
    else {
        return false;
    };
    if words.next().is_some() {
        return false;
    }
    let name_like =
        site.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':' | b'[' | b']'));
    let named = name_like && (site.contains(&b'.') || site.contains(&b':') || site == b"localhost");
    // A request that could not be read leaves two blanks between the quotes: only lighttpd writes it so.
    let unread = memchr::memmem::find(&line[end..], b"] \"  \" ").is_some_and(|at| at < 40);
    named || ((dash_too || unread) && site == b"-")
}

const SAMPLES: &[Sample] = &[
    Sample {
        text: r#"192.0.2.7 shop.example.com - [02/Jan/2026:03:04:05 +0000] "GET /a?x="[02/Jan HTTP/1.1" 503 361 "-" "agent/1.0""#,
        signals: &["gateway-answered-503 =503"],
    },
    Sample {
        text: "192.0.2.7 shop.example.com - [02/Jan/2026:03:04:05 +0000] \"GET / HTTP/1.1\" 200 12 \"-\" \"agent/1.0\"\n\
               192.0.2.7 - - [02/Jan/2026:03:04:06 +0000] \"  \" 431 385 \"-\" \"-\"",
        signals: &[],
    },
];
