//! 資格確認限定型 (N140–N147): registration, application, the operator's answer, and what an approved facility is given.

use shared::api::Code;
use shared::api::Endpoint as _;
use shared::api::activation::IssueCode;
use shared::api::portal::{ANSWER_DAYS, ApplicantHome, Application, ApplicationStanding, LINK_LIFE_MS, Sent, SheetRow};
use shared::domain::account::{AccountKind, UserId};
use shared::domain::calendar::UnixMs;
use shared::domain::code::{CodeState, DeviceLabel};
use shared::domain::facility::{AccountDigits, Edition, FacilityCheck};
use shared::domain::institution::InstitutionCode;

use crate::consent::search_key;
use crate::letter;
use crate::portal::REGISTRATIONS_A_DAY;
use crate::rule::mail::post;
use crate::session::{LOCK_MS as IDLE_MS, SKEW_MS};
use crate::store::code::{self, CodeQuery, NewCodeRow};
use crate::store::portal::{self as store, ApplicantEntry, ApplicantRecord, ApplicantSession, ApplicationState, SentRecord};
use crate::store::tx::Tx;
use crate::store::{Account, ApplicantId, AuditEntry, Institution, StoreError, account, audit, sheet};
use crate::tenant::Tenant;

/// Takes a registration that waits for its mail to be followed. An address that is known already gets another mail, and nobody else
/// is told; one that asked too often today gets none.
///
/// # Errors
/// What the database says; so for every rule.
pub fn register(tx: &mut Tx<'_>, new: &ApplicantRecord) -> Result<(), StoreError> {
    if store::registrations_since(tx, &new.mail_key, new.at.plus_ms(-LINK_LIFE_MS))? >= REGISTRATIONS_A_DAY {
        return Ok(());
    }
    store::add_registration(tx, new)?;
    let is_known = store::by_mail(tx, &new.mail_key)?.is_some();
    post(tx, &if is_known { letter::already(new) } else { letter::confirm(new) })
}

/// The registration behind a link, while it counts.
pub fn waiting(tx: &mut Tx<'_>, id: &ApplicantId, now: UnixMs) -> Result<Option<ApplicantRecord>, StoreError> {
    let found = store::registration(tx, id)?;
    Ok(found.filter(|found| now < found.at.plus_ms(LINK_LIFE_MS) && found.at <= now.plus_ms(SKEW_MS)))
}

/// Ends a registration; false when its link no longer counts.
pub fn confirm(tx: &mut Tx<'_>, id: &ApplicantId, now: UnixMs) -> Result<bool, StoreError> {
    let Some(found) = waiting(tx, id, now)? else { return Ok(false) };
    if !store::take_registration(tx, id)? || !store::add(tx, &ApplicantRecord { at: now, ..found.clone() })? {
        return Ok(false);
    }
    post(tx, &letter::registered(&found, now))?;
    Ok(true)
}

/// Opens a session; false when the password was changed while it was judged by `judged`.
pub fn log_in(tx: &mut Tx<'_>, session: &ApplicantSession, judged: &str) -> Result<bool, StoreError> {
    store::add_session(tx, session, judged)
}

/// How an application stands, for the page.
pub fn home(tx: &mut Tx<'_>, id: &ApplicantId, now: UnixMs) -> Result<Option<ApplicantHome>, StoreError> {
    let Some(entry) = store::find(tx, id)? else { return Ok(None) };
    let standing = standing(tx, &entry)?;
    let ApplicantEntry { who, round, .. } = entry;
    let ApplicantRecord { facility, name, facility_name, .. } = who;
    Ok(Some(ApplicantHome { facility, name, facility_name, round, standing, idle_ms: IDLE_MS, now }))
}

fn standing(tx: &mut Tx<'_>, entry: &ApplicantEntry) -> Result<ApplicationStanding, StoreError> {
    let damaged = StoreError::Damaged("an application without its answer");
    let sent = entry.sent.as_ref().map(|sent| Sent { check: sent.check, staff: sent.staff, devices: sent.devices });
    Ok(match (entry.state, sent, &entry.sent) {
        (ApplicationState::None, ..) => ApplicationStanding::None,
        (ApplicationState::Received, Some(sent), Some(kept)) => {
            ApplicationStanding::Received { sent, at: kept.at, due_at: due_at(kept.at) }
        }
        (ApplicationState::Returned, Some(sent), _) => {
            let (Some(reason), Some(at)) = (entry.reason.clone(), entry.answered_at) else { return Err(damaged) };
            ApplicationStanding::Returned { sent, reason, at }
        }
        (ApplicationState::Approved, ..) => {
            let (Some(institution), Some(at)) = (entry.institution.clone(), entry.answered_at) else { return Err(damaged) };
            let tenant = Tenant::of_operator(&institution);
            let mut accounts = Vec::new();
            for one in sheet::sheets(tx, &tenant)? {
                let found = account::of(tx, &tenant, &one.user)?.ok_or(StoreError::Damaged("a sheet without its account"))?;
                accounts.push(SheetRow { user: one.user, kind: found.account.kind, made: one.made, made_at: one.made_at });
            }
            ApplicationStanding::Approved { institution, at, accounts }
        }
        (ApplicationState::Received | ApplicationState::Returned, ..) => return Err(damaged),
    })
}

/// An application that was sent at `at` is answered by then.
#[must_use]
pub fn due_at(at: UnixMs) -> UnixMs {
    at.plus_ms(ANSWER_DAYS * 24 * 60 * 60_000)
}

/// Takes an application; false when it stands otherwise than its sender knew. Sent again, it finds itself received.
pub fn apply(tx: &mut Tx<'_>, id: &ApplicantId, application: &Application, now: UnixMs) -> Result<bool, StoreError> {
    let Some(entry) = store::find(tx, id)? else { return Ok(false) };
    let Application { round, check, digits, staff, devices } = application;
    let digits = digits.as_ref().map(|digits| digits.as_str().to_owned());
    let sent = SentRecord { check: *check, digits, staff: *staff, devices: *devices, at: now };
    let is_same = |kept: &SentRecord| SentRecord { at: now, ..kept.clone() } == sent;
    if entry.state == ApplicationState::Received && entry.round == *round && entry.sent.as_ref().is_some_and(is_same) {
        return Ok(true);
    }
    if !store::send(tx, id, *round, &sent)? {
        return Ok(false);
    }
    post(tx, &letter::received(&entry.who, *round, now))?;
    Ok(true)
}

/// What the operator found out about a facility (N144).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Checked {
    /// ① The digits as the operator has them.
    Digits(AccountDigits),
    /// ② The facility was called and said yes.
    Called,
}

/// An approval: random things come in as values.
#[derive(Debug, Clone)]
pub struct Approval {
    /// Whose application.
    pub applicant: ApplicantId,
    /// 機関コード that the facility gets.
    pub institution: InstitutionCode,
    /// What the operator found out.
    pub checked: Checked,
    /// ユーザID of its admin.
    pub admin: UserId,
    /// ユーザID of the account for the app.
    pub general: UserId,
    /// When.
    pub at: UnixMs,
}

/// What became of the operator's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answered {
    /// It counts, and its mail waits to be sent.
    Done,
    /// There is no such applicant.
    NotThere,
    /// Nothing waits for an answer.
    NotWaiting,
    /// The facility chose the other way to be checked.
    OtherCheck,
    /// The digits are not those that the facility gave.
    OtherDigits,
    /// The institution code is taken.
    CodeTaken,
}

/// Lets a facility in: institution of the limited type, its two accounts and their sheets, the answer and its mail, in one transaction.
/// Passwords and activation codes are made when a sheet is read ([`sheet`]): until then nobody can log in.
pub fn approve(tx: &mut Tx<'_>, approval: &Approval, entry: &AuditEntry) -> Result<Answered, StoreError> {
    let Some(found) = store::find(tx, &approval.applicant)? else { return Ok(Answered::NotThere) };
    let (ApplicationState::Received, Some(sent)) = (found.state, &found.sent) else { return Ok(Answered::NotWaiting) };
    match (&approval.checked, sent.check, &sent.digits) {
        (Checked::Digits(known), FacilityCheck::Account, Some(given)) if known.as_str() != given => return Ok(Answered::OtherDigits),
        (Checked::Digits(_), FacilityCheck::Account, Some(_)) | (Checked::Called, FacilityCheck::CallBack, _) => {}
        _ => return Ok(Answered::OtherCheck),
    }
    let ApplicantRecord { name, facility_name, phone, .. } = &found.who;
    let mut new = Institution::new(approval.institution.clone(), facility_name, phone);
    new.edition = Edition::EligibilityOnly;
    (new.settings.home_visit.is_on, new.settings.shows_eligibility) = (false, false);
    let Some(tenant) = super::institution::begin(tx, &new, approval.at)? else { return Ok(Answered::CodeTaken) };
    for (user, kind, name, kana) in
        [(&approval.admin, AccountKind::Admin, name.as_str(), "ｶﾝﾘ"), (&approval.general, AccountKind::General, "端末用", "ﾀﾝﾏﾂﾖｳ")]
    {
        let made = Account {
            user: user.clone(),
            name: name.to_owned(),
            kana: kana.to_owned(),
            kind,
            // No password has this hash.
            password_hash: String::new(),
            must_change_password: true,
            valid_from: Some(approval.at.jst_date()),
            valid_until: None,
            suspended_at: None,
        };
        if !account::add(tx, &tenant, &made)? {
            return Err(StoreError::Damaged("two accounts of one ID"));
        }
        sheet::add_sheet(tx, &tenant, user)?;
    }
    if !store::answer(tx, &found.who.id, ApplicationState::Approved, None, Some(&approval.institution), approval.at)? {
        return Err(StoreError::Damaged("an application that was just found waiting"));
    }
    post(tx, &letter::approved(&found.who, &approval.institution, approval.at))?;
    audit::add(tx, entry)?;
    Ok(Answered::Done)
}

/// Gives an application back with a reason: it can be sent again.
pub fn give_back(tx: &mut Tx<'_>, id: &ApplicantId, reason: &str, at: UnixMs) -> Result<Answered, StoreError> {
    let Some(found) = store::find(tx, id)? else { return Ok(Answered::NotThere) };
    if !store::answer(tx, id, ApplicationState::Returned, Some(reason), None, at)? {
        return Ok(Answered::NotWaiting);
    }
    post(tx, &letter::returned(&found.who, found.round.saturating_add(1), reason, at))?;
    Ok(Answered::Done)
}

/// A settings sheet to make: its secrets come in as values, and are kept as hashes only.
pub struct NewSheet {
    /// Whose.
    pub user: UserId,
    /// How often it was made, as the page showed it.
    pub made: u32,
    /// Hash of the new password.
    pub password_hash: String,
    /// A code for each device that was applied for, in their order.
    pub codes: Vec<NewCodeRow>,
}

/// What a sheet tells besides the password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// What the account may do.
    pub kind: AccountKind,
    /// Labels of the devices whose new codes count.
    pub codes: Vec<DeviceLabel>,
    /// Labels of the devices that are registered already, and go on with the codes that they have.
    pub in_use: Vec<DeviceLabel>,
}

/// Makes the sheet of an account, and ends what the one before told: its password, its logins, and the codes that no device used yet.
pub fn sheet(tx: &mut Tx<'_>, tenant: &Tenant, new: &NewSheet, entry: &AuditEntry) -> Result<Result<Sheet, Code>, StoreError> {
    let is_known = sheet::sheets(tx, tenant)?.iter().any(|one| one.user == new.user);
    let (true, Some(found)) = (is_known, account::of(tx, tenant, &new.user)?) else { return Ok(Err(Code::NotFound)) };
    if !sheet::make_sheet(tx, tenant, &new.user, new.made, entry.at)? {
        return Ok(Err(Code::Sheet));
    }
    account::set_first_password(tx, tenant, &new.user, &new.password_hash)?;
    account::set_unlocked(tx, tenant, &new.user, entry.at)?;
    account::end_sessions_of(tx, tenant, &new.user)?;
    let kind = found.account.kind;
    let (mut codes, mut in_use) = (Vec::new(), Vec::new());
    // An admin uses no device (N009).
    for one in new.codes.iter().filter(|_| kind == AccountKind::General) {
        if renew_code(tx, tenant, one, entry)? { codes.push(one.label.clone()) } else { in_use.push(one.label.clone()) }
    }
    audit::add(tx, entry)?;
    Ok(Ok(Sheet { kind, codes, in_use }))
}

/// Puts a new code in the place of a device's unused one; false where the device is registered already.
fn renew_code(tx: &mut Tx<'_>, tenant: &Tenant, new: &NewCodeRow, entry: &AuditEntry) -> Result<bool, StoreError> {
    let label_key = search_key(new.label.as_str());
    let query = CodeQuery { label_key: label_key.clone(), state: None, after: None, rows: 1_000, now: new.issued_at };
    let former = code::list(tx, tenant, &query)?.rows.into_iter().filter(|code| code.label == new.label);
    for one in former {
        match one.state(new.issued_at) {
            CodeState::InUse => return Ok(false),
            CodeState::Unused => code::invalidate(tx, tenant, &one.id, new.issued_at)?,
            CodeState::Invalid | CodeState::Expired => {}
        }
    }
    if !code::add(tx, tenant, new, &label_key)? {
        // One in a thousand million: the next press draws others.
        return Err(StoreError::Damaged("digits that were drawn before"));
    }
    audit::add(tx, &entry.clone().about(IssueCode::NAME, new.id.as_str()))?;
    Ok(true)
}
