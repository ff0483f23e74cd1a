//! The pieces of a report, which every form (terminal, Markdown, HTML) shows in its own way.

/// One piece of a report.
pub(crate) enum Block {
    /// What the report is about, where it is not a diagnosis.
    Title(String),
    /// The way of the request, with the hop that broke marked.
    Path(Vec<Hop>),
    /// The sentence that matters most.
    Verdict { tone: Tone, text: String },
    /// A heading.
    Heading(String),
    /// A heading below a heading.
    Subheading(String),
    /// A paragraph.
    Text(String),
    /// Points in no order.
    Points(Vec<String>),
    /// Evidence: what, where, and the words it was read from.
    Evidence(Vec<Quote>),
    /// Steps in order.
    Steps(Vec<String>),
    /// A command to type, or a piece of code; its lines stay as they are.
    Code(String),
}

/// How bad it is; plain for what is neither good nor bad.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    Bad,
    Unsure,
    Good,
    Plain,
}

/// One station on the way of a request.
pub(crate) struct Hop {
    pub(crate) name: String,
    /// Whether the way from the station before to this one is the one that broke.
    pub(crate) broken: bool,
}

/// A piece of evidence as shown.
pub(crate) struct Quote {
    pub(crate) what: String,
    pub(crate) place: String,
    pub(crate) words: Option<String>,
}
