use shared::api::Code;
use shared::api::settings::{Confirmed, HistoryRow, Terms, TermsSeen};
use shared::domain::account::AccountKind;
use shared::domain::municipality::Municipality;
use shared::domain::settings::{Difference, TermsId};
use yew::prelude::*;

use super::*;
use crate::drawn::{day, draw, has, refused, session, user};

fn seen() -> SettingsSeen {
    let terms = |id, note: &str| TermsSeen {
        terms: Terms {
            id,
            version: "2026-11".to_owned(),
            from: day("2024-04-01"),
            title: "規約".to_owned(),
            note: note.to_owned(),
            text: vec!["本文".to_owned()],
        },
        confirmed: None,
    };
    SettingsSeen {
        institution_name: "ひなた訪問看護ステーション".to_owned(),
        settings: Settings::at_start("03-0000-0000"),
        version: 3,
        changed_at: day("2026-11-20").at_jst(10, 15),
        changed_by: Some(user()),
        terms: vec![terms(TermsId::OnlineCheck, ""), terms(TermsId::Subsidies, "公表されます。")],
        municipalities: vec![Municipality {
            place: "資格県受付市".to_owned(),
            from: day("2026-04-01"),
            until: None,
            source: "告知1".to_owned(),
        }],
        now: day("2026-11-20").at_jst(11, 0),
    }
}

fn history() -> HistoryPage {
    let row = |version, changes: Vec<Difference>| HistoryRow { version, at: day("2026-11-20").at_jst(10, 15), by: Some(user()), changes };
    let change = |name: &str| Difference { name: name.to_owned(), old: "まえ".to_owned(), new: "あと".to_owned() };
    HistoryPage { rows: vec![row(3, vec![change("連絡先")]), row(2, vec![change("目視確認")]), row(1, vec![])], next: Some(1) }
}

async fn shown(kind: AccountKind, change: impl FnOnce(&mut SettingsViewProps) + Send + 'static) -> String {
    draw(move || {
        let mut props = SettingsViewProps {
            form: Form::new(Some(Draft::of(&seen())), Faults::default(), Callback::noop()),
            remote: Remote::Here(seen()),
            history: Remote::Here(history()),
            turned: Turned::default(),
            meanwhile: None,
            is_done: false,
            sending: Progress::default(),
            onsubmit: Callback::noop(),
            onok: Callback::noop(),
            onturn: Callback::noop(),
            on_retry: Callback::noop(),
        };
        change(&mut props);
        html! { <Drawn {props} {kind} /> }
    })
    .await
}

#[derive(Clone, PartialEq, Properties)]
struct DrawnProps {
    props: SettingsViewProps,
    kind: AccountKind,
}

#[component]
fn Drawn(props: &DrawnProps) -> Html {
    let standing = use_reducer(|| crate::session::Standing::Asking);
    let signed_in = SignedIn::new(session(props.kind), shared::domain::calendar::UnixMs(0), standing.dispatcher());
    view(&props.props, &signed_in)
}

fn with(change: impl Fn(&mut Settings)) -> Draft {
    let mut draft = Draft::of(&seen());
    change(&mut draft.mine);
    draft
}

#[tokio::test]
async fn n047_blocks_stand_under_their_headings_with_institution_and_role() {
    let html = shown(AccountKind::Admin, |_| {}).await;
    for expected in
        ["ひなた訪問看護ステーション", "9969900001", "管理者", "2026/11/20 10:15 kanri1", "訪問診療等機能", "手術情報", words::SUBMIT]
    {
        has(&html, expected);
    }
    for block in
        ["訪問診療等", "オンライン診療等", "外来診療等(通常とは異なる動線)", "医療扶助", "医療費助成", "電子処方箋", "資格確認", "連絡先"]
    {
        has(&html, &format!("{block}関連項目"));
    }
    // A use without a reception page cannot be chosen, and says so.
    assert!(html.contains("online-on") && html.contains("off-route-on"));
    has(&html, "公表されます。");
}

#[tokio::test]
async fn others_than_admins_read() {
    let html = shown(AccountKind::General, |_| {}).await;
    for expected in [words::READ_ONLY, "訪問診療等機能", "国の扱いに合わせる", "03-0000-0000"] {
        has(&html, expected);
    }
    assert!(!html.contains("<form") && !html.contains(words::SUBMIT));
}

#[tokio::test]
async fn terms_are_ticked_where_a_switch_needs_them_and_nobody_has() {
    let tick = "id=\"terms-subsidies\"";
    assert!(!shown(AccountKind::Admin, |_| {}).await.contains(tick));
    let on = |seen: SettingsSeen| {
        shown(AccountKind::Admin, move |props| {
            props.form = props.form.with(Some(with(|mine| mine.subsidies = true)));
            props.remote = Remote::Here(seen);
        })
    };
    let html = on(seen()).await;
    has(&html, tick);
    has(&html, "本文");
    let mut confirmed = seen();
    confirmed.terms[1].confirmed = Some(Confirmed { by: user(), at: day("2026-11-20").at_jst(9, 0) });
    let html = on(confirmed).await;
    assert!(!html.contains(tick));
    has(&html, "kanri1 が 2026/11/20 09:00 に確認しました");
}

#[test]
fn what_is_missing_is_pointed_out_in_the_order_of_the_fields() {
    let first = |draft: Draft| draft.check(&seen()).err().and_then(|faults| faults.first().map(str::to_owned));
    assert_eq!(first(with(|mine| mine.medical_aid = false)).as_deref(), None);
    assert_eq!(first(with(|mine| mine.home_visit.items.clear())).as_deref(), Some(blocks::ITEMS));
    assert_eq!(first(with(|mine| mine.contact = "あ".repeat(121))).as_deref(), Some(blocks::CONTACT));
    let mut draft = with(|mine| mine.subsidies = true);
    assert_eq!(first(draft.clone()).as_deref(), Some("terms-subsidies"));
    draft.read = vec![TermsRead { id: TermsId::Subsidies, version: "2025-01".to_owned() }];
    assert_eq!(first(draft.clone()).as_deref(), Some("terms-subsidies"), "another version");
    draft.read = vec![terms::read(&seen().terms[1].terms)];
    let change = draft.check(&seen()).unwrap();
    assert_eq!((change.version, change.settings.subsidies, change.confirmed), (3, true, draft.read));
}

#[test]
fn of_a_change_that_came_meanwhile_nothing_is_lost() {
    let mut newer = seen();
    (newer.version, newer.settings.contact) = (4, "06-0000-0000".to_owned());
    let draft = with(|mine| mine.medical_aid = false).on(&newer);
    assert_eq!((draft.base, draft.mine.medical_aid, draft.mine.contact.as_str()), (4, false, "06-0000-0000"));
    assert_eq!(draft.began, newer.settings);
}

#[tokio::test]
async fn what_came_meanwhile_and_what_is_done_are_said() {
    let html = shown(AccountKind::Admin, |props| props.meanwhile = Some(2)).await;
    has(&html, words::MEANWHILE_NEXT);
    assert_eq!(html.matches("連絡先</td>").count(), 2, "in the notice and in the history");
    assert_eq!(html.matches("目視確認</td>").count(), 1, "what was known is not said again");
    let html = shown(AccountKind::Admin, |props| props.is_done = true).await;
    for expected in [words::UPDATED, words::COUNTS, words::OK, words::AGAIN] {
        has(&html, expected);
    }
}

#[tokio::test]
async fn loading_failure_and_refusal_are_said() {
    has(&shown(AccountKind::Admin, |props| props.remote = Remote::Loading).await, "読み込んでいます");
    has(&shown(AccountKind::Admin, |props| props.remote = Remote::Failed(refused(Code::X01))).await, "もう一度");
    let html = shown(AccountKind::Admin, |props| {
        let detail = Some(Detail::Settings(SettingsFault::Unchanged));
        props.sending = Progress { is_busy: false, refusal: Some(Refusal { detail, ..refused(Code::Settings) }) };
    })
    .await;
    has(&html, "変わったところがありません。");
}
