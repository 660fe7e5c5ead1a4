//! `uketsuke-server settings …`: what OT-6 does, for the operator of the host. Every change is a record of the history and leaves an
//! audit row of the actor `operator`. Terms are confirmed by a person of the institution, never here.

use server::clock::Clock;
use server::command_line::{OnOff, SettingsCommand, WhatToSet};
use server::random::Random;
use server::rule::institution::give_urls;
use server::rule::settings::change;
use server::store::AuditEntry;
use server::store::db::Db;
use server::store::settings::{SettingsRecord, current};
use server::tenant::Tenant;
use server::terms::TermsBook;
use server::trouble::Trouble;
use server::urls::fresh_tokens;
use shared::api::Endpoint as _;
use shared::api::settings::{ChangeSettings, SettingsChange};
use shared::domain::settings::{Settings, SettingsFault, lines};

use crate::database::open_institution;
use crate::say;

/// Runs one command.
pub(crate) async fn run(command: SettingsCommand) -> Result<(), Trouble> {
    let (at, what) = match command {
        SettingsCommand::Show { at } => (at, None),
        SettingsCommand::Set { at, what } => (at, Some(what)),
    };
    let (db, tenant) = open_institution(&at).await?;
    let outcome = on(&db, &tenant, what).await;
    db.close().await;
    outcome
}

async fn on(db: &Db, tenant: &Tenant, what: Option<WhatToSet>) -> Result<(), Trouble> {
    if let Some(what) = what {
        let former = read(db, tenant).await?;
        let mut settings = former.settings;
        set(&mut settings, what);
        let wanted = SettingsChange { version: former.version, settings, confirmed: Vec::new() };
        let now = Clock::machine().now();
        let (of, terms) = (tenant.clone(), TermsBook::built_in().in_force(now.jst_date()));
        let entry = AuditEntry::of_operator(now, tenant, ChangeSettings::NAME, "settings");
        let fresh = fresh_tokens(&Random::machine()).map_err(|why| Trouble::machine("no URL could be made", "try again").because(why))?;
        let changed = db.write(move |tx| match change(tx, &of, &wanted, &terms, None, &entry)? {
            Ok(()) => give_urls(tx, &of, &fresh, &entry).map(Ok),
            Err(fault) => Ok(Err(fault)),
        });
        let changed = changed.await;
        changed
            .map_err(|why| Trouble::machine("the settings could not be stored", "check rights and space of --data").because(why))?
            .map_err(refused)?;
    }
    let SettingsRecord { version, settings, changed_at, changed_by } = read(db, tenant).await?;
    let by = changed_by.map_or_else(|| "operator".to_owned(), |user| user.to_string());
    say(&format!("version\t{version}\t{}\t{by}", changed_at.jst_minute_text()));
    lines(&settings).iter().for_each(|(name, value)| say(&format!("{name}\t{value}")));
    Ok(())
}

async fn read(db: &Db, tenant: &Tenant) -> Result<SettingsRecord, Trouble> {
    let tenant = tenant.clone();
    let found = db.read(move |tx| current(tx, &tenant)).await;
    let found = found.map_err(|why| Trouble::machine("the database cannot be read", "check rights of --data").because(why))?;
    found.ok_or_else(|| Trouble::machine("the institution has no settings", "look through the database with `check`"))
}

fn set(settings: &mut Settings, what: WhatToSet) {
    let WhatToSet {
        home_visit,
        ask,
        home_visit_phones,
        medical_aid,
        subsidies,
        e_prescription,
        prescription_form,
        visual_check,
        shows_eligibility,
        hand_over,
        contact,
    } = what;
    if let Some(phones) = home_visit_phones {
        (settings.home_visit.android, settings.home_visit.iphone) = (phones.rule(), phones.rule());
    }
    let switch = |of: &mut bool, to: Option<OnOff>| *of = to.map_or(*of, |to| to == OnOff::On);
    switch(&mut settings.home_visit.is_on, home_visit);
    switch(&mut settings.medical_aid, medical_aid);
    switch(&mut settings.subsidies, subsidies);
    switch(&mut settings.e_prescription, e_prescription);
    switch(&mut settings.visual_check, visual_check);
    switch(&mut settings.shows_eligibility, shows_eligibility);
    switch(&mut settings.hand_over.is_on, hand_over);
    if let Some(items) = ask {
        settings.home_visit.items = items.into_iter().map(|item| item.group()).collect();
    }
    if let Some(form) = prescription_form {
        settings.prescription_form = form.setting();
    }
    if let Some(contact) = contact {
        settings.contact = contact;
    }
}

fn refused(fault: SettingsFault) -> Trouble {
    let next = match fault {
        SettingsFault::ChangedMeanwhile => "run it again: it changes only what you name",
        SettingsFault::Unchanged => "`settings show` says how they stand",
        SettingsFault::Terms(_) => "an admin of the institution reads and confirms them at /o/settings",
        SettingsFault::Items(_) => "name at least one item with --ask",
        SettingsFault::ContactTooLong => "shorten it",
        SettingsFault::MyNumber => "give a name and a telephone number",
    };
    Trouble::usage(format!("{fault}; nothing was changed"), next)
}
