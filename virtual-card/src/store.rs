//! The files of a card folder: how they are written and read.

use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use anyhow::Context;
use base64::{Engine, prelude::BASE64_STANDARD};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    files::Contents,
    leaf::{Leaf, RootId, Validity},
};

/// `authority.json`: everything that is not one person's.
#[derive(Serialize, Deserialize)]
pub(crate) struct Authority {
    pub(crate) profile: u32,
    pub(crate) roots: BTreeMap<RootId, Root>,
    /// The signature key, one for all cards: making keys takes time, and it proves nothing about anyone.
    pub(crate) sign_key: String,
    pub(crate) small_key: String,
    pub(crate) small: Certificate,
    /// Absent in a folder made before cards had a face.
    #[serde(default)]
    pub(crate) face_keys: Option<FaceKeyTexts>,
}

/// The keys of the card face, as PEM.
#[derive(Serialize, Deserialize)]
pub(crate) struct FaceKeyTexts {
    pub(crate) authority: String,
    pub(crate) data: String,
    pub(crate) card: String,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Root {
    pub(crate) key: String,
    pub(crate) serial: u32,
    pub(crate) certificate: Certificate,
}

/// `<person>.json`: one card.
#[derive(Serialize, Deserialize)]
pub(crate) struct CardFile {
    pub(crate) profile: u32,
    pub(crate) auth_key: String,
    /// The P-384 key of the next generation; absent in a folder made before it.
    #[serde(default)]
    pub(crate) next_key: Option<String>,
    pub(crate) auth: BTreeMap<Leaf, Certificate>,
    pub(crate) sign: Certificate,
    #[serde(default)]
    pub(crate) contents: Contents,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Certificate {
    pub(crate) validity: Validity,
    pub(crate) pem: String,
}

pub(crate) fn authority_path(dir: &Path) -> PathBuf {
    dir.join("authority.json")
}

pub(crate) fn card_path(dir: &Path, person: &str) -> PathBuf {
    dir.join(format!("{person}.json"))
}

impl Certificate {
    pub(crate) fn new(validity: Validity, der: &[u8]) -> Certificate {
        let text = BASE64_STANDARD.encode(der);
        let mut pem = String::from("-----BEGIN CERTIFICATE-----\n");
        for (at, character) in text.chars().enumerate() {
            if at > 0 && at % 64 == 0 {
                pem.push('\n');
            }
            pem.push(character);
        }
        pem.push_str("\n-----END CERTIFICATE-----\n");
        Certificate { validity, pem }
    }

    pub(crate) fn der(&self) -> anyhow::Result<Vec<u8>> {
        let text: String = self.pem.lines().filter(|line| !line.starts_with('-')).collect();
        BASE64_STANDARD.decode(text).context("a certificate is not PEM")
    }
}

/// Reads a file of ours; `None` when it does not exist.
pub(crate) fn read<T: DeserializeOwned>(path: &Path) -> anyhow::Result<Option<T>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes).context("not a file this version writes")?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Writes a file whole or not at all, and only when its content is new.
pub(crate) fn write(path: &Path, content: &[u8], is_private: bool) -> anyhow::Result<()> {
    if fs::read(path).is_ok_and(|there| there == content) {
        return Ok(());
    }
    let draft = path.with_extension("new");
    let inside = || -> io::Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, if is_private { 0o600 } else { 0o644 });
        #[cfg(not(unix))]
        let _ = is_private;
        let mut file = options.open(&draft)?;
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(&draft, path)
    };
    inside().with_context(|| format!("cannot write {}", path.display()))
}

pub(crate) fn write_json<T: Serialize>(path: &Path, value: &T, is_private: bool) -> anyhow::Result<()> {
    let mut text = serde_json::to_string_pretty(value)?;
    text.push('\n');
    write(path, text.as_bytes(), is_private)
}

/// Makes the folder and keeps other makers out until the file is dropped.
pub(crate) fn lock(dir: &Path) -> anyhow::Result<File> {
    let inside = || -> io::Result<File> {
        fs::create_dir_all(dir)?;
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(dir.join(".lock"))?;
        file.lock()?;
        Ok(file)
    };
    inside().with_context(|| format!("cannot use the folder {}", dir.display()))
}
