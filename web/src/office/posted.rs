//! OT-32 掲示・ウェブ掲載文: the notice of a fee that counts today, read over, kept, printed or copied.

use shared::api::posted::{KeptText, NewText, Posted, PostedTexts, SavePosted};
use shared::domain::fee::{Fee, InstitutionKind, Place};
use shared::domain::prose::Prose;
use yew::prelude::*;

use crate::part::copy::print;
use crate::part::field::Input;
use crate::part::{Button, CopyButton, LiveRegion, Look, Notice, Offer, RadioField, SelectField, SendForm, TextArea, Tone};
use crate::remote::{Remote, use_get};
use crate::session::use_session;
use crate::text::office::{self as text, papers::posted as words};
use crate::use_call::{Progress, use_call};
use crate::use_form::{Faults, Form, use_kept_form};

const TEXT: &str = "posted-text";

/// Which notice is in hand, and its text where it was changed since.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Typed {
    /// What kind of house.
    pub(crate) kind: Option<InstitutionKind>,
    /// Id of the fee; empty: the first that counts.
    pub(crate) fee: String,
    /// On the web site rather than on the wall.
    pub(crate) is_web: bool,
    /// What was typed in place of what is kept.
    pub(crate) text: Option<String>,
    /// The same of notices that are not in hand now: kind, fee, whether it is for the web site, and the text.
    pub(crate) others: Vec<(Option<InstitutionKind>, String, bool, String)>,
}

impl Typed {
    fn place(&self) -> Place {
        if self.is_web { Place::Web } else { Place::Wall }
    }

    /// Takes another notice in hand. What was typed for the one of before waits until that one is in hand again.
    fn turn(&mut self, former: &str, kind: Option<InstitutionKind>, fee: &str, is_web: bool) {
        if let Some(text) = self.text.take() {
            self.others.push((self.kind, former.to_owned(), self.is_web, text));
        }
        (self.kind, self.fee, self.is_web) = (kind, fee.to_owned(), is_web);
        let found = self.others.iter().position(|(of, id, web, _)| (*of, id.as_str(), *web) == (kind, fee, is_web));
        self.text = found.map(|place| self.others.remove(place).3);
    }

    /// The fee in hand, of those that count.
    fn fee(&self, posted: &Posted) -> Option<&'static Fee> {
        let day = posted.now.jst_date();
        let fees = || self.kind.into_iter().flat_map(|kind| Fee::valid(kind, day));
        fees().find(|fee| fee.id == self.fee).or_else(|| fees().next())
    }
}

/// The text that is kept for a fee and a place.
fn kept<'a>(posted: &'a Posted, fee: &Fee, place: Place) -> Option<&'a KeptText> {
    posted.texts.iter().find(|one| one.fee == fee.id && one.place == place)
}

/// OT-32 of the account that is in.
#[component]
pub(crate) fn PostedScreen() -> Html {
    let (remote, on_retry) = use_get(PostedTexts);
    let kind = InstitutionKind::of(&use_session().session.institution);
    let form = use_kept_form("posted", || Typed { kind, ..Typed::default() });
    let save = use_call::<SavePosted>();
    let saved = use_state(|| None::<Posted>);
    let remote = saved.as_ref().map_or(remote, |posted| Remote::Here(posted.clone()));
    let onsave = {
        let (form, save, saved) = (form.clone(), save.clone(), saved.clone());
        Callback::from(move |(fee, text): (&'static Fee, Option<String>)| {
            if save.progress().is_busy {
                return;
            }
            let read = |text: String| Prose::try_from(text.as_str()).map_err(|why| Faults::default().note(TEXT, Some(words::fault(why))));
            let Some(text) = form.read(|_| text.map(read).transpose()) else { return save.forget() };
            let (form, saved, place) = (form.clone(), saved.clone(), form.typed.place());
            save.start(SavePosted, NewText { fee: fee.id.to_owned(), place, text }, move |outcome| {
                if let Ok(posted) = outcome {
                    form.set(Typed { text: None, ..form.typed.clone() });
                    saved.set(Some(posted));
                }
            });
        })
    };
    let is_saved = saved.is_some();
    html! { <PostedView {form} {remote} {is_saved} saving={save.progress()} {onsave} {on_retry} /> }
}

/// Everything that the screen shows.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct PostedViewProps {
    /// What is in hand.
    pub(crate) form: Form<Typed>,
    /// What is kept.
    pub(crate) remote: Remote<Posted>,
    /// Something was saved since the screen opened.
    #[prop_or_default]
    pub(crate) is_saved: bool,
    /// How far 保存する has come.
    #[prop_or_default]
    pub(crate) saving: Progress,
    /// Called with the fee and the text to keep; without one, the offered wording counts again.
    #[prop_or_default]
    pub(crate) onsave: Callback<(&'static Fee, Option<String>)>,
    /// Asks the same again.
    #[prop_or_default]
    pub(crate) on_retry: Callback<()>,
}

/// Kind, fee, place, and the text.
#[component]
pub(crate) fn PostedView(props: &PostedViewProps) -> Html {
    let filled = |posted: &Posted| {
        let form = props.form.clone().held(props.saving.is_busy);
        let fee = form.typed.fee(posted);
        html! {
            <>
                <p>{ words::LEAD }</p>
                { kind_field(&form, posted) }
                if let (Some(kind), Some(fee)) = (form.typed.kind, fee) {
                    { editor(props, &form, posted, kind, fee) }
                } else if form.typed.kind.is_some() {
                    <Notice title={words::NONE}><p>{ words::NONE_NEXT }</p></Notice>
                }
            </>
        }
    };
    html! {
        <>
            { props.remote.view(&props.on_retry, filled) }
            if let Remote::Here(posted) = &props.remote {
                { sheet(&props.form.typed, posted) }
            }
        </>
    }
}

fn kind_field(form: &Form<Typed>, posted: &Posted) -> Html {
    let (former, day) = (form.typed.fee(posted).map_or("", |fee| fee.id), posted.now.jst_date());
    let oninput = form.edit(move |typed: &mut Typed, chosen: String| {
        let kind = InstitutionKind::ALL.into_iter().find(|kind| kind.label() == chosen);
        let first = kind.and_then(|kind| Fee::valid(kind, day).next()).map_or("", |fee| fee.id);
        typed.turn(former, kind, first, false);
    });
    let value = form.typed.kind.map_or("", InstitutionKind::label);
    let offers = InstitutionKind::ALL.map(|kind| Offer { value: kind.label(), label: kind.label() });
    let offers = [Offer { value: "", label: words::NO_KIND }].into_iter().chain(offers).collect::<Vec<_>>();
    let of = Input { id: "posted-kind".into(), value: value.into(), fault: None, is_held: false, oninput };
    html! { <SelectField {of} label={words::KIND} {offers} /> }
}

/// The text as it stands: typed, kept, or offered.
fn text_of(typed: &Typed, posted: &Posted, kind: InstitutionKind, fee: &Fee) -> String {
    let offered = || fee.offered(typed.place(), kind, &posted.institution_name, &posted.contact);
    typed.text.clone().unwrap_or_else(|| kept(posted, fee, typed.place()).map_or_else(offered, |one| one.text.to_string()))
}

fn editor(props: &PostedViewProps, form: &Form<Typed>, posted: &Posted, kind: InstitutionKind, fee: &'static Fee) -> Html {
    let typed = &form.typed;
    let text = text_of(typed, posted, kind, fee);
    let kept = kept(posted, fee, typed.place());
    let onfee = form.edit(|typed: &mut Typed, next: String| typed.turn(fee.id, typed.kind, &next, typed.is_web));
    let onplace = form.edit(|typed: &mut Typed, place: String| typed.turn(fee.id, typed.kind, fee.id, place == Place::Web.word()));
    let ontext = form.edit(|typed: &mut Typed, text: String| typed.text = Some(text));
    let fees = Fee::valid(kind, posted.now.jst_date()).map(|fee| Offer { value: fee.id, label: fee.name }).collect::<Vec<_>>();
    let places = Place::ALL.map(|place| Offer { value: place.word(), label: place.label() }).to_vec();
    let input = |id: &'static str, value: String, oninput: Callback<String>| {
        let is_held = props.saving.is_busy || id == TEXT && !posted.may_change;
        Input { id: id.into(), value: value.into(), fault: form.faults.of(id), is_held, oninput }
    };
    let onsubmit = {
        let text = text.clone();
        props.onsave.reform(move |()| (fee, Some(text.clone())))
    };
    let state = match (typed.text.is_some(), kept) {
        (true, _) => html! { <Notice title={words::NOT_SAVED} /> },
        (false, Some(kept)) => html! {
            <Notice tone={Tone::Good} title={if props.is_saved { words::SAVED.to_owned() } else { words::kept(kept) }} />
        },
        (false, None) => html! { <p>{ words::IS_OFFERED }</p> },
    };
    let onoffered = props.onsave.reform(move |()| (fee, None));
    let below = html! {
        <>
            <LiveRegion>{ state }</LiveRegion>
            <CopyButton id="posted-copy" words={words::COPY} text={text.clone()}>
                <Button id="posted-print" onpress={Callback::from(|()| print())}>{ words::PRINT }</Button>
                if posted.may_change && kept.is_some() {
                    <Button id="posted-offered" look={Look::Secondary} onpress={onoffered}>{ words::OFFERED }</Button>
                }
            </CopyButton>
        </>
    };
    let fields = html! {
        <>
            <SelectField of={input("posted-fee", fee.id.to_owned(), onfee)} label={words::FEE} offers={fees} />
            <p>{ words::duty(fee) }</p>
            <RadioField of={input("posted-place", typed.place().word().to_owned(), onplace)} label={words::PLACE} offers={places} />
            <TextArea of={input(TEXT, text.clone(), ontext)} label={words::TEXT} is_required=true rows={12} />
        </>
    };
    if posted.may_change {
        let failed = props.saving.refusal.as_ref().map(text::refusal);
        html! {
            <SendForm id="posted-save" submit={words::SAVE} {failed} is_busy={props.saving.is_busy} {onsubmit} {below}>{ fields }</SendForm>
        }
    } else {
        html! { <div class="form">{ fields }<p>{ words::READ_ONLY }</p>{ below }</div> }
    }
}

/// The text in large letters on A4: on paper only.
fn sheet(typed: &Typed, posted: &Posted) -> Html {
    let (Some(kind), Some(fee)) = (typed.kind, typed.fee(posted)) else { return Html::default() };
    html! { <section class="sheet posted-sheet" aria-hidden="true"><p>{ text_of(typed, posted, kind, fee) }</p></section> }
}

#[cfg(test)]
mod tests {
    use shared::domain::calendar::CivilDate;

    use super::*;
    use crate::drawn::{day, draw, has, user};

    fn posted(today: CivilDate, may_change: bool) -> Posted {
        let texts = vec![KeptText {
            fee: "nurse-dx".to_owned(),
            place: Place::Wall,
            text: "当事業所の文です。".try_into().unwrap(),
            by: user(),
            at: today.at_jst(9, 5),
        }];
        let now = today.at_jst(9, 30);
        Posted { texts, institution_name: "ひなた".to_owned(), contact: "電話 099-000-0000".to_owned(), may_change, now }
    }

    async fn shown(typed: Typed, today: &str, may_change: bool) -> String {
        let posted = posted(day(today), may_change);
        draw(move || {
            let form = Form::new(typed, Faults::default(), Callback::noop());
            html! { <PostedView {form} remote={Remote::Here(posted)} /> }
        })
        .await
    }

    fn of(kind: InstitutionKind) -> Typed {
        Typed { kind: Some(kind), ..Typed::default() }
    }

    #[tokio::test]
    async fn what_counts_today_is_offered_and_what_is_kept_is_shown() {
        let html = shown(of(InstitutionKind::Station), "2026-11-30", true).await;
        for expected in [
            "訪問看護医療DX情報活用加算",
            "訪問看護医療情報連携加算",
            "当事業所の文です。",
            "kanri1さんが保存しました",
            "id=\"posted-offered\"",
        ] {
            has(&html, expected);
        }
        assert!(!shown(of(InstitutionKind::Station), "2026-05-31", true).await.contains("訪問看護医療情報連携加算"), "not yet");
        let web = Typed { is_web: true, ..of(InstitutionKind::Station) };
        let html = shown(web, "2026-11-30", true).await;
        has(&html, "最初の文のままです。");
        has(&html, "電話 099-000-0000");
        let sheet = html.split("posted-sheet").nth(1).unwrap();
        has(sheet, "「訪問看護医療DX情報活用加算」の届出");
    }

    #[test]
    fn what_was_typed_for_one_notice_waits_while_another_is_in_hand() {
        let station = Some(InstitutionKind::Station);
        let mut typed = Typed { kind: station, text: Some("typed".to_owned()), ..Typed::default() };
        typed.turn("first", station, "second", false);
        assert_eq!((typed.fee.as_str(), typed.text.as_deref()), ("second", None));
        typed.text = Some("other".to_owned());
        typed.turn("second", station, "second", true);
        assert_eq!((typed.is_web, typed.text.as_deref()), (true, None));
        typed.turn("second", station, "first", false);
        assert_eq!(typed.text.as_deref(), Some("typed"));
        typed.turn("first", station, "second", false);
        assert_eq!((typed.text.as_deref(), typed.others.len()), (Some("other"), 1));
    }

    #[tokio::test]
    async fn a_kind_without_a_fee_or_none_at_all_says_so() {
        has(&shown(of(InstitutionKind::Station), "2024-05-31", true).await, words::NONE);
        let html = shown(Typed::default(), "2026-11-30", true).await;
        assert!(html.contains(words::NO_KIND) && !html.contains("id=\"posted-text\""));
    }

    #[tokio::test]
    async fn who_may_not_change_may_still_print() {
        let html = shown(of(InstitutionKind::Station), "2026-11-30", false).await;
        has(&html, words::READ_ONLY);
        has(&html, "id=\"posted-print\"");
        assert!(!html.contains("id=\"posted-save\"") && html.contains("readonly="));
    }
}
