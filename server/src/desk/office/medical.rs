//! 医療情報閲覧 (OT-16) and 医療情報閲覧履歴照会 (OT-13).

use std::sync::Arc;

use shared::api::file::SavedFile;
use shared::api::medical::{self as api, Basis, MedicalPage, VIEW_FILE_ROWS, VIEW_PAGE_ROWS, ViewPage, ViewRow, ViewSearch};
use shared::api::{Code, Detail};
use shared::domain::account::{AccountKind, UserId};
use shared::domain::calendar::UnixMs;
use shared::domain::consent::ItemState;
use shared::domain::medical::{MedicalKind, MedicalSection};

use super::{CONDITION_MAX, record};
use crate::app::App;
use crate::audit::Trail;
use crate::call::{Call, Reply, Serve, Staff};
use crate::consent::search_key;
use crate::export::medical::csv;
use crate::medical::{Asked, Fault, Known, WAIT, ask};
use crate::refused::Refused;
use crate::rule::medical::{self as rule, Standing};
use crate::store::medical::{self as store, NewView, Under, ViewQuery, ViewRecord};
use crate::store::{CheckId, ConsentId, ConsentRecord, ViewId};

/// The endpoints of these screens, by their handlers.
pub(super) fn serve<S: Serve>(gate: S) -> S {
    gate.on(document).on(in_opening).on(search).on(save)
}

fn not_there() -> Refused {
    Refused::new(Code::NotFound)
}

/// The consent asked for is looked at twice: before the source is asked, and in the transaction that notes the view.
async fn document(app: Arc<App>, call: Call<api::MedicalDocument, Staff>) -> Result<Reply<MedicalPage>, Refused> {
    let (trail, now) = (call.trail(), call.now);
    let consent = ConsentId::parse(call.path.consent.as_str()).ok_or_else(not_there)?;
    let kind = MedicalKind::from_word(call.path.kind.as_str()).ok_or_else(not_there)?;
    // What the log says a row is about: which document under which consent.
    let about = format!("{} {}", consent.as_str(), kind.word());
    let Staff { found, tenant } = call.right;
    let (of, id) = (tenant.clone(), consent.clone());
    let standing = app.db.read(move |tx| rule::standing(tx, &of, &id, kind, now)).await?;
    let (_, subject) = open(&app, &trail, &about, standing).await?;
    let known = fetched(&app, &trail, found.standing.is_training, &about, Asked { subject: subject.clone(), kind, now }).await?;
    // As late as it is shown: what ended meanwhile stays closed.
    let at = app.clock.now();
    let id = ViewId::new(at, app.random.bytes()?);
    let by = found.account.user;
    let view = NewView { id, under: Under::Consent(consent), subject, kind, at, by: by.clone(), lines: known.lines() };
    let entry = trail.ok(Some(&about));
    let noted = app.db.write(move |tx| rule::note(tx, &tenant, &view, &entry)).await?;
    let (record, _) = open(&app, &trail, &about, noted).await?;
    let basis = Basis::Consent { visit_kind: record.visit_kind, consented_at: record.consented_at };
    let page = MedicalPage { basis, expires_at: record.expires_at, person: record.eligibility.person, ..page_of(kind, known, at, by) };
    Ok(Reply::Json(page))
}

/// The same in a disaster: the view of the person is looked at twice, too.
async fn in_opening(app: Arc<App>, call: Call<api::MedicalInOpening, Staff>) -> Result<Reply<MedicalPage>, Refused> {
    let (trail, now) = (call.trail(), call.now);
    let check = CheckId::parse(call.path.check.as_str()).ok_or_else(not_there)?;
    let kind = MedicalKind::from_word(call.path.kind.as_str()).ok_or_else(not_there)?;
    let about = format!("{} {}", check.as_str(), kind.word());
    let (Staff { found, tenant }, id) = (call.right, check.clone());
    let (of, by) = (tenant.clone(), found.account.user.clone());
    let seen = app.db.read(move |tx| crate::rule::opening::medical_view(tx, &of, &id, &by, now)).await?;
    let (subject, _) = seen.ok_or_else(not_there)?;
    let known = fetched(&app, &trail, found.standing.is_training, &about, Asked { subject: subject.clone(), kind, now }).await?;
    let at = app.clock.now();
    let id = ViewId::new(at, app.random.bytes()?);
    let by = found.account.user;
    let view = NewView { id, under: Under::Check(check), subject, kind, at, by: by.clone(), lines: known.lines() };
    let entry = trail.ok(Some(&about));
    let noted = app.db.write(move |tx| rule::note_in_opening(tx, &tenant, &view, &entry)).await?;
    let (person, expires_at) = noted.ok_or_else(not_there)?;
    Ok(Reply::Json(MedicalPage { basis: Basis::Disaster, expires_at, person, ..page_of(kind, known, at, by) }))
}

/// What the source knows, or the refusal, which is on the record.
async fn fetched(app: &App, trail: &Trail, is_training: bool, about: &str, asked: Asked) -> Result<Known, Refused> {
    match ask(app.medical.of(is_training), &asked, WAIT).await {
        Ok(known) => Ok(known),
        Err(fault) => {
            let code = match fault {
                Fault::Away => Code::X34,
                Fault::NotConnected => Code::NoSource,
            };
            note_refusal(app, trail, about, code).await?;
            Err(Refused::new(code).because(fault))
        }
    }
}

/// What a consent opens, or the refusal, which is on the record.
async fn open(app: &App, trail: &Trail, about: &str, standing: Standing) -> Result<(ConsentRecord, String), Refused> {
    match standing {
        Standing::Open { record, subject } => Ok((*record, subject)),
        Standing::NotThere => Err(not_there()),
        Standing::Closed(state) => {
            note_refusal(app, trail, about, Code::NotViewable).await?;
            Err(closed(state))
        }
    }
}

fn closed(state: ItemState) -> Refused {
    Refused::new(Code::NotViewable).with(Detail::Item(state))
}

async fn note_refusal(app: &App, trail: &Trail, about: &str, code: Code) -> Result<(), Refused> {
    let row = trail.row(Some(about), code.word());
    Ok(app.db.write(move |tx| crate::rule::audit::refused(tx, &row)).await?)
}

/// What was answered, without whose it is and until when.
fn page_of(kind: MedicalKind, known: Known, asked_at: UnixMs, viewer: UserId) -> MedicalPage {
    let Known { mut sections, checkups, claims_until } = known;
    // Also the parts that the source did not answer, in their order: their emptiness is said.
    let section = |part| {
        let place = sections.iter().position(|section| section.part == part);
        place.map_or_else(|| MedicalSection { part, lines: Vec::new() }, |place| sections.swap_remove(place))
    };
    MedicalPage {
        kind,
        basis: Basis::Disaster,
        expires_at: asked_at,
        person: None,
        asked_at,
        claims_until,
        sections: kind.parts().iter().copied().map(section).collect(),
        checkups,
        viewer,
    }
}

/// An account of 医療情報閲覧 sees what it viewed itself, and nothing of others.
fn own_only(staff: &Staff) -> bool {
    staff.found.account.kind == AccountKind::Viewer
}

fn query_of(staff: &Staff, search: &ViewSearch, rows: u32) -> Result<ViewQuery, Refused> {
    let bad = || Refused::new(Code::Request);
    if search.from > search.to || search.name_prefix.chars().count() > CONDITION_MAX {
        return Err(bad());
    }
    let typed = match search.user.as_str() {
        "" => String::new(),
        user => UserId::try_from(user).map_err(|_| bad())?.as_str().to_owned(),
    };
    let own = &staff.found.account.user;
    let user = match (own_only(staff), typed.as_str()) {
        (false, _) => typed,
        (true, "") => own.as_str().to_owned(),
        (true, typed) if typed == own.as_str() => own.as_str().to_owned(),
        // Others' views are none of theirs: nobody's are found.
        (true, _) => {
            return Ok(ViewQuery { to: UnixMs(0), ..query_of(staff, &ViewSearch { user: String::new(), ..search.clone() }, rows)? });
        }
    };
    let before = search.after.as_ref().map(|key| key_of(key).ok_or_else(bad)).transpose()?;
    Ok(ViewQuery {
        from: search.from.at_jst(0, 0),
        to: search.to.plus_days(1).at_jst(0, 0),
        before,
        user,
        kind: search.kind,
        name_key: search_key(&search.name_prefix),
        rows,
    })
}

async fn search(app: Arc<App>, call: Call<api::SearchViews, Staff>) -> Result<Reply<ViewPage>, Refused> {
    let entry = call.trail().ok(None);
    let query = query_of(&call.right, &call.body, VIEW_PAGE_ROWS)?;
    let (is_own_only, tenant) = (own_only(&call.right), call.right.tenant);
    let found = app.db.search(move |tx| store::list(tx, &tenant, &query)).await?;
    record(&app, entry).await?;
    let next = found.rows.last().filter(|_| found.has_more).map(key_text);
    let rows = found.rows.into_iter().map(row_of).collect();
    Ok(Reply::Json(ViewPage { rows, damaged: found.damaged, next, is_own_only }))
}

async fn save(app: Arc<App>, call: Call<api::SaveViews, Staff>) -> Result<Reply<SavedFile>, Refused> {
    let (trail, search) = (call.trail(), call.body);
    let query = query_of(&call.right, &ViewSearch { after: None, ..search.clone() }, VIEW_FILE_ROWS)?;
    let tenant = call.right.tenant;
    let found = app.db.search(move |tx| store::list(tx, &tenant, &query)).await?;
    if found.has_more || found.damaged > 0 {
        // A file that leaves rows out would be taken for whole.
        return Err(Refused::new(if found.has_more { Code::Request } else { Code::Internal }));
    }
    let rows = u32::try_from(found.rows.len()).unwrap_or(u32::MAX);
    record(&app, trail.ok(Some(&format!("{rows} rows")))).await?;
    let name = format!("uketsuke-medical-views-{}-{}.csv", search.from.packed(), search.to.packed());
    Ok(Reply::Json(SavedFile::whole(name, csv(&found.rows), found.rows.len())))
}

fn row_of(view: ViewRecord) -> ViewRow {
    let ViewRecord { id, consent, person, kind, at, by, by_name, lines } = view;
    let consent = consent.map(|consent| consent.as_str().to_owned());
    ViewRow { id: id.as_str().to_owned(), at, kind, consent, person, user: by, user_name: by_name, lines }
}

fn key_text(row: &ViewRecord) -> String {
    format!("{}.{}", row.at.0, row.id.as_str())
}

fn key_of(key: &str) -> Option<(UnixMs, ViewId)> {
    let (at, id) = key.split_once('.')?;
    Some((UnixMs(at.parse().ok()?), ViewId::parse(id)?))
}
