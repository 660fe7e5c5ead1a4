//! お知らせ一覧 (N060): the list, one with its readers, and writing one.

mod new;
mod one;

use shared::api::notice::{ListNotices, NOTICE_PAGE_ROWS, NoticePage, NoticeQuery, NoticeRow};
use shared::domain::account::UserId;
use yew::prelude::*;

pub(crate) use self::new::NewNoticeScreen;
pub(crate) use self::one::OneNotice;
use crate::part::page_turner::Turned;
use crate::part::table::{Column, Line};
use crate::part::{CheckField, Notice, PageTurner, Table, field, link};
use crate::remote::{Remote, use_search};
use crate::text::office::{front, notices as words};

const HEADING: &str = "notices-list";

/// The list of the account that is in.
#[component]
pub(crate) fn NoticesScreen() -> Html {
    let asked = use_state(|| (false, Turned::default()));
    let (has_hidden, turned) = (*asked).clone();
    let (remote, on_retry) = use_search(ListNotices, NoticeQuery { has_hidden, after: turned.after() });
    let onhidden = {
        let asked = asked.clone();
        Callback::from(move |has_hidden: bool| asked.set((has_hidden, Turned::default())))
    };
    let onturn = Callback::from(move |turned: Turned| {
        field::focus(HEADING);
        asked.set((has_hidden, turned));
    });
    html! { <NoticesView {remote} {has_hidden} {turned} {onhidden} {onturn} {on_retry} /> }
}

/// Everything that the list shows.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct NoticesViewProps {
    /// What was found.
    pub(crate) remote: Remote<NoticePage>,
    /// Those that are not shown, too.
    #[prop_or_default]
    pub(crate) has_hidden: bool,
    /// Which page.
    #[prop_or_default]
    pub(crate) turned: Turned,
    /// Called with whether those are wanted.
    #[prop_or_default]
    pub(crate) onhidden: Callback<bool>,
    /// Called with the page that is wanted.
    #[prop_or_default]
    pub(crate) onturn: Callback<Turned>,
    /// Asks the same again.
    #[prop_or_default]
    pub(crate) on_retry: Callback<()>,
}

/// The rows, and for an admin the way to write one.
#[component]
pub(crate) fn NoticesView(props: &NoticesViewProps) -> Html {
    props.remote.view(&props.on_retry, |page| {
        let (first, last) = props.turned.shown(NOTICE_PAGE_ROWS, page.rows.len());
        let empty = html! { <Notice title={words::NONE}><p>{ words::NONE_NEXT }</p></Notice> };
        html! {
            <>
                if page.may_write {
                    <p>{ link("/o/notices/new", Some(classes!("button", "button--primary")), words::WRITE) }</p>
                    <CheckField id="notices-hidden" label={words::HAS_HIDDEN} is_on={props.has_hidden} onchange={props.onhidden.clone()} />
                }
                <p id={HEADING} tabindex="-1" role="status">{ words::shown(page.total, first, last, page.unread) }</p>
                <Table caption={words::TITLE} scrolls={words::SCROLLS} columns={words::COLUMNS.map(Column::words).to_vec()}
                    lines={page.rows.iter().map(line).collect::<Vec<_>>()} {empty} />
                <PageTurner id="notices-page" label={words::PAGES} turned={props.turned.clone()} next={page.next.clone()}
                    onturn={props.onturn.clone()} />
            </>
        }
    })
}

fn line(row: &NoticeRow) -> Line {
    let path = format!("/o/notices/of/{}", row.id);
    let read = if row.is_read {
        html! { { words::IS_READ } }
    } else {
        html! { <strong>{ front::UNREAD }</strong> }
    };
    let cells = vec![
        link(&path, Some(classes!("front__link")), row.title.as_str().to_owned()),
        html! { { row.importance.label() } },
        html! { { words::period(row) } },
        html! { { writer(row) } },
        html! { <>{ row.state.label() }{ "　" }{ read }</> },
    ];
    Line { key: row.id.clone().into(), cells }
}

fn writer(row: &NoticeRow) -> String {
    row.by.as_ref().map_or(words::BY_OPERATOR, UserId::as_str).to_owned()
}

#[cfg(test)]
mod tests {
    use shared::api::Code;
    use shared::api::notice::{Importance, NoticeState};

    use super::*;
    use crate::drawn::{day, draw, has, refused};

    fn page(may_write: bool, rows: usize) -> Remote<NoticePage> {
        let row = |place: usize| NoticeRow {
            id: format!("n{place}"),
            title: format!("題名{place}").as_str().try_into().unwrap(),
            importance: Importance::Normal,
            by: None,
            from: day("2026-11-30"),
            until: None,
            state: NoticeState::Shown,
            is_read: place > 0,
        };
        let total = u32::try_from(rows).unwrap();
        Remote::Here(NoticePage { total, unread: total.min(1), rows: (0..rows).map(row).collect(), next: None, may_write })
    }

    #[tokio::test]
    async fn the_list_says_what_was_read_and_offers_writing_to_who_may() {
        let html = draw(|| html! { <NoticesView remote={page(true, 2)} /> }).await;
        for expected in
            ["全2件 1-2件表示、未読 1件", "題名1", "運用者", "2026/11/30〜", "掲載中", "href=\"/o/notices/new\"", "notices-hidden"]
        {
            has(&html, expected);
        }
        assert_eq!((html.matches(front::UNREAD).count(), html.matches(words::IS_READ).count()), (2, 1), "the count, and one row");
        let html = draw(|| html! { <NoticesView remote={page(false, 2)} /> }).await;
        assert!(!html.contains("/o/notices/new") && !html.contains("notices-hidden"));
    }

    #[tokio::test]
    async fn none_loading_and_failed_are_said() {
        has(&draw(|| html! { <NoticesView remote={page(false, 0)} /> }).await, words::NONE);
        has(&draw(|| html! { <NoticesView remote={Remote::Loading} /> }).await, "読み込んでいます");
        has(&draw(|| html! { <NoticesView remote={Remote::Failed(refused(Code::Forbidden))} /> }).await, "U-FORBIDDEN");
    }
}
