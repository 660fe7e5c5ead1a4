//! RW-4 同意内容の確認.

use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::consent::{Choice, Choices, ConsentGroup};
use yew::prelude::*;

use super::subsidy::subsidy_row;
use crate::part::{Button, DefinitionList, Heading, Icon, LiveRegion, Look, Notice, Panel, Row, Sign, Tone};
use crate::text::reception::{self as t, uses as u};

/// Says what was chosen.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct ConfirmProps {
    /// 機関名.
    pub institution: AttrValue,
    /// The questions in the order of the screen.
    pub questions: Vec<ConsentGroup>,
    /// The answers.
    pub choices: Choices,
    /// 予約した診療日, where it is asked.
    pub booked_on: Option<CivilDate>,
    /// Until when they would count if given now.
    pub until: UnixMs,
    /// The call is on its way.
    pub is_busy: bool,
    /// 「修正する」: loses nothing.
    pub oncorrect: Callback<()>,
    /// 「同意内容を登録する」.
    pub onsubmit: Callback<()>,
}

/// A choice as icon and word.
pub fn choice_mark(choice: Choice) -> Html {
    let (sign, class) = match choice {
        Choice::Agree => (Sign::Good, "mark--agree"),
        Choice::Refuse => (Sign::Bad, "mark--refuse"),
        Choice::NotAsked => (Sign::Dash, ""),
    };
    html! { <span class={classes!("mark", class)}><Icon {sign} />{ t::choice_word(choice) }</span> }
}

/// RW-4 同意内容の確認: all choices and until when. X22 when all were refused.
#[component]
pub fn Confirm(props: &ConfirmProps) -> Html {
    let row = |group: &ConsentGroup| Row { name: t::group_name(*group).into(), value: choice_mark(props.choices.of(*group)) };
    let mut head = vec![Row::text(t::INSTITUTION, props.institution.clone())];
    head.extend(props.booked_on.map(|on| Row::text(u::BOOKED, u::weekday(on))));
    head.push(Row::text(t::UNTIL, t::until(props.until)));
    html! {
        <>
            <Heading text={t::CONFIRM} />
            <Panel><DefinitionList rows={head} /></Panel>
            <Panel class="choices">
                <DefinitionList rows={props.questions.iter().map(row).chain(subsidy_row(props.choices.subsidy)).collect::<Vec<_>>()} />
            </Panel>
            if props.choices.all_refused() && props.choices.subsidy != Choice::Agree {
                <Notice tone={Tone::Info} title={t::ALL_REFUSED} code="U-X22">
                    <p>{ t::ALL_REFUSED_MEANING }</p>
                    <p class="say__code">{ "U-X22" }</p>
                </Notice>
            }
            <p>{ t::CONFIRM_NEXT }</p>
            <LiveRegion class="waiting">{ props.is_busy.then_some(t::WAITING) }</LiveRegion>
            <div class="actions">
                <Button look={Look::Primary} id="submit" is_off={props.is_busy} onpress={props.onsubmit.clone()}>{ t::SUBMIT }</Button>
                <Button id="correct" is_off={props.is_busy} onpress={props.oncorrect.clone()}>{ t::CORRECT }</Button>
            </div>
        </>
    }
}
