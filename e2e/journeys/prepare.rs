//! 準備 (OT-19): the preparation tasks of the three guides in their orders, and in any order, until the checklist is ready.

use anyhow::{Context as _, ensure};
use e2e::browser::Tablet;
use e2e::stack::{Login, World};
use e2e::wait::{LIMIT, until};

use crate::{office, way};

const CHOSEN: &str = "akai ringo to shiroi kumo 7";
const STAFF: &str = "kango1";
/// The seed of a plain run.
const SEED: u64 = 7;

/// One task of the preparation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Task {
    /// 環境設定情報: the use is on.
    Settings,
    /// An account for who uses the device, with its initial password.
    Account,
    /// That person's first login.
    FirstLogin,
    /// An activation code for a device.
    Code,
    /// A check that goes through.
    TestRead,
}

impl Task {
    /// What must be done before it, whoever does it: nobody logs in without an account, and nobody is received where the use is off.
    fn needs(self) -> Option<Self> {
        match self {
            FirstLogin => Some(Account),
            TestRead => Some(Settings),
            Settings | Account | Code => None,
        }
    }
}

use Task::{Account, Code, FirstLogin, Settings, TestRead};

/// Settings, code, account.
pub(crate) async fn order_000(world: &mut World) -> anyhow::Result<()> {
    prepare(world, &[Settings, Code, Account, FirstLogin, TestRead]).await
}

/// Settings, account, code, then the first login.
pub(crate) async fn order_001(world: &mut World) -> anyhow::Result<()> {
    prepare(world, &[Settings, Account, Code, FirstLogin, TestRead]).await
}

/// Settings, account, its first login, then the code.
pub(crate) async fn order_004(world: &mut World) -> anyhow::Result<()> {
    prepare(world, &[Settings, Account, FirstLogin, Code, TestRead]).await
}

/// Any order in which each task can be done at all. `UKETSUKE_PREPARE_SEED` asks for another than
/// the usual one.
pub(crate) async fn any_order(world: &mut World) -> anyhow::Result<()> {
    let seed = match std::env::var("UKETSUKE_PREPARE_SEED") {
        Ok(text) => text.parse().context("UKETSUKE_PREPARE_SEED")?,
        Err(_) => SEED,
    };
    let order = shuffled(seed);
    prepare(world, &order).await.with_context(|| format!("UKETSUKE_PREPARE_SEED={seed}: {order:?}"))
}

/// The tasks in an order that is the same for the same seed (SplitMix64).
fn shuffled(seed: u64) -> Vec<Task> {
    let mut state = seed;
    let mut draw = |below: u64| {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % below
    };
    let mut left = vec![Settings, Account, FirstLogin, Code, TestRead];
    let mut order = Vec::new();
    while !left.is_empty() {
        let place = usize::try_from(draw(left.len().try_into().unwrap_or(1))).unwrap_or(0);
        let first = left.get(place).and_then(|task| task.needs()).and_then(|needed| left.iter().position(|task| *task == needed));
        order.push(left.remove(first.unwrap_or(place)));
    }
    order
}

/// How a step of a list stands, as its line says.
async fn line(desk: &Tablet, list: &str, step: &str) -> anyhow::Result<String> {
    let script = format!(
        "const list = [...document.querySelectorAll('section.setup')].find(s => s.querySelector('h2').innerText.includes('{list}'));
         const row = list && [...list.querySelectorAll('tbody tr')].find(r => r.innerText.replace(/\\s+/g, '').includes('{step}'));
         return row ? row.querySelectorAll('td')[0].innerText : ''"
    );
    Ok(desk.script(&script).await?.as_str().unwrap_or_default().to_owned())
}

/// Opens the checklist and waits until a step stands so.
async fn stands(desk: &Tablet, world: &World, list: &str, step: &str, wanted: &str) -> anyhow::Result<()> {
    desk.open(&format!("{}/setup", world.office_url())).await?;
    desk.heading("準備チェックリスト").await?;
    until(&format!("{list}: {step}: {wanted}"), LIMIT, async || {
        let said = line(desk, list, step).await.map_err(|error| error.to_string())?;
        if said.starts_with(wanted) { Ok(()) } else { Err(said) }
    })
    .await
}

const VISIT: &str = "訪問診療等・訪問看護";
const DEVICE: &str = "マイナ資格確認アプリの端末";

/// Does the tasks in this order from a house where nobody can visit yet; after each, the list says so by itself.
async fn prepare(world: &mut World, order: &[Task]) -> anyhow::Result<()> {
    let desk = world.screen(1280, 900).await?;
    let admin = office::ready_account(world)?;
    office::log_in(&desk, world, &admin).await?;
    desk.heading("メニュー").await?;
    desk.sees("準備がまだのものが").await?;
    fresh(&desk, world).await?;
    for (step, list) in [("アカウントを登録する", VISIT), ("一度ログインし", VISIT), ("最後まで行う", VISIT), ("コードを発行する", DEVICE)]
    {
        stands(&desk, world, list, step, "まだです").await?;
    }
    let mut first_password = None;
    for task in order {
        match task {
            Settings => settings(&desk, world).await?,
            Account => first_password = Some(account(&desk, world).await?),
            FirstLogin => {
                let password = first_password.clone().context("an account comes first")?;
                first_login(world, &Login { user: STAFF.to_owned(), password, ..admin.clone() }).await?;
                stands(&desk, world, VISIT, "一度ログインし", "済み").await?;
            }
            Code => code(&desk, world).await?,
            TestRead => {
                let tablet = world.tablet().await?;
                way::to_card(&tablet, &world.reception_url()).await?;
                way::prove(&tablet).await?;
                way::result(&tablet).await?;
                way::finish(&tablet).await?;
                stands(&desk, world, VISIT, "最後まで行う", "済み").await?;
            }
        }
    }
    ready(&desk, world).await
}

/// The demo begins with members of staff and the use switched on; without, nothing is there.
async fn fresh(desk: &Tablet, world: &World) -> anyhow::Result<()> {
    for staff in world.demo.logins.iter().skip(1) {
        desk.open(&format!("{}/accounts/of/{}", world.office_url(), staff.user)).await?;
        desk.heading("アカウント管理(更新)").await?;
        desk.press("停止する").await?;
        desk.press_in("dialog", "停止する").await?;
        desk.sees("停止しました").await?;
    }
    desk.open(&format!("{}/settings", world.office_url())).await?;
    switch(desk, "利用しない").await?;
    stands(desk, world, VISIT, "利用する", "まだです").await
}

/// Turns 訪問診療等機能 on or off on the screen of the settings.
async fn switch(desk: &Tablet, to: &str) -> anyhow::Result<()> {
    desk.heading("環境設定情報照会・更新").await?;
    desk.pick("訪問診療等機能", to).await?;
    desk.press("更新する").await?;
    desk.sees("更新しました").await?;
    desk.press_in("dialog", "OK").await
}

/// The way from the list to the settings, and the use on.
async fn settings(desk: &Tablet, world: &World) -> anyhow::Result<()> {
    stands(desk, world, VISIT, "利用する", "まだです").await?;
    desk.press("環境設定情報を開く").await?;
    switch(desk, "利用する").await?;
    stands(desk, world, VISIT, "利用する", "済み").await
}

/// The way from the list to the form; the initial password.
async fn account(desk: &Tablet, world: &World) -> anyhow::Result<String> {
    stands(desk, world, VISIT, "アカウントを登録する", "まだです").await?;
    desk.press("アカウントを登録する").await?;
    desk.heading("アカウント管理(登録)").await?;
    desk.fill("ユーザID", STAFF).await?;
    desk.fill("ユーザ名", "看護 花子").await?;
    desk.fill("ユーザ名(カナ)", "カンゴ ハナコ").await?;
    desk.press("登録する").await?;
    desk.sees("控えたので閉じる").await?;
    let password = desk.script("return document.querySelector('.secret__text').textContent").await?;
    let password = password.as_str().context("no initial password")?.to_owned();
    desk.press("控えたので閉じる").await?;
    stands(desk, world, VISIT, "アカウントを登録する", "済み").await?;
    Ok(password)
}

async fn first_login(world: &mut World, login: &Login) -> anyhow::Result<()> {
    let nurse = world.screen(820, 1180).await?;
    office::log_in(&nurse, world, login).await?;
    nurse.heading("初期パスワードの変更").await?;
    nurse.fill("初期パスワード", &login.password).await?;
    nurse.fill("新しいパスワード", CHOSEN).await?;
    nurse.fill("新しいパスワード(もう一度)", CHOSEN).await?;
    nurse.press("パスワードを変更する").await?;
    nurse.heading("メニュー").await?;
    ensure!(!nurse.text().await?.contains("準備がまだのもの"), "staff are told of what an admin does");
    Ok(())
}

async fn code(desk: &Tablet, world: &World) -> anyhow::Result<()> {
    stands(desk, world, DEVICE, "コードを発行する", "まだです").await?;
    desk.press("アクティベーションコード管理を開く").await?;
    desk.heading("アクティベーションコード管理").await?;
    desk.fill("端末の名前", "Aのスマホ1").await?;
    desk.press("発行").await?;
    desk.sees("控えたので閉じる").await?;
    desk.press("控えたので閉じる").await?;
    stands(desk, world, DEVICE, "コードを発行する", "済み").await
}

/// Both lists are ready, the sheet says so on one page, and the home has nothing of it to do.
async fn ready(desk: &Tablet, world: &World) -> anyhow::Result<()> {
    desk.open(&format!("{}/setup", world.office_url())).await?;
    desk.heading("準備チェックリスト").await?;
    desk.sees("準備ができています。").await?;
    for list in [VISIT, DEVICE] {
        let script = format!(
            "const list = [...document.querySelectorAll('section.setup')].find(s => s.querySelector('h2').innerText.includes('{list}'));
             return list ? list.dataset.ready : ''"
        );
        let said = desk.script(&script).await?;
        ensure!(said == serde_json::json!("true"), "{list} is not ready: {}", desk.text().await?);
    }
    ensure!(line(desk, DEVICE, "端末を登録する").await?.contains("次の版"), "a device that nobody could register");
    desk.open(&world.office_url()).await?;
    desk.heading("メニュー").await?;
    desk.sees("お知らせの一覧").await?;
    // The two other uses of the demo, whose pages nobody opened, and no more.
    desk.sees("準備がまだのものが2つあります").await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_seed_gives_every_task_once_and_each_after_what_it_needs() {
        let mut seen = Vec::new();
        for seed in 0..200 {
            let order = shuffled(seed);
            let place = |task| order.iter().position(|one| *one == task).unwrap();
            assert!(order.len() == 5 && place(Account) < place(FirstLogin) && place(Settings) < place(TestRead), "{order:?}");
            assert_eq!(order, shuffled(seed));
            if !seen.contains(&order) {
                seen.push(order);
            }
        }
        assert!(seen.len() > 20, "only {} orders", seen.len());
    }
}
