//! 操作履歴 as a file: CSV (UTF-8 with BOM, CRLF, every cell quoted), and the check of such a file.
//!
//! A cell that begins with a character by which spreadsheets begin a formula has a `'` before it, and so has one that begins with
//! `'`, so that what was there can be read back. The columns of words follow from the others; the check makes each line anew from its
//! own values and compares it byte for byte, so no column can be changed unseen. The words of an act may be those of another release: a
//! file is checked by the words that the act has or had ([`is_said_as`]).

use std::fmt;

use shared::api::audit::{act_words, actor_words, is_said_as, outcome_words};
use shared::domain::calendar::UnixMs;
use shared::domain::institution::InstitutionCode;

use crate::hex;
use crate::rule::audit::{NO_HASH, link};
use crate::store::audit::read_back;
use crate::store::{AuditEntry, Sha256};

/// The byte order mark, by which spreadsheets know UTF-8.
pub(crate) const BOM: &str = "\u{FEFF}";
const COLUMNS: [&str; 14] = [
    "連番",
    "日時",
    "利用者",
    "操作",
    "対象",
    "接続元",
    "結果",
    "機関コード",
    "時刻(ミリ秒)",
    "利用者(記録)",
    "操作(記録)",
    "結果(記録)",
    "前のハッシュ",
    "ハッシュ",
];
/// First cell of the last line, which says how many rows there are: a file that was cut off has none.
const END: &str = "終わり";

/// A row with its place in the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// From 1.
    pub place: i64,
    /// The hash of the row before it.
    pub before: Sha256,
    /// Its own.
    pub hash: Sha256,
    /// The row.
    pub entry: AuditEntry,
}

/// The rows that [`crate::store::audit::chained`] gave, as links; `before` is the hash at the place before the first.
#[must_use]
pub fn links(before: Sha256, rows: Vec<(i64, Sha256, AuditEntry)>) -> Vec<Link> {
    let mut last = before;
    let link = |(place, hash, entry)| Link { place, before: std::mem::replace(&mut last, hash), hash, entry };
    rows.into_iter().map(link).collect()
}

/// Text that no spreadsheet runs.
pub(crate) fn tame(text: &str) -> String {
    let is_wild = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '\'', '＝', '＋', '－', '＠']);
    if is_wild { format!("'{text}") } else { text.to_owned() }
}

/// What [`tame`] was given.
fn untamed(cell: &str) -> &str {
    cell.strip_prefix('\'').unwrap_or(cell)
}

fn cells(of: &Link) -> [String; 14] {
    let entry = &of.entry;
    let seconds = entry.at.0.div_euclid(1_000).rem_euclid(60);
    [
        of.place.to_string(),
        format!("{}:{seconds:02}", entry.at.jst_minute_text()),
        tame(&actor_words(&entry.actor)),
        tame(act_words(&entry.action)),
        tame(entry.subject.as_deref().unwrap_or_default()),
        entry.address.map(|address| tame(&address.to_string())).unwrap_or_default(),
        tame(&outcome_words(&entry.outcome)),
        entry.institution.as_ref().map(ToString::to_string).unwrap_or_default(),
        entry.at.0.to_string(),
        tame(&entry.actor),
        tame(&entry.action),
        tame(&entry.outcome),
        hex(&of.before),
        hex(&of.hash),
    ]
}

/// A line of quoted cells.
pub(crate) fn line<T: AsRef<str>>(cells: &[T]) -> String {
    let quoted: Vec<String> = cells.iter().map(|cell| format!("\"{}\"", cell.as_ref().replace('"', "\"\""))).collect();
    format!("{}\r\n", quoted.join(","))
}

/// The file of some rows.
#[must_use]
pub fn csv(links: &[Link]) -> Vec<u8> {
    let last = links.last().map(|last| hex(&last.hash)).unwrap_or_default();
    let lines = links.iter().map(|link| line(&cells(link)));
    let end = line(&[END, &links.len().to_string(), &last]);
    [BOM.to_owned(), line(&COLUMNS)].into_iter().chain(lines).chain([end]).collect::<String>().into_bytes()
}

/// The last row of a file that is whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastRow {
    /// Whose log.
    pub institution: InstitutionCode,
    /// Its place.
    pub place: i64,
    /// Its hash.
    pub hash: Sha256,
}

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// Rows that could be read.
    pub rows: usize,
    /// The last of them.
    pub last: Option<LastRow>,
    /// What is wrong, in the order of the file.
    pub faults: Vec<Fault>,
}

/// What is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// It does not begin as an exported file does.
    Head,
    /// A line that no export writes; from 1.
    Line(usize),
    /// The row at this place was changed, or the one before it.
    Changed(i64),
    /// Rows are missing between two that are there.
    Missing(i64, i64),
    /// The row at this place stands where another belongs, or stands twice.
    Moved(i64),
    /// Another institution's row.
    OtherInstitution(i64),
    /// The last line is missing or says another number or hash: rows are missing at the end.
    End,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Head => write!(f, "line 1: not the first line of an exported file"),
            Self::Line(number) => write!(f, "line {number}: changed: no export writes it so"),
            Self::Changed(place) => write!(f, "row {place}: changed, or the row before it"),
            Self::Missing(from, to) if from == to => write!(f, "row {from}: missing"),
            Self::Missing(from, to) => write!(f, "rows {from} to {to}: missing"),
            Self::Moved(place) => write!(f, "row {place}: stands where another belongs"),
            Self::OtherInstitution(place) => write!(f, "row {place}: of another institution"),
            Self::End => write!(f, "the end: missing, or rows before it are"),
        }
    }
}

/// Checks a file: each row has the hash that its values and the row before it give, and none is missing between the first and the
/// last. That the whole file was not made anew says only the database ([`crate::store::audit::hash_at`]).
#[must_use]
pub fn verify(file: &[u8]) -> Checked {
    let mut checked = Checked { rows: 0, last: None, faults: Vec::new() };
    let Some(text) = std::str::from_utf8(file).ok().and_then(|text| text.strip_prefix(BOM)) else {
        checked.faults.push(Fault::Head);
        return checked;
    };
    let mut lines: Vec<&str> = text.split_inclusive("\r\n").collect();
    let end = lines.pop();
    if lines.first() != Some(&line(&COLUMNS).as_str()) {
        checked.faults.push(Fault::Head);
    }
    let mut before: Option<(i64, Sha256)> = None;
    for (place, text) in lines.iter().enumerate().skip(1) {
        let Some(link_read) = read(text) else {
            checked.faults.push(Fault::Line(place + 1));
            continue;
        };
        let Link { place, before: said_before, hash, entry } = link_read;
        checked.rows += 1;
        if let Some((last_place, last_hash)) = before {
            if place > last_place + 1 {
                checked.faults.push(Fault::Missing(last_place + 1, place - 1));
            } else if place <= last_place {
                checked.faults.push(Fault::Moved(place));
            } else if said_before != last_hash {
                checked.faults.push(Fault::Changed(place));
            }
        }
        if place == 1 && said_before != NO_HASH || link(&said_before, place, &entry) != hash {
            checked.faults.push(Fault::Changed(place));
        }
        let institution = entry.institution;
        if checked.last.as_ref().is_some_and(|last| Some(&last.institution) != institution.as_ref()) {
            checked.faults.push(Fault::OtherInstitution(place));
        }
        before = Some((place, hash));
        checked.last = institution.map(|institution| LastRow { institution, place, hash });
    }
    let last = before.map(|(_, hash)| hex(&hash)).unwrap_or_default();
    if end != Some(&line(&[END, &checked.rows.to_string(), &last])) {
        checked.faults.push(Fault::End);
    }
    checked
}

/// Reads a line, if it is what [`csv`] writes for the values in it.
fn read(text: &str) -> Option<Link> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let record = reader.records().next()?.ok()?;
    let cell = |place: usize| record.get(place);
    let words = |place: usize| cell(place).map(|cell| untamed(cell).to_owned());
    let address = words(5).filter(|text| !text.is_empty()).map(|text| text.parse()).transpose().ok()?;
    let link = Link {
        place: cell(0)?.parse().ok()?,
        before: unhex(cell(12)?)?,
        hash: unhex(cell(13)?)?,
        entry: read_back(
            UnixMs(cell(8)?.parse().ok()?),
            InstitutionCode::try_from(cell(7)?).ok()?,
            words(9)?,
            words(10)?,
            address,
            words(4).filter(|text| !text.is_empty()),
            words(11)?,
        ),
    };
    let mut written = cells(&link);
    let said = words(3)?;
    if is_said_as(&link.entry.action, &said)
        && let Some(cell) = written.get_mut(3)
    {
        *cell = tame(&said);
    }
    (line(&written) == text).then_some(link)
}

fn unhex(text: &str) -> Option<Sha256> {
    let digits: Vec<u8> = text.chars().map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect::<Option<_>>()?;
    let bytes: Vec<u8> = digits.chunks_exact(2).map(|two| two.iter().fold(0, |byte, digit| byte * 16 + digit)).collect();
    bytes.try_into().ok().filter(|_| digits.len() == 64)
}
