//! 明細: verdict, fields, consents, checks.

use shared::api::office::ChosenCoverage;
use shared::domain::coverage::{ElderlyCertificate, LimitCertificate, Percent, SpecificDisease};

use super::*;
use crate::office::consent::{Choosing, ConsentView};
use crate::remote::Remote;
use crate::use_call::Progress;

async fn screen(details: ConsentDetails) -> String {
    draw(move || html! { <ConsentView remote={Remote::Here(details)} /> }).await
}

/// The names of a screen's fields in their order.
fn names(html: &str) -> Vec<String> {
    html.split("<dt>").skip(1).map(|piece| piece.split("</dt>").next().unwrap().to_owned()).collect()
}

/// The value beside the first field of this name.
fn value(html: &str, name: &str) -> String {
    let after = html.split(&format!("<dt>{name}</dt>")).nth(1).unwrap_or_else(|| panic!("no {name}"));
    words(&format!("<i>{}", after.split("</dd>").next().unwrap())).concat()
}

#[tokio::test]
async fn loading_missing_and_failed_are_said() {
    let draw_remote = |remote: Remote<ConsentDetails>| draw(move || html! { <ConsentView {remote} /> });
    has(&draw_remote(Remote::Loading).await, "読み込んでいます");
    let missing = draw_remote(Remote::Failed(refused(Code::NotFound))).await;
    has(&missing, "見つかりません。");
    has(&draw_remote(Remote::Failed(refused(Code::X01))).await, "もう一度");
}

#[tokio::test]
async fn fields_stand_in_the_order_of_the_result() {
    let address = Some("資格県受付市".to_owned());
    let at_home = Coverage { address, post_number: Some("990-0001".to_owned()), ..coverage() };
    let html = screen(details(eligibility(Validity::Valid, vec![at_home]))).await;
    let expected = [
        "照会番号",
        "未就学区分",
        "確認日",
        "保険者番号",
        "保険者名",
        "記号",
        "番号",
        "枝番",
        "フリガナ",
        "氏名",
        "生年月日",
        "性別",
        "郵便番号",
        "住所",
        "証区分",
        "有効開始日",
        "有効終了日",
        "資格取得年月日",
        "負担割合",
        "本人・家族の別",
        "被保険者氏名",
    ];
    assert_eq!(names(&html)[..expected.len()], expected);
    assert_eq!(value(&html, "生年月日"), "1960/06/02(昭和35年6月2日)");
    assert_eq!(value(&html, "有効開始日"), "2019/04/01(平成31年4月1日)");
    assert_eq!(value(&html, "有効終了日"), "記載なし");
    let place = |what: &str| html.find(what).unwrap();
    assert!(place("資格確認の結果") < place("保険者番号") && place("保険者番号") < place("手術情報"), "the verdict stands first");
}

/// X60: a field that was not given has no line, and the screen says so in the same words whatever the reason.
#[tokio::test]
async fn an_address_that_was_not_given_has_no_line() {
    let html = screen(details(eligibility(Validity::Valid, vec![coverage()]))).await;
    assert!(!names(&html).iter().any(|name| ["郵便番号", "住所"].contains(&name.as_str())));
    has(&html, "住所などは提供されていません。");
}

#[tokio::test]
async fn each_verdict_says_what_it_means() {
    for (validity, coverages, expected) in [
        (Validity::Valid, vec![coverage()], "資格は有効です。"),
        (Validity::Invalid, vec![coverage()], "資格は無効です。"),
        (Validity::Replaced, vec![coverage(), coverage()], "新しい資格があります。"),
        (Validity::NotFound, vec![], "該当する資格が見つかりません。"),
        (Validity::Several, vec![coverage(), coverage()], "複数の資格があります。"),
        (Validity::AidNotRegistered, vec![], "医療扶助: 未委託・未登録です。登録は月の中ごろです。"),
    ] {
        let html = screen(details(eligibility(validity, coverages))).await;
        has(&html, expected);
        has(&html, validity.label());
    }
}

#[tokio::test]
async fn a_lost_coverage_names_day_and_reason() {
    let lost = Coverage { disqualified_on: Some(day("2023-12-31")), loss_reason: Some("退職".to_owned()), ..coverage() };
    let html = screen(details(eligibility(Validity::Invalid, vec![lost]))).await;
    has(&html, "資格喪失: 2023/12/31(令和5年12月31日) 退職");
    assert_eq!(value(&html, "資格喪失事由"), "退職");
}

#[tokio::test]
async fn several_coverages_are_all_listed_and_new_stands_before_former() {
    let other = Coverage { insurer_number: "01990019".to_owned(), ..coverage() };
    let html = screen(details(eligibility(Validity::Several, vec![coverage(), other.clone()]))).await;
    for expected in ["資格情報 1/2", "資格情報 2/2", "06990014", "01990019"] {
        has(&html, expected);
    }
    let html = screen(details(eligibility(Validity::Replaced, vec![other, coverage()]))).await;
    let place = |what: &str| html.find(what).unwrap();
    assert!(place("新しい資格</h2>") < place("01990019") && place("01990019") < place("前の資格</h2>"));
    assert!(place("前の資格</h2>") < place("06990014"));
}

#[tokio::test]
async fn what_the_source_leaves_out_is_not_called_none() {
    // X32
    let html = screen(details(eligibility(Validity::Valid, vec![coverage()]))).await;
    assert_eq!(value(&html, "負担割合"), "情報がありません(「なし」とは限りません)");
    has(&html, "限度額適用認定証</h3><p>情報がありません(「なし」とは限りません)</p>");
    has(&html, "特定疾病療養受療証</h3><p>なし</p>");
}

#[tokio::test]
async fn certificates_are_shown_with_their_periods() {
    let full = Coverage {
        copay_ratio: Provided::Value(Percent(10)),
        elderly: Some(ElderlyCertificate { valid_from: day("2023-08-01"), valid_until: Some(day("2024-07-31")), ratio: Percent(20) }),
        limit: Provided::Value(LimitCertificate { level: "ウ".to_owned(), valid_from: day("2023-08-01"), valid_until: None }),
        specific_diseases: Provided::Value(vec![SpecificDisease {
            category: "慢性腎不全".to_owned(),
            valid_from: day("2023-08-01"),
            valid_until: None,
            self_pay_yen: Some(10_000),
        }]),
        sex_on_back: Some(Sex::Unset),
        ..coverage()
    };
    let mut eligibility = eligibility(Validity::Valid, vec![full]);
    eligibility.person.as_mut().unwrap().name_of_other = Some("TSUSHO TARO".to_owned());
    let html = screen(details(eligibility)).await;
    for expected in
        ["高齢受給者証", "2024/07/31(令和6年7月31日)", "2割", "慢性腎不全", "月 10,000円", "裏面記載情報", "TSUSHO TARO", "未設定"]
    {
        has(&html, expected);
    }
    assert_eq!(value(&html, "負担割合"), "1割");
    assert_eq!(value(&html, "適用区分"), "ウ");
}

#[tokio::test]
async fn a_dot_in_the_name_asks_for_a_look_at_the_chart() {
    // X33
    let mut eligibility = eligibility(Validity::Valid, vec![coverage()]);
    assert!(!screen(details(eligibility.clone())).await.contains("表示できない文字"));
    eligibility.person.as_mut().unwrap().name = "試●　和子".to_owned();
    let html = screen(details(eligibility)).await;
    has(&html, "試●　和子");
    has(&html, "表示できない文字(●)があります。");
}

#[tokio::test]
async fn consents_and_checks_are_said_one_by_one() {
    let mut shown = details(eligibility(Validity::Valid, vec![coverage()]));
    shown.row.items[1].1 = ItemState::Refused;
    shown.row.items[2].1 = ItemState::Expired;
    shown.row.items[3].1 = ItemState::NotApplicable;
    shown.checks.as_mut().unwrap().chain = false;
    let html = screen(shown).await;
    for (name, expected) in [
        ("同意年月日", "2024/01/17 10:14(令和6年1月17日)"),
        ("同意有効期限", "2024/04/30 23:59(令和6年4月30日)"),
        ("診療区分", "訪問診療等"),
        ("手術情報", "○同意あり(2024/04/30 23:59 まで)"),
        ("診療情報", "×同意なし"),
        ("薬剤情報", "期限切同意の期限切れ(2024/04/30 23:59 まででした)"),
        ("特定健診情報", "対象外対象外(40歳以上の方の項目です)"),
        ("受付番号", "K7M2QX"),
        ("本人確認の方法", "暗証番号(利用者証明用電子証明書)"),
        ("カードの署名", "確認しました"),
        ("電子証明書の発行元", "確認していません"),
        ("電子証明書の失効", "失効の確認はしていません"),
    ] {
        assert_eq!(value(&html, name), expected, "{name}");
    }
}

#[tokio::test]
async fn a_replaced_consent_is_not_called_expired() {
    // X25
    let mut shown = details(eligibility(Validity::Valid, vec![coverage()]));
    shown.row.replaced_at = Some(day("2024-01-20").at_jst(9, 30));
    for item in &mut shown.row.items {
        item.1 = ItemState::Replaced;
    }
    let html = screen(shown).await;
    has(&html, "この同意は、同じ方の新しい同意に置き換わりました。");
    assert_eq!(value(&html, "置き換わった日時"), "2024/01/20 09:30(令和6年1月20日)");
    assert_eq!(value(&html, "手術情報"), "置換同意あり。新しい同意に置き換わりました");
    assert!(!html.contains("期限切"), "{}", words(&html).join("\n"));
}

async fn several(chosen: Option<u32>, choosing: Option<Choosing>) -> String {
    let other = Coverage { insurer_number: "01990019".to_owned(), insurer_name: "べつの組合".to_owned(), ..coverage() };
    let mut shown = details(eligibility(Validity::Several, vec![coverage(), other]));
    shown.chosen = chosen.map(|coverage| ChosenCoverage { coverage, at: day("2024-01-18").at_jst(8, 5), by: user() });
    draw(move || html! { <ConsentView remote={Remote::Here(shown)} {choosing} /> }).await
}

#[tokio::test]
async fn several_coverages_wait_for_a_person() {
    // X31
    let open = several(None, None).await;
    for expected in ["複数の資格があります。", "id=\"coverage-0\"", "id=\"coverage-1\"", "この資格を使う"] {
        has(&open, expected);
    }
    let settled = several(Some(1), None).await;
    for expected in
        ["職員が「資格情報 2/2」を選びました。", "2024/01/18 08:05に、kanri1 が選びました。", "id=\"coverage-0\"", "選ばれていません。"]
    {
        has(&settled, expected);
    }
    assert!(!settled.contains("id=\"coverage-1\""), "what is chosen is not offered again");
    let one = screen(details(eligibility(Validity::Valid, vec![coverage()]))).await;
    assert!(!one.contains("この資格を使う"));
}

#[tokio::test]
async fn a_choice_asks_first_and_says_how_it_ended() {
    let asks = |is_busy, refusal| several(Some(0), Some(Choosing { coverage: 1, progress: Progress { is_busy, refusal } }));
    let html = asks(false, None).await;
    for expected in ["<dialog", "この資格を使いますか", "べつの組合", "01990019", "患者様と保険者に確かめてから", "やめる"]
    {
        has(&html, expected);
    }
    assert_eq!(asks(true, None).await.matches("aria-disabled=\"true\"").count(), 2, "neither way out while the answer is out");
    has(&asks(false, Some(refused(Code::Request))).await, "ほかの人が先に選んだかもしれません。");
    let lost = Refusal { stored: Stored::Unknown, ..refused(Code::X01) };
    has(&asks(false, Some(lost)).await, "選ばれたかどうかを確かめてください。");
}

#[tokio::test]
async fn an_unknown_person_is_named_as_such() {
    // X30
    let html = screen(details(eligibility(Validity::NotFound, vec![]))).await;
    has(&html, "該当資格なし(氏名不明)");
    assert_eq!(value(&html, "確認日"), "2024/01/17 10:15(令和6年1月17日)");
}

#[tokio::test]
async fn ot_11_who_helped_the_place_and_the_booked_day_are_shown_and_copied() {
    use shared::domain::visit::{Assist, Occasion, Place};

    let of = || {
        let mut details = details(eligibility(Validity::Valid, vec![coverage()]));
        details.row.booked_on = Some(day("2024-01-20"));
        details.occasion = Occasion {
            assist: Some(Assist::Family),
            place: Some(Place::Facility),
            place_name: "みどりの里".to_owned(),
            ..Occasion::default()
        };
        details
    };
    let html = draw(move || html! { <ConsentView remote={Remote::Here(of())} /> }).await;
    for part in ["操作した方", "家族・後見人が介助", "オンライン診療受診施設(みどりの里)", "2024/01/20"] {
        has(&html, part);
    }
    let text = crate::office::consent::copied::text_of(&of()).unwrap();
    assert!(
        text.ends_with(
            "受付\r\n受診(予約)年月日\t2024/01/20\r\n操作した方\t家族・後見人が介助\r\n場所\tオンライン診療受診施設(みどりの里)\r\n"
        ),
        "{text}"
    );
    let html = draw(|| html! { <ConsentView remote={Remote::Here(details(eligibility(Validity::Valid, vec![coverage()])))} /> }).await;
    has(&html, "たずねていません");
}

#[tokio::test]
async fn ot_11_a_person_without_a_number_is_handed_on_as_a_new_patient() {
    use crate::office::consent::copied::new_patient_of;

    let of = |number: Option<&str>| {
        let mut details = details(eligibility(Validity::Valid, vec![Coverage { symbol: Some("=1+1".to_owned()), ..coverage() }]));
        details.row.reference_number = number.map(str::to_owned);
        details
    };
    let row = new_patient_of(&of(None)).unwrap();
    let lines: Vec<&str> = row.lines().collect();
    assert_eq!((lines.len(), lines[0].split('\t').count()), (2, lines[1].split('\t').count()));
    assert!(lines[1].contains("資格　一郎") && lines[1].contains("\t'=1+1\t"), "no formula: {row}");
    assert_eq!(new_patient_of(&of(Some("00011"))), None, "known already");
    let html = draw(move || html! { <ConsentView remote={Remote::Here(of(None))} /> }).await;
    has(&html, "id=\"new-patient-copy\"");
    has(&html, "自動で登録することは、まだできません");
}
