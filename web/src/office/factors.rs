//! 自分の二段階認証 (P-PW): what is registered, a further passkey or app, recovery codes, and taking one away. Also what stands in place of
//! every screen while a second factor must be registered first.

mod passkey;
mod recovery;
mod totp;

use shared::api::factor::{Factors, OwnFactors, PasskeyRow, RemoveFactor, TOTP};
use shared::api::office::Session;
use yew::prelude::*;

use self::passkey::AddPasskeyPanel;
use self::recovery::RecoveryPanel;
use self::totp::AddTotpPanel;
use crate::part::table::{Column, Line};
use crate::part::{Button, Confirm, Look, Notice, Panel, Table, Tone, field};
use crate::remote::{Remote, use_get};
use crate::session::use_session;
use crate::text::office::{self as text, factors as words};
use crate::use_call::{Progress, use_call};

const NEWS: &str = "factors-news";

/// Says whether it stands in place of every screen.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct OwnFactorsProps {
    /// A second factor must be registered before the screens open.
    #[prop_or_default]
    pub(crate) is_first: bool,
}

/// The own second factors.
#[component]
pub(crate) fn OwnFactorsScreen(props: &OwnFactorsProps) -> Html {
    let (remote, on_retry) = use_get(OwnFactors);
    let signed_in = use_session();
    // What a change answered takes the place of what was fetched.
    let shown = use_state(|| None::<(Factors, Option<&'static str>)>);
    let asked = use_state(|| None::<(String, String)>);
    let remove = use_call::<RemoveFactor>();
    let (factors, news) = match &*shown {
        Some((factors, news)) => (Remote::Here(factors.clone()), *news),
        None => (remote, None),
    };
    use_effect_with(news.is_some(), |has_news| {
        if *has_news {
            field::focus(NEWS);
        }
    });
    let onchanged = {
        let (shown, signed_in, is_first) = (shown.clone(), signed_in.clone(), props.is_first);
        Callback::from(move |(factors, news): (Factors, Option<&'static str>)| {
            // While it blocks the screens, they open by a press: recovery codes can be made first.
            if !is_first {
                let session = Session { has_second_factor: factors.has_one(), now: signed_in.now(), ..signed_in.session.clone() };
                signed_in.renew(session);
            }
            shown.set(Some((factors, news)));
        })
    };
    let onask = {
        let (asked, remove) = (asked.clone(), remove.clone());
        Callback::from(move |which: Option<(String, String)>| {
            remove.forget();
            asked.set(which);
        })
    };
    let onremove = {
        let (asked, remove, onchanged) = (asked.clone(), remove.clone(), onchanged.clone());
        Callback::from(move |which: String| {
            let (asked, onchanged) = (asked.clone(), onchanged.clone());
            remove.start(RemoveFactor { factor: which.into() }, (), move |outcome| {
                if let Ok(factors) = outcome {
                    asked.set(None);
                    onchanged.emit((factors, Some(words::DONE_REMOVED)));
                }
            });
        })
    };
    let ongoon = Callback::from(move |()| {
        let now = signed_in.now();
        signed_in.renew(Session { must_add_factor: false, has_second_factor: true, now, ..signed_in.session.clone() });
    });
    let (is_first, progress) = (props.is_first, remove.progress());
    factors.view(&on_retry, |factors| {
        html! {
            <FactorsView factors={factors.clone()} {is_first} {news} asked={(*asked).clone()} {progress} {onchanged} {onask} {onremove} {ongoon} />
        }
    })
}

/// Everything that the screen shows.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct FactorsViewProps {
    /// What is registered.
    pub(crate) factors: Factors,
    /// It stands in place of every screen.
    #[prop_or_default]
    pub(crate) is_first: bool,
    /// What was done a moment ago.
    #[prop_or_default]
    pub(crate) news: Option<&'static str>,
    /// The question before one is removed: its id and its name.
    #[prop_or_default]
    pub(crate) asked: Option<(String, String)>,
    /// How far the removal has come.
    #[prop_or_default]
    pub(crate) progress: Progress,
    /// Called with the factors after a change, and what was done.
    #[prop_or_default]
    pub(crate) onchanged: Callback<(Factors, Option<&'static str>)>,
    /// Opens the question about one, or leaves it.
    #[prop_or_default]
    pub(crate) onask: Callback<Option<(String, String)>>,
    /// Removes one.
    #[prop_or_default]
    pub(crate) onremove: Callback<String>,
    /// Opens the other screens.
    #[prop_or_default]
    pub(crate) ongoon: Callback<()>,
}

/// What is registered, and what can be added.
#[component]
pub(crate) fn FactorsView(props: &FactorsViewProps) -> Html {
    let FactorsViewProps { factors, is_first, news, .. } = props;
    let has_one = factors.has_one();
    html! {
        <>
            <p>{ if *is_first { words::LEAD_FIRST } else { words::LEAD } }</p>
            if let Some(news) = news {
                <div id={NEWS} tabindex="-1">
                    <Notice tone={Tone::Good} role="status" title={*news}>
                        if *is_first && has_one {
                            <p>{ words::FIRST_DONE }</p>
                        }
                    </Notice>
                </div>
            }
            if *is_first && has_one {
                <p class="actions"><Button id="factors-go-on" look={Look::Primary} onpress={props.ongoon.clone()}>{ words::GO_ON }</Button></p>
            }
            if !has_one {
                <Notice title={words::NONE_YET} />
            }
            if !factors.passkeys.is_empty() {
                <Panel title={words::PASSKEYS} class="accounts">{ passkeys(props) }</Panel>
            }
            <AddPasskeyPanel may_have={factors.may_have_passkeys} onchanged={props.onchanged.clone()} />
            <AddTotpPanel totp={factors.totp.clone()} onchanged={props.onchanged.clone()}
                onremove={props.onask.reform(|()| Some((TOTP.to_owned(), words::TOTP.to_owned())))} />
            <RecoveryPanel factors={factors.clone()} onchanged={props.onchanged.clone()} />
            if let Some((which, name)) = &props.asked {
                { question(props, which, name) }
            }
        </>
    }
}

fn passkeys(props: &FactorsViewProps) -> Html {
    let columns = [words::NAME, words::ADDED, words::USED, words::ACT].map(Column::words).to_vec();
    let line = |row: &PasskeyRow| {
        let which = (row.id.clone(), row.name.clone());
        let onpress = props.onask.reform(move |()| Some(which.clone()));
        let id = format!("remove-{}", row.id.chars().take(8).collect::<String>());
        let remove = html! {
            <Button {id} {onpress}>{ words::REMOVE }<span class="visually-hidden">{ words::of_name(&row.name) }</span></Button>
        };
        let texts = [row.name.clone(), row.added_at.jst_minute_text(), words::at(row.last_used_at)];
        Line { key: row.id.clone().into(), cells: texts.into_iter().map(|text| html! { { text } }).chain([remove]).collect() }
    };
    let lines: Vec<Line> = props.factors.passkeys.iter().map(line).collect();
    html! { <Table caption={words::PASSKEYS} scrolls={words::SCROLLS} {columns} {lines} empty={Html::default()} /> }
}

fn question(props: &FactorsViewProps, which: &str, name: &str) -> Html {
    let onact = {
        let which = which.to_owned();
        props.onremove.reform(move |_: String| which.clone())
    };
    let is_last = props.factors.passkeys.len() + usize::from(props.factors.totp.is_some()) == 1;
    html! {
        <Confirm id="factor-ask" title={words::REMOVE_ASK} act={words::REMOVE} is_busy={props.progress.is_busy}
            failed={props.progress.refusal.as_ref().map(text::refusal)} {onact} onclose={props.onask.reform(|()| None)}>
            <p>{ name.to_owned() }</p>
            <p>{ words::REMOVE_WHAT }</p>
            if is_last {
                <p>{ words::REMOVE_LAST }</p>
            }
        </Confirm>
    }
}

#[cfg(test)]
mod tests;
