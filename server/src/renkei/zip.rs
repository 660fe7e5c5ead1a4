//! Results in a zip (B07): the one file in it that is meant, in memory alone, guarded against what a zip can do.

use std::borrow::Cow;
use std::io::{Cursor, Read};

use ::zip::ZipArchive;
use ::zip::result::ZipError;

use super::name::Name;
use crate::export::bulk::MAX_BYTES;

/// A zip holds no more entries.
const MAX_ENTRIES: usize = 100;

/// Beyond [`FREE_BYTES`], nothing grows to more than so many times its packed size.
const MAX_RATIO: u64 = 300;

/// Text of one kind over and over packs well: so much is never suspicious.
const FREE_BYTES: u64 = 1024 * 1024;

/// Why nothing was taken out of a zip. The file is kept and shown.
#[derive(Debug, thiserror::Error)]
pub enum BadZip {
    /// No zip, cut off, damaged, with a password, or packed in a way of which we know nothing.
    #[error(
        "読めないzipファイルです(途中で切れたか、こわれたか、暗号化されています)。取り込まずに残しました。もう一度受け取ってください。"
    )]
    Broken(#[source] ZipError),
    /// The same, found while reading.
    #[error("zipファイルの中身がこわれています。取り込まずに残しました。もう一度受け取ってください。")]
    Damaged(#[source] std::io::Error),
    /// A name in it leads out of its folder.
    #[error("zipファイルの中に、別のフォルダーを指す名前があります。取り込まずに残しました。連携アプリの会社に知らせてください。")]
    Path,
    /// More than 100 entries.
    #[error("zipファイルの中身が多すぎます(100件まで)。取り込まずに残しました。")]
    TooMany,
    /// Larger than a bulk file may be, packed or unpacked, or grown beyond all measure.
    #[error("zipファイルが大きすぎます(展開して64 MiBまで)。取り込まずに残しました。連携アプリの会社に知らせてください。")]
    TooLarge,
    /// No XML in it.
    #[error("zipファイルの中に結果のファイルがありません。取り込まずに残しました。")]
    Nothing,
    /// Several that could be meant.
    #[error("zipファイルの中に結果のファイルが2つ以上あります。取り込まずに残しました。ファイルを開いて確かめてください。")]
    Several,
}

/// The file itself, or what is meant in it when it is a zip, whatever its name says.
///
/// # Errors
/// [`BadZip`].
pub fn plain<'a>(bytes: &'a [u8], answer: &Name) -> Result<Cow<'a, [u8]>, BadZip> {
    let is_zip = bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06");
    if is_zip { unpack(bytes, answer).map(Cow::Owned) } else { Ok(Cow::Borrowed(bytes)) }
}

/// Takes out of a zip the XML with the name of the answer, else the only one with the beginning of its name, else the only one.
///
/// # Errors
/// [`BadZip`].
pub fn unpack(bytes: &[u8], answer: &Name) -> Result<Vec<u8>, BadZip> {
    if bytes.len() > MAX_BYTES {
        return Err(BadZip::TooLarge);
    }
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(BadZip::Broken)?;
    if archive.len() > MAX_ENTRIES {
        return Err(BadZip::TooMany);
    }
    let place = meant(&mut archive, answer)?;
    let entry = archive.by_index(place).map_err(BadZip::Broken)?;
    let limit = (entry.compressed_size().saturating_mul(MAX_RATIO)).max(FREE_BYTES).min(u64::try_from(MAX_BYTES).unwrap_or(u64::MAX));
    if entry.size() > limit {
        return Err(BadZip::TooLarge);
    }
    // What it says of its size is not believed.
    let mut unpacked = Vec::new();
    entry.take(limit + 1).read_to_end(&mut unpacked).map_err(BadZip::Damaged)?;
    if u64::try_from(unpacked.len()).unwrap_or(u64::MAX) > limit { Err(BadZip::TooLarge) } else { Ok(unpacked) }
}

fn meant(archive: &mut ZipArchive<Cursor<&[u8]>>, answer: &Name) -> Result<usize, BadZip> {
    let exact = answer.answer().to_string().to_ascii_lowercase();
    let beginning = exact.split_once('_').map_or(exact.as_str(), |(beginning, _)| beginning);
    let mut names = Vec::new();
    for (place, name) in archive.file_names().enumerate() {
        let name = name.map_err(BadZip::Broken)?.replace('\\', "/").to_ascii_lowercase();
        let leads_out = name.starts_with('/') || name.contains([':', '\0']) || name.split('/').any(|part| part == "..");
        if leads_out {
            return Err(BadZip::Path);
        }
        let own = name.rsplit('/').next().unwrap_or_default();
        if own.ends_with(".xml") {
            names.push((place, own.to_owned()));
        }
    }
    let rules: [&dyn Fn(&str) -> bool; 3] = [&|own| own == exact, &|own| own.starts_with(beginning), &|_| true];
    for is_it in rules {
        let fitting: Vec<usize> = names.iter().filter(|(_, own)| is_it(own)).map(|(place, _)| *place).collect();
        match fitting.as_slice() {
            [] => {}
            [place] => return Ok(*place),
            _ => return Err(BadZip::Several),
        }
    }
    Err(BadZip::Nothing)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use ::zip::write::{SimpleFileOptions, ZipWriter};
    use ::zip::{CompressionMethod, DateTime};
    use shared::domain::calendar::CivilDate;

    use super::*;
    use crate::renkei::name::{Family, Number, Step};

    fn answer() -> Name {
        let day = CivilDate::try_from("2026-11-20").unwrap();
        Name::request(Family::Visits, Step::Second, Number { day, n: 2 }).answer()
    }

    fn packed(method: CompressionMethod, entries: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default().compression_method(method).last_modified_time(DateTime::default());
        for (name, bytes) in entries {
            writer.start_file(*name, options).unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    fn unpacked(entries: &[(&str, &[u8])]) -> Result<String, BadZip> {
        unpack(&packed(CompressionMethod::Deflated, entries), &answer()).map(|bytes| String::from_utf8(bytes).unwrap())
    }

    const EXPECTED: &str = "OQSmuhvq02res_202611200002.xml";

    #[test]
    fn b07_the_expected_file_is_taken_else_the_only_xml() {
        for method in [CompressionMethod::Stored, CompressionMethod::Deflated] {
            let bytes = packed(method, &[(EXPECTED, b"<a/>")]);
            assert_eq!(unpack(&bytes, &answer()).unwrap(), b"<a/>");
            assert_eq!(plain(&bytes, &answer()).unwrap(), b"<a/>".as_slice());
        }
        assert_eq!(plain(b"<b/>", &answer()).unwrap(), b"<b/>".as_slice(), "what is no zip is itself");
        assert_eq!(unpacked(&[("OQSmuhvq02res_9.xml", b"other"), (EXPECTED, b"mine"), ("x.xml", b"x")]).unwrap(), "mine", "by its name");
        assert_eq!(
            unpacked(&[("x.xml", b"x"), ("a/oqsMUHVQ02res_9.XML", b"mine"), ("readme.txt", b"t")]).unwrap(),
            "mine",
            "by its beginning"
        );
        assert_eq!(unpacked(&[("a\\result.xml", b"mine"), ("readme.txt", b"t")]).unwrap(), "mine", "the only one");
        assert!(matches!(unpacked(&[("a.xml", b"a"), ("b.xml", b"b")]), Err(BadZip::Several)));
        assert!(matches!(unpacked(&[("OQSmuhvq02res_1.xml", b"a"), ("OQSmuhvq02res_3.xml", b"b")]), Err(BadZip::Several)));
        assert!(matches!(unpacked(&[("readme.txt", b"a")]), Err(BadZip::Nothing)));
        assert!(matches!(unpacked(&[]), Err(BadZip::Nothing)));
    }

    #[test]
    fn b07_a_name_that_leads_out_is_refused() {
        for name in ["../x.xml", "a/../../x.xml", "..\\x.xml", "/x.xml", "\\x.xml", "C:\\x.xml", "C:x.xml"] {
            let bytes = packed(CompressionMethod::Deflated, &[(EXPECTED, b"<a/>"), (name, b"x")]);
            assert!(matches!(unpack(&bytes, &answer()), Err(BadZip::Path)), "{name}");
        }
        assert!(unpacked(&[("a..b/x..xml.xml", b"x")]).is_ok(), "dots alone lead nowhere");
    }

    #[test]
    fn b07_t21_a_zip_that_grows_beyond_all_measure_is_refused() {
        let zeros = vec![b' '; 8 * 1024 * 1024];
        assert!(matches!(unpack(&packed(CompressionMethod::Deflated, &[(EXPECTED, &zeros)]), &answer()), Err(BadZip::TooLarge)));
        assert!(
            unpack(&packed(CompressionMethod::Stored, &[(EXPECTED, &zeros)]), &answer()).is_ok(),
            "control: the size is not the reason"
        );
        let small = vec![b' '; 1024 * 1024];
        assert!(unpack(&packed(CompressionMethod::Deflated, &[(EXPECTED, &small)]), &answer()).is_ok());
        let large = vec![b' '; MAX_BYTES + 1];
        assert!(matches!(unpack(&packed(CompressionMethod::Stored, &[(EXPECTED, &large)]), &answer()), Err(BadZip::TooLarge)));
        // It says that it is small.
        let mut lying = packed(CompressionMethod::Deflated, &[(EXPECTED, &zeros)]);
        let size = u32::try_from(zeros.len()).unwrap().to_le_bytes();
        let places: Vec<usize> = lying.windows(4).enumerate().filter(|(_, four)| *four == size).map(|(place, _)| place).collect();
        assert!(!places.is_empty(), "control: the size stands in it");
        for place in places {
            lying[place..place + 4].copy_from_slice(&16_u32.to_le_bytes());
        }
        let outcome = unpack(&lying, &answer());
        assert!(outcome.as_ref().map_or(true, |bytes| bytes.len() <= 1024 * 1024), "{:?}", outcome.map(|bytes| bytes.len()));
    }

    #[test]
    fn b07_too_many_entries_are_refused() {
        let names: Vec<String> = (0..=MAX_ENTRIES).map(|n| format!("{n}.txt")).collect();
        let entries: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), b"".as_slice())).collect();
        assert!(matches!(unpacked(&entries), Err(BadZip::TooMany)));
        assert!(matches!(unpacked(&entries[1..]), Err(BadZip::Nothing)), "control: one less is not too many");
    }

    #[test]
    fn c11_b07_what_is_cut_off_or_damaged_is_no_part_of_a_result() {
        let text: String = (0..2000).map(|n: u32| format!("<U>{}</U>", n.wrapping_mul(2_654_435_761))).collect();
        let whole = packed(CompressionMethod::Deflated, &[(EXPECTED, text.as_bytes())]);
        assert_eq!(unpack(&whole, &answer()).unwrap(), text.as_bytes(), "control");
        for end in (0..whole.len()).step_by(97) {
            assert!(unpack(&whole[..end], &answer()).is_err(), "cut at {end}");
        }
        let (mut refused, mut same) = (0, 0);
        for place in (0..whole.len()).step_by(31) {
            let mut damaged = whole.clone();
            damaged[place] ^= 0x55;
            match unpack(&damaged, &answer()) {
                Err(_) => refused += 1,
                Ok(bytes) if bytes == text.as_bytes() => same += 1,
                Ok(_) => panic!("another text was taken for the result: {place}"),
            }
        }
        assert!(refused > 100, "{refused} refused, {same} in a place that says nothing");
    }
}
