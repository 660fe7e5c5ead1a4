//! Every use at reception, and what the patient's own hand does: registration online and on the odd route, review, withdrawal.

use shared::api::Code;
use shared::api::reception::{
    Living, OpenPage, OpenVisit, OpenVisitRequest, Proof, ProofAnswer, Replacement, VisitOpened, VisitResult, VisitStanding, VisitState,
};
use shared::api::withdrawal::{EndedBy, EndingSearch, ExportEndings, SearchEndings, Withdraw, WithdrawConsent};
use shared::domain::calendar::CivilDate;
use shared::domain::consent::{Choice, Choices, ConsentGroup, ConsentItem, EndReason, ItemState};
use shared::domain::institution::{InstitutionCode, ReceptionToken, VisitKind};
use shared::domain::settings::Settings;
use shared::domain::visit::{Assist, Occasion, Place, Purpose};
use shared::domain::withdrawal::WithdrawCause;
use shared::evidence::Statement;

use crate::world::{ORIGIN, Refused, STATION, World, holder, new_visit, nobody};

/// A station with all uses on, and the token of each page.
pub(crate) struct Uses {
    pub(crate) world: World,
    tokens: Vec<(VisitKind, ReceptionToken)>,
}

impl Uses {
    pub(crate) async fn new() -> Self {
        let world = World::new().await;
        let tenant = server::tenant::Tenant::of_operator(&InstitutionCode::try_from(STATION).unwrap());
        let mut tokens = vec![(VisitKind::HomeVisit, world.token.clone())];
        for (kind, byte) in [(VisitKind::Online, 0x31), (VisitKind::OffRoute, 0x32)] {
            let (of, token, at) = (tenant.clone(), ReceptionToken::from_random([byte; 32]), world.clock.now());
            tokens.push((kind, token.clone()));
            world.store.0.write(move |tx| server::store::institution::add_url(tx, &of, kind, &token, at)).await.unwrap();
        }
        let at = world.clock.now();
        let switch_on = move |tx: &mut server::store::tx::Tx<'_>| {
            let record = server::store::settings::current(tx, &tenant)?.unwrap();
            let (version, mut settings): (u32, Settings) = (record.version + 1, record.settings);
            (settings.online.is_on, settings.off_route.is_on) = (true, true);
            assert!(server::store::settings::point_to(tx, &tenant, record.version, version)?);
            let record = server::store::settings::SettingsRecord { version, settings, changed_at: at, changed_by: None };
            server::store::settings::add(tx, &tenant, &record)
        };
        world.store.0.write(switch_on).await.unwrap();
        Self { world, tokens }
    }

    fn token(&self, kind: VisitKind) -> &str {
        self.tokens.iter().find(|(of, _)| *of == kind).unwrap().1.as_str()
    }

    async fn open(&self, kind: VisitKind, choices: Choices, occasion: Occasion) -> Result<VisitOpened, Refused> {
        let key = server::random::Random::machine().bytes().unwrap();
        let request = OpenVisitRequest { occasion, ..new_visit(key, choices) };
        self.world.call::<OpenVisit>(&[self.token(kind)], &nobody(), &request).await
    }

    async fn signed(&self, kind: VisitKind, choices: Choices, occasion: Occasion) -> (VisitOpened, Proof) {
        let visit = self.open(kind, choices, occasion).await.unwrap();
        let proof = self.world.card("ichiro").sign(&visit.challenge, ORIGIN);
        (visit, proof)
    }

    async fn register(&self, kind: VisitKind, occasion: Occasion) -> VisitResult {
        let (visit, proof) = self.signed(kind, Choices::all(Choice::Agree), occasion).await;
        self.world.prove(&visit, &proof).await.unwrap()
    }

    /// Changes of consents in their order: reason, what ended, items before and after.
    fn changes(&self) -> Vec<String> {
        let file = self.world.folder().join("u.db");
        let connection = rusqlite::Connection::open_with_flags(file, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
        let mut found = connection
            .prepare(
                "SELECT why || CASE WHEN is_whole THEN ' whole ' WHEN ends THEN ' ends ' ELSE ' - ' END || items_before || ' ' || items_after
                 FROM consent_changes ORDER BY changed_at, id",
            )
            .unwrap();
        found.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    }

    async fn asks(&self, purpose: Purpose) -> (VisitOpened, Proof, Option<Living>) {
        let occasion = Occasion { purpose, ..Occasion::default() };
        let (visit, proof) = self.signed(VisitKind::HomeVisit, Choices::all(Choice::NotAsked), occasion).await;
        let living = living(self.world.ask(&visit, &proof).await.unwrap());
        (visit, proof, living)
    }
}

fn living(answer: ProofAnswer) -> Option<Living> {
    match answer {
        ProofAnswer::Living { living } => living.map(|living| *living),
        other => panic!("a review shows first: {other:?}"),
    }
}

fn replacement(answer: ProofAnswer) -> Replacement {
    match answer {
        ProofAnswer::ConfirmNeeded { replacement } => *replacement,
        other => panic!("stored without a yes: {other:?}"),
    }
}

fn booked(on: &str) -> Occasion {
    Occasion { booked_on: Some(CivilDate::try_from(on).unwrap()), ..Occasion::default() }
}

fn states(items: &[(ConsentItem, ItemState)]) -> Vec<ItemState> {
    items.iter().map(|(_, state)| *state).collect()
}

#[tokio::test]
async fn s25_a_consent_of_another_use_counts_to_the_end_of_the_booked_day() {
    let uses = Uses::new().await;
    let today = uses.world.clock.now().jst_date();
    for kind in VisitKind::ALL {
        let page = uses.world.call::<OpenPage>(&[uses.token(kind)], &nobody(), &()).await.unwrap();
        assert_eq!(page.visit_kind, kind);
    }
    let day = today.plus_days(3);
    let assisted = Occasion {
        assist: Some(Assist::Staff),
        place: Some(Place::WithNurse),
        place_name: "ひなた訪問看護".to_owned(),
        ..booked(&day.to_string())
    };
    let (visit, proof) = uses.signed(VisitKind::Online, Choices::all(Choice::Agree), assisted.clone()).await;
    let said = Statement::parse(&visit.challenge.statement.0).unwrap();
    assert_eq!((said.visit_kind, said.purpose, said.booked_on), (VisitKind::Online, Purpose::Register, Some(day)));
    assert_eq!(visit.consent_until, day.at_jst(23, 59));
    let result = uses.world.prove(&visit, &proof).await.unwrap();
    assert_eq!((result.expires_at, &result.occasion), (day.at_jst(23, 59), &assisted), "place and help stand on the receipt");
    // The odd route without a booking is for today.
    let other = uses.open(VisitKind::OffRoute, Choices::all(Choice::Agree), Occasion::default()).await.unwrap();
    assert_eq!(other.consent_until, today.at_jst(23, 59));
    // What is kept for the tablet reads back whole.
    let standing = uses.world.call::<VisitState>(&[&visit.visit], &holder(&visit), &()).await.unwrap();
    assert_eq!(standing, VisitStanding::Done { result: Box::new(result) });
}

#[tokio::test]
async fn x24_a_booked_date_that_cannot_be_opens_no_visit() {
    let uses = Uses::new().await;
    let today = uses.world.clock.now().jst_date();
    for (kind, occasion, code) in [
        (VisitKind::Online, Occasion::default(), Code::X24),
        (VisitKind::Online, booked(&today.plus_days(-1).to_string()), Code::X24),
        (VisitKind::OffRoute, booked(&today.plus_days(93).to_string()), Code::X24),
        (VisitKind::HomeVisit, booked(&today.to_string()), Code::X24),
        (VisitKind::HomeVisit, Occasion { place: Some(Place::Car), ..Occasion::default() }, Code::Request),
    ] {
        let (_, refusal) = uses.open(kind, Choices::all(Choice::Agree), occasion).await.unwrap_err();
        assert_eq!(refusal.code, code, "{kind:?}");
    }
    let asks = Occasion { purpose: Purpose::Withdraw, ..Occasion::default() };
    let (_, refusal) = uses.open(VisitKind::HomeVisit, Choices::all(Choice::Agree), asks).await.unwrap_err();
    assert_eq!(refusal.code, Code::X23, "a withdrawal answers no question");
}

/// Opened before midnight for today, proved after it: nothing is stored, and the earlier consent stays.
#[tokio::test]
async fn x24_a_booked_day_that_is_over_when_the_proof_comes_is_refused() {
    let uses = Uses::new().await;
    let world = &uses.world;
    uses.register(VisitKind::HomeVisit, Occasion::default()).await;
    let today = world.clock.now().jst_date();
    world.clock.set(today.at_jst(23, 50));
    let (visit, proof) = uses.signed(VisitKind::OffRoute, Choices::all(Choice::Agree), Occasion::default()).await;
    let Replacement { former, .. } = replacement(world.ask(&visit, &proof).await.unwrap());
    let before = world.rows().await;
    world.clock.set(today.plus_days(1).at_jst(0, 5));
    let (_, refusal) = world.ask(&visit, &Proof { replaces: Some(former), ..proof }).await.unwrap_err();
    assert_eq!((refusal.code, world.rows().await), (Code::X24, before));
    assert!(uses.changes().is_empty(), "nothing has ended");
}

#[tokio::test]
async fn x26_another_use_ends_the_earlier_one_with_a_yes_only() {
    let uses = Uses::new().await;
    let first = uses.register(VisitKind::HomeVisit, Occasion::default()).await;
    let day = uses.world.clock.now().jst_date().plus_days(1);
    let (visit, proof) = uses.signed(VisitKind::Online, Choices::all(Choice::Agree), booked(&day.to_string())).await;
    let asked = replacement(uses.world.ask(&visit, &proof).await.unwrap());
    assert_eq!((asked.former_use, asked.expires_at), (VisitKind::HomeVisit, first.expires_at));
    assert_eq!(uses.world.rows().await, [1, 1, 1], "nothing is stored before the yes");
    let yes = crate::world::yes(&proof, &asked);
    let second = uses.world.prove(&visit, &yes).await.unwrap();
    assert_eq!((second.ended_use, second.replaced_until), (Some(VisitKind::HomeVisit), Some(first.expires_at)));
    assert_eq!(uses.world.prove(&visit, &yes).await.unwrap(), second, "sent again it is answered again");
    assert_eq!(uses.changes(), ["3 whole AAAAAA WWWWWW"], "reason 3: another use");
    // The earlier one has ended: a further registration asks about the second.
    let (visit, proof) = uses.signed(VisitKind::HomeVisit, Choices::all(Choice::Agree), Occasion::default()).await;
    let asked = replacement(uses.world.ask(&visit, &proof).await.unwrap());
    assert_eq!((asked.former_use, asked.expires_at), (VisitKind::Online, second.expires_at));
}

#[tokio::test]
async fn rw_9_a_person_sees_and_changes_the_own_consent() {
    let uses = Uses::new().await;
    assert_eq!(uses.asks(Purpose::Review).await.2, None, "there is none");
    let first = uses.register(VisitKind::HomeVisit, Occasion::default()).await;
    let (visit, proof, shown) = uses.asks(Purpose::Review).await;
    let shown = shown.unwrap();
    assert_eq!((shown.consented_at, shown.expires_at, &shown.items), (first.consented_at, first.expires_at, &first.items));
    assert!(uses.changes().is_empty(), "what is shown changes nothing");
    let answers = Choices { surgery: Choice::Refuse, ..Choices::all(Choice::Agree) };
    let saves = |of: &str, changes| Proof { replaces: Some(of.to_owned()), changes, ..proof.clone() };
    // A yes to another consent, one without answers, and one that changes nothing are none.
    for bad in [saves(&visit.visit, Some(answers)), saves(&shown.id, None), saves(&shown.id, Some(Choices::all(Choice::Agree)))] {
        assert_eq!(living(uses.world.ask(&visit, &bad).await.unwrap()), Some(shown.clone()));
    }
    let saved = saves(&shown.id, Some(answers));
    let result = uses.world.prove(&visit, &saved).await.unwrap();
    assert_eq!(states(&result.items)[..2], [ItemState::Refused, ItemState::Agreed]);
    assert_eq!((result.expires_at, result.changed_at), (first.expires_at, Some(uses.world.clock.now())), "no new deadline");
    assert_eq!(uses.world.prove(&visit, &saved).await.unwrap(), result, "sent again it is answered again");
    assert_eq!(uses.changes(), ["2 ends AAAAAA RAAAAA"]);
    uses.world.later(1_000);
    // And back: an agreement that was taken back may be given again; nothing ends by it.
    let (visit, proof, shown) = uses.asks(Purpose::Review).await;
    let back = Proof { replaces: Some(shown.unwrap().id), changes: Some(Choices::all(Choice::Agree)), ..proof };
    assert_eq!(uses.world.prove(&visit, &back).await.unwrap().items, first.items);
    assert_eq!(uses.changes(), ["2 ends AAAAAA RAAAAA", "2 - RAAAAA AAAAAA"]);
    assert_eq!(uses.world.rows().await, [1, 1, 1], "it is the same consent");
}

#[tokio::test]
async fn rw_10_a_person_withdraws_every_consent() {
    let uses = Uses::new().await;
    let first = uses.register(VisitKind::HomeVisit, Occasion::default()).await;
    let (visit, proof, shown) = uses.asks(Purpose::Withdraw).await;
    let shown = shown.unwrap();
    let yes = Proof { replaces: Some(shown.id.clone()), ..proof };
    let result = uses.world.prove(&visit, &yes).await.unwrap();
    assert!(states(&result.items).iter().all(|state| *state == ItemState::Withdrawn), "{result:?}");
    assert_ne!(result.receipt, first.receipt, "a withdrawal has a receipt of its own");
    assert_eq!(uses.world.prove(&visit, &yes).await.unwrap(), result);
    assert_eq!(uses.changes(), ["2 whole AAAAAA WWWWWW"], "reason 2: the patient");
    assert_eq!(uses.asks(Purpose::Withdraw).await.2, None, "nothing is left to withdraw");
    // A later registration replaces nothing.
    assert_eq!(uses.register(VisitKind::HomeVisit, Occasion::default()).await.replaced_until, None);
    assert_eq!(uses.world.audited("reception.prove").await, ["ok", "shown", "ok", "shown", "ok"]);
}

#[tokio::test]
async fn a_withdrawal_is_no_registration_and_its_proof_serves_for_nothing_else() {
    let uses = Uses::new().await;
    uses.register(VisitKind::HomeVisit, Occasion::default()).await;
    let (visit, proof, shown) = uses.asks(Purpose::Review).await;
    // The statement says what it is about: signed for a review, it withdraws nothing.
    let (other, _, _) = uses.asks(Purpose::Withdraw).await;
    let stolen = Proof { replaces: Some(shown.unwrap().id), nonce: other.challenge.nonce.clone(), ..proof.clone() };
    let (_, refusal) = uses.world.ask(&other, &stolen).await.unwrap_err();
    assert_eq!(refusal.code, Code::X11);
    let without_answers = Proof { replaces: None, ..proof };
    assert!(living(uses.world.ask(&visit, &without_answers).await.unwrap()).is_some());
    assert!(uses.changes().is_empty());
}

#[tokio::test]
async fn ot_15_the_office_withdraws_some_or_all_and_the_list_says_who_ended_what() {
    let uses = Uses::new().await;
    let world = &uses.world;
    uses.register(VisitKind::HomeVisit, Occasion::default()).await;
    let id = world.first_consent().await;
    let office = world.login(STATION, "ippan1").await;
    let withdraw = async |groups: &[ConsentGroup]| {
        let body = Withdraw { groups: groups.to_vec(), cause: WithdrawCause::RelationEnded };
        world.call::<WithdrawConsent>(&[&id], &office, &body).await.map_err(|refused| refused.1.code)
    };
    assert_eq!(withdraw(&[]).await.unwrap_err(), Code::Request);
    world.later(60_000);
    let some = withdraw(&[ConsentGroup::TreatmentAndDrug]).await.unwrap();
    assert_eq!((some.is_whole, &some.ended[..]), (false, &[ConsentItem::Treatment, ConsentItem::Drug][..]));
    let read: Vec<_> = some.details.row.items.iter().map(|(_, state)| *state).collect();
    assert_eq!((read[0], read[1], read[2]), (ItemState::Agreed, ItemState::Withdrawn, ItemState::Withdrawn));
    assert_eq!(withdraw(&[ConsentGroup::TreatmentAndDrug]).await.unwrap_err(), Code::Request, "it has ended already");
    world.later(60_000);
    let rest = [ConsentGroup::Surgery, ConsentGroup::Checkup, ConsentGroup::LimitCertificate, ConsentGroup::SpecificDisease];
    assert!(withdraw(&rest).await.unwrap().is_whole);
    assert_eq!(withdraw(&rest).await.unwrap_err(), Code::Ended);
    // The patient withdraws a second one; a third ends by the clock.
    world.later(60_000);
    uses.register(VisitKind::HomeVisit, Occasion::default()).await;
    let (visit, proof, shown) = uses.asks(Purpose::Withdraw).await;
    world.prove(&visit, &Proof { replaces: Some(shown.unwrap().id), ..proof }).await.unwrap();
    world.later(60_000);
    let today = world.clock.now().jst_date();
    uses.register(VisitKind::Online, booked(&today.to_string())).await;
    world.later(24 * 60 * 60_000);
    let office = world.login(STATION, "ippan1").await;
    let search = |by, name: &str| EndingSearch { from: today, to: today, of: None, by, name_prefix: name.to_owned(), after: None };
    let found = async |search: EndingSearch| world.call::<SearchEndings>(&[], &office, &search).await.unwrap().rows;
    let reasons = async |by| found(search(by, "しかく")).await.iter().map(|row| (row.why, row.is_whole)).collect::<Vec<_>>();
    let early = [(EndReason::Patient, true), (EndReason::Institution, true), (EndReason::Institution, false)];
    assert_eq!(reasons(EndedBy::Anyone).await, early, "natural ends are off by default, the last one first");
    assert_eq!(reasons(EndedBy::Patient).await, early[..1]);
    assert_eq!(reasons(EndedBy::Deadline).await, [(EndReason::Deadline, true)]);
    assert_eq!(reasons(EndedBy::All).await.len(), 4);
    assert!(found(search(EndedBy::All, "だれか")).await.is_empty());
    assert!(found(EndingSearch { of: Some(VisitKind::Online), ..search(EndedBy::Anyone, "") }).await.is_empty());
    let rows = found(search(EndedBy::Institution, "")).await;
    assert_eq!((rows[0].by.as_ref().map(|user| user.as_str()), rows[0].cause), (Some("ippan1"), Some(WithdrawCause::RelationEnded)));
    let saved = world.call::<ExportEndings>(&[], &office, &search(EndedBy::All, "")).await.unwrap();
    let csv = String::from_utf8(saved.file.0).unwrap();
    assert!(saved.rows == 4 && csv.lines().count() == 5 && csv.contains("診療・訪問の終了"), "{csv}");
    let saved = world.call::<ExportEndings>(&[], &office, &search(EndedBy::Institution, "")).await.unwrap();
    assert_eq!(saved.rows, 2, "the file is the list that was searched for");
}
