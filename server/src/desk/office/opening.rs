//! OT-17 災害・障害時.

use std::sync::Arc;

use shared::api::Code;
use shared::api::file::SavedFile;
use shared::api::opening::{
    self as api, CANDIDATES_MAX, CandidateRow, Found, HandIn, OPENINGS_MAX, OpenedView, OpeningRow, OpeningSearch, OpeningsShown, Report,
    ViewAsked,
};
use shared::domain::calendar::UnixMs;
use shared::domain::check::{CheckState, CheckWay, Medium};
use shared::domain::consent::{Choice, Choices};
use shared::domain::opening::OpeningKind;

use super::answered;
use crate::app::App;
use crate::call::{Call, Reply, Serve, Staff};
use crate::consent::without_refused;
use crate::eligibility::Registry;
use crate::eligibility::asked::{Candidate, InsuranceAsked, PersonAsked};
use crate::export::opening::csv;
use crate::refused::Refused;
use crate::rule::answer::once;
use crate::rule::opening::{self as rule, HandedIn, Living};
use crate::rule::requery::of_house;
use crate::store::opening::{self as store, SearchNote, ViewNote};
use crate::store::{AuditEntry, CheckId, CheckRecord, OpeningId};
use crate::tenant::Tenant;

/// The endpoints of these screens, by their handlers.
pub(super) fn serve<S: Serve>(gate: S) -> S {
    gate.on(list).on(open).on(close).on(hand_in).on(report).on(report_file).on(search).on(view)
}

fn not_there() -> Refused {
    Refused::new(Code::NotFound)
}

fn id_of(part: &str) -> Result<OpeningId, Refused> {
    OpeningId::parse(part).ok_or_else(not_there)
}

async fn list(app: Arc<App>, call: Call<api::Openings, Staff>) -> Result<Reply<OpeningsShown>, Refused> {
    let (tenant, now) = (call.right.tenant, call.now);
    let rows = app.db.read(move |tx| store::list(tx, &tenant, OPENINGS_MAX)).await?;
    Ok(Reply::Json(OpeningsShown { rows, now }))
}

async fn open(app: Arc<App>, call: Call<api::OpenOpening, Staff>) -> Result<Reply<OpeningRow>, Refused> {
    let (trail, press, now) = (call.trail(), call.press()?, call.now);
    let (Staff { found, tenant }, of) = (call.right, call.body);
    let id = OpeningId::new(now, app.random.bytes()?);
    let (by, entry) = (found.account.user, trail.ok(Some(id.as_str())));
    let answer =
        app.db.write(move |tx| once(tx, &tenant, &press, |tx| Ok(rule::open(tx, &tenant, &id, &of, &by, &entry)?.ok_or(Code::Request))));
    answered(answer.await?)
}

async fn close(app: Arc<App>, call: Call<api::CloseOpening, Staff>) -> Result<Reply<OpeningRow>, Refused> {
    let (trail, press) = (call.trail(), call.press()?);
    let id = id_of(call.path.opening.as_str())?;
    let Staff { found, tenant } = call.right;
    let (by, entry) = (found.account.user, trail.ok(Some(id.as_str())));
    let answer =
        app.db.write(move |tx| once(tx, &tenant, &press, |tx| Ok(rule::close(tx, &tenant, &id, &by, &entry)?.ok_or(Code::NotFound))));
    answered(answer.await?)
}

async fn hand_in(app: Arc<App>, call: Call<api::HandInReport, Staff>) -> Result<Reply<OpeningRow>, Refused> {
    let (trail, press) = (call.trail(), call.press()?);
    let id = id_of(call.path.opening.as_str())?;
    let (Staff { found, tenant }, how): (Staff, HandIn) = (call.right, call.body);
    let (by, entry) = (found.account.user, trail.ok(Some(id.as_str())));
    let answer = app.db.write(move |tx| {
        once(tx, &tenant, &press, |tx| {
            Ok(match rule::hand_in(tx, &tenant, &id, &how, &by, &entry)? {
                HandedIn::Done(row) => Ok(*row),
                HandedIn::NotYet => Err(Code::Request),
                HandedIn::NotThere => Err(Code::NotFound),
            })
        })
    });
    answered(answer.await?)
}

async fn made(app: &App, tenant: Tenant, id: OpeningId, entry: AuditEntry) -> Result<Report, Refused> {
    app.db.write(move |tx| rule::report(tx, &tenant, &id, &entry)).await?.ok_or_else(not_there)
}

async fn report(app: Arc<App>, call: Call<api::UseReport, Staff>) -> Result<Reply<Report>, Refused> {
    let trail = call.trail();
    let id = id_of(call.path.opening.as_str())?;
    let entry = trail.ok(Some(id.as_str()));
    Ok(Reply::Json(made(&app, call.right.tenant, id, entry).await?))
}

async fn report_file(app: Arc<App>, call: Call<api::UseReportFile, Staff>) -> Result<Reply<SavedFile>, Refused> {
    let trail = call.trail();
    let id = id_of(call.path.opening.as_str())?;
    let entry = trail.ok(Some(id.as_str()));
    let report = made(&app, call.right.tenant, id, entry).await?;
    let name = format!("uketsuke-opening-{}.csv", report.row.opening.from.jst_date().packed());
    Ok(Reply::Json(SavedFile::whole(name, csv(&report), usize::try_from(report.searches).unwrap_or(usize::MAX))))
}

/// Everybody whom a search fits, with the key that names them in it. The register's way for an opening: it is asked also while the usual
/// one is silent.
fn fitting(registry: &dyn Registry, search: &OpeningSearch, now: UnixMs) -> Vec<(String, Candidate)> {
    let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let found = match search {
        OpeningSearch::Paper { insurance, birth_date } => registry.insured(
            &InsuranceAsked {
                insurer_number: insurance.insurer_number.as_str().to_owned(),
                symbol: text(insurance.symbol.as_str()),
                member_number: insurance.member_number.as_str().to_owned(),
                branch_number: text(insurance.branch_number.as_str()),
                birth_date: *birth_date,
            },
            now,
        ),
        OpeningSearch::Person(person) => registry.persons(
            &PersonAsked {
                kana: person.kana.as_str().to_owned(),
                birth_date: person.birth_date,
                sex: person.sex,
                address: person.address.as_str().to_owned(),
            },
            now,
        ),
    };
    found.into_iter().map(|one| (crate::hex(&crate::sha256(format!("candidate {}", one.subject).as_bytes())), one)).collect()
}

async fn look(app: &App, tenant: &Tenant, id: &OpeningId, now: UnixMs) -> Result<OpeningRow, Refused> {
    let (tenant, id) = (tenant.clone(), id.clone());
    match app.db.read(move |tx| rule::living(tx, &tenant, &id, now)).await? {
        Living::Yes(row) => Ok(*row),
        Living::No => Err(Refused::new(Code::Opening)),
        Living::NotThere => Err(not_there()),
    }
}

async fn search(app: Arc<App>, call: Call<api::SearchInOpening, Staff>) -> Result<Reply<Found>, Refused> {
    let (trail, now) = (call.trail(), call.now);
    let id = id_of(call.path.opening.as_str())?;
    let (Staff { found, tenant }, search) = (call.right, call.body);
    look(&app, &tenant, &id, now).await?;
    if !search.is_whole() {
        return Err(Refused::new(Code::Request));
    }
    let fitting = fitting(&*app.registers.asked_by(&app.db, &tenant).await?, &search, now);
    let form = match search {
        OpeningSearch::Paper { .. } => "paper",
        OpeningSearch::Person(_) => "person",
    };
    let entry = trail.ok(Some(id.as_str()));
    let note = SearchNote {
        id: CheckId::new(now, app.random.bytes()?),
        opening: id,
        at: now,
        by: found.account.user,
        form,
        found: u32::try_from(fitting.len()).unwrap_or(u32::MAX),
    };
    // On the record before anybody is shown.
    if !app.db.write(move |tx| rule::note_search(tx, &tenant, &note, &entry)).await? {
        return Err(Refused::new(Code::Opening));
    }
    let is_more = fitting.len() > CANDIDATES_MAX;
    let candidates = fitting.into_iter().take(CANDIDATES_MAX).filter_map(|(key, one)| {
        let address = one.eligibility.coverages.iter().find_map(|coverage| coverage.address.clone());
        one.eligibility.person.map(|person| CandidateRow { key, person, address })
    });
    Ok(Reply::Json(Found { candidates: candidates.collect(), is_more }))
}

async fn view(app: Arc<App>, call: Call<api::ViewInOpening, Staff>) -> Result<Reply<OpenedView>, Refused> {
    let (trail, press, now) = (call.trail(), call.press()?, call.now);
    let id = id_of(call.path.opening.as_str())?;
    let (Staff { found, tenant }, ViewAsked { search, key, ground }) = (call.right, call.body);
    let row = look(&app, &tenant, &id, now).await?;
    let kind = row.opening.kind;
    if !search.is_whole() || !rule::is_ground(kind, ground.as_ref(), now) {
        return Err(Refused::new(Code::Request));
    }
    let (_, one) = fitting(&*app.registers.asked_by(&app.db, &tenant).await?, &search, now)
        .into_iter()
        .find(|(of, _)| *of == key)
        .ok_or_else(not_there)?;
    // Nobody consents in a failure: what wants a consent is not shown.
    let (check_way, eligibility) = match kind {
        OpeningKind::Disaster => (CheckWay::Disaster, one.eligibility),
        OpeningKind::Outage => (CheckWay::Outage, without_refused(one.eligibility, &Choices::all(Choice::Refuse))),
    };
    let check = CheckId::new(now, app.random.bytes()?);
    let by = found.account.user;
    let medium = if matches!(search, OpeningSearch::Paper { .. }) { Medium::Paper } else { Medium::Nothing };
    let record = CheckRecord {
        id: check.clone(),
        visit_kind: None,
        consent: None,
        subject: one.subject,
        reference_number: None,
        check_way,
        medium,
        done_by: Some(by.clone()),
        state: CheckState::Provisional,
        asked: None,
        eligibility: eligibility.clone(),
        chosen: None,
    };
    let note = ViewNote { id: check.clone(), opening: id, at: now, by: by.clone(), ground: ground.clone() };
    let entry = trail.ok(Some(check.as_str()));
    let opened = OpenedView {
        check: check.as_str().to_owned(),
        kind,
        eligibility,
        ground,
        viewer: (by, found.account.name),
        at: now,
        until: row.ends_at(),
    };
    let answer = app.db.write(move |tx| {
        once(tx, &tenant, &press, |tx| {
            let eligibility = of_house(tx, &tenant, opened.eligibility.clone())?;
            let record = CheckRecord { eligibility: eligibility.clone(), ..record.clone() };
            let is_kept = rule::view(tx, &tenant, &note, &record, &entry)?;
            Ok(if is_kept { Ok(OpenedView { eligibility, ..opened.clone() }) } else { Err(Code::Opening) })
        })
    });
    answered(answer.await?)
}
