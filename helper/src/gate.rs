//! Who may speak to this program at all: exact Host, exact Origin, before anything else is looked at.
//!
//! A page elsewhere can make a browser connect here (rebinding, foreign frames, plain requests). The Host check takes away
//! every name but our own, the Origin check every page but those allowed ([`crate::allow`]). Nothing is matched by pattern.
//! Source: `reader-helper.md` §5.1, T1–T5; `DESIGN.md` §7.11.

use std::fmt;
use std::sync::Arc;

use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, Uri};
use serde::{Deserialize, Serialize};

/// The origin of a page: scheme, host and port, exactly as browsers write it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Origin(Arc<str>);

/// Says why a text is not the origin of a page that may be allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAnOrigin {
    /// Not `http://` or `https://` in small letters.
    #[error("it must start with https:// (or http:// for this machine)")]
    Scheme,
    /// Something stands behind host and port, or before them.
    #[error("only scheme, host and port may stand here: no path, no slash at the end, no user name")]
    NotPure,
    /// The host is not written as browsers write it.
    #[error("the host must be in small letters, digits, hyphens and dots (punycode for others), or an address")]
    Host,
    /// An address in brackets: the header that says who may frame the PIN's page knows none (CSP, `host-source`).
    #[error("the host must not be an IPv6 address; for this machine use localhost or 127.0.0.1")]
    Ipv6,
    /// The port is no number, or the one that browsers leave out.
    #[error("the port must be 1 to 65535, and 443 (https) or 80 (http) must be left out")]
    Port,
    /// Without encryption, anyone on the way could be the page.
    #[error("http:// is for pages of this machine only: localhost or 127.0.0.1")]
    Plain,
}

impl Origin {
    /// Reads an origin; accepts only the form that browsers send.
    ///
    /// # Errors
    /// [`NotAnOrigin`]; nothing is repaired.
    pub fn parse(text: &str) -> Result<Self, NotAnOrigin> {
        let (is_plain, rest) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
            (Some(rest), _) => (false, rest),
            (None, Some(rest)) => (true, rest),
            (None, None) => return Err(NotAnOrigin::Scheme),
        };
        if rest.contains(['/', '?', '#', '@', '\\', ' ']) {
            return Err(NotAnOrigin::NotPure);
        }
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => (host, Some(port)),
            _ => (rest, None),
        };
        if host.starts_with('[') {
            return Err(NotAnOrigin::Ipv6);
        }
        if !is_host(host) {
            return Err(NotAnOrigin::Host);
        }
        if let Some(port) = port {
            let number: u16 = port.parse().map_err(|_| NotAnOrigin::Port)?;
            let is_default = number == if is_plain { 80 } else { 443 };
            if number == 0 || is_default || number.to_string() != port {
                return Err(NotAnOrigin::Port);
            }
        }
        if is_plain && !matches!(host, "127.0.0.1" | "localhost") {
            return Err(NotAnOrigin::Plain);
        }
        Ok(Self(text.into()))
    }

    /// The text as browsers send it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Host and port, for people.
    #[must_use]
    pub fn host(&self) -> &str {
        self.0.split_once("://").map_or(&*self.0, |(_, rest)| rest)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Origin {
    type Error = NotAnOrigin;

    fn try_from(text: String) -> Result<Self, NotAnOrigin> {
        Self::parse(&text)
    }
}

impl From<Origin> for String {
    fn from(origin: Origin) -> Self {
        origin.as_str().to_owned()
    }
}

fn is_host(host: &str) -> bool {
    let is_label = |label: &str| {
        let ends = [label.chars().next(), label.chars().next_back()];
        label.len() <= 63
            && ends.iter().all(|end| end.is_some_and(|c| c != '-'))
            && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    let ends_in_number = host.rsplit('.').next().is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit()));
    let is_address = host.parse::<std::net::Ipv4Addr>().is_ok();
    host.len() <= 253 && host.split('.').all(is_label) && (is_address || !ends_in_number)
}

/// The names of this program, of which one must be the Host.
#[derive(Debug)]
pub struct Gate {
    hosts: [String; 3],
}

/// Who came through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Visitor {
    /// A person's look at a public page of this program, or a frame's: no Origin is needed.
    Page,
    /// The PIN frame itself, sending the digits.
    PinFrame,
    /// An allowed page.
    Allowed(Origin),
}

/// Why someone did not come through. Says nothing about readers, cards or what exists here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// 421: not our name.
    WrongHost,
    /// 403: no origin, or not an allowed one.
    WrongOrigin,
    /// 403 as well: the connection is another user's of this machine.
    OtherUser,
}

impl Refusal {
    /// Status code of the answer.
    #[must_use]
    pub fn status(self) -> StatusCode {
        match self {
            Self::WrongHost => StatusCode::MISDIRECTED_REQUEST,
            Self::WrongOrigin | Self::OtherUser => StatusCode::FORBIDDEN,
        }
    }

    /// What the log says. A header's value is never logged; it is a stranger's text.
    #[must_use]
    pub fn for_the_log(self) -> &'static str {
        match self {
            Self::WrongHost => "a request with another Host",
            Self::WrongOrigin => "a request of a page that is not allowed",
            Self::OtherUser => "a request of another user",
        }
    }
}

impl Gate {
    /// Makes the gate of a program that listens on `port`.
    #[must_use]
    pub fn new(port: u16) -> Self {
        Self { hosts: ["127.0.0.1", "[::1]", "localhost"].map(|host| format!("{host}:{port}")) }
    }

    /// Judges a request by its head: Host first, then Origin (one of `allowed`); only then may a route be looked up.
    /// `scheme` is that of the connection, `http` or `https`.
    ///
    /// # Errors
    /// [`Refusal`], which is all that the visitor learns.
    pub fn judge(&self, scheme: &str, allowed: &[Origin], method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<Visitor, Refusal> {
        let host = only(headers, &HOST).ok_or(Refusal::WrongHost)?;
        // A proxy's form of the target names a host too; browsers never send it to a server.
        if uri.authority().is_some() || !self.hosts.iter().any(|ours| ours == host) {
            return Err(Refusal::WrongHost);
        }
        let path = uri.path();
        let is_pin = path.starts_with("/pin/");
        if *method == Method::GET && (path == "/" || is_pin || path.starts_with("/pin-assets/")) {
            return Ok(Visitor::Page);
        }
        let origin = only(headers, &ORIGIN).ok_or(Refusal::WrongOrigin)?;
        if *method == Method::POST && is_pin {
            // The frame's own origin is the address it was loaded from, which the Host check has just confined to us.
            let is_frame = origin.split_once("://") == Some((scheme, host));
            return if is_frame { Ok(Visitor::PinFrame) } else { Err(Refusal::WrongOrigin) };
        }
        let allowed = allowed.iter().find(|allowed| allowed.as_str() == origin);
        allowed.cloned().map(Visitor::Allowed).ok_or(Refusal::WrongOrigin)
    }
}

/// The value of a header that came exactly once, in visible ASCII.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?;
    if values.next().is_some() { None } else { first.to_str().ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_that_browsers_send_are_accepted() {
        for text in [
            "https://uketsuke.example",
            "https://uketsuke.example:8443",
            "https://xn--uckwa.example",
            "http://localhost:8080",
            "http://127.0.0.1:8080",
            "http://127.0.0.1",
            "https://192.0.2.7",
        ] {
            assert_eq!(Origin::parse(text).map(|origin| origin.to_string()), Ok(text.to_owned()));
        }
    }

    proptest::proptest! {
        /// A list of one page lets in that page's own text, and nothing that is one change or more away from it.
        #[test]
        fn nothing_but_the_very_text_of_an_allowed_origin_comes_through(at in 0..40_usize, cut in 0..3_usize, put in "[ -~]{0,3}") {
            let listed = Origin::parse("https://uketsuke.example:8443").unwrap();
            let mut text = listed.as_str().to_owned();
            let from = at.min(text.len());
            text.replace_range(from..(from + cut).min(text.len()), &put);
            let mut headers = HeaderMap::new();
            headers.insert(HOST, "127.0.0.1:35970".parse().unwrap());
            headers.insert(ORIGIN, text.parse().unwrap());
            let gate = Gate::new(35970);
            let judged = gate.judge("http", std::slice::from_ref(&listed), &Method::GET, &Uri::from_static("/v1"), &headers);
            let is_same = text == listed.as_str();
            proptest::prop_assert_eq!(judged, if is_same { Ok(Visitor::Allowed(listed)) } else { Err(Refusal::WrongOrigin) });
        }
    }

    #[test]
    fn anything_that_is_not_a_pure_origin_is_refused() {
        for (text, why) in [
            ("", NotAnOrigin::Scheme),
            ("*", NotAnOrigin::Scheme),
            ("null", NotAnOrigin::Scheme),
            ("uketsuke.example", NotAnOrigin::Scheme),
            ("HTTPS://uketsuke.example", NotAnOrigin::Scheme),
            ("file:///", NotAnOrigin::Scheme),
            ("ws://uketsuke.example", NotAnOrigin::Scheme),
            (" https://uketsuke.example", NotAnOrigin::Scheme),
            ("https://uketsuke.example/", NotAnOrigin::NotPure),
            ("https://uketsuke.example/r", NotAnOrigin::NotPure),
            ("https://user@uketsuke.example", NotAnOrigin::NotPure),
            ("https://uketsuke.example?x", NotAnOrigin::NotPure),
            ("https://uketsuke.example#x", NotAnOrigin::NotPure),
            ("https://uketsuke.example ", NotAnOrigin::NotPure),
            ("https://", NotAnOrigin::Host),
            ("https://Uketsuke.example", NotAnOrigin::Host),
            ("https://*.example", NotAnOrigin::Host),
            ("https://uketsuke.example.", NotAnOrigin::Host),
            ("https://受付.example", NotAnOrigin::Host),
            ("https://-a.example", NotAnOrigin::Host),
            ("http://[::1]:8080", NotAnOrigin::Ipv6),
            ("https://[2001:db8::1]", NotAnOrigin::Ipv6),
            ("https://[::0001]", NotAnOrigin::Ipv6),
            ("https://127.1", NotAnOrigin::Host),
            ("https://uketsuke.example:443", NotAnOrigin::Port),
            ("https://uketsuke.example:0", NotAnOrigin::Port),
            ("https://uketsuke.example:08443", NotAnOrigin::Port),
            ("https://uketsuke.example:", NotAnOrigin::Port),
            ("https://uketsuke.example:+1", NotAnOrigin::Port),
            ("http://localhost:80", NotAnOrigin::Port),
            ("http://uketsuke.example", NotAnOrigin::Plain),
            ("http://192.0.2.7:8080", NotAnOrigin::Plain),
        ] {
            assert_eq!(Origin::parse(text), Err(why), "{text}");
        }
    }
}
