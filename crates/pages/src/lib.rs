//! Error pages and response heads → who generated them. Pure; one file a generator.

mod front;
mod generators;
mod head;
mod marks;
mod message;
mod origin;
mod pasted;
pub mod providers;
mod reading;
mod whole;
mod words;

pub use generators::{Generator, Kind, Sample, all as generators};
pub use message::Message;
pub use reading::{Made, PageReading, Told, looks_like_page, read, read_from_outside};
