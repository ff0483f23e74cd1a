//! The help and the complaints of the command line in other languages than English, which stands at the arguments
//! themselves. Words are found by the names of commands and arguments.

use std::ffi::OsString;
use std::net::AddrParseError;
use std::num::ParseIntError;

use anstyle::Style;
use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command, Error};
use goodgate_facts::Language;

use crate::words::{self, args};

/// The language that a command line asks for, known before it is read: its help is to speak it, too.
pub(super) fn asked(words: &[OsString]) -> Language {
    let mut words = words.iter().map(|word| word.to_string_lossy()).take_while(|word| word != "--");
    while let Some(word) = words.next() {
        let value = match word.strip_prefix("--lang") {
            Some("") => words.next(),
            Some(joined) => joined.strip_prefix('=').map(|value| value.to_owned().into()),
            None => None,
        };
        match value.as_deref() {
            Some("ru") => return Language::Ru,
            Some(_) => return Language::En,
            None => {}
        }
    }
    Language::En
}

/// The command with everything that its help says in the language that is spoken.
pub(super) fn translated(mut command: Command) -> Command {
    // What clap adds by itself is there only afterwards.
    command.build();
    one(command, &[])
}

fn one(command: Command, path: &[String]) -> Command {
    let own = key_of(path);
    let usage = usage(&command);
    let about = command.get_about().map(|about| said(&own, about));
    let after = command.get_after_help().map(|after| said(&format!("{own}-after"), after));
    let mut command = command
        .override_usage(usage)
        .help_template(template())
        .subcommand_help_heading(words::say("help-commands"))
        .mut_args(|arg| argument(arg, &own))
        .mut_subcommands(|inner| {
            let path = [path, &[inner.get_name().to_owned()]].concat();
            one(inner, &path)
        });
    if let Some(about) = about {
        command = command.about(about);
    }
    if let Some(after) = after {
        command = command.after_help(after);
    }
    command
}

/// `help-lab-list` for `goodgate lab list` and for `goodgate lab help list`, `help-help` for `goodgate help`.
fn key_of(path: &[String]) -> String {
    let names: Vec<&str> = path.iter().map(String::as_str).filter(|name| *name != "help").collect();
    match (path.last().map(String::as_str), names.is_empty()) {
        (Some("help"), _) => "help-help".to_owned(),
        (_, true) => "help-goodgate".to_owned(),
        _ => format!("help-{}", names.join("-")),
    }
}

fn said(key: &str, english: &StyledStr) -> String {
    words::or(key, &english.to_string()).into_owned()
}

/// Where an argument's words stand: with its command, or with what is the same for all.
fn keys(own: &str, arg: &Arg) -> [String; 2] {
    let name = arg.get_id().as_str().replace('_', "-");
    [format!("{own}-{name}"), format!("help-any-{name}")]
}

fn found(keys: &[String; 2], english: &str) -> String {
    let shared = words::or(&keys[1], english);
    words::or(&keys[0], &shared).into_owned()
}

fn argument(arg: Arg, own: &str) -> Arg {
    let keys = keys(own, &arg);
    let heading = match arg.get_help_heading() {
        Some(heading) => {
            let key = format!("help-heading-{}", heading.to_lowercase().replace(' ', "-"));
            words::or(&key, heading).into_owned()
        }
        None if arg.is_positional() => words::say("help-arguments"),
        None => words::say("help-options"),
    };
    let help = arg.get_help().map(|help| found(&keys, &help.to_string())).unwrap_or_default();
    let default: Vec<_> = arg.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    let default = match default.join(" ") {
        none if none.is_empty() || arg.is_hide_default_value_set() || !arg.get_action().takes_values() => {
            String::new()
        }
        value => words::say_with("help-default", &args![value = value]),
    };
    let values: Vec<(String, Option<String>)> = arg
        .get_possible_values()
        .iter()
        .filter(|value| arg.get_action().takes_values() && !value.is_hide_set())
        .map(|value| {
            let keys = keys.clone().map(|key| format!("{key}-value-{}", value.get_name()));
            (value.get_name().to_owned(), value.get_help().map(|help| found(&keys, &help.to_string())))
        })
        .collect();
    let names: Vec<&str> = values.iter().map(|(name, _)| name.as_str()).collect();
    let listed = match names.as_slice() {
        [] => String::new(),
        names => words::say_with("help-values", &args![values = names.join(", ")]),
    };
    let short = [&help, &default, &listed].map(|part| part.trim()).join(" ");
    let arg = arg.help_heading(heading).hide_default_value(true).hide_possible_values(true);
    // The long form tells what each value means.
    let told: Vec<String> = values
        .iter()
        .filter_map(|(name, help)| help.as_ref().map(|help| format!("- {name}: {help}")))
        .collect();
    let arg = if told.is_empty() {
        // What clap says of --help differs between both forms.
        if arg.get_long_help().is_some() { arg.long_help(help.clone()) } else { arg }
    } else {
        let heading = words::say("help-values-heading");
        let mut long = format!("{help}\n\n{heading}\n{}", told.join("\n"));
        if !default.is_empty() {
            long.push_str(&format!("\n\n{default}"));
        }
        arg.long_help(long)
    };
    arg.help(short.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// How a command is typed, in the language that is spoken.
fn usage(command: &Command) -> String {
    let text = command.clone().render_usage().to_string();
    let options = words::say("help-word-options");
    let name = words::say("help-word-command");
    text.trim_start_matches("Usage:")
        .trim()
        .replace("[OPTIONS]", &options)
        .replace("<COMMAND>", &format!("<{name}>"))
        .replace("[COMMAND]", &format!("[{name}]"))
}

/// clap's own template, with its only word in the language that is spoken.
fn template() -> String {
    const STRONG: Style = Style::new().bold().underline();
    let usage = words::say("help-usage");
    format!(
        "{{before-help}}{{about-with-newline}}\n{STRONG}{usage}{STRONG:#} {{usage}}\n\n{{all-args}}{{after-help}}"
    )
}

/// What is wrong with a command line, and lines that may help, in the language that is spoken; `None` for what is no
/// error but help.
pub(super) fn complaint(error: &Error) -> Option<(String, Vec<String>)> {
    if !error.use_stderr() || error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return None;
    }
    let get = |kind| error.get(kind).map(shown);
    let what = get(ContextKind::InvalidArg).unwrap_or_default();
    let value = get(ContextKind::InvalidValue).unwrap_or_default();
    let problem = match error.kind() {
        ErrorKind::MissingRequiredArgument => words::say_with("help-wrong-missing", &args![what = what]),
        ErrorKind::MissingSubcommand => words::say("help-wrong-missing-command"),
        ErrorKind::UnknownArgument => words::say_with("help-wrong-unknown", &args![what = what]),
        ErrorKind::InvalidSubcommand => {
            let name = get(ContextKind::InvalidSubcommand).unwrap_or_default();
            words::say_with("help-wrong-command", &args![what = name])
        }
        ErrorKind::InvalidValue if value.is_empty() => {
            words::say_with("help-wrong-no-value", &args![what = what])
        }
        ErrorKind::InvalidValue => words::say_with("help-wrong-value", &args![value = value, what = what]),
        ErrorKind::ValueValidation => {
            let because = &args![value = value, what = what, reason = reason(error)];
            words::say_with("help-wrong-value-because", because)
        }
        ErrorKind::ArgumentConflict => match get(ContextKind::PriorArg) {
            Some(other) if other != what => {
                words::say_with("help-wrong-conflict", &args![what = what, other = other])
            }
            _ => words::say_with("help-wrong-many", &args![what = what]),
        },
        ErrorKind::TooManyValues | ErrorKind::WrongNumberOfValues => {
            words::say_with("help-wrong-many", &args![what = what])
        }
        _ => return None,
    };
    let mut lines = Vec::new();
    if let Some(values) = get(ContextKind::ValidValue).filter(|values| !values.is_empty()) {
        lines.push(words::say_with("help-values", &args![values = values]));
    }
    let meant = [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand, ContextKind::SuggestedValue];
    lines.extend(
        meant
            .into_iter()
            .find_map(get)
            .map(|what| words::say_with("help-wrong-perhaps", &args![what = what])),
    );
    lines.push(words::say("help-wrong-hint"));
    Some((problem, lines))
}

/// Why a value was refused. Our own reasons speak the language already; those of clap and of Rust do not.
fn reason(error: &Error) -> String {
    let Some(source) = std::error::Error::source(error) else { return String::new() };
    let text = source.to_string();
    if source.is::<ParseIntError>() {
        words::say("help-wrong-number")
    } else if source.is::<AddrParseError>() {
        words::say("help-wrong-address")
    } else if let Some((_, range)) = text.split_once(" is not in ") {
        words::say_with("help-wrong-range", &args![range = range])
    } else {
        text
    }
}

fn shown(value: &ContextValue) -> String {
    match value {
        ContextValue::String(text) => text.clone(),
        ContextValue::Strings(texts) => texts.join(", "),
        ContextValue::StyledStr(text) => text.to_string(),
        ContextValue::StyledStrs(texts) => {
            texts.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
        }
        ContextValue::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    /// The keys that a command's help needs, each with the English words.
    fn needed(command: &Command, path: &[String], out: &mut Vec<([String; 2], String)>) {
        let own = key_of(path);
        let mut push = |key: String, english: Option<&StyledStr>| {
            out.extend(english.map(|english| ([key.clone(), key], english.to_string())));
        };
        push(own.clone(), command.get_about());
        push(format!("{own}-after"), command.get_after_help());
        assert!(command.get_long_about().is_none() && command.get_after_long_help().is_none(), "{own}");
        for arg in command.get_arguments() {
            let keys = keys(&own, arg);
            out.extend(arg.get_help().map(|help| (keys.clone(), help.to_string())));
            for value in arg.get_possible_values() {
                let keys = keys.clone().map(|key| format!("{key}-value-{}", value.get_name()));
                out.extend(value.get_help().map(|help| (keys, help.to_string())));
            }
            if let Some(heading) = arg.get_help_heading() {
                let key = format!("help-heading-{}", heading.to_lowercase().replace(' ', "-"));
                out.push(([key.clone(), key], heading.to_owned()));
            }
        }
        for inner in command.get_subcommands() {
            needed(inner, &[path, &[inner.get_name().to_owned()]].concat(), out);
        }
    }

    #[test]
    fn all_help_has_its_russian() {
        let mut command = super::super::Arguments::command();
        command.build();
        let mut out = Vec::new();
        needed(&command, &[], &mut out);
        assert!(out.len() > 50);
        let unknown =
            |keys: &[String; 2]| keys.iter().all(|key| words::or_in(Language::Ru, key, "").is_empty());
        let missing: Vec<String> = out
            .iter()
            .filter(|(keys, _)| unknown(keys))
            .map(|(keys, english)| format!("{}: {english}", keys[0]))
            .collect();
        assert!(missing.is_empty(), "no Russian for {missing:#?}");
    }

    #[test]
    fn reasons_of_clap_and_of_rust_are_said_anew() {
        let told = |line: &str| {
            let words = line.split_whitespace();
            let error = super::super::Arguments::command().try_get_matches_from(words).unwrap_err();
            complaint(&error).map(|(problem, _)| problem).unwrap_or_default()
        };
        for (line, reason) in [
            ("goodgate lab test --gateway x --patience 5x", "5x is no length of time"),
            ("goodgate lab test --gateway x --patience 1000s", "at most ten minutes"),
            ("goodgate diagnose x --budget many", "it is no whole number"),
            ("goodgate lab serve --ports 70000", "it has to be within 0..=65535"),
            ("goodgate lab serve --listen here", "it is no address with a port"),
        ] {
            assert!(told(line).contains(reason), "{line}: {}", told(line));
        }
    }

    #[test]
    fn the_language_is_known_before_the_command_line_is_read() {
        let of = |words: &[&str]| asked(&words.iter().map(OsString::from).collect::<Vec<_>>());
        for words in [&["goodgate", "--lang", "ru"][..], &["goodgate", "explain", "--help", "--lang=ru"]] {
            assert_eq!(of(words), Language::Ru, "{words:?}");
        }
        for words in [&["goodgate"][..], &["goodgate", "--", "--lang", "ru"], &["goodgate", "--lang"]] {
            assert_eq!(of(words), Language::En, "{words:?}");
        }
    }
}
