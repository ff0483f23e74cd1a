//! The table of costs, in Markdown. Pure.

use std::fmt::Write as _;

use crate::bench::contender::Product;
use crate::bench::loads::{KINDS, Kind};
use crate::bench::rounds::{Measured, Sample};
use crate::bench::statistics::{least, median};

/// The whole section between the marks.
pub(crate) fn written(measured: &Measured) -> String {
    let mut out = String::new();
    for named in &measured.named {
        let _ = writeln!(out, "- {} {}: {}.", named.product.title(), named.version, named.product.features());
    }
    let _ = writeln!(
        out,
        "\n{} rounds of {} s each; load average {} before and {} after.\n",
        measured.rounds, measured.seconds, measured.busy.0, measured.busy.1
    );
    out.push_str(
        "| a request of | goodgate µs | nginx µs | HAProxy µs | of nginx's | aim | of HAProxy's | aim | p50 / p99 ms: goodgate \
         | nginx | HAProxy |\n|---|---|---|---|---|---|---|---|---|---|---|\n",
    );
    for kind in KINDS {
        if measured.samples.iter().any(|sample| sample.kind == kind.name) {
            let _ = writeln!(out, "{}", row(kind, &measured.samples));
        }
    }
    for why in &measured.missing {
        let _ = writeln!(out, "\nNot measured: {why}");
    }
    out
}

fn row(kind: &Kind, samples: &[Sample]) -> String {
    let of = |product| Cost::of(kind.name, product, samples);
    let [ours, nginx, haproxy] = [Product::Goodgate, Product::Nginx, Product::Haproxy].map(of);
    let aim = |aim: Option<f64>| aim.map_or("–".to_owned(), |aim| format!("≤ {aim:.2}"));
    let costs = [&ours, &nginx, &haproxy].map(|cost| cost.as_ref().map_or("–".to_owned(), Cost::shown));
    let times = [&ours, &nginx, &haproxy]
        .map(|cost| cost.as_ref().map_or("–".to_owned(), |cost| cost.times.clone()));
    format!(
        "| {} | {} | {} | {} | {} | {} | {} |",
        kind.name,
        costs.join(" | "),
        ratio(ours.as_ref(), nginx.as_ref()),
        aim(Some(kind.aim.0)),
        ratio(ours.as_ref(), haproxy.as_ref()),
        aim(kind.aim.1),
        times.join(" | ")
    )
}

/// What one kind of request cost one contender over all rounds, in microseconds.
struct Cost {
    median: f64,
    least: f64,
    times: String,
    failed: u64,
}

impl Cost {
    fn of(kind: &str, product: Product, samples: &[Sample]) -> Option<Self> {
        let all: Vec<&Sample> = samples.iter().filter(|s| s.kind == kind && s.product == product).collect();
        let costs: Vec<f64> = all.iter().map(|sample| sample.cpu_us).collect();
        let middle = |time: fn(&Sample) -> Option<f64>| {
            let times: Vec<f64> = all.iter().filter_map(|sample| time(sample)).collect();
            median(&times).map_or("–".to_owned(), |ms| format!("{ms:.1}"))
        };
        Some(Self {
            median: median(&costs)?,
            least: least(&costs)?,
            times: format!("{} / {}", middle(|s| s.load.p50_ms), middle(|s| s.load.p99_ms)),
            failed: all.iter().map(|sample| sample.load.failed).sum(),
        })
    }

    fn shown(&self) -> String {
        let failed = if self.failed > 0 { format!(", {} failed", self.failed) } else { String::new() };
        format!("{:.1} [{:.1}]{failed}", self.median, self.least)
    }
}

/// Of the medians, and of the minima in brackets.
fn ratio(ours: Option<&Cost>, theirs: Option<&Cost>) -> String {
    match (ours, theirs) {
        (Some(ours), Some(theirs)) => {
            format!("{:.2} [{:.2}]", ours.median / theirs.median, ours.least / theirs.least)
        }
        _ => "–".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::rounds::Named;
    use crate::bench::said::Load;

    fn sample(product: Product, cpu_us: f64) -> Sample {
        let load = Load { requests: 10, failed: 0, p50_ms: Some(1.0), p99_ms: Some(2.0) };
        Sample { kind: KINDS[0].name, product, cpu_us, load }
    }

    #[test]
    fn a_row_has_medians_minima_and_their_ratios() {
        let samples = vec![
            sample(Product::Goodgate, 10.0),
            sample(Product::Goodgate, 12.0),
            sample(Product::Goodgate, 30.0),
            sample(Product::Nginx, 24.0),
            sample(Product::Nginx, 20.0),
        ];
        let measured = Measured {
            named: vec![Named { product: Product::Nginx, version: "1.22.1".to_owned() }],
            samples,
            rounds: 3,
            seconds: 2,
            missing: vec!["HAProxy is not installed".to_owned()],
            busy: ("0.1".to_owned(), "1.2".to_owned()),
        };
        let text = written(&measured);
        let row = text.lines().find(|line| line.starts_with("| 1 KiB")).unwrap();
        assert!(
            row.contains("| 12.0 [10.0] | 22.0 [20.0] | – | 0.55 [0.50] | ≤ 1.00 | – | ≤ 0.95 | 1.0 / 2.0 |"),
            "{row}"
        );
        let columns = |line: &str| line.matches('|').count();
        let head = text.lines().find(|line| line.starts_with("| a request")).unwrap();
        assert_eq!(columns(row), columns(head));
        assert!(text.contains("Not measured: HAProxy is not installed"));
        assert_eq!(text.lines().filter(|line| line.starts_with("| ")).count(), 2);
    }
}
