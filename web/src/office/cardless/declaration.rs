//! 被保険者資格申立書 (X12): one A4 page with what was typed, the rest by hand.

use yew::prelude::*;

use crate::office::who::Who;
use crate::part::copy::print;
use crate::part::{Button, DefinitionList, Look, Row};
use crate::session::use_session;
use crate::text::office::laters::{cardless, declaration as words, typed};

/// Says whose.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct DeclarationProps {
    /// What was typed.
    pub(crate) who: Who,
}

/// The paper, and the button that prints it.
#[component]
pub(crate) fn Declaration(props: &DeclarationProps) -> Html {
    let institution = use_session().session.institution_name;
    view(&props.who, &institution)
}

fn view(who: &Who, institution: &str) -> Html {
    let blank = || "　".repeat(20);
    let text = |text: &str| if text.is_empty() { blank() } else { text.to_owned() };
    let insurance = vec![
        Row::text(words::KIND, words::KINDS),
        Row::text(words::INSURER, blank()),
        Row::text(words::OFFICE, blank()),
        Row::text(words::SINCE, blank()),
        Row::text(words::RATIO, words::RATIOS),
    ];
    let person = vec![
        Row::text(typed::KANA, text(&who.kana)),
        Row::text(typed::NAME, text(&who.name)),
        Row::text(typed::BIRTH, who.birth_date().map_or_else(blank, |day| day.wareki())),
        Row::text(typed::SEX, who.sex.map_or_else(blank, |sex| sex.label().to_owned())),
        Row::text(typed::ADDRESS, text(&who.address)),
        Row::text(words::PHONE, blank()),
    ];
    let onprint = Callback::from(|()| print());
    html! {
        <>
            <p class="actions on-screen"><Button id="declaration-print" look={Look::Primary} onpress={onprint}>{ cardless::FORM }</Button></p>
            <section class="panel declaration">
                <h2 class="panel__title">{ words::TITLE }</h2>
                <p>{ institution.to_owned() }</p>
                <p>{ words::LEAD }</p>
                <h3>{ words::INSURANCE }</h3>
                <DefinitionList rows={insurance} />
                <h3>{ words::PERSON }</h3>
                <DefinitionList rows={person} />
                <p>{ words::PROMISE }</p>
                <p class="declaration__signed">{ words::SIGNED }</p>
                <p>{ words::BY_PROXY }</p>
            </section>
        </>
    }
}
