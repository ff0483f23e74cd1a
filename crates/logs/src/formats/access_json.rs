//! Access logs that are one JSON object a line, with the vendor's variable names as keys: nginx with a layout of
//! JSON (names as in `log_format`), Traefik's `accessLog` in JSON.

use serde_json::Value;

use super::json_line;
use crate::layout::{Field, Row};

/// How many milliseconds and nanoseconds make a second.
const MS: f64 = 1e3;
const NS: f64 = 1e9;

/// Keys, what they are, and how many of their units make a second.
const KEYS: &[(&str, Field, f64)] = &[
    ("time_iso8601", Field::Time, 1.0),
    ("time_local", Field::Time, 1.0),
    ("msec", Field::Time, 1.0),
    ("@timestamp", Field::Time, 1.0),
    ("timestamp", Field::Time, 1.0),
    ("time", Field::Time, 1.0),
    ("StartUTC", Field::Time, 1.0),
    ("request", Field::Request, 1.0),
    ("request_method", Field::Method, 1.0),
    ("method", Field::Method, 1.0),
    ("RequestMethod", Field::Method, 1.0),
    ("request_uri", Field::Path, 1.0),
    ("uri", Field::Path, 1.0),
    ("RequestPath", Field::Path, 1.0),
    ("status", Field::Status, 1.0),
    ("DownstreamStatus", Field::Status, 1.0),
    ("body_bytes_sent", Field::Bytes, 1.0),
    ("bytes_sent", Field::Bytes, 1.0),
    ("DownstreamContentSize", Field::Bytes, 1.0),
    ("request_time", Field::RequestTime, 1.0),
    ("request_time_ms", Field::RequestTime, MS),
    ("Duration", Field::RequestTime, NS),
    ("upstream_addr", Field::UpstreamAddr, 1.0),
    ("ServiceAddr", Field::UpstreamAddr, 1.0),
    ("upstream_status", Field::UpstreamStatus, 1.0),
    ("OriginStatus", Field::UpstreamStatus, 1.0),
    ("upstream_connect_time", Field::ConnectTime, 1.0),
    ("upstream_header_time", Field::HeaderTime, 1.0),
    ("upstream_response_time", Field::ResponseTime, 1.0),
    ("OriginDuration", Field::ResponseTime, NS),
];

/// The values of one record, as text.
pub(super) struct Record(Vec<(Field, String, f64)>);

impl Record {
    /// Reads a line; `None` if it is no such object. A status, a request and nothing of a program's own log (logger,
    /// level, message) must be there.
    pub(super) fn read(line: &[u8]) -> Option<Self> {
        // Every status stands under a key that ends so.
        let Value::Object(object) = json_line::object(line, "tatus\"")? else { return None };
        if ["logger", "message", "response_code", "response_flags"]
            .iter()
            .any(|key| object.contains_key(*key))
        {
            return None;
        }
        let values =
            KEYS.iter().filter_map(|(key, field, scale)| Some((*field, text(object.get(*key)?)?, *scale)));
        let record = Self(values.collect());
        let has = |field| record.0.iter().any(|(f, ..)| *f == field);
        let asked = has(Field::Request) || has(Field::Path) || has(Field::Method);
        (has(Field::Status) && asked).then_some(record)
    }

    /// The record's fields.
    pub(super) fn row(&self) -> Row<'_> {
        let mut row = Row::new();
        for (field, value, scale) in &self.0 {
            row.set(*field, value.as_bytes(), *scale);
        }
        row
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
