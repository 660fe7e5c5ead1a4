//! What lies on a card: applications and their files.

use std::collections::BTreeMap;

use anyhow::Context;
use base64::{Engine, prelude::BASE64_STANDARD};

use crate::{
    PinKind,
    apps::App,
    scenarios::{Behaviour, Kind, NoCertificate},
};

impl Kind {
    /// The applications of a product. Those without files here are there to be selected, and empty.
    pub(crate) fn apps(self) -> &'static [App] {
        match self {
            Kind::MyNumberCard => &[App::Manager, App::Jpki, App::Visual, App::Text, App::Resident, App::Common],
            Kind::ResidentCard => &[App::Manager, App::Jpki, App::Resident],
            Kind::AndroidToken | Kind::IosToken => &[App::Manager, App::Jpki],
            Kind::DrivingLicence => &[],
        }
    }

    /// An answer to reset that contactless readers made for such a product.
    pub(crate) fn atr(self) -> &'static [u8] {
        match self {
            Kind::MyNumberCard | Kind::AndroidToken | Kind::IosToken => {
                &[0x3B, 0x88, 0x80, 0x01, 0x00, 0x00, 0x05, 0xE0, 0xB3, 0x81, 0xA1, 0x00, 0x7F]
            }
            Kind::ResidentCard => &[0x3B, 0x88, 0x80, 0x01, 0x00, 0x00, 0x14, 0xE0, 0xB3, 0x81, 0x91, 0x00, 0x5E],
            Kind::DrivingLicence => &[0x3B, 0x88, 0x80, 0x01, 0x00, 0x00, 0x00, 0x00, 0x91, 0x81, 0xC1, 0x00, 0xD8],
        }
    }

    /// The token label: its first 32 bytes tell products apart.
    fn label(self) -> &'static str {
        match self {
            Kind::MyNumberCard | Kind::DrivingLicence => "JPKIAPICCTOKEN2",
            Kind::ResidentCard => "JPKIAPICCTOKEN",
            Kind::AndroidToken => "JPKIAPGPSETOKEN",
            Kind::IosToken => "JPKIAPIOSTOKEN",
        }
    }
}

/// An elementary file (EF).
#[derive(Debug, Clone)]
pub(crate) enum File {
    /// Bytes to read: after any of these secrets, or freely when there is none.
    Binary { content: Vec<u8>, opened_by: Vec<PinKind> },
    /// Records to read by number, from 1, freely.
    Records(Vec<Vec<u8>>),
    /// An object for GET DATA; no file, it has a tag in place of an identifier.
    Object(Vec<u8>),
    /// The reference of a PIN.
    Pin(PinKind),
    /// A private key, usable after its PIN.
    Key(PinKind),
    /// Bytes that none of the card's secrets opens.
    Sealed,
    /// There to be selected, and neither bytes nor records; what it is for nobody has told.
    Unknown,
}

/// Files by their identifier; the low five bits are the short identifier.
pub(crate) type Files = BTreeMap<u16, File>;

/// The certificates that go onto one card, as DER.
pub(crate) struct Certificates {
    pub(crate) auth: Vec<u8>,
    pub(crate) auth_ca: Vec<u8>,
    pub(crate) sign: Vec<u8>,
    pub(crate) sign_ca: Vec<u8>,
}

/// Allocated sizes, larger than any certificate: a reader has to find the end by itself.
const AUTH_SIZE: usize = 2048;
const SIGN_SIZE: usize = 3072;
const CA_SIZE: usize = 1536;

/// The files of the JPKI application.
pub(crate) fn jpki(certificates: &Certificates, behaviour: &Behaviour) -> Files {
    let filled = |der: &[u8], size: usize, needs: Option<PinKind>| File::Binary {
        content: filled(der, size, behaviour.filler),
        opened_by: needs.into_iter().collect(),
    };
    let free = |content: Vec<u8>| File::Binary { content, opened_by: Vec::new() };
    let there = |is_there: bool| if is_there { 0x8F } else { 0x00 };
    let is_auth_listed = behaviour.has_auth_certificate && behaviour.lists_auth_certificate;

    let mut files = Files::from([
        (0x0002, filled(&certificates.sign_ca, CA_SIZE, None)),
        (0x0006, free(token_info(behaviour.label.unwrap_or_else(|| behaviour.kind.label())))),
        (0x0008, free(vec![there(behaviour.has_sign_certificate), there(is_auth_listed), 0x00])),
        (0x000B, filled(&certificates.auth_ca, CA_SIZE, None)),
        (0x0018, File::Pin(PinKind::Auth)),
        (0x001B, File::Pin(PinKind::Sign)),
    ]);
    if behaviour.kind == Kind::MyNumberCard {
        // 0016 holds the key that certifies terminals.
        files.extend([0x0005, 0x0010, 0x0016, 0x0019, 0x001C, 0x001E].map(|id| (id, File::Unknown)));
        files.insert(0x0009, File::Sealed);
    }
    if behaviour.has_sign_certificate {
        files.insert(0x0001, filled(&certificates.sign, SIGN_SIZE, Some(PinKind::Sign)));
        files.insert(0x001A, File::Key(PinKind::Sign));
    }
    if behaviour.has_auth_certificate {
        let needs = matches!(behaviour.kind, Kind::AndroidToken | Kind::IosToken).then_some(PinKind::Auth);
        let shown = behaviour.certificate_length.map(|length| lengthened(&certificates.auth, length));
        files.insert(0x000A, filled(shown.as_deref().unwrap_or(&certificates.auth), AUTH_SIZE, needs));
        files.insert(0x0017, File::Key(PinKind::Auth));
    } else {
        let left = match behaviour.no_certificate {
            NoCertificate::NoFile => None,
            NoCertificate::EmptyFile => Some(Vec::new()),
            NoCertificate::Filler => Some(vec![behaviour.filler; AUTH_SIZE]),
        };
        files.extend(left.map(|content| (0x000A, free(content))));
    }
    files
}

/// A file longer than its content; a content of unforeseen length still gets a tail.
fn filled(content: &[u8], size: usize, filler: u8) -> Vec<u8> {
    let mut content = content.to_vec();
    content.resize(size.max(content.len() + 16), filler);
    content
}

/// A DER sequence of another length: header, content, then bytes that are no filler.
fn lengthened(certificate: &[u8], length: u16) -> Vec<u8> {
    let content = length.saturating_sub(4);
    let mut bytes = [&[0x30, 0x82], &content.to_be_bytes()[..], certificate.get(4..).unwrap_or_default()].concat();
    bytes.resize(usize::from(length), 0xA5);
    bytes
}

/// Contents of the applications that differ from person to person, as a card folder keeps them: base64 by file identifier.
pub(crate) type Contents = BTreeMap<App, BTreeMap<u16, String>>;

/// Allocated sizes of the card face and of its text.
const FACE_SIZE: usize = 6144;
const ATTRIBUTES_SIZE: usize = 512;

/// The applications beside JPKI that a product has, with their files.
pub(crate) fn others(contents: &Contents, behaviour: &Behaviour) -> anyhow::Result<BTreeMap<App, Files>> {
    let mut apps = BTreeMap::new();
    for app in behaviour.kind.apps().iter().copied().filter(|app| *app != App::Jpki) {
        let mut files: Files = pins(app).iter().map(|(id, pin)| (*id, File::Pin(*pin))).collect();
        // Objects of the card itself are known of this product only.
        let is_known = app != App::Manager || behaviour.kind == Kind::MyNumberCard;
        for (id, content) in contents.get(&app).filter(|_| is_known).into_iter().flatten() {
            let content = BASE64_STANDARD.decode(content).context("a file of the card is not base64")?;
            let binary = |content| File::Binary { content, opened_by: opened_by(app, *id).to_vec() };
            let file = match (app, id) {
                (App::Visual, 0x0002) => binary(filled(&content, FACE_SIZE, behaviour.filler)),
                // Here it is FF on every card.
                (App::Text, 0x0002) => binary(filled(&content, ATTRIBUTES_SIZE, 0xFF)),
                (App::Common, _) => File::Records(vec![content]),
                (App::Manager, _) => File::Object(content),
                _ => binary(content),
            };
            files.insert(*id, file);
        }
        apps.insert(app, files);
    }
    Ok(apps)
}

/// The references of the secrets. 照合番号 A and B stand in another order in the text application.
fn pins(app: App) -> &'static [(u16, PinKind)] {
    match app {
        App::Visual => &[(0x0011, PinKind::VisualBirth), (0x0012, PinKind::VisualNumberB), (0x0013, PinKind::VisualNumberA)],
        App::Text => {
            &[(0x0011, PinKind::Text), (0x0012, PinKind::TextBlocked), (0x0014, PinKind::TextNumberA), (0x0015, PinKind::TextNumberB)]
        }
        App::Resident => &[(0x001C, PinKind::Resident)],
        App::Common => &[(0x001C, PinKind::Common)],
        App::Manager | App::Jpki => &[],
    }
}

/// Which secrets open a file; none means that everybody may read it.
fn opened_by(app: App, id: u16) -> &'static [PinKind] {
    match (app, id) {
        (App::Visual, 0x0001) => &[PinKind::VisualBirth],
        (App::Visual, 0x0002 | 0x0006) => &[PinKind::VisualNumberA, PinKind::VisualNumberB],
        (App::Visual, 0x0005) => &[PinKind::VisualNumberA],
        (App::Text, 0x0001) => &[PinKind::Text, PinKind::TextNumberA],
        (App::Text, 0x0002) => &[PinKind::Text, PinKind::TextNumberB],
        (App::Text, 0x0003 | 0x0006 | 0x0007) => &[PinKind::Text, PinKind::TextNumberA, PinKind::TextNumberB],
        _ => &[],
    }
}

/// Token information of 160 bytes: the fields of PKCS #11 `CK_TOKEN_INFO`, numbers in four bytes, big end first.
fn token_info(label: &str) -> Vec<u8> {
    let text = |text: &str, width: usize| format!("{text:width$}").into_bytes();
    let mut info = text(label, 32);
    info.extend(text("UKETSUKE-TEST", 32));
    info.extend(text("virtual-card", 16));
    info.extend(text("0000000000000000", 16));
    // Flags: random numbers, login required, user PIN initialised, token initialised. Then ten counters nobody reads.
    let numbers: [u32; 11] = [0x040D, 0, 0, 0, 0, 16, 4, u32::MAX, u32::MAX, u32::MAX, u32::MAX];
    info.extend(numbers.iter().flat_map(|number| number.to_be_bytes()));
    info.extend(b"03");
    info.extend(b"01");
    info.extend(text("", 16));
    info
}
