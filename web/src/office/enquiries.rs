//! OT-22 問い合わせ管理 (N066): what was asked of support desks, and what came of it.

mod form;
mod list;

use std::rc::Rc;

use shared::api::desk::{DeskRow, Desks};
use shared::api::enquiry::{AddEnquiry, ChangeEnquiry, EnquiryChange, EnquiryPage, EnquiryRow, EnquirySearch, SearchEnquiries};
use yew::prelude::*;

use self::form::EnquiryForm;
pub(crate) use self::form::Typed;
use self::list::EnquiryList;
pub(crate) use self::list::Find;
use super::drop_ask::use_drop_ask;
use crate::part::field;
use crate::part::page_turner::Turned;
use crate::part::said::{said, use_said};
use crate::remote::{Remote, use_get, use_search};
use crate::session::use_session;
use crate::text::office::enquiries as words;
use crate::use_call::{Progress, use_call};
use crate::use_form::{Form, use_form, use_kept_form};

/// OT-22 of the account that is in.
#[component]
pub(crate) fn EnquiriesScreen() -> Html {
    let signed_in = use_session();
    let fresh = {
        let (who, today) = (signed_in.session.user_name.clone(), signed_in.now().jst_date());
        move || Typed::new(&who, today)
    };
    let form = use_kept_form("enquiry", fresh.clone());
    let find = use_form(Find::default);
    let asked = use_state(|| (Find::default(), Turned::default()));
    let (of, turned) = &*asked;
    let search = EnquirySearch { words: of.words.trim().to_owned(), state: of.state, after: turned.after() };
    let (remote, on_retry) = use_search(SearchEnquiries, search);
    let (desks, _) = use_get(Desks);
    let (add, change) = (use_call::<AddEnquiry>(), use_call::<ChangeEnquiry>());
    let said = use_said();
    let drop_ask = use_drop_ask();
    let onsave = {
        let (form, add, change, said, on_retry, fresh) =
            (form.clone(), add.clone(), change.clone(), said.clone(), on_retry.clone(), fresh.clone());
        Callback::from(move |()| {
            if add.progress().is_busy || change.progress().is_busy {
                return;
            }
            let Some(enquiry) = form.read(Typed::check) else { return };
            let (form, said, on_retry, fresh) = (form.clone(), said.clone(), on_retry.clone(), fresh.clone());
            let of = form.typed.of.clone();
            let onend = move |is_ok: bool, news: &'static str| {
                if is_ok {
                    form.set(fresh());
                    said.say(news);
                    on_retry.emit(());
                }
            };
            match of {
                None => add.start(AddEnquiry, enquiry, move |outcome| onend(outcome.is_ok(), words::ADDED)),
                Some((id, shown)) => {
                    let of = ChangeEnquiry { enquiry: id.as_str().into() };
                    change.start(of, EnquiryChange { enquiry, shown }, move |outcome| onend(outcome.is_ok(), words::CHANGED));
                }
            }
        })
    };
    let opens = {
        let (form, add, change, on_retry) = (form.clone(), add.clone(), change.clone(), on_retry.clone());
        Callback::from(move |row: Option<EnquiryRow>| {
            // Another one may have changed it meanwhile.
            if change.progress().refusal.is_some() {
                on_retry.emit(());
            }
            add.forget();
            change.forget();
            form.set(row.map_or_else(&fresh, |row| Typed::of(&row)));
            field::focus(form::HEADING);
        })
    };
    let onopen = {
        let drop_ask = drop_ask.clone();
        Callback::from(move |row: Option<EnquiryRow>| {
            let opens = opens.clone();
            drop_ask.or_ask(Callback::from(move |()| opens.emit(row.clone())));
        })
    };
    let onfind = {
        let (asked, find, on_retry) = (asked.clone(), find.clone(), on_retry.clone());
        Callback::from(move |()| {
            let next = (find.typed.clone(), Turned::default());
            // The same again finds what came since.
            if *asked == next { on_retry.emit(()) } else { asked.set(next) }
        })
    };
    let onturn = {
        let asked = asked.clone();
        Callback::from(move |turned: Turned| {
            field::focus(list::HEADING);
            asked.set((asked.0.clone(), turned));
        })
    };
    let saving = if form.typed.of.is_some() { change.progress() } else { add.progress() };
    let desks = match desks {
        Remote::Here(list) => Rc::new(list.rows),
        Remote::Loading | Remote::Failed(_) => Rc::default(),
    };
    html! {
        <>
            <EnquiriesView {form} {saving} {find} {remote} turned={turned.clone()} {desks} said={said.words()} {onsave} {onopen} {onfind} {onturn}
                {on_retry} />
            { drop_ask.view() }
        </>
    }
}

/// Everything that the screen shows.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct EnquiriesViewProps {
    /// The enquiry that is written down.
    pub(crate) form: Form<Typed>,
    /// How far 登録 has come.
    #[prop_or_default]
    pub(crate) saving: Progress,
    /// The conditions.
    pub(crate) find: Form<Find>,
    /// The list.
    pub(crate) remote: Remote<EnquiryPage>,
    /// Which page of it.
    #[prop_or_default]
    pub(crate) turned: Turned,
    /// Desks that can be chosen.
    #[prop_or_default]
    pub(crate) desks: Rc<Vec<DeskRow>>,
    /// What was done a moment ago.
    #[prop_or_default]
    pub(crate) said: Option<&'static str>,
    /// Called on 登録 and 更新.
    #[prop_or_default]
    pub(crate) onsave: Callback<()>,
    /// Called with the enquiry that is to be changed; none: やめる.
    #[prop_or_default]
    pub(crate) onopen: Callback<Option<EnquiryRow>>,
    /// Called on 検索.
    #[prop_or_default]
    pub(crate) onfind: Callback<()>,
    /// Called with the page that is wanted.
    #[prop_or_default]
    pub(crate) onturn: Callback<Turned>,
    /// Asks the same again.
    #[prop_or_default]
    pub(crate) on_retry: Callback<()>,
}

/// The list, and below it the form.
#[component]
pub(crate) fn EnquiriesView(props: &EnquiriesViewProps) -> Html {
    html! {
        <>
            <p class="on-screen">{ words::LEAD }</p>
            { said(props.said) }
            <EnquiryList form={props.find.clone()} remote={props.remote.clone()} turned={props.turned.clone()} onfind={props.onfind.clone()}
                onturn={props.onturn.clone()} onopen={props.onopen.reform(Some)} on_retry={props.on_retry.clone()} />
            <div class="on-screen">
                <EnquiryForm form={props.form.clone()} saving={props.saving.clone()} desks={props.desks.clone()} onsave={props.onsave.clone()}
                    oncancel={props.onopen.reform(|()| None)} />
            </div>
        </>
    }
}
