//! OT-1 端末の証明書, and what stands before and beside every screen about it (OT-2, X43).

use shared::api::Detail;
use shared::api::certificate::{
    CertificateFile, CertificateList, CertificateRefusal, CertificateRow, InUse, ModeChange, Modes, UsedCertificate,
};
use shared::bytes::Base64;
use shared::domain::certificate::{CertificateMode, CertificateState, CertificateTrouble, due};
use shared::domain::code::DeviceLabel;

use super::*;
use crate::account::certificate::{Barred, Used, refused as barred};
use crate::office::certificates::{Asking, CertificatesView, CertificatesViewProps, ModeTyped, News, Typed};
use crate::remote::Remote;
use crate::use_call::Progress;
use crate::use_form::{Faults, Form};

const TODAY: &str = "2026-11-30";

fn label(text: &str) -> DeviceLabel {
    DeviceLabel::try_from(text).unwrap()
}

fn row(name: &str, state: CertificateState, days_left: i64) -> CertificateRow {
    CertificateRow {
        id: name.to_owned(),
        label: label(name),
        holder: label("事務長"),
        state,
        serial: "4f".to_owned(),
        is_foreign: false,
        starts_at: day("2024-09-11").at_jst(16, 30),
        ends_on: day(TODAY).plus_days(days_left),
        days_left,
        issued_by: Some(user()),
        last_seen_at: None,
        revoked_at: (state == CertificateState::Revoked).then(|| day(TODAY).at_jst(9, 0)),
        export_until: None,
        can_be_renewed: matches!(state, CertificateState::NearEnd | CertificateState::Expired),
        is_in_use: false,
    }
}

fn list(rows: Vec<CertificateRow>) -> CertificateList {
    let modes = Modes { mode: CertificateMode::Off, since: None, next: None };
    CertificateList { is_asked: true, modes, rows, now: day(TODAY).at_jst(10, 0) }
}

async fn screen(found: CertificateList, change: impl FnOnce(&mut CertificatesViewProps) + Send + 'static) -> String {
    draw(move || {
        let mut props = CertificatesViewProps {
            form: Form::new(Typed::default(), Faults::default(), Callback::noop()),
            mode_form: Form::new(ModeTyped::default(), Faults::default(), Callback::noop()),
            issuing: Progress::default(),
            exporting: Progress::default(),
            setting: Progress::default(),
            remote: Remote::Here(found),
            file: None,
            asking: None,
            news: None,
            onissue: Callback::noop(),
            onmode: Callback::noop(),
            onexport: Callback::noop(),
            ondone: Callback::noop(),
            onask: Callback::noop(),
            onact: Callback::noop(),
            on_retry: Callback::noop(),
        };
        change(&mut props);
        html! { <CertificatesView ..props /> }
    })
    .await
}

#[tokio::test]
async fn each_state_is_said_with_what_can_be_done() {
    let states = [
        row("有効な端末", CertificateState::Valid, 1000),
        row("近い端末", CertificateState::NearEnd, 12),
        row("切れた端末", CertificateState::Expired, -3),
        row("失効の端末", CertificateState::Revoked, 100),
    ];
    let html = screen(list(states.to_vec()), |_| {}).await;
    for (name, state, can_renew, can_revoke) in [
        ("有効な端末", "有効", false, true),
        ("近い端末", "期限が近い", true, true),
        ("切れた端末", "期限切", true, true),
        ("失効の端末", "失効", false, false),
    ] {
        has(&html, state);
        assert_eq!(html.contains(&format!("{name}の証明書: 更新する")), can_renew, "{name}");
        assert_eq!(html.contains(&format!("{name}の証明書: 失効させる")), can_revoke, "{name}");
        assert!(!html.contains(&format!("{name}の証明書: ファイルを取り出す")), "its time is over");
    }
    for words in ["あと12日", "3日前に切れました", "2026/12/12(令和8年12月12日)まで", "90日前から更新できます", "1500円"]
    {
        has(&html, words);
    }
    let fresh = CertificateRow { export_until: Some(day("2026-12-07").at_jst(10, 0)), is_in_use: true, ..states[0].clone() };
    let html = screen(list(vec![fresh]), |_| {}).await;
    for words in ["有効な端末の証明書: ファイルを取り出す", "2026/12/07 10:00まで取り出せます", "今この端末で使っている証明書"]
    {
        has(&html, words);
    }
}

#[tokio::test]
async fn empty_loading_and_failed_are_said() {
    let html = screen(list(Vec::new()), |_| {}).await;
    has(&html, "証明書はまだありません。");
    has(&html, "「発行する」を押すと");
    let failed = screen(list(Vec::new()), |props| props.remote = Remote::Failed(refused(Code::Internal))).await;
    has(&failed, "U-INTERNAL");
    has(&screen(list(Vec::new()), |props| props.remote = Remote::Loading).await, "読み込んでいます");
    let bare = CertificateList { is_asked: false, ..list(Vec::new()) };
    has(&screen(bare, |_| {}).await, "--office-listen");
}

#[tokio::test]
async fn n171_the_file_comes_with_its_password_once_and_says_where_a_copy_belongs() {
    let file = CertificateFile {
        row: row("受付のパソコン", CertificateState::Valid, 1000),
        file_name: "terminal-4f000000.p12".to_owned(),
        file: Base64(vec![0xfb, 0xff, 0x00, 0x01]),
        password: "ABCDE-FGHJK-LMNPQ-RSTUV-WXYZ2".to_owned(),
    };
    let html = screen(list(Vec::new()), move |props| props.file = Some(file)).await;
    for expected in
        ["href=\"data:application/x-pkcs12;base64,+/8AAQ\"", "download=\"terminal-4f000000.p12\"", "別の媒体にも保存", "メールで送らない"]
    {
        has(&html, expected);
    }
    assert_eq!(html.matches("ABCDE-FGHJK-LMNPQ-RSTUV-WXYZ2").count(), 1);
    assert!(!html.contains("id=\"certificate-issue\""), "first this one is taken down");
}

#[tokio::test]
async fn what_is_lost_is_said_before_it_is_done() {
    let near = row("a", CertificateState::NearEnd, 40);
    let asking = Asking::Renew(near.clone());
    let html = screen(list(Vec::new()), move |props| props.asking = Some((asking, Progress::default()))).await;
    for words in ["「a」の証明書を更新しますか", "残りの40日は使われずになくなります", "費用はかかりません", "もう一度別の媒体に"]
    {
        has(&html, words);
    }
    let asking = Asking::Revoke(CertificateRow { is_in_use: true, ..near });
    let html = screen(list(Vec::new()), move |props| props.asking = Some((asking, Progress::default()))).await;
    for words in ["次の操作から", "今この端末で使っている証明書です", "元に戻すことはできません", "やめる"]
    {
        has(&html, words);
    }
    has(&screen(list(Vec::new()), |props| props.news = Some(News::Revoked("a".to_owned()))).await, "「a」の証明書を失効させました。");
}

#[tokio::test]
async fn the_switch_says_how_it_stands_and_why_it_was_not_changed() {
    let modes = Modes {
        mode: CertificateMode::Wanted,
        since: Some((day("2026-11-01"), Some(user()))),
        next: Some(ModeChange { mode: CertificateMode::Required, from: day("2026-12-07") }),
    };
    let found = CertificateList { modes, ..list(Vec::new()) };
    let html = screen(found.clone(), |_| {}).await;
    has(&html, "使う(証明書がなくても入れる)(2026/11/01(令和8年11月1日)から)");
    has(&html, "2026/12/07(令和8年12月7日)から 必須にする");
    let said = CertificateRefusal { why: CertificateTrouble::Missing, ends_on: None, contact: String::new() };
    let refusal = Some(Refusal { detail: Some(Detail::Certificate(said)), ..refused(Code::Request) });
    let html = screen(found, move |props| props.setting = Progress { is_busy: false, refusal }).await;
    has(&html, "必須にするのは、証明書で開いた画面からだけです。");
    let today = day(TODAY);
    let typed = |mode, from: &str| ModeTyped { mode, from: from.to_owned() };
    let required = Some(CertificateMode::Required);
    assert_eq!(typed(required, "").check(today), Ok(ModeChange { mode: CertificateMode::Required, from: today }));
    assert_eq!(typed(required, "R8.12.7").check(today), Ok(ModeChange { mode: CertificateMode::Required, from: day("2026-12-07") }));
    for bad in [typed(None, ""), typed(required, "2026/11/29"), typed(required, "x")] {
        assert!(bad.check(today).is_err(), "{bad:?}");
    }
}

#[tokio::test]
async fn the_certificate_in_use_and_its_end_are_said() {
    let of = |days_left: i64, is_short: bool| {
        let ends_on = day(TODAY).plus_days(days_left);
        let certificate = UsedCertificate {
            label: label("受付のパソコン"),
            institution_name: "ひなた訪問看護ステーション".to_owned(),
            state: CertificateState::Valid,
            ends_on,
            due: due(ends_on, day(TODAY)),
        };
        let used = Some(InUse { is_asked: true, is_shown: true, certificate: Some(certificate), refused: None });
        draw(move || html! { <Used {used} {is_short} /> })
    };
    has(&of(1000, false).await, "この端末の証明書: 受付のパソコン(ひなた訪問看護ステーション、2029/08/26");
    assert_eq!(words(&of(1000, true).await), Vec::<String>::new(), "nothing to say on every screen");
    has(&of(60, false).await, "あと60日");
    assert!(words(&of(60, true).await).is_empty());
    has(&of(7, true).await, "あと7日");
    has(&of(-2, true).await, "期限が切れました");
    let none = Some(InUse { is_asked: true, is_shown: false, certificate: None, refused: None });
    has(&draw(move || html! { <Used used={none} /> }).await, "証明書は選ばれていません。");
}

#[tokio::test]
async fn x43_a_page_says_what_to_do_and_whom_to_ask() {
    let ends_on = Some(day("2026-11-29"));
    let said = CertificateRefusal { why: CertificateTrouble::Expired, ends_on, contact: "事務所 099-000-0000".to_owned() };
    let html = draw(move || html! { <Barred refusal={barred(said)} /> }).await;
    for words in
        ["期限が切れています(2026/11/29(令和8年11月29日)まで)。", "更新を頼んで", "連絡先: 事務所 099-000-0000", "U-X43", "開き直す"]
    {
        has(&html, words);
    }
    assert!(!html.contains("<input") && !html.contains("href=\"/o"), "nothing else can be reached");
}
