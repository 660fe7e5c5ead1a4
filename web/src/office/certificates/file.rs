//! The file of a certificate and the password that opens it: shown once, gone with a press that says so.

use shared::api::certificate::CertificateFile;
use yew::prelude::*;

use crate::part::{Download, Notice, OneTimeSecret, Panel, Tone};
use crate::text::office::certificates as words;

/// Says which file. No `Debug`: it holds the password.
#[derive(Clone, PartialEq, Properties)]
pub(super) struct CertificateFileProps {
    /// Element id of the password's part.
    pub(super) id: AttrValue,
    /// The file.
    pub(super) file: CertificateFile,
    /// Called when the person has both.
    pub(super) ondone: Callback<()>,
}

/// The file, its password, and what to do with them (N171).
#[component]
pub(super) fn CertificateFileView(props: &CertificateFileProps) -> Html {
    let file = &props.file;
    // A data address is in ordinary base64; its padding may be left out.
    let href = format!("data:application/x-pkcs12;base64,{}", file.file.to_text().replace('-', "+").replace('_', "/"));
    let label = file.row.label.as_str();
    html! {
        <>
            <Panel title={words::FILE_TITLE}>
                <p>{ words::whose(label) }</p>
                <Download {href} file={file.file_name.clone()} words={words::FILE_SAVE} about={words::until(file.row.ends_on)} />
                <ol>{ for words::FILE_STEPS.iter().map(|step| html! { <li>{ *step }</li> }) }</ol>
                <Notice tone={Tone::Warn}><p>{ words::FILE_WARN }</p></Notice>
            </Panel>
            <OneTimeSecret id={props.id.clone()} title={words::FILE_PASSWORD} whose={words::whose(label)} secret={file.password.clone()}
                next={words::FILE_NEXT} ondone={props.ondone.clone()} />
        </>
    }
}
