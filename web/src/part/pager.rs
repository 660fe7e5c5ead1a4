//! The way through a long list, page by page (N106): the one before, the next one, the first.

use yew::prelude::*;

use crate::text::office::pager as words;

/// Says where the list stands.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct PagerProps {
    /// Element id prefix.
    pub id: AttrValue,
    /// Name for a screen reader: each pager of a screen has its own.
    pub label: AttrValue,
    /// Leads to the page before; `None` on the first one.
    pub previous: Option<String>,
    /// Leads to the next page; `None` on the last one.
    pub next: Option<String>,
    /// Called with what leads to the page that is wanted; `None` is the first one.
    pub onpage: Callback<Option<String>>,
}

/// 「検索結果：n件 a-b件表示」: first and last shown row, where so many stand before and are shown.
#[must_use]
pub fn shown_rows(ahead: u32, shown: u32) -> (u32, u32) {
    (if shown == 0 { 0 } else { ahead.saturating_add(1) }, if shown == 0 { 0 } else { ahead.saturating_add(shown) })
}

/// Buttons 「最初へ <<前へ 次へ>>」.
#[component]
pub fn Pager(props: &PagerProps) -> Html {
    let step = |id: &str, to: Option<Option<String>>, words: Html| {
        let onpage = props.onpage.clone();
        let is_off = to.is_none().then_some("true");
        let go = Callback::from(move |_: MouseEvent| {
            if let Some(to) = &to {
                onpage.emit(to.clone());
            }
        });
        html! {
            <button type="button" class="pager__step" id={format!("{}-{id}", props.id)} aria-disabled={is_off} onclick={go}>{ words }</button>
        }
    };
    let arrows = |arrows: &'static str| html! { <span aria-hidden="true">{ arrows }</span> };
    html! {
        <nav class="pager" aria-label={props.label.clone()}>
            { step("first", props.previous.is_some().then_some(None), html! { words::FIRST }) }
            { step("previous", props.previous.clone().map(Some), html! { <>{ arrows("<<") }{ words::PREVIOUS }</> }) }
            { step("next", props.next.clone().map(Some), html! { <>{ words::NEXT }{ arrows(">>") }</> }) }
        </nav>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_counted_from_the_first_shown_to_the_last() {
        for (ahead, shown, expected) in
            [(0, 0, (0, 0)), (0, 1, (1, 1)), (0, 50, (1, 50)), (50, 1, (51, 51)), (u32::MAX, 2, (u32::MAX, u32::MAX))]
        {
            assert_eq!(shown_rows(ahead, shown), expected, "{ahead} {shown}");
        }
    }
}
