//! SIGN, checked by the `openssl` command.

use std::{fs, path::Path, process::Command};

use crate::{
    script::{SELECT_JPKI, SIGN, VERIFY_1234, VERIFY_ABC123, card, data, hex, jpki, plays},
    world,
};

const DIGEST_INFO: &str = "30 31 30 0D 06 09 60 86 48 01 65 03 04 02 01 05 00 04 20";
/// SHA-256 of the three bytes `abc` (FIPS 180-4 example).
const ABC: &str = "BA 78 16 BF 8F 01 CF EA 41 41 40 DE 5D AE 22 23 B0 03 61 A3 96 17 7A 9C B4 10 FF 61 F2 00 15 AD";

fn openssl(dir: &Path, arguments: &[&str]) -> (bool, Vec<u8>) {
    let output = Command::new("openssl").args(arguments).current_dir(dir).output().unwrap();
    println!("openssl {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    (output.status.success(), output.stdout)
}

#[test]
fn every_way_of_signing_verifies_with_the_key_of_the_certificate() {
    let mut card = jpki("ichiro");
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    fs::write(dir.join("auth.der"), &data(&mut card, "00 B0 8A 00 00 00 00")[..1590]).unwrap();
    let (done, key) = openssl(dir, &["x509", "-inform", "DER", "-in", "auth.der", "-noout", "-pubkey"]);
    assert!(done);
    fs::write(dir.join("key.pem"), key).unwrap();
    fs::write(dir.join("abc"), "abc").unwrap();

    plays(&mut card, &[(VERIFY_1234, "9000")]);
    let verified = |padding: &str, signature: Vec<u8>| {
        assert_eq!(signature.len(), 256);
        fs::write(dir.join("signature"), signature).unwrap();
        let padding = format!("rsa_padding_mode:{padding}");
        openssl(dir, &["dgst", "-sha256", "-sigopt", &padding, "-verify", "key.pem", "-signature", "signature", "abc"]).0
    };
    assert!(verified("pkcs1", data(&mut card, &format!("80 2A 00 97 33 {DIGEST_INFO} {ABC} 00"))));
    assert!(verified("pkcs1", data(&mut card, &format!("80 2A 02 97 20 {ABC} 00"))));
    assert!(verified("pkcs1", data(&mut card, "80 2A 03 97 03 61 62 63 00")));
    assert!(verified("pss", data(&mut card, &format!("80 2A 04 97 20 {ABC} 00"))));
    assert!(verified("pss", data(&mut card, "80 2A 05 97 03 61 62 63 00")));
    assert!(!verified("pkcs1", data(&mut card, "80 2A 03 97 03 61 62 64 00")), "the check can fail");

    // 01 hashes and signs the bare hash: no signature scheme verifies that, so it is recovered.
    fs::write(dir.join("signature"), data(&mut card, "80 2A 01 97 03 61 62 63 00")).unwrap();
    let recover = ["pkeyutl", "-verifyrecover", "-pubin", "-inkey", "key.pem", "-in", "signature", "-pkeyopt", "rsa_padding_mode:pkcs1"];
    assert_eq!(hex(&openssl(dir, &recover).1), ABC);
}

#[test]
fn the_signature_key_has_its_own_file_and_pin() {
    let sign = SIGN.replace("80 2A 00 97", "80 2A 00 9A");
    plays(&mut jpki("ichiro"), &[(VERIFY_1234, "9000"), (&sign, "6982"), (VERIFY_ABC123, "9000"), (&sign, "<256> 9000")]);
}

#[test]
fn a_remembered_signature_is_the_same_and_spares_no_check() {
    let mut first = card("ichiro");
    first.remember_signatures(true);
    plays(&mut first, &[(SELECT_JPKI, "9000"), (VERIFY_1234, "9000")]);
    let other = SIGN.replace("11 11 00", "11 12 00");
    let signatures = [data(&mut first, SIGN), data(&mut first, &other)];
    assert_ne!(signatures[0], signatures[1]);
    // The memory goes with the fresh card, the verified PIN does not.
    let mut second = first.fresh();
    plays(&mut second, &[(SELECT_JPKI, "9000"), (SIGN, "6982"), (VERIFY_1234, "9000")]);
    assert_eq!([data(&mut second, SIGN), data(&mut second, &other)], signatures);
    let mut without = jpki("ichiro");
    plays(&mut without, &[(VERIFY_1234, "9000")]);
    assert_eq!([data(&mut without, SIGN), data(&mut without, &other)], signatures, "as computed");
    let pss = format!("80 2A 04 97 20 {ABC} 00");
    assert_ne!(data(&mut second, &pss), data(&mut second, &pss), "a salt is drawn anew");
    // Another key over the same data, and another card.
    let sign = SIGN.replace("80 2A 00 97", "80 2A 00 9A");
    plays(&mut second, &[(VERIFY_ABC123, "9000")]);
    assert_ne!(data(&mut second, &sign), signatures[0]);
}

#[test]
fn what_cannot_be_signed_says_why() {
    let with = |from: &str, to: &str| SIGN.replacen(from, to, 1);
    let mut card = card("ichiro");
    plays(&mut card, &[(SIGN, "6A88"), (SELECT_JPKI, "9000"), (SIGN, "6982"), (VERIFY_1234, "9000")]);
    plays(
        &mut card,
        &[
            (&with("80 2A 00 97", "80 2A 06 97"), "6A86"),
            (&with("80 2A 00 97", "80 2A 00 98"), "6981"),
            (&with("80 2A 00 97", "80 2A 00 83"), "6A88"),
            ("80 2A 00 97 00", "6700"),
            ("80 2A 02 97 03 61 62 63 00", "6985"),
            ("80 2A 00 97 03 61 62 63", "6700"),
            ("80 2A 00 97 03 61 62 63 20", "6700"),
            ("80 2A 00 97 03 61 62 63 00", "<256> 9000"),
        ],
    );
    let of_length = |length: usize| format!("80 2A 00 97 {length:02X} {}00", "11 ".repeat(length));
    plays(&mut card, &[(&of_length(245), "<256> 9000"), (&of_length(246), "6700")]);
}

#[test]
fn the_next_generation_signs_with_p384_and_its_certificate_stands_under_the_same_ca() {
    let mut card = jpki("ichiro:next-gen");
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    let file = data(&mut card, "00 B0 8A 00 00 00 00");
    let end = 4 + usize::from(u16::from_be_bytes([file[2], file[3]]));
    fs::write(dir.join("auth.der"), &file[..end]).unwrap();
    assert!(openssl(dir, &["x509", "-inform", "DER", "-in", "auth.der", "-out", "auth.pem"]).0);
    let roots = world::cards().join("ca.pem");
    let moment = world::NOW.parse::<jiff::Timestamp>().unwrap().as_second().to_string();
    let chain = ["verify", "-attime", &moment, "-x509_strict", "-purpose", "sslclient", "-CAfile", roots.to_str().unwrap(), "auth.pem"];
    assert!(openssl(dir, &chain).0);
    let (_, key) = openssl(dir, &["x509", "-in", "auth.pem", "-noout", "-pubkey"]);
    fs::write(dir.join("key.pem"), key).unwrap();
    let about = String::from_utf8(openssl(dir, &["pkey", "-pubin", "-in", "key.pem", "-noout", "-text"]).1).unwrap();
    assert!(about.contains("secp384r1"), "{about}");
    fs::write(dir.join("abc"), "abc").unwrap();
    let hash = hex(&openssl(dir, &["dgst", "-sha384", "-binary", "abc"]).1);

    let digest_info = "30 41 30 0D 06 09 60 86 48 01 65 03 04 02 02 05 00 04 30";
    let sign = format!("80 2A 00 97 43 {digest_info} {hash} 00");
    plays(&mut card, &[(&sign, "6982"), (VERIFY_1234, "9000"), (SIGN, "6985"), (&sign.replace("2A 00 97", "2A 04 97"), "6A86")]);
    for command in [sign, format!("80 2A 02 97 30 {hash} 00")] {
        let raw = data(&mut card, &command);
        assert_eq!(raw.len(), 96);
        // DER by hand: two positive integers, without zeros in front.
        let integer = |bytes: &[u8]| {
            let used: Vec<u8> = bytes.iter().copied().skip_while(|byte| *byte == 0).collect();
            let used = if used[0] >= 0x80 { [&[0], &used[..]].concat() } else { used };
            [&[0x02, u8::try_from(used.len()).unwrap()], &used[..]].concat()
        };
        let both = [integer(&raw[..48]), integer(&raw[48..])].concat();
        fs::write(dir.join("signature"), [&[0x30, u8::try_from(both.len()).unwrap()], &both[..]].concat()).unwrap();
        let check = |file: &str| openssl(dir, &["dgst", "-sha384", "-verify", "key.pem", "-signature", "signature", file]).0;
        assert!(check("abc"));
        assert!(!check("auth.pem"), "the check can fail");
    }
    plays(&mut card, &[(&format!("80 2A 02 97 30 {hash} 5F"), "6700"), (&format!("80 2A 02 97 2F {} 00", "11 ".repeat(47)), "6985")]);
}
