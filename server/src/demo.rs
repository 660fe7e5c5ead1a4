//! The demo institution: made once, its logins kept in `DIR/demo.json` for whoever started the demo.

use std::path::Path;

use serde::{Deserialize, Serialize};
use shared::domain::account::{AccountKind, UserId};
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::institution::{InstitutionCode, ReceptionToken, VisitKind};

use crate::account::{generated_password, hash};
use crate::eligibility::registry::residents::list_csv;
use crate::files::write_secret;
use crate::random::Random;
use crate::rule;
use crate::store::db::Db;
use crate::store::settings::{TermsConfirmed, confirm_terms};
use crate::store::tx::Tx;
use crate::store::{Account, Institution, NewInstitution, ReceptionUrlRecord, factor, institution};
use crate::tenant::Tenant;
use crate::terms::TermsBook;

/// The demo's visiting-nurse station (prefecture 99 does not exist).
pub const CODE: &str = "9969900001";
const NAME: &str = "ひなた訪問看護ステーション";
const CONTACT: &str = "ひなた訪問看護ステーション事務所(デモのため電話はありません)";

/// Whoever tries the demo gets in with the password alone, and may register a second factor: the demo asks for one from this day.
pub const SECOND_FACTOR_FROM: &str = "2099-04-01";

/// The residents of the care home ひなた苑, to be put on the list of a day (OT-26) for 部屋の一覧 (DA-14).
pub const HOME_FILE: &str = "hinata-en.csv";

/// What `demo.json` says.
#[derive(Debug, Serialize, Deserialize)]
pub struct DemoFile {
    /// Path of the reception page for home visits.
    pub reception: String,
    /// Path of the reception page for オンライン診療等; empty while the use is off.
    #[serde(default)]
    pub online: String,
    /// Path of the reception page for 外来診療等(通常とは異なる動線); empty while the use is off.
    #[serde(default)]
    pub off_route: String,
    /// Path of the office.
    pub office: String,
    /// The accounts.
    pub logins: Vec<DemoLogin>,
}

/// One account of the demo. Its password is no secret of anyone.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DemoLogin {
    /// 機関コード.
    pub institution: String,
    /// ユーザID.
    pub user: String,
    /// パスワード.
    pub password: String,
    /// What it is for.
    pub note: String,
}

/// Makes the demo institution where it is missing and writes `demo.json` (mode 0600).
///
/// # Errors
/// What the store or the file system says.
pub async fn ensure(db: &Db, folder: &Path, random: &Random, now: UnixMs) -> anyhow::Result<DemoFile> {
    let file = folder.join("demo.json");
    let kept: Option<DemoFile> = match std::fs::read(&file) {
        Ok(text) => Some(serde_json::from_slice(&text)?),
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => None,
        Err(why) => return Err(why.into()),
    };
    let code = InstitutionCode::try_from(CODE)?;
    // The demo is set up before there is anyone to log in.
    let tenant = Tenant::of_operator(&code);
    let (known, of) = (tenant.clone(), tenant.clone());
    let is_known = db.read(move |tx| institution::find(tx, &of)).await?.is_some();
    let mut demo = match kept {
        Some(kept) => kept,
        None if is_known => anyhow::bail!("the demo institution exists, but its logins (demo.json) are gone"),
        None => DemoFile {
            reception: String::new(),
            online: String::new(),
            off_route: String::new(),
            office: "/o".to_owned(),
            logins: logins(random)?,
        },
    };
    if !is_known {
        // The file first: an institution without its logins could not be entered.
        write_secret(&file, &serde_json::to_vec_pretty(&demo)?)?;
        let mut institution = Institution::new(code, NAME, CONTACT);
        (institution.settings.online.is_on, institution.settings.off_route.is_on) = (true, true);
        let accounts = demo.logins.iter().map(|login| account(login, random)).collect::<anyhow::Result<_>>()?;
        let token = ReceptionToken::from_random(random.bytes()?);
        let new = NewInstitution { institution, token, accounts, at: now };
        let from = CivilDate::try_from(SECOND_FACTOR_FROM)?;
        let others = [
            (VisitKind::Online, ReceptionToken::from_random(random.bytes()?)),
            (VisitKind::OffRoute, ReceptionToken::from_random(random.bytes()?)),
        ];
        let terms = TermsBook::built_in().in_force(now.jst_date());
        let by = UserId::try_from(READY)?;
        let add = move |tx: &mut Tx<'_>| {
            rule::institution::add(tx, &new)?;
            for (kind, token) in &others {
                institution::add_url(tx, &known, *kind, token, now)?;
            }
            // Whoever tries the demo finds the terms of the odd route confirmed by its administrator.
            for one in terms.iter().filter(|one| new.institution.settings.terms().contains(&one.id)) {
                let confirmed = TermsConfirmed { id: one.id, version: one.version.clone(), at: now, by: by.clone() };
                confirm_terms(tx, &known, &confirmed)?;
            }
            factor::set_demanded_from(tx, &known, from)
        };
        db.write(add).await?;
    }
    let urls = db.read(move |tx| {
        let house = institution::find(tx, &tenant)?;
        let url = |tx: &mut Tx<'_>, kind| match &house {
            Some(house) if house.is_on(kind) => institution::current_url(tx, &tenant, kind),
            _ => Ok(None),
        };
        Ok([url(tx, VisitKind::HomeVisit)?, url(tx, VisitKind::Online)?, url(tx, VisitKind::OffRoute)?])
    });
    let path = |url: Option<ReceptionUrlRecord>| url.map(|url| format!("/r/{}", url.token.as_str())).unwrap_or_default();
    [demo.reception, demo.online, demo.off_route] = urls.await?.map(path);
    write_secret(&file, &serde_json::to_vec_pretty(&demo)?)?;
    write_secret(&folder.join(HOME_FILE), list_csv().as_bytes())?;
    Ok(demo)
}

const READY: &str = "kanri1";
const NEW: &str = "staff11";
const VIEWER: &str = "ishi1";

fn logins(random: &Random) -> anyhow::Result<Vec<DemoLogin>> {
    let login = |user: &str, note: &str| -> anyhow::Result<DemoLogin> {
        Ok(DemoLogin { institution: CODE.to_owned(), user: user.to_owned(), password: generated_password(random)?, note: note.to_owned() })
    };
    Ok(vec![
        login(READY, "管理者。すぐに使えます")?,
        login(NEW, "一般利用者。最初のログインでパスワードを変更します")?,
        login(VIEWER, "医療情報閲覧。薬剤などの情報を見られます。すぐに使えます")?,
    ])
}

fn account(login: &DemoLogin, random: &Random) -> anyhow::Result<Account> {
    let (name, kana, kind) = match login.user.as_str() {
        READY => ("管理 花子", "ｶﾝﾘ ﾊﾅｺ", AccountKind::Admin),
        VIEWER => ("医師 太郎", "ｲｼ ﾀﾛｳ", AccountKind::Viewer),
        _ => ("スタッフ１１", "ｽﾀｯﾌ11", AccountKind::General),
    };
    Ok(Account {
        user: UserId::try_from(login.user.as_str())?,
        name: name.to_owned(),
        kana: kana.to_owned(),
        kind,
        password_hash: hash(&login.password, random)?,
        must_change_password: login.user == NEW,
        valid_from: None,
        valid_until: None,
        suspended_at: None,
    })
}
