//! X34: the register is away. Who it is is written down as 仮確認, and checked later at the office. For every desk: where it goes is the
//! caller's.

use shared::domain::calendar::CivilDate;
use shared::domain::note::Note;
use shared::domain::opening::TypedPerson;
use shared::domain::person::Sex;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use super::{Button, Look, Notice, Panel, Tone, field};
use crate::text::away as t;

/// How far the note has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    Asked,
    /// The field at this place needs another look.
    Missing(usize),
    Busy,
    Failed,
    Kept,
}

/// What stands in the fields: 氏名, 氏名(カナ), 生年月日, 住所, 性別.
pub type Written = [String; 5];

/// A person who was written down, and who hears whether that is kept.
pub type ToKeep = (TypedPerson, Callback<bool>);

/// Says what was written before, and where it goes.
#[derive(Clone, PartialEq, Properties)]
pub struct AwayProps {
    /// What was typed over the tries.
    pub written: Written,
    /// Called with what is typed, to be kept in memory until the person leaves.
    pub onwrite: Callback<Written>,
    /// Called when it is to be kept.
    pub onkeep: Callback<ToKeep>,
}

/// The things to write down. What is typed stays in the fields, and in memory until the visit ends.
#[component]
pub fn Away(props: &AwayProps) -> Html {
    let at = use_state(|| At::Asked);
    let fields: [NodeRef; 4] = [use_node_ref(), use_node_ref(), use_node_ref(), use_node_ref()];
    let sex = use_node_ref();
    // After another try that failed the fields hold what they held before.
    use_effect_with((), {
        let (fields, sex, written) = (fields.clone(), sex.clone(), props.written.clone());
        move |()| fill(&fields, &sex, &written)
    });
    let oninput = {
        let (fields, sex, onwrite) = (fields.clone(), sex.clone(), props.onwrite.clone());
        Callback::from(move |_: InputEvent| onwrite.emit(read(&fields, &sex)))
    };
    let onsubmit = {
        let (at, fields, sex) = (at.clone(), fields.clone(), sex.clone());
        let (onwrite, onkeep) = (props.onwrite.clone(), props.onkeep.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            if *at == At::Busy {
                return;
            }
            let written = read(&fields, &sex);
            onwrite.emit(written.clone());
            let person = match check(&written) {
                Ok(person) => person,
                Err(place) => {
                    at.set(At::Missing(place));
                    return IDS.get(place).into_iter().for_each(|(id, _)| field::focus(id));
                }
            };
            at.set(At::Busy);
            let (at, onwrite) = (at.clone(), onwrite.clone());
            let onend = Callback::from(move |is_kept: bool| {
                if is_kept {
                    onwrite.emit(Written::default());
                }
                at.set(if is_kept { At::Kept } else { At::Failed });
            });
            onkeep.emit((person, onend));
        })
    };
    if *at == At::Kept {
        return html! { <Notice tone={Tone::Good} role="status" title={t::KEPT}><p>{ t::KEPT_NEXT }</p></Notice> };
    }
    let said = match *at {
        At::Missing(place) => Some(t::missing(label(place))),
        At::Failed => Some(t::FAILED.to_owned()),
        At::Asked | At::Busy | At::Kept => None,
    };
    let is_wrong = |place: usize| (*at == At::Missing(place)).then_some("true");
    let described_by = |place: usize| (*at == At::Missing(place)).then_some(SAID);
    html! {
        <Panel title={t::TITLE} class="stack">
            <p>{ t::LEAD }</p>
            <form class="stack" {onsubmit} {oninput} novalidate=true autocomplete="off">
                { for fields.iter().zip(IDS).enumerate().map(|(place, (field, (id, kind)))| html! {
                    <label class="away__field" for={id}><span>{ label(place) }</span>
                        <input ref={field.clone()} {id} type={kind} aria-invalid={is_wrong(place)} aria-describedby={described_by(place)} /></label>
                }) }
                <label class="away__field" for={IDS[SEX].0}><span>{ label(SEX) }</span>
                    <select ref={sex.clone()} id={IDS[SEX].0} aria-invalid={is_wrong(SEX)} aria-describedby={described_by(SEX)}>
                        <option value="" selected=true>{ t::CHOOSE }</option>
                        <option value="m">{ Sex::Male.label() }</option>
                        <option value="f">{ Sex::Female.label() }</option>
                    </select></label>
                <div id={SAID} role="alert">if let Some(said) = said { <p class="is-open">{ said }</p> }</div>
                <Button id="away-keep" look={Look::Secondary} submits=true is_off={*at == At::Busy}>{ t::KEEP }</Button>
            </form>
        </Panel>
    }
}

/// Element id of what is said about a field.
const SAID: &str = "away-said";
const IDS: [(&str, &str); 5] =
    [("away-name", "text"), ("away-kana", "text"), ("away-birth", "date"), ("away-address", "text"), ("away-sex", "")];
/// Place of 性別.
const SEX: usize = 4;

fn label(place: usize) -> &'static str {
    t::FIELDS.get(place).copied().unwrap_or(t::SEX)
}

fn fill(fields: &[NodeRef; 4], sex: &NodeRef, written: &Written) {
    for (field, value) in fields.iter().zip(written) {
        if let Some(field) = field.cast::<HtmlInputElement>() {
            field.set_value(value);
        }
    }
    if let Some(sex) = sex.cast::<HtmlSelectElement>() {
        sex.set_value(&written[SEX]);
    }
}

fn read(fields: &[NodeRef; 4], sex: &NodeRef) -> Written {
    let [name, kana, birth, address] =
        fields.each_ref().map(|field| field.cast::<HtmlInputElement>().map(|field| field.value()).unwrap_or_default());
    [name, kana, birth, address, sex.cast::<HtmlSelectElement>().map(|sex| sex.value()).unwrap_or_default()]
}

/// Whom it names; else the place of the first field where something is missing or cannot be taken.
fn check(written: &Written) -> Result<TypedPerson, usize> {
    fn note<const MAX: usize>(text: &str, place: usize) -> Result<Note<MAX>, usize> {
        Note::try_from(text).ok().filter(|note: &Note<MAX>| !note.is_empty()).ok_or(place)
    }
    let [name, kana, birth, address, sex] = written;
    let (name, kana) = (note(name, 0)?, note(kana, 1)?);
    let birth_date = CivilDate::try_from(birth.as_str()).map_err(|_| 2_usize)?;
    let address = note(address, 3)?;
    let sex = match sex.as_str() {
        "m" => Sex::Male,
        "f" => Sex::Female,
        _ => return Err(SEX),
    };
    Ok(TypedPerson { name, kana, birth_date, sex, address })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn x34_the_first_field_that_lacks_something_is_named() {
        let whole: Written = ["資格 一郎", "シカク イチロウ", "1960-06-02", "受付市", "m"].map(str::to_owned);
        assert!(check(&whole).is_ok());
        for place in 0..whole.len() {
            let mut lacks = whole.clone();
            lacks[place].clear();
            assert_eq!(check(&lacks).err(), Some(place));
            assert!(t::missing(label(place)).contains(label(place)));
        }
        let mut numbered = whole;
        numbered[3] = concat!("1234567890", "18").to_owned();
        assert_eq!(check(&numbered).err(), Some(3));
    }
}
