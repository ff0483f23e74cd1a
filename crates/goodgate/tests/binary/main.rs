//! Tests of the real binary.

mod bundles;
mod commands;
mod harness;
mod schemas;
mod secrets;
