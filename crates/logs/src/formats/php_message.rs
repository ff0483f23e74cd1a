//! What PHP wrote to its error stream, as gateways pass it on: handed to the reader of PHP's words, and the result
//! put into the sink.

use super::php_words::meaning_of_php_message;
use crate::Sink;

/// Reads everything that one line of a gateway's log carries of PHP's error stream. Frames of a trace that come as
/// lines of their own add nothing to the message before them.
pub(super) fn read(text: &str, sink: &mut Sink) {
    let text = text.trim_start();
    if is_trace(text) {
        return;
    }
    for meaning in meaning_of_php_message(text.as_bytes()) {
        let signal = meaning.signal(sink);
        sink.put(signal);
    }
}

/// Whether the text is a line of a PHP stack trace.
pub(super) fn is_trace(text: &str) -> bool {
    text.starts_with("Stack trace:") || text.starts_with('#') || text.starts_with("thrown in ")
}
