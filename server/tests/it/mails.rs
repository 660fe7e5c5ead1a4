//! Mails on both databases: each event has one, whoever dies; what cannot be sent is given up and told; a relay sees that it is the same.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use server::clock::Clock;
use server::jobs::{Worker, applications};
use server::origin::Origin;
use server::post::{Mailer, Way};
use server::random::Random;
use server::rule::job;
use server::rule::mail::TRIES_MAX;
use server::rule::portal as rule;
use server::store::mail;
use shared::domain::calendar::UnixMs;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;

use crate::kept::Kept;
use crate::portal::{DAY_MS, NOON, application, mails, record, registered, run};
use crate::store::on_both;
use crate::world::{ORIGIN, at};

fn worker(kept: &Kept, clock: &Clock, way: Way) -> Worker {
    let mailer = Mailer::new(way, "uketsuke@uketsuke.example".parse().unwrap(), Origin::parse(ORIGIN).unwrap(), &[7; 32]);
    Worker::new(Arc::clone(&kept.0), clock.clone(), &Random::machine()).unwrap().with_mailer(mailer)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    files
}

async fn each_mail_is_there_once_whoever_dies(kept: &Kept) {
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::standing_at(at(NOON));
    let new = record(1, clock.now(), "hash");
    let id = new.id.clone();
    run(kept, move |tx| rule::register(tx, &new)).await;
    // A server that sent it, and died before it could say so.
    let now = clock.now();
    run(kept, move |tx| job::plan(tx, "other", DAY_MS, now.plus_ms(DAY_MS))).await;
    let taken = run(kept, move |tx| job::take(tx, &[1; 16], now)).await.unwrap();
    let of = taken.clone();
    let waiting = run(kept, move |tx| server::rule::mail::waiting(tx, &of)).await.unwrap();
    let mailer = |way| Mailer::new(way, "uketsuke@uketsuke.example".parse().unwrap(), Origin::parse(ORIGIN).unwrap(), &[7; 32]);
    mailer(Way::Folder(folder.path().to_owned())).send(&waiting).await.unwrap();
    let first = std::fs::read(&files(folder.path())[0]).unwrap();
    assert_eq!(
        worker(kept, &clock, Way::Folder(folder.path().to_owned())).run_due().await.unwrap(),
        3,
        "purge, applications and changes of codes: leased"
    );
    clock.set(clock.now().plus_ms(job::LEASE_MS));
    worker(kept, &clock, Way::Folder(folder.path().to_owned())).run_due().await.unwrap();
    let all = files(folder.path());
    assert_eq!(all.len(), 1);
    assert_eq!(std::fs::read(&all[0]).unwrap(), first, "the same mail, not a second one");
    // The control: a mail that is named by its sending and not by its event is there twice.
    let control = server::store::mail::MailRecord { id: format!("{}.again", waiting.id), ..waiting.clone() };
    mailer(Way::Folder(folder.path().to_owned())).send(&control).await.unwrap();
    assert_eq!(files(folder.path()).len(), 2, "control");
    // What was of the person has left with it, and nothing is sent again.
    let of = waiting.id.clone();
    let kept_mail = run(kept, move |tx| mail::find(tx, &of)).await.unwrap();
    assert!(kept_mail.sent_at.is_some() && kept_mail.recipient.is_empty() && kept_mail.text.is_empty());
    let late = taken.clone();
    assert!(run(kept, move |tx| server::rule::mail::waiting(tx, &late)).await.is_none(), "the dead worker has it no more");
    assert_eq!(mails(kept, &id).await, ["confirm"]);
}

async fn a_mail_that_cannot_be_sent_is_given_up_and_sent_when_it_is_mended(kept: &Kept) {
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::standing_at(at(NOON));
    let new = record(1, clock.now(), "hash");
    let id = new.id.clone();
    run(kept, move |tx| rule::register(tx, &new)).await;
    std::fs::write(folder.path().join("file"), "").unwrap();
    let broken = worker(kept, &clock, Way::Folder(folder.path().join("file")));
    let dead = async || run(kept, mail::dead).await;
    for tried in 1..TRIES_MAX {
        broken.run_due().await.unwrap();
        assert_eq!(dead().await.len(), 0, "after {tried}");
        clock.set(clock.now().plus_ms(job::AGAIN_MAX_MS));
    }
    broken.run_due().await.unwrap();
    assert_eq!(dead().await, [format!("confirm.{}", id.as_str())]);
    clock.set(clock.now().plus_ms(job::AGAIN_MAX_MS));
    broken.run_due().await.unwrap();
    let now = clock.now();
    assert_eq!(run(kept, move |tx| server::rule::mail::revive(tx, now)).await, 1);
    worker(kept, &clock, Way::Folder(folder.path().join("mails"))).run_due().await.unwrap();
    assert_eq!((files(&folder.path().join("mails")).len(), dead().await.len()), (1, 0));
}

async fn n145_what_waits_too_long_is_told(kept: &Kept) {
    let now = at(NOON);
    let id = registered(kept, now).await;
    let of = id.clone();
    assert!(run(kept, move |tx| rule::apply(tx, &of, &application(0, None), now)).await);
    let look = async |now: UnixMs| {
        run(kept, move |tx| job::plan(tx, applications::KIND, applications::EVERY_MS, now)).await;
        loop {
            let taken = run(kept, move |tx| job::take(tx, &[1; 16], now)).await.unwrap();
            if taken.kind == applications::KIND {
                return run(kept, move |tx| applications::look(tx, &taken, now)).await;
            }
            run(kept, move |tx| job::finish(tx, &taken, now)).await;
        }
    };
    assert_eq!(look(now.plus_ms(7 * DAY_MS - 1)).await.overdue, 0);
    assert_eq!(look(now.plus_ms(8 * DAY_MS)).await.overdue, 1);
    let of = id.clone();
    run(kept, move |tx| rule::give_back(tx, &of, "理由", now.plus_ms(8 * DAY_MS))).await;
    assert_eq!(look(now.plus_ms(10 * DAY_MS)).await.overdue, 0);
}

/// What a relay was told: the whole of each mail, in their order.
type Told = Arc<Mutex<Vec<String>>>;

/// A relay that takes mails, and breaks the connection instead of its answer for the first `lost` of them.
async fn relay(lost: usize) -> (std::net::SocketAddr, Told) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, told) = (listener.local_addr().unwrap(), Told::default());
    let kept = Arc::clone(&told);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (read, mut write) = stream.into_split();
            let mut lines = BufReader::new(read).lines();
            write.write_all(b"220 relay\r\n").await.unwrap();
            let mut mail = None::<String>;
            while let Ok(Some(line)) = lines.next_line().await {
                let answer: &[u8] = match (&mut mail, line.as_str()) {
                    (Some(text), ".") => {
                        let number = {
                            let mut told = kept.lock().unwrap();
                            told.push(std::mem::take(text));
                            told.len()
                        };
                        mail = None;
                        if number <= lost {
                            break;
                        }
                        b"250 taken\r\n"
                    }
                    (Some(text), line) => {
                        text.push_str(line);
                        text.push('\n');
                        continue;
                    }
                    (None, "DATA") => {
                        mail = Some(String::new());
                        b"354 go on\r\n"
                    }
                    (None, "QUIT") => b"221 bye\r\n",
                    (None, _) => b"250 ok\r\n",
                };
                if write.write_all(answer).await.is_err() {
                    break;
                }
            }
        }
    });
    (address, told)
}

#[tokio::test]
async fn a_relay_that_was_told_twice_sees_that_it_is_the_same_mail() {
    let (kept, _folder) = crate::store::sqlite().await;
    let clock = Clock::standing_at(at(NOON));
    let new = record(1, clock.now(), "hash");
    run(&kept, move |tx| rule::register(tx, &new)).await;
    let (address, told) = relay(1).await;
    let worker = worker(&kept, &clock, Way::relay(&format!("smtp://{address}")).unwrap());
    worker.run_due().await.unwrap();
    assert_eq!(told.lock().unwrap().len(), 1, "taken, and the answer was lost");
    clock.set(clock.now().plus_ms(job::AGAIN_MS));
    worker.run_due().await.unwrap();
    worker.run_due().await.unwrap();
    let told = told.lock().unwrap().clone();
    assert_eq!(told.len(), 2, "sent again once, and no more when it was answered");
    assert_eq!(told[0], told[1], "by the same Message-ID and the same bytes");
    let id = |text: &str| text.lines().find(|line| line.starts_with("Message-ID:")).map(str::to_owned);
    assert!(id(&told[0]).is_some_and(|id| id.contains("<confirm.")), "{}", told[0]);
    // The control: another event's mail has another.
    let other = record(2, clock.now(), "hash");
    run(&kept, move |tx| rule::register(tx, &other)).await;
    let (address, second) = relay(0).await;
    self::worker(&kept, &clock, Way::relay(&format!("smtp://{address}")).unwrap()).run_due().await.unwrap();
    assert_ne!(id(&second.lock().unwrap()[0]), id(&told[0]), "control");
}

on_both!(
    each_mail_is_there_once_whoever_dies,
    a_mail_that_cannot_be_sent_is_given_up_and_sent_when_it_is_mended,
    n145_what_waits_too_long_is_told,
);
