//! 利用報告 (OT-17g) as CSV: UTF-8 with BOM, CRLF, every cell quoted, no formula.

use shared::api::opening::{Report, ViewLine};
use shared::domain::opening::OpeningGround;

use super::audit::{BOM, line, tame};

const COLUMNS: [&str; 6] = ["日時", "閲覧した利用者", "閲覧した方(カナ)", "生年月日", "同意の根拠", "意思を確認できない理由"];

/// The file of a report: the record, the counts, then one line for each view.
#[must_use]
pub fn csv(report: &Report) -> Vec<u8> {
    let Report { row, searches, empty_searches, persons, views, .. } = report;
    let opening = &row.opening;
    let ground = match &opening.ground {
        OpeningGround::Notice { number } => format!("通知 {}", number.as_str()),
        OpeningGround::Call { at, whom, called_back_at, case_number } => format!(
            "電話 {} {} 折り返し {} 受付番号 {}",
            at.jst_minute_text(),
            whom.as_str(),
            called_back_at.jst_minute_text(),
            case_number.as_str()
        ),
    };
    let area = if opening.area.is_empty() { "この事業所" } else { opening.area.as_str() };
    let head = [
        ["種別".to_owned(), opening.kind.label().to_owned()],
        ["地域".to_owned(), tame(area)],
        ["開始".to_owned(), opening.from.jst_minute_text()],
        ["終了".to_owned(), row.ends_at().jst_minute_text()],
        ["根拠".to_owned(), tame(&ground)],
        ["検索の回数".to_owned(), searches.to_string()],
        ["該当者がなかった検索".to_owned(), empty_searches.to_string()],
        ["閲覧した人数".to_owned(), persons.to_string()],
    ];
    let head = head.iter().map(|cells| line(cells));
    let lines = views.iter().map(|view| line(&cells(view)));
    [BOM.to_owned()].into_iter().chain(head).chain([line(&COLUMNS)]).chain(lines).collect::<String>().into_bytes()
}

fn cells(view: &ViewLine) -> [String; 6] {
    let (kana, birth) = view.person.as_ref().map(|(kana, birth)| (tame(kana), birth.slashed())).unwrap_or_default();
    let ground = view.ground.as_ref();
    [
        view.at.jst_minute_text(),
        tame(view.viewer.as_str()),
        kana,
        birth,
        ground.map_or("―", |ground| ground.word.label()).to_owned(),
        ground.map(|ground| tame(ground.reason.as_str())).unwrap_or_default(),
    ]
}
