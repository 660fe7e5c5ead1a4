//! The lists of the month as CSV (UTF-8 with BOM, CRLF, every cell quoted, formulas neutralised). The last line says how many rows there
//! are, so that a file that was cut off is seen, and whether the list goes on.

use shared::api::claims::ClaimGroup;
use shared::api::day::DayRow;
use shared::api::expiring::ExpiringRow;
use shared::api::month::{MonthRow, UsageOf};
use shared::api::requery::{Difference, WhyNot};
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::institution::VisitKind;

use super::audit::{BOM, line, tame};

pub(super) fn file<const N: usize>(head: [&str; N], rows: &[[String; N]], has_more: bool) -> Vec<u8> {
    let lines = rows.iter().map(|row| line(&row.each_ref().map(|cell| tame(cell))));
    let end = [format!("終わり {}件", rows.len()), if has_more { "この後にも続きがあります".to_owned() } else { String::new() }];
    [BOM.to_owned(), line(&head)].into_iter().chain(lines).chain([line(&end)]).collect::<String>().into_bytes()
}

pub(super) fn minute(at: Option<UnixMs>) -> String {
    at.map(UnixMs::jst_minute_text).unwrap_or_default()
}

pub(super) fn day(day: Option<CivilDate>) -> String {
    day.map(CivilDate::slashed).unwrap_or_default()
}

fn changed(all: &[Difference]) -> String {
    let one = |of: &Difference| format!("{}: {} → {}", of.field, of.former, of.now);
    all.iter().map(one).collect::<Vec<_>>().join(" / ")
}

/// Why nobody asks again, in words.
#[must_use]
pub fn why_words(why: WhyNot) -> String {
    match why {
        WhyNot::Expired(on) => format!("同意の期限が切れています({}まで)", on.slashed()),
        WhyNot::Replaced => "新しい同意に置き換わっています".to_owned(),
        WhyNot::Withdrawn => "同意が取り消されています".to_owned(),
        WhyNot::OtherUse => "別の用途の同意に変わっています".to_owned(),
        WhyNot::RelationEnded(on) => format!("訪問が終わっています(終了日 {})", on.slashed()),
        WhyNot::NoHomeVisit => "訪問の同意ではありません".to_owned(),
    }
}

fn person(row: &MonthRow) -> [String; 3] {
    let person = row.person.as_ref();
    [
        person.map(|person| person.name.clone()).unwrap_or_default(),
        person.map(|person| person.name_kana.clone()).unwrap_or_default(),
        day(person.map(|person| person.birth_date)),
    ]
}

/// The worklist: state, person, deadline, why not, check, change.
#[must_use]
pub fn worklist(groups: &[(&'static str, Vec<MonthRow>)], has_more: bool) -> Vec<u8> {
    let row = |state: &str, row: &MonthRow| {
        let [name, kana, birth] = person(row);
        let check = row.check.as_ref();
        let by = check.and_then(|check| check.by.as_ref()).map(ToString::to_string).unwrap_or_default();
        let way = check.map(|check| check.way.label().to_owned()).unwrap_or_default();
        let why = row.why_not.map(why_words).unwrap_or_default();
        let (expires, at) = (minute(Some(row.expires_at)), minute(check.map(|check| check.at)));
        [state.to_owned(), name, kana, birth, expires, why, at, way, by, changed(&row.differences)]
    };
    let rows: Vec<_> = groups.iter().flat_map(|(state, rows)| rows.iter().map(|of| row(state, of))).collect();
    let head = [
        "状況",
        "氏名",
        "氏名(カナ)",
        "生年月日",
        "同意有効期限",
        "再照会できない理由",
        "確認日時",
        "確認の方法",
        "行った人",
        "変わったところ",
    ];
    file(head, &rows, has_more)
}

/// The evidence: person, when, way, medium, who.
#[must_use]
pub fn evidence(rows: &[MonthRow], fees: &[String], has_more: bool) -> Vec<u8> {
    let fees = fees.join(" / ");
    let row = |row: &MonthRow| {
        let [name, kana, birth] = person(row);
        let check = row.check.as_ref();
        let way = check.map(|check| check.way.label().to_owned()).unwrap_or_default();
        let medium = check.map(|check| check.medium.label().to_owned()).unwrap_or_default();
        let by = check.and_then(|check| check.by.as_ref()).map_or_else(|| "本人(訪問先の端末)".to_owned(), ToString::to_string);
        [name, kana, birth, minute(check.map(|check| check.at)), way, medium, by, minute(Some(row.expires_at)), fees.clone()]
    };
    let head = ["氏名", "氏名(カナ)", "生年月日", "最初の確認日時", "確認の方法", "媒体", "行った人", "同意有効期限", "この月の加算(候補)"];
    file(head, &rows.iter().map(row).collect::<Vec<_>>(), has_more)
}

/// The counts of a month.
#[must_use]
pub fn usage(of: &UsageOf) -> Vec<u8> {
    let row = |count: &shared::api::month::UsageCount| {
        [
            of.month.to_string(),
            count.of.clone().unwrap_or_else(|| "指定なし".to_owned()),
            count.way.label().to_owned(),
            count.medium.label().to_owned(),
            count.count.to_string(),
        ]
    };
    file(["月", VisitKind::NAME, "確認の方法", "媒体", "件数"], &of.counts.iter().map(row).collect::<Vec<_>>(), false)
}

/// The list of a day.
#[must_use]
pub fn day_list(of: CivilDate, rows: &[DayRow]) -> Vec<u8> {
    let row = |row: &DayRow| {
        let first = match row.is_first {
            Some(true) => "今月はじめて",
            Some(false) => "",
            None => "わかりません",
        };
        [
            of.slashed(),
            row.name.clone(),
            row.kana.clone(),
            day(row.birth_date),
            row.room.clone(),
            first.to_owned(),
            row.state.label().to_owned(),
            minute(row.checked_at),
        ]
    };
    let head = ["日", "氏名", "氏名(カナ)", "生年月日", "部屋", "今月はじめて", "状態", "確認日時"];
    file(head, &rows.iter().map(row).collect::<Vec<_>>(), false)
}

/// The check before claims.
#[must_use]
pub fn claims(groups: &[ClaimGroup]) -> Vec<u8> {
    let row = |group: &ClaimGroup, row: &shared::api::claims::ClaimRow| {
        let closed = row.closed.as_ref();
        [
            group.kind.label().to_owned(),
            row.day.slashed(),
            row.name.clone(),
            match (&row.unsent, row.answered) {
                (Some(unsent), _) => unsent.clone(),
                (None, Some(validity)) => validity.label().to_owned(),
                (None, None) => changed(&row.differences),
            },
            closed.map(|closed| closed.note.as_str().to_owned()).unwrap_or_default(),
            minute(closed.map(|closed| closed.at)),
            closed.map(|closed| closed.by.to_string()).unwrap_or_default(),
        ]
    };
    let rows: Vec<_> = groups.iter().flat_map(|group| group.rows.iter().map(|of| row(group, of))).collect();
    let head = ["種類", "日", "氏名", "回答・変わったところ", "確認済みにした理由", "確認済みにした日時", "確認済みにした人"];
    file(head, &rows, groups.iter().any(|group| group.has_more))
}

/// What ends soon.
#[must_use]
pub fn expiring(rows: &[ExpiringRow], has_more: bool) -> Vec<u8> {
    let row =
        |row: &ExpiringRow| [row.name.clone(), row.kana.clone(), day(row.birth_date), row.ends_on.slashed(), minute(Some(row.seen_at))];
    file(["氏名", "氏名(カナ)", "生年月日", "期限", "最後に確かめた日時"], &rows.iter().map(row).collect::<Vec<_>>(), has_more)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_no_formula_and_the_end_says_what_is_missing() {
        let row = ExpiringRow {
            name: "=HYPERLINK(\"x\")".to_owned(),
            kana: String::new(),
            birth_date: None,
            ends_on: CivilDate::try_from("2026-07-31").unwrap(),
            seen_at: UnixMs(0),
            consent: None,
        };
        let text = String::from_utf8(expiring(&[row], true)).unwrap();
        assert!(text.starts_with("\u{FEFF}\"氏名\",") && text.contains("\"'=HYPERLINK(\"\"x\"\")\",\"\",\"\",\"2026/07/31\""), "{text}");
        assert!(text.ends_with("\"終わり 1件\",\"この後にも続きがあります\"\r\n"), "{text}");
    }
}
