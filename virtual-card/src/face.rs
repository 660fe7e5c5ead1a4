//! The files of the visual application (券面事項確認AP): what is printed on the card, signed.
//!
//! Shapes as public readers of real and test cards found them; where only a length is known, the content is ours and means nothing.

use rsa::{Pkcs1v15Sign, RsaPrivateKey, traits::PublicKeyParts};
use sha2_010::{Digest, Sha256};

use crate::{
    certificate::MUNICIPALITY,
    der::{tlv, tlv2},
    people::Person,
    pictures::Pictures,
};

/// The keys behind the card face; the same on all cards, they prove nothing about anyone.
pub(crate) struct FaceKeys {
    /// The key of the authority above [`FaceKeys::data`]; its public half is on no card.
    pub(crate) authority: RsaPrivateKey,
    /// Signs what is printed; certified in EF 0004 of the visual and the text application.
    pub(crate) data: RsaPrivateKey,
    /// The card's own, named in every signed record; signs without a PIN to show that the card is there.
    pub(crate) card: RsaPrivateKey,
}

/// Names of keys, sixteen bytes: seven digits, a gap, three digits, a gap. None of a real authority begins with 9.
pub(crate) const AUTHORITY_ID: &[u8; 16] = b"9000023  001    ";
pub(crate) const DATA_ID: &[u8; 16] = b"9900024  001    ";
pub(crate) const CARD_ID: &[u8; 16] = b"9990025  001    ";

/// One file: identifier and content without filler.
pub(crate) type Content = (u16, Vec<u8>);

/// EF 0001 to 0006.
pub(crate) fn files(person: &Person, pictures: &Pictures, keys: &FaceKeys) -> anyhow::Result<Vec<Content>> {
    let key = public_key(&keys.card);
    let (birth, expiry) = (date(person.birth), date(person.expiry()));

    let age = [tlv2(0xDF11, birth.as_bytes()), tlv2(0xDF12, &key)].concat();
    let age = tlv2(0xFF10, &[&age[..], &tlv2(0xDF13, &signed(&keys.data, &age)?)].concat());

    let groups = [
        vec![tlv2(0xDF22, birth.as_bytes()), tlv2(0xDF23, person.sex.code().as_bytes()), tlv2(0xDF24, &key)],
        vec![tlv2(0xDF25, pictures.name), tlv2(0xDF26, pictures.address)],
        vec![tlv2(0xDF27, pictures.photo)],
    ];
    // One signature over three hashes: a reader can be given the photo without the address and still check it.
    let hashes: Vec<u8> = groups.iter().flat_map(|group| Sha256::digest(group.concat())).collect();
    let signature = signed_hashes(&keys.data, &hashes)?;
    let unsigned = [tlv2(0xDF28, &signature), tlv2(0xDF29, expiry.as_bytes()), tlv2(0xDF2A, pictures.security_code)];
    let parts: Vec<&[u8]> = groups.iter().flatten().chain(&unsigned).map(Vec::as_slice).collect();
    let face = with_offsets(0xFF20, 0xDF21, &parts)?;

    let information = [
        tlv2(0xDF31, &[0x06, 0x03, 0x0E, 0x01]),
        tlv2(0xDF32, DATA_ID),
        tlv2(0xDF33, &[0x01]),
        tlv2(0xDF34, MUNICIPALITY.as_bytes()),
        // A key's name and a block of which nothing but the length is known.
        tlv2(0xDF35, &[&DATA_ID[..], &signed(&keys.data, person.id.as_bytes())?].concat()),
    ];

    let number = [tlv2(0xDF41, pictures.number), tlv2(0xDF42, &key)].concat();
    let number = tlv2(0xFF40, &[&number[..], &tlv2(0xDF43, &signed(&keys.data, &number)?)].concat());

    Ok(vec![
        (0x0001, age),
        (0x0002, face),
        (0x0003, tlv2(0xFF30, &information.concat())),
        (0x0004, data_certificate(keys)?),
        (0x0005, number),
        (0x0006, vec![0xFF; 16]),
    ])
}

/// The card-verifiable certificate of the key that signs what is printed.
pub(crate) fn data_certificate(keys: &FaceKeys) -> anyhow::Result<Vec<u8>> {
    Ok(tlv2(0x7F21, &certificate(AUTHORITY_ID, &keys.authority, DATA_ID, &keys.data)?))
}

/// A card-verifiable certificate without its outer tag: names of both keys, the public key, a signature over these 297 bytes.
pub(crate) fn certificate(by: &[u8; 16], signer: &RsaPrivateKey, of: &[u8; 16], holder: &RsaPrivateKey) -> anyhow::Result<Vec<u8>> {
    let body = [&by[..], of, &public_key(holder)].concat();
    Ok([tlv2(0x5F4E, &body), tlv2(0x5F37, &signed(signer, &body)?)].concat())
}

/// A public key as the card writes it: exponent under 90, modulus of 256 bytes under 91.
pub(crate) fn public_key(key: &RsaPrivateKey) -> Vec<u8> {
    [tlv(0x90, &[0x01, 0x00, 0x01]), tlv(0x91, &key.n().to_bytes_be())].concat()
}

/// PKCS #1 v1.5 with SHA-256.
pub(crate) fn signed(key: &RsaPrivateKey, data: &[u8]) -> anyhow::Result<Vec<u8>> {
    Ok(key.sign(Pkcs1v15Sign::new::<Sha256>(), &Sha256::digest(data))?)
}

/// PKCS #1 v1.5 over one DigestInfo that says SHA-256 and holds several hashes one after the other.
fn signed_hashes(key: &RsaPrivateKey, hashes: &[u8]) -> anyhow::Result<Vec<u8>> {
    let algorithm = crate::der::sequence([&crate::der::oid("2.16.840.1.101.3.4.2.1"), &crate::der::null()]);
    let digest_info = crate::der::sequence([&algorithm, &crate::der::octet_string(hashes)]);
    Ok(key.sign(Pkcs1v15Sign::new_unprefixed(), &digest_info)?)
}

/// A record that begins with a table: two bytes for each part, its distance from the start of the file.
pub(crate) fn with_offsets(tag: u16, table: u16, parts: &[&[u8]]) -> anyhow::Result<Vec<u8>> {
    let body = parts.concat();
    let empty = tlv2(table, &vec![0; 2 * parts.len()]);
    // The header's length depends on the whole only, so an empty table measures it.
    let whole = tlv2(tag, &[&empty[..], &body].concat());
    let mut at = whole.len() - body.len();
    let mut offsets = Vec::new();
    for part in parts {
        offsets.extend(u16::try_from(at)?.to_be_bytes());
        at += part.len();
    }
    Ok(tlv2(tag, &[&tlv2(table, &offsets)[..], &body].concat()))
}

/// Eight digits, YYYYMMDD.
pub(crate) fn date((year, month, day): (i16, i8, i8)) -> String {
    format!("{year:04}{month:02}{day:02}")
}
