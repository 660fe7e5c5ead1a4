//! OT-35 委託先資格情報一括取得: what this institution lets others fetch, and what it may fetch itself; both sides see the same.

use shared::api::grant::{
    FetchAsked, FetchEntrusted, FetchRow, GRANT_DAYS_MAX, GiveGrant, GrantRow, GrantState, Grants, ListGrants, NewGrant, RevokeGrant,
};
use shared::api::{Code, Refusal};
use shared::domain::account::AccountKind;
use shared::domain::calendar::CivilDate;
use shared::domain::institution::InstitutionCode;
use shared::domain::typed;
use shared::right::{Act, Right, may};
use yew::prelude::*;

use crate::office::save_file::SaveFile;
use crate::part::said::{said, use_said};
use crate::part::{Button, Confirm, DateField, DefinitionList, Field, Panel, Row, SendForm};
use crate::remote::{Remote, use_get};
use crate::session::use_session;
use crate::text::Say;
use crate::text::office::{self as text, checks, grants as words};
use crate::use_call::{Progress, use_call};
use crate::use_form::{Faults, Form, use_kept_form};

const TO: &str = "grant-to";
const FROM: &str = "grant-from";
const UNTIL: &str = "grant-until";

/// What was typed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Typed {
    to: String,
    from: String,
    until: String,
}

impl Typed {
    fn check(&self, today: CivilDate) -> Result<NewGrant, Faults> {
        let to = InstitutionCode::try_from(typed::number(&self.to).as_str());
        let (from, until) = (CivilDate::from_typed(&self.from), CivilDate::from_typed(&self.until));
        let is_far = matches!((&from, &until), (Ok(from), Ok(until)) if from.plus_days(GRANT_DAYS_MAX) <= *until);
        let faults = Faults::default()
            .note(TO, to.is_err().then_some(words::NO_CODE))
            .note(FROM, from.is_err().then_some(words::NO_DAY))
            .note(FROM, from.as_ref().is_ok_and(|from| *from < today).then_some(words::EARLY))
            .note(UNTIL, until.is_err().then_some(words::NO_DAY))
            .note(UNTIL, matches!((&from, &until), (Ok(from), Ok(until)) if until < from).then_some(words::BACKWARDS))
            .note(UNTIL, is_far.then_some(words::FAR));
        match (faults.first(), to, from, until) {
            (None, Ok(to), Ok(from), Ok(until)) => Ok(NewGrant { to, from, until }),
            _ => Err(faults),
        }
    }
}

/// Both lists, and the form of a new grant.
#[component]
pub(crate) fn GrantsScreen() -> Html {
    let session = use_session();
    let today = session.now().jst_date();
    let (remote, on_retry) = use_get(ListGrants);
    let form = use_kept_form("grant", || Typed { from: today.slashed(), ..Typed::default() });
    let (give, revoke) = (use_call::<GiveGrant>(), use_call::<RevokeGrant>());
    let (asking, done) = (use_state(|| None::<String>), use_said());
    let ongive = {
        let (form, give, on_retry, done) = (form.clone(), give.clone(), on_retry.clone(), done.clone());
        Callback::from(move |()| {
            let Some(new) = form.read(|typed| typed.check(today)) else { return };
            let (form, on_retry, done) = (form.clone(), on_retry.clone(), done.clone());
            give.start(GiveGrant, new, move |outcome| {
                if outcome.is_ok() {
                    form.set(Typed { from: today.slashed(), ..Typed::default() });
                    done.say(words::GAVE);
                    on_retry.emit(());
                }
            });
        })
    };
    let onask = {
        let (asking, revoke) = (asking.clone(), revoke.clone());
        Callback::from(move |grant: Option<String>| {
            revoke.forget();
            asking.set(grant);
        })
    };
    let onrevoke = {
        let (asking, revoke, on_retry, done) = (asking.clone(), revoke.clone(), on_retry.clone(), done.clone());
        Callback::from(move |()| {
            let Some(id) = (*asking).clone() else { return };
            let (asking, on_retry, done) = (asking.clone(), on_retry.clone(), done.clone());
            revoke.start(RevokeGrant { grant: id.into() }, (), move |outcome| {
                if outcome.is_ok() {
                    asking.set(None);
                    done.say(words::REVOKED);
                    on_retry.emit(());
                }
            });
        })
    };
    let props = GrantsViewProps {
        kind: session.session.kind,
        form: form.held(give.progress().is_busy),
        remote,
        giving: give.progress(),
        asking: asking.as_ref().map(|id| (id.clone(), revoke.progress())),
        today,
        done: done.words(),
        ongive,
        onask,
        onrevoke,
        on_retry,
    };
    html! { <GrantsView ..props /> }
}

/// Everything that the screen shows.
#[derive(Clone, PartialEq, Properties)]
pub(super) struct GrantsViewProps {
    pub(super) kind: AccountKind,
    pub(super) form: Form<Typed>,
    pub(super) remote: Remote<Grants>,
    #[prop_or_default]
    pub(super) giving: Progress,
    /// The grant that is asked about before it is taken back.
    #[prop_or_default]
    pub(super) asking: Option<(String, Progress)>,
    /// Fetched is until today at most.
    pub(super) today: CivilDate,
    #[prop_or_default]
    pub(super) done: Option<&'static str>,
    #[prop_or_default]
    pub(super) ongive: Callback<()>,
    #[prop_or_default]
    pub(super) onask: Callback<Option<String>>,
    #[prop_or_default]
    pub(super) onrevoke: Callback<()>,
    #[prop_or_default]
    pub(super) on_retry: Callback<()>,
}

fn not_given(said: &Refusal) -> Say {
    let say = text::refusal(said);
    match said.code {
        Code::NotFound => Say { happened: words::NOT_HERE.into(), next: words::NOT_HERE_NEXT.into(), ..say },
        _ => say,
    }
}

/// Both lists, and for the admin the form.
#[component]
pub(super) fn GrantsView(props: &GrantsViewProps) -> Html {
    let gives = may(props.kind, Act::GrantEntrusted) != Right::No;
    html! {
        <>
            <p>{ words::LEAD }</p>
            { said(props.done) }
            { props.remote.view(&props.on_retry, |grants| lists(props, grants, gives)) }
            if gives {
                { new_grant(props) }
            }
        </>
    }
}

fn new_grant(props: &GrantsViewProps) -> Html {
    let form = &props.form;
    html! {
        <Panel title={words::NEW}>
            <p>{ words::NEW_ABOUT }</p>
            <SendForm id="grant-give" submit={words::GIVE} is_busy={props.giving.is_busy}
                failed={props.giving.refusal.as_ref().map(not_given)} onsubmit={props.ongive.clone()}>
                <Field of={form.input(TO, |typed| &mut typed.to)} label={words::TO} inputmode="numeric" is_required=true autocomplete="off" />
                <DateField of={form.input(FROM, |typed| &mut typed.from)} label={words::FROM} is_required=true />
                <DateField of={form.input(UNTIL, |typed| &mut typed.until)} label={words::UNTIL} is_required=true />
            </SendForm>
        </Panel>
    }
}

fn lists(props: &GrantsViewProps, grants: &Grants, gives: bool) -> Html {
    let received = |row: &GrantRow| {
        let asked = FetchAsked { from: row.from, to: row.until.min(props.today) };
        html! {
            <Panel key={row.id.clone()} title={words::other(&row.other_name, row.other.as_str())}>
                { about(row) }
                if row.state == GrantState::Living {
                    <SaveFile<FetchEntrusted> id={format!("grant-fetch-{}", row.id)} endpoint={FetchEntrusted { grant: (&row.id).into() }}
                        request={asked} make={words::FETCH} gone={Some((words::ENDED, words::ENDED_NEXT))} />
                }
            </Panel>
        }
    };
    let given = |row: &GrantRow| {
        let id = row.id.clone();
        let onpress = props.onask.reform(move |()| Some(id.clone()));
        let is_open = matches!(row.state, GrantState::Living | GrantState::Waiting);
        html! {
            <Panel key={row.id.clone()} title={words::other(&row.other_name, row.other.as_str())}>
                { about(row) }
                if gives && is_open {
                    <p class="actions"><Button id={format!("grant-revoke-{}", row.id)} {onpress}>{ words::REVOKE }</Button></p>
                }
            </Panel>
        }
    };
    html! {
        <>
            <h2>{ words::RECEIVED }</h2>
            if grants.received.is_empty() {
                <p>{ words::NO_RECEIVED }</p>
            }
            { for grants.received.iter().map(received) }
            <h2>{ words::GIVEN }</h2>
            if grants.given.is_empty() {
                <p>{ words::NO_GIVEN }</p>
            }
            { for grants.given.iter().map(given) }
            if let Some((_, asking)) = &props.asking {
                <Confirm id="grant-revoke-ask" title={words::REVOKE_TITLE} act={words::REVOKE} is_busy={asking.is_busy}
                    failed={asking.refusal.as_ref().map(text::refusal)} onact={props.onrevoke.reform(|_: String| ())}
                    onclose={props.onask.reform(|()| None)}>
                    <p>{ words::REVOKE_ABOUT }</p>
                </Confirm>
            }
        </>
    }
}

/// The grant and what was fetched by it: the same on both sides.
fn about(row: &GrantRow) -> Html {
    let period = words::period(&row.from.slashed(), &row.until.slashed());
    let mut rows = vec![
        Row::text(words::STATE, row.state.label()),
        Row::text(words::PERIOD, period),
        Row::text(words::GIVEN_AT, format!("{} {}", checks::minute(row.given_at), row.given_by)),
    ];
    rows.extend(row.revoked_at.map(|at| Row::text(words::REVOKED_AT, checks::minute(at))));
    let fetch = |fetch: &FetchRow| {
        let period = words::period(&fetch.from.slashed(), &fetch.to.slashed());
        html! { <li>{ words::fetch(&checks::minute(fetch.at), fetch.by.as_str(), &period, fetch.rows) }</li> }
    };
    html! {
        <>
            <DefinitionList {rows} />
            <h3>{ words::FETCHES }</h3>
            if row.fetches.is_empty() {
                <p>{ words::NO_FETCHES }</p>
            } else {
                <ul>{ for row.fetches.iter().map(fetch) }</ul>
            }
        </>
    }
}
