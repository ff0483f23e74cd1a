//! Values that are no tables: texts, flags, numbers, paths.

use std::path::{Path, PathBuf};

use toml::de::DeValue;

use super::kind::{Form, Kind};
use super::typed::{Formed, Reading, Spot, Typed, Value};

/// Values that are no text of a form.
macro_rules! plain {
    ($($type:ty, $kind:expr, $pattern:pat => $value:expr;)*) => {$(
        impl Typed for $type {
            const KIND: &'static Kind = $kind;

            fn typed(value: &Value<'_>, spot: &Spot, reading: &mut Reading<'_>) -> Option<Self> {
                match value.get_ref() {
                    $pattern => Some($value),
                    _ => {
                        reading.misfit(value, spot, Self::KIND);
                        None
                    }
                }
            }
        }
    )*};
}

plain! {
    bool, &Kind::Flag, DeValue::Boolean(flag) => *flag;
    Text, &Kind::Text, DeValue::String(text) => Text(text.clone().into_owned());
    Set, &Kind::TextOrFlag(false, "taking the field away"),
        one @ (DeValue::String(_) | DeValue::Boolean(false)) => Set(one.as_str().map(str::to_owned));
    Wanted, &Kind::TextOrFlag(true, "any value"),
        one @ (DeValue::String(_) | DeValue::Boolean(true)) => Wanted(one.as_str().map(str::to_owned));
}

/// Any text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Text(pub(super) String);

/// What a field is set to; `None` to take it away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Set(pub(super) Option<String>);

/// What a field must be; `None` for anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wanted(pub(super) Option<String>);

/// A whole number within bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Count<const MIN: u64, const MAX: u64>(pub(super) u64);

impl<const MIN: u64, const MAX: u64> Typed for Count<MIN, MAX> {
    const KIND: &'static Kind = &Kind::Number { min: MIN, max: MAX };

    fn typed(value: &Value<'_>, spot: &Spot, reading: &mut Reading<'_>) -> Option<Self> {
        let DeValue::Integer(written) = value.get_ref() else {
            reading.misfit(value, spot, Self::KIND);
            return None;
        };
        let number = u64::from_str_radix(&written.as_str().replace('_', ""), written.radix()).ok();
        let fits = number.filter(|number| (MIN..=MAX).contains(number));
        if fits.is_none() {
            let what = format!("{written} is out of range");
            reading.error(spot, what, format!("write {}", Self::KIND.expected()));
        }
        fits.map(Self)
    }
}

/// A path in the file system, relative to the configuration's own folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FilePath(pub(super) PathBuf);

impl Formed for FilePath {
    const FORM: Form = Form {
        is: "a path",
        examples: &["/etc/goodgate/page.html", "pages/502.html"],
        pattern: "^[^\\u0000]+$",
        number: false,
    };

    fn formed(text: &str) -> Result<Self, (String, String)> {
        if text.is_empty() || text.contains('\0') {
            return Err(("this is no path".to_owned(), String::new()));
        }
        Ok(Self(PathBuf::from(text)))
    }
}

impl FilePath {
    /// As seen from the folder of the configuration.
    pub(super) fn from(&self, folder: &Path) -> PathBuf {
        folder.join(&self.0)
    }
}
