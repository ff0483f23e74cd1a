//! What an application's own messages say about the services it depends on: databases, caches, other servers.
//! Used by every reader of application text. Knows no log format; the PHP frame is in `php_words`.

use std::sync::LazyLock;

use goodgate_facts::{Address, Signal, SignalId, Target, id};

use crate::{Pattern, Sink, Table};

pub(crate) use super::php_words::meaning_of_php_message;

/// One thing that an application's message means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AppMeaning {
    /// The signal.
    pub(crate) id: SignalId,
    /// The source file that the message names.
    pub(crate) path: Option<String>,
    /// The exception's class, or the extension's folder name for `error-in-plugin`.
    pub(crate) name: Option<String>,
    /// The service's address, where the message names it.
    pub(crate) target: Option<Target>,
}

impl AppMeaning {
    /// A meaning without coordinates.
    pub(crate) fn of(id: SignalId) -> Self {
        Self { id, path: None, name: None, target: None }
    }

    /// The signal at the sink's current line.
    pub(crate) fn signal(self, sink: &Sink) -> Signal {
        let mut signal = sink.signal(self.id).target(self.target);
        signal.about.path = self.path;
        signal.about.name = self.name;
        signal
    }
}

const fn says(parts: &'static [&'static str], signal: &'static str) -> Pattern {
    Pattern { parts, signal: Some(id(signal)) }
}

/// Words that belong to one kind of service alone. Special before general.
#[rustfmt::skip]
const PLAIN: &[Pattern] = &[
    // MySQL and MariaDB, by text and by the number in a client's frame
    says(&["Too many connections"], "database-too-many-connections"),
    says(&["max_user_connections"], "database-too-many-connections"),
    says(&["is blocked because of many connection errors"], "database-refused"),
    says(&["is not allowed to connect to this M"], "database-access-denied"),
    says(&["Access denied for user"], "database-access-denied"),
    says(&["Unknown database"], "database-unknown"),
    says(&["Unknown MySQL server host"], "database-unknown-host"),
    says(&["Unknown server host"], "database-unknown-host"),
    says(&["Can't connect to", "server on", "(110"], "database-timed-out"),
    says(&["Can't connect to", "server on", "timed out"], "database-timed-out"),
    says(&["Can't connect to", "server on", "Name or service not known"], "database-unknown-host"),
    says(&["Can't connect to", "server on", "name resolution"], "database-unknown-host"),
    says(&["Can't connect to", "server on"], "database-refused"),
    says(&["Can't connect to", "server through socket"], "database-refused"),
    says(&["2002] No such file or directory"], "database-refused"),
    says(&["2002): No such file or directory"], "database-refused"),
    says(&["server has gone away"], "database-gone"),
    says(&["Lost connection to", "during query"], "database-gone"),
    says(&["Lost connection to MySQL server at"], "database-refused"),
    says(&["Lost connection to server at"], "database-refused"),
    says(&["Lost connection to backend server"], "database-gone"),
    says(&["Error while sending QUERY packet"], "database-gone"),
    says(&["Packets out of order"], "database-gone"),
    says(&["Lock wait timeout exceeded"], "database-locked"),
    says(&["Deadlock found when trying to get lock"], "database-locked"),
    says(&["deadlock detected"], "database-locked"),
    says(&["could not obtain lock on"], "database-locked"),
    says(&["canceling statement due to lock timeout"], "database-locked"),
    says(&["database is locked"], "database-locked"),
    says(&["Query execution was interrupted", "maximum statement execution time"], "database-timed-out"),
    says(&["Query execution was interrupted", "max_statement_time"], "database-timed-out"),
    says(&["Query execution was interrupted"], "database-query-killed"),
    says(&["Connection was killed"], "database-query-killed"),
    says(&["is marked as crashed"], "database-error"),
    // PostgreSQL and its poolers
    says(&["too many clients already"], "database-too-many-connections"),
    says(&["remaining connection slots are reserved"], "database-too-many-connections"),
    says(&["too many connections for "], "database-too-many-connections"),
    says(&["no more connections allowed"], "database-too-many-connections"),
    says(&["query_wait_timeout"], "database-timed-out"),
    says(&["canceling statement due to statement timeout"], "database-timed-out"),
    says(&["canceling statement due to conflict with recovery"], "database-query-killed"),
    says(&["canceling statement due to user request"], "database-query-killed"),
    says(&["terminating connection due to"], "database-gone"),
    says(&["server closed the connection unexpectedly"], "database-gone"),
    says(&["SSL connection has been closed unexpectedly"], "database-gone"),
    says(&["the connection is closed", "psycopg"], "database-gone"),
    says(&["the database system is "], "database-refused"),
    says(&["password authentication failed for user"], "database-access-denied"),
    says(&["no pg_hba.conf entry for"], "database-access-denied"),
    says(&["authentication failed for user"], "database-access-denied"),
    says(&["FATAL:", "database \"", "does not exist"], "database-unknown"),
    says(&["pgbouncer cannot connect to server"], "database-refused"),
    says(&["could not translate host name"], "database-unknown-host"),
    says(&["connection to server at", "failed:", "tim"], "database-timed-out"),
    says(&["connection to server at", "failed:"], "database-refused"),
    says(&["connection to server on socket", "failed:"], "database-refused"),
    says(&["could not connect to server", "timed out"], "database-timed-out"),
    says(&["could not connect to server"], "database-refused"),
    says(&["server_login_failed"], "database-refused"),
    // client-side pools and object mappers
    says(&["QueuePool limit of"], "database-timed-out"),
    says(&["HikariPool", "Connection is not available"], "database-timed-out"),
    says(&["could not obtain a connection from the pool within"], "database-timed-out"),
    says(&["could not obtain a database connection within"], "database-timed-out"),
    says(&["Cannot get a connection, pool error Timeout"], "database-timed-out"),
    says(&["Timed out fetching a new connection from the connection pool"], "database-timed-out"),
    says(&["timeout exceeded when trying to connect"], "database-timed-out"),
    says(&["Communications link failure"], "database-refused"),
    says(&["The Network Adapter could not establish the connection"], "database-refused"),
    says(&["ORA-12541"], "database-refused"),
    says(&["ORA-12170"], "database-timed-out"),
    says(&["ORA-01017"], "database-access-denied"),
    says(&["Login failed for user"], "database-access-denied"),
    says(&["Error establishing a database connection"], "database-refused"),
    // MongoDB
    says(&["MongoNetworkTimeoutError"], "database-timed-out"),
    says(&["buffering timed out after"], "database-timed-out"),
    says(&["No suitable servers found"], "database-refused"),
    says(&["ServerSelectionTimeoutError"], "database-refused"),
    // Redis, Memcached and other stores
    says(&["ERR max number of clients reached"], "dependency-refused"),
    says(&["OOM command not allowed when used memory"], "dependency-refused"),
    says(&["LOADING Redis is loading"], "dependency-refused"),
    says(&["MISCONF Redis is configured"], "dependency-refused"),
    says(&["READONLY You can't write against a read only"], "dependency-refused"),
    says(&["BUSY Redis is busy"], "dependency-timed-out"),
    says(&["NOAUTH Authentication required"], "dependency-refused"),
    says(&["WRONGPASS invalid username-password"], "dependency-refused"),
    says(&["CLUSTERDOWN "], "dependency-refused"),
    says(&["MASTERDOWN "], "dependency-refused"),
    says(&["Redis server", "went away"], "dependency-refused"),
    says(&["read error on connection to"], "dependency-timed-out"),
    says(&["MEMCACHED_CONNECTION FAILURE"], "dependency-refused"),
    says(&["SERVER HAS FAILED AND IS DISABLED"], "dependency-refused"),
    says(&["No alive nodes found in your cluster"], "dependency-refused"),
    says(&["es_rejected_execution_exception"], "dependency-refused"),
    says(&["circuit_breaking_exception"], "dependency-refused"),
    says(&["no_shard_available_action_exception"], "dependency-refused"),
    says(&["CONNECTION_FORCED - broker"], "dependency-refused"),
    // calls to other servers
    says(&["cURL error 28"], "remote-call-timed-out"),
    says(&["cURL error "], "remote-call-failed"),
    says(&["curl: (28)"], "remote-call-timed-out"),
    says(&["Maximum execution time", "while waiting for"], "remote-call-timed-out"),
    says(&["HTTP request failed!"], "remote-call-failed"),
    says(&["Could not connect to host", "Soap"], "remote-call-failed"),
    says(&["Error Fetching http headers"], "remote-call-timed-out"),
    says(&["Max retries exceeded with url", "timed out"], "remote-call-timed-out"),
    says(&["Max retries exceeded with url"], "remote-call-failed"),
    says(&["ReadTimeoutError("], "remote-call-timed-out"),
    says(&["requests.exceptions.ReadTimeout"], "remote-call-timed-out"),
    says(&["requests.exceptions.ConnectTimeout"], "remote-call-timed-out"),
    says(&["requests.exceptions.Timeout"], "remote-call-timed-out"),
    says(&["httpx.ReadTimeout"], "remote-call-timed-out"),
    says(&["httpx.ConnectTimeout"], "remote-call-timed-out"),
    says(&["Net::ReadTimeout"], "remote-call-timed-out"),
    says(&["Net::OpenTimeout"], "remote-call-timed-out"),
    says(&["Faraday::TimeoutError"], "remote-call-timed-out"),
    says(&["Faraday::ConnectionFailed"], "remote-call-failed"),
    says(&["HeadersTimeoutError"], "remote-call-timed-out"),
    says(&["Client.Timeout exceeded"], "remote-call-timed-out"),
    says(&["TypeError: fetch failed"], "remote-call-failed"),
    // the machine, seen by an application
    says(&["No space left on device"], "disk-space-exhausted"),
    says(&["MaintenanceModeException"], "maintenance-flag"),
];

/// Words that any client may use; the service is told by the rest of the message.
#[rustfmt::skip]
const SHARED: &[Pattern] = &[
    says(&["getaddrinfo failed"], "database-unknown-host"),
    says(&["getaddrinfo for", "failed"], "database-unknown-host"),
    says(&["getaddrinfo ENOTFOUND"], "database-unknown-host"),
    says(&["getaddrinfo EAI_AGAIN"], "database-unknown-host"),
    says(&["Name or service not known"], "database-unknown-host"),
    says(&["Temporary failure in name resolution"], "database-unknown-host"),
    says(&["nodename nor servname provided"], "database-unknown-host"),
    says(&["Could not resolve host"], "database-unknown-host"),
    says(&["no such host"], "database-unknown-host"),
    says(&["UnknownHostException"], "database-unknown-host"),
    says(&["onnection refused"], "dependency-refused"),
    says(&["ConnectionRefused"], "dependency-refused"),
    says(&["ECONNREFUSED"], "dependency-refused"),
    says(&["actively refused it"], "dependency-refused"),
    says(&["No route to host"], "dependency-refused"),
    says(&["EHOSTUNREACH"], "dependency-refused"),
    says(&["Network is unreachable"], "dependency-refused"),
    says(&["Cannot assign requested address"], "dependency-refused"),
    says(&["onnection timed out"], "dependency-timed-out"),
    says(&["Operation timed out"], "dependency-timed-out"),
    says(&["Read timed out"], "dependency-timed-out"),
    says(&["connect timed out"], "dependency-timed-out"),
    says(&["timeout expired"], "dependency-timed-out"),
    says(&["ETIMEDOUT"], "dependency-timed-out"),
    says(&["ESOCKETTIMEDOUT"], "dependency-timed-out"),
    says(&["i/o timeout"], "dependency-timed-out"),
    says(&["TimeoutError: timed out"], "dependency-timed-out"),
    says(&["socket.timeout: timed out"], "dependency-timed-out"),
    says(&["context deadline exceeded"], "dependency-timed-out"),
];

/// Marks of an error that the database itself reports, whatever it is.
const DATABASE_ERRORS: &[&str] = &[
    "SQLSTATE[",
    "WordPress database error",
    "mysqli_sql_exception",
    "psycopg2.errors.",
    "psycopg.errors.",
    "django.db.utils.",
    "sqlalchemy.exc.",
    "ActiveRecord::StatementInvalid",
    "java.sql.SQL",
];

/// What kind of service a message is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    /// A database server.
    Database,
    /// A cache, queue, search engine or other helper of the application.
    Helper,
    /// A server elsewhere that is asked over HTTP or the like.
    Remote,
}

#[rustfmt::skip]
const SERVICE_WORDS: &[(&str, Service)] = &[
    ("SQLSTATE[", Service::Database), ("mysqli", Service::Database), ("PDO", Service::Database),
    ("mysql", Service::Database), ("MySQL", Service::Database), ("Mysql", Service::Database),
    ("MariaDB", Service::Database), ("psycopg", Service::Database), ("pg_connect", Service::Database),
    ("pg_pconnect", Service::Database), ("PG::", Service::Database), ("asyncpg", Service::Database),
    ("ostgres", Service::Database), ("ostgreSQL", Service::Database), ("Mongo", Service::Database),
    ("mongo", Service::Database), ("jdbc", Service::Database), ("JDBC", Service::Database),
    ("ActiveRecord", Service::Database), ("sqlalchemy", Service::Database), ("django.db", Service::Database),
    ("SequelizeConnection", Service::Database), ("PrismaClient", Service::Database),
    ("edis", Service::Helper), ("emcache", Service::Helper), ("lasticsearch", Service::Helper),
    ("amqp", Service::Helper), ("AMQP", Service::Helper), ("abbitMQ", Service::Helper),
    ("afka", Service::Helper), ("smtp", Service::Helper), ("SMTP", Service::Helper), ("ldap", Service::Helper),
    ("http://", Service::Remote), ("https://", Service::Remote), ("ssl://", Service::Remote),
    ("ConnectionPool(host=", Service::Remote), ("urllib", Service::Remote), ("requests/", Service::Remote),
    ("httpx", Service::Remote), ("aiohttp", Service::Remote), ("SOAP", Service::Remote),
    ("Guzzle", Service::Remote), ("fsockopen", Service::Remote), ("Curl", Service::Remote),
    ("stream_socket_client", Service::Remote), ("file_get_contents", Service::Remote), ("fopen(", Service::Remote), ("Net::HTTP", Service::Remote), ("fetch", Service::Remote),
];

static PLAIN_TABLE: LazyLock<Table> = LazyLock::new(|| Table::new(PLAIN));
static SHARED_TABLE: LazyLock<Table> = LazyLock::new(|| Table::new(SHARED));

/// In: an application's message in any language (a log message, or an exception's class and text). Out: what it
/// says about a service that the application needs, if anything; never more than one meaning, because a message
/// tells of one event.
pub(crate) fn meaning_of_app_message(text: &[u8]) -> Option<AppMeaning> {
    meaning_near(text, None)
}

/// As [`meaning_of_app_message`]; `hint` is the service that the surroundings (the frames of a trace) tell of.
pub(crate) fn meaning_near(text: &[u8], hint: Option<Service>) -> Option<AppMeaning> {
    let text = before_query(text);
    if let Some(pattern) = PLAIN_TABLE.find(text) {
        return pattern.signal.map(AppMeaning::of);
    }
    let Some(shared) = SHARED_TABLE.find(text).and_then(|pattern| pattern.signal) else {
        let from_database =
            DATABASE_ERRORS.iter().any(|word| memchr::memmem::find(text, word.as_bytes()).is_some());
        return from_database.then(|| AppMeaning::of(id("database-error")));
    };
    let target = target_in(text);
    let service = service_by_words(text, Service::Database)
        .or_else(|| target.as_ref().and_then(|t| t.address.port()).and_then(service_by_port))
        .or_else(|| service_by_words(text, Service::Helper))
        .or(hint)
        .or_else(|| service_by_words(text, Service::Remote));
    Some(AppMeaning { target, ..AppMeaning::of(placed(shared, service)) })
}

/// WordPress and others quote the failing query, in which anything may stand.
fn before_query(text: &[u8]) -> &[u8] {
    let end = [&b" for query "[..], b" [SQL: ", b"(SQL: ", b", SQL: "]
        .iter()
        .filter_map(|mark| memchr::memmem::find(text, mark))
        .min();
    end.and_then(|end| text.get(..end)).unwrap_or(text)
}

fn placed(shared: SignalId, service: Option<Service>) -> SignalId {
    const TIMED_OUT: SignalId = id("dependency-timed-out");
    const UNKNOWN_HOST: SignalId = id("database-unknown-host");
    match (service, shared) {
        (Some(Service::Database), TIMED_OUT) => id("database-timed-out"),
        (Some(Service::Database), UNKNOWN_HOST) => UNKNOWN_HOST,
        (Some(Service::Database), _) => id("database-refused"),
        (Some(Service::Remote), TIMED_OUT) => id("remote-call-timed-out"),
        (Some(Service::Remote), _) => id("remote-call-failed"),
        (_, TIMED_OUT) => TIMED_OUT,
        _ => id("dependency-refused"),
    }
}

fn service_by_words(text: &[u8], wanted: Service) -> Option<Service> {
    SERVICE_WORDS
        .iter()
        .filter(|(_, service)| *service == wanted)
        .find(|(word, _)| memchr::memmem::find(text, word.as_bytes()).is_some())
        .map(|(_, service)| *service)
}

/// The kind of service that words in `text` (a path, a quoted source line) point to.
pub(crate) fn service_named_in(text: &[u8]) -> Option<Service> {
    [Service::Database, Service::Helper, Service::Remote]
        .iter()
        .find_map(|service| service_by_words(text, *service))
}

/// The kind of service whose customary port this is.
pub(crate) fn service_by_port(port: u16) -> Option<Service> {
    match port {
        1433 | 1521 | 3306 | 5432 | 6432 | 27017 | 33060 => Some(Service::Database),
        25 | 389 | 587 | 4222 | 5672 | 6379 | 9092 | 9200 | 11211 => Some(Service::Helper),
        80 | 443 => Some(Service::Remote),
        _ => None,
    }
}

/// The first `host:port` in a message, also inside a URL.
fn target_in(text: &[u8]) -> Option<Target> {
    let text = String::from_utf8_lossy(text);
    text.split(|c: char| {
        c.is_whitespace() || matches!(c, '"' | '\'' | '(' | ')' | ',' | '[' | ']' | '<' | '>' | ';')
    })
    .find_map(|word| {
        let word = word.trim_end_matches([':', '.']);
        if word.starts_with("http://") || word.starts_with("https://") {
            return Target::parse(word);
        }
        let word = word.split_once("://").map_or(word, |(_, rest)| rest);
        let authority = word.split('/').next().unwrap_or(word);
        let (host, port) = authority.rsplit_once(':')?;
        let named = host.bytes().any(|b| b.is_ascii_alphanumeric())
            && !host.ends_with(".php")
            && !host.ends_with(".py");
        let port: u16 = port.parse().ok().filter(|port| *port != 0)?;
        // A bare word and a small number are rather a file and its line than an address.
        let likely = host == "localhost"
            || host.contains('.')
            || host.contains(':')
            || service_by_port(port).is_some();
        (named && likely)
            .then(|| Address::parse(authority, 0))?
            .map(|address| Target { protocol: None, address })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> String {
        meaning_of_app_message(text.as_bytes()).map_or_else(String::new, |m| {
            format!("{}{}", m.id, m.target.map(|t| format!(" @{t}")).unwrap_or_default())
        })
    }

    #[test]
    fn services_are_told_apart() {
        assert_eq!(said("SQLSTATE[HY000] [2002] Connection refused"), "database-refused");
        assert_eq!(said("SQLSTATE[HY000] [2002] Connection timed out"), "database-timed-out");
        assert_eq!(
            said(
                "PDO::__construct(): php_network_getaddresses: getaddrinfo for db failed: Name or service not known"
            ),
            "database-unknown-host"
        );
        assert_eq!(said("SQLSTATE[HY000] [1049] Unknown database 'shop'"), "database-unknown");
        assert_eq!(said("Connection refused [tcp://127.0.0.1:6379]"), "dependency-refused @127.0.0.1:6379");
        assert_eq!(said("Error: connect ECONNREFUSED 127.0.0.1:5432"), "database-refused @127.0.0.1:5432");
        assert_eq!(said("dial tcp 192.0.2.7:5672: i/o timeout"), "dependency-timed-out @192.0.2.7:5672");
        assert_eq!(
            said("cURL error 28: Operation timed out after 5001 milliseconds"),
            "remote-call-timed-out"
        );
        assert_eq!(
            said("file_get_contents(https://api.example.com/v1): Failed to open stream: Connection refused"),
            "remote-call-failed @api.example.com:443"
        );
        assert_eq!(said("ConnectionRefusedError: [Errno 111] Connection refused"), "dependency-refused");
        assert_eq!(
            said("WordPress database error Table 'x' doesn't exist for query SELECT 'Connection refused'"),
            "database-error"
        );
        assert_eq!(said("Undefined variable $x in /srv/app/a.php:12"), "");
    }
}
