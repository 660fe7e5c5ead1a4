//! `uketsuke-server certificate …`: what OT-1 does, for the operator of the host. Every change leaves an audit row of the actor
//! `operator`.

use std::path::Path;

use ring::hmac;
use server::account::generated_password;
use server::authority::{Keeper, NoCertificate, Wanted, made_for, pkcs12};
use server::clock::Clock;
use server::command_line::{CertificateCommand, InstitutionAt};
use server::files::write_secret;
use server::own_authority;
use server::random::Random;
use server::rule::certificate::{NotIssued, export, issue, modes, renew, revoke, set_mode};
use server::store::certificate::{
    self as store, AuthorityRecord, CertificateRecord, WithKey, add_own_authority, find, list, remove_own_authority,
};
use server::store::db::Db;
use server::store::{AuditEntry, CertificateId, Institution, StoreError, audit, institution};
use server::tenant::Tenant;
use server::trouble::Trouble;
use shared::api::Endpoint as _;
use shared::api::certificate::{
    ExportCertificate, IssueCertificate, ModeChange, Modes, RenewCertificate, RevokeCertificate, SetCertificateMode,
};
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::code::DeviceLabel;

use crate::database::{open_institution, shared_visit_key, visit_key};
use crate::say;

/// Runs one command.
pub(crate) async fn run(command: CertificateCommand) -> Result<(), Trouble> {
    let (CertificateCommand::Issue { at, .. }
    | CertificateCommand::List { at }
    | CertificateCommand::Renew { at, .. }
    | CertificateCommand::Revoke { at, .. }
    | CertificateCommand::Export { at, .. }
    | CertificateCommand::Trust { at, .. }
    | CertificateCommand::Mode { at, .. }) = &command;
    let (db, tenant) = open_institution(at).await?;
    let desk = Desk { db, tenant, now: Clock::machine().now(), random: Random::machine() };
    let outcome = desk.on(&command).await;
    desk.db.close().await;
    outcome
}

/// One command at work.
struct Desk {
    db: Db,
    tenant: Tenant,
    now: UnixMs,
    random: Random,
}

impl Desk {
    async fn on(&self, command: &CertificateCommand) -> Result<(), Trouble> {
        match command {
            CertificateCommand::Issue { at, label, holder, to } => {
                let keeper = self.keeper(at).await?;
                let (label, holder) = (text("--label", label)?, text("--holder", holder)?);
                self.make(&keeper, label, holder, None, to).await
            }
            CertificateCommand::Renew { at, id, to } => {
                let keeper = self.keeper(at).await?;
                let former = self.found(id).await?;
                self.make(&keeper, former.label, former.holder, Some(former.id), to).await
            }
            CertificateCommand::List { .. } => {
                let tenant = self.tenant.clone();
                for record in self.db.read(move |tx| list(tx, &tenant)).await.map_err(unread)? {
                    say(&line(&record, self.now));
                }
                Ok(())
            }
            CertificateCommand::Revoke { id, .. } => {
                let id = self.found(id).await?.id;
                let (tenant, entry) =
                    (self.tenant.clone(), AuditEntry::of_operator(self.now, &self.tenant, RevokeCertificate::NAME, id.as_str()));
                let ended = self.db.write(move |tx| revoke(tx, &tenant, &id, &entry)).await.map_err(unwritten)?;
                say(&line(&ended.ok_or_else(no_such)?, self.now));
                Ok(())
            }
            CertificateCommand::Export { at, id, to } => {
                let keeper = self.keeper(at).await?;
                let id = self.found(id).await?.id;
                self.write_file(&keeper, &id, to).await
            }
            CertificateCommand::Trust { ca, remove, .. } => self.trust(ca.as_deref(), remove.as_deref()).await,
            CertificateCommand::Mode { set, from, .. } => {
                let from = from.as_deref().map(|text| CivilDate::from_typed(text).map_err(|why| (text, why))).transpose();
                let from = from.map_err(|(text, why)| {
                    Trouble::usage(format!("--from {text} is no day"), "for example --from 2026-12-01").because(why)
                })?;
                let from = from.unwrap_or(self.now.jst_date());
                if from < self.now.jst_date() {
                    return Err(Trouble::usage("--from is before today", "give today or a later day"));
                }
                let (tenant, now) = (self.tenant.clone(), self.now);
                let modes = match set {
                    None => self.db.read(move |tx| modes(tx, &tenant, now)).await.map_err(unread)?,
                    Some(mode) => {
                        let (change, entry) = (
                            ModeChange { mode: *mode, from },
                            AuditEntry::of_operator(self.now, &self.tenant, SetCertificateMode::NAME, mode.word()),
                        );
                        self.db.write(move |tx| set_mode(tx, &tenant, &change, None, &entry)).await.map_err(unwritten)?
                    }
                };
                say_modes(&modes);
                Ok(())
            }
        }
    }

    async fn trust(&self, ca: Option<&Path>, remove: Option<&str>) -> Result<(), Trouble> {
        if let Some(file) = ca {
            let pem = std::fs::read(file)
                .map_err(|why| Trouble::usage(format!("{} cannot be read", file.display()), "check --ca").because(why))?;
            let new = own_authority::read(&pem, self.now).map_err(|why| {
                Trouble::usage(format!("--ca: {why}"), "give the CA's own certificate, one in the file, as PEM").because(why)
            })?;
            let entry = AuditEntry::of_operator(self.now, &self.tenant, TRUST, &server::hex(&new.fingerprint));
            let tenant = self.tenant.clone();
            let added = self.db.write(move |tx| {
                let added = add_own_authority(tx, &tenant, &new)?;
                if added { audit::add(tx, &entry).map(|()| added) } else { Ok(added) }
            });
            if !added.await.map_err(unwritten)? {
                return Err(Trouble::usage(
                    "this CA is known already, here or at another institution",
                    "see `certificate trust` without --ca",
                ));
            }
        }
        if let Some(text) = remove {
            let (tenant, entry) = (self.tenant.clone(), AuditEntry::of_operator(self.now, &self.tenant, TRUST, text));
            let known = own_authorities(&self.db, &self.tenant).await?;
            let found = known.into_iter().find(|one| server::hex(&one.fingerprint) == text.to_lowercase());
            let fingerprint = found.ok_or_else(|| Trouble::usage("there is no such CA", "see `certificate trust`"))?.fingerprint;
            let removed = self.db.write(move |tx| {
                remove_own_authority(tx, &tenant, &fingerprint)?;
                audit::add(tx, &entry)
            });
            removed.await.map_err(unwritten)?;
        }
        for one in own_authorities(&self.db, &self.tenant).await? {
            say(&format!("{}\t{}\t{}", server::hex(&one.fingerprint), one.name, one.added_at.jst_minute_text()));
        }
        if ca.is_some() {
            say("browsers are told of this CA at the next start of each server; until then they may not offer its certificates");
        }
        Ok(())
    }

    async fn keeper(&self, at: &InstitutionAt) -> Result<Keeper, Trouble> {
        let key = match at.database.postgres() {
            None => visit_key(&at.database.data, &self.random)?,
            Some(_) => shared_visit_key(&self.db, &self.random).await?,
        };
        Keeper::new(&hmac::Key::new(hmac::HMAC_SHA256, &key)).map_err(not_made)
    }

    async fn institution(&self) -> Result<Institution, Trouble> {
        let tenant = self.tenant.clone();
        let found = self.db.read(move |tx| institution::find(tx, &tenant)).await.map_err(unread)?;
        found.ok_or_else(|| Trouble::usage("there is no such institution", "check --institution"))
    }

    async fn found(&self, id: &str) -> Result<CertificateRecord, Trouble> {
        let (id, tenant) = (CertificateId::parse(id).ok_or_else(no_such)?, self.tenant.clone());
        self.db.read(move |tx| find(tx, &tenant, &id)).await.map_err(unread)?.ok_or_else(no_such)
    }

    async fn make(
        &self,
        keeper: &Keeper,
        label: DeviceLabel,
        holder: DeviceLabel,
        former: Option<CertificateId>,
        to: &Path,
    ) -> Result<(), Trouble> {
        refuse_existing(to)?;
        let wanted = Wanted { institution: self.institution().await?, label, holder, issued_by: None, renews: former.clone() };
        let new = made_for(&self.db, keeper, &self.random, wanted, self.now).await.map_err(not_made)?;
        let name = if former.is_some() { RenewCertificate::NAME } else { IssueCertificate::NAME };
        let (tenant, entry, now) =
            (self.tenant.clone(), AuditEntry::of_operator(self.now, &self.tenant, name, new.record.id.as_str()), self.now);
        let kept = self.db.write(move |tx| match &former {
            None => issue(tx, &tenant, &new, now, &entry),
            Some(former) => renew(tx, &tenant, former, &new, now, &entry),
        });
        let record = kept.await.map_err(unwritten)?.map_err(|why| match why {
            NotIssued::LabelTaken => {
                Trouble::usage("another terminal has this label", "choose another, or revoke that one's certificate first")
            }
            NotIssued::TooMany => Trouble::usage("the institution has too many certificates", "revoke those that are not used"),
            NotIssued::NotThere => no_such(),
            NotIssued::NotNow => {
                Trouble::usage("this certificate cannot be renewed now", "see its state and last day with `certificate list`")
            }
        })?;
        say(&line(&record, self.now));
        self.write_file(keeper, &record.id, to).await
    }

    async fn write_file(&self, keeper: &Keeper, id: &CertificateId, to: &Path) -> Result<(), Trouble> {
        refuse_existing(to)?;
        let (tenant, entry, now) =
            (self.tenant.clone(), AuditEntry::of_operator(self.now, &self.tenant, ExportCertificate::NAME, id.as_str()), self.now);
        let of = id.clone();
        let found = self.db.write(move |tx| export(tx, &tenant, &of, now, &entry)).await.map_err(unwritten)?;
        let gone = || Trouble::usage("the key of this certificate is not here any more", "revoke it and issue another one");
        let (record, WithKey { certificate, key_sealed }) = found.ok_or_else(gone)?;
        let key = keeper.open(&record.fingerprint, &key_sealed).ok_or_else(gone)?;
        let no_random = |why: server::random::NoRandom| Trouble::machine("the machine gives no random numbers", "try again").because(why);
        let password = generated_password(&self.random).map_err(no_random)?;
        let file = pkcs12(record.label.as_str(), &certificate, &key, &password).map_err(not_made)?;
        write_secret(to, &file)
            .map_err(|why| Trouble::machine(format!("{} cannot be written", to.display()), "check --to").because(why))?;
        say(&format!("file      {}", to.display()));
        say(&format!("password  {password}"));
        say("This password is shown only now. Keep a copy of the file on another medium, apart from the password.");
        Ok(())
    }
}

async fn own_authorities(db: &Db, tenant: &Tenant) -> Result<Vec<AuthorityRecord>, Trouble> {
    let tenant = tenant.clone();
    db.read(move |tx| store::own_authorities(tx, &tenant)).await.map_err(unread)
}

/// What the audit log calls the trust in an institution's own CA, or its end.
const TRUST: &str = "certificate.trust";

fn refuse_existing(to: &Path) -> Result<(), Trouble> {
    if to.exists() {
        return Err(Trouble::usage(format!("{} exists already", to.display()), "give another name with --to"));
    }
    Ok(())
}

fn text(option: &str, given: &str) -> Result<DeviceLabel, Trouble> {
    DeviceLabel::try_from(given)
        .map_err(|why| Trouble::usage(format!("{option}: {why}"), "for example --label 受付のパソコン --holder 事務長"))
}

fn say_modes(modes: &Modes) {
    let since = modes.since.as_ref().map_or_else(|| "-".to_owned(), |(day, _)| day.to_string());
    say(&format!("now   {}\tsince {since}", modes.mode.word()));
    if let Some(next) = &modes.next {
        say(&format!("next  {}\tfrom {}", next.mode.word(), next.from));
    }
}

/// ID, state, label, last day, who, last seen, separated by tabs.
fn line(record: &CertificateRecord, now: UnixMs) -> String {
    let seen = record.last_seen_at.map_or_else(|| "-".to_owned(), UnixMs::jst_minute_text);
    let (id, state, label) = (record.id.as_str(), record.state(now).label(), record.label.as_str());
    format!("{id}\t{state}\t{label}\t{}\t{}\t{seen}", record.ends_on, record.holder)
}

fn no_such() -> Trouble {
    Trouble::usage("there is no such certificate in this institution", "see its ID with `uketsuke-server certificate list`")
}

fn not_made(why: NoCertificate) -> Trouble {
    Trouble::machine("the certificate could not be made", "check rights and space of --data").because(why)
}

fn unread(why: StoreError) -> Trouble {
    Trouble::machine("the database cannot be read", "check rights and space of --data").because(why)
}

fn unwritten(why: StoreError) -> Trouble {
    Trouble::machine("the database took no change", "check rights and space of --data").because(why)
}
