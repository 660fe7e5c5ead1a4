//! 掲示・ウェブ掲載文 (OT-32) and チェックリスト回答 (OT-33).

use std::sync::Arc;

use shared::api::Code;
use shared::api::posted::{CheckAnswer, CheckSheet, KeptText, Posted, PostedTexts, SavePosted, SaveSecurityCheck, SecurityCheck};
use shared::domain::calendar::UnixMs;
use shared::domain::security_check::list_of;
use shared::right::{Act, Right, may};

use super::answered;
use crate::app::App;
use crate::call::{Call, Reply, Serve, Staff};
use crate::refused::Refused;
use crate::rule::answer::once;
use crate::rule::posted as rule;
use crate::store::SessionFound;
use crate::store::posted as store;

/// The endpoints of these screens, by their handlers.
pub(super) fn serve<S: Serve>(gate: S) -> S {
    gate.on(texts).on(save_text).on(check).on(save_check)
}

async fn texts(app: Arc<App>, call: Call<PostedTexts, Staff>) -> Result<Reply<Posted>, Refused> {
    let (Staff { found, tenant }, now) = (call.right, call.now);
    let texts = app.db.read(move |tx| store::texts(tx, &tenant)).await?;
    Ok(Reply::Json(posted_of(texts, &found, now)))
}

async fn save_text(app: Arc<App>, call: Call<SavePosted, Staff>) -> Result<Reply<Posted>, Refused> {
    let (trail, press, now) = (call.trail(), call.press()?, call.now);
    let (Staff { found, tenant }, new) = (call.right, call.body);
    let answer = app.db.write(move |tx| {
        once(tx, &tenant, &press, |tx| {
            let entry = trail.ok(Some(&format!("{} {}", new.fee, new.place.word())));
            let texts = rule::save_text(tx, &tenant, &new, &found.account.user, &entry)?;
            Ok(texts.map(|texts| posted_of(texts, &found, now)).ok_or(Code::Request))
        })
    });
    answered(answer.await?)
}

async fn check(app: Arc<App>, call: Call<SecurityCheck, Staff>) -> Result<Reply<CheckSheet>, Refused> {
    let year = year_of(call.path.year.as_str())?;
    let (Staff { found, tenant }, now) = (call.right, call.now);
    let answers = app.db.read(move |tx| store::answers(tx, &tenant, year)).await?;
    Ok(Reply::Json(sheet_of(year, answers, &found, now)))
}

async fn save_check(app: Arc<App>, call: Call<SaveSecurityCheck, Staff>) -> Result<Reply<CheckSheet>, Refused> {
    let (trail, press, now) = (call.trail(), call.press()?, call.now);
    let year = year_of(call.path.year.as_str())?;
    let (Staff { found, tenant }, new) = (call.right, call.body);
    let answer = app.db.write(move |tx| {
        once(tx, &tenant, &press, |tx| {
            let entry = trail.ok(Some(&year.to_string()));
            let answers = rule::save_answers(tx, &tenant, year, &new.answers, &found.account.user, &entry)?;
            Ok(answers.map(|answers| sheet_of(year, answers, &found, now)).ok_or(Code::Request))
        })
    });
    answered(answer.await?)
}

/// A fiscal year that has a list.
fn year_of(text: &str) -> Result<u16, Refused> {
    let year = text.parse().ok().filter(|year| (*year < 10_000) && list_of(*year).is_some());
    year.ok_or_else(|| Refused::new(Code::NotFound))
}

fn posted_of(texts: Vec<KeptText>, found: &SessionFound, now: UnixMs) -> Posted {
    let (institution_name, contact) = (found.institution.name.clone(), found.institution.settings.contact.clone());
    Posted { texts, institution_name, contact, may_change: may(found.account.kind, Act::EditPostedNotices) != Right::No, now }
}

fn sheet_of(year: u16, answers: Vec<CheckAnswer>, found: &SessionFound, now: UnixMs) -> CheckSheet {
    CheckSheet { year, answers, institution_name: found.institution.name.clone(), now }
}
