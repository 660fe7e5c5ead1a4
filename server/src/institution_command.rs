//! `institution`: the operator adds an institution with its first admin.

use server::account::{self, generated_password};
use server::clock::Clock;
use server::command_line::{AddInstitution, HouseOf, InstitutionAt, InstitutionCommand};
use server::identity::Mode;
use server::random::Random;
use server::rule;
use server::rule::account::By;
use server::store::db::Tx;
use server::store::{self, Account, AuditEntry, Institution, NewInstitution, institution};
use server::tenant::Tenant;
use server::trouble::Trouble;
use shared::api::Endpoint as _;
use shared::api::factor::ChangeFactorPolicy;
use shared::domain::account::{AccountKind, UserId};
use shared::domain::calendar::CivilDate;
use shared::domain::institution::{InstitutionCode, ReceptionToken};
use shared::domain::settings;

use crate::account_command::day;
use crate::database::{institution_in, open_database, open_existing, open_institution};
use crate::say;

/// Does it, and prints what the operator must hand on.
pub(crate) async fn run(command: InstitutionCommand) -> Result<(), Trouble> {
    match command {
        InstitutionCommand::Add(add) => run_add(add).await,
        InstitutionCommand::SecondFactor { at, from } => second_factor(at, day("--from", &from)?).await,
        InstitutionCommand::House(of) => house(of).await,
    }
}

/// Lets institutions share devices, or no longer.
async fn house(of: HouseOf) -> Result<(), Trouble> {
    let HouseOf { database, codes, apart, demo } = of;
    if codes.len() < 2 && !apart {
        return Err(Trouble::usage("one institution is no house", "name two codes or more, or give --apart"));
    }
    let db = open_existing(&database, demo).await?;
    let mut tenants = Vec::new();
    for code in &codes {
        match institution_in(&db, code).await {
            Ok(tenant) => tenants.push(tenant),
            Err(trouble) => {
                db.close().await;
                return Err(trouble);
            }
        }
    }
    let now = Clock::machine().now();
    let done = db
        .write(move |tx| {
            if !apart {
                return rule::house::join(tx, &tenants, now);
            }
            tenants.iter().try_for_each(|tenant| rule::house::part(tx, tenant, now))?;
            Ok(Vec::new())
        })
        .await;
    db.close().await;
    let members = done.map_err(|why| Trouble::machine("the house could not be stored", "check rights and space of --data").because(why))?;
    let words: Vec<_> = members.iter().map(ToString::to_string).collect();
    say(&if apart { format!("apart\t{}", codes.join("\t")) } else { format!("house\t{}", words.join("\t")) });
    Ok(())
}

/// Sets from which day a second factor is asked for, and says who has none.
async fn second_factor(at: InstitutionAt, from: CivilDate) -> Result<(), Trouble> {
    let (db, tenant) = open_institution(&at).await?;
    let entry = AuditEntry::of_operator(Clock::machine().now(), &tenant, ChangeFactorPolicy::NAME, tenant.code().as_str());
    let set = db.write(move |tx| rule::factor::change_policy(tx, &tenant, &By::Operator, from, &entry)).await;
    db.close().await;
    match set {
        Ok(Ok(policy)) => {
            say(&format!("second factor\tfrom {}\tpeople {}\twithout {}", policy.from, policy.people, policy.without));
            Ok(())
        }
        Ok(Err(fault)) => Err(Trouble::usage(fault.to_string(), "nothing was changed")),
        Err(why) => Err(Trouble::machine("the day could not be stored", "check rights and space of --data").because(why)),
    }
}

async fn run_add(add: AddInstitution) -> Result<(), Trouble> {
    let code = InstitutionCode::from_pasted(&add.code).map_err(|why| {
        Trouble::usage(
            format!("--code is no institution code: {why}"),
            "copy the ten digits from the notice of your code, for example 9969900001",
        )
    })?;
    let user = UserId::try_from(add.user.as_str()).map_err(|why| Trouble::usage(format!("--user: {why}"), "for example --user kanri1"))?;
    let name = add.name.trim();
    if name.is_empty() || name.chars().count() > 100 {
        return Err(Trouble::usage("--name is empty or longer than 100 characters", "give the name that patients know"));
    }
    let (random, clock) = (Random::machine(), Clock::machine());
    let from = add.second_factor_from.as_deref().map(|text| day("--second-factor-from", text)).transpose()?;
    let no_random = |why: server::random::NoRandom| Trouble::machine("the machine gives no random numbers", "try again").because(why);
    let password = generated_password(&random).map_err(no_random)?;
    let password_hash = account::hash(&password, &random)
        .map_err(|why| Trouble::machine("the password could not be worked on", "free some memory").because(why))?;
    let admin = Account {
        user: user.clone(),
        name: add.user_name,
        kana: String::new(),
        kind: AccountKind::Admin,
        password_hash,
        must_change_password: true,
        valid_from: None,
        valid_until: None,
        suspended_at: None,
    };
    let contact = settings::contact_of(&add.contact)
        .map_err(|why| Trouble::usage(format!("--contact: {why}"), "give a name and a telephone number, on one line"))?;
    let of = Institution::new(code.clone(), name, &contact);
    let token = ReceptionToken::from_random(random.bytes().map_err(no_random)?);
    let postgres = add.database.postgres();
    let mode = if add.demo { Mode::Demo } else { Mode::Production };
    let db = open_database(&add.database.data, postgres.as_ref(), mode).await?;
    let new = NewInstitution { institution: of, token, accounts: vec![admin], at: clock.now() };
    let (tenant, is_training) = (Tenant::of_operator(&code), add.training);
    let add = move |tx: &mut Tx<'_>| {
        let is_added = rule::institution::add(tx, &new)?;
        if is_added && is_training {
            institution::mark_training(tx, &tenant)?;
        }
        if let Some(from) = from.filter(|_| is_added) {
            store::factor::set_demanded_from(tx, &tenant, from)?;
        }
        Ok(is_added)
    };
    let added = db.write(add).await;
    db.close().await;
    match added {
        Ok(true) => {
            say(&format!("institution {code} added\nuser      {user}\npassword  {password}"));
            say("This password is shown only now; it must be changed at the first login at /o.");
            match from {
                None => say("At the first login a second factor (passkey or authenticator app) must be registered as well."),
                Some(from) => {
                    say(&format!("From {from} on a second factor is needed as well; until then the password alone opens the office."))
                }
            }
            if code.doubt().is_some() {
                say("Look again: the last digit of the code is not its check digit. Some codes in use are like that.");
            }
            Ok(())
        }
        Ok(false) => Err(Trouble::usage(format!("institution {code} exists already"), "nothing was changed; log in with its admin")),
        Err(why) => Err(Trouble::machine("the institution could not be stored", "check rights and space of --data").because(why)),
    }
}
