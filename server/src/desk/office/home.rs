//! ホーム (OT-5) and 準備チェックリスト (OT-19).

use std::sync::Arc;

use shared::api::Code;
use shared::api::home::{HOME_NOTICES, Home, HomeView, Restart, Restarted};
use shared::api::setup::{Setup, SetupList, SetupLists, TickStep};
use shared::domain::account::AccountKind;
use shared::domain::calendar::UnixMs;
use shared::right::{Act, Right, may};

use super::{answered, notice};
use crate::app::App;
use crate::call::{Call, Reply, Serve, Staff};
use crate::refused::Refused;
use crate::rule::answer::once;
use crate::rule::home::{self as rule, Person};
use crate::rule::setup;
use crate::session::{self, SessionId};
use crate::store::notice::{self as notices, NoticeQuery};

/// The endpoints of these screens, by their handlers.
pub(super) fn serve<S: Serve>(gate: S) -> S {
    gate.on(home).on(restarted).on(lists).on(tick)
}

async fn home(app: Arc<App>, call: Call<Home, Staff>) -> Result<Reply<HomeView>, Refused> {
    let browser = call.browser.as_ref().map(SessionId::sha256);
    let (Staff { found, tenant }, now) = (call.right, call.now);
    let (user, kind, today) = (found.account.user, found.account.kind, now.jst_date());
    let view = app.db.read(move |tx| {
        let query = NoticeQuery { user: user.clone(), today, has_hidden: false, after: None, rows: HOME_NOTICES };
        let rows = notices::list(tx, &tenant, &query)?;
        let unread = notices::unread(tx, &tenant, &user, today)?;
        let tasks = rule::tasks(tx, &tenant, &Person { user: user.clone(), kind, now })?;
        let restart = rule::restart(tx, &tenant, browser.as_ref(), now)?;
        Ok(HomeView { notices: rows.iter().map(|row| notice::row_of(row, today)).collect(), unread, tasks, restart })
    });
    Ok(Reply::Json(view.await?))
}

async fn restarted(app: Arc<App>, call: Call<Restarted, Staff>) -> Result<Reply<Restart>, Refused> {
    let entry = call.trail().ok(None);
    // A browser that lost its cookie gets another: from then on it is told apart.
    let browser = call.browser.map_or_else(|| SessionId::new(&app.random), Ok)?;
    let (Staff { found, tenant }, hash) = (call.right, browser.sha256());
    let user = found.account.user;
    let restart = app.db.write(move |tx| rule::note_restart(tx, &tenant, &hash, &user, &entry)).await?;
    Ok(Reply::WithCookie(restart, session::set_browser_cookie(&browser, app.origin.is_https())))
}

async fn lists(app: Arc<App>, call: Call<SetupLists, Staff>) -> Result<Reply<Setup>, Refused> {
    let (Staff { found, tenant }, now) = (call.right, call.now);
    let lists = app.db.read(move |tx| setup::lists(tx, &tenant, now)).await?;
    Ok(Reply::Json(setup_of(lists, found.account.kind, found.institution.name, now)))
}

async fn tick(app: Arc<App>, call: Call<TickStep, Staff>) -> Result<Reply<Setup>, Refused> {
    let (trail, press, now) = (call.trail(), call.press()?, call.now);
    let (Staff { found, tenant }, new) = (call.right, call.body);
    let entry = trail.ok(Some(&format!("{} {}", new.of.word(), new.step.word())));
    let answer = app.db.write(move |tx| {
        once(tx, &tenant, &press, |tx| {
            let lists = setup::set_tick(tx, &tenant, new, &found.account.user, &entry)?;
            let institution_name = found.institution.name.clone();
            Ok(lists.map(|lists| setup_of(lists, found.account.kind, institution_name, now)).ok_or(Code::Request))
        })
    });
    answered(answer.await?)
}

fn setup_of(lists: Vec<SetupList>, kind: AccountKind, institution_name: String, now: UnixMs) -> Setup {
    Setup { lists, institution_name, may_tick: may(kind, Act::ChangeSettings) != Right::No, now }
}
