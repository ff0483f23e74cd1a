//! Error pages and response heads → who generated them. Pure; one file a generator.

mod front;
mod generators;
mod marks;
mod message;
mod reading;
mod words;

pub use generators::{Generator, Kind, Sample, all as generators};
pub use message::Message;
pub use reading::{Made, PageReading, Told, looks_like_page, read};
