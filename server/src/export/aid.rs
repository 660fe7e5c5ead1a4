//! 医療扶助 of a month as CSV.

use shared::api::aid::{AidRow, AidShown, tickets_words};

use super::monthly::{day, file, minute};

/// The list of a month.
#[must_use]
pub fn csv(shown: &AidShown) -> Vec<u8> {
    let cells = |row: &AidRow| {
        let (state, note) = (row.state_words().to_owned(), row.notes().join(" / "));
        [row.name.clone(), day(Some(row.birth_date)), state, tickets_words(&row.tickets), minute(row.answered_at), note]
    };
    let rows: Vec<_> = shown.rows.iter().map(cells).collect();
    file(["氏名", "生年月日", "今月の状態", "医療券・調剤券", "取得日時", "備考"], &rows, shown.has_more)
}
