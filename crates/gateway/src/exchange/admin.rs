//! The admin address: numbers for monitoring systems and the state for people and programs. It changes nothing.

use goodgate_wire::FieldName;

use super::{Exchange, Left};
use crate::Failed;
use crate::forward::Edits;
use crate::front::Client;
use crate::metrics::Exposition;
use crate::plan::Admin;

/// What answers for people are.
const TEXT: (&[u8], &[u8]) = (b"Content-Type", b"text/plain");

/// Said to whoever comes without the token.
const TOKEN_NEEDED: &[u8] =
    b"This address answers only with its token: send \"Authorization: Bearer TOKEN\" \
(the token stands in the file that the key \"token_file\" of [admin] names).\n";

impl<C: Client> Exchange<'_, C> {
    /// Answers a request that came by the admin address.
    pub(super) async fn admin(&mut self, admin: &Admin) -> Result<Left, Failed> {
        let request = self.ask.request;
        if let Some(token) = &admin.token
            && !has_token(request.fields.first(FieldName::Authorization), token.text.as_deref())
        {
            let fields: [(&[u8], &[u8]); 2] = [(b"WWW-Authenticate", b"Bearer"), TEXT];
            return self.fixed(401, &fields, TOKEN_NEEDED, Edits::default()).await;
        }
        if !matches!(request.method, b"GET" | b"HEAD") {
            return Err(Failed::MethodNotAllowed("GET, HEAD".into()));
        }
        let shared = &self.core.shared;
        let mut body = Vec::new();
        let content_type: &[u8] = match request.path {
            b"/metrics" => {
                let form = Exposition::choose(request.fields.first(FieldName::Accept));
                shared.metrics.expose(form, &shared.status(), &mut body);
                form.content_type().as_bytes()
            }
            b"/status" => {
                shared.status().write_json(&mut body);
                b"application/json"
            }
            b"/healthz" => {
                body.extend_from_slice(b"ok\n");
                b"text/plain"
            }
            _ => {
                let found: &[u8] = b"There are /metrics, /status and /healthz.\n";
                return self.fixed(404, &[TEXT], found, Edits::default()).await;
            }
        };
        let fields: [(&[u8], &[u8]); 2] = [(b"Content-Type", content_type), (b"Cache-Control", b"no-store")];
        self.fixed(200, &fields, &body, Edits::default()).await
    }
}

/// Whether the field carries the token (RFC 6750); one that is not known nobody has. The comparison takes as long
/// wherever the first difference stands.
fn has_token(field: Option<&[u8]>, token: Option<&str>) -> bool {
    let given = field.and_then(|field| field.split_at_checked("Bearer ".len()));
    let (Some((scheme, given)), Some(token)) = (given, token) else { return false };
    let given = given.trim_ascii();
    let same_length = given.len() == token.len();
    let differs = given.iter().zip(token.bytes()).fold(0, |differs, (a, b)| differs | (a ^ b));
    scheme.eq_ignore_ascii_case(b"Bearer ") && same_length && differs == 0
}

#[cfg(test)]
mod tests {
    use super::has_token;

    #[test]
    fn only_the_whole_token_opens() {
        for (field, opens) in [
            (Some(&b"Bearer secret"[..]), true),
            (Some(b"bearer secret"), true),
            (Some(b"Bearer secre"), false),
            (Some(b"Bearer secretx"), false),
            (Some(b"Basic secret"), false),
            (Some(b"secret"), false),
            (None, false),
        ] {
            assert_eq!(has_token(field, Some("secret")), opens, "{field:?}");
            assert!(!has_token(field, None));
        }
    }
}
