//! The screens of OT-7 in their states, drawn natively.

use shared::api::account::{AccountChange, AccountDetails, BulkAct, BulkDone, BulkFault, BulkReport, BulkRow, FirstPassword, SessionRow};
use shared::api::{Code, Detail, Refusal, Stored};
use shared::domain::account::{AccountFault, AccountKind, AccountState};

use super::bulk::{BulkView, BulkViewProps, Stage};
use super::fields::{KANA, NAME, Typed, UNTIL};
use super::one::{Asked, OneView, OneViewProps};
use super::*;
use crate::drawn::{day, draw, has, refused, session};
use crate::use_call::Progress;
use crate::use_form::{Faults, Form};

fn row(user: &str, kind: AccountKind) -> AccountRow {
    AccountRow {
        user: user.try_into().unwrap(),
        name: "看護 花子".to_owned(),
        kana: "ｶﾝｺﾞ ﾊﾅｺ".to_owned(),
        kind,
        valid_from: Some(day("2026-12-01")),
        valid_until: None,
        state: AccountState::Living,
        must_change_password: false,
        last_login_at: Some(day("2026-12-02").at_jst(9, 5)),
        waits_until: None,
        has_second_factor: false,
        may_change: true,
    }
}

async fn listed(remote: Remote<Fetched>, kind: AccountKind) -> String {
    draw(move || view(&remote, kind, false, &Callback::noop())).await
}

#[tokio::test]
async fn the_list_says_how_each_account_stands_and_who_never_logged_in() {
    let never = AccountRow { last_login_at: None, must_change_password: true, ..row("kango2", AccountKind::General) };
    let stopped = AccountRow { state: AccountState::Suspended, ..row("link1", AccountKind::Link) };
    let waits = AccountRow { waits_until: Some(day("2026-12-02").at_jst(9, 42)), ..row("kango3", AccountKind::General) };
    let html = listed(Remote::Here(Fetched { rows: vec![waits.clone()], damaged: 2, next: None }), AccountKind::Admin).await;
    for expected in ["2026/12/02 09:42までログインを待つ", "読み取れない行が2件あります。"] {
        has(&html, expected);
    }
    has(&one(waits, false, None, Progress::default()).await, "2026/12/02 09:42までログインを待つ");
    let rows = vec![row("kango1", AccountKind::Viewer), never, stopped];
    let html = listed(Remote::Here(Fetched { rows: rows.clone(), damaged: 0, next: None }), AccountKind::Admin).await;
    for expected in [
        "href=\"/o/accounts/of/kango1\"",
        "ｶﾝｺﾞ ﾊﾅｺ",
        "医療情報閲覧",
        "2026/12/01〜",
        "2026/12/02 09:05",
        words::NEVER,
        "利用中(初期パスワードのまま)",
        "停止中",
        "href=\"/o/accounts/new\"",
        "href=\"/o/accounts/bulk\"",
    ] {
        has(&html, expected);
    }
    assert!(!html.contains("accounts-more"));
    has(
        &listed(Remote::Here(Fetched { rows, damaged: 0, next: Some("link1".try_into().unwrap()) }), AccountKind::Admin).await,
        "accounts-more",
    );
    has(&listed(Remote::Here(Fetched { rows: Vec::new(), damaged: 0, next: None }), AccountKind::Admin).await, words::EMPTY);
    has(&listed(Remote::Loading, AccountKind::Admin).await, frame::LOADING);
    has(&listed(Remote::Failed(refused(Code::X01)), AccountKind::Admin).await, "U-X01");
    let master = listed(Remote::Loading, AccountKind::Master).await;
    assert!(!master.contains("/o/accounts/bulk"), "a master makes admins one by one");
    assert!(master.contains(words::LEAD_MASTER) && !master.contains(words::LEAD));
}

fn form(typed: Typed, faults: Faults) -> Form<Typed> {
    Form::new(typed, faults, Callback::noop())
}

fn typed() -> Typed {
    Typed {
        kind: "viewer".to_owned(),
        user: " kango1 ".to_owned(),
        name: "看護 花子".to_owned(),
        kana: "カンゴ　はなこ".to_owned(),
        from: "R8.12.1".to_owned(),
        until: String::new(),
    }
}

async fn new_screen(kind: AccountKind, typed: Typed, progress: Progress, made: Option<FirstPassword>) -> String {
    draw(move || {
        let form = form(typed, Faults::default());
        new::view(&session(kind), &form, &progress, made.as_ref(), Callback::noop(), Callback::noop())
    })
    .await
}

#[tokio::test]
async fn the_form_offers_whom_the_account_makes_and_shows_what_the_kana_becomes() {
    let html = new_screen(AccountKind::Admin, typed(), Progress::default(), None).await;
    for expected in ["登録するカナ: ｶﾝｺﾞ ﾊﾅｺ", "令和8年12月1日", "9969900001", "一般利用者", "連携アプリ用", "Web API用"]
    {
        has(&html, expected);
    }
    assert!(!html.contains("value=\"admin\"") && !html.contains("value=\"master\""));
    let html = new_screen(AccountKind::Master, typed(), Progress::default(), None).await;
    assert!(html.contains("value=\"admin\"") && !html.contains("value=\"viewer\""));
    has(&html, words::KIND_HINT_MASTER);
    let select = html.split("<select").nth(1).unwrap().split('>').next().unwrap();
    assert!(select.contains("aria-required=\"true\"") && !select.contains("aria-invalid"), "{select}");
    let detail = Some(Detail::Account(AccountFault::IdTaken));
    let refusal = Some(Refusal { code: Code::Account, stored: Stored::Nothing, detail });
    let html = new_screen(AccountKind::Admin, typed(), Progress { is_busy: false, refusal }, None).await;
    for expected in ["U-ACCOUNT", "このユーザIDは使われています。", "何も変わっていません。"] {
        has(&html, expected);
    }
}

#[test]
fn what_is_typed_is_read_or_said_to_be_wrong_in_the_order_of_the_fields() {
    let made = typed().new_account(AccountKind::Admin).unwrap();
    assert_eq!((made.kind, made.user.as_str(), made.kana.as_str()), (AccountKind::Viewer, "kango1", "ｶﾝｺﾞ ﾊﾅｺ"), "as chosen");
    assert_eq!((made.valid_from, made.valid_until), (day("2026-12-01"), None));
    let chosen = Typed { kind: "general".to_owned(), ..typed() }.new_account(AccountKind::Admin).unwrap();
    assert_eq!(chosen.kind, AccountKind::General);
    for kind in ["admin", "master", ""] {
        let never = Typed { kind: kind.to_owned(), ..typed() }.new_account(AccountKind::Admin).unwrap_err();
        assert_eq!(never.of("account-kind").as_deref(), Some(words::BAD_KIND), "what is not offered is not sent: {kind}");
    }
    for (by, first) in [(AccountKind::Admin, "viewer"), (AccountKind::Master, "admin")] {
        let begun = Typed::begin(by, day("2026-12-01"));
        assert_eq!((begun.kind.as_str(), begun.from.as_str()), (first, "2026/12/01"), "what is shown is what is sent");
    }
    let faults = Typed { kana: "花子".to_owned(), until: "2026/11/30".to_owned(), ..typed() }.new_account(AccountKind::Admin).unwrap_err();
    assert_eq!((faults.first(), faults.of(UNTIL).as_deref()), (Some(KANA), Some(words::BACKWARDS)));
    let from = |from: &str| Typed { from: from.to_owned(), ..typed() }.new_account(AccountKind::Admin).unwrap_err().of("account-from");
    assert_eq!((from(" ").as_deref(), from("いつか").as_deref()), (Some(words::NO_FROM), Some(words::BAD_FROM)));
    let faults = Typed { name: concat!("1234567890", "18").to_owned(), user: "a".to_owned(), ..typed() }
        .new_account(AccountKind::Admin)
        .unwrap_err();
    assert_eq!((faults.first(), faults.of(NAME).as_deref()), (Some("account-user"), Some(words::MY_NUMBER)));
    assert!(!format!("{faults:?}").contains("1234"), "the value is not said again (X53)");
}

#[tokio::test]
async fn the_initial_password_is_shown_once_with_a_slip_of_its_own() {
    let account = row("kango1", AccountKind::Viewer);
    let first = |password: Option<&str>| Some(FirstPassword { account: account.clone(), password: password.map(str::to_owned) });
    let empty = Typed::default;
    let html = new_screen(AccountKind::Admin, empty(), Progress::default(), first(Some("AAAAA-BBBBB"))).await;
    let slip = html.split("class=\"sheet slip\"").nth(1).unwrap();
    for expected in ["AAAAA-BBBBB", "kango1", "9969900001", "看護 花子", "開くアドレス: /o"] {
        has(slip, expected);
    }
    for id in ["account-secret-copy", "account-secret-print", "account-secret-done"] {
        has(&html, id);
    }
    assert!(!html.contains("<form"), "the form comes back when the password was taken down");
    let html = new_screen(AccountKind::Admin, empty(), Progress::default(), first(None)).await;
    has(&html, words::MADE_BEFORE);
    has(&html, "account-secret-close");
    has(&html, "href=\"/o/accounts/of/kango1\"");
    assert!(!html.contains("sheet slip"));
}

async fn one(account: AccountRow, is_self: bool, asked: Option<Asked>, progress: Progress) -> String {
    let session = |byte: &str, is_own: bool| SessionRow {
        id: byte.repeat(32),
        opened_at: day("2026-12-02").at_jst(9, 5),
        seen_at: day("2026-12-02").at_jst(9, 30),
        address: Some("192.0.2.7".to_owned()),
        is_own,
    };
    let details = AccountDetails { account, sessions: vec![session("ab", is_self), session("cd", false)] };
    draw(move || {
        let form = form(typed(), Faults::default());
        let props = OneViewProps {
            details,
            is_self,
            by: AccountKind::Admin,
            form,
            progress,
            asked,
            onsubmit: Callback::noop(),
            onask: Callback::noop(),
            onact: Callback::noop(),
        };
        html! { <OneView ..props /> }
    })
    .await
}

#[tokio::test]
async fn an_account_can_be_changed_stopped_and_let_in_again() {
    let html = one(row("kango1", AccountKind::Viewer), false, None, Progress::default()).await;
    for expected in
        ["account-change", "account-suspend", "account-reset", "account-unlock", "192.0.2.7", "2026/12/02 09:30", "end-abababab"]
    {
        has(&html, expected);
    }
    assert!(!html.contains("account-resume"));
    let stopped = AccountRow { state: AccountState::Suspended, last_login_at: None, ..row("kango1", AccountKind::Viewer) };
    let html = one(stopped, false, None, Progress::default()).await;
    assert!(html.contains("account-resume") && !html.contains("id=\"account-suspend\""));
    has(&html, words::NEVER_NEXT);
    let program = AccountRow { last_login_at: None, ..row("link1", AccountKind::Link) };
    assert!(!one(program, false, None, Progress::default()).await.contains(words::NEVER_NEXT), "a program has no device");
    assert_eq!(html.matches("2026/12/02 09:05からのログイン").count(), 2, "each button names its login");
    let busy = one(row("kango1", AccountKind::Viewer), false, None, Progress { is_busy: true, refusal: None }).await;
    let sent = busy.split("id=\"account-change\"").nth(1).unwrap().split('>').next().unwrap();
    assert!(sent.contains("aria-disabled"), "a change is sent once");
    let own = one(row("kanri1", AccountKind::Admin), true, None, Progress::default()).await;
    assert!(own.contains(words::OWN) && own.contains(words::OWN_PASSWORD) && !own.contains("account-reset"));
    let others = AccountRow { may_change: false, ..row("kanri2", AccountKind::Admin) };
    let html = one(others, false, None, Progress::default()).await;
    assert!(html.contains(words::READ_ONLY) && !html.contains("<button") && !html.contains("<form"));
}

#[tokio::test]
async fn who_ends_the_own_logins_is_told_before() {
    let html = |is_self, asked| one(row("kanri1", AccountKind::Admin), is_self, Some(asked), Progress::default());
    for (asked, ends) in
        [(Asked::Suspend, true), (Asked::End(None), true), (Asked::End(Some("cd".to_owned())), false), (Asked::Unlock, false)]
    {
        assert_eq!(html(true, asked.clone()).await.contains(words::ENDS_OWN), ends, "{asked:?}");
        assert!(!html(false, asked).await.contains(words::ENDS_OWN));
    }
}

#[tokio::test]
async fn an_end_that_is_over_is_asked_about() {
    let request = typed().read(Faults::default(), true).map(|read| AccountChange {
        name: read.name,
        kana: read.kana,
        valid_from: read.valid_from,
        valid_until: read.valid_until,
        typed_user: None,
    });
    let asked = |is_over| Asked::Change { request: request.clone().unwrap(), is_over };
    let over = one(row("kango1", AccountKind::Viewer), false, Some(asked(true)), Progress::default()).await;
    has(&over, words::PAST_UNTIL);
    assert!(!over.contains(words::PERIOD_WHAT) && !over.contains("account-ask-typed"));
    let program = one(row("link1", AccountKind::Link), false, Some(asked(false)), Progress::default()).await;
    assert!(program.contains(words::PERIOD_WHAT) && !program.contains(words::PAST_UNTIL));
}

#[tokio::test]
async fn an_account_without_a_first_day_is_changed_without_one() {
    let none = Typed { from: String::new(), ..typed() };
    assert_eq!(none.read(Faults::default(), false).unwrap().valid_from, None);
    assert!(none.read(Faults::default(), true).is_err());
    assert!(Typed { from: "いつか".to_owned(), ..typed() }.read(Faults::default(), false).is_err(), "typed, and no day");
    let html = one(AccountRow { valid_from: None, ..row("kango1", AccountKind::Viewer) }, false, None, Progress::default()).await;
    let field = |html: &str| html.split("id=\"account-from\"").nth(1).unwrap().split('>').next().unwrap().to_owned();
    assert!(!field(&html).contains("aria-required"));
    assert!(field(&one(row("kango1", AccountKind::Viewer), false, None, Progress::default()).await).contains("aria-required"));
}

#[tokio::test]
async fn what_breaks_is_said_and_the_id_typed_where_programs_depend_on_the_account() {
    let asked = |kind, asked| one(row("link1", kind), false, Some(asked), Progress::default());
    for kind in AccountKind::ALL {
        for (question, is_new_password) in [(Asked::Suspend, false), (Asked::Reset, true)] {
            let html = asked(kind, question).await;
            let (title, then) = words::then(kind, is_new_password);
            for part in [words::BREAKS_TITLE, words::BREAKS[0], title, then[0], then[1], "account-ask-typed"] {
                assert_eq!(html.contains(part), kind.is_of_program(), "{kind:?} {part}");
            }
            let speaks = html.contains("新しいパスワード") || html.contains("パスワードを新しい");
            assert_eq!(speaks, is_new_password && kind.is_of_program(), "{kind:?}: a stop gives no other password");
        }
        assert!(!asked(kind, Asked::Unlock).await.contains(words::BREAKS_TITLE));
    }
    let detail = Some(Detail::Account(AccountFault::LastAdmin));
    let refusal = Some(Refusal { code: Code::Account, stored: Stored::Nothing, detail });
    let html = one(row("kanri1", AccountKind::Admin), true, Some(Asked::Suspend), Progress { is_busy: false, refusal }).await;
    assert_eq!(html.matches("最後の管理者のアカウントです。").count(), 1, "in the question, not above the form too");
}

async fn bulk(stage: Stage, not_checked: Option<Refusal>) -> String {
    bulk_while(stage, not_checked, false, false).await
}

async fn bulk_while(stage: Stage, not_checked: Option<Refusal>, is_checking: bool, is_applying: bool) -> String {
    draw(move || {
        let props = BulkViewProps {
            session: session(AccountKind::Admin),
            stage,
            is_checking,
            is_applying,
            not_checked,
            not_applied: None,
            onchoose: Callback::noop(),
            oncheck: Callback::noop(),
            onapply: Callback::noop(),
            ondone: Callback::noop(),
        };
        html! { <BulkView ..props /> }
    })
    .await
}

#[tokio::test]
async fn a_file_is_judged_row_by_row_and_done_as_a_whole() {
    let html = bulk(Stage::default(), None).await;
    has(&html, "href=\"/api/office/accounts/template.csv\"");
    let good = BulkRow { line: 2, user: "kango1".to_owned(), act: Some(BulkAct::Add(AccountKind::Viewer)), faults: Vec::new() };
    let change = BulkRow { line: 3, act: Some(BulkAct::Change(vec![3, 6])), ..good.clone() };
    let bad = BulkRow { line: 4, act: None, faults: vec![BulkFault::UserId, BulkFault::Kana], ..good.clone() };
    let report = |rows: Vec<BulkRow>| Stage { report: Some(BulkReport { rows }), ..Stage::default() };
    let html = bulk(report(vec![good.clone(), change, bad]), None).await;
    for expected in [
        "「医療情報閲覧」として登録します。",
        "ユーザ名、利用終了年月日を変えます。",
        words::bulk_fault(BulkFault::UserId),
        words::bulk_fault(BulkFault::Kana),
        "直す行が1行あります。",
    ] {
        has(&html, expected);
    }
    assert!(!html.contains("accounts-apply"), "nothing is done while one row is wrong");
    let free = bulk(report(vec![good.clone()]), None).await;
    assert!(free.contains("accounts-apply") && !free.contains("aria-disabled"));
    for (is_checking, is_applying) in [(true, false), (false, true)] {
        let html = bulk_while(report(vec![good.clone()]), None, is_checking, is_applying).await;
        assert_eq!(html.matches("aria-disabled=\"true\"").count(), 2, "neither is pressed while the other is out");
    }
    let detail = Some(Detail::Account(AccountFault::File));
    let html = bulk(Stage::default(), Some(Refusal { code: Code::Account, stored: Stored::Nothing, detail })).await;
    has(&html, "アカウントのファイルとして読めませんでした。");
}

#[tokio::test]
async fn the_passwords_of_a_file_are_shown_once_each_on_its_slip() {
    let first = |user: &str, password: Option<&str>| FirstPassword {
        account: row(user, AccountKind::Viewer),
        password: password.map(str::to_owned),
    };
    let done = BulkDone { added: vec![first("kango1", Some("AAAAA-11111")), first("kango2", Some("BBBBB-22222"))], changed: 3 };
    let html = bulk(Stage { done: Some(done), ..Stage::default() }, None).await;
    assert_eq!(html.matches("class=\"sheet slip\"").count(), 2);
    for expected in ["登録 2件、更新 3件", "AAAAA-11111", "BBBBB-22222", "accounts-slips"] {
        has(&html, expected);
    }
    assert!(!html.contains(words::APPLIED_BEFORE));
    let again = BulkDone { added: vec![first("kango1", None)], changed: 0 };
    let html = bulk(Stage { done: Some(again), ..Stage::default() }, None).await;
    has(&html, words::APPLIED_BEFORE);
    assert!(!html.contains("sheet slip") && !html.contains("accounts-slips"));
}
