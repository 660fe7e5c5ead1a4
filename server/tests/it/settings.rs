//! 環境設定情報 on both databases: versioned records, terms that are confirmed, one of two changes at once; and reception obeys.

use server::rule::settings::{change, history, seen};
use server::store::institution::{current_url, retire_url};
use server::tenant::Tenant;
use server::terms::TermsBook;
use shared::api::office::ReceptionUrl;
use shared::api::reception::{OpenPage, OpenVisit};
use shared::api::settings::{
    ChangeSettings, HISTORY_ROWS, HistoryAsked, HistoryPage, SeeSettings, SettingsChange, SettingsHistory, SettingsSeen, Terms, TermsRead,
};
use shared::api::{Code, Detail};
use shared::domain::account::UserId;
use shared::domain::calendar::UnixMs;
use shared::domain::consent::{Choice, Choices, ConsentGroup, ConsentItem, ItemState};
use shared::domain::coverage::Provided;
use shared::domain::institution::{ReceptionToken, Use, VisitKind};
use shared::domain::settings::{FileEncoding, FileWay, PhoneRule, PrescriptionForm, Settings, SettingsFault, TermsId};

use crate::kept::Kept;
use crate::sample::code;
use crate::store::{entry, on_both};
use crate::world::{CLINIC, ORIGIN, STATION, World, add_institution, holder, new_visit, nobody};

/// One change.
type Set = fn(&mut Settings);

const NOW: UnixMs = UnixMs(1_795_000_000_000);

fn tenant(institution: &str) -> Tenant {
    Tenant::of_operator(&code(institution))
}

fn terms(version: &str) -> Vec<Terms> {
    let row =
        |id: &str| format!("[[terms]]\nid = \"{id}\"\nversion = \"{version}\"\nfrom = \"2024-04-01\"\ntitle = \"t\"\ntext = [\"x\"]\n");
    TermsBook::parse(&(row("online_check") + &row("subsidies"))).unwrap().in_force(NOW.jst_date())
}

async fn now_set(store: &Kept, institution: &str, terms: &[Terms]) -> SettingsSeen {
    let (tenant, terms) = (tenant(institution), terms.to_vec());
    store.0.read(move |tx| seen(tx, &tenant, "機関", &terms, NOW)).await.unwrap()
}

/// A change by `kanri1`, or by the operator.
async fn changed(store: &Kept, wanted: SettingsChange, terms: &[Terms], is_operator: bool) -> Result<(), SettingsFault> {
    let (tenant, terms, entry) = (tenant(STATION), terms.to_vec(), entry(NOW, STATION));
    let by = (!is_operator).then(|| UserId::try_from("kanri1").unwrap());
    store.0.write(move |tx| change(tx, &tenant, &wanted, &terms, by.as_ref(), &entry)).await.unwrap()
}

fn wanted(seen: &SettingsSeen, set: impl Fn(&mut Settings)) -> SettingsChange {
    let mut settings = seen.settings.clone();
    set(&mut settings);
    SettingsChange { version: seen.version, settings, confirmed: Vec::new() }
}

async fn records(store: &Kept, institution: &str, before: Option<u32>) -> HistoryPage {
    let tenant = tenant(institution);
    store.0.read(move |tx| history(tx, &tenant, before)).await.unwrap()
}

async fn two_institutions(store: &Kept) {
    for institution in [STATION, CLINIC] {
        add_institution(store, institution, "a", &server::random::Random::machine(), NOW).await;
    }
}

async fn each_block_is_kept_as_a_record_of_its_own(store: &Kept) {
    two_institutions(store).await;
    let first = now_set(store, STATION, &[]).await;
    assert_eq!((first.version, &first.changed_by, first.changed_at), (1, &None, NOW));
    assert_eq!(first.settings, Settings::at_start("事務所 受付"));
    let sets: [(&str, Set); 12] = [
        ("訪問診療等機能", |s| s.home_visit.is_on = false),
        ("訪問診療等: 受付でたずねる項目", |s| s.home_visit.items = vec![ConsentGroup::Surgery]),
        ("訪問診療等: iPhone", |s| s.home_visit.iphone = PhoneRule::Taken),
        ("医療扶助", |s| s.medical_aid = false),
        ("電子処方箋", |s| s.e_prescription = true),
        ("処方箋の発行形態", |s| s.prescription_form = PrescriptionForm::AtConsultation),
        ("目視確認", |s| s.visual_check = false),
        ("受付の端末での資格の表示", |s| s.shows_eligibility = false),
        ("結果の自動書き出し", |s| s.hand_over.is_on = false),
        ("書き出しの方法", |s| s.hand_over.way = FileWay::Download),
        ("書き出しの文字コード", |s| s.hand_over.encoding = FileEncoding::ShiftJis),
        ("連絡先", |s| s.contact = "03-0000-0000".to_owned()),
    ];
    for (name, set) in sets {
        let before = now_set(store, STATION, &[]).await;
        assert_eq!(changed(store, wanted(&before, set), &[], false).await, Ok(()), "{name}");
        let after = now_set(store, STATION, &[]).await;
        assert_eq!((after.version, after.changed_by.as_ref().map(UserId::as_str)), (before.version + 1, Some("kanri1")));
        assert_eq!(after.settings, wanted(&before, set).settings, "{name}");
        let newest = records(store, STATION, None).await.rows.into_iter().next().unwrap();
        assert_eq!(newest.changes.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), [name]);
    }
    let all = records(store, STATION, None).await;
    assert_eq!((all.rows.len(), all.next), (13, None));
    assert!(all.rows.last().unwrap().changes.is_empty(), "the first record only begins");
    assert_eq!(records(store, CLINIC, None).await.rows.len(), 1, "another institution's are not touched");
    assert_eq!(now_set(store, CLINIC, &[]).await.settings, Settings::at_start("事務所 受付"));
    let subjects: Vec<_> = store.audit_of(&code(STATION)).await.unwrap().into_iter().filter_map(|row| row.subject).collect();
    assert_eq!(subjects, (2..=13).map(|version| format!("settings {version}")).collect::<Vec<_>>());
}

async fn what_cannot_be_is_refused_and_nothing_is_stored(store: &Kept) {
    two_institutions(store).await;
    let first = now_set(store, STATION, &[]).await;
    let sets: [(SettingsFault, Set); 5] = [
        (SettingsFault::Unchanged, |_| {}),
        (SettingsFault::Unchanged, |s| s.contact.push(' ')),
        (SettingsFault::Items(Use::HomeVisit), |s| s.home_visit.items.clear()),
        (SettingsFault::ContactTooLong, |s| s.contact = "あ".repeat(121)),
        (SettingsFault::MyNumber, |s| s.contact = concat!("1234567890", "18").to_owned()),
    ];
    for (fault, set) in sets {
        assert_eq!(changed(store, wanted(&first, set), &terms("1"), false).await, Err(fault));
    }
    assert_eq!(now_set(store, STATION, &[]).await, first);
    assert!(store.audit_of(&code(STATION)).await.unwrap().is_empty());
}

async fn n042_n048_terms_come_first_and_a_newer_version_asks_again(store: &Kept) {
    two_institutions(store).await;
    let (old, new) = (terms("1"), terms("2"));
    let first = now_set(store, STATION, &old).await;
    assert!(first.terms.iter().all(|one| one.confirmed.is_none()));
    let on = |seen: &SettingsSeen, version: &str| SettingsChange {
        confirmed: vec![TermsRead { id: TermsId::Subsidies, version: version.to_owned() }],
        ..wanted(seen, |s| s.subsidies = true)
    };
    let needs = Err(SettingsFault::Terms(TermsId::Subsidies));
    let without = SettingsChange { confirmed: Vec::new(), ..on(&first, "1") };
    assert_eq!(changed(store, without, &old, false).await, needs);
    assert_eq!(changed(store, on(&first, "0"), &old, false).await, needs, "another version was read");
    let others = SettingsChange { confirmed: vec![TermsRead { id: TermsId::OnlineCheck, version: "1".to_owned() }], ..on(&first, "1") };
    assert_eq!(changed(store, others, &old, false).await, needs, "other terms were read");
    assert_eq!(changed(store, on(&first, "1"), &old, true).await, needs, "the operator confirms nothing for an institution");
    assert_eq!(changed(store, on(&first, "1"), &[], false).await, needs, "no text is in force");
    assert_eq!(changed(store, on(&first, "1"), &old, false).await, Ok(()));
    let confirmed = now_set(store, STATION, &old).await;
    let row = confirmed.terms.iter().find(|one| one.terms.id == TermsId::Subsidies).unwrap().confirmed.clone().unwrap();
    assert_eq!((row.by.as_str(), row.at), ("kanri1", NOW));
    assert!(confirmed.terms.iter().find(|one| one.terms.id == TermsId::OnlineCheck).unwrap().confirmed.is_none());
    assert!(now_set(store, CLINIC, &old).await.terms.iter().all(|one| one.confirmed.is_none()));
    let subjects: Vec<_> = store.audit_of(&code(STATION)).await.unwrap().into_iter().filter_map(|row| row.subject).collect();
    assert_eq!(subjects, ["terms subsidies 1", "settings 2"]);
    // Once confirmed, other changes ask for nothing more, until there is a newer version.
    assert_eq!(changed(store, wanted(&confirmed, |s| s.medical_aid = false), &old, false).await, Ok(()));
    let third = now_set(store, STATION, &new).await;
    assert!(third.terms.iter().all(|one| one.confirmed.is_none()), "the new version was confirmed by nobody");
    assert_eq!(changed(store, wanted(&third, |s| s.medical_aid = true), &new, false).await, needs);
    assert_eq!(changed(store, wanted(&third, |s| s.subsidies = false), &new, false).await, Ok(()), "off needs no terms");
    let fourth = now_set(store, STATION, &new).await;
    assert_eq!(changed(store, on(&fourth, "2"), &new, false).await, Ok(()));
}

async fn a_newer_text_of_the_terms_is_confirmed_alone(store: &Kept) {
    two_institutions(store).await;
    let (old, new) = (terms("1"), terms("2"));
    let read = |seen: &SettingsSeen, version: &str, set: Set| SettingsChange {
        confirmed: vec![TermsRead { id: TermsId::Subsidies, version: version.to_owned() }],
        ..wanted(seen, set)
    };
    let first = now_set(store, STATION, &old).await;
    assert_eq!(changed(store, read(&first, "1", |_| {}), &old, false).await, Err(SettingsFault::Unchanged), "nothing needs these terms");
    assert_eq!(changed(store, read(&first, "1", |s| s.subsidies = true), &old, false).await, Ok(()));
    let second = now_set(store, STATION, &new).await;
    assert_eq!(changed(store, wanted(&second, |_| {}), &new, false).await, Err(SettingsFault::Unchanged), "nothing was ticked");
    assert_eq!(
        changed(store, read(&second, "2", |_| {}), &new, true).await,
        Err(SettingsFault::Unchanged),
        "the operator confirms nothing"
    );
    assert_eq!(changed(store, read(&second, "2", |_| {}), &new, false).await, Ok(()));
    let third = now_set(store, STATION, &new).await;
    assert_eq!((third.version, &third.settings), (second.version, &second.settings), "no new record");
    assert!(third.terms.iter().find(|one| one.terms.id == TermsId::Subsidies).unwrap().confirmed.is_some());
    assert_eq!(changed(store, read(&third, "2", |_| {}), &new, false).await, Err(SettingsFault::Unchanged), "a second time");
    let subjects: Vec<_> = store.audit_of(&code(STATION)).await.unwrap().into_iter().filter_map(|row| row.subject).collect();
    assert_eq!(subjects, ["terms subsidies 1", "settings 2", "terms subsidies 2"]);
    assert_eq!(changed(store, wanted(&third, |s| s.medical_aid = false), &new, false).await, Ok(()));
}

async fn of_two_changes_of_one_record_the_second_is_told(store: &Kept) {
    two_institutions(store).await;
    let base = now_set(store, STATION, &[]).await;
    let (mine, theirs) = (wanted(&base, |s| s.medical_aid = false), wanted(&base, |s| s.contact = "1".to_owned()));
    let (one, other) = tokio::join!(changed(store, mine.clone(), &[], false), changed(store, theirs.clone(), &[], false));
    let (won, lost) = if one.is_ok() { (mine, other) } else { (theirs, one) };
    assert_eq!(lost, Err(SettingsFault::ChangedMeanwhile));
    let after = now_set(store, STATION, &[]).await;
    assert_eq!((after.version, after.settings), (2, won.settings));
    assert_eq!(records(store, STATION, None).await.rows.len(), 2, "nothing of the other one is stored");
}

async fn the_history_turns_its_pages(store: &Kept) {
    two_institutions(store).await;
    let rows = HISTORY_ROWS + 5;
    for number in 1..rows {
        let seen = now_set(store, STATION, &[]).await;
        changed(store, wanted(&seen, |s| s.contact = number.to_string()), &[], true).await.unwrap();
    }
    let first = records(store, STATION, None).await;
    let versions = |page: &HistoryPage| page.rows.iter().map(|row| row.version).collect::<Vec<_>>();
    assert_eq!(versions(&first), (6..=rows).rev().collect::<Vec<_>>());
    assert_eq!(first.rows.last().unwrap().changes[0].old, "4", "the oldest row of a page too says what was before");
    let second = records(store, STATION, first.next).await;
    assert_eq!((versions(&second), second.next), ((1..6).rev().collect(), None));
}

on_both!(
    each_block_is_kept_as_a_record_of_its_own,
    what_cannot_be_is_refused_and_nothing_is_stored,
    n042_n048_terms_come_first_and_a_newer_version_asks_again,
    a_newer_text_of_the_terms_is_confirmed_alone,
    of_two_changes_of_one_record_the_second_is_told,
    the_history_turns_its_pages,
);

#[tokio::test]
async fn a_use_that_is_switched_on_has_its_url_at_once() {
    let world = World::new().await;
    let admin = world.login(STATION, "kanri1").await;
    let first = world.call::<ReceptionUrl>(&["home-visit"], &admin, &()).await.unwrap();
    let seen = world.call::<SeeSettings>(&[], &admin, &()).await.unwrap();
    let seen = world.call::<ChangeSettings>(&[], &admin, &wanted(&seen, |s| s.home_visit.is_on = false)).await.unwrap();
    // As of an institution that never had the use.
    let token = ReceptionToken::try_from(first.url.rsplit('/').next().unwrap()).unwrap();
    let of = tenant(STATION);
    assert!(world.store.0.write(move |tx| retire_url(tx, &of, VisitKind::HomeVisit, &token, NOW)).await.unwrap());
    let seen = world.call::<ChangeSettings>(&[], &admin, &wanted(&seen, |s| s.medical_aid = false)).await.unwrap();
    let read = || {
        let of = tenant(STATION);
        world.store.0.read(move |tx| current_url(tx, &of, VisitKind::HomeVisit))
    };
    assert!(read().await.unwrap().is_none(), "it is off");
    let seen = world.call::<ChangeSettings>(&[], &admin, &wanted(&seen, |s| s.home_visit.is_on = true)).await.unwrap();
    let url = world.call::<ReceptionUrl>(&["home-visit"], &admin, &()).await.unwrap();
    assert_ne!(url.url, first.url);
    let others = world.call::<ChangeSettings>(&[], &admin, &wanted(&seen, |s| s.medical_aid = true)).await;
    assert!(others.is_ok());
    assert_eq!(world.call::<ReceptionUrl>(&["home-visit"], &admin, &()).await.unwrap().url, url.url, "it stays");
    let subjects: Vec<_> = world.store.audit_of(&code(STATION)).await.unwrap().into_iter().filter_map(|row| row.subject).collect();
    assert!(subjects.contains(&"url home-visit".to_owned()), "{subjects:?}");
}

#[tokio::test]
async fn an_admin_changes_and_the_others_only_look() {
    let world = World::new().await;
    let (admin, general) = (world.login(STATION, "kanri1").await, world.login(STATION, "ippan1").await);
    let seen = world.call::<SeeSettings>(&[], &general, &()).await.unwrap();
    assert_eq!((seen.institution_name.as_str(), seen.version), ("ひなた訪問看護ステーション", 1));
    assert_eq!(seen.terms.len(), TermsId::ALL.len());
    let off = wanted(&seen, |s| s.home_visit.is_on = false);
    assert_eq!(world.call::<ChangeSettings>(&[], &general, &off).await.unwrap_err().1.code, Code::Forbidden);
    let after = world.call::<ChangeSettings>(&[], &admin, &off).await.unwrap();
    assert_eq!((after.version, after.settings.home_visit.is_on), (2, false));
    let late = world.call::<ChangeSettings>(&[], &admin, &off).await.unwrap_err().1;
    assert_eq!((late.code, late.detail), (Code::Settings, Some(Detail::Settings(SettingsFault::ChangedMeanwhile))));
    let page = world.call::<SettingsHistory>(&[], &general, &HistoryAsked { before: None }).await.unwrap();
    assert_eq!(page.rows.iter().map(|row| row.version).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(world.audited("office.change_settings").await, ["U-FORBIDDEN", "ok", "U-SETTINGS"]);
}

#[tokio::test]
async fn reception_obeys_at_once() {
    let world = World::new().await;
    let token = world.token.as_str();
    let set = async |change: fn(&mut Settings)| world.store.set(code(STATION), change).await.unwrap();
    let opened = async || world.call::<OpenPage>(&[token], &nobody(), &()).await;
    assert_eq!(opened().await.unwrap().questions, ConsentGroup::ALL);
    // Items asked, contact, eligibility on the tablet.
    set(|s| {
        s.home_visit.items = vec![ConsentGroup::Surgery, ConsentGroup::Checkup];
        s.contact = "03-0000-0000 平日".to_owned();
        s.shows_eligibility = false;
    })
    .await;
    let page = opened().await.unwrap();
    assert_eq!(page.questions, [ConsentGroup::Surgery, ConsentGroup::Checkup]);
    assert_eq!((page.contact.as_str(), page.shows_eligibility), ("03-0000-0000 平日", false));
    // What is not asked is answered by nobody (X23), and the card signs that it was not asked.
    let refused = world.call::<OpenVisit>(&[token], &nobody(), &new_visit([1; 16], Choices::all(Choice::Agree))).await.unwrap_err().1;
    assert_eq!(refused.code, Code::X23);
    let answers = |choice: Choice| {
        let asked = [ConsentGroup::Surgery, ConsentGroup::Checkup];
        Choices::collect(|group| Some(if asked.contains(&group) { choice } else { Choice::NotAsked })).unwrap()
    };
    let visit = world.open(answers(Choice::Agree)).await;
    let proof = world.card("ichiro").sign(&visit.challenge, ORIGIN);
    let result = world.prove(&visit, &proof).await.unwrap();
    let state = |of: ConsentItem| result.items.iter().find(|(item, _)| *item == of).unwrap().1;
    assert_eq!((state(ConsentItem::Surgery), state(ConsentItem::Checkup)), (ItemState::Agreed, ItemState::Agreed));
    for item in [ConsentItem::Treatment, ConsentItem::Drug, ConsentItem::LimitCertificate, ConsentItem::SpecificDisease] {
        assert_eq!(state(item), ItemState::NotAsked, "{item:?}");
    }
    assert_eq!(result.eligibility, None);
    let consent = server::store::ConsentId::parse(&world.first_consent().await).unwrap();
    let kept = world.store.consent(&code(STATION), &consent).await.unwrap().unwrap();
    assert_eq!(kept.items, result.items, "kept as such");
    assert!(kept.eligibility.coverages.iter().all(|one| one.limit == Provided::NotProvided), "not asked is not consented to");
    // Asked again, everything is to be answered again.
    set(|s| s.home_visit.items = ConsentGroup::ALL.to_vec()).await;
    let refused = world.call::<OpenVisit>(&[token], &nobody(), &new_visit([2; 16], answers(Choice::Refuse))).await.unwrap_err().1;
    assert_eq!(refused.code, Code::X23);
    // Off: X19 with the contact. Whoever was asked already goes on to the end.
    let open = world.open(Choices::all(Choice::Refuse)).await;
    set(|s| s.home_visit.is_on = false).await;
    let refused = opened().await.unwrap_err().1;
    assert_eq!((refused.code, refused.detail), (Code::X19, Some(Detail::Contact("03-0000-0000 平日".to_owned()))));
    let refused = world.call::<OpenVisit>(&[token], &nobody(), &new_visit([3; 16], Choices::all(Choice::Agree))).await.unwrap_err().1;
    assert_eq!(refused.code, Code::X19);
    world.call::<shared::api::reception::VisitState>(&[&open.visit], &holder(&open), &()).await.unwrap();
    set(|s| s.home_visit.is_on = true).await;
    assert!(opened().await.is_ok());
}
