//! The way through a list whose pages are asked for by the row before them: forth, and back the way one came (N055).

use yew::prelude::*;

use crate::text::office::pager as words;

/// The page that is shown: what each page so far comes after.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Turned(Vec<String>);

impl Turned {
    /// What the shown page comes after; `None` for the first one.
    #[must_use]
    pub fn after(&self) -> Option<String> {
        self.0.last().cloned()
    }

    /// The next page, after this row.
    #[must_use]
    pub fn forth(&self, next: String) -> Self {
        Self([self.0.as_slice(), &[next]].concat())
    }

    /// The page before.
    #[must_use]
    pub fn back(&self) -> Self {
        Self(self.0.split_last().map(|(_, before)| before.to_vec()).unwrap_or_default())
    }

    /// First and last row that are shown, from 1, where a full page has `page_rows` and this one `rows`.
    #[must_use]
    pub fn shown(&self, page_rows: u32, rows: usize) -> (u32, u32) {
        let before = u32::try_from(self.0.len()).unwrap_or(u32::MAX).saturating_mul(page_rows);
        let rows = u32::try_from(rows).unwrap_or(u32::MAX);
        (before.saturating_add(rows.min(1)), before.saturating_add(rows))
    }
}

/// Says where the list stands.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct PageTurnerProps {
    /// Element id; the buttons are `{id}-previous` and `{id}-next`.
    pub id: AttrValue,
    /// Name for a screen reader.
    pub label: AttrValue,
    /// The shown page.
    pub turned: Turned,
    /// What the next page comes after; `None` where this is the last one.
    pub next: Option<String>,
    /// Called with the page that is wanted.
    pub onturn: Callback<Turned>,
}

/// 「<<前へ 次へ>>」; nothing where one page is all there is.
#[component]
pub fn PageTurner(props: &PageTurnerProps) -> Html {
    let PageTurnerProps { id, label, turned, next, onturn } = props;
    let forth = next.clone().map(|next| turned.forth(next));
    let back = turned.after().map(|_| turned.back());
    if forth.is_none() && back.is_none() {
        return Html::default();
    }
    let step = |name: &str, to: Option<Turned>, words: Html| {
        let (is_off, onturn) = (to.is_none(), onturn.clone());
        let onclick = Callback::from(move |_: MouseEvent| to.clone().into_iter().for_each(|to| onturn.emit(to)));
        html! {
            <button type="button" class="pager__step" id={format!("{id}-{name}")} aria-disabled={is_off.then_some("true")} {onclick}>
                { words }
            </button>
        }
    };
    let arrows = |arrows: &'static str| html! { <span aria-hidden="true">{ arrows }</span> };
    html! {
        <nav class="pager" aria-label={label.clone()}>
            { step("previous", back, html! { <>{ arrows("<<") }{ words::PREVIOUS }</> }) }
            { step("next", forth, html! { <>{ words::NEXT }{ arrows(">>") }</> }) }
        </nav>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drawn::{draw, has};

    #[test]
    fn one_comes_back_the_way_one_went() {
        let first = Turned::default();
        let third = first.forth("a".to_owned()).forth("b".to_owned());
        assert_eq!((first.after(), third.after()), (None, Some("b".to_owned())));
        assert_eq!(third.back().after(), Some("a".to_owned()));
        assert_eq!((third.back().back(), first.back()), (first.clone(), first.clone()));
        assert_eq!((first.shown(50, 0), first.shown(50, 3), third.shown(50, 7)), ((0, 0), (1, 3), (101, 107)));
    }

    #[tokio::test]
    async fn a_single_page_has_no_buttons_and_ends_say_so() {
        let shown = |turned: Turned, next: Option<&'static str>| {
            let next = next.map(str::to_owned);
            draw(move || html! { <PageTurner id="turn" label="ページ" {turned} {next} onturn={Callback::noop()} /> })
        };
        assert!(!shown(Turned::default(), None).await.contains("<nav"));
        let html = shown(Turned::default(), Some("a")).await;
        assert_eq!(html.matches("aria-disabled=\"true\"").count(), 1);
        has(&html, "id=\"turn-previous\"");
        let html = shown(Turned::default().forth("a".to_owned()), Some("b")).await;
        assert_eq!(html.matches("aria-disabled=\"true\"").count(), 0);
    }
}
