//! 資格確認限定型: registration of a facility's user, application, state, settings sheet (LA-1…LA-5, N140–N147).

use serde::{Deserialize, Serialize};

use super::{AccountPart, Again, Answer, Audit, Body, Permission, SMALL};
use crate::bytes::Base64;
use crate::domain::account::{AccountKind, AccountName, UserId};
use crate::domain::calendar::UnixMs;
use crate::domain::facility::{AccountDigits, FacilityCheck, FacilityKind, FacilityName, MailAddress, PhoneNumber};
use crate::domain::institution::InstitutionCode;

/// The link in the mail of a registration counts so long: 24 hours.
pub const LINK_LIFE_MS: i64 = 24 * 60 * 60_000;
/// An application is answered within so many days (N145).
pub const ANSWER_DAYS: i64 = 7;
/// A settings sheet's unused activation codes live so long (P-CODE): 30 days.
pub const SHEET_CODE_LIFE_MS: i64 = 30 * 24 * 60 * 60_000;
/// At most so many devices in one application: one sheet of A4 holds their codes.
pub const DEVICES_MAX: u32 = 20;
/// At most so many members of the staff.
pub const STAFF_MAX: u32 = 9_999;
/// Longest reason of a return, in characters.
pub const REASON_MAX_CHARS: usize = 500;
/// The link in the mail of a forgotten password counts so long: one hour. Until then no other mail is sent.
pub const RESET_LIFE_MS: i64 = 60 * 60_000;
/// Name of the operator's approval in the audit log; it is a command, no call.
pub const APPROVE: &str = "portal.approve";
/// The same of a password that the operator sets anew.
pub const RESET: &str = "portal.reset";
/// The same of a user whom the operator removes.
pub const END: &str = "portal.end";
/// The same of another count of devices.
pub const DEVICES: &str = "portal.devices";

super::endpoints! {
    /// ユーザー登録 (LA-2). Answers the same whether or not the address is known: what follows stands in a mail to it.
    RegisterApplicant {
        name: "portal.register",
        call: Post "/api/portal/register",
        right: Permission::Anyone,
        asks: Body::Json(SMALL) => Registration,
        answers: Answer::Json => (),
        audit: Audit::None,
        again: Again::Harmless,
    }

    /// The end of the registration: the link of the mail, which counts once, and the password that was chosen with it.
    ConfirmApplicant {
        name: "portal.confirm",
        call: Post "/api/portal/confirm",
        right: Permission::Anyone,
        asks: Body::Json(SMALL) => Confirmation,
        answers: Answer::Json => (),
        audit: Audit::None,
        again: Again::Harmless,
    }

    /// Login of a registered user.
    LogInApplicant {
        name: "portal.login",
        call: Post "/api/portal/login",
        right: Permission::Login,
        asks: Body::Json(SMALL) => ApplicantLogin,
        answers: Answer::Json => ApplicantHome,
        audit: Audit::Row,
        again: Again::Harmless,
    }

    /// A forgotten password: answers the same whether or not the address is known; a link follows by mail to one that is.
    AskApplicantPassword {
        name: "portal.ask_password",
        call: Post "/api/portal/password/ask",
        right: Permission::Anyone,
        asks: Body::Json(SMALL) => ForgottenPassword,
        answers: Answer::Json => (),
        audit: Audit::None,
        again: Again::Harmless,
    }

    /// A new password by the link of the mail, which counts once; every session of the user ends.
    SetApplicantPassword {
        name: "portal.set_password",
        call: Post "/api/portal/password",
        right: Permission::Anyone,
        asks: Body::Json(SMALL) => Confirmation,
        answers: Answer::Json => (),
        audit: Audit::None,
        again: Again::Harmless,
    }

    /// Ends the session.
    LogOutApplicant {
        name: "portal.logout",
        call: Post "/api/portal/logout",
        right: Permission::Applicant,
        asks: Body::None => (),
        answers: Answer::Json => (),
        audit: Audit::None,
        again: Again::Harmless,
    }

    /// Who is in, and how the application stands (X52).
    ApplicantState {
        name: "portal.state",
        call: Get "/api/portal/state",
        right: Permission::Applicant,
        asks: Body::None => (),
        answers: Answer::Json => ApplicantHome,
        audit: Audit::None,
        again: Again::Harmless,
    }

    /// 利用開始申請 (LA-3), also the next one after a return. Sent again, it finds itself received.
    SendApplication {
        name: "portal.apply",
        call: Post "/api/portal/application",
        right: Permission::Applicant,
        asks: Body::Json(SMALL) => Application,
        answers: Answer::Json => ApplicantHome,
        audit: Audit::None,
        again: Again::Harmless,
    }

    /// ユーザー設定情報 of one account (LA-5): what is secret in it is made by this call, kept nowhere, and told this once. A further
    /// sheet ends what the one before told.
    MakeSheet(user: AccountPart) {
        name: "portal.make_sheet",
        call: Post "/api/portal/accounts/{user}/sheet",
        right: Permission::Applicant,
        asks: Body::Json(SMALL) => SheetWish,
        answers: Answer::Json => SheetMade,
        audit: Audit::Row,
        again: Again::Harmless,
    }
}

/// LA-2 (N143). No `Debug`: it holds a password.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Registration {
    /// Which portal, follows from it (LA-1).
    pub facility: FacilityKind,
    /// 氏名.
    pub name: AccountName,
    /// 医療機関名.
    pub facility_name: FacilityName,
    /// 電話番号.
    pub phone: PhoneNumber,
    /// メールアドレス.
    pub mail: MailAddress,
    /// パスワード.
    pub password: String,
}

/// A forgotten password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForgottenPassword {
    /// メールアドレス.
    pub mail: MailAddress,
}

/// The end of a registration, or a new password. No `Debug`: secrets.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Confirmation {
    /// What stands behind `#` in the link of the mail.
    pub link: String,
    /// The password of the registration: whoever only reads the mail has chosen none. Or the new one.
    pub password: String,
}

/// Login of a registered user. No `Debug`: it holds a password.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApplicantLogin {
    /// メールアドレス.
    pub mail: MailAddress,
    /// パスワード.
    pub password: String,
}

/// LA-3 (N144).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Application {
    /// How often this facility was answered before ([`ApplicantHome::round`]).
    pub round: u32,
    /// 施設の確認方法.
    pub check: FacilityCheck,
    /// 口座番号の下4桁; with [`FacilityCheck::Account`] alone.
    pub digits: Option<AccountDigits>,
    /// 職員数, 1 to [`STAFF_MAX`].
    pub staff: u32,
    /// 申請台数, 1 to [`DEVICES_MAX`].
    pub devices: u32,
}

impl Application {
    /// True where it is whole: counts in their limits, digits where the check asks for them and nowhere else.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        let has_its_digits = self.digits.is_some() == (self.check == FacilityCheck::Account);
        has_its_digits && (1..=STAFF_MAX).contains(&self.staff) && (1..=DEVICES_MAX).contains(&self.devices)
    }
}

/// Who is in, and how the application stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApplicantHome {
    /// Of which kind, and so of which portal.
    pub facility: FacilityKind,
    /// 氏名.
    pub name: String,
    /// 医療機関名.
    pub facility_name: String,
    /// How often this facility was answered.
    pub round: u32,
    /// How the application stands.
    pub standing: ApplicationStanding,
    /// The session ends after so long without a request, milliseconds.
    pub idle_ms: i64,
    /// The server's clock.
    pub now: UnixMs,
}

/// How an application stands (X52).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApplicationStanding {
    /// None was sent.
    None,
    /// 受付中.
    Received {
        /// What was sent, without its digits.
        sent: Sent,
        /// When.
        at: UnixMs,
        /// It is answered by then (N145).
        due_at: UnixMs,
    },
    /// 差し戻し.
    Returned {
        /// What was sent, without its digits.
        sent: Sent,
        /// Why it came back.
        reason: String,
        /// When.
        at: UnixMs,
    },
    /// 承認.
    Approved {
        /// 機関コード.
        institution: InstitutionCode,
        /// When.
        at: UnixMs,
        /// 資格確認アカウント管理 (N146).
        accounts: Vec<SheetRow>,
    },
}

/// What was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// 施設の確認方法.
    pub check: FacilityCheck,
    /// 職員数.
    pub staff: u32,
    /// 申請台数.
    pub devices: u32,
}

/// An account of the approved facility, and its sheet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SheetRow {
    /// ユーザID.
    pub user: UserId,
    /// 権限区分.
    pub kind: AccountKind,
    /// How often its sheet was made; the first time it is read, further ones end the one before.
    pub made: u32,
    /// When last.
    pub made_at: Option<UnixMs>,
}

/// Asks for a sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SheetWish {
    /// How often it was made, as the page shows it ([`SheetRow::made`]): the same request sent again makes no second one.
    pub made: u32,
}

/// A sheet. No `Debug`: its secrets are told this once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SheetMade {
    /// One page of A4, PDF.
    pub pdf: Base64,
    /// How the application stands by now.
    pub home: ApplicantHome,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n144_an_application_is_whole_or_is_not_taken() {
        let whole = Application {
            round: 0,
            check: FacilityCheck::Account,
            digits: Some(AccountDigits::try_from("1234").unwrap()),
            staff: 3,
            devices: 2,
        };
        assert!(whole.is_whole());
        let by_call = Application { check: FacilityCheck::CallBack, digits: None, ..whole.clone() };
        assert!(by_call.is_whole());
        for broken in [
            Application { digits: None, ..whole.clone() },
            Application { check: FacilityCheck::CallBack, ..whole.clone() },
            Application { staff: 0, ..whole.clone() },
            Application { staff: STAFF_MAX + 1, ..whole.clone() },
            Application { devices: 0, ..whole.clone() },
            Application { devices: DEVICES_MAX + 1, ..whole },
        ] {
            assert!(!broken.is_whole(), "{broken:?}");
        }
    }
}
