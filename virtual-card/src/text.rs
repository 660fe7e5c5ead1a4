//! The files of the text application (券面入力補助AP), and what tells a card apart before any application: the common application's record
//! and the objects of the card manager.

use std::collections::BTreeMap;

use sha2_010::{Digest, Sha256};

use crate::{
    certificate::MUNICIPALITY,
    der::{oid, tlv, tlv2},
    face::{AUTHORITY_ID, CARD_ID, Content, DATA_ID, FaceKeys, certificate, data_certificate, date, public_key, signed, with_offsets},
    people::Person,
};

/// EF 0001 to 0007.
pub(crate) fn files(person: &Person, keys: &FaceKeys) -> anyhow::Result<Vec<Content>> {
    // The hash below is over all bytes of the file, these two of filler included.
    let number = [tlv2(0xFF10, person.number_a.as_bytes()), vec![0xFF, 0xFF]].concat();

    let name = format!("{}\u{3000}{}", person.family, person.given);
    let parts = [
        tlv2(0xDF22, name.as_bytes()),
        tlv2(0xDF23, person.address.as_bytes()),
        tlv2(0xDF24, date(person.birth).as_bytes()),
        tlv2(0xDF25, person.sex.code().as_bytes()),
    ];
    let attributes = with_offsets(0xFF20, 0xDF21, &parts.each_ref().map(Vec::as_slice))?;

    let hashes = [tlv2(0xDF31, &Sha256::digest(&number)), tlv2(0xDF32, &Sha256::digest(parts.concat()))].concat();
    let signature = tlv2(0xDF33, &signed(&keys.data, &hashes)?);

    // The lengths of this one file are written in three bytes on cards, also where one would do.
    let long = |tag: u16, content: &[u8]| -> anyhow::Result<Vec<u8>> {
        Ok([&tag.to_be_bytes()[..], &[0x82], &u16::try_from(content.len())?.to_be_bytes(), content].concat())
    };
    let unknown = [0xFF; 128];
    let information = [tlv2(0xDF41, &[0x01, 0x03, 0x0E, 0x01]), tlv2(0xDF42, DATA_ID), long(0xDF43, &unknown)?].concat();

    let key = tlv2(0xDF51, &public_key(&keys.card));
    let signed_key = [&key[..], &tlv2(0xDF52, &signed(&keys.data, &key)?)].concat();
    Ok(vec![
        (0x0001, number),
        (0x0002, attributes),
        (0x0003, tlv2(0xFF30, &[hashes, signature].concat())),
        (0x0004, data_certificate(keys)?),
        (0x0005, long(0xFF40, &information)?),
        (0x0006, tlv(0xA1, &public_key(&keys.card))),
        (0x0007, tlv2(0xFF50, &signed_key)),
    ])
}

/// The one record of the common application: serial number, municipality, expiry.
pub(crate) fn common_record(person: &Person) -> Vec<u8> {
    tlv(0x01, format!("{}{MUNICIPALITY}{}", serial(person), date(person.expiry())).as_bytes())
}

/// What GET DATA answers while no application is selected, by tag.
pub(crate) fn objects(person: &Person, keys: &FaceKeys) -> anyhow::Result<BTreeMap<u16, Vec<u8>>> {
    Ok(BTreeMap::from([
        (0x0042, AUTHORITY_ID.to_vec()),
        (0x0045, serial(person).into_bytes()),
        // Recognition data of a GlobalPlatform card: its arc and no more.
        (0x0066, tlv(0x73, &oid("1.2.840.114283.1"))),
        (0x00F0, MUNICIPALITY.as_bytes().to_vec()),
        (0x00F2, date(person.expiry()).into_bytes()),
        (0x00F7, DATA_ID.to_vec()),
        (0x00F8, certificate(AUTHORITY_ID, &keys.authority, DATA_ID, &keys.data)?),
        (0x7F21, certificate(DATA_ID, &keys.data, CARD_ID, &keys.card)?),
        // An answer to reset over contacts, without its first byte.
        (0x5F51, vec![0xE0, 0x00, 0xFF, 0x81, 0x31, 0xFE, 0x45, 0x14]),
    ]))
}

/// Fifteen digits, as readers expect; none of a real card is known to begin with 99999.
fn serial(person: &Person) -> String {
    format!("99999{:0>10}", person.security_code)
}
