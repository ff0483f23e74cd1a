//! The stamps and prefixes of kernel lines, by which they are recognised. Knows no message.

/// A cheap look at the first bytes, since every line of every file is offered.
pub(super) fn could_be(line: &[u8]) -> bool {
    matches!(line.first(), Some(b'[' | b'<' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z'))
}

/// Whether the line may have a stamp or prefix that [`unstamp`] takes off.
pub(super) fn could_be_stamped(line: &[u8]) -> bool {
    // A prefix that names the kernel is not longer than this.
    const HEAD_BYTES_MAX: usize = 92;
    let head = line.get(..HEAD_BYTES_MAX).unwrap_or(line);
    matches!(line.first(), Some(b'[' | b'<'))
        || line.starts_with(b"kern")
        || memchr::memmem::find(head, b" kernel: ").is_some()
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stamp {
    /// Seconds since boot, or a prefix that names the kernel.
    Sure,
    /// A calendar date in brackets, which web servers write as well.
    Calendar,
    None,
}

/// Takes priorities, stamps and the syslog prefix off.
pub(super) fn unstamp(line: &str) -> (Stamp, &str) {
    let mut body = line;
    let mut best = Stamp::None;
    if let Some((head, rest)) = body.split_once(" kernel: ")
        && head.len() <= 80
        && head.starts_with(|c: char| c.is_ascii_digit() || c.is_ascii_uppercase() || c == '<')
        && !head.contains(['[', '"', '\''])
    {
        (best, body) = (Stamp::Sure, rest);
    } else if let Some(rest) = body.strip_prefix("kernel: ") {
        (best, body) = (Stamp::Sure, rest);
    }
    if let Some(rest) = body.strip_prefix("kern")
        && let Some(at) = rest.find(": [")
        && at < 20
    {
        body = &rest[at + 2..];
    }
    if let Some(rest) = body.strip_prefix('<')
        && let Some((level, after)) = rest.split_once('>')
        && super::columns::is_number(level)
        && level.len() <= 3
    {
        body = after;
    }
    let Some(inside) = body.strip_prefix('[').and_then(|rest| rest.split_once(']')) else {
        return (best, body);
    };
    let (stamp, after) = inside;
    let stamp = stamp.trim_start();
    let after_stamp = after.strip_prefix('[').and_then(caller).unwrap_or(after);
    if let Some((seconds, fraction)) = stamp.split_once('.')
        && super::columns::is_number(seconds)
        && super::columns::is_number(fraction)
        && (3..=9).contains(&fraction.len())
        && (after_stamp.is_empty() || after_stamp.starts_with(' '))
    {
        return (Stamp::Sure, after_stamp.strip_prefix(' ').unwrap_or(after_stamp));
    }
    let calendar = stamp.len() == 24
        && ["Mon ", "Tue ", "Wed ", "Thu ", "Fri ", "Sat ", "Sun "].iter().any(|day| stamp.starts_with(day));
    if calendar && after_stamp.starts_with(' ') && !after_stamp.starts_with(" [") {
        let sure = if best == Stamp::Sure { best } else { Stamp::Calendar };
        return (sure, after_stamp.trim_start());
    }
    (best, body)
}

/// `[ T123]` or `[ C0]` behind the stamp names the thread that printed.
fn caller(text: &str) -> Option<&str> {
    let (who, rest) = text.split_once(']')?;
    who.trim_start().strip_prefix(['T', 'C']).filter(|n| super::columns::is_number(n)).map(|_| rest)
}

/// `[ctime] eth0: link up`: a short name and a colon first, as parts of the kernel write.
pub(super) fn names_a_part_of_the_kernel(body: &str) -> bool {
    body.split_once(": ").is_some_and(|(part, _)| {
        part.len() <= 40
            && part.starts_with(|c: char| c.is_ascii_alphabetic())
            && !part.starts_with("PHP")
            && part
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'(' | b')' | b'/'))
    })
}
