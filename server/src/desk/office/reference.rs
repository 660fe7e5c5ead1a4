//! OT-21 照会番号管理, OT-20 結びつけの訂正, and what is known here of one person (OT-11).

use std::sync::Arc;

use shared::api::reference::{
    self as api, LinkCorrection, LinkHold, PERSON_ROWS, PersonCard, PersonFile, PersonsFound, REFERENCE_COLUMNS, REFERENCE_FILE_MAX,
    REFERENCE_FILE_ROWS, REFERENCE_PAGE_ROWS, ReferenceListed, ReferencePage, ReferenceReport, ReferencesDone, ResultHere,
};
use shared::api::{Code, Detail};
use shared::domain::calendar::UnixMs;
use shared::domain::reference::ReferenceFault;
use shared::domain::typed;
use shared::right::{Act, Right, may};

use super::{CONDITION_MAX, record};
use crate::app::App;
use crate::call::{Call, Reply, Serve, Staff};
use crate::consent::receipt_key;
use crate::export::audit::{BOM, line};
use crate::jobs::references;
use crate::refused::Refused;
use crate::roster::{self, Roster};
use crate::rule::answer::{Once, once};
use crate::rule::reference::{self as rule, By, Done, insurance_in, insurance_of_result};
use crate::store::check as store_check;
use crate::store::consent::person;
use crate::store::reference::{self as store, Kept, ReferenceQuery};
use crate::store::tx::Tx;
use crate::store::{CheckRecord, ConsentId, ConsentRecord, ReferenceId, StoreError};
use crate::tenant::Tenant;

/// The endpoints of these screens, by their handlers.
pub(super) fn serve<S: Serve>(gate: S) -> S {
    let gate = gate.on(person_here).on(set).on(hold).on(correct).on(find_person);
    gate.on(search).on(template).on(check).on(apply)
}

fn consent_id(text: &str) -> Result<ConsentId, Refused> {
    ConsentId::parse(text).ok_or_else(|| Refused::new(Code::NotFound))
}

fn others_id(text: Option<&String>) -> Result<Option<ConsentId>, Refused> {
    text.map(|text| consent_id(text)).transpose()
}

fn refused(why: ReferenceFault) -> Refused {
    Refused::new(Code::Reference).with(Detail::Reference(why))
}

/// What a press came to.
fn done(once: Once<(), Done>) -> Result<(), Refused> {
    match once {
        Once::Answer(()) => Ok(()),
        Once::OtherRequest => Err(Refused::new(Code::Request)),
        Once::Refused(Done::Refused(why)) => Err(refused(why)),
        Once::Refused(Done::Done | Done::NotThere) => Err(Refused::new(Code::NotFound)),
    }
}

fn kept(outcome: Done) -> Result<(), Done> {
    if outcome == Done::Done { Ok(()) } else { Err(outcome) }
}

/// Registers the numbers of these people at once; what gets no answer now is asked again by a job.
async fn send_now(app: &App, tenant: &Tenant, consents: Vec<ConsentId>, now: UnixMs) -> Result<(), StoreError> {
    let of = tenant.clone();
    let ids = app.db.read(move |tx| {
        let mut ids = Vec::new();
        for consent in &consents {
            let subject = person::subject_of(tx, &of, consent)?.unwrap_or_default();
            ids.extend(store::of_subject(tx, &of, &subject)?.map(|kept| kept.id));
        }
        Ok(ids)
    });
    let registry = app.registers.of_tenant(&app.db, tenant).await?;
    for id in ids.await? {
        references::send(&app.db, &**registry, tenant, &id, now).await?;
    }
    Ok(())
}

async fn person_here(app: Arc<App>, call: Call<api::PersonHere, Staff>) -> Result<Reply<PersonFile>, Refused> {
    let (trail, now) = (call.trail(), call.now);
    let (id, Staff { tenant, found }) = (consent_id(call.path.consent.as_str())?, call.right);
    let entry = trail.ok(Some(id.as_str()));
    let read = app.db.read(move |tx| {
        let Some(subject) = person::subject_of(tx, &tenant, &id)? else { return Ok(None) };
        let reference = store::of_subject(tx, &tenant, &subject)?;
        let changes = match &reference {
            Some(kept) => store::events(tx, &tenant, &kept.id)?,
            None => Vec::new(),
        };
        let consents = person::results_of(tx, &tenant, &subject, PERSON_ROWS + 1)?;
        let checks = store_check::of_subject(tx, &tenant, &subject, PERSON_ROWS + 1)?;
        let mut results: Vec<_> = consents.iter().map(result_here).chain(checks.iter().map(check_here)).collect();
        results.sort_by_key(|result| std::cmp::Reverse(result.at));
        Ok(Some((reference, changes, results, store::sent(tx, &tenant, &subject)?)))
    });
    let (reference, changes, results, sent) = read.await?.ok_or_else(|| Refused::new(Code::NotFound))?;
    record(&app, entry).await?;
    let rows = usize::try_from(PERSON_ROWS).unwrap_or(usize::MAX);
    let can = |act| may(found.account.kind, act) != Right::No;
    Ok(Reply::Json(PersonFile {
        reference: reference.as_ref().map(Kept::row),
        changes,
        has_more: results.len() > rows,
        results: results.into_iter().take(rows).collect(),
        sent,
        may_set: can(Act::RegisterReferenceNumbers),
        may_correct: can(Act::CorrectLink),
        now,
    }))
}

fn result_here(result: &ConsentRecord) -> ResultHere {
    ResultHere {
        consent: Some(result.id.as_str().to_owned()),
        at: result.consented_at,
        check_way: result.check_way,
        medium: result.medium,
        visit_kind: Some(result.visit_kind),
        validity: result.eligibility.validity,
        by: None,
        assist: result.occasion.assist,
        insurance: insurance_of_result(result).map(|insurance| insurance.line()).unwrap_or_default(),
    }
}

/// The same of a check that no consent's proof made.
fn check_here(check: &CheckRecord) -> ResultHere {
    ResultHere {
        consent: check.consent.as_ref().map(|id| id.as_str().to_owned()),
        at: check.eligibility.checked_at,
        check_way: check.check_way,
        medium: check.medium,
        visit_kind: check.visit_kind,
        validity: check.eligibility.validity,
        by: check.done_by.clone(),
        assist: None,
        insurance: insurance_in(&check.eligibility, check.chosen.as_ref().map(|chosen| chosen.coverage))
            .map(|insurance| insurance.line())
            .unwrap_or_default(),
    }
}

async fn set(app: Arc<App>, call: Call<api::SetReference, Staff>) -> Result<Reply<()>, Refused> {
    let (trail, press, now) = (call.trail(), call.press()?, call.now);
    let (id, Staff { tenant, found }, change) = (consent_id(call.path.consent.as_str())?, call.right, call.body);
    let (by, entry) = (By { user: found.account.user, at: now }, trail.ok(Some(id.as_str())));
    let (of, consent) = (tenant.clone(), id.clone());
    let rule = move |tx: &mut Tx<'_>| once(tx, &of, &press, |tx| Ok(kept(rule::set(tx, &of, &consent, &change, &by, &entry)?)));
    done(app.db.write(rule).await?)?;
    send_now(&app, &tenant, vec![id], now).await?;
    Ok(Reply::Json(()))
}

async fn hold(app: Arc<App>, call: Call<api::HoldLink, Staff>) -> Result<Reply<()>, Refused> {
    let (trail, press, now) = (call.trail(), call.press()?, call.now);
    let (id, Staff { tenant, found }) = (consent_id(call.path.consent.as_str())?, call.right);
    let LinkHold { is_wrong, others } = call.body;
    let others = others_id(others.as_ref())?;
    let (by, entry) = (By { user: found.account.user, at: now }, trail.ok(Some(id.as_str())));
    let rule = move |tx: &mut Tx<'_>| {
        once(tx, &tenant, &press, |tx| Ok(kept(rule::hold(tx, &tenant, &id, (is_wrong, others.as_ref()), &by, &entry)?)))
    };
    done(app.db.write(rule).await?)?;
    Ok(Reply::Json(()))
}

async fn correct(app: Arc<App>, call: Call<api::CorrectLink, Staff>) -> Result<Reply<()>, Refused> {
    let (trail, press, now) = (call.trail(), call.press()?, call.now);
    let (id, Staff { tenant, found }) = (consent_id(call.path.consent.as_str())?, call.right);
    let correction: LinkCorrection = call.body;
    let others = others_id(correction.others.as_ref())?;
    let (by, entry) = (By { user: found.account.user, at: now }, trail.ok(Some(id.as_str())));
    let (of, consent, other) = (tenant.clone(), id.clone(), others.clone());
    let rule = move |tx: &mut Tx<'_>| {
        once(tx, &of, &press, |tx| Ok(kept(rule::correct(tx, &of, &consent, (&correction, other.as_ref()), &by, &entry)?)))
    };
    done(app.db.write(rule).await?)?;
    send_now(&app, &tenant, [Some(id), others].into_iter().flatten().collect(), now).await?;
    Ok(Reply::Json(()))
}

async fn find_person(app: Arc<App>, call: Call<api::FindPerson, Staff>) -> Result<Reply<PersonsFound>, Refused> {
    let entry = call.trail().ok(None);
    let (tenant, asked) = (call.right.tenant, call.body.number);
    if asked.chars().count() > CONDITION_MAX || typed::number(&asked).is_empty() {
        return Err(Refused::new(Code::Request));
    }
    let (receipt, number) = (receipt_key(&asked), typed::number(&asked));
    let read = app.db.search(move |tx| {
        let mut subjects = Vec::new();
        for id in person::of_receipt(tx, &tenant, &receipt)? {
            subjects.extend(person::subject_of(tx, &tenant, &id)?);
        }
        subjects.extend(store::of_number(tx, &tenant, &number)?.map(|kept| kept.subject).filter(|subject| !subject.is_empty()));
        subjects.dedup();
        let mut newest = Vec::new();
        for subject in &subjects {
            newest.extend(person::results_of(tx, &tenant, subject, 1)?);
        }
        Ok(newest)
    });
    let people = read.await?.iter().map(card_of).collect();
    record(&app, entry).await?;
    Ok(Reply::Json(PersonsFound { people }))
}

fn card_of(result: &ConsentRecord) -> PersonCard {
    PersonCard {
        consent: result.id.as_str().to_owned(),
        person: result.person().cloned(),
        address: result.eligibility.coverages.first().and_then(|coverage| coverage.address.clone()),
        insurance: insurance_of_result(result).map(|insurance| insurance.line()).unwrap_or_default(),
        number: result.reference_number.clone(),
        at: result.consented_at,
    }
}

async fn search(app: Arc<App>, call: Call<api::SearchReferences, Staff>) -> Result<Reply<ReferencePage>, Refused> {
    let entry = call.trail().ok(None);
    let (tenant, asked) = (call.right.tenant, call.body);
    let after = asked.after.unwrap_or_default();
    if [&asked.number, &after].into_iter().any(|text| text.chars().count() > CONDITION_MAX) {
        return Err(Refused::new(Code::Request));
    }
    let number_key = typed::number(&asked.number);
    let query = ReferenceQuery { number_key, state: asked.state, only_held: asked.only_held, after, rows: REFERENCE_PAGE_ROWS + 1 };
    let read = app.db.search(move |tx| {
        let mut found = Vec::new();
        for kept in store::list(tx, &tenant, &query)? {
            let newest = person::results_of(tx, &tenant, &kept.subject, 1)?.pop();
            found.push((kept, newest));
        }
        Ok(found)
    });
    let mut found = read.await?;
    record(&app, entry).await?;
    let rows = usize::try_from(REFERENCE_PAGE_ROWS).unwrap_or(usize::MAX);
    let has_next = found.len() > rows;
    found.truncate(rows);
    let next = found.last().filter(|_| has_next).map(|(kept, _)| kept.id.clone());
    let rows = found.into_iter().map(|(kept, newest)| ReferenceListed {
        row: kept.row(),
        consent: newest.as_ref().map(|result| result.id.as_str().to_owned()),
        name: newest.as_ref().and_then(|result| result.person()).map(|person| person.name.clone()),
        insurance: kept.insurance.line(),
    });
    Ok(Reply::Json(ReferencePage { rows: rows.collect(), next }))
}

async fn template(_: Arc<App>, _: Call<api::ReferenceTemplate, Staff>) -> Result<Reply<()>, Refused> {
    let rows = [["00012", "99999900", "12-34", "5678", "01", ""], ["00013", "", "", "", "", "K7M2QX9A"]];
    let lines: String = rows.iter().map(|row| line(row)).collect();
    let bytes = format!("{BOM}{}{lines}", line(&REFERENCE_COLUMNS)).into_bytes();
    Ok(Reply::File { media_type: "text/csv; charset=utf-8", name: "uketsuke-references.csv".to_owned(), bytes })
}

fn read_file(bytes: &[u8]) -> Result<Roster, Refused> {
    let lines = roster::lines(bytes, &REFERENCE_COLUMNS, REFERENCE_FILE_ROWS, REFERENCE_FILE_MAX);
    lines.map(|lines| Roster { lines }).ok_or_else(|| refused(ReferenceFault::File))
}

async fn check(app: Arc<App>, call: Call<api::CheckReferences, Staff>) -> Result<Reply<ReferenceReport>, Refused> {
    let (tenant, file) = (call.right.tenant, read_file(&call.body.file.0)?);
    Ok(Reply::Json(app.db.search(move |tx| rule::check_file(tx, &tenant, &file)).await?))
}

async fn apply(app: Arc<App>, call: Call<api::ApplyReferences, Staff>) -> Result<Reply<ReferencesDone>, Refused> {
    let (trail, press, now) = (call.trail(), call.press()?, call.now);
    let (Staff { tenant, found }, file) = (call.right, read_file(&call.body.file.0)?);
    let mut ids = Vec::with_capacity(file.lines.len());
    for _ in &file.lines {
        ids.push(ReferenceId::new(now, app.random.bytes()?).as_str().to_owned());
    }
    let (by, entry) = (By { user: found.account.user, at: now }, trail.ok(None));
    let rule = move |tx: &mut Tx<'_>| once(tx, &tenant, &press, |tx| rule::apply_file(tx, &tenant, &file, &ids, &by, &entry));
    // They are registered by the job: a file may be long.
    match app.db.write(rule).await? {
        Once::Answer(done) => Ok(Reply::Json(done)),
        Once::OtherRequest => Err(Refused::new(Code::Request)),
        Once::Refused(why) => Err(refused(why)),
    }
}
