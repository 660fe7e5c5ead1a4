//! One notice: read as soon as it is open; for the admin, who has read it, and its end.

use shared::api::notice::{EndNotice, NoticeFull, NoticeReaders, NoticeState, OpenNotice, ReadNotice, ReaderRow, Readers};
use yew::prelude::*;

use super::writer;
use crate::part::copy::print;
use crate::part::table::{Column, Line};
use crate::part::{Button, Confirm, DefinitionList, LiveRegion, Look, Notice, Row, Table, Tone};
use crate::remote::{Remote, use_get};
use crate::text::office::{self as text, notices as words};
use crate::use_call::{Progress, use_call};

const END: &str = "notice-end";

/// Says which notice.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct OneNoticeProps {
    /// Its id.
    pub(crate) id: String,
}

/// The notice of the address.
#[component]
pub(crate) fn OneNotice(props: &OneNoticeProps) -> Html {
    let id = &props.id;
    let (remote, on_retry) = use_get(OpenNotice { notice: id.into() });
    let (read, end) = (use_call::<ReadNotice>(), use_call::<EndNotice>());
    let is_asking = use_state(|| false);
    let is_unread = matches!(&remote, Remote::Here(full) if !full.row.is_read);
    use_effect_with((id.clone(), is_unread), move |(id, is_unread)| {
        // Whether it could be noted changes nothing for who reads: the next time it is open, it is tried again.
        if *is_unread {
            read.start(ReadNotice { notice: id.into() }, (), |_| ());
        }
    });
    let onask = {
        let (is_asking, end) = (is_asking.clone(), end.clone());
        Callback::from(move |asks: bool| {
            end.forget();
            is_asking.set(asks);
        })
    };
    let onend = {
        let (is_asking, end, id, on_retry) = (is_asking.clone(), end.clone(), id.clone(), on_retry.clone());
        Callback::from(move |()| {
            let (is_asking, on_retry) = (is_asking.clone(), on_retry.clone());
            end.start(EndNotice { notice: (&id).into() }, (), move |outcome| {
                if outcome.is_ok() {
                    is_asking.set(false);
                    on_retry.emit(());
                }
            });
        })
    };
    let readers = match &remote {
        Remote::Here(full) if full.may_write => html! { <ReaderList id={id.clone()} /> },
        _ => Html::default(),
    };
    html! { <OneView {remote} asking={is_asking.then(|| end.progress())} {onask} {onend} {on_retry} {readers} /> }
}

/// Everything that the screen shows.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct OneViewProps {
    /// The notice.
    pub(crate) remote: Remote<NoticeFull>,
    /// How far 終了する has come, while it is asked about.
    #[prop_or_default]
    pub(crate) asking: Option<Progress>,
    /// Called with whether it is to be asked.
    #[prop_or_default]
    pub(crate) onask: Callback<bool>,
    /// Called when it is to end.
    #[prop_or_default]
    pub(crate) onend: Callback<()>,
    /// Asks the same again.
    #[prop_or_default]
    pub(crate) on_retry: Callback<()>,
    /// Who has read it.
    #[prop_or_default]
    pub(crate) readers: Html,
}

/// Title, text, and what belongs to them.
#[component]
pub(crate) fn OneView(props: &OneViewProps) -> Html {
    props.remote.view(&props.on_retry, |full| {
        let row = &full.row;
        let rows = [
            (words::IMPORTANCE, row.importance.label().to_owned()),
            (words::PERIOD, words::period(row)),
            (words::BY, writer(row)),
            (words::STATE, row.state.label().to_owned()),
        ];
        let is_over = row.state == NoticeState::Over;
        let onask = props.onask.reform(|()| true);
        let dialog = props.asking.clone().map(|progress| {
            let failed = progress.refusal.as_ref().map(text::refusal);
            html! {
                <Confirm id={END} title={words::ASK} act={words::END} {failed} is_busy={progress.is_busy}
                    onact={props.onend.reform(|_: String| ())} onclose={props.onask.reform(|()| false)}>
                    <p>{ words::ASK_ABOUT }</p>
                </Confirm>
            }
        });
        html! {
            <>
                <h2>{ row.title.as_str() }</h2>
                <p class="notice-text">{ full.text.as_str() }</p>
                <DefinitionList rows={rows.map(|(name, value)| Row::text(name, value)).to_vec()} />
                <LiveRegion>
                    if is_over && full.may_write {
                        <Notice tone={Tone::Good} title={words::ENDED} />
                    }
                </LiveRegion>
                <p class="actions">
                    <Button id="notice-print" onpress={Callback::from(|()| print())}>{ words::PRINT }</Button>
                    if full.may_write && !is_over {
                        <Button id="notice-ask" look={Look::Secondary} onpress={onask}>{ words::END }</Button>
                    }
                </p>
                { props.readers.clone() }
                { dialog.unwrap_or_default() }
            </>
        }
    })
}

/// Who has read the notice.
#[component]
fn ReaderList(props: &OneNoticeProps) -> Html {
    let (remote, on_retry) = use_get(NoticeReaders { notice: (&props.id).into() });
    html! {
        <section>
            <h2>{ words::READERS }</h2>
            { readers(&remote, &on_retry) }
        </section>
    }
}

/// The accounts, with when each read it.
pub(crate) fn readers(remote: &Remote<Readers>, on_retry: &Callback<()>) -> Html {
    remote.view(on_retry, |found| {
        let read = found.rows.iter().filter(|row| row.read_at.is_some()).count();
        html! {
            <>
                <p>{ words::read_by(read, found.rows.len()) }</p>
                <Table caption={words::READERS} scrolls={words::READERS_SCROLL} columns={words::READER_COLUMNS.map(Column::words).to_vec()}
                    lines={found.rows.iter().map(reader).collect::<Vec<_>>()} empty={html! { <Notice title={words::NO_READERS} /> }} />
            </>
        }
    })
}

fn reader(row: &ReaderRow) -> Line {
    let at = row.read_at.map_or_else(|| words::NOT_READ.to_owned(), |at| at.jst_minute_text());
    let texts = [row.name.clone(), row.user.to_string(), at];
    Line { key: row.user.to_string().into(), cells: texts.into_iter().map(|text| html! { { text } }).collect() }
}

#[cfg(test)]
mod tests {
    use shared::api::notice::{Importance, NoticeRow};

    use super::*;
    use crate::drawn::{day, draw, has, user};

    fn full(may_write: bool, state: NoticeState) -> Remote<NoticeFull> {
        let row = NoticeRow {
            id: "a".to_owned(),
            title: "年末のお知らせ".try_into().unwrap(),
            importance: Importance::High,
            by: may_write.then(user),
            from: day("2026-11-30"),
            until: Some(day("2027-01-03")),
            state,
            is_read: true,
        };
        Remote::Here(NoticeFull { row, text: "一行目\n二行目".try_into().unwrap(), may_write })
    }

    #[tokio::test]
    async fn only_who_may_write_is_offered_its_end() {
        let html = draw(|| html! { <OneView remote={full(false, NoticeState::Shown)} /> }).await;
        for expected in ["年末のお知らせ", "一行目\n二行目", "重要", "2026/11/30〜2027/01/03", "運用者", "掲載中"] {
            has(&html, expected);
        }
        assert!(!html.contains("notice-ask"));
        has(&draw(|| html! { <OneView remote={full(true, NoticeState::Shown)} /> }).await, "notice-ask");
        let over = draw(|| html! { <OneView remote={full(true, NoticeState::Over)} /> }).await;
        has(&over, words::ENDED);
        assert!(!over.contains("notice-ask"));
        has(&draw(|| html! { <OneView remote={full(true, NoticeState::Shown)} asking={Some(Progress::default())} /> }).await, words::ASK);
    }

    #[tokio::test]
    async fn readers_are_counted_and_each_says_when() {
        let row = |id: &str, read_at| ReaderRow { user: id.try_into().unwrap(), name: format!("職員{id}"), read_at };
        let rows = vec![row("kango1", Some(day("2026-11-30").at_jst(9, 5))), row("kango2", None)];
        let html = draw(move || readers(&Remote::Here(Readers { rows }), &Callback::noop())).await;
        for expected in ["2人のうち1人が読みました。", "2026/11/30 09:05", "まだ", "kango2"] {
            has(&html, expected);
        }
    }
}
