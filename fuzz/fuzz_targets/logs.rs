//! Logs and captures of any bytes; a layout that the first line declares is taken as well.
#![no_main]

use goodgate_logs::Declared;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = goodgate_logs::read("fuzz.log", bytes, &[]);
    let mut lines = bytes.splitn(2, |byte| *byte == b'\n');
    let (Some(layout), Some(rest)) = (lines.next(), lines.next()) else { return };
    let Some((which, layout)) = layout.split_first() else { return };
    let Ok(layout) = std::str::from_utf8(layout) else { return };
    let formats = goodgate_logs::formats();
    if let Some(format) = formats.get(usize::from(*which) % formats.len().max(1)) {
        let declared = Declared { format: format.id, layout: layout.to_owned(), file: None };
        let _ = goodgate_logs::read("fuzz.log", rest, &[declared]);
    }
});
