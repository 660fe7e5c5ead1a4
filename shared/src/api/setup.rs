//! 準備チェックリスト (OT-19): what each use needs before its first visit, in any order, and what of it is there.

use serde::{Deserialize, Serialize};

use super::{Again, Answer, Audit, Body, Permission, SMALL};
use crate::domain::account::UserId;
use crate::domain::calendar::UnixMs;
use crate::right::Act;

super::endpoints! {
    /// The lists with what was measured.
    SetupLists {
        name: "office.setup",
        call: Get "/api/office/setup",
        right: Permission::Account(Act::SeeSettings),
        asks: Body::None => (),
        answers: Answer::Json => Setup,
        audit: Audit::None,
        again: Again::Harmless,
    }

    /// Ticks a step that cannot be measured ([`Step::is_by_hand`], else [`super::Code::Request`]), or takes the tick back.
    TickStep {
        name: "office.tick_step",
        call: Post "/api/office/setup/tick",
        right: Permission::Account(Act::ChangeSettings),
        asks: Body::Json(SMALL) => Tick,
        answers: Answer::Json => Setup,
        audit: Audit::Row,
        again: Again::Keyed,
    }
}

/// What an institution prepares for: one list each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SetupUse {
    /// 訪問診療等・訪問看護.
    HomeVisit,
    /// オンライン診療等.
    Online,
    /// 外来診療等(通常とは異なる動線).
    OffRoute,
    /// マイナ資格確認アプリの端末.
    DeviceApp,
    /// 資格確認限定型.
    Limited,
    /// The office's own terminal, whatever it is used for.
    Office,
}

impl SetupUse {
    /// As it is kept.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::HomeVisit => "home_visit",
            Self::Online => "online",
            Self::OffRoute => "off_route",
            Self::DeviceApp => "device_app",
            Self::Limited => "limited",
            Self::Office => "office",
        }
    }
}

/// One thing that has to be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// The use is switched on (N041, N042).
    Switch,
    /// The terms of the use are confirmed (N042).
    Terms,
    /// An account of 一般利用者 or 医療情報閲覧 (N010, N022).
    Account,
    /// Such an account has logged in and has a password of its own (N029, N030).
    FirstLogin,
    /// An activation code that a device has or can still take (N050).
    Code,
    /// The reception URL of the use (N070).
    Url,
    /// A device that was registered with a code (N031).
    Device,
    /// A check that went through to the end.
    TestRead,
    /// A client certificate that counts (N170).
    Certificate,
    /// Its copy on another medium (N171).
    CertificateCopy,
    /// A second factor of every admin.
    SecondFactor,
    /// 利用開始申請 that was approved (N142).
    Application,
}

impl Step {
    /// As it is kept.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Switch => "switch",
            Self::Terms => "terms",
            Self::Account => "account",
            Self::FirstLogin => "first_login",
            Self::Code => "code",
            Self::Url => "url",
            Self::Device => "device",
            Self::TestRead => "test_read",
            Self::Certificate => "certificate",
            Self::CertificateCopy => "certificate_copy",
            Self::SecondFactor => "second_factor",
            Self::Application => "application",
        }
    }

    /// Nothing in the store could tell it: a person says so, with name and time. Everything else is measured and never ticked.
    #[must_use]
    pub const fn is_by_hand(self) -> bool {
        matches!(self, Self::CertificateCopy)
    }
}

/// The lists as data: what each use needs. The order is that of reading; nothing has to be done in it.
pub const LISTS: [(SetupUse, &[Step]); 6] = {
    use Step::{Account, Application, Certificate, CertificateCopy, Code, Device, FirstLogin, SecondFactor, Switch, Terms, TestRead, Url};
    [
        (SetupUse::HomeVisit, &[Switch, Account, FirstLogin, Url, TestRead]),
        (SetupUse::Online, &[Switch, Account, FirstLogin, Url, TestRead]),
        (SetupUse::OffRoute, &[Switch, Terms, Account, FirstLogin, Url, TestRead]),
        (SetupUse::DeviceApp, &[Account, FirstLogin, Code, Device, TestRead]),
        (SetupUse::Limited, &[Application, Code, Device, TestRead]),
        (SetupUse::Office, &[SecondFactor, Certificate, CertificateCopy]),
    ]
};

/// Says which steps the list of a use has.
#[must_use]
pub fn steps_of(of: SetupUse) -> &'static [Step] {
    LISTS.iter().find(|(list, _)| *list == of).map_or(&[], |(_, steps)| steps)
}

/// How a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    /// It is there.
    Done,
    /// It is missing.
    NotYet,
    /// Nobody can tell.
    Unknown,
    /// This release does not have what it is about: it counts neither way.
    NotHere,
}

/// One step of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepRow {
    /// Which.
    pub step: Step,
    /// How it stands.
    pub state: StepState,
    /// When it came about, where that is known.
    pub at: Option<UnixMs>,
    /// Who ticked it, where a person did.
    pub by: Option<UserId>,
}

/// The list of one use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetupList {
    /// Which.
    pub of: SetupUse,
    /// The institution uses it: its missing steps count as something to be done.
    pub is_on: bool,
    /// The steps of [`steps_of`] in their order.
    pub rows: Vec<StepRow>,
}

impl SetupList {
    /// How many steps are missing.
    #[must_use]
    pub fn missing(&self) -> usize {
        self.rows.iter().filter(|row| row.state == StepState::NotYet).count()
    }

    /// True where nothing is missing and nothing is unknown, and something was there to measure.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        let counted = |row: &&StepRow| row.state != StepState::NotHere;
        self.rows.iter().any(|row| row.state == StepState::Done) && self.rows.iter().filter(counted).all(|row| row.state == StepState::Done)
    }
}

/// All lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setup {
    /// In the order of [`LISTS`].
    pub lists: Vec<SetupList>,
    /// 機関名, for the printed list.
    pub institution_name: String,
    /// The account may tick.
    pub may_tick: bool,
    /// The server's clock.
    pub now: UnixMs,
}

/// A tick of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tick {
    /// In which list.
    pub of: SetupUse,
    /// Which step.
    pub step: Step,
    /// True: it is done; false: the tick is taken back.
    pub is_done: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(states: &[StepState]) -> SetupList {
        let rows = states.iter().map(|state| StepRow { step: Step::Switch, state: *state, at: None, by: None });
        SetupList { of: SetupUse::HomeVisit, is_on: true, rows: rows.collect() }
    }

    #[test]
    fn what_is_missing_or_unknown_keeps_a_list_from_being_ready_and_what_is_not_here_does_not() {
        use StepState::{Done, NotHere, NotYet, Unknown};
        for (states, missing, is_ready) in [
            (&[Done, Done][..], 0, true),
            (&[Done, NotHere], 0, true),
            (&[Done, NotYet, NotYet], 2, false),
            (&[Done, Unknown], 0, false),
            (&[NotHere], 0, false),
            (&[], 0, false),
        ] {
            let list = list(states);
            assert_eq!((list.missing(), list.is_ready()), (missing, is_ready), "{states:?}");
        }
    }

    #[test]
    fn each_use_has_one_list_and_each_step_stands_once_in_it() {
        for (place, (of, steps)) in LISTS.iter().enumerate() {
            assert!(LISTS[..place].iter().all(|(other, _)| other != of && other.word() != of.word()), "{of:?}");
            assert_eq!(steps_of(*of), *steps);
            for (place, step) in steps.iter().enumerate() {
                assert!(!steps[..place].contains(step), "{of:?} {step:?}");
            }
        }
    }
}
