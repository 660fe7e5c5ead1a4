//! Tokens of a Web API account (N005, N006): made, shown once, and taken back.

use shared::api::link::{ListTokens, MakeToken, NewToken, RevokeToken, TokenList, TokenMade, TokenRow};
use shared::domain::account::AccountName;
use shared::domain::calendar::UnixMs;
use shared::domain::link::LinkScope;
use yew::prelude::*;

use crate::part::table::{Column, Line};
use crate::part::{Button, CheckField, Confirm, Field, Notice, Offer, OneTimeSecret, Panel, SelectField, SendForm, Table, Tone, field};
use crate::remote::{Remote, use_get};
use crate::text::office::{self as text, tokens as words};
use crate::use_call::{Progress, use_call};
use crate::use_form::{Faults, Form, use_form};

const NAME: &str = "token-name";
const DAYS: &str = "token-days";
const RESULTS: &str = "token-results";
const CONSENTS: &str = "token-consents";
const SECRET: &str = "token-secret";
const NEWS: &str = "token-news";

/// What was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Typed {
    pub(crate) name: String,
    pub(crate) days: String,
    pub(crate) has_results: bool,
    pub(crate) has_consents: bool,
}

impl Default for Typed {
    fn default() -> Self {
        Self { name: String::new(), days: words::DAYS_OFFERED[0].0.to_owned(), has_results: true, has_consents: true }
    }
}

impl Typed {
    /// Reads the form.
    pub(crate) fn read(&self) -> Result<NewToken, Faults> {
        let name = AccountName::try_from(self.name.as_str());
        let chosen = [(LinkScope::Results, self.has_results), (LinkScope::Consents, self.has_consents)];
        let scopes: Vec<_> = chosen.into_iter().filter(|(_, is_on)| *is_on).map(|(scope, _)| scope).collect();
        let days =
            words::DAYS_OFFERED.iter().find(|(value, _, _)| *value == self.days).map_or(words::DAYS_OFFERED[0].2, |(_, _, days)| *days);
        let faults = Faults::default()
            .note(NAME, name.is_err().then_some(words::BAD_NAME))
            .note(RESULTS, scopes.is_empty().then_some(words::NO_SCOPE));
        match (name, faults.first()) {
            (Ok(name), None) => Ok(NewToken { name, scopes, days }),
            _ => Err(faults),
        }
    }
}

/// Says whose.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct TokensProps {
    /// ユーザID.
    pub(crate) user: AttrValue,
}

/// The tokens of an account.
#[component]
pub(crate) fn Tokens(props: &TokensProps) -> Html {
    let user = props.user.clone();
    let (remote, on_retry) = use_get(ListTokens { user: user.as_str().into() });
    let form = use_form(Typed::default);
    let (make, revoke) = (use_call::<MakeToken>(), use_call::<RevokeToken>());
    let made = use_state(|| None::<TokenMade>);
    let asking = use_state(|| None::<TokenRow>);
    let has_news = use_state(|| false);
    let focus = if made.is_some() { Some(SECRET) } else { has_news.then_some(NEWS) };
    use_effect_with(focus, |id| id.iter().for_each(|id| field::focus(id)));
    let onmake = {
        let (form, make, made, user, on_retry, has_news) =
            (form.clone(), make.clone(), made.clone(), user.clone(), on_retry.clone(), has_news.clone());
        Callback::from(move |()| {
            if make.progress().is_busy {
                return;
            }
            let Some(new) = form.read(Typed::read) else { return make.forget() };
            has_news.set(false);
            let (form, made, on_retry) = (form.clone(), made.clone(), on_retry.clone());
            make.start(MakeToken { user: user.as_str().into() }, new, move |outcome| {
                if let Ok(token) = outcome {
                    form.set(Typed::default());
                    made.set(Some(token));
                    on_retry.emit(());
                }
            });
        })
    };
    let ondone = {
        let made = made.clone();
        Callback::from(move |()| made.set(None))
    };
    let onask = {
        let (asking, revoke, on_retry) = (asking.clone(), revoke.clone(), on_retry.clone());
        Callback::from(move |row: Option<TokenRow>| {
            // After an answer that was lost, only the server knows how the token stands.
            if revoke.progress().refusal.is_some() {
                on_retry.emit(());
            }
            revoke.forget();
            asking.set(row);
        })
    };
    let onrevoke = {
        let (asking, revoke, has_news) = (asking.clone(), revoke.clone(), has_news.clone());
        let on_retry = on_retry.clone();
        Callback::from(move |row: TokenRow| {
            let (asking, has_news, on_retry) = (asking.clone(), has_news.clone(), on_retry.clone());
            has_news.set(false);
            revoke.start(RevokeToken { user: user.as_str().into(), token: row.id.as_str().into() }, (), move |outcome| {
                if outcome.is_ok() {
                    asking.set(None);
                    has_news.set(true);
                    on_retry.emit(());
                }
            });
        })
    };
    let asked = (*asking).clone().map(|row| (row, revoke.progress()));
    let form = form.held(make.progress().is_busy);
    html! {
        <TokensView {remote} {form} making={make.progress()} made={(*made).clone()} {asked} is_revoked={*has_news} {onmake} {ondone} {onask}
            {onrevoke} {on_retry} />
    }
}

/// Everything that is shown. No `Debug`: it holds the token.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct TokensViewProps {
    pub(crate) remote: Remote<TokenList>,
    pub(crate) form: Form<Typed>,
    pub(crate) making: Progress,
    pub(crate) made: Option<TokenMade>,
    /// The token to take back, and how far that has come.
    pub(crate) asked: Option<(TokenRow, Progress)>,
    pub(crate) is_revoked: bool,
    pub(crate) onmake: Callback<()>,
    pub(crate) ondone: Callback<()>,
    pub(crate) onask: Callback<Option<TokenRow>>,
    pub(crate) onrevoke: Callback<TokenRow>,
    pub(crate) on_retry: Callback<()>,
}

/// The token that was made, or the form; the list; the question.
#[component]
pub(crate) fn TokensView(props: &TokensViewProps) -> Html {
    html! {
        <Panel title={words::TITLE} class="accounts">
            <p>{ words::LEAD }</p>
            if props.is_revoked {
                <div id={NEWS} tabindex="-1"><Notice tone={Tone::Good} role="status" title={words::REVOKED} /></div>
            }
            { props.made.as_ref().map_or_else(|| make_form(props), |made| told(made, &props.ondone)) }
            { props.remote.view(&props.on_retry, |found| list(found, &props.onask)) }
            if let Some((row, progress)) = &props.asked {
                { question(props, row, progress) }
            }
        </Panel>
    }
}

fn told(made: &TokenMade, ondone: &Callback<()>) -> Html {
    let Some(token) = &made.token else {
        return html! {
            <div id={SECRET} tabindex="-1">
                <Notice tone={Tone::Warn} role="status" title={words::MADE_BEFORE}>
                    <p>{ words::MADE_BEFORE_NEXT }</p>
                    <p><Button id="token-secret-close" onpress={ondone.reform(|()| ())}>{ words::CLOSE }</Button></p>
                </Notice>
            </div>
        };
    };
    html! {
        <>
            <Notice tone={Tone::Good} role="status" title={words::MADE} />
            <OneTimeSecret id={SECRET} title={words::SECRET} whose={made.row.name.clone()} secret={token.clone()} next={words::SECRET_NEXT}
                ondone={ondone.clone()} />
        </>
    }
}

fn make_form(props: &TokensViewProps) -> Html {
    let form = &props.form;
    let offers = words::DAYS_OFFERED.iter().map(|(value, label, _)| Offer { value, label }).collect::<Vec<_>>();
    let is_off = form.is_held();
    let results = form.edit(|typed: &mut Typed, is_on: bool| typed.has_results = is_on);
    let consents = form.edit(|typed: &mut Typed, is_on: bool| typed.has_consents = is_on);
    let fault = form.faults.of(RESULTS);
    html! {
        <SendForm id="token-make" submit={words::MAKE} failed={props.making.refusal.as_ref().map(text::refusal)}
            is_busy={props.making.is_busy} onsubmit={props.onmake.clone()}>
            <Field of={form.input(NAME, |typed| &mut typed.name)} label={words::NAME} hint={words::NAME_HINT} is_required=true />
            <fieldset class="field">
                <legend class="field__label">{ words::SCOPES }</legend>
                <CheckField id={RESULTS} label={LinkScope::Results.label()} {fault} is_on={form.typed.has_results} {is_off} onchange={results} />
                <CheckField id={CONSENTS} label={LinkScope::Consents.label()} is_on={form.typed.has_consents} {is_off} onchange={consents} />
            </fieldset>
            <SelectField of={form.input(DAYS, |typed| &mut typed.days)} label={words::DAYS} is_required=true {offers} />
        </SendForm>
    }
}

/// How a token stands.
fn state(row: &TokenRow, now: UnixMs) -> String {
    match row.revoked_at {
        Some(at) => words::revoked_at(at),
        None if row.is_living(now) => words::LIVING.to_owned(),
        None => words::OVER.to_owned(),
    }
}

fn list(found: &TokenList, onask: &Callback<Option<TokenRow>>) -> Html {
    let columns = [words::NAME, words::SCOPES, words::MADE_AT, words::UNTIL, words::LAST_USED, words::STATE, words::REVOKE]
        .map(Column::words)
        .to_vec();
    let line = |row: &TokenRow| {
        let scopes = row.scopes.iter().map(|scope| scope.label()).collect::<Vec<_>>().join("、");
        let used = row.last_used_at.map_or_else(|| words::NEVER.to_owned(), |at| at.jst_minute_text());
        let texts =
            [row.name.clone(), scopes, row.made_at.jst_minute_text(), row.expires_at.jst_minute_text(), used, state(row, found.now)];
        let end = if row.is_living(found.now) {
            let (id, asked) = (format!("token-revoke-{}", row.id), row.clone());
            let onpress = onask.reform(move |()| Some(asked.clone()));
            html! { <Button {id} {onpress}>{ words::REVOKE }<span class="visually-hidden">{ words::of(&row.name) }</span></Button> }
        } else {
            Html::default()
        };
        let cells = texts.into_iter().map(|text| html! { { text } }).chain([end]).collect();
        Line { key: row.id.clone().into(), cells }
    };
    let lines: Vec<Line> = found.rows.iter().map(line).collect();
    html! {
        <Table caption={words::TITLE} scrolls={words::SCROLLS} {columns} {lines} empty={html! { <p>{ words::EMPTY }</p> }} />
    }
}

fn question(props: &TokensViewProps, row: &TokenRow, progress: &Progress) -> Html {
    let onact = {
        let row = row.clone();
        props.onrevoke.reform(move |_: String| row.clone())
    };
    html! {
        <Confirm id="token-ask" title={words::ASK} act={words::REVOKE} is_busy={progress.is_busy}
            failed={progress.refusal.as_ref().map(text::refusal)} {onact} onclose={props.onask.reform(|()| None)}>
            <p>{ &row.name }</p>
            <p>{ words::ASK_WHAT }</p>
        </Confirm>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drawn::{day, draw, has, refused};
    use shared::api::Code;

    fn row(id: &str, revoked: bool) -> TokenRow {
        TokenRow {
            id: id.to_owned(),
            name: "受付のレセコン".to_owned(),
            scopes: LinkScope::ALL.to_vec(),
            made_at: day("2026-12-01").at_jst(9, 0),
            made_by: "kanri1".try_into().unwrap(),
            expires_at: day("2027-03-01").at_jst(0, 0),
            last_used_at: None,
            revoked_at: revoked.then(|| day("2026-12-02").at_jst(10, 0)),
        }
    }

    async fn drawn(rows: Vec<TokenRow>, now: &str, made: Option<TokenMade>, asked: Option<(TokenRow, Progress)>, typed: Typed) -> String {
        let remote = Remote::Here(TokenList { rows, now: day(now).at_jst(9, 0) });
        draw(move || {
            let faults = typed.read().err().unwrap_or_default();
            let props = TokensViewProps {
                remote,
                form: Form::new(typed, faults, Callback::noop()),
                making: Progress::default(),
                made,
                asked,
                is_revoked: false,
                onmake: Callback::noop(),
                ondone: Callback::noop(),
                onask: Callback::noop(),
                onrevoke: Callback::noop(),
                on_retry: Callback::noop(),
            };
            html! { <TokensView ..props /> }
        })
        .await
    }

    fn typed() -> Typed {
        Typed { name: "受付のレセコン".to_owned(), ..Typed::default() }
    }

    #[tokio::test]
    async fn the_list_says_how_each_token_stands() {
        has(&drawn(Vec::new(), "2026-12-02", None, None, typed()).await, words::EMPTY);
        let html = drawn(vec![row("AA", false), row("BB", true)], "2026-12-02", None, None, typed()).await;
        for expected in [words::LIVING, words::NEVER, "取り消し済み(2026/12/02 10:00)", "token-revoke-AA", "結果を読む、同意を読む"]
        {
            has(&html, expected);
        }
        assert!(!html.contains("token-revoke-BB"), "what has ended is not ended again");
        let html = drawn(vec![row("AA", false)], "2027-03-01", None, None, typed()).await;
        has(&html, words::OVER);
        assert!(!html.contains("token-revoke-AA"));
    }

    #[tokio::test]
    async fn a_token_is_shown_once_in_place_of_the_form_and_taken_back_after_a_question() {
        let made = |token: Option<&str>| Some(TokenMade { row: row("AA", false), token: token.map(str::to_owned) });
        let html = drawn(Vec::new(), "2026-12-02", made(Some("uketsuke_x1")), None, typed()).await;
        for expected in ["uketsuke_x1", "token-secret-done", words::SECRET_NEXT] {
            has(&html, expected);
        }
        assert!(!html.contains("<form"));
        has(&drawn(Vec::new(), "2026-12-02", made(None), None, typed()).await, words::MADE_BEFORE);
        let progress = Progress { is_busy: false, refusal: Some(refused(Code::X01)) };
        let html = drawn(vec![row("AA", false)], "2026-12-02", None, Some((row("AA", false), progress)), typed()).await;
        for expected in [words::ASK, words::ASK_WHAT, "U-X01"] {
            has(&html, expected);
        }
    }

    #[tokio::test]
    async fn what_is_typed_is_read_or_said_to_be_wrong() {
        let new = typed().read().unwrap();
        assert_eq!((new.name.as_str(), new.scopes, new.days), ("受付のレセコン", LinkScope::ALL.to_vec(), 90));
        let wrong = Typed { name: " ".to_owned(), has_results: false, has_consents: false, ..typed() };
        let html = drawn(Vec::new(), "2026-12-02", None, None, wrong).await;
        for expected in [words::BAD_NAME, words::NO_SCOPE] {
            has(&html, expected);
        }
        let one = Typed { has_results: false, days: "365".to_owned(), ..typed() }.read().unwrap();
        assert_eq!((one.scopes, one.days), (vec![LinkScope::Consents], 365));
    }
}
