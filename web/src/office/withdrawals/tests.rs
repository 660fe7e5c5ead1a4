//! 同意取消照会 in its states, drawn natively.

use shared::domain::account::UserId;
use shared::domain::consent::ConsentItem;
use shared::domain::withdrawal::WithdrawCause;
use yew::Callback;

use super::*;
use crate::drawn::{day, draw, has};

fn row(why: EndReason, is_whole: bool, by: Option<&str>, cause: Option<WithdrawCause>) -> EndingRow {
    EndingRow {
        id: format!("{why:?}{is_whole}"),
        consent: "c1".to_owned(),
        person: None,
        visit_kind: VisitKind::Online,
        ended: vec![ConsentItem::Surgery, ConsentItem::Drug],
        is_whole,
        consented_at: day("2024-01-17").at_jst(10, 15),
        ended_at: day("2024-01-20").at_jst(9, 30),
        why,
        by: by.map(|user| UserId::try_from(user).unwrap()),
        cause,
    }
}

async fn shown(rows: Vec<EndingRow>) -> String {
    draw(move || {
        let today = day("2024-01-31");
        let form = Form::new(Conditions::of_this_month(today), Faults::default(), Callback::noop());
        let remote = Remote::Here(EndingPage { rows, damaged: 0, next: None, now: today.at_jst(12, 0) });
        html! { <WithdrawalsView {form} {remote} search={first_search(today)} /> }
    })
    .await
}

#[tokio::test]
async fn ot_15_each_end_says_who_when_and_why() {
    let html = shown(vec![
        row(EndReason::Institution, true, Some("ippan1"), Some(WithdrawCause::RelationEnded)),
        row(EndReason::Patient, false, None, None),
        row(EndReason::OtherUse, true, None, None),
        row(EndReason::Deadline, true, None, None),
    ])
    .await;
    for text in [
        "機関(ippan1)",
        "診療・訪問の終了(1)",
        "同意照会・更新で変更(2)",
        "別の用途の同意の登録(3)",
        "有効期限切れ(0)",
        "手術・薬剤(一部)",
        "2024/01/20 09:30",
    ] {
        has(&html, text);
    }
}

#[tokio::test]
async fn an_empty_list_says_what_to_do() {
    let html = shown(Vec::new()).await;
    for text in [words::NONE, words::NONE_NEXT, crate::text::office::save_file::MAKE] {
        has(&html, text);
    }
}

#[test]
fn what_cannot_be_searched_is_pointed_out() {
    let good = Conditions::of_this_month(day("2024-01-31"));
    assert_eq!(good.check(), Ok(first_search(day("2024-01-31"))), "natural ends are off by default");
    let backwards = Conditions { to: "2023-12-31".to_owned(), ..good.clone() };
    assert_eq!(backwards.check().unwrap_err().first(), Some(TO));
    let long = Conditions { name: "あ".repeat(65), ..good.clone() };
    assert_eq!(long.check().unwrap_err().first(), Some(NAME));
    let online = Conditions { of: "online".to_owned(), by: "all".to_owned(), ..good };
    assert_eq!(online.check().map(|search| (search.of, search.by)), Ok((Some(VisitKind::Online), EndedBy::All)));
}
