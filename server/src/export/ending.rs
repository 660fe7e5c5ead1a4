//! 同意取消照会 as a file: CSV (UTF-8 with BOM, CRLF, every cell quoted), cells that no spreadsheet runs.

use shared::api::withdrawal::EndingRow;
use shared::domain::consent::EndReason;
use shared::domain::institution::VisitKind;

use super::audit::{BOM, line, tame};

const COLUMNS: [&str; 10] =
    ["氏名", "氏名(カナ)", VisitKind::NAME, "項目", "全部か一部か", "同意年月日", "終了日時", "終えた人", "理由(OQSCD031)", "理由"];

/// The file of some rows.
#[must_use]
pub fn csv(rows: &[EndingRow]) -> Vec<u8> {
    let lines = rows.iter().map(|row| line(&cells(row)));
    [BOM.to_owned(), line(&COLUMNS)].into_iter().chain(lines).collect::<String>().into_bytes()
}

fn cells(row: &EndingRow) -> [String; 10] {
    let name = |of: fn(&shared::domain::person::Person) -> &str| tame(row.person.as_ref().map(of).unwrap_or_default());
    let items: Vec<_> = row.ended.iter().map(|item| item.short_label()).collect();
    let who = match &row.by {
        Some(user) => format!("{}({})", row.why.who(), user.as_str()),
        None => row.why.who().to_owned(),
    };
    let cause = match (row.cause, row.why) {
        (Some(cause), _) => cause.label(),
        (None, EndReason::Patient) if !row.is_whole => "同意照会・更新で変更",
        (None, why) => why.label(),
    };
    [
        name(|person| &person.name),
        name(|person| &person.name_kana),
        row.visit_kind.label().to_owned(),
        items.join("・"),
        if row.is_whole { "全部" } else { "一部" }.to_owned(),
        row.consented_at.jst_minute_text(),
        row.ended_at.jst_minute_text(),
        tame(&who),
        row.why.code().to_string(),
        cause.to_owned(),
    ]
}
