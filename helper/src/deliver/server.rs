//! The server, as the program at レセコン asks it.

use std::sync::Arc;
use std::time::Duration;

use shared::api::link::{LinkedFace, NewResults, Received, ResultPage, ResultsAsked};
use shared::api::{Code, Endpoint as _};
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};
use zeroize::Zeroizing;

/// Longest answer, bytes.
const ANSWER_MAX: u64 = 4 * 1024 * 1024;
/// Longest time for one answer.
const TIME: Duration = Duration::from_secs(30);

/// The part of a refusal that counts here: a newer server may add to the others.
#[derive(serde::Deserialize)]
struct Said {
    code: Code,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Away {
    /// It cannot be reached, or something is wrong with it: later again.
    #[error("the server gives no answer ({0})")]
    Unreachable(String),
    /// It said no.
    #[error("the server said {} ({status})", code.map_or("no", Code::word))]
    Refused {
        /// HTTP status.
        status: u16,
        /// Which refusal, where it is one of this product.
        code: Option<Code>,
        /// So many seconds before the next request.
        wait_s: Option<u64>,
    },
}

/// What is asked.
pub trait Source {
    /// The results behind one.
    ///
    /// # Errors
    /// [`Away`].
    fn new_results(&self, after: Option<&str>) -> Result<ResultPage, Away>;

    /// Name and content of the file of a result.
    ///
    /// # Errors
    /// [`Away`].
    fn face(&self, id: &str) -> Result<(String, Vec<u8>), Away>;

    /// Says that a result lies in the folder; said again, it changes nothing.
    ///
    /// # Errors
    /// [`Away`].
    fn received(&self, id: &str) -> Result<(), Away>;
}

/// The server over HTTPS.
pub struct Server {
    agent: ureq::Agent,
    base: String,
    authorization: Zeroizing<String>,
    encoding: &'static str,
}

impl Server {
    /// A server at `base` (scheme and host); `ca` in PEM where no public CA signed its certificate.
    ///
    /// # Errors
    /// What is wrong with `ca`.
    pub fn new(base: &str, token: &str, encoding: &'static str, ca: Option<&[u8]>) -> Result<Self, String> {
        let mut tls = TlsConfig::builder();
        if let Some(pem) = ca {
            let items = parse_pem(pem).collect::<Result<Vec<_>, _>>().map_err(|why| why.to_string())?;
            let found = items.into_iter().filter_map(|item| if let PemItem::Certificate(one) = item { Some(one) } else { None });
            tls = tls.root_certs(RootCerts::Specific(Arc::new(found.collect())));
        }
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(TIME))
            .http_status_as_error(false)
            // The token goes to this server and to no other.
            .max_redirects(0)
            .tls_config(tls.build())
            .build();
        let authorization = Zeroizing::new(format!("Bearer {token}"));
        Ok(Self { agent: config.into(), base: base.trim_end_matches('/').to_owned(), authorization, encoding })
    }

    fn answer(&self, sent: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Result<(Option<String>, Vec<u8>), Away> {
        let unreachable = |why: ureq::Error| Away::Unreachable(why.to_string());
        let mut response = sent.map_err(unreachable)?;
        let status = response.status().as_u16();
        let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let (wait, disposition) = (header("retry-after"), header("content-disposition"));
        let body = response.body_mut().with_config().limit(ANSWER_MAX).read_to_vec().map_err(unreachable)?;
        if (200..300).contains(&status) {
            return Ok((disposition, body));
        }
        let code = serde_json::from_slice::<Said>(&body).ok().map(|said| said.code);
        Err(Away::Refused { status, code, wait_s: wait.and_then(|text| text.parse().ok()) })
    }
}

impl Source for Server {
    fn new_results(&self, after: Option<&str>) -> Result<ResultPage, Away> {
        let body = ResultsAsked { after: after.map(str::to_owned), limit: None };
        let body = serde_json::to_vec(&body).map_err(|why| Away::Unreachable(why.to_string()))?;
        let request = self.agent.post(format!("{}{}", self.base, NewResults.path())).header("content-type", "application/json");
        let (_, answer) = self.answer(request.header("authorization", self.authorization.as_str()).send(&body))?;
        serde_json::from_slice(&answer).map_err(|why| Away::Unreachable(why.to_string()))
    }

    fn received(&self, id: &str) -> Result<(), Away> {
        let request = self.agent.post(format!("{}{}", self.base, Received { consent: id.into() }.path()));
        self.answer(request.header("authorization", self.authorization.as_str()).send_empty()).map(|_| ())
    }

    fn face(&self, id: &str) -> Result<(String, Vec<u8>), Away> {
        let path = LinkedFace { consent: id.into(), encoding: self.encoding.into() }.path();
        let request = self.agent.get(format!("{}{path}", self.base)).header("authorization", self.authorization.as_str());
        let (disposition, answer) = self.answer(request.call())?;
        let name = disposition.as_deref().and_then(|text| text.split("filename=").nth(1)).map(|name| name.trim_matches('"').to_owned());
        name.map(|name| (name, answer)).ok_or_else(|| Away::Unreachable("the file has no name".to_owned()))
    }
}
