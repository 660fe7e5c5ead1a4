//! Of OT-9: when each former reception URL counted (N072). What it was is kept by nobody.

use shared::api::office::{FORMER_URLS_MAX, FormerReceptionUrls, FormerUrl, FormerUrls};
use shared::domain::institution::Use;
use yew::prelude::*;

use crate::part::table::{Column, Line};
use crate::part::{Notice, Table};
use crate::remote::{Remote, use_get};
use crate::text::office::former_urls as words;

/// The former URLs of the institution that is in.
#[component]
pub(crate) fn FormerUrlsScreen() -> Html {
    let (remote, on_retry) = use_get(FormerReceptionUrls);
    view(&remote, &on_retry)
}

fn view(remote: &Remote<FormerUrls>, on_retry: &Callback<()>) -> Html {
    remote.view(on_retry, |found| {
        let of_use = |of: Use| {
            let lines: Vec<_> = found.rows.iter().filter(|row| row.visit_kind.usage() == of).map(line).collect();
            // A use that never had a URL is not listed.
            (!lines.is_empty()).then(|| {
                html! {
                    <section key={of.word()}>
                        <h2>{ of.label() }</h2>
                        <Table caption={words::caption(of.label())} scrolls={words::SCROLLS}
                            columns={[words::RETIRED, words::ISSUED].map(Column::words).to_vec()} {lines} empty={Html::default()} />
                    </section>
                }
            })
        };
        let is_cut = u32::try_from(found.rows.len()).is_ok_and(|rows| rows >= FORMER_URLS_MAX);
        html! {
            <>
                <p>{ words::LEAD }</p>
                { for Use::ALL.into_iter().filter_map(of_use) }
                if found.rows.is_empty() {
                    <Notice title={words::NONE} />
                }
                if is_cut {
                    <p>{ words::cut(FORMER_URLS_MAX) }</p>
                }
            </>
        }
    })
}

fn line(row: &FormerUrl) -> Line {
    let texts = [row.retired_at.jst_minute_text(), row.issued_at.jst_minute_text()];
    Line { key: format!("{}", row.retired_at.0).into(), cells: texts.into_iter().map(|text| html! { { text } }).collect() }
}

#[cfg(test)]
mod tests {
    use shared::api::Code;
    use shared::domain::institution::VisitKind;

    use super::*;
    use crate::drawn::{day, draw, has, refused};

    async fn shown(remote: Remote<FormerUrls>) -> String {
        draw(move || view(&remote, &Callback::noop())).await
    }

    fn former(rows: usize) -> Remote<FormerUrls> {
        let row = |place: usize| {
            let retired_at = day("2024-01-20").at_jst(9, 30).plus_ms(-60_000 * i64::try_from(place).unwrap());
            FormerUrl { visit_kind: VisitKind::HomeVisit, issued_at: day("2024-01-17").at_jst(9, 0), retired_at }
        };
        Remote::Here(FormerUrls { rows: (0..rows).map(row).collect() })
    }

    #[tokio::test]
    async fn each_former_url_says_when_it_counted() {
        let html = shown(former(2)).await;
        for expected in ["2024/01/20 09:30", "2024/01/20 09:29", "2024/01/17 09:00", "訪問診療等"] {
            has(&html, expected);
        }
        assert!(!html.contains(&words::cut(FORMER_URLS_MAX)));
        has(&shown(former(200)).await, &words::cut(FORMER_URLS_MAX));
    }

    #[tokio::test]
    async fn none_loading_and_failed_are_said() {
        has(&shown(former(0)).await, words::NONE);
        has(&shown(Remote::Loading).await, "読み込んでいます");
        has(&shown(Remote::Failed(refused(Code::X01))).await, "もう一度");
    }
}
