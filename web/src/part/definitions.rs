//! Names and values, one below the other.

use yew::prelude::*;

/// One line: a name and its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The name.
    pub name: AttrValue,
    /// The value.
    pub value: Html,
}

impl Row {
    /// Makes a line of two texts.
    pub fn text(name: impl Into<AttrValue>, value: impl Into<AttrValue>) -> Self {
        let value: AttrValue = value.into();
        Self { name: name.into(), value: html! { { value } } }
    }
}

/// Says which lines.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct DefinitionListProps {
    /// The lines in their order.
    pub rows: Vec<Row>,
}

/// A `dl` with a line per row.
#[component]
pub fn DefinitionList(props: &DefinitionListProps) -> Html {
    html! {
        <dl class="definitions">
            { for props.rows.iter().map(|row| html! {
                <div class="definitions__row"><dt>{ &row.name }</dt><dd>{ row.value.clone() }</dd></div>
            }) }
        </dl>
    }
}
