//! Error pages and response heads → who generated them. Pure; one file a generator.

mod generators;
mod message;
mod reading;

pub use generators::{Generator, all as generators};
pub use message::Message;
pub use reading::{Made, PageReading, looks_like_page, read};
