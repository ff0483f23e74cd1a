//! Starts gateways, drives them through the lab, reads what they said about it, and compares.

mod matrix;
pub mod products;
mod reading;
mod room;
mod said;
mod started;

pub use matrix::{AtPlace, Cell, Gateway, LeftOut, Matrix, Place, Reading, Said};
pub use reading::read;
pub use started::{Started, can_play};
