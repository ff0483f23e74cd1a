//! Tests of the real binary.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod asks;
mod bundles;
mod commands;
mod gateway;
mod harness;
mod lab;
mod languages;
mod looks;
mod schema_check;
mod schemas;
mod secrets;
mod site;
