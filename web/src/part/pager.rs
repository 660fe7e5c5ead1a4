//! The way through a long list, page by page (N106).

use yew::prelude::*;

use crate::text::office::pager as words;

/// Says where the list stands.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct PagerProps {
    /// Element id prefix.
    pub id: AttrValue,
    /// Name for a screen reader: each pager of a screen has its own.
    pub label: AttrValue,
    /// Rows in all.
    pub total: u32,
    /// The shown page, from 1.
    pub page: u32,
    /// Rows of a full page.
    pub page_rows: u32,
    /// Called with the page that is wanted.
    pub onpage: Callback<u32>,
}

/// 「検索結果：n件 a-b件表示」: total, first and last shown row.
#[must_use]
pub fn shown_rows(total: u32, page: u32, page_rows: u32) -> (u32, u32) {
    let first = page.saturating_sub(1).saturating_mul(page_rows).saturating_add(1);
    (first.min(total), page.saturating_mul(page_rows).min(total))
}

/// How many pages there are; at least one.
#[must_use]
pub fn page_count(total: u32, page_rows: u32) -> u32 {
    total.div_ceil(page_rows.max(1)).max(1)
}

/// The pages that get a button: both ends and the neighbours of the shown one; `None` stands for a gap.
fn offered(page: u32, pages: u32) -> Vec<Option<u32>> {
    let mut near: Vec<u32> =
        [1, page.saturating_sub(1), page, page.saturating_add(1), pages].into_iter().filter(|n| (1..=pages).contains(n)).collect();
    near.dedup();
    let mut offered = Vec::new();
    let mut last = 0;
    for number in near {
        if number > last + 1 {
            // A gap of one page is that page.
            offered.push((number == last + 2).then_some(last + 1));
        }
        if number > last {
            offered.push(Some(number));
            last = number;
        }
    }
    offered
}

/// Buttons 「<<前へ 1 2 … 次へ>>」; the shown page is marked in words, too.
#[component]
pub fn Pager(props: &PagerProps) -> Html {
    let pages = page_count(props.total, props.page_rows);
    let go = |to: Option<u32>| {
        let onpage = props.onpage.clone();
        Callback::from(move |_: MouseEvent| {
            if let Some(page) = to {
                onpage.emit(page);
            }
        })
    };
    let previous = props.page.checked_sub(1).filter(|page| *page >= 1);
    let next = props.page.checked_add(1).filter(|page| *page <= pages);
    let step = |id: &str, to: Option<u32>, words: Html| {
        html! {
            <button type="button" class="pager__step" id={format!("{}-{id}", props.id)} aria-disabled={to.is_none().then_some("true")}
                onclick={go(to)}>{ words }</button>
        }
    };
    let arrows = |arrows: &'static str| html! { <span aria-hidden="true">{ arrows }</span> };
    html! {
        <nav class="pager" aria-label={props.label.clone()}>
            { step("previous", previous, html! { <>{ arrows("<<") }{ words::PREVIOUS }</> }) }
            <ol class="pager__pages">
                { for offered(props.page, pages).into_iter().map(|number| match number {
                    None => html! { <li class="pager__gap" aria-hidden="true">{ words::GAP }</li> },
                    Some(number) => html! {
                        <li>
                            <button type="button" class="pager__page" aria-label={words::page_read(number)}
                                aria-current={(number == props.page).then_some("page")}
                                onclick={go((number != props.page).then_some(number))}>{ number }</button>
                        </li>
                    },
                }) }
            </ol>
            { step("next", next, html! { <>{ words::NEXT }{ arrows(">>") }</> }) }
        </nav>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_and_pages_are_counted_to_the_last_one() {
        for (total, page, shown, pages) in [
            (0, 1, (0, 0), 1),
            (1, 1, (1, 1), 1),
            (50, 1, (1, 50), 1),
            (51, 1, (1, 50), 2),
            (51, 2, (51, 51), 2),
            (100_000, 2_000, (99_951, 100_000), 2_000),
        ] {
            assert_eq!(shown_rows(total, page, 50), shown, "{total} {page}");
            assert_eq!(page_count(total, 50), pages, "{total}");
        }
    }

    #[test]
    fn buttons_stand_for_both_ends_and_the_neighbours() {
        for (page, pages, expected) in [
            (1, 1, vec![Some(1)]),
            (1, 2, vec![Some(1), Some(2)]),
            (1, 4, vec![Some(1), Some(2), Some(3), Some(4)]),
            (1, 9, vec![Some(1), Some(2), None, Some(9)]),
            (5, 9, vec![Some(1), None, Some(4), Some(5), Some(6), None, Some(9)]),
            (4, 9, vec![Some(1), Some(2), Some(3), Some(4), Some(5), None, Some(9)]),
            (2_000, 2_000, vec![Some(1), None, Some(1_999), Some(2_000)]),
        ] {
            assert_eq!(offered(page, pages), expected, "{page} of {pages}");
        }
    }
}
