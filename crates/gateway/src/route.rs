//! Which site and which route a request is for: tables that are prepared when a plan is loaded, and looked up without
//! allocating.
//!
//! The path is matched in its normal form ([`normalise`]). Where a path has `//`, patterns are compared as if each run
//! of slashes were one: many servers merge them, and a rule for `/admin/*` that `//admin/x` walked around would be none.
//! For the same reason `%2F` and `%5C` count as slashes as well ([`reading`]). What is sent on keeps its slashes and
//! escapes.

mod hosts;
mod normalise;
mod pattern;
mod reading;
mod rewrite;

use goodgate_wire::{FieldLines, FieldName};

use crate::plan::{FieldMatch, Plan, Rewrite, Route};
use crate::request::Request;
use hosts::Hosts;
pub use normalise::{Normal, normalise};
pub(crate) use normalise::{after_slashes, escape, write_escape};
use pattern::PathTable;
use reading::Readings;
use rewrite::PathRewrite;

/// The sites and routes of a plan, ready for looking up.
#[derive(Clone, Debug)]
pub struct Router {
    hosts: Hosts,
    sites: Vec<Vec<Prepared>>,
}

/// The route that a request is for, by its places in the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The site, by place in [`Plan::sites`].
    pub site: usize,
    /// The route, by place in the site's routes.
    pub route: usize,
    /// Bytes at the beginning of the path that the pattern matched.
    matched: usize,
}

/// What looking up gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// This route.
    Route(Hit),
    /// No site has this host (404).
    NoSite,
    /// The site has no route for this request (404).
    NoRoute {
        /// The site.
        site: usize,
    },
    /// A route fits, but for the method (405). [`Router::write_allow`] says which would.
    WrongMethod {
        /// The site.
        site: usize,
    },
}

/// A route as it is compared.
#[derive(Clone, Debug)]
struct Prepared {
    path: PathTable,
    methods: Box<[Box<[u8]>]>,
    fields: Box<[FieldRule]>,
    rewrite: Option<PathRewrite>,
}

/// A field that must be there.
#[derive(Clone, Debug)]
struct FieldRule {
    id: FieldName,
    name: Box<[u8]>,
    value: Option<Box<[u8]>>,
}

impl Router {
    /// The tables for this plan.
    pub fn new(plan: &Plan) -> Self {
        let sites = plan.sites.iter().map(|site| site.routes.iter().map(Prepared::new).collect()).collect();
        Self { hosts: Hosts::new(&plan.sites), sites }
    }

    /// The site and route for a request; `path` is its path in normal form.
    ///
    /// A site is chosen by host alone, the closest pattern first (exact, the longest domain above, any); its routes are
    /// then tried in their order. A route for GET serves HEAD too (RFC 9110 section 9.3.2).
    pub fn find(&self, request: &Request<'_>, path: &[u8]) -> Found {
        let Some(site) = self.hosts.site(request.host()) else { return Found::NoSite };
        let readings = Readings::of(path);
        let mut wrong_method = false;
        for (route, prepared) in self.routes(site).iter().enumerate() {
            let Some(matched) = prepared.matched(request, &readings) else { continue };
            if prepared.serves(request.method) {
                return Found::Route(Hit { site, route, matched });
            }
            wrong_method = true;
        }
        if wrong_method { Found::WrongMethod { site } } else { Found::NoRoute { site } }
    }

    /// Appends the value of `Allow` (RFC 9110 section 10.2.1) for a request whose method no route serves: the methods
    /// of all routes that fit otherwise, in their order, each once.
    pub fn write_allow(&self, site: usize, request: &Request<'_>, path: &[u8], out: &mut Vec<u8>) {
        let readings = Readings::of(path);
        let fitting = || self.routes(site).iter().filter(|one| one.matched(request, &readings).is_some());
        let begin = out.len();
        let mut add = |method: &[u8]| {
            let listed = out.get(begin..).unwrap_or_default();
            if !goodgate_wire::elements(listed).any(|one| one == method) {
                if out.len() > begin {
                    out.extend_from_slice(b", ");
                }
                out.extend_from_slice(method);
            }
        };
        for method in fitting().flat_map(|route| route.methods.iter()) {
            add(method);
            if method.as_ref() == b"GET" {
                add(b"HEAD");
            }
        }
    }

    /// Whether the name in the client's TLS hello and the host of its request may go together: false where they belong
    /// to different sites (421, RFC 9110 section 15.5.20). A name that no site has says nothing. `host` is without its
    /// port, as [`Request::host`] gives it.
    pub fn same_site(&self, sni: &str, host: &[u8]) -> bool {
        match (self.hosts.site(sni.as_bytes()), self.hosts.site(host)) {
            (Some(named), Some(asked)) => named == asked,
            _ => true,
        }
    }

    /// Whether the route changes the path before it goes on.
    pub fn rewrites(&self, hit: Hit) -> bool {
        self.rewrite(hit).is_some()
    }

    /// Appends the path as the route wants it to go on: in origin form, always with a `/` first (but for `*`). A
    /// replacement that names a query brings it along.
    pub fn write_path(&self, hit: Hit, path: &[u8], out: &mut Vec<u8>) {
        match self.rewrite(hit) {
            Some(rewrite) if path != b"*" => rewrite.write(path, hit.matched, out),
            _ => out.extend_from_slice(path),
        }
    }

    /// Appends the request target as the route wants it to go on: path and query (RFC 9112 section 3.2.1).
    pub fn write_target(&self, hit: Hit, path: &[u8], query: Option<&[u8]>, out: &mut Vec<u8>) {
        let begin = out.len();
        self.write_path(hit, path, out);
        if let Some(query) = query {
            let has_query = out.get(begin..).is_some_and(|target| target.contains(&b'?'));
            out.push(if has_query { b'&' } else { b'?' });
            out.extend_from_slice(query);
        }
    }

    fn routes(&self, site: usize) -> &[Prepared] {
        self.sites.get(site).map(Vec::as_slice).unwrap_or_default()
    }

    fn rewrite(&self, hit: Hit) -> Option<&PathRewrite> {
        self.routes(hit.site).get(hit.route)?.rewrite.as_ref()
    }
}

impl Prepared {
    fn new(route: &Route) -> Self {
        Self {
            path: PathTable::new(&route.path),
            methods: route.methods.iter().map(|method| method.as_bytes().into()).collect(),
            fields: route.fields.iter().map(FieldRule::new).collect(),
            rewrite: route.rewrite.as_ref().map(|rewrite: &Rewrite| PathRewrite::new(rewrite)),
        }
    }

    /// The bytes of the path that the pattern matched, where path and fields fit.
    fn matched(&self, request: &Request<'_>, readings: &Readings<'_>) -> Option<usize> {
        let matched = readings.matched(&self.path)?;
        self.fields.iter().all(|rule| rule.fits(request.fields)).then_some(matched)
    }

    fn serves(&self, method: &[u8]) -> bool {
        let listed = |one: &[u8]| self.methods.iter().any(|known| known.as_ref() == one);
        self.methods.is_empty() || listed(method) || (method == b"HEAD" && listed(b"GET"))
    }
}

impl FieldRule {
    fn new(rule: &FieldMatch) -> Self {
        Self {
            id: FieldName::of(rule.name.as_bytes()),
            name: rule.name.as_bytes().into(),
            value: rule.value.as_deref().map(|value| value.as_bytes().into()),
        }
    }

    /// Whether one of the field's lines has the value.
    fn fits(&self, fields: FieldLines<'_>) -> bool {
        fields.iter().any(|(id, name, value)| {
            id == self.id
                && (id != FieldName::Other || name.eq_ignore_ascii_case(&self.name))
                && self.value.as_deref().is_none_or(|wanted| wanted == value)
        })
    }
}

#[cfg(test)]
mod tests;
