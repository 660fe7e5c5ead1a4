//! OT-12 and OT-13: checks by number, and the history of all checks.

use std::sync::Arc;

use shared::api::Code;
use shared::api::check::{
    self as api, CHECK_DAYS_MAX, CHECK_FILE_ROWS, CHECK_PAGE_ROWS, CandidateRow, CheckAnswer, CheckDetails, CheckPage, CheckRow,
    CheckSearch, NumberCheck,
};
use shared::api::file::SavedFile;
use shared::api::office::{ChosenCoverage, CoverageChoice};
use shared::domain::account::UserId;
use shared::domain::asked::AskedOf;
use shared::domain::calendar::UnixMs;
use shared::right::{Act, is_of_limited};

use super::later::sees_openings;
use super::{CONDITION_MAX, answered, record};
use crate::app::App;
use crate::call::{Call, Reply, Serve, Staff};
use crate::consent::search_key;
use crate::eligibility::RegistryLook;
use crate::eligibility::asked::{Candidate, InsuranceAsked};
use crate::export::checks::csv;
use crate::refused::Refused;
use crate::rule::answer::{before, once};
use crate::rule::check::{self as rule, Chosen, Found, candidate_key, insurance};
use crate::rule::later;
use crate::store::check::history::{self, History, HistoryQuery, HistoryRow};
use crate::store::{CheckId, CheckRecord, read_asked};
use crate::tenant::Tenant;

/// The endpoints of these screens, by their handlers.
pub(super) fn serve<S: Serve>(gate: S) -> S {
    gate.on(by_number).on(search).on(save).on(detail).on(choose)
}

async fn by_number(app: Arc<App>, call: Call<api::CheckByNumber, Staff>) -> Result<Reply<CheckAnswer>, Refused> {
    let (trail, press, now) = (call.trail(), call.press()?, call.now);
    let (Staff { found: staff, tenant }, NumberCheck { asked, chosen }) = (call.right, call.body);
    // DA-13: what an institution does at the device is asked for there (Q28).
    let is_at_device = staff.session.device.is_some();
    if is_at_device && staff.institution.is_limited() && !is_of_limited(Act::CheckAtBedside) {
        return Err(Refused::new(Code::Forbidden));
    }
    if !asked.is_whole() || asked.of == AskedOf::Bulk {
        return Err(Refused::new(Code::Request));
    }
    let (whose, pressed) = (tenant.clone(), press.clone());
    if let Some(known) = app.db.read(move |tx| before(tx, &whose, &pressed)).await? {
        return answered(known);
    }
    let of = insurance(&asked);
    let registry = app.registers.asked_by(&app.db, &tenant).await?;
    let candidates = registry.insured(&of, now);
    // X34: silence is no answer, least of all that there is nobody.
    if registry.look() == RegistryLook::Silent {
        return Err(Refused::new(Code::X34));
    }
    let found = match rule::found(candidates, chosen.as_deref()) {
        Found::One(found) => found,
        Found::Several(several) => {
            record(&app, trail.ok(None)).await?;
            return Ok(Reply::Json(CheckAnswer::Several(several.iter().map(|one| candidate_row(one, &of)).collect())));
        }
        Found::NotAmong => return Err(Refused::new(Code::NotFound)),
    };
    let id = CheckId::new(now, app.random.bytes()?);
    let entry = trail.ok(Some(id.as_str()));
    let record = rule::record(id, &asked, found, Some(staff.account.user), now)?;
    let answer = app.db.write(move |tx| {
        once(tx, &tenant, &press, |tx| {
            let kept = rule::keep(tx, &tenant, record.clone(), &entry)?;
            Ok(Ok(CheckAnswer::Made(Box::new(details_of(kept)))))
        })
    });
    answered(answer.await?)
}

fn candidate_row(candidate: &Candidate, asked: &InsuranceAsked) -> CandidateRow {
    let person = candidate.eligibility.person.clone();
    let fits = |person: &shared::domain::person::Person| {
        candidate
            .eligibility
            .coverages
            .iter()
            .find(|coverage| asked.fits(person, coverage))
            .and_then(|coverage| coverage.branch_number.clone())
    };
    CandidateRow { key: candidate_key(candidate), branch_number: person.as_ref().and_then(fits), person }
}

/// Reads the conditions of a search.
fn query_of(search: &CheckSearch, rows: u32, sees_openings: bool) -> Option<HistoryQuery> {
    let is_too_far = search.from.plus_days(CHECK_DAYS_MAX) <= search.to;
    let is_long = search.name_prefix.chars().count() > CONDITION_MAX;
    if search.from > search.to || is_too_far || is_long {
        return None;
    }
    let user = match search.user.as_str() {
        "" => None,
        user => Some(UserId::try_from(user).ok()?),
    };
    let after = match &search.after {
        None => None,
        Some(text) => Some(key_of(text)?),
    };
    Some(HistoryQuery {
        from: search.from.at_jst(0, 0),
        to: search.to.plus_days(1).at_jst(0, 0),
        name_key: search_key(&search.name_prefix),
        way: search.way,
        medium: search.medium,
        user,
        validity: search.validity,
        state: search.state,
        sees_openings,
        after,
        rows,
    })
}

fn key_of(text: &str) -> Option<history::Key> {
    let (at, id) = text.split_once('.')?;
    // A consent's id has the same form.
    Some((UnixMs(at.parse().ok()?), CheckId::parse(id)?.as_str().to_owned()))
}

async fn search(app: Arc<App>, call: Call<api::SearchChecks, Staff>) -> Result<Reply<CheckPage>, Refused> {
    let (entry, now) = (call.trail().ok(None), call.now);
    let (Staff { found, tenant }, search) = (call.right, call.body);
    let query = query_of(&search, CHECK_PAGE_ROWS, sees_openings(found.account.kind, now)).ok_or_else(|| Refused::new(Code::Request))?;
    let History { rows, damaged, next, is_cut } = app.db.search(move |tx| history::list(tx, &tenant, &query)).await?;
    record(&app, entry).await?;
    let next = next.map(|(at, id)| format!("{}.{id}", at.0));
    Ok(Reply::Json(CheckPage { rows: rows.into_iter().map(row_of).collect(), damaged, next, is_cut, now }))
}

async fn save(app: Arc<App>, call: Call<api::SaveChecks, Staff>) -> Result<Reply<SavedFile>, Refused> {
    let (entry, now) = (call.trail().ok(None), call.now);
    let (Staff { found, tenant }, search) = (call.right, call.body);
    let sees = sees_openings(found.account.kind, now);
    let rows = all(&app, &tenant, &CheckSearch { after: None, ..search.clone() }, sees).await?;
    record(&app, entry).await?;
    let name = format!("uketsuke-checks-{}-{}.csv", search.from.packed(), search.to.packed());
    Ok(Reply::Json(SavedFile::whole(name, csv(&rows), rows.len())))
}

/// Every row of a search, page by page, so that no other reading waits for it; who was seen in an opening only where `sees`.
pub(super) async fn all(app: &App, tenant: &Tenant, search: &CheckSearch, sees: bool) -> Result<Vec<HistoryRow>, Refused> {
    let mut query = query_of(search, 500, sees).ok_or_else(|| Refused::new(Code::Request))?;
    let mut rows = Vec::new();
    loop {
        let (asked, of) = (query.clone(), tenant.clone());
        let page = app.db.search(move |tx| history::list(tx, &of, &asked)).await?;
        rows.extend(page.rows);
        if rows.len() > usize::try_from(CHECK_FILE_ROWS).unwrap_or(usize::MAX) {
            return Err(Refused::new(Code::Request));
        }
        match page.next {
            Some(next) => query.after = Some(next),
            None => return Ok(rows),
        }
    }
}

async fn detail(app: Arc<App>, call: Call<api::CheckDetail, Staff>) -> Result<Reply<CheckDetails>, Refused> {
    let not_there = || Refused::new(Code::NotFound);
    let trail = call.trail();
    let id = CheckId::parse(call.path.check.as_str()).ok_or_else(not_there)?;
    let (Staff { found, tenant }, of, now) = (call.right, id.clone(), call.now);
    let sees = sees_openings(found.account.kind, now);
    let found = app.db.read(move |tx| later::shown(tx, &tenant, &of, sees, now)).await?.ok_or_else(not_there)?;
    record(&app, trail.ok(Some(id.as_str()))).await?;
    Ok(Reply::Json(details_of(found)))
}

async fn choose(app: Arc<App>, call: Call<api::ChooseCheckCoverage, Staff>) -> Result<Reply<CheckDetails>, Refused> {
    let (trail, press, now) = (call.trail(), call.press()?, call.now);
    let (Staff { found, tenant }, CoverageChoice { coverage, shown }) = (call.right, call.body);
    let id = CheckId::parse(call.path.check.as_str()).ok_or_else(|| Refused::new(Code::NotFound))?;
    let sees = sees_openings(found.account.kind, now);
    let choice = ChosenCoverage { coverage, at: now, by: found.account.user };
    let entry = trail.ok(Some(id.as_str()));
    let answer = app.db.write(move |tx| {
        once(tx, &tenant, &press, |tx| {
            if later::shown(tx, &tenant, &id, sees, now)?.is_none() {
                return Ok(Err(Code::NotFound));
            }
            Ok(match rule::choose_coverage(tx, &tenant, &id, &choice, shown, &entry)? {
                Chosen::Kept(check) => Ok(details_of(later::shown(tx, &tenant, &check.id, sees, now)?.unwrap_or(*check))),
                Chosen::NotThere => Err(Code::NotFound),
                Chosen::NotOffered => Err(Code::Request),
            })
        })
    });
    answered(answer.await?)
}

fn details_of(record: CheckRecord) -> CheckDetails {
    CheckDetails {
        id: record.id.as_str().to_owned(),
        visit_kind: record.visit_kind,
        consent: record.consent.map(|id| id.as_str().to_owned()),
        check_way: record.check_way,
        medium: record.medium,
        done_by: record.done_by,
        state: record.state,
        asked: record.asked.as_deref().and_then(read_asked),
        reference_number: record.reference_number,
        eligibility: record.eligibility,
        chosen: record.chosen,
    }
}

fn row_of(row: HistoryRow) -> CheckRow {
    CheckRow {
        id: row.id,
        is_consent: row.is_consent,
        at: row.at,
        person: row.eligibility.person,
        visit_kind: row.visit_kind,
        check_way: row.check_way,
        medium: row.medium,
        done_by: row.done_by,
        validity: row.eligibility.validity,
        state: row.state,
    }
}
