//! A table of rows that are all of one kind.

use yew::prelude::*;

/// How a column stands, if the rows can be put in its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sorted {
    /// The rows stand in another order.
    No,
    /// Smallest, earliest, あ first.
    Up,
    /// Largest, latest first.
    Down,
}

/// One column.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Its heading; on a phone the label of each cell.
    pub title: AttrValue,
    /// One or two characters per cell: centred, and on a phone six to a line.
    pub is_mark: bool,
    /// Set where its heading is a button that puts the rows in its order.
    pub sorted: Option<Sorted>,
}

impl Column {
    /// A column of words.
    pub fn words(title: impl Into<AttrValue>) -> Self {
        Self { title: title.into(), is_mark: false, sorted: None }
    }

    /// A column of marks.
    pub fn marks(title: impl Into<AttrValue>) -> Self {
        Self { is_mark: true, ..Self::words(title) }
    }

    /// The same, and the rows can be put in its order.
    #[must_use]
    pub fn sorted(self, sorted: Sorted) -> Self {
        Self { sorted: Some(sorted), ..self }
    }
}

/// One row: the first cell names it.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Tells the row from the others of the table.
    pub key: AttrValue,
    /// As many as there are columns.
    pub cells: Vec<Html>,
}

/// Says what stands in the table.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct TableProps {
    /// What the table lists, for a screen reader.
    pub caption: AttrValue,
    /// Name of the part that can be moved, for a screen reader.
    pub scrolls: AttrValue,
    /// The columns, from the left.
    pub columns: Vec<Column>,
    /// The rows, from the top.
    pub lines: Vec<Line>,
    /// In place of a table without rows.
    pub empty: Html,
    /// More classes of the table: the screen's own widths.
    #[prop_or_default]
    pub class: Classes,
    /// Called with the place of the column, from 0, in whose order the rows are wanted.
    #[prop_or_default]
    pub onsort: Callback<usize>,
}

/// The heading and the first column stay in view while the rest is moved; on a phone each row is a card, and the
/// order is chosen elsewhere: the headings are out of sight.
#[component]
pub fn Table(props: &TableProps) -> Html {
    if props.lines.is_empty() {
        return props.empty.clone();
    }
    let columns = &props.columns;
    let mark = |column: &Column| column.is_mark.then_some("table__mark");
    html! {
        <div class="table-scroll" role="region" aria-label={props.scrolls.clone()} tabindex="0">
            // The roles stay when the style makes cards of the rows.
            <table class={classes!("table", props.class.clone())} role="table">
                <caption class="visually-hidden">{ &props.caption }</caption>
                <thead role="rowgroup">
                    <tr role="row">
                        { for columns.iter().enumerate().map(|(place, column)| html! {
                            <th scope="col" role="columnheader" class={classes!(mark(column))} aria-sort={order(column)}>
                                { heading(props, place, column) }
                            </th>
                        }) }
                    </tr>
                </thead>
                <tbody role="rowgroup">
                    { for props.lines.iter().map(|line| html! {
                        <tr role="row" key={line.key.to_string()}>
                            { for line.cells.iter().zip(columns).enumerate().map(|(place, (cell, column))| {
                                let (label, class) = (column.title.clone(), classes!(mark(column)));
                                if place == 0 {
                                    html! { <th scope="row" role="rowheader" data-label={label} {class}>{ cell.clone() }</th> }
                                } else {
                                    html! { <td role="cell" data-label={label} {class}>{ cell.clone() }</td> }
                                }
                            }) }
                        </tr>
                    }) }
                </tbody>
            </table>
        </div>
    }
}

fn order(column: &Column) -> Option<&'static str> {
    match column.sorted? {
        Sorted::No => None,
        Sorted::Up => Some("ascending"),
        Sorted::Down => Some("descending"),
    }
}

fn heading(props: &TableProps, place: usize, column: &Column) -> Html {
    if column.sorted.is_none() {
        return html! { { &column.title } };
    }
    let onclick = props.onsort.reform(move |_: MouseEvent| place);
    html! { <button type="button" class="table__sort" {onclick}>{ &column.title }</button> }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drawn::{draw, has};

    fn props(lines: Vec<Line>) -> TableProps {
        TableProps {
            caption: "アカウント".into(),
            scrolls: "表".into(),
            columns: vec![Column::words("氏名").sorted(Sorted::Up), Column::marks("利用"), Column::words("登録日").sorted(Sorted::No)],
            lines,
            empty: html! { <p>{ "まだありません" }</p> },
            class: Classes::new(),
            onsort: Callback::noop(),
        }
    }

    fn line(key: &str, cells: [&str; 3]) -> Line {
        Line { key: key.to_owned().into(), cells: cells.iter().map(|cell| html! { { *cell } }).collect() }
    }

    #[tokio::test]
    async fn each_row_is_named_by_its_first_cell_and_each_cell_by_its_column() {
        let html = draw(|| html! { <Table ..props(vec![line("a", ["花", "○", "今日"]), line("b", ["次郎", "×", "昨日"])]) /> }).await;
        assert_eq!((html.matches("scope=\"row\"").count(), html.matches("<td ").count(), html.matches("scope=\"col\"").count()), (2, 4, 3));
        for label in ["氏名", "利用", "登録日"] {
            assert_eq!(html.matches(&format!("data-label=\"{label}\"")).count(), 2, "{label}");
        }
        let place = |what: &str| html.find(what).unwrap();
        assert!(place("花") < place("次郎"));
        assert_eq!(html.matches("table__mark").count(), 3, "the heading and two cells");
    }

    #[tokio::test]
    async fn the_order_is_said_and_can_be_changed_where_it_can() {
        let html = draw(|| html! { <Table ..props(vec![line("a", ["花", "○", "今日"])]) /> }).await;
        assert_eq!(html.matches("aria-sort=").count(), 1, "only the column in whose order they stand");
        has(&html, "aria-sort=\"ascending\"");
        assert_eq!(html.matches("<button").count(), 2, "a mark is no order");
    }

    #[tokio::test]
    async fn without_rows_there_is_no_table() {
        let html = draw(|| html! { <Table ..props(Vec::new()) /> }).await;
        has(&html, "まだありません");
        assert!(!html.contains("<table"));
    }
}
