//! A link that saves a file.

use yew::prelude::*;

/// Says which file.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct DownloadProps {
    /// Where it is.
    pub href: AttrValue,
    /// Name under which it is saved: nothing of a person.
    pub file: AttrValue,
    /// Words of the link, with the kind of the file.
    pub words: AttrValue,
    /// Rows, size, until when it can be fetched.
    #[prop_or_default]
    pub about: Option<AttrValue>,
}

/// A link that looks like a button: the browser saves what it leads to.
#[component]
pub fn Download(props: &DownloadProps) -> Html {
    html! {
        <p class="download">
            <a class="button button--secondary" href={props.href.clone()} download={props.file.clone()}>{ &props.words }</a>
            if let Some(about) = &props.about {
                <span class="download__about">{ about }</span>
            }
        </p>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drawn::{draw, has};

    #[tokio::test]
    async fn the_file_has_a_name_of_its_own() {
        let html = draw(|| html! { <Download href="/api/x" file="x.csv" words="保存(CSV)" about="51件" /> }).await;
        for expected in ["href=\"/api/x\"", "download=\"x.csv\"", "保存(CSV)", "51件"] {
            has(&html, expected);
        }
    }
}
