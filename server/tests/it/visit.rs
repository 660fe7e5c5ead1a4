//! A visit that goes well, and every way in which it may be asked for twice.

use shared::api::office::{ConsentDetail, ConsentRow, ConsentSearch, ListOrder, SearchConsents, StateFilter};
use shared::api::reception::{
    FreshChallenge, LeaveVisit, OpenPage, OpenVisit, Proof, ProofAnswer, Replacement, Revocation, VisitOpened, VisitResult, VisitStanding,
    VisitState,
};
use shared::api::{Code, Stored};
use shared::bytes::Base64;
use shared::domain::calendar::CivilDate;
use shared::domain::consent::{Choice, Choices, ConsentGroup, ConsentItem, ItemState};
use shared::domain::coverage::{Provided, Validity};
use shared::domain::institution::InstitutionCode;
use shared::evidence::Statement;

use crate::world::{ORIGIN, Refused, STATION, World, at, holder, new_visit, nobody, yes};

fn day(text: &str) -> CivilDate {
    CivilDate::try_from(text).unwrap()
}

fn all_of(day_text: &str) -> ConsentSearch {
    ConsentSearch {
        consented_from: day(day_text),
        consented_to: day(day_text),
        days: shared::api::office::DaysOf::Consented,
        visit_kind: None,
        name_prefix: String::new(),
        reference_number: String::new(),
        receipt: String::new(),
        state: StateFilter::All,
        order: ListOrder::NewestFirst,
        cursor: None,
    }
}

#[tokio::test]
async fn a_visit_is_shown_at_once_and_stands_in_the_office() {
    // The anchor N108, at the desk: 2024-01-17 counts to 2024-04-30 23:59.
    let world = World::n108().await;
    let page = world.call::<OpenPage>(&[world.token.as_str()], &nobody(), &()).await.unwrap();
    assert_eq!(page.institution_name, "ひなた訪問看護ステーション");
    assert_eq!((page.questions, page.helper), (ConsentGroup::ALL.to_vec(), shared::api::HelperAt { port: 35970, is_tls: false }));

    let visit = world.open(Choices::all(Choice::Agree)).await;
    assert_eq!(visit.consent_until.jst_minute_text(), "2024/04/30 23:59");
    let statement = Statement::parse(&visit.challenge.statement.0).unwrap();
    assert_eq!(
        (statement.institution.as_str(), statement.choices, statement.at),
        (STATION, Choices::all(Choice::Agree), world.clock.now())
    );

    let proof = world.card("ichiro").sign(&visit.challenge, ORIGIN);
    let result = world.prove(&visit, &proof).await.unwrap();
    assert_eq!(result.consented_at, at("2024-01-17T10:15:00+09:00"));
    assert_eq!(result.expires_at.jst_minute_text(), "2024/04/30 23:59");
    assert_eq!(result.items, ConsentItem::ALL.map(|item| (item, ItemState::Agreed)));
    assert_eq!((result.replaced_until, result.certificate_ends_on), (None, None));
    assert_eq!((result.checks.signature, result.checks.chain, result.checks.period), (true, true, true));
    assert_eq!(result.checks.revocation, Revocation::NotChecked);
    assert_eq!(result.receipt.len(), 8);
    let eligibility = result.eligibility.clone().unwrap();
    assert_eq!((eligibility.validity, eligibility.person.unwrap().name.as_str()), (Validity::Valid, "資格　一郎"));
    assert!(matches!(eligibility.coverages[0].limit, Provided::Value(_)));

    let office = world.login(STATION, "ippan1").await;
    let list = world.call::<SearchConsents>(&[], &office, &all_of("2024-01-17")).await.unwrap();
    assert_eq!((list.total, list.ahead, list.rows.len()), (1, 0, 1));
    let row = &list.rows[0];
    let person = row.person.clone().unwrap();
    assert_eq!((person.name_kana.as_str(), person.birth_date.wareki().as_str()), ("ｼｶｸ ｲﾁﾛｳ", "昭和35年6月2日"));
    assert_eq!(row.consented_at.jst_date().slashed(), "2024/01/17");
    assert_eq!(row.expires_at.jst_minute_text(), "2024/04/30 23:59");
    assert_eq!((row.reference_number.clone(), &row.items), (None, &result.items));
    let detail = world.call::<ConsentDetail>(&[&row.id], &office, &()).await.unwrap();
    // How far it is on its way into other programs stands in the list alone.
    let of_list = ConsentRow { hand_over: None, ..row.clone() };
    assert_eq!((&detail.row, &detail.receipt), (&of_list, &result.receipt));
    assert_eq!((Some(detail.eligibility), detail.check_way), (result.eligibility, shared::domain::check::CheckWay::Pin));
    assert_eq!((detail.row.replaced_at, detail.chosen), (None, None));

    // To the minute: it counts at 23:59:59 and is expired at midnight.
    world.clock.set(at("2024-04-30T23:59:59.999+09:00"));
    let again = world.login(STATION, "ippan1").await;
    let state = |list: &shared::api::office::ConsentPage| list.rows[0].items[0].1;
    assert_eq!(state(&world.call::<SearchConsents>(&[], &again, &all_of("2024-01-17")).await.unwrap()), ItemState::Agreed);
    world.later(1);
    assert_eq!(state(&world.call::<SearchConsents>(&[], &again, &all_of("2024-01-17")).await.unwrap()), ItemState::Expired);
    assert_eq!(world.audited("reception.prove").await, ["ok"]);
}

async fn open_again(world: &World, choices: Choices) -> Result<VisitOpened, Refused> {
    world.call::<OpenVisit>(&[world.token.as_str()], &nobody(), &new_visit([3; 16], choices)).await
}

#[tokio::test]
async fn the_same_key_opens_the_same_visit_with_a_fresh_challenge() {
    let world = World::new().await;
    let choices = Choices::all(Choice::Agree);
    let first = open_again(&world, choices).await.unwrap();
    world.later(60_000);
    let second = open_again(&world, choices).await.unwrap();
    assert_eq!((&second.visit, &second.secret, second.expires_at), (&first.visit, &first.secret, first.expires_at));
    assert_eq!(second.challenge.statement, first.challenge.statement, "the statement keeps its time");
    assert_ne!(second.challenge.nonce, first.challenge.nonce);

    let (_, refusal) = open_again(&world, Choices { checkup: Choice::Refuse, ..choices }).await.unwrap_err();
    assert_eq!((refusal.code, refusal.stored), (Code::Request, Stored::Kept));
    let proof = world.card("ichiro").sign(&second.challenge, ORIGIN);
    world.prove(&second, &proof).await.expect("the refused request did not touch the challenge");
    assert_eq!(open_again(&world, choices).await.unwrap().visit, first.visit, "also when it is done");
}

#[tokio::test]
async fn a_proof_is_answered_again_and_stored_once() {
    let world = World::new().await;
    let visit = world.open(Choices::all(Choice::Agree)).await;
    let proof = world.card("ichiro").sign(&visit.challenge, ORIGIN);
    let first = world.prove(&visit, &proof).await.unwrap();
    // The answer was lost on the way: the page asks again.
    assert_eq!(world.prove(&visit, &proof).await.unwrap(), first);
    let standing = world.call::<VisitState>(&[&visit.visit], &holder(&visit), &()).await.unwrap();
    assert_eq!(standing, VisitStanding::Done { result: Box::new(first) });
    assert_eq!(world.rows().await, [1, 1, 1]);
    assert_eq!(world.audited("reception.prove").await, ["ok"]);
}

#[tokio::test]
async fn a_finished_visit_answers_no_proof_but_its_own() {
    let world = World::new().await;
    let visit = world.open(Choices::all(Choice::Agree)).await;
    let proof = world.card("ichiro").sign(&visit.challenge, ORIGIN);
    // A second person signs the same challenge; the first one is quicker.
    let second = world.card("hanako").sign(&visit.challenge, ORIGIN);
    let first = world.prove(&visit, &proof).await.unwrap();
    let garbage =
        Proof { nonce: Base64(vec![9; 3]), certificate: Base64(vec![1]), signature: Base64(Vec::new()), replaces: None, changes: None };
    let others = [
        second.clone(),
        garbage,
        Proof { nonce: Base64(vec![9; 32]), ..proof.clone() },
        Proof { certificate: second.certificate, ..proof.clone() },
        Proof { signature: second.signature, ..proof.clone() },
    ];
    for other in &others {
        let (status, refusal) = world.prove(&visit, other).await.unwrap_err();
        assert_eq!((status.as_u16(), refusal.code, refusal.stored), (409, Code::DoneOtherwise, Stored::Nothing));
    }
    assert_eq!(world.rows().await, [1, 1, 1], "nothing of the second person is stored");
    assert_eq!(world.prove(&visit, &proof).await.unwrap(), first, "control: its own proof gets its answer");
    assert_eq!(world.audited("reception.prove").await.iter().filter(|outcome| *outcome == "ok").count(), 1);
    // Also once the tablet has left: whoever is not the first person is not told that all is stored.
    world.call::<LeaveVisit>(&[&visit.visit], &holder(&visit), &()).await.unwrap();
    assert_eq!(world.prove(&visit, &others[0]).await.unwrap_err().1.code, Code::DoneOtherwise);
    // In a visit of their own they are as welcome as anyone.
    world.visit_of("hanako").await.unwrap();
    assert_eq!(world.rows().await, [2, 2, 2]);
}

#[tokio::test]
async fn a_left_visit_shows_nothing_any_more() {
    let world = World::new().await;
    let visit = world.open(Choices::all(Choice::Agree)).await;
    let open = world.call::<VisitState>(&[&visit.visit], &holder(&visit), &()).await.unwrap();
    assert_eq!(open, VisitStanding::Open { expires_at: visit.expires_at, choices: Choices::all(Choice::Agree) });
    let proof = world.card("ichiro").sign(&visit.challenge, ORIGIN);
    world.prove(&visit, &proof).await.unwrap();
    world.call::<LeaveVisit>(&[&visit.visit], &holder(&visit), &()).await.unwrap();
    assert_eq!(world.call::<VisitState>(&[&visit.visit], &holder(&visit), &()).await.unwrap(), VisitStanding::Left);
    let (status, refusal) = world.prove(&visit, &proof).await.unwrap_err();
    assert_eq!((status.as_u16(), refusal.code, refusal.stored), (410, Code::X21, Stored::Kept));
    assert_eq!(world.rows().await, [1, 1, 1], "the consent stands");
}

#[tokio::test]
async fn an_answer_near_the_end_of_a_visit_is_not_lost() {
    let world = World::new().await;
    let visit = world.open(Choices::all(Choice::Agree)).await;
    world.later(29 * 60_000);
    let fresh = world.call::<FreshChallenge>(&[&visit.visit], &holder(&visit), &()).await.unwrap();
    let proof = world.card("ichiro").sign(&fresh, ORIGIN);
    let result = world.prove(&visit, &proof).await.unwrap();
    world.later(29 * 60_000);
    let standing = world.call::<VisitState>(&[&visit.visit], &holder(&visit), &()).await.unwrap();
    assert_eq!(standing, VisitStanding::Done { result: Box::new(result) });
    world.later(60_000);
    assert_eq!(world.call::<VisitState>(&[&visit.visit], &holder(&visit), &()).await.unwrap(), VisitStanding::Left);
}

#[tokio::test]
async fn a_later_consent_takes_the_place_of_a_living_one() {
    // X25
    let world = World::new().await;
    let first = world.visit_of("ichiro").await.unwrap();
    world.later(24 * 60 * 60_000);
    world.visit_of("hanako").await.unwrap();
    let second = world.visit_of("ichiro").await.unwrap();
    assert_eq!((first.replaced_until, second.replaced_until), (None, Some(first.expires_at)));
    let office = world.login(STATION, "kanri1").await;
    let mut search = ConsentSearch { consented_from: day("2026-11-01"), name_prefix: "しかく".to_owned(), ..all_of("2026-11-30") };
    let list = world.call::<SearchConsents>(&[], &office, &search).await.unwrap();
    assert_eq!(list.rows.iter().map(|row| row.items[0].1).collect::<Vec<_>>(), [ItemState::Agreed, ItemState::Replaced]);
    let former = world.call::<ConsentDetail>(&[&list.rows[1].id], &office, &()).await.unwrap();
    assert_eq!((former.row.replaced_at, &former.receipt), (Some(world.clock.now()), &first.receipt));
    for (state, receipt) in [(StateFilter::Living, &second.receipt), (StateFilter::Replaced, &first.receipt)] {
        search.state = state;
        let list = world.call::<SearchConsents>(&[], &office, &search).await.unwrap();
        assert_eq!(list.total, 1);
        assert_eq!(&world.call::<ConsentDetail>(&[&list.rows[0].id], &office, &()).await.unwrap().receipt, receipt);
    }
    search.state = StateFilter::Expired;
    assert_eq!(world.call::<SearchConsents>(&[], &office, &search).await.unwrap().total, 0, "replaced is not expired");
    // An expired one is not replaced: it ended by itself. A replaced one stays so when its time would be over.
    world.clock.set(at("2027-03-01T00:00:00+09:00"));
    let office = world.login(STATION, "kanri1").await;
    search.state = StateFilter::All;
    let list = world.call::<SearchConsents>(&[], &office, &search).await.unwrap();
    assert_eq!(list.rows.iter().map(|row| row.items[0].1).collect::<Vec<_>>(), [ItemState::Expired, ItemState::Replaced]);
    assert_eq!(world.visit_of("ichiro").await.unwrap().replaced_until, None);
}

/// A visit of `choices` whose proof asks about a living consent: visit, proof, question.
async fn asked(world: &World, card: &str, choices: Choices) -> (VisitOpened, Proof, Replacement) {
    let visit = world.open(choices).await;
    let proof = world.card(card).sign(&visit.challenge, ORIGIN);
    let replacement = question(world.ask(&visit, &proof).await.unwrap());
    (visit, proof, replacement)
}

fn question(answer: ProofAnswer) -> Replacement {
    match answer {
        ProofAnswer::ConfirmNeeded { replacement } => *replacement,
        other => panic!("stored without a yes: {other:?}"),
    }
}

#[tokio::test]
async fn an_earlier_consent_is_not_replaced_by_choices_nobody_was_asked_about() {
    // X25, DESIGN §7.8
    let world = World::new().await;
    let first = world.visit_of("ichiro").await.unwrap();
    let id = world.first_consent().await;
    world.later(24 * 60 * 60_000);
    let now = world.clock.now();
    let (visit, proof, asked) = asked(&world, "ichiro", Choices::all(Choice::Refuse)).await;
    let expected = Replacement {
        former: id,
        former_use: shared::domain::institution::VisitKind::HomeVisit,
        consented_at: first.consented_at,
        expires_at: first.expires_at,
        items: first.items.clone(),
        new_items: ConsentItem::ALL.map(|item| (item, ItemState::Refused)).to_vec(),
        new_expires_at: shared::domain::consent::expires_at(shared::domain::institution::VisitKind::HomeVisit, now, None),
        answer_by: visit.challenge.expires_at,
    };
    assert_eq!(asked, expected);
    // Nothing was committed: the earlier one stands, the visit is open, the challenge serves.
    assert_eq!(world.rows().await, [1, 1, 1]);
    let standing = world.call::<VisitState>(&[&visit.visit], &holder(&visit), &()).await.unwrap();
    assert!(matches!(standing, VisitStanding::Open { .. }), "{standing:?}");
    let office = world.login(STATION, "kanri1").await;
    let living = ConsentSearch { state: StateFilter::Living, ..all_of("2026-11-20") };
    assert_eq!(world.call::<SearchConsents>(&[], &office, &living).await.unwrap().total, 1);
    // The question was lost on the way: asked again, the same.
    assert_eq!(question(world.ask(&visit, &proof).await.unwrap()), asked);
    // A yes commits, once; a lost answer is given again, whatever the page still knows of the yes.
    let second = world.prove(&visit, &yes(&proof, &asked)).await.unwrap();
    assert_eq!((second.replaced_until, &second.items), (Some(first.expires_at), &asked.new_items));
    for again in [yes(&proof, &asked), proof] {
        assert_eq!(world.prove(&visit, &again).await.unwrap(), second);
    }
    assert_eq!(world.rows().await, [2, 2, 2]);
    assert_eq!(world.audited("reception.prove").await, ["ok", "confirm_needed", "ok"], "asked twice, one row");
    world.later(server::rule::audit::COUNTED_MS);
    world.purge().await;
    assert_eq!(world.audited("reception.prove").await, ["ok", "confirm_needed", "ok", "confirm_needed x1"]);
}

#[tokio::test]
async fn whoever_says_no_keeps_the_earlier_consent() {
    let world = World::new().await;
    world.visit_of("ichiro").await.unwrap();
    let (visit, proof, asked) = asked(&world, "ichiro", Choices::all(Choice::Refuse)).await;
    world.call::<LeaveVisit>(&[&visit.visit], &holder(&visit), &()).await.unwrap();
    let (status, refusal) = world.ask(&visit, &yes(&proof, &asked)).await.unwrap_err();
    assert_eq!((status.as_u16(), refusal.code, refusal.stored), (410, Code::X21, Stored::Nothing), "a no is final");
    assert_eq!(world.rows().await, [1, 1, 1]);
}

#[tokio::test]
async fn a_yes_counts_for_the_consent_that_was_shown_and_no_other() {
    let world = World::new().await;
    world.visit_of("ichiro").await.unwrap();
    // Two tablets ask about the same one; the first yes makes another one.
    let (visit, proof, former) = asked(&world, "ichiro", Choices::all(Choice::Refuse)).await;
    let (other_visit, other_proof, seen) = asked(&world, "ichiro", Choices::all(Choice::Agree)).await;
    assert_eq!(seen.former, former.former);
    world.later(1_000);
    let second = world.prove(&visit, &yes(&proof, &former)).await.unwrap();
    let now_asked = question(world.ask(&other_visit, &yes(&other_proof, &seen)).await.unwrap());
    assert_ne!(now_asked.former, seen.former);
    assert_eq!((now_asked.consented_at, &now_asked.items), (second.consented_at, &second.items));
    assert_eq!(world.rows().await, [2, 2, 2]);
    // Neither does a yes to what never was.
    let unknown = Proof { replaces: Some(Base64(vec![1; 16]).to_text()), ..other_proof.clone() };
    assert_eq!(question(world.ask(&other_visit, &unknown).await.unwrap()), now_asked);
    let no_id = Proof { replaces: Some("yes".to_owned()), ..other_proof.clone() };
    assert_eq!(world.ask(&other_visit, &no_id).await.unwrap_err().1.code, Code::Request);
    world.prove(&other_visit, &yes(&other_proof, &now_asked)).await.unwrap();
    assert_eq!(world.rows().await, [3, 3, 3]);
}

#[tokio::test]
async fn a_question_ends_with_its_challenge_and_another_person_is_not_asked() {
    let world = World::new().await;
    world.visit_of("ichiro").await.unwrap();
    let choices = Choices::all(Choice::Refuse);
    let (visit, proof, former) = asked(&world, "ichiro", choices).await;
    assert_eq!(former.answer_by, visit.challenge.expires_at);
    // Another person's card in the same visit has nothing to be asked about, and no yes of the first one counts for it.
    let stranger = world.card("hanako").sign(&visit.challenge, ORIGIN);
    let forged = Proof { certificate: stranger.certificate, ..yes(&proof, &former) };
    assert_eq!(world.ask(&visit, &forged).await.unwrap_err().1.code, Code::X11);
    world.later(5 * 60_000);
    let (_, refusal) = world.ask(&visit, &yes(&proof, &former)).await.unwrap_err();
    assert_eq!((refusal.code, refusal.stored), (Code::Challenge, Stored::Kept));
    assert_eq!(world.rows().await, [1, 1, 1]);
    // Card and PIN once more; the yes was given to the same consent.
    let fresh = world.call::<FreshChallenge>(&[&visit.visit], &holder(&visit), &()).await.unwrap();
    let again = world.card("ichiro").sign(&fresh, ORIGIN);
    let asked_again = question(world.ask(&visit, &again).await.unwrap());
    assert_eq!((&asked_again.former, asked_again.answer_by), (&former.former, fresh.expires_at));
    world.prove(&visit, &yes(&again, &asked_again)).await.unwrap();
    assert_eq!(world.rows().await, [2, 2, 2]);
}

#[tokio::test]
async fn a_consent_that_ends_while_the_question_stands_is_not_called_replaced() {
    let world = World::new().await;
    let first = world.visit_of("ichiro").await.unwrap();
    world.clock.set(first.expires_at);
    let (visit, proof, former) = asked(&world, "ichiro", Choices::all(Choice::Agree)).await;
    world.later(2 * 60_000);
    assert_eq!(world.prove(&visit, &yes(&proof, &former)).await.unwrap().replaced_until, None);
}

#[tokio::test]
async fn a_tablet_that_never_came_back_leaves_no_answer_behind() {
    use server::store::VisitId;
    use shared::api::reception::VISIT_LIFE_MS;
    let world = World::new().await;
    let visit = world.open(Choices::all(Choice::Agree)).await;
    let proof = world.card("ichiro").sign(&visit.challenge, ORIGIN);
    world.prove(&visit, &proof).await.unwrap();
    let id = VisitId::parse(&visit.visit).unwrap();
    let standing = async || world.call::<VisitState>(&[&visit.visit], &holder(&visit), &()).await.unwrap();
    world.later(VISIT_LIFE_MS - 1);
    world.purge().await;
    assert!(matches!(standing().await, VisitStanding::Done { .. }), "as long as it may be shown");
    world.later(server::jobs::purge::EVERY_MS);
    world.purge().await;
    assert_eq!(world.store.visit(&id).await.unwrap().unwrap().result, None);
    assert_eq!(standing().await, VisitStanding::Left);
    let late = world.prove(&visit, &proof).await.unwrap_err();
    assert_eq!((late.1.code, late.1.stored), (Code::X21, Stored::Kept), "the same proof again stores nothing more");
    assert_eq!(world.rows().await, [1, 1, 1]);
}

#[tokio::test]
async fn what_was_refused_is_not_provided() {
    let world = World::new().await;
    let choices = Choices { surgery: Choice::Agree, ..Choices::all(Choice::Refuse) };
    let visit = world.open(choices).await;
    let proof = world.card("ichiro").sign(&visit.challenge, ORIGIN);
    let result = world.prove(&visit, &proof).await.unwrap();
    let states: Vec<ItemState> = result.items.iter().map(|(_, state)| *state).collect();
    assert_eq!(states[0], ItemState::Agreed);
    assert!(states[1..].iter().all(|state| *state == ItemState::Refused), "refused, not absent");
    let coverage = &result.eligibility.unwrap().coverages[0];
    assert_eq!((&coverage.limit, &coverage.specific_diseases), (&Provided::NotProvided, &Provided::NotProvided));
    // Nor is it in the database: the office reads the same.
    let office = world.login(STATION, "kanri1").await;
    let list = world.call::<SearchConsents>(&[], &office, &all_of("2026-11-20")).await.unwrap();
    let detail = world.call::<ConsentDetail>(&[&list.rows[0].id], &office, &()).await.unwrap();
    assert_eq!(detail.eligibility.coverages[0].limit, Provided::NotProvided);
}

#[tokio::test]
async fn all_refused_is_stored_as_refusals() {
    // X22: only the eligibility is checked.
    let world = World::new().await;
    let visit = world.open(Choices::all(Choice::Refuse)).await;
    let proof = world.card("ichiro").sign(&visit.challenge, ORIGIN);
    let result = world.prove(&visit, &proof).await.unwrap();
    assert_eq!(result.items, ConsentItem::ALL.map(|item| (item, ItemState::Refused)));
    assert_eq!(result.eligibility.unwrap().validity, Validity::Valid);
}

#[tokio::test]
async fn each_verdict_of_the_register_is_shown_and_stored() {
    let world = World::new().await;
    let cases = [
        ("ichiro", Validity::Valid, 1),
        ("saburo", Validity::Invalid, 1),
        ("shiro", Validity::Replaced, 2),
        ("nanako", Validity::NotFound, 0),
        ("goro", Validity::Several, 2),
    ];
    for (person, validity, coverages) in cases {
        let eligibility = world.visit_of(person).await.unwrap().eligibility.unwrap();
        assert_eq!((eligibility.validity, eligibility.coverages.len()), (validity, coverages), "{person}");
        assert_eq!(eligibility.person.is_none(), validity == Validity::NotFound, "{person}");
    }
    let office = world.login(STATION, "kanri1").await;
    let list = world.call::<SearchConsents>(&[], &office, &all_of("2026-11-20")).await.unwrap();
    let mut stored: Vec<String> = list.rows.iter().map(|row| format!("{:?}", row.validity)).collect();
    stored.sort();
    assert_eq!(stored, ["Invalid", "NotFound", "Replaced", "Several", "Valid"]);
}

#[tokio::test]
async fn checkups_are_not_applicable_below_forty() {
    // X23: offered to all, decided when the card says who it is.
    let checkup = |result: &VisitResult| result.items.iter().find(|(item, _)| *item == ConsentItem::Checkup).unwrap().1;
    let world = World::new().await;
    assert_eq!(checkup(&world.visit_of("jiro").await.unwrap()), ItemState::NotApplicable);
    assert_eq!(checkup(&world.visit_of("taro").await.unwrap()), ItemState::Agreed, "41 in November 2026");
    let earlier = World::n108().await;
    assert_eq!(checkup(&earlier.visit_of("taro").await.unwrap()), ItemState::NotApplicable, "38 in January 2024");
}

#[tokio::test]
async fn a_certificate_near_its_end_is_named() {
    // X07
    let world = World::new().await;
    let result = world.visit_of("ichiro:expires-soon").await.unwrap();
    assert_eq!(result.certificate_ends_on, Some(day("2026-12-20")));
}

#[tokio::test]
async fn the_tablet_shows_no_eligibility_where_the_institution_says_so() {
    // Q8
    let world = World::new().await;
    world.store.switch_eligibility_view(&InstitutionCode::try_from(STATION).unwrap(), false).await.unwrap();
    let page = world.call::<OpenPage>(&[world.token.as_str()], &nobody(), &()).await.unwrap();
    assert!(!page.shows_eligibility);
    assert_eq!(world.visit_of("ichiro").await.unwrap().eligibility, None);
    let office = world.login(STATION, "kanri1").await;
    let list = world.call::<SearchConsents>(&[], &office, &all_of("2026-11-20")).await.unwrap();
    assert_eq!(list.rows[0].validity, Validity::Valid, "the office has it");
}
