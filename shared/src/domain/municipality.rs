//! Municipalities that are connected for 医療費助成 (P-PMH): dated data that the operator files. Who is not in the list is at most "not known
//! to be connected".

use serde::{Deserialize, Serialize};

use super::calendar::CivilDate;

/// One municipality, connected from a day on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Municipality {
    /// Prefecture and name as an address begins with: `資格県受付市`.
    pub place: String,
    /// The first day.
    pub from: CivilDate,
    /// The last day; `None`: still.
    pub until: Option<CivilDate>,
    /// Where it was announced.
    pub source: String,
}

impl Municipality {
    /// True while it is connected.
    #[must_use]
    pub fn is_connected(&self, on: CivilDate) -> bool {
        self.from <= on && self.until.is_none_or(|last| on <= last)
    }
}

/// Whether an address lies in one that is connected on a day: `None` without a list or an address.
#[must_use]
pub fn is_connected(list: &[Municipality], address: Option<&str>, on: CivilDate) -> Option<bool> {
    let address: String = address?.chars().filter(|c| !c.is_whitespace()).collect();
    if list.is_empty() || address.is_empty() {
        return None;
    }
    Some(list.iter().any(|one| one.is_connected(on) && address.starts_with(&one.place)))
}

/// Why a line of a list is not taken; counted from 1, with the heading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("line {0} is no municipality, first day, last day, source")]
pub struct BadLine(pub usize);

/// Reads a list: a heading, then 市区町村 (with its prefecture), 接続開始日, 接続終了日 (may be empty), 出典, separated by commas.
///
/// # Errors
/// [`BadLine`], the first one; nothing is taken then.
pub fn read_list(text: &str) -> Result<Vec<Municipality>, BadLine> {
    let lines = text.trim_start_matches('\u{feff}').lines().enumerate().skip(1).filter(|(_, line)| !line.trim().is_empty());
    let one = |(place, line): (usize, &str)| {
        let bad = BadLine(place + 1);
        let cells: Vec<&str> = line.split(',').map(str::trim).collect();
        let [name, from, until, source] = cells[..] else { return Err(bad) };
        let day = |text: &str| CivilDate::from_typed(text).map_err(|_| bad);
        let until = if until.is_empty() { None } else { Some(day(until)?) };
        let from = day(from)?;
        let name: String = name.chars().filter(|c| !c.is_whitespace()).collect();
        // A place of two characters or fewer would fit half a country.
        if name.chars().count() < 3 || source.is_empty() || until.is_some_and(|last| last < from) {
            return Err(bad);
        }
        Ok(Municipality { place: name, from, until, source: source.to_owned() })
    };
    lines.map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str =
        "\u{feff}市区町村,接続開始日,接続終了日,出典\r\n資格県受付市,2026-04-01,,告知1\n\n資格県審査町,2026/1/1,2026-06-30,告知2\n";

    #[test]
    fn p_pmh_a_municipality_counts_from_its_day_to_its_day() {
        let list = read_list(LIST).unwrap();
        assert_eq!(list.len(), 2);
        let day = |text| CivilDate::try_from(text).unwrap();
        for (address, on, connected) in [
            (Some("資格県　受付市１丁目"), "2026-04-01", Some(true)),
            (Some("資格県受付市"), "2026-03-31", Some(false)),
            (Some("資格県審査町"), "2026-06-30", Some(true)),
            (Some("資格県審査町"), "2026-07-01", Some(false)),
            (Some("資格県他市"), "2026-05-01", Some(false)),
            (None, "2026-05-01", None),
        ] {
            assert_eq!(is_connected(&list, address, day(on)), connected, "{address:?} {on}");
        }
        assert_eq!(is_connected(&[], Some("資格県受付市"), day("2026-05-01")), None, "without a list nothing is said");
    }

    #[test]
    fn a_bad_line_takes_nothing() {
        for (line, text) in [
            (2, "a\n資格県受付市,2026-04-01,,"),
            (2, "a\n市,2026-04-01,,x"),
            (3, "a\n資格県受付市,2026-04-01,,x\n資格県受付市,2026-13-01,,x"),
            (2, "a\n資格県受付市,2026-04-01,2026-03-01,x"),
            (2, "a\n資格県受付市,2026-04-01"),
        ] {
            assert_eq!(read_list(text), Err(BadLine(line)), "{text}");
        }
    }
}
