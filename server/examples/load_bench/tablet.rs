//! Visits as a tablet asks for them, and the card's signature, made by a fast key of the same card.

use std::path::Path;
use std::sync::Arc;

use crate::card::{certificate, transmit};
use anyhow::{Context as _, ensure};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject as _;
use server::random::Random;
use shared::bytes::Base64;
use shared::evidence::{Operation, signed_bytes};
use virtual_card::{Card, CardSpec};

use crate::client::{Answer, Client};
use crate::served::ORIGIN;

/// A card's certificate and key.
pub(crate) struct Signer {
    key: RsaKeyPair,
    certificate: String,
    random: Random,
}

/// A visit that was opened and signed.
pub(crate) struct Ready {
    path: String,
    secret: String,
    body: Vec<u8>,
}

impl Signer {
    pub(crate) fn open(cards: &Path) -> anyhow::Result<Arc<Self>> {
        let file: serde_json::Value = serde_json::from_slice(&std::fs::read(cards.join("ichiro.json"))?)?;
        let pem = file.get("auth_key").and_then(|key| key.as_str()).context("the card's key")?;
        let key = PrivatePkcs8KeyDer::from_pem_slice(pem.as_bytes())?;
        let key = RsaKeyPair::from_pkcs8(key.secret_pkcs8_der()).map_err(|why| anyhow::anyhow!("the card's key: {why}"))?;
        let mut card = Card::open(cards, &"ichiro".parse::<CardSpec>()?)?;
        card.power_on();
        transmit(&mut card, &[0x00, 0xA4, 0x04, 0x0C, 0x0A, 0xD3, 0x92, 0xF0, 0x00, 0x26, 0x01, 0x00, 0x00, 0x00, 0x01])?;
        transmit(&mut card, b"\x00\x20\x00\x98\x041234")?;
        let certificate = Base64(certificate(&mut card)?).to_text();
        Ok(Arc::new(Self { key, certificate, random: Random::machine() }))
    }

    /// Asks for a new visit.
    pub(crate) async fn ask_to_open(&self, client: &mut Client, token: &str) -> anyhow::Result<Answer> {
        let body = serde_json::json!({
            "key": Base64(self.random.bytes::<16>()?.to_vec()), "notice_version": server::visit::NOTICE_VERSION, "language": "ja",
            "choices": { "surgery": "agree", "treatment_and_drug": "agree", "checkup": "agree", "limit_certificate": "agree",
                         "specific_disease": "agree" }
        });
        Ok(client.post(&format!("/api/reception/{token}/visits"), "", body.to_string().as_bytes()).await?)
    }

    /// Opens a visit and signs it.
    pub(crate) async fn ready(&self, client: &mut Client, token: &str) -> anyhow::Result<Ready> {
        let mut answer = self.ask_to_open(client, token).await?;
        // Preparing is no measurement: refused, it asks again.
        for _ in 0..100 {
            if answer.status != 503 {
                break;
            }
            answer = self.ask_to_open(client, token).await?;
        }
        ensure!(answer.status == 200, "{}: {}", answer.status, String::from_utf8_lossy(&answer.body));
        let opened: serde_json::Value = serde_json::from_slice(&answer.body)?;
        let text = |place: &str| opened.pointer(place).and_then(|text| text.as_str()).with_context(|| format!("no {place} in the answer"));
        let bytes = |place: &str| anyhow::Ok(Base64::parse(text(place)?).map_err(|_| anyhow::anyhow!("{place} is no base64"))?.0);
        let nonce: [u8; 32] = bytes("/challenge/nonce")?.as_slice().try_into()?;
        let message = signed_bytes(Operation::Authenticate, &server::sha256(ORIGIN.as_bytes()), &nonce, &bytes("/challenge/statement")?);
        let mut signature = vec![0; self.key.public().modulus_len()];
        let signed = self.key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), &message, &mut signature);
        signed.map_err(|_| anyhow::anyhow!("the key does not sign"))?;
        let proof = serde_json::json!({
            "nonce": text("/challenge/nonce")?, "certificate": self.certificate, "signature": Base64(signature), "replaces": null
        });
        Ok(Ready {
            path: format!("/api/visits/{}/proof", text("/visit")?),
            secret: format!("x-uketsuke-visit: {}\r\n", text("/secret")?),
            body: proof.to_string().into_bytes(),
        })
    }
}

impl Ready {
    /// Hands the proof in.
    pub(crate) async fn prove(&self, client: &mut Client) -> std::io::Result<Answer> {
        client.post(&self.path, &self.secret, &self.body).await
    }
}

/// True for the answer of a visit that is done.
pub(crate) fn is_done(answer: &Answer) -> bool {
    answer.status == 200 && answer.body.windows(9).any(|nine| nine == b"\"receipt\"")
}
