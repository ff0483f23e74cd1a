//! What a response that is wrong, or breaks off, is told as: the fault, and the beginning of what was at fault as far as
//! anybody but the client may see it.

use std::borrow::Cow;

use goodgate_facts::Phase;
use goodgate_wire::http1::{self, Ended};
use goodgate_wire::{Cut, Failure, Fault};

use super::{Reader, Response};
use crate::core::SERVER_LIMITS;

impl Response {
    pub(super) fn invalid(&self, fault: Fault) -> Failure {
        let began = match &self.reader {
            Reader::Http(Some(body)) => Cow::Borrowed(body.began()),
            Reader::Http(None) => Cow::Borrowed(self.buffer.filled()),
            Reader::FastCgi(script) => script.began(),
        };
        Failure::new(fault, self.phase).began(without_value(fault, &began))
    }

    /// A head that is wrong: the beginning of the line at fault is told.
    pub(super) fn invalid_head(&self, fault: Fault, method: &[u8]) -> Failure {
        let named = match &self.reader {
            Reader::Http(_) => {
                http1::response_failure(self.buffer.filled(), method, &SERVER_LIMITS, Ended::Closed)
            }
            Reader::FastCgi(_) => None,
        };
        named.filter(|failure| failure.fault == fault).map_or_else(|| self.invalid(fault), told)
    }

    /// What the end of the connection means before the body: what was wrong before the end is told rather than the end.
    pub(super) fn cut_in_head(&mut self, cut: Cut, method: &[u8]) -> Failure {
        let how = ended_by(cut);
        let plain = cut.failure(self.phase);
        let found = match &mut self.reader {
            Reader::Http(_) => http1::response_failure(self.buffer.filled(), method, &SERVER_LIMITS, how),
            Reader::FastCgi(script) => {
                let fault = script.end(how).err();
                fault.map(|fault| Failure::new(fault, script.phase()).began(&script.began()))
            }
        };
        match found {
            Some(failure) if !is_mere_end(failure.fault) => told(failure),
            _ => plain,
        }
    }

    pub(super) fn cut_in_body(&mut self, cut: Cut) -> Result<(), Failure> {
        let how = ended_by(cut);
        let ended = match &mut self.reader {
            Reader::Http(Some(body)) => body.end(how).map_err(Fault::from),
            Reader::Http(None) => Err(Fault::BodyClosed),
            Reader::FastCgi(script) => script.end(how),
        };
        match ended {
            Ok(()) => Ok(()),
            Err(fault) if is_mere_end(fault) => Err(cut.failure(Phase::Body)),
            Err(fault) => Err(self.invalid(fault)),
        }
    }
}

/// The failure without what nobody but the client may see.
fn told(failure: Failure) -> Failure {
    let began = without_value(failure.fault, &failure.began).to_vec();
    failure.began(&began)
}

/// The beginning of what was wrong; of the first field line only its name, and where that line is what is wrong, one
/// byte behind the name: the value may be a cookie.
fn without_value(fault: Fault, began: &[u8]) -> &[u8] {
    let token = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    let mut begin = 0;
    for line in began.split_inclusive(|byte| *byte == b'\n') {
        let name = line.iter().take_while(|byte| token(byte)).count();
        let is_field = matches!(fault, Fault::FieldInvalid | Fault::TrailerInvalid)
            || name > 0 && line[name..].trim_ascii_start().starts_with(b":");
        if is_field {
            return began.get(..=begin + name).unwrap_or(began);
        }
        begin += line.len();
    }
    began
}

fn ended_by(cut: Cut) -> Ended {
    match cut {
        Cut::Closed => Ended::Closed,
        Cut::Unannounced => Ended::Truncated,
        _ => Ended::Reset,
    }
}

/// Whether the fault says no more than that the connection ended, of which its end itself tells more.
fn is_mere_end(fault: Fault) -> bool {
    matches!(
        fault,
        Fault::ClosedBeforeResponse
            | Fault::ResetBeforeResponse
            | Fault::ClosedInHead
            | Fault::ResetInHead
            | Fault::BodyClosed
            | Fault::BodyReset
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_of_a_field_is_told() {
        for (fault, came, told) in [
            (Fault::FieldInvalid, &b"Set-Cookie: sid=1\x01"[..], &b"Set-Cookie:"[..]),
            (Fault::FieldInvalid, b"Set-Cookie : sid=1", b"Set-Cookie "),
            (Fault::FieldInvalid, b"Set-Cookie\x01: sid=1", b"Set-Cookie\x01"),
            (Fault::FieldInvalid, b" sid=1; Path=/", b" "),
            (Fault::TrailerInvalid, b"X-Sum : sid=1", b"X-Sum "),
            (Fault::FieldInvalid, b"X", b"X"),
            (Fault::FieldInvalid, b"", b""),
            (Fault::ContentLengthInvalid, b"Content-Length: 1,2", b"Content-Length:"),
            (Fault::StatusLineInvalid, b"HTTP/1.1 2x0\r\nSet-Cookie: sid=1", b"HTTP/1.1 2x0\r\nSet-Cookie:"),
            (Fault::StatusLineInvalid, b"HTTP/1.1 2x0\r\nSet-Cookie : sid=1", b"HTTP/1.1 2x0\r\nSet-Cookie "),
            (Fault::FastCgiHeadInvalid, b"Set-Cookie\t: sid=1", b"Set-Cookie\t"),
            (Fault::StatusLineInvalid, b"SSH-2.0-x\r\n", b"SSH-2.0-x\r\n"),
            (Fault::FastCgiHeadInvalid, b"<br />\n<b>Warning</b>: x", b"<br />\n<b>Warning</b>: x"),
        ] {
            assert_eq!(without_value(fault, came), told, "{fault:?} {:?}", String::from_utf8_lossy(came));
        }
    }
}
