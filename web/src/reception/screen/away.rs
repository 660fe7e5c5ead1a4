//! X34: the register is away. Who it is is written down as 仮確認, and checked later at the office.

use shared::domain::calendar::CivilDate;
use shared::domain::note::Note;
use shared::domain::opening::TypedPerson;
use shared::domain::person::Sex;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use crate::part::{Button, Look, Notice, Panel, Tone};
use crate::reception::work::Work;
use crate::text::reception::away as t;

/// How far the note has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    Asked,
    Missing,
    Busy,
    Failed,
    Kept,
}

/// Says whose visit.
#[derive(Clone, PartialEq, Properties)]
pub struct AwayProps {
    /// The desk at work.
    pub work: Work,
}

/// The four things to write down. What is typed stays in the fields and nowhere else.
#[component]
pub fn Away(props: &AwayProps) -> Html {
    let at = use_state(|| At::Asked);
    let fields: [NodeRef; 4] = [use_node_ref(), use_node_ref(), use_node_ref(), use_node_ref()];
    let sex = use_node_ref();
    let onsubmit = {
        let (at, fields, sex, work) = (at.clone(), fields.clone(), sex.clone(), props.work.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            if *at == At::Busy {
                return;
            }
            let Some(person) = read(&fields, &sex) else { return at.set(At::Missing) };
            at.set(At::Busy);
            let at = at.clone();
            work.note_provisional(person, move |is_kept| at.set(if is_kept { At::Kept } else { At::Failed }));
        })
    };
    if *at == At::Kept {
        return html! { <Notice tone={Tone::Good} role="status" title={t::KEPT}><p>{ t::KEPT_NEXT }</p></Notice> };
    }
    let said = match *at {
        At::Missing => Some(t::MISSING),
        At::Failed => Some(t::FAILED),
        At::Asked | At::Busy | At::Kept => None,
    };
    html! {
        <Panel title={t::TITLE} class="stack">
            <p>{ t::LEAD }</p>
            <form class="stack" {onsubmit} novalidate=true autocomplete="off">
                { for fields.iter().zip(t::FIELDS).zip(IDS).map(|((field, label), (id, kind))| html! {
                    <label class="away__field" for={id}><span>{ label }</span>
                        <input ref={field.clone()} {id} type={kind} /></label>
                }) }
                <label class="away__field" for="away-sex"><span>{ t::SEX }</span>
                    <select ref={sex.clone()} id="away-sex">
                        <option value="" selected=true>{ t::CHOOSE }</option>
                        <option value="m">{ Sex::Male.label() }</option>
                        <option value="f">{ Sex::Female.label() }</option>
                    </select></label>
                <div role="alert">if let Some(said) = said { <p class="is-open">{ said }</p> }</div>
                <Button id="away-keep" look={Look::Secondary} submits=true is_off={*at == At::Busy}>{ t::KEEP }</Button>
            </form>
        </Panel>
    }
}

const IDS: [(&str, &str); 4] = [("away-name", "text"), ("away-kana", "text"), ("away-birth", "date"), ("away-address", "text")];

/// Whom it names; `None` where something is missing or cannot be taken.
fn read(fields: &[NodeRef; 4], sex: &NodeRef) -> Option<TypedPerson> {
    let [name, kana, birth, address] = fields.each_ref().map(|field| field.cast::<HtmlInputElement>().map(|field| field.value()));
    let sex = match sex.cast::<HtmlSelectElement>()?.value().as_str() {
        "m" => Sex::Male,
        "f" => Sex::Female,
        _ => return None,
    };
    let (name, kana) = (Note::try_from(name?.as_str()).ok()?, Note::try_from(kana?.as_str()).ok()?);
    let (birth_date, address) = (CivilDate::try_from(birth?.as_str()).ok()?, Note::try_from(address?.as_str()).ok()?);
    let person = TypedPerson { name, kana, birth_date, sex, address };
    (!person.name.is_empty() && !person.kana.is_empty() && !person.address.is_empty()).then_some(person)
}
