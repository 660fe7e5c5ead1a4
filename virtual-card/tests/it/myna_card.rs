//! The card read by a library that is not ours and not OpenSC: `myna-card`. It has its own encoder, parsers and signature checks.

use myna_card::{
    Certificate, Error, Image, ImageFormat, MasterFile, Pin, Retries, Sex, TokenType,
    ap::{
        common::CommonAp,
        jpki::{JpkiAp, SignatureScheme},
        surface::{self, SurfaceAp},
        text::TextAp,
    },
    certificate::roots::Accept,
    data::Date,
    mf, verification_code_b,
};
use virtual_card::{Card, PinKind, people};

use crate::script;

/// The way of the library to a card of ours.
struct Link(Card);

impl myna_card::Transmit for Link {
    fn transmit(&mut self, command: &[u8]) -> myna_card::Result<Vec<u8>> {
        self.0.transmit(command).map_err(|_| Error::NoReader)
    }
}

fn reader(spec: &str) -> myna_card::Card<Link> {
    myna_card::Card::new(Link(script::card(spec)))
}

fn digits(text: &str) -> Pin {
    Pin::numeric(text).unwrap()
}

fn day((year, month, day): (i16, i8, i8)) -> Date {
    Date { year: year.try_into().unwrap(), month: month.try_into().unwrap(), day: day.try_into().unwrap() }
}

#[test]
fn it_reads_kind_counters_and_certificates() {
    let mut card = reader("ichiro");
    let mut jpki = JpkiAp::select(&mut card).unwrap();
    assert_eq!(jpki.read_token_type().unwrap(), TokenType::Card);
    assert_eq!(jpki.read_token_info().unwrap().token_type, TokenType::Card);
    let there = jpki.read_certificate_availability().unwrap();
    assert!(there.has_auth_certificate() && there.has_sign_certificate());
    assert_eq!((jpki.auth_pin_retries().unwrap(), jpki.sign_pin_retries().unwrap()), (Retries::Remaining(3), Retries::Remaining(5)));

    let certificate = jpki.read_auth_certificate().unwrap();
    assert_eq!(certificate.der().len(), 1590, "without filler");
    assert_eq!(certificate.public_key().unwrap().bits(), 2048);
    let ca = jpki.read_auth_ca_certificate().unwrap();
    certificate.verify_signature(&ca).unwrap();
    ca.verify_signature(&ca).unwrap();
    assert!(jpki.read_sign_certificate().is_err(), "needs its PIN");
    jpki.verify_sign_pin(&Pin::new(virtual_card::SIGN_PIN).unwrap()).unwrap();
    let certificate = jpki.read_sign_certificate().unwrap();
    certificate.verify_signature(&jpki.read_sign_ca_certificate().unwrap()).unwrap();
    assert_eq!(card.transport().0.verify_count(), 1);
}

#[test]
fn it_reads_the_same_certificate_through_short_reads_and_any_filler() {
    let der = |spec: &str| JpkiAp::select(&mut reader(spec)).unwrap().read_auth_certificate_der().unwrap();
    let whole = der("ichiro");
    // Not `tiny-read`: it wants a whole DER header in the first answer.
    for scenario in ["short-read", "short-read-254", "filler", "no-extended", "61-6c"] {
        assert_eq!(der(&format!("ichiro:{scenario}")), whole, "{scenario}");
    }
    assert!(der("ichiro:small-cert").len() < 256);
}

#[test]
fn it_signs_in_every_way_and_its_own_check_holds() {
    let mut card = reader("ichiro");
    let mut jpki = JpkiAp::select(&mut card).unwrap();
    assert!(jpki.sign_with_auth_key(SignatureScheme::Sha256DigestInfo, b"message").is_err(), "needs the PIN");
    jpki.verify_auth_pin(&digits(virtual_card::AUTH_PIN)).unwrap();
    for scheme in [SignatureScheme::Sha256Bare, SignatureScheme::Sha256DigestInfo, SignatureScheme::Sha256Pss] {
        jpki.sign_with_auth_key_checked(scheme, b"message").unwrap();
    }
    for scheme in [SignatureScheme::PreHashedDigestInfo, SignatureScheme::PreHashedPss, SignatureScheme::Verbatim] {
        jpki.sign_with_auth_key_checked(scheme, &[7; 32]).unwrap();
    }
    let key = jpki.read_auth_certificate().unwrap().public_key().unwrap();
    let signature = jpki.sign_with_auth_key(SignatureScheme::Sha256DigestInfo, b"message").unwrap();
    assert!(SignatureScheme::Sha256DigestInfo.verify(&key, b"massage", &signature).is_err(), "the check can fail");
}

#[test]
fn it_is_told_wrong_pins_the_last_try_and_the_lock() {
    let mut card = reader("ichiro:wrong-pin-1");
    let mut jpki = JpkiAp::select(&mut card).unwrap();
    let wrong = digits("0000");
    assert!(matches!(jpki.verify_auth_pin(&wrong), Err(Error::PinIncorrect { retries: Some(1) })));
    assert!(matches!(jpki.verify_auth_pin(&wrong), Err(Error::PinBlocked)));
    assert!(matches!(jpki.verify_auth_pin(&digits("1234")), Err(Error::PinBlocked)));
    assert_eq!(jpki.auth_pin_retries().unwrap(), Retries::Blocked);
    assert_eq!((card.transport().0.verify_count(), card.transport().0.tries_left(PinKind::Auth)), (3, 0));
    // Repeats what looks like a wrong length: the try is spent a second time. A reader must not.
    let mut card = reader("ichiro:verify-6c");
    let _ = JpkiAp::select(&mut card).unwrap().verify_auth_pin(&wrong);
    assert_eq!(card.transport().0.tries_left(PinKind::Auth), 2, "a VERIFY with Le is no VERIFY");
}

#[test]
fn it_knows_phones_old_cards_and_other_cards() {
    let kind = |spec: &str| JpkiAp::select(&mut reader(spec)).unwrap().read_token_type().unwrap();
    assert_eq!((kind("ichiro:phone-android"), kind("ichiro:phone-ios")), (TokenType::Android, TokenType::IPhone));
    assert_eq!(kind("ichiro:juki").name(), "JPKIAPICCTOKEN");
    assert!(JpkiAp::select(&mut reader("ichiro:foreign")).is_err());
}

#[test]
fn it_opens_the_face_with_number_b_and_finds_every_signature_right() {
    for person in people() {
        let mut card = reader(person.id);
        let number_b = verification_code_b(day(person.birth), 2033, person.security_code.as_bytes()).unwrap();
        let mut face = SurfaceAp::select(&mut card).unwrap();
        assert_eq!(face.retries(surface::ef::CODE_B).unwrap(), Retries::Remaining(10));
        let issuer = face.read_certificate().unwrap().public_key;
        assert!(face.read_card_face().is_err(), "needs the number");
        face.verify_code_b(&number_b).unwrap();
        let printed = face.read_card_face().unwrap();
        printed.verify(&issuer).unwrap();
        assert_eq!((printed.birth_date, printed.expiry), (day(person.birth), day(person.expiry())));
        assert_eq!((printed.photo.format, printed.name_image.format), (ImageFormat::Jpeg2000, ImageFormat::Png));
        assert_eq!(printed.address_image.format, ImageFormat::Png);
        assert!(face.read_my_number_image().is_err(), "number B does not open it");

        let mut other = printed.clone();
        other.photo = Image::new(Vec::new());
        other.signed_segments[2].push(0);
        assert!(other.verify(&issuer).is_err(), "the check can fail");

        // The card is there, not a copy of its files: its own key signs a challenge without a PIN.
        let signature = face.sign(b"challenge").unwrap();
        printed.public_key.verify_pkcs1_sha256(b"challenge", &signature).unwrap();

        face.verify_birth_date(&digits(&person.birth_key())).unwrap();
        let age = face.read_age_record().unwrap();
        age.verify(&issuer).unwrap();
        assert_eq!(age.birth_date, day(person.birth));
        assert_eq!(face.read_ap_basic_data().unwrap().municipality_code, "99101");
    }
}

#[test]
fn it_reads_name_and_address_by_number_b_and_the_hashes_fit() {
    for person in people() {
        let mut card = reader(person.id);
        let mut text = TextAp::select(&mut card).unwrap();
        let issuer = text.read_certificate().unwrap().public_key;
        text.verify_code_b(&digits(&person.number_b())).unwrap();
        let attributes = text.read_attributes().unwrap();
        assert_eq!(attributes.split_name(), Some((person.family, person.given)));
        assert_eq!((attributes.address.as_str(), attributes.birth_date), (person.address, day(person.birth)));
        assert_eq!(attributes.sex, if person.sex == virtual_card::Sex::Male { Sex::Male } else { Sex::Female });
        assert!(text.read_my_number().is_err(), "number B does not open it");
        let hashes = text.read_integrity_record().unwrap();
        hashes.verify(&issuer).unwrap();
        let file = text.read_ef(0x0002).unwrap();
        assert!(hashes.matches_attributes_file(&file).unwrap());
        text.read_signed_public_key().unwrap().verify(&issuer).unwrap();
        text.read_ap_basic_data().unwrap();
        text.read_session_key_public_key().unwrap();
    }
}

/// Everything that its program `read_card` asks for, in its order, over one connection: the whole card or nothing.
#[test]
fn its_reading_of_the_whole_card_comes_to_its_end() {
    for (spec, is_atr_at_the_start) in [("ichiro", true), ("hanako", true), ("ichiro:atr-app-only", false)] {
        let mut card = reader(spec);
        let person = people().iter().find(|person| spec.starts_with(person.id)).unwrap();

        card.transport_mut().0.power_on();
        let mut files = MasterFile::new(&mut card);
        assert_eq!(files.data_object(mf::tag::CARD_IDENTIFICATION).unwrap().len(), 15);
        let chain = files.certificate_chain().unwrap();
        chain[1].verify_with(&chain[0].public_key).unwrap();
        assert_eq!(files.card().contact_atr().is_ok(), is_atr_at_the_start, "{spec}");

        let mut common = CommonAp::select(&mut card).unwrap();
        assert_eq!(common.card().contact_atr().unwrap(), [0x3B, 0xE0, 0x00, 0xFF, 0x81, 0x31, 0xFE, 0x45, 0x14], "{spec}");
        let municipality = common.read_card_info().unwrap().municipality_code;

        let mut text = TextAp::select(&mut card).unwrap();
        let issuer = text.read_certificate().unwrap().public_key;
        text.read_ap_basic_data().unwrap();
        text.verify_pin(&digits(virtual_card::TEXT_PIN)).unwrap();
        text.read_signed_public_key().unwrap().verify(&issuer).unwrap();
        assert_eq!(text.read_my_number().unwrap().as_str(), person.number_a);
        assert_eq!(text.read_attributes().unwrap().split_name(), Some((person.family, person.given)));
        let hashes = text.read_integrity_record().unwrap();
        hashes.verify(&issuer).unwrap();
        let number = text.read_my_number_file().unwrap();
        assert!(hashes.matches_my_number_file(&number));
        assert!(hashes.matches_attributes_file(&text.read_ef(0x0002).unwrap()).unwrap());

        let mut face = SurfaceAp::select(&mut card).unwrap();
        let issuer = face.read_certificate().unwrap().public_key;
        assert_eq!(face.read_ap_basic_data().unwrap().municipality_code, municipality);
        face.verify_birth_date(&digits(&person.birth_key())).unwrap();
        face.read_age_record().unwrap().verify(&issuer).unwrap();
        face.verify_code_a(&digits(person.number_a)).unwrap();
        let printed = face.read_card_face().unwrap();
        printed.verify(&issuer).unwrap();
        let challenge = face.card().get_challenge(16).unwrap();
        let signature = face.sign(&challenge).unwrap();
        SignatureScheme::Sha256DigestInfo.verify(&printed.public_key, &challenge, &signature).unwrap();
        face.read_my_number_image().unwrap().verify(&issuer).unwrap();

        let mut jpki = JpkiAp::select(&mut card).unwrap();
        assert_eq!(jpki.read_token_type().unwrap(), TokenType::Card);
        let chain = [jpki.read_auth_certificate().unwrap(), jpki.read_auth_ca_certificate().unwrap()];
        let (issued, _) = chain[0].validity();
        Certificate::verify_chain(&chain, issued).unwrap();
        for accept in [Accept::ProductionOnly, Accept::ProductionAndTest] {
            assert!(chain[0].verify_to_root(issued, accept).is_err(), "it certifies nobody");
        }
        assert_eq!((jpki.auth_pin_retries().unwrap(), jpki.sign_pin_retries().unwrap()), (Retries::Remaining(3), Retries::Remaining(5)));
        assert_eq!(card.transport().0.verify_count(), 3, "text PIN, birth date, number A: each once");
    }
}

#[test]
fn it_reads_what_tells_a_card_apart() {
    let mut card = reader("ichiro");
    let info = CommonAp::select(&mut card).unwrap().read_card_info().unwrap();
    assert_eq!((info.serial.as_str(), info.municipality_code.as_str()), ("999990000001201", "99101"));
    assert_eq!(info.expiry, day((2033, 6, 2)));
    card.transport_mut().0.power_on();
    let chain = MasterFile::new(&mut card).certificate_chain().unwrap();
    assert_eq!(chain.len(), 2);
    chain[1].verify_with(&chain[0].public_key).unwrap();
}
