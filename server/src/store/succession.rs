//! Statements on changes of an institution's code, and the list of what becomes of each table.

use shared::api::succession::{CodeChange, Item, Reason};
use shared::domain::account::UserId;
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::institution::InstitutionCode;

use super::tx::{Row, Tx, values};
use super::{ConsentId, DeskId, StoreError, VisitId, code_of};
use crate::tenant::Tenant;

/// What becomes of a table with an institution's rows when its code changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Its rows are copied where the item was chosen: the statement takes the former code as `$1` and the new one as `$2`, and names
    /// every column (a test).
    Followed(Item, &'static str),
    /// Copied in steps by [`copy_visit`] and [`copy_consent`].
    InSteps(Item),
    /// Made anew for the new code.
    Anew,
    /// Stays under the former code; why.
    Stays(&'static str),
}

/// The fate of each table that has an institution: one more such table is one more row here, without which a test fails.
pub const TABLES: &[(&str, Fate)] = &[
    (
        "accounts",
        Fate::Followed(
            Item::Accounts,
            "INSERT INTO accounts (institution, user_id, name, kind, password_hash, must_change_password, valid_from, valid_until, kana,
                                   suspended_at, last_login_at, unlocked_at, waits_until, factor_since)
             SELECT $2, user_id, name, kind, password_hash, must_change_password, valid_from, valid_until, kana,
                    COALESCE(suspended_at, factor_since), last_login_at, unlocked_at, waits_until, NULLIF(factor_since, factor_since)
             FROM accounts WHERE institution = $1 ON CONFLICT (institution, user_id) DO NOTHING",
        ),
    ),
    ("visits", Fate::InSteps(Item::History)),
    ("consents", Fate::InSteps(Item::History)),
    ("consent_changes", Fate::Stays("changes and ends of consents that do not follow")),
    ("medical_views", Fate::Stays("who looked under the former code")),
    (
        "checks",
        Fate::Followed(
            Item::History,
            "INSERT INTO checks (institution, id, use, consent, subject, name_key, kana_key, other_key, reference_number, checked_at, check_way,
                                 medium, done_by, state, asked, eligibility, chosen, chosen_at, chosen_by, validity)
             SELECT $2, id, use, NULLIF(consent, consent), subject, name_key, kana_key, other_key, NULLIF(reference_number, reference_number),
                    checked_at, check_way, medium, done_by, state, asked, eligibility, chosen, chosen_at, chosen_by, validity
             FROM checks WHERE institution = $1 ON CONFLICT (institution, id) DO NOTHING",
        ),
    ),
    (
        "later_checks",
        Fate::Followed(
            Item::History,
            "INSERT INTO later_checks (institution, id, outcome, done_at, done_by, reason, later_check, later_consent)
             SELECT $2, id, outcome, done_at, done_by, reason, later_check, NULLIF(later_consent, later_consent)
             FROM later_checks WHERE institution = $1 ON CONFLICT (institution, id) DO NOTHING",
        ),
    ),
    ("openings", Fate::Stays("opened for the former code, which hands its reports in")),
    ("opening_searches", Fate::Stays("of an opening of the former code")),
    ("opening_views", Fate::Stays("of an opening of the former code")),
    ("bulk_checks", Fate::Stays("files that were asked under the former code; their checks follow")),
    ("bulk_check_rows", Fate::Stays("lines of those files")),
    ("bedside_checks", Fate::Stays("at which device and by whose press it was, with what the card signed; consents and checks follow")),
    ("devices", Fate::Stays("registered with a code of the former code: each is registered anew")),
    ("device_passkeys", Fate::Stays("go with their devices")),
    ("houses", Fate::Stays("which institutions share devices is said anew")),
    ("grants", Fate::Stays("what the former code was let see, and let see: given anew")),
    ("institutions", Fate::Anew),
    ("reception_urls", Fate::Anew),
    (
        "posted_texts",
        Fate::Followed(
            Item::Settings,
            "INSERT INTO posted_texts (institution, fee, place, body, written_by, written_at)
             SELECT $2, fee, place, body, written_by, written_at FROM posted_texts WHERE institution = $1 ON CONFLICT (institution, fee, place) DO NOTHING",
        ),
    ),
    (
        "security_answers",
        Fate::Followed(
            Item::Settings,
            "INSERT INTO security_answers (institution, year, question, reply, due, note, answered_by, answered_at)
             SELECT $2, year, question, reply, due, note, answered_by, answered_at
             FROM security_answers WHERE institution = $1 ON CONFLICT (institution, year, question) DO NOTHING",
        ),
    ),
    ("desks", Fate::InSteps(Item::SupportDesks)),
    ("settings", Fate::Anew),
    ("terms_confirmed", Fate::Stays("terms are confirmed anew")),
    ("maintenance", Fate::Stays("windows of the former lines")),
    ("reference_numbers", Fate::Stays("numbers are registered anew under the new code, from a file (OT-21)")),
    ("reference_events", Fate::Stays("what happened to those numbers")),
    ("sent_results", Fate::Stays("what left under the former code")),
    ("hand_overs", Fate::InSteps(Item::History)),
    ("api_tokens", Fate::Stays("bound to accounts of the former code: made anew")),
    ("link_results", Fate::Stays("what programs were told of under the former code")),
    ("enquiries", Fate::Stays("what was asked under the former code")),
    ("operation_seen", Fate::Stays("lights of the former terminals")),
    ("applicants", Fate::Stays("who applied for the former code")),
    ("sheets", Fate::Stays("papers of the former accounts")),
    ("notices", Fate::Stays("news to the people of the former code")),
    ("notice_reads", Fate::Stays("who has read them")),
    ("restarts", Fate::Stays("of the day")),
    ("setup_ticks", Fate::Stays("the new code is set up step by step")),
    ("passkeys", Fate::Stays("bound to the former code: each person registers anew at the first login")),
    ("totps", Fate::Stays("sealed for the former code: each person registers anew")),
    ("recovery_codes", Fate::Stays("go with the second factors of the former code")),
    ("login_steps", Fate::Stays("logins that were not whole")),
    ("certificates", Fate::Stays("terminals get certificates of the new code")),
    ("certificate_modes", Fate::Stays("whether certificates are asked for is set anew")),
    ("certificate_authorities", Fate::Stays("vouch for the terminals of the former code")),
    ("codes", Fate::Stays("activation codes and devices end with the code (P-SUCC)")),
    ("sessions", Fate::Stays("all log in anew")),
    ("answers", Fate::Stays("answers to presses of before")),
    ("known_places", Fate::Stays("places are known again after the first login")),
    ("repeated_refusals", Fate::Stays("counted for the log of the former code")),
    ("audit", Fate::Stays("the log of the former code, which nothing may change")),
    ("audit_chain", Fate::Stays("the chain of that log")),
    ("month_checks", Fate::Stays("the evidence of the former code; new checks count for the new one")),
    ("coverage_changes", Fate::Stays("changes that were found under the former code")),
    ("shown_ends", Fate::Stays("seen again at the next visit")),
    ("relation_ends", Fate::Stays("of consents that end with the former code")),
    ("subsidy_papers", Fate::Stays("read for results of the former code")),
    ("aid_months", Fate::Stays("tickets that name the former code")),
    ("aid_fetches", Fate::Stays("what was fetched for the former code")),
    ("register_people", Fate::Stays("files that name the former code: imported anew")),
    ("bulk_runs", Fate::Stays("work of the former code")),
    ("day_visits", Fate::Stays("lists of days under the former code")),
    ("claims_closed", Fate::Stays("the former code's claims")),
    ("successions", Fate::Stays("what became of the former code")),
];

/// An account that had a second factor follows stopped: its password alone, with which anyone could register a factor of their own, opens
/// nothing until the operator or its admin lets it in again.
///
/// The accounts that follow even where accounts were not chosen: `$1` the former code, `$2` the new one.
pub const ADMINS: &str =
    "INSERT INTO accounts (institution, user_id, name, kind, password_hash, must_change_password, valid_from, valid_until,
                          kana, suspended_at, last_login_at, unlocked_at)
     SELECT $2, user_id, name, kind, password_hash, must_change_password, valid_from, valid_until, kana,
            COALESCE(suspended_at, factor_since), last_login_at, unlocked_at
     FROM accounts WHERE institution = $1 AND kind IN ('admin', 'master') ON CONFLICT (institution, user_id) DO NOTHING";

/// A change of a code as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The former code.
    pub institution: InstitutionCode,
    /// When the operator started it.
    pub started_at: UnixMs,
    /// What the admin sees of it.
    pub change: CodeChange,
    /// Called off by the operator.
    pub cancelled_at: Option<UnixMs>,
}

fn read(row: &Row<'_>) -> Result<Record, StoreError> {
    let items = row.get::<Option<String>>("items")?.map(|text| serde_json::from_str(&text)).transpose();
    Ok(Record {
        institution: code_of(&row.get::<String>("institution")?)?,
        started_at: row.instant("started_at")?,
        cancelled_at: row.maybe_instant("cancelled_at")?,
        change: CodeChange {
            new_code: code_of(&row.get::<String>("new_code")?)?,
            from: CivilDate::try_from(row.get::<String>("from_day")?.as_str()).map_err(|_| StoreError::Damaged("day"))?,
            reason: Reason::of_letter(&row.get::<String>("reason")?).ok_or(StoreError::Damaged("reason"))?,
            items: items.map_err(|_| StoreError::Damaged("items of a succession"))?,
            chosen_at: row.maybe_instant("chosen_at")?,
            done_at: row.maybe_instant("done_at")?,
        },
    })
}

/// Adds one; false when one was started at the same instant. The caller has seen that no other is open, and that the new code is free.
///
/// # Errors
/// What the database says; so for every function here.
pub fn add(tx: &mut Tx<'_>, tenant: &Tenant, new: &CodeChange, at: UnixMs) -> Result<bool, StoreError> {
    let added = tx.execute(
        "INSERT INTO successions (institution, started_at, new_code, from_day, reason) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (institution, started_at) DO NOTHING",
        values![tenant, at, &new.new_code, &new.from.to_string(), new.reason.letter()],
    )?;
    Ok(added == 1)
}

/// True when a change to this code is planned or done, of whichever institution.
pub fn is_planned_to(tx: &mut Tx<'_>, new_code: &InstitutionCode) -> Result<bool, StoreError> {
    let sql = "SELECT institution FROM successions WHERE new_code = $1 AND cancelled_at IS NULL";
    Ok(tx.row(sql, values![new_code], |row| row.get::<String>("institution"))?.is_some())
}

/// The last change of an institution's code that was not called off.
pub fn last(tx: &mut Tx<'_>, tenant: &Tenant) -> Result<Option<Record>, StoreError> {
    tx.row(
        "SELECT institution, started_at, new_code, from_day, reason, items, chosen_at, cancelled_at, done_at FROM successions
         WHERE institution = $1 AND cancelled_at IS NULL ORDER BY started_at DESC LIMIT 1",
        values![tenant],
        read,
    )
}

/// All changes over all institutions, the newest first.
pub fn all(tx: &mut Tx<'_>) -> Result<Vec<Record>, StoreError> {
    tx.rows(
        "SELECT institution, started_at, new_code, from_day, reason, items, chosen_at, cancelled_at, done_at FROM successions
         ORDER BY started_at DESC, institution",
        values![],
        read,
    )
}

/// The open changes whose day has come, over all institutions.
pub fn due(tx: &mut Tx<'_>, today: CivilDate) -> Result<Vec<Record>, StoreError> {
    tx.rows(
        "SELECT institution, started_at, new_code, from_day, reason, items, chosen_at, cancelled_at, done_at FROM successions
         WHERE cancelled_at IS NULL AND done_at IS NULL AND from_day <= $1 ORDER BY from_day, institution",
        values![&today.to_string()],
        read,
    )
}

/// Keeps what follows.
pub fn choose(tx: &mut Tx<'_>, tenant: &Tenant, items: &[Item], by: &UserId, at: UnixMs) -> Result<bool, StoreError> {
    let items = serde_json::to_string(items).map_err(|_| StoreError::Damaged("items of a succession"))?;
    let kept = tx.execute(
        "UPDATE successions SET items = $1, chosen_by = $2, chosen_at = $3
         WHERE institution = $4 AND cancelled_at IS NULL AND done_at IS NULL",
        values![&items, by, at, tenant],
    )?;
    Ok(kept == 1)
}

/// Calls the open one off; false when there is none.
pub fn cancel(tx: &mut Tx<'_>, tenant: &Tenant, at: UnixMs) -> Result<bool, StoreError> {
    let sql = "UPDATE successions SET cancelled_at = $1 WHERE institution = $2 AND cancelled_at IS NULL AND done_at IS NULL";
    Ok(tx.execute(sql, values![at, tenant])? == 1)
}

/// Notes that it is done.
pub fn finish(tx: &mut Tx<'_>, tenant: &Tenant, at: UnixMs) -> Result<(), StoreError> {
    let sql = "UPDATE successions SET done_at = $1 WHERE institution = $2 AND cancelled_at IS NULL AND done_at IS NULL";
    tx.execute(sql, values![at, tenant]).map(|_| ())
}

/// Runs a statement of [`TABLES`].
pub fn follow(tx: &mut Tx<'_>, sql: &'static str, former: &Tenant, new: &InstitutionCode) -> Result<u64, StoreError> {
    tx.execute(sql, values![former, new])
}

/// Ends the institution's code: from now on it is only read. All its URLs, activation codes and logins end with it.
pub fn close(tx: &mut Tx<'_>, tenant: &Tenant, at: UnixMs) -> Result<(), StoreError> {
    tx.execute("UPDATE institutions SET closed_at = $1 WHERE code = $2 AND closed_at IS NULL", values![at, tenant])?;
    tx.execute(
        "UPDATE reception_urls SET token = NULL, retired_at = $1 WHERE institution = $2 AND retired_at IS NULL",
        values![at, tenant],
    )?;
    tx.execute("UPDATE codes SET invalidated_at = $1 WHERE institution = $2 AND invalidated_at IS NULL", values![at, tenant])?;
    tx.execute("DELETE FROM sessions WHERE institution = $1", values![tenant]).map(|_| ())
}

/// Copies a support desk of the institution's own; nothing when it is there already.
pub fn copy_desk(tx: &mut Tx<'_>, former: &Tenant, of: &DeskId, new: &InstitutionCode, to: &DeskId) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO desks (id, institution, format, content, changed_at, changed_by)
         SELECT $1, $2, format, content, changed_at, changed_by FROM desks WHERE id = $3 AND institution = $4 ON CONFLICT (id) DO NOTHING",
        values![to.as_str(), new, of.as_str(), former],
    )
    .map(|_| ())
}

/// The next finished visits of the former code behind an id: consent, visit, when.
pub fn finished(tx: &mut Tx<'_>, former: &Tenant, after: &str, most: u32) -> Result<Vec<(ConsentId, VisitId, UnixMs)>, StoreError> {
    let damaged = || StoreError::Damaged("id");
    tx.rows(
        "SELECT id, visit, consented_at FROM consents WHERE institution = $1 AND id > $2 ORDER BY id LIMIT $3",
        values![former, after, most],
        |row| {
            let consent = ConsentId::parse(&row.get::<String>("id")?).ok_or_else(damaged)?;
            let visit = VisitId::parse(&row.get::<String>("visit")?).ok_or_else(damaged)?;
            Ok((consent, visit, row.instant("consented_at")?))
        },
    )
}

/// Copies a visit under the new code; nothing when it is there already.
pub fn copy_visit(tx: &mut Tx<'_>, former: &Tenant, of: &VisitId, new: &InstitutionCode, to: &VisitId) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO visits (id, institution, use, key_sha256, choices, notice_version, language, opened_at, expires_at, done_at, left_at,
                             result, check_way, medium)
         SELECT $1, $2, use, key_sha256, choices, notice_version, language, opened_at, expires_at, done_at,
                coalesce(left_at, done_at), NULL, check_way, medium
         FROM visits WHERE id = $3 AND institution = $4 ON CONFLICT (id) DO NOTHING",
        values![to, new, of, former],
    )
    .map(|_| ())
}

/// A consent to copy as a record of what was checked.
pub struct Copied<'a> {
    /// Of the former code.
    pub of: &'a ConsentId,
    /// Its new id.
    pub to: &'a ConsentId,
    /// The new id of its visit.
    pub visit: &'a VisitId,
    /// It ends here at the latest: consents do not follow.
    pub ended_at: UnixMs,
    /// Its 照会番号 comes along.
    pub has_reference_number: bool,
}

/// Copies a consent under the new code, ended, with its result but without the proof, which names the former code.
pub fn copy_consent(tx: &mut Tx<'_>, former: &Tenant, new: &InstitutionCode, copied: &Copied<'_>) -> Result<(), StoreError> {
    let Copied { of, to, visit, ended_at, has_reference_number } = copied;
    tx.execute(
        "INSERT INTO consents (id, institution, use, visit, subject, name_key, kana_key, other_key, reference_number, items, consented_at,
                               expires_at, replaced_at, ended_why, booked_on, receipt, check_way, medium, insurance_key)
         SELECT $1, $2, use, $3, subject, name_key, kana_key, other_key, CASE WHEN $4 THEN reference_number ELSE NULL END, items,
                consented_at, CASE WHEN expires_at < $5 THEN expires_at ELSE $5 END, replaced_at, ended_why, booked_on, receipt,
                check_way, medium, insurance_key
         FROM consents WHERE id = $6 AND institution = $7 ON CONFLICT (id) DO NOTHING",
        values![*to, new, *visit, *has_reference_number, *ended_at, *of, former],
    )?;
    tx.execute(
        "INSERT INTO results (consent, checked_at, eligibility, chosen, chosen_at, chosen_by, validity)
         SELECT $1, checked_at, eligibility, chosen, chosen_at, chosen_by, validity FROM results
         WHERE consent IN (SELECT id FROM consents WHERE id = $2 AND institution = $3) ON CONFLICT (consent) DO NOTHING",
        values![*to, *of, former],
    )?;
    // What had left under the former code is not unsent under the new one.
    tx.execute(
        "INSERT INTO hand_overs (institution, consent, way, state, at, file, reason)
         SELECT $1, $2, way, 'received', at, NULL, NULL FROM hand_overs
         WHERE institution = $3 AND consent = $4 AND state IN ('written', 'received') ON CONFLICT (institution, consent, way) DO NOTHING",
        values![new, *to, former, *of],
    )
    .map(|_| ())
}
