//! A file of accounts (アカウント一括登録), or of anything else by rows: its lines and cells, nothing decided.

use shared::api::account::{BULK_ADD, BULK_CHANGE, BULK_COLUMNS, BULK_FILE_MAX, BULK_ROWS_MAX};
use shared::domain::account::{AccountFault, AccountKind};

use crate::charset;

/// The rows of a file, without its first line and without empty ones.
#[derive(Clone, PartialEq, Eq)]
pub struct Roster {
    /// In their order.
    pub lines: Vec<Line>,
}

/// One row.
#[derive(Clone, PartialEq, Eq)]
pub struct Line {
    /// Its line in the file, from 1.
    pub number: u32,
    /// Its cells without spaces at their ends.
    pub cells: Vec<String>,
}

/// Reads a file: UTF-8 with or without byte order mark, or CP932; the first line is [`BULK_COLUMNS`].
///
/// # Errors
/// [`AccountFault::File`] for another encoding, other columns, no row, more than [`BULK_ROWS_MAX`] rows, or a file that is too long.
pub fn read(bytes: &[u8]) -> Result<Roster, AccountFault> {
    lines(bytes, &BULK_COLUMNS, BULK_ROWS_MAX, BULK_FILE_MAX).map(|lines| Roster { lines }).ok_or(AccountFault::File)
}

/// Reads a file with these columns in its first line, one row at least and `rows_max` at most, without empty ones. `None` for any other.
#[must_use]
pub fn lines(bytes: &[u8], columns: &[&str], rows_max: usize, file_max: usize) -> Option<Vec<Line>> {
    if bytes.len() > file_max {
        return None;
    }
    let text = charset::decode(bytes)?.text;
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).trim(csv::Trim::All).from_reader(text.as_bytes());
    let mut lines = Vec::new();
    let mut counted = (0, 1);
    for record in reader.records() {
        let record = record.ok()?;
        let begin = record.position().and_then(|position| usize::try_from(position.byte()).ok()).unwrap_or(0);
        counted = line_at(&text, begin, counted);
        let cells: Vec<String> = record.iter().map(str::to_owned).collect();
        if cells.iter().any(|cell| !cell.is_empty()) {
            lines.push(Line { number: counted.1, cells });
        }
        if lines.len() > rows_max + 1 {
            return None;
        }
    }
    if lines.is_empty() {
        return None;
    }
    let first = lines.remove(0);
    (first.cells == columns && !lines.is_empty()).then_some(lines)
}

/// The line of the record that the reader met at this byte, counted on from an earlier byte and its line: the reader may still stand
/// before the line ends that it skips.
fn line_at(text: &str, byte: usize, (from, line): (usize, u32)) -> (usize, u32) {
    let rest = text.get(byte..).unwrap_or_default();
    let skipped = rest.bytes().take_while(|b| matches!(b, b'\r' | b'\n')).count();
    let end = byte.saturating_add(skipped);
    let ends = text.get(from..end).unwrap_or_default().bytes().filter(|b| *b == b'\n').count();
    (end, line.saturating_add(u32::try_from(ends).unwrap_or(u32::MAX)))
}

/// The file to fill in: UTF-8 with a byte order mark, so that spreadsheets read it as what it is.
#[must_use]
pub fn template() -> Vec<u8> {
    let rows = [
        BULK_COLUMNS.map(str::to_owned),
        [BULK_ADD, AccountKind::Viewer.label(), "kangoshi", "看護 花子", "ｶﾝｺﾞ ﾊﾅｺ", "2026-12-01", ""].map(str::to_owned),
        [BULK_CHANGE, AccountKind::General.label(), "jimu1", "事務 太郎", "ｼﾞﾑ ﾀﾛｳ", "2026-04-01", "2027-03-31"].map(str::to_owned),
    ];
    let lines: String = rows.iter().map(|cells| cells.join(",") + "\r\n").collect();
    [b"\xEF\xBB\xBF".as_slice(), lines.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use encoding_rs::SHIFT_JIS;

    use super::*;

    const HEAD: &str = "処理,権限区分,ユーザID,ユーザ名,ユーザ名(カナ),利用開始年月日,利用終了年月日";

    #[test]
    fn the_template_is_read_as_it_is_given() {
        let roster = read(&template()).unwrap();
        assert_eq!(roster.lines.iter().map(|line| (line.number, line.cells.len())).collect::<Vec<_>>(), [(2, 7), (3, 7)]);
    }

    #[test]
    fn both_encodings_and_both_line_ends_are_read_and_empty_lines_keep_the_numbers() {
        let text = format!("{HEAD}\n\n登録, 一般利用者 ,a1,\"髙橋, 花\",ﾀｶﾊｼ ﾊﾅ,2026/12/1,\n,,,,,,\n更新\n");
        let with_mark = ["\u{FEFF}", &text].concat();
        let cp932 = SHIFT_JIS.encode(&text).0.into_owned();
        for bytes in [text.clone().into_bytes(), with_mark.into_bytes(), cp932, text.replace('\n', "\r\n").into_bytes()] {
            let roster = read(&bytes).unwrap();
            let [one, two] = roster.lines.as_slice() else { panic!("two rows") };
            assert_eq!((one.number, one.cells[1].as_str(), one.cells[3].as_str()), (3, "一般利用者", "髙橋, 花"));
            assert_eq!((two.number, two.cells.len()), (5, 1), "what it lacks is said of the row");
        }
    }

    #[test]
    fn what_is_no_list_of_accounts_is_refused_as_a_whole() {
        let row = "登録,一般利用者,a1,花,ﾊﾅ,2026-12-01,\n";
        let many = format!("{HEAD}\n{}", row.repeat(BULK_ROWS_MAX));
        assert!(read(many.as_bytes()).is_ok());
        let more = format!("{many}{row}");
        let long = format!("{HEAD}\n{row}{}", " ".repeat(BULK_FILE_MAX));
        let utf16: Vec<u8> = format!("{HEAD}\n{row}").encode_utf16().flat_map(u16::to_le_bytes).collect();
        for bad in [b"".as_slice(), HEAD.as_bytes(), row.as_bytes(), more.as_bytes(), long.as_bytes(), &utf16, b"\xFF\xFE\xFF"] {
            assert_eq!(read(bad).err(), Some(AccountFault::File));
        }
    }
}
