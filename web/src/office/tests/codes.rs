//! OT-8 and 操作履歴.

use shared::api::activation::{CodeIssued, CodePage, CodeRow};
use shared::api::audit::{ACTS, AuditPage, AuditRow};
use shared::domain::code::{CodeState, DeviceLabel};

use super::*;
use crate::office::audit::{AuditView, Conditions, first_search};
use crate::office::codes::{CodesView, CodesViewProps};
use crate::part::page_turner::Turned;
use crate::remote::Remote;
use crate::text::office as words;
use crate::use_call::Progress;
use crate::use_form::{Faults, Form};

fn code(label: &str, state: CodeState) -> CodeRow {
    let at = day("2024-09-11").at_jst(16, 30);
    CodeRow {
        id: label.to_owned(),
        label: DeviceLabel::try_from(label).unwrap(),
        state,
        issued_at: at,
        issued_by: Some(user()),
        expires_at: day("2024-09-18").at_jst(16, 30),
        used_at: (state == CodeState::InUse).then(|| at.plus_ms(60_000)),
        used_by: None,
        last_seen_at: (state == CodeState::InUse).then(|| at.plus_ms(120_000)),
        invalidated_at: (state == CodeState::Invalid).then(|| at.plus_ms(180_000)),
    }
}

fn codes(rows: Vec<CodeRow>) -> Remote<CodePage> {
    let total = u32::try_from(rows.len()).unwrap();
    Remote::Here(CodePage { total, rows, damaged: 0, next: None, now: day("2024-09-12").at_jst(9, 0) })
}

fn props(remote: Remote<CodePage>) -> CodesViewProps {
    CodesViewProps {
        form: Form::new(String::new(), Faults::default(), Callback::noop()),
        issuing: Progress::default(),
        issued: None,
        find: Form::new(crate::office::codes::Find::default(), Faults::default(), Callback::noop()),
        remote,
        turned: Turned::default(),
        asking: None,
        ended: None,
        institution_name: "ひなた訪問看護ステーション".to_owned(),
        institution: "9969900001".into(),
        onissue: Callback::noop(),
        ondone: Callback::noop(),
        onask: Callback::noop(),
        onend: Callback::noop(),
        onfind: Callback::noop(),
        onturn: Callback::noop(),
        on_retry: Callback::noop(),
    }
}

async fn codes_screen(change: impl FnOnce(&mut CodesViewProps) + Send + 'static, remote: Remote<CodePage>) -> String {
    draw(move || {
        let mut props = props(remote);
        change(&mut props);
        html! { <CodesView ..props /> }
    })
    .await
}

#[tokio::test]
async fn each_state_of_a_code_is_said_and_only_a_living_one_can_be_ended() {
    let rows = CodeState::ALL.map(|state| code(&format!("端末 {}", state.label()), state)).to_vec();
    let html = codes_screen(|_| {}, codes(rows)).await;
    let body = html.split("<tbody").nth(1).unwrap().split("</tbody>").next().unwrap();
    let lines: Vec<Vec<String>> = body.split("<tr").skip(1).map(cells).collect();
    assert_eq!(lines[0][2], "未使用2024/09/18 16:30まで");
    assert_eq!(lines[1][2..], ["使用中", "2024/09/11 16:30kanri1", "2024/09/11 16:31", "2024/09/11 16:32", "無効化する"]);
    assert_eq!((lines[2][2].as_str(), lines[2][6].as_str()), ("無効", "2024/09/11 16:33"));
    assert_eq!((lines[3][2].as_str(), lines[3][6].as_str()), ("期限切", "―"));
    assert_eq!(html.matches("を無効化する\"").count(), 2, "each button is named by its device");
    for line in &lines {
        assert_eq!(line[1], "************表示できません", "N054: a column for the code, unreadable");
    }
    has(&html, "検索結果：4件 1-4件表示"); // N055
    has(&html, "ひなた訪問看護ステーション"); // N056
}

#[tokio::test]
async fn a_code_is_shown_once_with_its_sheet() {
    let issued = CodeIssued {
        row: code("Aのスマホ1", CodeState::Unused),
        digits: "1234-5678-9012".to_owned(),
        qr_svg: "<svg viewBox=\"0 0 9 9\"><path fill=\"#000\" d=\"M0 0h9v9\"/></svg>".to_owned(),
        institution_name: "ひなた訪問看護ステーション".to_owned(),
    };
    let html = codes_screen(move |props| props.issued = Some(issued), codes(Vec::new())).await;
    let (screen, sheet) = html.split_once("class=\"sheet\"").unwrap();
    for expected in ["1234-5678-9012", "端末: Aのスマホ1", "もう一度表示することはできません", "code-secret-print"] {
        has(screen, expected);
    }
    assert!(!screen.contains("id=\"code-issue\""), "first this one is taken down");
    for expected in ["1234-5678-9012", "d=\"M0 0h9v9\"", "Aのスマホ1", "2024/09/18 16:30まで", "細かく切って"] {
        has(sheet, expected);
    }
    let later = codes_screen(|_| {}, codes(vec![code("Aのスマホ1", CodeState::Unused)])).await;
    assert!(!later.contains("1234") && !later.contains("class=\"sheet\""));
}

#[tokio::test]
async fn ending_a_code_asks_first_and_says_what_it_does_to_the_device() {
    for (state, said) in [(CodeState::InUse, "この端末は直ちに使えなくなります"), (CodeState::Unused, "端末を登録できなくなります")]
    {
        let html = codes_screen(move |props| props.asking = Some((code("a", state), Progress::default())), codes(Vec::new())).await;
        let dialog = html.split("<dialog").nth(1).unwrap();
        for expected in [said, "「a」のコードを無効化しますか", "やめる", "元に戻すことはできません"] {
            has(dialog, expected);
        }
    }
    let html = codes_screen(|props| props.ended = Some(code("a", CodeState::Invalid)), codes(Vec::new())).await;
    has(&html, "「a」のコードを無効化しました。");
    has(&html, "id=\"code-ended\" tabindex=\"-1\"");
}

#[test]
fn a_label_with_an_individual_number_is_refused_in_words() {
    let why = DeviceLabel::try_from(concat!("1234567890", "18")).unwrap_err();
    assert_eq!(words::codes::fault(why), words::accounts::MY_NUMBER);
}

#[tokio::test]
async fn the_codes_draw_empty_loading_failed_and_refused() {
    has(&codes_screen(|_| {}, codes(Vec::new())).await, "条件に合うコードはありません。");
    has(&codes_screen(|_| {}, Remote::Loading).await, "読み込んでいます");
    has(&codes_screen(|_| {}, Remote::Failed(refused(Code::Forbidden))).await, "U-FORBIDDEN");
    let taken = Progress { is_busy: false, refusal: Some(refused(Code::Taken)) };
    let html = codes_screen(move |props| props.issuing = taken, codes(Vec::new())).await;
    has(&html, "この端末の名前は、もう使われています。");
    has(&html, "何も変わっていません。");
    let lost = Refusal { stored: Stored::Unknown, ..refused(Code::X01) };
    let html = codes_screen(move |props| props.issuing = Progress { is_busy: false, refusal: Some(lost) }, codes(Vec::new())).await;
    has(&html, "同じコードが表示されます。");
}

async fn audit_screen(remote: Remote<AuditPage>) -> String {
    let today = day("2024-01-17");
    draw(move || {
        let form = Form::new(Conditions::of_this_month(today), Faults::default(), Callback::noop());
        html! { <AuditView {form} {remote} search={first_search(today)} /> }
    })
    .await
}

#[tokio::test]
async fn the_log_says_when_who_what_from_where_and_the_outcome() {
    let row = |id: &str, actor: &str, action: &str, address: Option<&str>, outcome: &str| AuditRow {
        id: id.to_owned(),
        at: day("2024-01-17").at_jst(10, 15).plus_ms(7_900),
        actor: actor.to_owned(),
        action: action.to_owned(),
        subject: None,
        label: None,
        address: address.map(str::to_owned),
        outcome: outcome.to_owned(),
    };
    let rows = vec![
        AuditRow {
            subject: Some("AAAAABBBBBCCCCCDDDDDEEEEEFFFFF".to_owned()),
            label: Some("Aのスマホ1".to_owned()),
            ..row("1", "user kanri1", "office.issue_code", Some("192.0.2.7"), "ok")
        },
        row("2", "operator", "office.invalidate_code", None, "ok"),
        row("3", "nobody", "office.login", Some("192.0.2.7"), "U-LOGIN"),
    ];
    let html =
        audit_screen(Remote::Here(AuditPage { rows, damaged: 1, next: Some("3".to_owned()), now: day("2024-01-17").at_jst(10, 16) })).await;
    let body = html.split("<tbody").nth(1).unwrap().split("</tbody>").next().unwrap();
    let lines: Vec<Vec<String>> = body.split("<tr").skip(1).map(cells).collect();
    assert_eq!(
        lines[0],
        ["2024/01/17 10:15:07", "kanri1", "アクティベーションコードの発行", "Aのスマホ1(AAAAABBBBBCCCCCDDDDDEEEE…)", "192.0.2.7", "できた"]
    );
    assert_eq!(lines[1][1..], ["運用者(コマンド)", "アクティベーションコードの無効化", "―", "―", "できた"]);
    assert_eq!(lines[2][1..], ["ログイン前", "ログイン", "―", "192.0.2.7", "できなかった(U-LOGIN)"]);
    for expected in [
        "href=\"/api/office/audit/2024-01-01/2024-01-17/csv\"",
        "download=\"uketsuke-audit-20240101-20240117.csv\"",
        "id=\"audit-page-next\"",
        "記録を変えたり消したりする操作はありません",
        "ほかの目的には使いません",
        "読み取れない行が1件あります。",
    ] {
        has(&html, expected);
    }
    assert_eq!(
        html.split("id=\"audit-action\"").nth(1).unwrap().split("</select>").next().unwrap().matches("<option").count(),
        ACTS.len() + 1
    );
}

#[tokio::test]
async fn the_log_draws_empty_loading_and_failed() {
    let empty = AuditPage { rows: Vec::new(), damaged: 0, next: None, now: day("2024-01-17").at_jst(10, 16) };
    has(&audit_screen(Remote::Here(empty)).await, "条件に合う記録はありません。");
    has(&audit_screen(Remote::Loading).await, "読み込んでいます");
    let failed = audit_screen(Remote::Failed(refused(Code::X01))).await;
    has(&failed, "通信できません。");
    has(&failed, "もう一度");
}

#[test]
fn the_conditions_of_the_log_are_read() {
    let first = Conditions::of_this_month(day("2024-01-17"));
    assert_eq!(first.check().unwrap(), first_search(day("2024-01-17")));
    for (from, to, user, wrong) in [
        ("", "2024-01-17", "", "audit-from"),
        ("2024-01-18", "2024-01-17", "", "audit-to"),
        ("2024-01-01", "2024-01-17", "管理", "audit-user"),
    ] {
        let typed = Conditions { from: from.to_owned(), to: to.to_owned(), user: user.to_owned(), ..first.clone() };
        assert_eq!(typed.check().unwrap_err().first(), Some(wrong));
    }
    let typed = Conditions { user: " ｋａｎｒｉ1 ".to_owned(), ..first };
    assert_eq!(typed.check().unwrap().user, "kanri1");
}
