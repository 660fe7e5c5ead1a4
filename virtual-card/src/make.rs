//! Makes a folder of cards.

use std::{
    collections::BTreeMap,
    num::NonZero,
    path::Path,
    sync::{Mutex, PoisonError},
    thread,
    time::SystemTime,
};

use anyhow::Context;
use base64::{Engine, prelude::BASE64_STANDARD};
use jiff::Timestamp;
use rand::rngs::OsRng;
use rsa::{
    RsaPrivateKey,
    pkcs8::{DecodePrivateKey, EncodePrivateKey, LineEnding},
};
use sha2_010::{Digest, Sha256};

use crate::{
    apps::App,
    certificate::{self, Issuer, NORMAL_LENGTH, PROFILE, PublicKey},
    face::{self, FaceKeys},
    files::Contents,
    leaf::{Leaf, RootId},
    people::{Person, people},
    pictures::pictures,
    store::{self, Authority, CardFile, Certificate, FaceKeyTexts, Root},
    text,
};

/// Makes the CA and everyone's keys and certificates in `dir`, or brings a folder made earlier up to date.
///
/// Keys are made once and kept. Certificates are made again when `now` is outside what they are for: a valid one nears its end,
/// "expired yesterday" was made the day before. Calls at the same time, also from other processes, wait for each other.
///
/// Files: `ca.pem` (the three roots of the user authentication CA, generation 1 to 3, all under one name), `people.json` (lower-case hex
/// SHA-256 of each user authentication certificate's DER → person id), `authority.json` and one `<person>.json` per card (private,
/// mode 0600, no stable format).
///
/// # Errors
/// The folder cannot be made, read or written, or holds a file that is not ours.
pub fn make(dir: &Path, now: SystemTime) -> anyhow::Result<()> {
    let now = Timestamp::try_from(now).context("the clock is outside the calendar")?;
    let _lock = store::lock(dir)?;
    let in_file = |path: &Path| format!("cannot use {}", path.display());

    let authority_path = store::authority_path(dir);
    let authority: Option<Authority> = store::read(&authority_path).with_context(|| in_file(&authority_path))?;
    let mut cards = Vec::new();
    for person in people() {
        let path = store::card_path(dir, person.id);
        let card: Option<CardFile> = store::read(&path).with_context(|| in_file(&path))?;
        cards.push((person, path, card));
    }

    let missing = cards.iter().filter(|(_, _, card)| card.is_none()).count();
    let missing_faces = authority.as_ref().is_none_or(|authority| authority.face_keys.is_none());
    let mut fresh = new_keys(missing + if authority.is_some() { 0 } else { ROOT_KEYS + 1 } + if missing_faces { FACE_KEYS } else { 0 })?;
    let authority = authority_at(authority, &mut fresh, now).with_context(|| in_file(&authority_path))?;
    store::write_json(&authority_path, &authority, true)?;

    let issuers = Issuers::read(&authority).with_context(|| in_file(&authority_path))?;
    let mut index = BTreeMap::new();
    for (person, path, card) in cards {
        let card = card_at(person, card, &issuers, &mut fresh, now).with_context(|| in_file(&path))?;
        for leaf in card.auth.values() {
            index.insert(hex(&Sha256::digest(leaf.der()?)), person.id);
        }
        store::write_json(&path, &card, true)?;
    }

    let generations = [RootId::Auth1, RootId::Auth2, RootId::Auth3];
    let bundle: String = generations.iter().filter_map(|id| authority.roots.get(id)).map(|root| root.certificate.pem.as_str()).collect();
    store::write(&dir.join("ca.pem"), bundle.as_bytes(), false)?;
    store::write_json(&dir.join("people.json"), &index, false)
}

/// Three generations, the signature CA, and one stranger for both forgeries.
const ROOT_KEYS: usize = 5;

/// Authority, data and card.
const FACE_KEYS: usize = 3;

/// The authority as it should be at `now`: what there is kept, what is missing or out of date made.
fn authority_at(there: Option<Authority>, fresh: &mut Vec<RsaPrivateKey>, now: Timestamp) -> anyhow::Result<Authority> {
    let mut authority = match there {
        Some(authority) => authority,
        None => new_authority(fresh, now)?,
    };
    let is_current = authority.profile == PROFILE;
    authority.profile = PROFILE;
    if authority.face_keys.is_none() {
        authority.face_keys = Some(FaceKeyTexts { authority: pem(&take(fresh)?)?, data: pem(&take(fresh)?)?, card: pem(&take(fresh)?)? });
    }
    let renewed = {
        let issuers = Issuers::read(&authority)?;
        let mut renewed = Vec::new();
        for (id, root) in &authority.roots {
            let has = root.certificate.validity;
            let is_made = !root.certificate.pem.is_empty();
            if !(is_current && is_made && id.still_fits(has, now)?) {
                let validity = id.validity(now)?;
                renewed.push((*id, Certificate::new(validity, &certificate::root(&issuers.of(*id)?, validity)?)));
            }
        }
        renewed
    };
    for (id, certificate) in renewed {
        if let Some(root) = authority.roots.get_mut(&id) {
            root.certificate = certificate;
        }
    }
    if !is_current || authority.small.pem.is_empty() || !Leaf::Small.still_fits(authority.small.validity, now)? {
        let validity = Leaf::Small.validity(first_person()?, now)?;
        let key = RsaPrivateKey::from_pkcs8_pem(&authority.small_key)?;
        authority.small = Certificate::new(validity, &certificate::small(&key, validity)?);
    }
    Ok(authority)
}

/// An authority of keys only; its certificates are empty and get made next.
fn new_authority(fresh: &mut Vec<RsaPrivateKey>, now: Timestamp) -> anyhow::Result<Authority> {
    let stranger = pem(&take(fresh)?)?;
    let third = certificate::new_serial();
    let mut roots = BTreeMap::new();
    for id in RootId::ALL {
        let (key, serial) = match id {
            RootId::Auth1 => (pem(&take(fresh)?)?, 1),
            RootId::Auth2 | RootId::Sign => (pem(&take(fresh)?)?, certificate::new_serial()),
            RootId::Auth3 => (pem(&take(fresh)?)?, third),
            RootId::Forged => (stranger.clone(), third),
            RootId::ForgedOwnId => (stranger.clone(), certificate::new_serial()),
        };
        let certificate = Certificate { validity: id.validity(now)?, pem: String::new() };
        roots.insert(id, Root { key, serial, certificate });
    }
    Ok(Authority {
        profile: PROFILE,
        roots,
        sign_key: pem(&take(fresh)?)?,
        small_key: pem(&RsaPrivateKey::new(&mut OsRng, 512)?)?,
        small: Certificate { validity: Leaf::Small.validity(first_person()?, now)?, pem: String::new() },
        face_keys: None,
    })
}

/// A person's card as it should be at `now`.
fn card_at(
    person: &Person,
    there: Option<CardFile>,
    issuers: &Issuers,
    fresh: &mut Vec<RsaPrivateKey>,
    now: Timestamp,
) -> anyhow::Result<CardFile> {
    let is_current = there.as_ref().is_some_and(|card| card.profile == PROFILE);
    let (auth_key, next_key, mut auth, sign, contents) = match there {
        Some(card) => (card.auth_key, card.next_key, card.auth, Some(card.sign), Some(card.contents)),
        None => (pem(&take(fresh)?)?, None, BTreeMap::new(), None, None),
    };
    let next_key = match next_key {
        Some(key) => key,
        None => p384::SecretKey::random(&mut OsRng).to_pkcs8_pem(LineEnding::LF)?.to_string(),
    };
    let mut key = None;
    for leaf in Leaf::PER_PERSON {
        let there = auth.get(&leaf).filter(|_| is_current);
        if there.map(|there| leaf.still_fits(there.validity, now)).transpose()? == Some(true) {
            continue;
        }
        // Read only when needed: a folder that is up to date costs next to nothing.
        let key = match &key {
            Some(key) => key,
            None => key.insert(PublicKey::rsa(&RsaPrivateKey::from_pkcs8_pem(&auth_key)?.to_public_key())?),
        };
        let next =
            (leaf == Leaf::NextGen).then(|| PublicKey::p384(&p384::SecretKey::from_pkcs8_pem(&next_key)?.public_key())).transpose()?;
        let key = next.as_ref().unwrap_or(key);
        let validity = leaf.validity(person, now)?;
        let length = (leaf == Leaf::Normal).then_some(NORMAL_LENGTH);
        let der = certificate::auth_leaf(&issuers.of(leaf.root())?, key, validity, length)?;
        auth.insert(leaf, Certificate::new(validity, &der));
    }
    let sign = match sign {
        Some(sign) if is_current && Leaf::Normal.still_fits(sign.validity, now)? => sign,
        _ => {
            let validity = Leaf::Normal.validity(person, now)?;
            let issuer = issuers.of(RootId::Sign)?;
            Certificate::new(
                validity,
                &certificate::sign_leaf(&issuer, &PublicKey::rsa(&issuers.sign_key.to_public_key())?, validity, person)?,
            )
        }
    };
    let contents = match contents {
        Some(contents) if is_current => contents,
        _ => contents_of(person, &issuers.face_keys)?,
    };
    Ok(CardFile { profile: PROFILE, auth_key, next_key: Some(next_key), auth, sign, contents })
}

/// The files beside certificates: they are signed once and kept, for a signature takes time.
fn contents_of(person: &Person, keys: &FaceKeys) -> anyhow::Result<Contents> {
    let pictures = pictures(person.id).context("a person without pictures")?;
    let apps = [
        (App::Visual, face::files(person, pictures, keys)?),
        (App::Text, text::files(person, keys)?),
        (App::Common, vec![(0x0001, text::common_record(person))]),
        (App::Manager, text::objects(person, keys)?.into_iter().collect()),
    ];
    let encoded = |files: Vec<face::Content>| files.into_iter().map(|(id, content)| (id, BASE64_STANDARD.encode(content))).collect();
    Ok(apps.into_iter().map(|(app, files)| (app, encoded(files))).collect())
}

/// The keys that sign certificates and card faces, read once.
struct Issuers {
    keys: BTreeMap<RootId, (RsaPrivateKey, [u8; 20], u32)>,
    sign_key: RsaPrivateKey,
    face_keys: FaceKeys,
}

impl Issuers {
    fn read(authority: &Authority) -> anyhow::Result<Issuers> {
        let mut keys = BTreeMap::new();
        for (id, root) in &authority.roots {
            let key = RsaPrivateKey::from_pkcs8_pem(&root.key)?;
            let key_id = certificate::key_id(&key.to_public_key())?;
            keys.insert(*id, (key, key_id, root.serial));
        }
        let copied = keys.get(&RootId::Auth3).map(|(_, key_id, _)| *key_id);
        if let (Some((_, key_id, _)), Some(copied)) = (keys.get_mut(&RootId::Forged), copied) {
            *key_id = copied;
        }
        let texts = authority.face_keys.as_ref().context("the keys of the card face are missing")?;
        let face_keys = FaceKeys {
            authority: RsaPrivateKey::from_pkcs8_pem(&texts.authority)?,
            data: RsaPrivateKey::from_pkcs8_pem(&texts.data)?,
            card: RsaPrivateKey::from_pkcs8_pem(&texts.card)?,
        };
        Ok(Issuers { keys, sign_key: RsaPrivateKey::from_pkcs8_pem(&authority.sign_key)?, face_keys })
    }

    fn of(&self, root: RootId) -> anyhow::Result<Issuer<'_>> {
        let (key, key_id, serial) = self.keys.get(&root).with_context(|| format!("the key of root {root:?} is missing"))?;
        Ok(Issuer { root, key, key_id: *key_id, serial: *serial })
    }
}

/// Makes keys of 2048 bits on all processors; one takes a tenth of a second to several seconds.
fn new_keys(count: usize) -> anyhow::Result<Vec<RsaPrivateKey>> {
    let wanted = Mutex::new(count);
    let one_more = || {
        let mut wanted = wanted.lock().unwrap_or_else(PoisonError::into_inner);
        *wanted = wanted.checked_sub(1)?;
        Some(())
    };
    let work = || -> anyhow::Result<Vec<RsaPrivateKey>> {
        let mut keys = Vec::new();
        while one_more().is_some() {
            keys.push(RsaPrivateKey::new(&mut OsRng, 2048)?);
        }
        Ok(keys)
    };
    let workers = thread::available_parallelism().map_or(1, NonZero::get).min(count);
    thread::scope(|scope| {
        let threads: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        let mut keys = Vec::new();
        for thread in threads {
            keys.extend(thread.join().map_err(|_| anyhow::anyhow!("making a key failed"))??);
        }
        Ok(keys)
    })
}

fn take(fresh: &mut Vec<RsaPrivateKey>) -> anyhow::Result<RsaPrivateKey> {
    fresh.pop().context("as many keys were made as are missing")
}

fn pem(key: &RsaPrivateKey) -> anyhow::Result<String> {
    Ok(key.to_pkcs8_pem(LineEnding::LF)?.to_string())
}

fn first_person() -> anyhow::Result<&'static Person> {
    people().first().context("the list of people is not empty")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
