//! Starts gateways, drives them through the lab, reads what they said about it, and compares.

mod matrix;
mod reading;

pub use matrix::{AtPlace, Cell, Gateway, LeftOut, Matrix, Place, Reading, Said};
pub use reading::read;
