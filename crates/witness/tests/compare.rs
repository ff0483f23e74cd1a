//! The whole way with every gateway that is installed: set up, played to, and what it said handed out.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "tests stop where something is not as it must be"
)]

use std::cell::RefCell;

use goodgate_lab::{Drive, Kind};
use goodgate_witness::products::{find, products};
use goodgate_witness::{Cell, Compare, Matrix, Progress, compare};

/// Two are enough to see that there is one for each.
const DRIVES: [Drive; 2] = [Drive::Get, Drive::Post];

fn settings(products: &[&str], recipes: &[&str]) -> Compare {
    let products = products.iter().map(|id| (*id).to_owned()).collect();
    let wanted = |name: &str| goodgate_lab::recipes().iter().find(|recipe| recipe.name == name).cloned();
    let recipes = recipes.iter().map(|name| wanted(name).unwrap()).collect();
    Compare { products, recipes, drives: DRIVES.to_vec(), ..Compare::default() }
}

fn cell<'a>(matrix: &'a Matrix, gateway: &str, recipe: &str) -> &'a Cell {
    let found = matrix.cells.iter().find(|cell| {
        matrix.gateways[cell.gateway].id == gateway && matrix.recipes[cell.recipe].name == recipe
    });
    assert!(found.is_some(), "{gateway} was not asked with {recipe}: {:?}", matrix.not_played);
    found.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_gateway_that_is_installed_is_measured_and_quoted() {
    let installed: Vec<_> = products().into_iter().filter_map(find).map(|found| found.product.id()).collect();
    if installed.is_empty() {
        eprintln!("skipped: no gateway is installed");
        return;
    }
    let told = RefCell::new(Vec::new());
    let settings = settings(&installed, &["healthy", "not-listening", "fin-after-request"]);
    let matrix = compare(&settings, &|progress| told.borrow_mut().push(progress.clone())).await;

    assert!(matrix.left_out.is_empty(), "{:?}", matrix.left_out);
    assert!(matrix.not_played.is_empty(), "{:?}", matrix.not_played);
    assert_eq!(matrix.cells.len(), 3 * installed.len());
    for id in installed {
        let healthy = cell(&matrix, id, "healthy");
        assert_eq!(healthy.drives.len(), DRIVES.len());
        assert!(healthy.drives.iter().all(|(_, verdict)| verdict.kind == Kind::Right), "{healthy:?}");
        for name in ["not-listening", "fin-after-request"] {
            let broken = cell(&matrix, id, name);
            let (seen, _) = broken.drive(Drive::Get).unwrap();
            assert!(matches!(seen.reply.status, Some(500..=504)), "{id}: {seen:?}");
            assert!(seen.after.recovery.is_some(), "{id} does not recover from {name}: {seen:?}");
            let page = String::from_utf8(broken.said.page.clone().unwrap()).unwrap();
            assert!(page.starts_with("HTTP/1.1 50"), "{id}: {page}");
            let quoted = broken.said.logs.iter().any(|(_, text)| text.contains(&seen.token));
            assert!(quoted, "{id} was not quoted about {name}: {:?}", broken.said.logs);
            let strange = broken.said.logs.iter().any(|(_, text)| text.contains("/r/healthy/"));
            assert!(!strange, "{id}: lines about another recipe: {:?}", broken.said.logs);
            assert!(broken.said.configuration.1.contains(&format!("/r/{name}/")), "{id}");
        }
    }
    let told = told.into_inner();
    assert!(matches!(told.first(), Some(Progress::Started { recipes: 3, .. })));
    assert!(matches!(told.last(), Some(Progress::Played { done: 3, of: 3, .. })));
}

#[tokio::test]
async fn what_is_not_there_is_left_out_with_the_reason() {
    let matrix = compare(&settings(&["no-such-gateway"], &["healthy"]), &|_| {}).await;
    assert!(matrix.gateways.is_empty() && matrix.cells.is_empty());
    let why = &matrix.left_out[0].why;
    assert!(why.contains("nginx, apache, haproxy"), "{why}");
}
