//! Starts gateways, drives them through the lab, reads what they said about it, and compares.

mod matrix;

pub use matrix::{AtPlace, Cell, Gateway, LeftOut, Matrix, Place, Reading, Said};
