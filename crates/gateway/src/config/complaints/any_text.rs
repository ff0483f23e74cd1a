//! Whatever is read, reading it ends in a plan or in problems that say where.

use proptest::prelude::*;

use super::*;

/// Pieces that lead deep into the reader, in any order.
fn pieces() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "[[site]]\n",
        "[[site.route]]\n",
        "[upstream.a]\n",
        "[limits]\n",
        "[tls]\n",
        "[[listen]]\n",
        "upstream = ",
        "path = ",
        "host = ",
        "servers = ",
        "redirect = ",
        "files = ",
        "php = ",
        "listen = ",
        "retry = ",
        "{ to = ",
        "try_files = ",
        "\"/*\"\n",
        "\"/%zz%6\"\n",
        "\"http://[::1]\"\n",
        "\"fastcgi+unix:@\"\n",
        "\"{path}\"\n",
        "7\n",
        "-1\n",
        "[",
        "]",
        "{",
        "}",
        "\"",
        "\n",
        "=",
        ".",
        ",",
        "0x",
        "1979-05-27",
        "true\n",
        "\"a\"\n",
        "'\u{202e}'\n",
        "\"\"\"",
        "\"18446744073709551615d\"\n",
        "\"[\"\n",
        "\"*\"\n",
        "\"%\"\n",
        "\"https://:443\"\n",
    ]);
    let piece = prop_oneof![4 => known.prop_map(str::to_owned), 1 => any::<String>()];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn is_read_without_panic(text in pieces()) {
        let (plan, problems) = read_with(&text, "x.toml", &files);
        let failed = problems.iter().any(|problem| problem.severity == Severity::Error);
        prop_assert_eq!(plan.is_none(), failed);
        let lines = text.split('\n').count();
        for problem in &problems {
            prop_assert!((1..=lines).contains(&problem.line) && problem.column >= 1);
            prop_assert!(!problem.what.is_empty());
        }
    }
}
