//! Starts gateways, drives them through the lab, reads what they said about it, and compares.

mod compare;
mod matrix;
mod outside;
pub mod products;
mod reading;
mod room;
mod said;
mod started;
mod stated;

pub use compare::{Compare, Progress, compare};
pub use matrix::{
    AtPlace, Cell, Gateway, LeftOut, Matrix, NotPlayed, Outside, Place, ProductNamed, Reading, Said,
};
pub use reading::{read, read_all};
pub use started::{Started, can_play};
pub use stated::Stated;
