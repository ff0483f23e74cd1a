//! Whose a page is: the gateway's, another one's further in, or the application's behind it.

use crate::front::{made, origin_named, passed_on};
use crate::generators::{Generator, Kind};
use crate::reading::{Made, Page, Place};

/// Who made the page, seen from the gateway in front.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The gateway in question.
    Gateway,
    /// Another gateway, further in.
    Nested,
    /// An application or its server.
    Application,
    /// Something behind the gateway that is not known.
    Behind,
    /// Nothing tells.
    Unknown,
}

impl Page<'_> {
    /// Who made the page, for whoever stands where the reader does.
    pub(crate) fn origin_of(
        &self,
        made: Option<&(&'static Generator, Made)>,
        front: Option<&'static Generator>,
        hops: &[&str],
        status: Option<u16>,
    ) -> Origin {
        let of_another = made.is_some_and(|(generator, made)| self.is_of_another(generator, made));
        let origin = match self.maker_of(made.map(|(generator, _)| *generator), front, hops, status) {
            Origin::Gateway if of_another => Origin::Nested,
            origin => origin,
        };
        match self.place {
            // The gateway in question is the one that tells its own failure.
            Place::Outside if origin == Origin::Nested => Origin::Gateway,
            _ => origin,
        }
    }

    /// Whether the status of a page from behind may be the gateway's own all the same.
    pub(crate) fn is_status_in_doubt(&self, hops: &[&str], status: Option<u16>) -> bool {
        let runs_scripts = hops.first().is_some_and(|hop| RUN_SCRIPTS.contains(hop));
        status == Some(500) && runs_scripts && !origin_named(self.message)
    }

    fn maker_of(
        &self,
        generator: Option<&'static Generator>,
        front: Option<&'static Generator>,
        hops: &[&str],
        status: Option<u16>,
    ) -> Origin {
        let failed = status.is_some_and(|status| status >= 400);
        let said = made(self.message);
        match generator.map(|generator| (generator.id, generator.kind)) {
            Some((id, Kind::Gateway | Kind::Edge)) if passed_on(self.message, id) && said != Some(id) => {
                Origin::Nested
            }
            Some((id, Kind::Gateway | Kind::Edge)) if hops.first() == Some(&id) || hops.is_empty() => {
                Origin::Gateway
            }
            // The maker is not the hop nearest the client: another one passed its page on.
            Some((_, Kind::Gateway | Kind::Edge)) if front.is_some() => Origin::Nested,
            Some((_, Kind::Gateway | Kind::Edge)) => Origin::Gateway,
            Some((_, Kind::AppServer | Kind::Application)) => Origin::Application,
            // A static file of the gateway carries validators; anything else unknown came from behind it.
            Some((_, Kind::Client)) => Origin::Unknown,
            None if failed && (origin_named(self.message) || self.unlike_a_gateway(hops)) => Origin::Behind,
            None => Origin::Unknown,
        }
    }

    /// Whether the page names one version of the product and the head another: then two of them stand behind each other,
    /// and the inner one made the page.
    fn is_of_another(&self, generator: &Generator, made: &Made) -> bool {
        let (Some(server), Some(version)) = (self.message.header("server"), &made.version) else {
            return false;
        };
        let first = server.split(' ').next().unwrap_or(server);
        let Some((product, of_head)) = first.split_once('/') else { return false };
        product.eq_ignore_ascii_case(generator.id) && !of_head.is_empty() && of_head != version
    }

    /// Whether an unknown body under a gateway's name is none that the gateway could have made from its own files.
    fn unlike_a_gateway(&self, hops: &[&str]) -> bool {
        let validators =
            self.message.header("etag").is_some() || self.message.header("last-modified").is_some();
        // Caddy's own errors are empty, and so are some of Envoy's; the others have a page for every error of theirs.
        let empty = self.message.body.trim().is_empty();
        let answered = self.message.header("x-envoy-upstream-service-time").is_some();
        let silent = SILENT.iter().any(|id| hops.contains(id)) || hops.contains(&"envoy") && !answered;
        let speechless = empty && silent;
        !hops.is_empty() && !validators && !speechless
    }
}

/// Gateways that run scripts: of an answer whose head they cannot use they make a 500 of their own, and send on what
/// else the script printed as its body.
const RUN_SCRIPTS: &[&str] = &["apache", "lighttpd"];

/// Gateways whose own errors have no body.
const SILENT: &[&str] = &["caddy", "linkerd", "fly", "render", "aws-clb", "cloudflared"];
