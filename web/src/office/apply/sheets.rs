//! LA-5 ユーザー設定情報 (N146): the accounts, and the sheet of one, which is read once.

use shared::api::portal::{MakeSheet, SheetMade, SheetRow, SheetWish};
use shared::bytes::Base64;
use yew::prelude::*;

use super::standing::Standing;
use crate::part::table::{Column, Line};
use crate::part::{Button, Confirm, Download, Notice, Table, Tone, field};
use crate::text::office::apply as words;
use crate::use_call::{Progress, use_call};

/// Element id of the sheet that was just made, for the focus.
const MADE: &str = "apply-made";

/// Says which accounts.
#[derive(Clone, PartialEq, Properties)]
pub(super) struct SheetsProps {
    /// See [`Standing`].
    pub(super) standing: Standing,
    /// The accounts.
    pub(super) accounts: Vec<SheetRow>,
}

/// A sheet on the screen: its secrets live here and nowhere else, and go with the press that says so.
#[derive(Clone, PartialEq)]
pub(super) struct Paper {
    /// Whose.
    pub(super) user: String,
    /// As `data:` address.
    pub(super) href: AttrValue,
}

/// The address by which the browser saves a PDF that it has.
pub(super) fn data_address(pdf: &Base64) -> AttrValue {
    let text = pdf.to_text().replace('-', "+").replace('_', "/");
    let padding = "=".repeat(text.len().wrapping_neg() % 4);
    format!("data:application/pdf;base64,{text}{padding}").into()
}

/// The accounts, the question, and the sheet.
#[component]
pub(super) fn Sheets(props: &SheetsProps) -> Html {
    let asked = use_state(|| None::<SheetRow>);
    let paper = use_state(|| None::<Paper>);
    let call = use_call::<MakeSheet>();
    let progress = call.progress();
    let onask = Callback::from({
        let asked = asked.clone();
        move |row: SheetRow| asked.set(Some(row))
    });
    let onclose = Callback::from({
        let (asked, call) = (asked.clone(), call.clone());
        move |()| {
            call.forget();
            asked.set(None);
        }
    });
    let onact = Callback::from({
        let (asked, paper, standing) = (asked.clone(), paper.clone(), props.standing.clone());
        move |_: String| {
            let Some(row) = (*asked).clone() else { return };
            let (asked, paper, standing, user) = (asked.clone(), paper.clone(), standing.clone(), row.user.to_string());
            call.start(MakeSheet { user: user.as_str().into() }, SheetWish { made: row.made }, move |outcome| match outcome {
                Ok(SheetMade { pdf, home }) => {
                    paper.set(Some(Paper { user, href: data_address(&pdf) }));
                    asked.set(None);
                    standing.onhome.emit(home);
                }
                Err(refusal) => standing.onrefused.emit(refusal),
            });
        }
    });
    let ondone = Callback::from({
        let paper = paper.clone();
        move |()| paper.set(None)
    });
    use_effect_with(paper.is_some(), |is_there| {
        if *is_there {
            field::focus(MADE);
        }
    });
    view(&props.accounts, (*asked).as_ref(), (*paper).as_ref(), &progress, &Ways { onask, onclose, onact, ondone })
}

/// What can be pressed.
#[derive(Clone)]
pub(super) struct Ways {
    pub(super) onask: Callback<SheetRow>,
    pub(super) onclose: Callback<()>,
    pub(super) onact: Callback<String>,
    pub(super) ondone: Callback<()>,
}

/// Everything that it shows.
pub(super) fn view(accounts: &[SheetRow], asked: Option<&SheetRow>, paper: Option<&Paper>, progress: &Progress, ways: &Ways) -> Html {
    html! {
        <>
            if let Some(paper) = paper {
                <section id={MADE} tabindex="-1" class="secret" aria-label={words::MADE}>
                    <Notice tone={Tone::Good} role="status" title={words::MADE}><p>{ words::of_account(&paper.user) }</p></Notice>
                    <Notice tone={Tone::Warn} title={words::MADE_NEXT} />
                    <Download href={paper.href.clone()} file="uketsuke-settings.pdf" words={words::SAVE} />
                    <p class="actions"><Button id="apply-saved" onpress={ways.ondone.clone()}>{ words::SAVED }</Button></p>
                </section>
            }
            <section class="apply">
                <h2>{ words::ACCOUNTS }</h2>
                <p>{ words::ONCE }</p>
                <Table caption={words::ACCOUNTS} scrolls={words::SCROLLS} columns={words::COLUMNS.map(Column::words).to_vec()}
                    lines={accounts.iter().map(|row| line(row, &ways.onask)).collect::<Vec<_>>()} empty={Html::default()} />
            </section>
            if let Some(row) = asked {
                <Confirm id="apply-ask" title={if row.made == 0 { words::ASK } else { words::ASK_AGAIN }}
                    act={if row.made == 0 { words::MAKE } else { words::MAKE_AGAIN }} failed={progress.refusal.as_ref().map(words::refusal)}
                    is_busy={progress.is_busy} onact={ways.onact.clone()} onclose={ways.onclose.clone()}>
                    <p>{ words::of_account(row.user.as_str()) }</p>
                    <p>{ if row.made == 0 { words::ASK_ABOUT } else { words::ASK_AGAIN_ABOUT } }</p>
                </Confirm>
            }
        </>
    }
}

fn line(row: &SheetRow, onask: &Callback<SheetRow>) -> Line {
    let made = row.made_at.map_or_else(|| words::NOT_MADE.to_owned(), |at| words::made(row.made, at));
    let (of, onask, is_again) = (row.clone(), onask.clone(), row.made > 0);
    let onclick = Callback::from(move |_: MouseEvent| onask.emit(of.clone()));
    let act = html! {
        <button type="button" class="button button--secondary" aria-label={words::make_read(row.user.as_str(), is_again)} {onclick}>
            { if is_again { words::MAKE_AGAIN } else { words::MAKE } }
        </button>
    };
    let cells = vec![html! { { row.user.as_str() } }, html! { { row.kind.label() } }, html! { { made } }, act];
    Line { key: row.user.to_string().into(), cells }
}
