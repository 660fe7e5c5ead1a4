//! Menu and reception URL.

use shared::right::{Act, Right, may};

use super::*;
use crate::office::home;
use crate::office::menu::Menu;
use crate::office::reception_url::ReceptionUrlView;
use crate::office::screens;
use crate::remote::Remote;
use crate::text::office as text;
use crate::use_call::Progress;

#[tokio::test]
async fn the_menu_offers_what_the_account_may_do() {
    for kind in AccountKind::ALL {
        let html = draw(move || home::view(screens::entries(kind))).await;
        let header = draw(move || html! { <Menu here="/o/consents/7" {kind} /> }).await;
        for (path, title, act) in [
            ("/o/consents", "同意済資格情報取得", Some(Act::SeeConsents)),
            ("/o/url", "医療機関別URL取得・変更", Some(Act::SeeReceptionUrl)),
            ("/o/check/paper", "資格確認書等で確認", Some(Act::CheckEligibility)),
            ("/o/check/prescription", "処方箋で確認", Some(Act::CheckEligibility)),
            ("/o/accounts", "アカウント管理", Some(Act::OpenAccounts)),
            ("/d", "端末での確認", None),
        ] {
            let is_for = act.is_none_or(|act| may(kind, act) != Right::No);
            for html in [&html, &header] {
                assert_eq!((html.contains(&format!("href=\"{path}\"")), html.contains(title)), (is_for, is_for), "{kind:?} {path}");
            }
        }
    }
}

#[tokio::test]
async fn the_header_marks_the_list_while_one_of_its_rows_is_open() {
    let header = draw(|| html! { <Menu here="/o/consents/7" kind={AccountKind::General} /> }).await;
    let here: Vec<&str> = header.split("<a ").filter(|link| link.contains("is-here")).collect();
    assert!(here.len() == 1 && here.iter().all(|link| link.contains("/o/consents")), "{header}");
    assert!(!header.contains("aria-expanded=\"true\""), "what stands open needs no group");
}

#[tokio::test]
async fn the_header_opens_the_group_of_the_screen_that_is_shown_and_no_other() {
    for (here, first_link) in [("/o/day", "/o/day"), ("/o/laters/7", "/o/laters"), ("/o/password", "/o/password")] {
        let header = draw(move || html! { <Menu {here} kind={AccountKind::General} /> }).await;
        assert_eq!(header.matches("aria-expanded=\"true\"").count(), 1, "{here}");
        let open: Vec<&str> = header.split("<ul").filter(|list| list.contains("menu__panel") && !list.contains("hidden")).collect();
        assert_eq!(open.len(), 1, "{here}");
        assert!(open.iter().all(|list| list.contains(&format!("href=\"{first_link}\""))), "{here}: {open:?}");
    }
    let home = draw(|| html! { <Menu here="/o" kind={AccountKind::Admin} /> }).await;
    assert!(!home.contains("aria-expanded=\"true\""));
}

async fn url_screen(remote: Remote<ReceptionUrlInfo>, is_changed: bool, asking: Option<Progress>) -> String {
    draw(move || html! { <ReceptionUrlView of={Use::HomeVisit} {remote} {is_changed} {asking} institution={institution()} /> }).await
}

#[tokio::test]
async fn the_url_screen_shows_url_code_files_and_sheet() {
    let html = url_screen(Remote::Here(url_info(true)), false, None).await;
    for expected in [
        "http://localhost:8080/r/AAAABBBBCCCCDDDDEEEEFFFFGGGGHHHHIIIIJJJJKKK",
        "href=\"/api/office/reception-url/of/home-visit/qr.svg\"",
        "href=\"/api/office/reception-url/of/home-visit/qr.png\"",
        "download=",
        "d=\"M0 0h9v9\"",
        "A4で印刷する",
        "URLをコピー",
        "2024/01/17 09:00",
        "2回",
        "id=\"url-change-home-visit\"",
    ] {
        has(&html, expected);
    }
    assert!(!html.contains("<?xml"));
    let sheet = html.split("class=\"sheet\"").nth(1).unwrap();
    for expected in [
        "ひなた訪問看護ステーション",
        "訪問診療等",
        "2024/01/17",
        "9969900001",
        "Chrome",
        "Edge",
        "Firefox",
        "Safari",
        "iPhone・iPad・Android",
        "099-000-0000",
        "実際のサイズ",
    ] {
        has(sheet, expected);
    }
    let place = |what: &str| sheet.find(what).unwrap();
    assert!(
        place("Windows") < place("Android") && place("カードを読み取れる端末") < place("カードを読み取れない端末"),
        "what reads cards stands first"
    );
}

#[tokio::test]
async fn a_use_that_is_off_leads_to_the_settings_and_has_no_sheet() {
    let html = url_screen(Remote::Failed(refused(Code::X19)), false, None).await;
    for expected in ["訪問診療等", text::url::IS_OFF, "href=\"/o/settings\""] {
        has(&html, expected);
    }
    assert!(!html.contains("class=\"sheet\"") && !html.contains("url-change"));
}

#[tokio::test]
async fn nothing_can_be_changed_while_the_answer_is_out() {
    let busy = Progress { is_busy: true, refusal: None };
    let dialog = url_screen(Remote::Here(url_info(true)), false, Some(busy)).await;
    let dialog = dialog.split("<dialog").nth(1).unwrap();
    assert_eq!((dialog.matches("readonly=").count(), dialog.matches("aria-disabled=\"true\"").count()), (1, 2));
}

#[test]
fn a_failed_read_says_that_nothing_was_changed() {
    let said = Refusal { stored: Stored::Unknown, ..refused(Code::Internal) };
    let Remote::Failed(read) = Remote::<ReceptionUrlInfo>::read(Err(said)) else { panic!() };
    assert_eq!(text::refusal(&read).stored, "何も変わっていません。");
}

#[tokio::test]
async fn only_an_admin_is_offered_the_change() {
    let html = url_screen(Remote::Here(url_info(false)), false, None).await;
    assert!(!html.contains("id=\"url-change-home-visit\""));
    has(&html, "変更は管理者だけができます");
}

#[tokio::test]
async fn the_change_asks_first_and_says_what_dies() {
    let html = url_screen(Remote::Here(url_info(true)), false, Some(Progress::default())).await;
    for expected in
        ["<dialog", "印刷して配った紙", "ブックマーク", "登録済みの同意", "やめる", "機関コードを入力してください", "9969900001"]
    {
        has(&html, expected);
    }
    let refusal = Some(Refusal { stored: Stored::Unknown, ..refused(Code::X01) });
    let lost = url_screen(Remote::Here(url_info(true)), false, Some(Progress { refusal, is_busy: false })).await;
    has(&lost, "変更されたかどうかは、まだ分かりません。");
    has(&lost, "発行日時が変わったかを確かめてください");
}

#[tokio::test]
async fn after_a_change_the_sheets_are_to_be_replaced() {
    let html = url_screen(Remote::Here(url_info(true)), true, None).await;
    has(&html, "新しいURLに変わりました");
    has(&html, "印刷した紙を新しいものに取り替え");
}

#[tokio::test]
async fn the_url_screen_draws_loading_and_failure() {
    has(&url_screen(Remote::Loading, false, None).await, "読み込んでいます");
    let failed = url_screen(Remote::Failed(refused(Code::Forbidden)), false, None).await;
    has(&failed, "U-FORBIDDEN");
    has(&failed, "もう一度");
}
