//! Writing a notice: title, text, how much it matters, from when until when.

use shared::api::notice::{AddNotice, Importance, NewNotice};
use shared::domain::calendar::CivilDate;
use shared::domain::prose::{Prose, Title};
use yew::prelude::*;
use yew_router::AnyRoute;
use yew_router::prelude::*;

use crate::part::{Field, Offer, SelectField, SendForm, TextArea};
use crate::session::use_session;
use crate::text::office::{self as text, notices as words};
use crate::use_call::use_call;
use crate::use_form::{Faults, use_kept_form};

const TITLE: &str = "notice-title";
const TEXT: &str = "notice-text";
const FROM: &str = "notice-from";
const UNTIL: &str = "notice-until";

/// What was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Typed {
    pub(crate) title: String,
    pub(crate) text: String,
    pub(crate) importance: String,
    pub(crate) from: String,
    pub(crate) until: String,
}

impl Typed {
    /// From today, open, of the usual importance.
    pub(crate) fn of(today: CivilDate) -> Self {
        let (title, text, until) = Default::default();
        Self { title, text, importance: "normal".to_owned(), from: today.to_string(), until }
    }

    /// Reads the notice.
    pub(crate) fn check(&self) -> Result<NewNotice, Faults> {
        let (title, text) = (Title::try_from(self.title.as_str()), Prose::try_from(self.text.as_str()));
        let from = CivilDate::try_from(self.from.as_str());
        let until = (!self.until.is_empty()).then(|| CivilDate::try_from(self.until.as_str())).transpose();
        let is_backwards = matches!((&from, &until), (Ok(from), Ok(Some(until))) if until < from);
        let faults = Faults::default()
            .note(TITLE, title.as_ref().err().map(|why| words::title_fault(*why)))
            .note(TEXT, text.as_ref().err().map(|why| words::text_fault(*why)))
            .note(FROM, from.is_err().then_some(words::NO_DAY))
            .note(UNTIL, until.is_err().then_some(words::NO_DAY))
            .note(UNTIL, is_backwards.then_some(words::BACKWARDS));
        match (faults.first(), title, text, from, until) {
            (None, Ok(title), Ok(text), Ok(from), Ok(until)) => {
                let importance = if self.importance == "high" { Importance::High } else { Importance::Normal };
                Ok(NewNotice { title, text, importance, from, until })
            }
            _ => Err(faults),
        }
    }
}

/// The form of the account that is in; with the notice up, the list.
#[component]
pub(crate) fn NewNoticeScreen() -> Html {
    let today = use_session().now().jst_date();
    let form = use_kept_form("notice", || Typed::of(today));
    let add = use_call::<AddNotice>();
    let navigator = use_navigator();
    let onsubmit = {
        let (form, add) = (form.clone(), add.clone());
        Callback::from(move |()| {
            if add.progress().is_busy {
                return;
            }
            let Some(new) = form.read(Typed::check) else { return add.forget() };
            let (form, navigator) = (form.clone(), navigator.clone());
            add.start(AddNotice, new, move |outcome| {
                if let Ok(row) = outcome {
                    form.set(Typed::of(today));
                    if let Some(navigator) = navigator {
                        navigator.replace(&AnyRoute::new(format!("/o/notices/of/{}", row.id)));
                    }
                }
            });
        })
    };
    let progress = add.progress();
    let form = form.held(progress.is_busy);
    let offers = vec![Offer { value: "normal", label: words::NORMAL }, Offer { value: "high", label: words::HIGH }];
    html! {
        <SendForm id="notice-send" submit={words::SUBMIT} failed={progress.refusal.as_ref().map(text::refusal)} is_busy={progress.is_busy}
            {onsubmit}>
            <p>{ words::NEW_LEAD }</p>
            <Field of={form.input(TITLE, |typed| &mut typed.title)} label={words::NEW_TITLE} is_required=true />
            <TextArea of={form.input(TEXT, |typed| &mut typed.text)} label={words::NEW_TEXT} is_required=true rows={8} />
            <SelectField of={form.input("notice-importance", |typed| &mut typed.importance)} label={words::IMPORTANCE} {offers} />
            <Field of={form.input(FROM, |typed| &mut typed.from)} kind="date" label={words::FROM} is_required=true />
            <Field of={form.input(UNTIL, |typed| &mut typed.until)} kind="date" label={words::UNTIL} />
        </SendForm>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drawn::day;

    fn typed() -> Typed {
        Typed { title: "年末のお知らせ".to_owned(), text: "休みます。".to_owned(), ..Typed::of(day("2026-11-30")) }
    }

    #[test]
    fn a_notice_is_read_as_it_was_typed() {
        let new = Typed { importance: "high".to_owned(), until: "2027-01-03".to_owned(), ..typed() }.check().unwrap();
        assert_eq!((new.title.as_str(), new.importance, new.until), ("年末のお知らせ", Importance::High, Some(day("2027-01-03"))));
        assert_eq!((typed().check().unwrap().from, typed().check().unwrap().until), (day("2026-11-30"), None));
    }

    #[test]
    fn each_fault_stands_at_its_field() {
        let number = concat!("番号 1234567890", "18").to_owned();
        for (typed, id) in [
            (Typed { title: String::new(), ..typed() }, TITLE),
            (Typed { title: "あ".repeat(61), ..typed() }, TITLE),
            (Typed { text: number, ..typed() }, TEXT),
            (Typed { from: String::new(), ..typed() }, FROM),
            (Typed { until: "2026-11-29".to_owned(), ..typed() }, UNTIL),
        ] {
            assert_eq!(typed.check().unwrap_err().first(), Some(id));
        }
    }
}
