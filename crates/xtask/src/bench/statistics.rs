//! The few numbers that measurements are boiled down to. Pure.

/// The middle one, or the mean of the two in the middle; `None` of nothing.
pub(crate) fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let half = sorted.len() / 2;
    match sorted.len() % 2 {
        1 => sorted.get(half).copied(),
        _ => Some((sorted.get(half.checked_sub(1)?)? + sorted.get(half)?) / 2.0),
    }
}

/// The least of them; `None` of nothing.
pub(crate) fn least(values: &[f64]) -> Option<f64> {
    values.iter().copied().min_by(f64::total_cmp)
}

/// The value below which so many percent of them are; 0 of nothing.
pub(crate) fn percentile(values: &mut [f64], percent: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let at = (percent / 100.0 * values.len() as f64).ceil() as usize;
    values.get(at.saturating_sub(1).min(values.len().saturating_sub(1))).copied().unwrap_or(0.0)
}

/// What one more request costs, from two runs with a different number of them: what start and end cost falls out.
pub(crate) fn each(few: (u64, u64), many: (u64, u64)) -> f64 {
    let (few_requests, few_cost) = few;
    let (many_requests, many_cost) = many;
    (many_cost as f64 - few_cost as f64) / (many_requests as f64 - few_requests as f64)
}

/// The order of so many contenders in a round: another one goes first each time, and every second round runs backwards,
/// so that whatever drifts hits all alike.
pub(crate) fn order(contenders: usize, round: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..contenders).map(|n| (n + round / 2) % contenders).collect();
    if round % 2 == 1 {
        order.reverse();
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_and_the_least() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(median(&[]), None);
        assert_eq!(least(&[3.0, 1.0, 2.0]), Some(1.0));
        assert_eq!(least(&[]), None);
    }

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let mut values: Vec<f64> = (1..=200).rev().map(f64::from).collect();
        assert_eq!(percentile(&mut values, 50.0), 100.0);
        assert_eq!(percentile(&mut values, 99.0), 198.0);
        assert_eq!(percentile(&mut values, 100.0), 200.0);
        assert_eq!(percentile(&mut [], 50.0), 0.0);
    }

    #[test]
    fn what_starting_costs_falls_out() {
        assert_eq!(each((1000, 1_000_000 + 1000 * 14), (2000, 1_000_000 + 2000 * 14)), 14.0);
    }

    #[test]
    fn each_contender_goes_first_and_last() {
        let orders: Vec<Vec<usize>> = (0..6).map(|round| order(3, round)).collect();
        for contender in 0..3 {
            assert!(orders.iter().any(|order| order.first() == Some(&contender)));
            assert!(orders.iter().any(|order| order.last() == Some(&contender)));
            assert!(orders.iter().all(|order| order.contains(&contender)));
        }
    }
}
