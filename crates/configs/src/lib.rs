//! Configuration text of gateways and application servers → what it means. Pure; one file a product.
//!
//! Reading never fails: what is not understood is left out, and what is broken becomes a [`Problem`].

mod model;
mod products;
mod text;

pub use model::{Configuration, Layout, Leg, Limit, Listen, Place, Pool, Problem, Role, Setting, TlsLeg};
pub use products::{Product, all as products};

/// Reads one configuration file. `name` is its name as the user gave it (a hint, not relied upon).
/// `None` if no product's reader recognises the text.
pub fn read(name: &str, text: &str) -> Option<Configuration> {
    let product = recognise(name, text)?;
    Some((product.read)(name, text))
}

/// How much of a text is looked at for recognising it: whatever it is shows early, and logs are large.
const RECOGNISED_BYTES: usize = 256 * 1024;

/// The product whose configuration this text most probably is.
pub fn recognise(name: &str, text: &str) -> Option<&'static Product> {
    let text = text.get(..text.floor_char_boundary(RECOGNISED_BYTES)).unwrap_or(text);
    let sure = |product: &&Product| (product.recognise)(name, text);
    products()
        .iter()
        .map(|product| (sure(&product), product))
        .filter(|(sure, _)| *sure > 0)
        .max_by_key(|(sure, _)| *sure)
        .map(|(_, p)| p)
}
