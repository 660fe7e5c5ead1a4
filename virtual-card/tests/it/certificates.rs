//! The CA and the certificates, judged by the `openssl` command.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;
use virtual_card::{AUTH_POLICY_OID, Card, DEMO_CA_MARKER_OID, people};

use crate::{
    script::{SELECT_JPKI, bytes, data, jpki, plays},
    world::{self, NOW, at},
};

struct Openssl {
    is_success: bool,
    text: String,
}

fn openssl(arguments: &[&str]) -> Openssl {
    let output = Command::new("openssl").args(arguments).output().unwrap();
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    Openssl { is_success: output.status.success(), text }
}

/// The certificate in a file of the card, cut at its DER length.
fn certificate(card: &mut Card, short_identifier: u8) -> Vec<u8> {
    let mut file = data(card, &format!("00 B0 {short_identifier:02X} 00 00 00 00"));
    assert_eq!(file[..2], [0x30, 0x82]);
    file.truncate(4 + usize::from(u16::from_be_bytes([file[2], file[3]])));
    file
}

fn auth(dir: &Path, spec: &str) -> Vec<u8> {
    let mut card = Card::open(dir, &spec.parse().unwrap()).unwrap();
    plays(&mut card, &[(SELECT_JPKI, "9000")]);
    certificate(&mut card, 0x8A)
}

/// A certificate as a PEM file, and a place to keep it.
fn file(folder: &TempDir, name: &str, der: &[u8]) -> String {
    let (from, to) = (folder.path().join("der"), folder.path().join(name));
    fs::write(&from, der).unwrap();
    assert!(openssl(&["x509", "-inform", "DER", "-in", from.to_str().unwrap(), "-out", to.to_str().unwrap()]).is_success);
    to.to_str().unwrap().to_owned()
}

fn text_of(der: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = file(&folder, "one.pem", der);
    openssl(&["x509", "-in", &path, "-noout", "-text", "-nameopt", "RFC2253,utf8,-esc_msb,show_type"]).text
}

fn seconds(moment: &str) -> String {
    moment.parse::<jiff::Timestamp>().unwrap().as_second().to_string()
}

fn verify(dir: &Path, spec: &str, moment: &str) -> Openssl {
    let folder = tempfile::tempdir().unwrap();
    let leaf = file(&folder, "leaf.pem", &auth(dir, spec));
    let roots = dir.join("ca.pem");
    openssl(&["verify", "-attime", &seconds(moment), "-x509_strict", "-purpose", "sslclient", "-CAfile", roots.to_str().unwrap(), &leaf])
}

/// A copy of the shared folder that a test may change, without making new keys.
fn copy() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(world::cards()).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), folder.path().join(entry.file_name())).unwrap();
    }
    folder
}

fn index(dir: &Path) -> BTreeMap<String, String> {
    serde_json::from_slice(&fs::read(dir.join("people.json")).unwrap()).unwrap()
}

#[test]
fn everyones_certificate_stands_under_generation_3() {
    for person in people() {
        let seen = verify(world::cards(), person.id, NOW);
        assert!(seen.is_success, "{}: {}", person.id, seen.text);
    }
}

#[test]
fn openssl_judges_each_case_as_meant() {
    for (scenario, complaint) in [
        ("expires-soon", None),
        ("old-ca-2", None),
        ("expired", Some("certificate has expired")),
        ("expired-long", Some("certificate has expired")),
        ("not-yet-valid", Some("certificate is not yet valid")),
        ("old-ca-1", Some("certificate has expired")),
        ("forged", Some("certificate signature failure")),
        ("forged-own-id", Some("unable to get local issuer certificate")),
    ] {
        let seen = verify(world::cards(), &format!("ichiro:{scenario}"), NOW);
        match complaint {
            None => assert!(seen.is_success, "{scenario}: {}", seen.text),
            Some(complaint) => assert!(!seen.is_success && seen.text.contains(complaint), "{scenario}: {}", seen.text),
        }
    }
}

#[test]
fn only_the_root_of_generation_1_is_over() {
    // The leaf is within its own dates: it is the root that has expired.
    let seen = verify(world::cards(), "ichiro:old-ca-1", NOW);
    assert!(seen.text.contains("error 10 at 1 depth lookup"), "{}", seen.text);
    let seen = verify(world::cards(), "ichiro:expired", NOW);
    assert!(seen.text.contains("error 10 at 0 depth lookup"), "{}", seen.text);
}

#[test]
fn the_normal_certificate_has_every_field_of_the_real_one() {
    let der = auth(world::cards(), "ichiro");
    assert_eq!(der.len(), 1590);
    let text = text_of(&der);
    for line in [
        "Version: 3 (0x2)",
        "Signature Algorithm: sha256WithRSAEncryption",
        "Issuer: OU=UTF8STRING:Virtual cards that certify nobody,OU=UTF8STRING:UKETSUKE-TEST for user authentication,\
         O=UTF8STRING:UKETSUKE-TEST,C=PRINTABLESTRING:JP",
        "Public-Key: (2048 bit)",
        "Exponent: 65537 (0x10001)",
        "14:59:59 2029 GMT",
        "X509v3 Key Usage: critical\n                Digital Signature\n",
        "X509v3 Extended Key Usage: \n                TLS Web Client Authentication",
        "X509v3 Certificate Policies: critical",
        "CPS: http://cps.uketsuke-test.invalid/auth/",
        "X509v3 CRL Distribution Points: \n                Full Name:\n                  DirName:",
        "OCSP - URI:http://ocsp",
        "X509v3 Authority Key Identifier: \n                keyid:",
    ] {
        assert!(text.contains(line), "{line}\nis missing in\n{text}");
    }
    assert!(text.contains(AUTH_POLICY_OID));
    assert!(
        text.contains("DirName:/C=JP/O=UKETSUKE-TEST/") && text.contains("serial:"),
        "the authority key id has all three parts\n{text}"
    );
    assert!(!text.contains("JPKI"));
    for private in ["資格", "一郎", "1960"] {
        assert!(!text.contains(private), "{private}");
    }
    let subject = text.lines().find(|line| line.contains("Subject: ")).unwrap();
    let number = subject.trim().strip_prefix("Subject: CN=UTF8STRING:").unwrap().strip_suffix(",C=PRINTABLESTRING:JP").unwrap();
    assert!(number.len() == 23 && number.ends_with("99101003A"), "{number}");
}

#[test]
fn the_signature_certificate_names_the_person() {
    let mut card = jpki("ichiro");
    plays(&mut card, &[("00 20 00 9B 06 41 42 43 31 32 33", "9000")]);
    let (leaf, root) = (certificate(&mut card, 0x81), certificate(&mut card, 0x82));
    let text = text_of(&leaf);
    for part in ["資格　一郎", ":1,", "319600602", "資格県受付市在宅町１丁目２番３号", "Digital Signature, Non Repudiation"]
    {
        assert!(text.contains(part), "{part} is missing in\n{text}");
    }
    let folder = tempfile::tempdir().unwrap();
    let (leaf, root) = (file(&folder, "leaf.pem", &leaf), file(&folder, "root.pem", &root));
    let seen = openssl(&["verify", "-attime", &seconds(NOW), "-CAfile", &root, &leaf]);
    assert!(seen.is_success, "{}", seen.text);
}

#[test]
fn the_signature_certificate_says_which_characters_stand_for_others() {
    // Other names 1 to 6: name, its replaced characters, sex, birth date, address, its replaced characters.
    for (person, name, address) in [("ichiro", "00000", "0000000000000000"), ("kazuko", "01000", "000000000000")] {
        let mut card = jpki(person);
        plays(&mut card, &[("00 20 00 9B 06 41 42 43 31 32 33", "9000")]);
        let leaf = certificate(&mut card, 0x81);
        let values: Vec<&[u8]> = (1..=6)
            .map(|arc| {
                // The object identifier's end `8.5.5.arc`, then [0] around a UTF8String.
                let end = [0x08, 0x05, 0x05, arc, 0xA0];
                let at = leaf.windows(5).position(|window| window == end).unwrap_or_else(|| panic!("{person}: no {arc}")) + 6;
                assert_eq!(leaf[at], 0x0C);
                &leaf[at + 2..at + 2 + usize::from(leaf[at + 1])]
            })
            .collect();
        assert_eq!((values[1], values[5]), (name.as_bytes(), address.as_bytes()), "{person}");
        for text in [0, 4] {
            let characters = std::str::from_utf8(values[text]).unwrap().chars().count();
            assert_eq!(characters, values[text + 1].len(), "{person}: one digit for each character");
        }
    }
}

#[test]
fn the_bundle_is_three_marked_roots_of_one_name() {
    let bundle = fs::read_to_string(world::cards().join("ca.pem")).unwrap();
    let end = "-----END CERTIFICATE-----\n";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("root.pem");
    let texts: Vec<String> = bundle
        .split_inclusive(end)
        .map(|root| {
            fs::write(&path, root).unwrap();
            openssl(&["x509", "-in", path.to_str().unwrap(), "-noout", "-text"]).text
        })
        .collect();
    assert_eq!(texts.len(), 3);
    let line = |text: &str, of: &str| text.lines().find(|line| line.contains(of)).map(str::trim).unwrap().to_owned();
    for text in &texts {
        assert!(text.contains(DEMO_CA_MARKER_OID), "{text}");
        assert!(!text.contains(&format!("{DEMO_CA_MARKER_OID}: critical")));
        assert!(text.contains("X509v3 Basic Constraints: critical\n                CA:TRUE"));
        assert!(text.contains("X509v3 Key Usage: critical\n                Certificate Sign, CRL Sign"));
        assert!(text.contains("X509v3 Subject Key Identifier") && !text.contains("Authority Key Identifier"));
        assert_eq!(line(text, "Subject:").replace("Subject", "Issuer"), line(text, "Issuer:"));
        assert_eq!(line(text, "Subject:"), line(&texts[0], "Subject:"));
    }
    assert!(line(&texts[0], "Not After").contains("2025"), "generation 1 is over");
    assert_eq!(line(&texts[0], "Serial Number"), "Serial Number: 1 (0x1)");
    assert_ne!(texts[1], texts[2]);
}

#[test]
fn the_card_carries_the_root_of_its_generation_and_the_forgers_carry_theirs() {
    for (scenario, is_ours) in [("normal", true), ("old-ca-1", true), ("old-ca-2", true), ("forged", false), ("forged-own-id", false)] {
        let root = certificate(&mut jpki(&format!("ichiro:{scenario}")), 0x8B);
        let folder = tempfile::tempdir().unwrap();
        let root = fs::read_to_string(file(&folder, "root.pem", &root)).unwrap();
        let bundle = fs::read_to_string(world::cards().join("ca.pem")).unwrap();
        assert_eq!(bundle.contains(&root), is_ours, "{scenario}");
    }
}

#[test]
fn people_json_knows_every_certificate_that_a_card_can_show() {
    let index = index(world::cards());
    let cases = [
        "normal",
        "expired",
        "expired-long",
        "expires-soon",
        "expires-today",
        "next-gen",
        "not-yet-valid",
        "old-ca-1",
        "old-ca-2",
        "forged",
        "forged-own-id",
    ];
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("der");
    for person in people() {
        for case in cases {
            fs::write(&path, auth(world::cards(), &format!("{}:{case}", person.id))).unwrap();
            let seen = openssl(&["dgst", "-sha256", "-r", path.to_str().unwrap()]).text;
            let fingerprint = seen.split_whitespace().next().unwrap();
            assert_eq!(index.get(fingerprint).map(String::as_str), Some(person.id), "{}:{case}", person.id);
        }
    }
    assert_eq!(index.len(), people().len() * cases.len());
}

#[test]
fn making_again_changes_nothing() {
    let folder = copy();
    let before: BTreeMap<PathBuf, Vec<u8>> = contents(folder.path());
    virtual_card::make(folder.path(), at(NOW)).unwrap();
    assert_eq!(contents(folder.path()), before);
}

fn contents(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

#[test]
fn another_day_renews_what_it_must_and_keeps_the_keys() {
    let folder = copy();
    let dir = folder.path();
    let key = |der: &[u8]| {
        let folder = tempfile::tempdir().unwrap();
        let path = file(&folder, "leaf.pem", der);
        openssl(&["x509", "-in", &path, "-noout", "-pubkey"]).text
    };
    let (normal, expired) = (auth(dir, "ichiro"), auth(dir, "ichiro:expired"));

    virtual_card::make(dir, at("2026-11-22T00:00:00Z")).unwrap();
    assert_eq!(auth(dir, "ichiro"), normal, "a day later the valid one still is");
    assert_ne!(auth(dir, "ichiro:expired"), expired, "yesterday is another day");
    assert!(index(dir).len() == index(world::cards()).len());

    for moment in ["2029-03-01T00:00:00Z", "2019-04-30T15:00:00Z", "2040-02-29T12:00:00Z"] {
        virtual_card::make(dir, at(moment)).unwrap();
        let renewed = auth(dir, "ichiro");
        assert_ne!(renewed, normal, "{moment}");
        assert_eq!(renewed.len(), 1590);
        assert_eq!(key(&renewed), key(&normal), "{moment}");
        for scenario in ["normal", "old-ca-2", "expires-soon"] {
            let seen = verify(dir, &format!("ichiro:{scenario}"), moment);
            assert!(seen.is_success, "{scenario} at {moment}: {}", seen.text);
        }
        assert!(!verify(dir, "ichiro:old-ca-1", moment).is_success, "{moment}");
        assert!(!verify(dir, "ichiro:expired", moment).is_success, "{moment}");
    }
}

#[test]
fn makers_at_the_same_time_wait_for_each_other() {
    let folder = copy();
    fs::remove_file(folder.path().join("people.json")).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| virtual_card::make(folder.path(), at("2027-01-01T00:00:00Z")).unwrap());
        }
    });
    let known = index(folder.path());
    assert_eq!(known.len(), people().len() * 11);
    auth(folder.path(), "hanako");
}

#[test]
fn a_file_that_is_not_ours_is_named() {
    let folder = copy();
    fs::write(folder.path().join("hanako.json"), "{}").unwrap();
    let error = format!("{:#}", virtual_card::make(folder.path(), at(NOW)).unwrap_err());
    assert!(error.contains("hanako.json"), "{error}");
}

#[cfg(unix)]
#[test]
fn files_with_keys_are_private() {
    use std::os::unix::fs::PermissionsExt;
    let mode = |name: &str| fs::metadata(world::cards().join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("authority.json"), mode("ichiro.json")), (0o600, 0o600));
    for public in ["ca.pem", "people.json"] {
        assert!(!fs::read_to_string(world::cards().join(public)).unwrap().contains("PRIVATE"));
    }
}

#[test]
fn a_certificate_starts_as_der_does() {
    assert_eq!(auth(world::cards(), "ichiro")[..4], bytes("30 82 06 32")[..]);
}
