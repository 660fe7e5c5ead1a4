//! OT-33 チェックリスト回答: the questions of a fiscal year, the maker's column, the house's answers, and the sheet.

use shared::api::posted::{CheckAnswer, CheckSheet, NewAnswer, NewAnswers, SaveSecurityCheck, SecurityCheck};
use shared::domain::calendar::CivilDate;
use shared::domain::prose::Title;
use shared::domain::security_check::{CheckList, LISTS, Question, Reply, fiscal_year, list_of};
use web_sys::HtmlSelectElement;
use yew::prelude::*;

use crate::part::copy::print;
use crate::part::field::Input;
use crate::part::{Button, Field, LiveRegion, Notice, Offer, SelectField, SendForm, Tone};
use crate::remote::{Remote, use_get};
use crate::session::use_session;
use crate::text::office::{self as text, papers::check as words};
use crate::use_call::{Progress, use_call};
use crate::use_form::{Faults, Form, use_kept_form};

/// What was typed for one question.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Typed {
    /// Word of the answer; empty: none.
    pub(crate) reply: String,
    /// The day of いいえ.
    pub(crate) due: String,
    /// A remark.
    pub(crate) note: String,
}

impl Typed {
    fn of(answer: Option<&CheckAnswer>) -> Self {
        let Some(CheckAnswer { reply, due, note, .. }) = answer else { return Self::default() };
        Self {
            reply: reply.word().to_owned(),
            due: due.map(|day| day.to_string()).unwrap_or_default(),
            note: note.as_ref().map(ToString::to_string).unwrap_or_default(),
        }
    }

    /// Reads the answer; a fault stands at the day or the remark.
    fn check(&self, question: &Question) -> Result<NewAnswer, Faults> {
        let reply = Reply::from_word(&self.reply);
        let due = (!self.due.is_empty()).then(|| CivilDate::try_from(self.due.as_str())).transpose();
        let note = (!self.note.trim().is_empty()).then(|| Title::try_from(self.note.as_str())).transpose();
        let is_lonely = matches!(due, Ok(Some(_))) && reply != Some(Reply::No);
        // A form's faults have names that live as long as the program: those of an answer stand at its question.
        let faults = Faults::default()
            .note(question.id, due.is_err().then_some(words::BAD_DAY))
            .note(question.id, is_lonely.then_some(words::DAY_WITHOUT_NO))
            .note(question.id, note.as_ref().err().map(|why| words::note_fault(*why)));
        match (faults.first(), due, note) {
            (None, Ok(due), Ok(note)) => Ok(NewAnswer { question: question.id.to_owned(), reply, due, note }),
            _ => Err(faults),
        }
    }
}

/// What was typed, question by question, for the list of a year.
pub(crate) type Answers = Vec<Typed>;

/// The answers as they are kept.
pub(crate) fn kept_of(list: &CheckList, sheet: &CheckSheet) -> Answers {
    let of = |question: &Question| Typed::of(sheet.answers.iter().find(|answer| answer.question == question.id));
    list.questions.iter().map(of).collect()
}

/// Reads the answers that were changed.
pub(crate) fn check(list: &CheckList, kept: &Answers, typed: &Answers) -> Result<NewAnswers, Faults> {
    let changed = list.questions.iter().zip(typed.iter().zip(kept)).filter(|(_, (typed, kept))| typed != kept);
    let answers = changed.map(|(question, (typed, _))| typed.check(question)).collect::<Result<_, _>>()?;
    Ok(NewAnswers { answers })
}

/// OT-33 of the account that is in.
#[component]
pub(crate) fn SecurityCheckScreen() -> Html {
    let this_year = fiscal_year(use_session().now().jst_date());
    let year = use_state(|| this_year);
    let onyear = {
        let year = year.clone();
        Callback::from(move |chosen: String| year.set(chosen.parse().unwrap_or(this_year)))
    };
    let first = LISTS.first().map_or(this_year, |list| list.year).min(this_year);
    let years: Vec<u16> = (first..=this_year).rev().collect();
    html! { <OneYear key={year.to_string()} year={*year} {years} {onyear} /> }
}

/// Says which year.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct OneYearProps {
    year: u16,
    years: Vec<u16>,
    onyear: Callback<String>,
}

/// The sheet of one year.
#[component]
fn OneYear(props: &OneYearProps) -> Html {
    let endpoint = SecurityCheck { year: props.year.to_string().into() };
    let (remote, on_retry) = use_get(endpoint);
    let save = use_call::<SaveSecurityCheck>();
    let saved = use_state(|| None::<CheckSheet>);
    // What was typed for another year waits until that year is chosen again.
    let form = use_kept_form(&format!("security-check-{}", props.year), || None::<Answers>);
    let remote = saved.as_ref().map_or(remote, |sheet| Remote::Here(sheet.clone()));
    let onsave = {
        let (form, save, saved, remote, year) = (form.clone(), save.clone(), saved.clone(), remote.clone(), props.year);
        Callback::from(move |()| {
            let (Some(list), Remote::Here(sheet)) = (list_of(year), &remote) else { return };
            if save.progress().is_busy {
                return;
            }
            let kept = kept_of(list, sheet);
            let Some(new) = form.read(|typed| check(list, &kept, typed.as_ref().unwrap_or(&kept))) else { return save.forget() };
            let (form, saved) = (form.clone(), saved.clone());
            save.start(SaveSecurityCheck { year: year.to_string().into() }, new, move |outcome| {
                if let Ok(sheet) = outcome {
                    form.set(None);
                    saved.set(Some(sheet));
                }
            });
        })
    };
    let is_saved = saved.is_some() && form.typed.is_none();
    html! {
        <CheckView {form} {remote} year={props.year} years={props.years.clone()} onyear={props.onyear.clone()} {is_saved}
            saving={save.progress()} {onsave} {on_retry} />
    }
}

/// Everything that the screen shows.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct CheckViewProps {
    /// What was typed; `None`: nothing since it was kept.
    pub(crate) form: Form<Option<Answers>>,
    /// What is kept.
    pub(crate) remote: Remote<CheckSheet>,
    /// The fiscal year.
    pub(crate) year: u16,
    /// The fiscal years to choose from.
    pub(crate) years: Vec<u16>,
    /// Called with the chosen one.
    #[prop_or_default]
    pub(crate) onyear: Callback<String>,
    /// It was saved, and nothing was changed since.
    #[prop_or_default]
    pub(crate) is_saved: bool,
    /// How far 保存する has come.
    #[prop_or_default]
    pub(crate) saving: Progress,
    /// Called on 保存する.
    #[prop_or_default]
    pub(crate) onsave: Callback<()>,
    /// Asks the same again.
    #[prop_or_default]
    pub(crate) on_retry: Callback<()>,
}

/// Year, questions, and the sheet.
#[component]
pub(crate) fn CheckView(props: &CheckViewProps) -> Html {
    let Some(list) = list_of(props.year) else { return Html::default() };
    html! {
        <>
            <p>{ words::LEAD }</p>
            { year_field(props) }
            if list.year != props.year {
                <Notice tone={Tone::Warn} title={words::older(props.year, list.year)} />
            }
            { props.remote.view(&props.on_retry, |sheet| questions(props, list, sheet)) }
            if let Remote::Here(sheet) = &props.remote {
                { paper(list, sheet) }
            }
        </>
    }
}

/// The years are counted, so they are no offers of a [`SelectField`].
fn year_field(props: &CheckViewProps) -> Html {
    let onchange = props.onyear.reform(|event: Event| event.target_unchecked_into::<HtmlSelectElement>().value());
    html! {
        <div class="field">
            <label class="field__label" for="check-year">{ words::YEAR }</label>
            <select class="field__input" id="check-year" disabled={props.saving.is_busy} {onchange}>
                { for props.years.iter().map(|year| html! {
                    <option value={year.to_string()} selected={*year == props.year}>{ words::year(*year) }</option>
                }) }
            </select>
        </div>
    }
}

fn questions(props: &CheckViewProps, list: &'static CheckList, sheet: &CheckSheet) -> Html {
    let form = props.form.clone().held(props.saving.is_busy);
    let kept = kept_of(list, sheet);
    let typed = form.typed.clone().unwrap_or_else(|| kept.clone());
    let answered = sheet.answers.len();
    let below = html! {
        <>
            <LiveRegion>
                if props.is_saved {
                    <Notice tone={Tone::Good} title={words::SAVED} />
                }
            </LiveRegion>
            <p class="actions"><Button id="check-print" onpress={Callback::from(|()| print())}>{ words::PRINT }</Button></p>
        </>
    };
    html! {
        <SendForm id="check-save" submit={words::SAVE} failed={props.saving.refusal.as_ref().map(text::refusal)} is_busy={props.saving.is_busy}
            onsubmit={props.onsave.clone()} {below}>
            <p role="status">{ words::answered(answered, list.questions.len()) }</p>
            { for list.questions.iter().zip(&typed).enumerate().map(|(place, (question, typed))| {
                let is_first = place == 0 || list.questions.get(place - 1).is_some_and(|before| before.part != question.part);
                let answer = sheet.answers.iter().find(|answer| answer.question == question.id);
                html! {
                    <>
                        if is_first {
                            <h2>{ question.part }</h2>
                        }
                        { one(&form, &kept, place, question, typed, answer) }
                    </>
                }
            }) }
        </SendForm>
    }
}

fn one(
    form: &Form<Option<Answers>>,
    kept: &Answers,
    place: usize,
    question: &'static Question,
    typed: &Typed,
    answer: Option<&CheckAnswer>,
) -> Html {
    let input = |id: String, value: &str, part: fn(&mut Typed) -> &mut String| {
        let fault = form.faults.of(&id);
        let kept = kept.clone();
        let oninput = form.edit(move |answers: &mut Option<Answers>, value: String| {
            if let Some(typed) = answers.get_or_insert_with(|| kept.clone()).get_mut(place) {
                *part(typed) = value;
            }
        });
        Input { id: id.into(), value: value.to_owned().into(), fault, is_held: form.is_held(), oninput }
    };
    let offers = Reply::ALL.map(|reply| Offer { value: reply.word(), label: reply.label() });
    let offers = [Offer { value: "", label: words::NO_REPLY }].into_iter().chain(offers).collect::<Vec<_>>();
    let numbered = format!("{} {}", question.id, question.asks);
    html! {
        <section class="check" key={question.id} aria-label={numbered.clone()}>
            <h3>{ numbered }</h3>
            <p class="check__maker"><strong>{ format!("{}: {}", words::MAKER, question.maker.label()) }</strong>{ "　" }{ question.says }</p>
            <div class="check__fields">
                <SelectField of={input(question.id.to_owned(), &typed.reply, |typed| &mut typed.reply)} label={words::REPLY} {offers} />
                if typed.reply == Reply::No.word() || !typed.due.is_empty() {
                    <Field of={input(format!("due-{}", question.id), &typed.due, |typed| &mut typed.due)} kind="date" label={words::DUE} />
                }
                <Field of={input(format!("note-{}", question.id), &typed.note, |typed| &mut typed.note)} label={words::NOTE} />
            </div>
            if let Some(answer) = answer {
                <p class="check__by">{ words::by(answer) }</p>
            }
        </section>
    }
}

/// The whole list as a table on A4: on paper only.
fn paper(list: &CheckList, sheet: &CheckSheet) -> Html {
    let answer_of = |question: &Question| sheet.answers.iter().find(|answer| answer.question == question.id);
    let said = |answer: &CheckAnswer| {
        let due = answer.due.map(|day| format!("、{}", words::due(day))).unwrap_or_default();
        let note = answer.note.as_ref().map(|note| format!("({note})")).unwrap_or_default();
        format!("{}{due}{note}", answer.reply.label())
    };
    html! {
        <section class="sheet check-sheet" aria-hidden="true">
            <p class="sheet__heading">{ format!("{} {}", words::TITLE, words::year(sheet.year)) }</p>
            <p class="sheet__for">{ &sheet.institution_name }</p>
            <p class="sheet__note">{ format!("{}: {}", words::PRINTED, sheet.now.jst_date().slashed()) }</p>
            if list.year != sheet.year {
                <p class="sheet__note">{ words::older(sheet.year, list.year) }</p>
            }
            <table>
                <thead><tr>{ for words::COLUMNS.iter().map(|title| html! { <th>{ *title }</th> }) }</tr></thead>
                <tbody>
                    { for list.questions.iter().map(|question| html! {
                        <tr>
                            <td>{ question.id }</td>
                            <td>{ question.asks }</td>
                            <td>{ format!("{}: {}", question.maker.label(), question.says) }</td>
                            <td>{ answer_of(question).map(said).unwrap_or_default() }</td>
                            <td>{ answer_of(question).map(words::by).unwrap_or_default() }</td>
                        </tr>
                    }) }
                </tbody>
            </table>
            <p class="sheet__contact">{ format!("{}: ", words::SIGNED) }</p>
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drawn::{day, draw, has, user};

    fn sheet(year: u16) -> CheckSheet {
        let answer = CheckAnswer {
            question: "2-9".to_owned(),
            reply: Reply::No,
            due: Some(day("2026-12-31")),
            note: Some("見積り中".try_into().unwrap()),
            by: user(),
            at: day("2026-11-30").at_jst(9, 5),
        };
        CheckSheet { year, answers: vec![answer], institution_name: "ひなた".to_owned(), now: day("2026-11-30").at_jst(9, 30) }
    }

    async fn shown(year: u16) -> String {
        draw(move || {
            let form = Form::new(None, Faults::default(), Callback::noop());
            html! { <CheckView {form} remote={Remote::Here(sheet(year))} {year} years={vec![2026, 2025]} /> }
        })
        .await
    }

    #[tokio::test]
    async fn every_question_has_the_makers_column_and_a_place_for_the_answer() {
        let html = shown(2025).await;
        let list = list_of(2025).unwrap();
        for question in list.questions {
            has(&html, question.asks);
            has(&html, question.says);
            has(&html, &format!("id=\"{}\"", question.id));
        }
        has(&html, "18問のうち1問に答えました。");
        has(&html, "id=\"due-2-9\"");
        assert!(!html.contains("id=\"due-2-8\"") && !html.contains("様式を使ってください。2025"), "a day belongs to いいえ");
        let paper = html.split("check-sheet").nth(1).unwrap();
        for expected in ["2025年度", "いいえ、2026/12/31まで(見積り中)", "kanri1 2026/11/30"] {
            has(paper, expected);
        }
    }

    #[tokio::test]
    async fn a_year_without_a_list_of_its_own_says_so() {
        has(&shown(2026).await, &words::older(2026, 2025));
        assert!(!shown(2025).await.contains("年度の問いは、この版に入っていません"));
    }

    #[test]
    fn only_what_was_changed_is_sent_and_faults_stand_at_their_fields() {
        let list = list_of(2025).unwrap();
        let kept = kept_of(list, &sheet(2025));
        assert!(check(list, &kept, &kept).unwrap().answers.is_empty());
        let place = list.questions.iter().position(|question| question.id == "2-7").unwrap();
        let mut typed = kept.clone();
        typed[place].reply = "yes".to_owned();
        let new = check(list, &kept, &typed).unwrap().answers;
        assert_eq!(new.iter().map(|one| (one.question.as_str(), one.reply)).collect::<Vec<_>>(), [("2-7", Some(Reply::Yes))]);
        typed[place].due = "2026-12-31".to_owned();
        assert_eq!(check(list, &kept, &typed).unwrap_err().first(), Some("2-7"));
        typed[place].reply = "no".to_owned();
        typed[place].note = "あ".repeat(61);
        assert_eq!(check(list, &kept, &typed).unwrap_err().first(), Some("2-7"));
        typed[place] = Typed::default();
        assert!(check(list, &kept, &typed).unwrap().answers.is_empty(), "as it was");
    }
}
