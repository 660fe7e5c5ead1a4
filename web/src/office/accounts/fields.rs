//! The fields that 登録 and 更新 share (N024–N027).

use shared::domain::account::{AccountName, HalfKana, NotAName, check_period};
use shared::domain::calendar::CivilDate;
use yew::prelude::*;

use crate::part::{DateField, Field, LiveRegion};
use crate::text::office::accounts as words;
use crate::use_form::{Faults, Form};

/// What was typed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Typed {
    /// 権限区分, as its option's value.
    pub(crate) kind: String,
    /// ユーザID.
    pub(crate) user: String,
    /// ユーザ名.
    pub(crate) name: String,
    /// ユーザ名(カナ).
    pub(crate) kana: String,
    /// 利用開始年月日.
    pub(crate) from: String,
    /// 利用終了年月日.
    pub(crate) until: String,
}

/// The four fields, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Read {
    pub(crate) name: AccountName,
    pub(crate) kana: HalfKana,
    /// `None` only where it may be left out.
    pub(crate) valid_from: Option<CivilDate>,
    pub(crate) valid_until: Option<CivilDate>,
}

pub(crate) const NAME: &str = "account-name";
pub(crate) const KANA: &str = "account-kana";
pub(crate) const FROM: &str = "account-from";
pub(crate) const UNTIL: &str = "account-until";
const BECOMES: &str = "account-kana-becomes";

impl Typed {
    /// Reads name, kana and period; the faults come after those in `faults`. `needs_from` is false for an account that has no first day.
    pub(crate) fn read(&self, faults: Faults, needs_from: bool) -> Result<Read, Faults> {
        let name = AccountName::try_from(self.name.as_str());
        let kana = HalfKana::from_typed(&self.kana);
        let is_left_out = !needs_from && self.from.trim().is_empty();
        let from = if is_left_out { Ok(None) } else { CivilDate::from_typed(&self.from).map(Some) };
        let until = if self.until.trim().is_empty() { Ok(None) } else { CivilDate::from_typed(&self.until).map(Some) };
        let bad_name = name.as_ref().err().map(|why| match why {
            NotAName::Shape => words::BAD_NAME,
            NotAName::MyNumber => words::MY_NUMBER,
        });
        let bad_until = match (&from, &until) {
            (_, Err(_)) => Some(words::BAD_UNTIL),
            (Ok(from), Ok(until)) if check_period(*from, *until).is_err() => Some(words::BACKWARDS),
            _ => None,
        };
        let faults = faults
            .note(NAME, bad_name)
            .note(KANA, kana.is_err().then_some(words::BAD_KANA))
            .note(FROM, from.is_err().then_some(if self.from.trim().is_empty() { words::NO_FROM } else { words::BAD_FROM }))
            .note(UNTIL, bad_until);
        match (name, kana, from, until, faults.first()) {
            (Ok(name), Ok(kana), Ok(valid_from), Ok(valid_until), None) => Ok(Read { name, kana, valid_from, valid_until }),
            _ => Err(faults),
        }
    }
}

/// Name, kana with what it becomes, and period.
pub(crate) fn fields(form: &Form<Typed>, needs_from: bool) -> Html {
    let becomes = HalfKana::from_typed(&form.typed.kana).map(|kana| words::becomes(kana.as_str())).unwrap_or_default();
    html! {
        <>
            <Field of={form.input(NAME, |typed| &mut typed.name)} label={words::NAME} is_required=true />
            <div class="field-day">
                <Field of={form.input(KANA, |typed| &mut typed.kana)} label={words::KANA} hint={words::KANA_HINT} is_required=true
                    described_by={BECOMES} />
                <LiveRegion class="field__read"><p id={BECOMES}>{ becomes }</p></LiveRegion>
            </div>
            <DateField of={form.input(FROM, |typed| &mut typed.from)} label={words::FROM} is_required={needs_from} />
            <DateField of={form.input(UNTIL, |typed| &mut typed.until)} label={words::UNTIL} />
            <p class="field__hint">{ words::UNTIL_HINT }</p>
        </>
    }
}
