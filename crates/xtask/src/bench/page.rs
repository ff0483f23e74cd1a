//! The page of numbers: a chore's table goes between its two marks.

use std::fs;

const PAGE: &str = "docs/benchmarks.md";

#[expect(clippy::print_stdout, reason = "a command-line tool")]
pub(crate) fn print(text: &str) {
    println!("{text}");
}

/// Puts a table in place of the one before it.
pub(crate) fn put(table: &str, marks: (&str, &str)) -> Result<(), String> {
    let page = fs::read_to_string(PAGE).map_err(|e| format!("{PAGE}: {e}"))?;
    let new = with(&page, table, marks).ok_or(format!("{PAGE} has no lines {} and {}", marks.0, marks.1))?;
    fs::write(PAGE, new).map_err(|e| format!("{PAGE}: {e}"))
}

fn with(page: &str, table: &str, (begin, end): (&str, &str)) -> Option<String> {
    let (before, rest) = page.split_once(begin)?;
    let (_, after) = rest.split_once(end)?;
    Some(format!("{before}{begin}\n{}\n{end}{after}", table.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_between_the_marks_is_replaced() {
        let page = "top\n<!-- a -->\nold\n<!-- b -->\nbottom\n";
        let new = with(page, "new\n", ("<!-- a -->", "<!-- b -->")).unwrap();
        assert_eq!(new, "top\n<!-- a -->\nnew\n<!-- b -->\nbottom\n");
        assert_eq!(with(&new, "new", ("<!-- a -->", "<!-- b -->")).as_deref(), Some(new.as_str()));
        assert_eq!(with(page, "new", ("<!-- c -->", "<!-- b -->")), None);
    }
}
