//! The blocks of OT-6 (N047, N049), each under its heading 「…関連項目」.

use shared::api::settings::SettingsSeen;
use shared::domain::consent::ConsentGroup;
use shared::domain::institution::Use;
use shared::domain::settings::{FileEncoding, FileWay, PhoneRule, PrescriptionForm, Settings, TermsId, items_offered};
use yew::prelude::*;

use super::Draft;
use super::terms::{note, terms};
use crate::part::field::Input;
use crate::part::{CheckField, Field, Notice, Offer, Panel, RadioField, SelectField};
use crate::text::office::settings as words;
use crate::use_form::Form;

/// Element ids of the fields that can be wrong.
pub(super) const ITEMS: &str = "settings-items";
pub(super) const CONTACT: &str = "settings-contact";

const PHONES: [&str; 3] = ["policy", "taken", "not-taken"];
const FORMS: [&str; 3] = ["not-asked", "at-reception", "at-consultation"];
const WAYS: [&str; 2] = ["folder", "download"];
const ENCODINGS: [&str; 2] = ["utf-8", "shift-jis"];

/// What the fields are made of.
struct Fields<'a> {
    form: &'a Form<Option<Draft>>,
    seen: &'a SettingsSeen,
    draft: &'a Draft,
    is_held: bool,
}

/// All of them, in the order of the screen.
pub(super) fn blocks(form: &Form<Option<Draft>>, seen: &SettingsSeen, draft: &Draft, is_held: bool) -> Html {
    let fields = Fields { form, seen, draft, is_held };
    let mine = &draft.mine;
    let form_of = value_of(&FORMS, &PrescriptionForm::ALL, mine.prescription_form);
    html! {
        <div class="settings">
            { for Use::ALL.map(|of| fields.block_of(of)) }
            <Panel title={words::BLOCK_AID}>
                { fields.switch("settings-aid", words::AID, Some(words::AID_HINT), USE, mine.medical_aid, |mine| &mut mine.medical_aid) }
            </Panel>
            <Panel title={words::BLOCK_SUBSIDIES}>
                if let Some(note) = note(seen, TermsId::Subsidies) {
                    <Notice title={words::NOTE}><p>{ note.to_owned() }</p></Notice>
                }
                { fields.switch("settings-subsidies", words::SUBSIDIES, Some(words::SUBSIDIES_HINT), USE, mine.subsidies, |mine| &mut mine.subsidies) }
                { terms(form, seen, draft, TermsId::Subsidies, is_held) }
                { municipalities(seen) }
            </Panel>
            <Panel title={words::BLOCK_PRESCRIPTION}>
                { fields.switch("settings-prescription", words::E_PRESCRIPTION, None, USE, mine.e_prescription, |mine| &mut mine.e_prescription) }
                <RadioField label={words::FORM} hint={words::FORM_HINT}
                    of={fields.choice("settings-form", form_of, |mine, value| {
                        mine.prescription_form = of_value(&FORMS, &PrescriptionForm::ALL, value).unwrap_or(mine.prescription_form);
                    })}
                    offers={FORMS.into_iter().zip(PrescriptionForm::ALL).map(|(value, form)| Offer { value, label: form.label() }).collect::<Vec<_>>()} />
            </Panel>
            <Panel title={words::BLOCK_CHECK}>
                { fields.switch("settings-visual", words::VISUAL, Some(words::VISUAL_HINT), ALLOW, mine.visual_check, |mine| &mut mine.visual_check) }
                { fields.switch("settings-eligibility", words::ELIGIBILITY, Some(words::ELIGIBILITY_HINT), SHOW, mine.shows_eligibility,
                    |mine| &mut mine.shows_eligibility) }
            </Panel>
            <Panel title={words::BLOCK_LINK}>{ fields.way_out() }</Panel>
            <Panel title={words::BLOCK_CONTACT}>
                <Field of={Input { fault: form.faults.of(CONTACT), ..fields.choice(CONTACT, &mine.contact, |mine, value| mine.contact = value.to_owned()) }}
                    label={words::CONTACT} hint={words::CONTACT_HINT} />
            </Panel>
        </div>
    }
}

/// Which municipalities are connected today, as the operator filed them.
fn municipalities(seen: &SettingsSeen) -> Html {
    let today = seen.now.jst_date();
    let connected: Vec<_> = seen.municipalities.iter().filter(|one| one.until.is_none_or(|last| today <= last)).collect();
    if connected.is_empty() {
        return html! { <p>{ words::NO_MUNICIPALITIES }</p> };
    }
    html! {
        <details>
            <summary>{ words::municipalities(connected.len()) }</summary>
            <p>{ words::MUNICIPALITIES_ABOUT }</p>
            <ul>{ for connected.into_iter().map(|one| html! { <li>{ words::municipality(one) }</li> }) }</ul>
        </details>
    }
}

/// The words of the two sides of a switch.
type Sides = (&'static str, &'static str);
const USE: Sides = (words::ON, words::OFF);
const ALLOW: Sides = (words::ALLOWED, words::NOT_ALLOWED);
const SHOW: Sides = (words::SHOWN, words::NOT_SHOWN);

/// The value of the control that stands for one of the choices.
fn value_of<T: PartialEq>(values: &[&'static str], all: &[T], one: T) -> &'static str {
    all.iter().zip(values).find(|(other, _)| **other == one).map_or("", |(_, value)| value)
}

/// The choice that a value of the control stands for.
fn of_value<T: Copy>(values: &[&str], all: &[T], value: &str) -> Option<T> {
    all.iter().zip(values).find(|(_, other)| **other == value).map(|(one, _)| *one)
}

impl Fields<'_> {
    /// What a control shows, and what it does to the settings.
    fn choice(&self, id: &'static str, value: &str, set: impl Fn(&mut Settings, &str) + 'static) -> Input {
        let oninput = self.form.edit(move |draft: &mut Option<Draft>, value: String| {
            if let Some(draft) = draft {
                set(&mut draft.mine, &value);
            }
        });
        Input { id: id.into(), value: value.to_owned().into(), fault: None, is_held: self.is_held, oninput }
    }

    fn switch(
        &self,
        id: &'static str,
        label: &'static str,
        hint: Option<&'static str>,
        (on, off): Sides,
        is_on: bool,
        part: fn(&mut Settings) -> &mut bool,
    ) -> Html {
        let of = self.choice(id, if is_on { "on" } else { "off" }, move |mine, value| *part(mine) = value == "on");
        let offers = vec![Offer { value: "on", label: on }, Offer { value: "off", label: off }];
        html! { <RadioField {of} {label} hint={hint.map(AttrValue::Static)} {offers} /> }
    }

    /// 結果の書き出し.
    fn way_out(&self) -> Html {
        let set = self.draft.mine.hand_over;
        let way = self.choice("settings-way", value_of(&WAYS, &FileWay::ALL, set.way), |mine, value| {
            mine.hand_over.way = of_value(&WAYS, &FileWay::ALL, value).unwrap_or(mine.hand_over.way);
        });
        let encoding = self.choice("settings-encoding", value_of(&ENCODINGS, &FileEncoding::ALL, set.encoding), |mine, value| {
            mine.hand_over.encoding = of_value(&ENCODINGS, &FileEncoding::ALL, value).unwrap_or(mine.hand_over.encoding);
        });
        let ways: Vec<_> = WAYS.into_iter().zip(FileWay::ALL).map(|(value, way)| Offer { value, label: way.label() }).collect();
        let encodings: Vec<_> =
            ENCODINGS.into_iter().zip(FileEncoding::ALL).map(|(value, encoding)| Offer { value, label: encoding.label() }).collect();
        html! {
            <>
                { self.switch("settings-hand-over", words::HAND_OVER, Some(words::HAND_OVER_HINT), USE, set.is_on, |mine| &mut mine.hand_over.is_on) }
                <RadioField of={way} label={words::WAY} offers={ways} />
                <RadioField of={encoding} label={words::ENCODING} hint={words::ENCODING_HINT} offers={encodings} />
            </>
        }
    }

    fn block_of(&self, of: Use) -> Html {
        html! { <Panel title={words::block(of)}>{ self.of_use(of) }</Panel> }
    }

    fn of_use(&self, of: Use) -> Html {
        let set = self.draft.mine.of(of);
        let ids = Ids::of(of);
        let switch =
            self.choice(ids.switch, if set.is_on { "on" } else { "off" }, move |mine, value| mine.of_mut(of).is_on = value == "on");
        let offers = vec![Offer { value: "on", label: words::ON }, Offer { value: "off", label: words::OFF }];
        let phone = |id, label: &'static str, rule: PhoneRule, set: fn(&mut Settings, Use, PhoneRule)| {
            let of = self.choice(id, value_of(&PHONES, &PhoneRule::ALL, rule), move |mine, value| {
                if let Some(rule) = of_value(&PHONES, &PhoneRule::ALL, value) {
                    set(mine, of, rule);
                }
            });
            let offers =
                PHONES.into_iter().zip(PhoneRule::ALL).map(|(value, rule)| Offer { value, label: rule.label() }).collect::<Vec<_>>();
            html! { <SelectField {of} {label} {offers} /> }
        };
        let needs = self.seen.terms.iter().map(|one| one.terms.id).filter(|id| *id == TermsId::OnlineCheck && of == Use::OffRoute);
        html! {
            <>
                <RadioField of={switch} label={words::switch(of)} {offers} />
                { for needs.map(|id| terms(self.form, self.seen, self.draft, id, self.is_held)) }
                { self.items(of, &set.items) }
                <p>{ words::PHONES_YET }</p>
                <div class="settings__pair">
                    { phone(ids.android, words::ANDROID, set.android, |mine, of, rule| mine.of_mut(of).android = rule) }
                    { phone(ids.iphone, words::IPHONE, set.iphone, |mine, of, rule| mine.of_mut(of).iphone = rule) }
                </div>
            </>
        }
    }

    /// 閲覧同意: a tick for each question that the use may ask.
    fn items(&self, of: Use, asked: &[ConsentGroup]) -> Html {
        let fault = self.form.faults.of(ITEMS).filter(|_| asked.is_empty());
        let tick = |group: ConsentGroup| {
            let onchange = self.form.edit(move |draft: &mut Option<Draft>, is_on: bool| {
                if let Some(draft) = draft {
                    let items = &mut draft.mine.of_mut(of).items;
                    items.retain(|other| *other != group);
                    items.extend(is_on.then_some(group));
                    items.sort_by_key(|item| item.code());
                }
            });
            let id = format!("{}-item-{}", of.word(), group.code());
            html! { <CheckField {id} label={group.label()} is_on={asked.contains(&group)} is_off={self.is_held} {onchange} /> }
        };
        html! {
            <fieldset class="settings__items" id={fault.is_some().then_some(ITEMS)} tabindex="-1">
                <legend class="field__label">{ words::ITEMS }</legend>
                <p class="field__hint">{ words::ITEMS_HINT }</p>
                { for items_offered(of, self.seen.now.jst_date()).iter().map(|group| tick(*group)) }
                if let Some(fault) = fault {
                    <p class="field__fault" role="alert">{ fault }</p>
                }
            </fieldset>
        }
    }
}

/// Element ids of a use.
struct Ids {
    switch: &'static str,
    android: &'static str,
    iphone: &'static str,
}

impl Ids {
    const fn of(of: Use) -> Self {
        match of {
            Use::HomeVisit => Self { switch: "home-visit-on", android: "home-visit-android", iphone: "home-visit-iphone" },
            Use::Online => Self { switch: "online-on", android: "online-android", iphone: "online-iphone" },
            Use::OffRoute => Self { switch: "off-route-on", android: "off-route-android", iphone: "off-route-iphone" },
        }
    }
}
