//! The one origin of a server.

use crate::Sha256;

/// The one origin of a server: scheme, host and port, as browsers write it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    text: String,
    authority: String,
    is_https: bool,
    /// SHA-256 of the text: what the card signs.
    pub sha256: Sha256,
}

/// Says that a text is no origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an origin such as https://uketsuke.example or http://localhost:8080")]
pub struct NotAnOrigin;

impl Origin {
    /// Reads `scheme://host[:port]`; refuses a path, capitals, and a port that a browser would leave out.
    ///
    /// # Errors
    /// [`NotAnOrigin`].
    pub fn parse(text: &str) -> Result<Self, NotAnOrigin> {
        let (is_https, authority, default_port) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
            (Some(authority), _) => (true, authority, ":443"),
            (_, Some(authority)) => (false, authority, ":80"),
            _ => return Err(NotAnOrigin),
        };
        let parsed: axum::http::uri::Authority = authority.parse().map_err(|_| NotAnOrigin)?;
        let is_plain = authority.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b':' | b'[' | b']'));
        if parsed.host().is_empty() || !is_plain || authority.ends_with(default_port) || authority.ends_with(':') {
            return Err(NotAnOrigin);
        }
        Ok(Self { text: text.to_owned(), authority: authority.to_owned(), is_https, sha256: crate::sha256(text.as_bytes()) })
    }

    /// The text as browsers write it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Host and port as they stand in the `Host` header.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// The host without its port and brackets.
    #[must_use]
    pub fn host(&self) -> String {
        let parsed = self.authority.parse::<axum::http::uri::Authority>();
        parsed.map(|authority| authority.host().trim_matches(['[', ']']).to_owned()).unwrap_or_default()
    }

    /// True for https.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.is_https
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_what_a_browser_would_write() {
        for good in ["https://uketsuke.example", "http://localhost:8080", "http://127.0.0.1:1", "https://[::1]:8443"] {
            assert_eq!(Origin::parse(good).unwrap().as_str(), good);
        }
        for bad in [
            "uketsuke.example",
            "https://",
            "https://a/",
            "https://a/b",
            "https://A",
            "https://a:443",
            "http://a:80",
            "ftp://a",
            "https://a@b",
            "https://a:",
        ] {
            assert_eq!(Origin::parse(bad), Err(NotAnOrigin), "{bad}");
        }
        assert_eq!(Origin::parse("https://[::1]:8443").unwrap().host(), "::1");
    }
}
