//! The card face (EF 0002) and the certificate beside it: two bytes tell where the one ends and the other begins.

#![no_main]

use helper::card::face::Face;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let [high, low, files @ ..] = bytes else { return };
    let at = usize::from(u16::from_be_bytes([*high, *low])).min(files.len());
    let (file, certificate) = files.split_at(at);
    let Ok(face) = Face::parse(file) else { return };
    let photo = face.photo();
    let (inner, outer) = (photo.as_ptr_range(), file.as_ptr_range());
    assert!(outer.start <= inner.start && inner.end <= outer.end, "the photo lies within the file");
    let padded = [file, &[0xFF; 16]].concat();
    assert_eq!(Face::parse(&padded).as_ref(), Ok(&face), "filler does not matter");
    let _ = face.signature(certificate);
});
