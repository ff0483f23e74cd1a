//! From a request to its end: the recipe that every request follows.
//!
//! ```text
//! who asks → has it been here → which route → may it be so large → what answers
//!     proxy: a place in the queue → [ choose a server → a connection → send → head → body ] → again where safe
//! → tell what became of it
//! ```

mod admin;
mod attempt;
mod budget;
mod collect;
mod local;
mod onward;
mod proxy;
mod told;
mod turn;
mod upload;
mod waiting;

pub(crate) use upload::Spooled;

use std::future::poll_fn;
use std::task::Poll;

use goodgate_wire::{Framing, Part, RequestFault};

use crate::Failed;
use crate::answer::{self, Account, Audience};
use crate::core::deadline::Deadline;
use crate::core::{Core, Loaded, Room};
use crate::forward::{self, Asker, Edits, Introduction, Sink};
use crate::front::Client;
use crate::own::{OwnAnswer, has_no_body, on_failures};
use crate::plan::{Action, Route};
use crate::record::End;
use crate::redirect;
use crate::request::Request;
use crate::request_id::RequestId;
use crate::route::{Found, Hit, Normal, normalise};
use onward::Towards;

pub(crate) use budget::{Budget, FreeRetries};
pub(crate) use told::{Told, none};

/// What a request brings besides its head.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ask<'a> {
    pub(crate) request: Request<'a>,
    pub(crate) framing: Framing,
    /// Whether the client waits for a 100 before it sends the body.
    pub(crate) expects_continue: bool,
    /// Whether it asks to switch protocols.
    pub(crate) upgrade: bool,
    /// Who connected, as servers are told.
    pub(crate) peer: &'a Introduction,
    /// The name in the client's TLS hello.
    pub(crate) server_name: Option<&'a str>,
    /// Whether it came by the admin address.
    pub(crate) admin: bool,
}

/// How an exchange leaves the client's connection.
#[derive(Debug)]
pub(crate) enum Left {
    /// As it was: another request may follow.
    Open,
    /// Broken off, or of no more use.
    Closed,
    /// Switched to another protocol.
    Switched(Box<crate::front::Tunnel>),
}

/// Where the recipe stands.
pub(crate) struct Exchange<'a, C> {
    core: &'a Core,
    loaded: &'a Loaded,
    ask: &'a Ask<'a>,
    client: &'a mut C,
    asker: Asker<'a>,
    /// How the end of the body is told, towards the server.
    framing: Framing,
    /// Whether the client still waits for a 100.
    expects_continue: bool,
    /// For what servers take too long for.
    deadline: &'a Deadline,
    told: &'a mut Told,
}

impl<'a, C: Client> Exchange<'a, C> {
    /// An exchange that begins now.
    pub(crate) fn new(
        core: &'a Core,
        loaded: &'a Loaded,
        ask: &'a Ask<'a>,
        client: &'a mut C,
        deadline: &'a Deadline,
        told: &'a mut Told,
    ) -> Self {
        let (address, trusted) = forward::client_address(&ask.request, &loaded.plan.trusted_proxies);
        let given = ask.request.fields.first(goodgate_wire::FieldName::XRequestId).filter(|_| trusted);
        let id = given.and_then(RequestId::taken).unwrap_or_else(|| core.next_id());
        told.begin(id, address, core.now());
        let asker = Asker { address, peer: ask.peer, trusted };
        let (framing, expects_continue) = (ask.framing, ask.expects_continue);
        Self { core, loaded, ask, client, asker, framing, expects_continue, deadline, told }
    }

    /// Answers the request, whatever happens.
    pub(crate) async fn run(mut self, room: &mut Room) -> Left {
        // Whoever asks how many there are is none of them.
        let _in_hand = (!self.ask.admin).then(|| self.core.hold());
        let left = match self.answer(room).await {
            Ok(left) => left,
            // What is rare is boxed, so that the usual way is small.
            Err(failed) => Box::pin(self.own_answer(failed)).await,
        };
        self.told.body_sent = self.client.body_sent();
        left
    }

    async fn answer(&mut self, room: &mut Room) -> Result<Left, Failed> {
        let request = &self.ask.request;
        if self.ask.admin {
            // A connection outlives the plan that had the address: what is meant for it is no site's to see.
            let Some(admin) = &self.loaded.plan.admin else { return Err(Failed::NoRoute) };
            return Box::pin(self.admin(admin)).await;
        }
        if forward::nominates_too_many(request.fields) {
            return Err(Failed::Request(RequestFault::Malformed(Part::Field)));
        }
        if forward::has_looped(&request.fields, &self.core.shared.via) {
            return Err(Failed::Loop);
        }
        if let Some(name) = self.ask.server_name
            && !self.loaded.router.same_site(name, request.host())
        {
            return Err(Failed::Misdirected);
        }
        let mut normal = std::mem::take(&mut room.path);
        let path = match normalise(request.path, &mut normal).map_err(Failed::Request)? {
            Normal::Unchanged => Path { text: request.path, changed: false },
            Normal::Written => Path { text: &normal, changed: true },
        };
        let hit = self.route(path.text, &mut room.target)?;
        let Some(route) = self.loaded.route(hit) else {
            return Err(Failed::Internal("a route that is not in the plan"));
        };
        self.told.route = Some(hit);
        if let Framing::Length(length) = self.ask.framing
            && length > route.body_bytes_max
        {
            return Err(Failed::Request(RequestFault::BodyTooBig));
        }
        let left = match request.method {
            b"OPTIONS" | b"TRACE" => Box::pin(self.act_as_proxy(route, hit, path, room)).await,
            _ => self.act(route, hit, path, room).await,
        };
        room.path = normal;
        left
    }

    /// As [`Exchange::act`], for the methods by which somebody asks about the way rather than for what is at its end.
    async fn act_as_proxy(
        &mut self,
        route: &Route,
        hit: Hit,
        path: Path<'_>,
        room: &mut Room,
    ) -> Result<Left, Failed> {
        let request = &self.ask.request;
        let listed = route.methods.iter().any(|method| method == "TRACE");
        if request.method == b"TRACE" && !listed {
            // It would say everything back, cookies and what was added on the way included.
            return Err(Failed::MethodNotAllowed(methods(route).into()));
        }
        let passed_on = matches!(route.action, Action::Proxy { .. } | Action::Php(_));
        if passed_on && forward::ends_here(request) {
            let allow = methods(route);
            let fields = [(&b"Allow"[..], allow.as_bytes())];
            return self.fixed(200, &fields, &[], Edits(&route.response_fields)).await;
        }
        self.act(route, hit, path, room).await
    }

    fn route(&mut self, path: &[u8], allow: &mut Vec<u8>) -> Result<Hit, Failed> {
        let router = &self.loaded.router;
        match router.find(&self.ask.request, path) {
            Found::Route(hit) => Ok(hit),
            Found::NoSite | Found::NoRoute { .. } => Err(Failed::NoRoute),
            Found::WrongMethod { site } => {
                allow.clear();
                router.write_allow(site, &self.ask.request, path, allow);
                Err(Failed::MethodNotAllowed(String::from_utf8_lossy(allow).into_owned().into()))
            }
        }
    }

    async fn act(
        &mut self,
        route: &Route,
        hit: Hit,
        path: Path<'_>,
        room: &mut Room,
    ) -> Result<Left, Failed> {
        match &route.action {
            Action::Proxy { upstream, host } => {
                let mut target = std::mem::take(&mut room.target);
                target.clear();
                if path.changed || self.loaded.router.rewrites(hit) {
                    self.loaded.router.write_target(hit, path.text, self.ask.request.query, &mut target);
                } else {
                    write_origin_form(&self.ask.request, &mut target);
                }
                let host = host.as_ref().map_or(self.ask.request.authority, |host| host.as_bytes());
                let towards = Towards { upstream: *upstream, route, host, target: &target, script: None };
                let left = self.proxy(&towards, room).await;
                room.target = target;
                left
            }
            Action::Redirect { status, to } => {
                let mut location = Vec::new();
                redirect::redirect_location(to, &self.ask.request, path.text, &mut location)
                    .map_err(Failed::Request)?;
                let fields = [(&b"Location"[..], location.as_slice())];
                Box::pin(self.fixed(*status, &fields, &[], Edits(&route.response_fields))).await
            }
            Action::Respond { status, content_type, body } => {
                let fields = [(&b"Content-Type"[..], content_type.as_bytes())];
                Box::pin(self.fixed(*status, &fields, body, Edits(&route.response_fields))).await
            }
            Action::Files(_) | Action::Php(_) => {
                let Some(folder) = self.loaded.folder(hit) else {
                    return Err(Failed::Internal("a folder that was not prepared"));
                };
                let php = if let Action::Php(php) = &route.action { Some(php) } else { None };
                let mut rewritten = Vec::new();
                if self.loaded.router.rewrites(hit) {
                    self.loaded.router.write_path(hit, path.text, &mut rewritten);
                } else {
                    rewritten.extend_from_slice(path.text);
                }
                Box::pin(self.serve_folder(folder, php, route, (path.text, &rewritten), room)).await
            }
        }
    }

    /// An answer that needs nobody else.
    async fn fixed(
        &mut self,
        status: u16,
        fields: &[(&[u8], &[u8])],
        body: &[u8],
        edits: Edits<'_>,
    ) -> Result<Left, Failed> {
        let mut text = Vec::new();
        for (name, value) in fields {
            text.put(name, &[value]);
        }
        Ok(self.say(status, &text, body, edits).await)
    }

    /// Sends an answer of our own with these field lines.
    async fn say(&mut self, status: u16, fields: &[u8], body: &[u8], edits: Edits<'_>) -> Left {
        self.begin_own(status, fields, Some(body.len() as u64), edits).await;
        let bodiless = self.ask.request.method == b"HEAD" || has_no_body(status);
        self.send_rest(if bodiless { &[] } else { body }).await
    }

    /// Begins an answer of our own, for which nobody needs what the client still sends.
    async fn begin_own(&mut self, status: u16, fields: &[u8], length: Option<u64>, edits: Edits<'_>) {
        poll_fn(|cx| {
            self.client.forgo_body(cx);
            Poll::Ready(())
        })
        .await;
        self.told.status = status;
        let own = OwnAnswer { status, fields, length, id: &self.told.id, edits };
        own.begin(self.core, self.client, self.ask.request.method);
    }

    /// Tells the client that its request failed, if it can still be told.
    async fn own_answer(&mut self, failed: Failed) -> Left {
        if matches!(failed, Failed::ClientGone) {
            self.told.end = End::ClientGone;
            self.told.failed = Some(failed);
            return Left::Closed;
        }
        if matches!(failed, Failed::ClientStalled) {
            self.client.break_off();
            self.told.end = End::ClientSlow;
            self.told.failed = Some(failed);
            return Left::Closed;
        }
        if self.client.has_begun() {
            self.client.break_off();
            self.told.end = match failed {
                Failed::Upstream(_) => End::TruncatedUpstream,
                Failed::Request(RequestFault::TooSlow) => End::UploadSlow,
                _ => End::TruncatedGateway,
            };
            self.told.failed = Some(failed);
            return Left::Closed;
        }
        let fields = self.ask.request.fields;
        let (id, now) = (self.told.id, self.core.now());
        let trusted = self.loaded.plan.full_account_for.iter().any(|net| net.contains(self.asker.address));
        let (mut few, mut many) = (none(), Vec::new());
        let attempts = self.told.attempts(self.loaded, &mut few, &mut many);
        let upstream = self.told.upstream.and_then(|place| self.loaded.upstreams.get(place));
        let account = trusted.then(|| Account {
            failed: &failed,
            route: self.loaded.route_name(self.told.route).as_str(),
            upstream: upstream.map(|local| local.state.plan.name.as_str()),
            server: attempts.last().map(|attempt| attempt.server.as_str()),
            attempts,
        });
        let to = Audience {
            method: self.ask.request.method,
            accept: fields.first(goodgate_wire::FieldName::Accept),
            accept_language: fields.first(goodgate_wire::FieldName::AcceptLanguage),
            request_id: &id,
            when_us: self.core.shared.clock.wall_us(now),
            account: account.as_ref(),
        };
        let (mut text, mut body) = (Vec::new(), Vec::new());
        let status = answer::own(&failed, &to, &self.loaded.pages, &mut text, &mut body);
        self.told.failed = Some(failed);
        let route = self.told.route.and_then(|hit| self.loaded.route(hit));
        let edits = route.map(|route| on_failures(&route.response_fields)).unwrap_or_default();
        self.say(status, &text, &body, Edits(&edits)).await
    }
}

/// The path in its normal form.
#[derive(Clone, Copy)]
struct Path<'a> {
    text: &'a [u8],
    /// Whether it came in another form.
    changed: bool,
}

/// The methods of a route for `Allow`; the usual ones where it serves all.
fn methods(route: &Route) -> String {
    if route.methods.is_empty() {
        return "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS".to_owned();
    }
    route.methods.join(", ")
}

/// The target as it goes on where nothing changes it.
fn write_origin_form(request: &Request<'_>, out: &mut Vec<u8>) {
    out.extend_from_slice(request.path);
    if let Some(query) = request.query {
        out.push(b'?');
        out.extend_from_slice(query);
    }
}
