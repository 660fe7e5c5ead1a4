//! 同意済資格情報取得: conditions, count, columns, rows.

use shared::domain::hand_over::HandOverState;

use super::*;
use crate::office::consents::ConsentsView;
use crate::office::consents::conditions::Conditions;
use crate::remote::Remote;
use crate::use_form::{Faults, Form};

/// The conditions of the first search, which nobody changes.
fn still() -> Form<Conditions> {
    Form::new(Conditions::of_this_month(day("2024-01-17")), Faults::default(), Callback::noop())
}

async fn list(remote: Option<Remote<ConsentPage>>) -> String {
    draw(move || html! { <ConsentsView form={still()} {remote} /> }).await
}

async fn rows(rows: Vec<ConsentRow>) -> Vec<String> {
    let html = list(Some(Remote::Here(page_of(1, 1, rows)))).await;
    cells(html.split("<tbody").nth(1).unwrap().split("</tbody>").next().unwrap())
}

#[tokio::test]
async fn conditions_stand_above_and_wait_for_a_press() {
    let html = list(None).await;
    for expected in [
        "value=\"2024-01-01\"",
        "value=\"2024-01-17\"",
        "max=\"9999-12-31\"",
        "必須",
        "氏名・カナ・通称",
        "照会番号",
        "受付番号",
        "同意の状態",
        "並び順",
        "検索",
    ] {
        has(&html, expected);
    }
    assert!(!html.contains("<table"));
}

#[tokio::test]
async fn loading_empty_and_failed_are_said() {
    has(&list(Some(Remote::Loading)).await, "検索しています");
    let empty = list(Some(Remote::Here(page_of(0, 1, Vec::new())))).await;
    for expected in ["検索結果：0件", "条件に合う同意はありません。", "期間を広げる", "カナで探す"] {
        has(&empty, expected);
    }
    for (code, expected) in [(Code::X01, "通信できません。"), (Code::Wait, "しばらく受け付けられません。"), (Code::Internal, "U-INTERNAL")]
    {
        let failed = list(Some(Remote::Failed(refused(code)))).await;
        has(&failed, expected);
        has(&failed, "もう一度");
    }
}

#[tokio::test]
async fn thirteen_columns_stand_in_their_order() {
    let html = list(Some(Remote::Here(page_of(1, 1, vec![n108()])))).await;
    let head = cells(html.split("<thead").nth(1).unwrap().split("</thead>").next().unwrap());
    let n107 = [
        "氏名",
        "氏名(カナ)",
        "生年月日",
        "性別",
        "照会番号",
        "手術",
        "診療",
        "薬剤",
        "特健",
        "限適",
        "特疾",
        "同意年月日",
        "同意有効期限",
    ];
    assert_eq!(head[..13], n107);
    assert_eq!(head[13..], ["資格有効性"]);
}

#[tokio::test]
async fn the_sample_row_reads_as_in_the_source() {
    // N108
    let agreed = "○同意あり";
    assert_eq!(
        rows(vec![n108()]).await,
        [
            "資格　一郎",
            "ｼｶｸ ｲﾁﾛｳ",
            "昭和35年6月2日",
            "男",
            "―なし",
            agreed,
            agreed,
            agreed,
            agreed,
            agreed,
            agreed,
            "2024/01/17",
            "2024/04/30 23:59",
            "有効"
        ]
    );
    let html = list(Some(Remote::Here(page_of(1, 1, vec![n108()])))).await;
    has(&html, "検索結果：1件 1-1件表示"); // N106
    has(&html, "href=\"/o/consents/c1\"");
    for word in ["前へ", "次へ"] {
        has(&html, word);
    }
}

#[tokio::test]
async fn each_state_of_an_item_has_its_mark_and_its_words() {
    let mut row = n108();
    row.items = vec![
        (ConsentItem::Surgery, ItemState::Refused),
        (ConsentItem::Treatment, ItemState::Expired),
        (ConsentItem::Drug, ItemState::Agreed),
        (ConsentItem::Checkup, ItemState::NotApplicable),
    ];
    row.reference_number = Some("0012".to_owned());
    let cells = rows(vec![row]).await;
    assert_eq!(cells[4..11], ["0012", "×同意なし", "期限切同意の期限切れ", "○同意あり", "対象外対象外", "―なし", "―なし"]);
}

#[tokio::test]
async fn a_replaced_consent_is_marked_as_such() {
    let replaced = ConsentRow {
        items: ConsentItem::ALL.map(|item| (item, ItemState::Replaced)).to_vec(),
        replaced_at: Some(day("2024-01-20").at_jst(9, 30)),
        ..n108()
    };
    let cells = rows(vec![replaced]).await;
    assert_eq!(cells[5..11], ["置換新しい同意に置き換わり"; 6]);
    assert_eq!(cells[12], "2024/04/30 23:592024/01/20 置換");
    let withdrawn = ConsentRow {
        items: ConsentItem::ALL.map(|item| (item, ItemState::Withdrawn)).to_vec(),
        replaced_at: Some(day("2024-01-20").at_jst(9, 30)),
        ..n108()
    };
    let cells = rows(vec![withdrawn]).await;
    assert_eq!(cells[12], "2024/04/30 23:592024/01/20 取消");
    // One that only said no would else look like a standing one.
    let refused = ConsentRow {
        items: ConsentItem::ALL.map(|item| (item, ItemState::Refused)).to_vec(),
        replaced_at: Some(day("2024-01-20").at_jst(9, 30)),
        ..n108()
    };
    assert!(rows(vec![refused]).await[12].contains("置換"));
}

#[tokio::test]
async fn a_settled_choice_is_said_beside_the_verdict() {
    let several = |is_chosen| rows(vec![ConsentRow { validity: Validity::Several, is_chosen, ..n108() }]);
    assert_eq!(several(false).await[13], "複数該当");
    assert_eq!(several(true).await[13], "複数該当職員が選択済み");
}

#[tokio::test]
async fn how_far_a_result_is_on_its_way_stands_beside_the_verdict() {
    let failed = ConsentRow { hand_over: Some(HandOverState::Failed), ..n108() };
    assert_eq!(rows(vec![failed]).await[13], "有効レセコン: 失敗");
}

#[tokio::test]
async fn a_reload_says_which_conditions_it_forgot() {
    let html = draw(|| html! { <ConsentsView form={still()} remote={None} lost_people=true /> }).await;
    has(&html, "氏名や番号の条件は、この端末に残しません。");
}

#[tokio::test]
async fn each_verdict_is_said_in_words() {
    for validity in Validity::ALL {
        assert_eq!(rows(vec![ConsentRow { validity, ..n108() }]).await[13], validity.label());
    }
    // X30
    let unknown = ConsentRow { person: None, validity: Validity::NotFound, ..n108() };
    let cells = rows(vec![unknown]).await;
    assert_eq!(cells[..4], ["該当資格なし(氏名不明)", "―なし", "―なし", "―なし"]);
}

#[tokio::test]
async fn fifty_one_rows_make_two_pages() {
    let fifty: Vec<ConsentRow> = (0..50).map(|n| ConsentRow { id: format!("c{n}"), ..n108() }).collect();
    let html = list(Some(Remote::Here(page_of(51, 1, fifty)))).await;
    has(&html, "検索結果：51件 1-50件表示");
    assert_eq!(html.matches("role=\"rowheader\"").count(), 50);
    let first_steps = steps(&html);
    assert_eq!(first_steps, [("最初へ".to_owned(), false), ("前へ".to_owned(), false), ("次へ".to_owned(), true)]);
    let second = list(Some(Remote::Here(page_of(51, 2, vec![n108()])))).await;
    has(&second, "検索結果：51件 51-51件表示");
    assert_eq!(steps(&second), [("最初へ".to_owned(), true), ("前へ".to_owned(), true), ("次へ".to_owned(), false)]);
}

/// The buttons of the upper pager and whether they lead anywhere.
fn steps(html: &str) -> Vec<(String, bool)> {
    let step = |id: &str, words: &str| {
        let (_, button) = html.split_once(&format!("id=\"pager-top-{id}\"")).unwrap();
        let (head, rest) = button.split_once('>').unwrap();
        assert!(rest.split_once("</button>").unwrap().0.contains(words), "{id}");
        (words.to_owned(), !head.contains("aria-disabled"))
    };
    vec![step("first", "最初へ"), step("previous", "前へ"), step("next", "次へ")]
}

#[tokio::test]
async fn more_than_can_be_counted_and_rows_that_cannot_be_read_are_said() {
    let many = ConsentPage { is_total_more: true, ..page_of(10_000, 1, vec![n108()]) };
    has(&list(Some(Remote::Here(many))).await, "検索結果：10,000件以上 1-1件表示");
    let damaged = ConsentPage { damaged: 2, ..page_of(3, 1, vec![n108()]) };
    let html = list(Some(Remote::Here(damaged))).await;
    has(&html, "検索結果：3件 1-3件表示");
    has(&html, "読み取れない行が2件あります。");
    let none = list(Some(Remote::Here(ConsentPage { damaged: 1, ..page_of(1, 1, Vec::new()) }))).await;
    has(&none, "読み取れない行が1件あります。");
}
