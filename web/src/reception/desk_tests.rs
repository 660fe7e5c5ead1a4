use shared::api::reception::{CertificateChecks, Revocation};
use shared::bytes::Base64;
use shared::domain::consent::{Choices, ConsentItem, ItemState};
use shared::domain::institution::{InstitutionCode, VisitKind};
use shared::domain::visit::{Occasion, Purpose};

use super::*;

/// A page loaded at a step, with what an earlier load left: nobody was asked yet.
fn load(step: Step, draft: Draft) -> Desk {
    Desk::new(Mark { step, run: 1 }, draft)
}

/// The same, gone on with.
fn start(step: Step, draft: Draft) -> Desk {
    load(step, draft).after(Action::GoOn)
}

/// A desk at a step of the first run, with nothing answered.
fn empty_at(step: Step) -> Desk {
    load(Step::Top, Draft::default()).after(Action::Show(step))
}

fn page(now: i64) -> Rc<PageOpened> {
    Rc::new(PageOpened {
        institution_name: "ひなた訪問看護ステーション".to_owned(),
        visit_kind: VisitKind::HomeVisit,
        questions: ConsentGroup::ALL.to_vec(),
        asks_subsidy: false,
        notice_version: "1".to_owned(),
        helper: shared::api::HelperAt { port: 35970, is_tls: false },
        shows_eligibility: true,
        contact: String::new(),
        maintenance: None,
        now: UnixMs(now),
        is_training: false,
    })
}

fn key() -> Base64 {
    Base64(vec![9; 16])
}

/// What every call of [`at_identify`] is made for.
fn errand() -> Errand {
    Errand { run: 1, key: Some(key()) }
}

fn challenge(expires_at: i64) -> Challenge {
    Challenge { nonce: Base64(vec![1; 32]), statement: Base64(vec![2]), expires_at: UnixMs(expires_at) }
}

fn opened_visit() -> VisitOpened {
    VisitOpened {
        visit: "v1".to_owned(),
        secret: Base64(vec![3; 32]),
        challenge: challenge(1_000_000),
        expires_at: UnixMs(2_000_000),
        consent_until: UnixMs(3_000_000),
    }
}

fn proof() -> Rc<Proof> {
    Rc::new(Proof { nonce: Base64(vec![1; 32]), certificate: Base64(vec![4]), signature: Base64(vec![5]), replaces: None, changes: None })
}

fn done() -> VisitStanding {
    VisitStanding::Done {
        result: Box::new(VisitResult {
            receipt: "A1B2C3".to_owned(),
            consented_at: UnixMs(0),
            expires_at: UnixMs(1),
            items: vec![],
            eligibility: None,
            replaced_until: None,
            certificate_ends_on: None,
            checks: CertificateChecks { signature: true, chain: true, period: true, revocation: Revocation::NotChecked },
            occasion: Occasion::default(),
            ended_use: None,
            changed_at: None,
        }),
    }
}

fn open() -> VisitStanding {
    VisitStanding::Open { expires_at: UnixMs(9), choices: agreed().choices(&ConsentGroup::ALL).unwrap() }
}

fn agreed() -> Draft {
    empty_at(Step::Choose).after(Action::AnswerAll(Choice::Agree)).draft
}

/// A desk at 本人確認 with an open visit.
fn at_identify() -> Desk {
    let desk = start(Step::Confirm, agreed()).after(Action::Opened(page(0), UnixMs(0))).after(Action::Confirm(key()));
    desk.after(Action::VisitOpened(errand(), opened_visit()))
}

#[test]
fn no_step_is_shown_before_its_answers_are_there() {
    for step in [Step::Confirm, Step::Identify, Step::HandBack, Step::Result] {
        assert_eq!(empty_at(step).step, Step::Choose, "{step:?}");
        assert_eq!(start(step, agreed()).step, Step::Confirm, "{step:?}");
        assert_eq!(start(step, Draft::default()).step, Step::Top, "{step:?} of a visit that was left");
    }
}

#[test]
fn the_next_person_finds_no_choices_of_the_one_before() {
    let held = [
        ("choices", start(Step::Choose, agreed())),
        ("an open visit", at_identify()),
        ("the checklist", empty_at(Step::Prepare).after(Action::Prepare(0, Pick::First))),
    ];
    for (what, desk) in held {
        let desk = desk.after(Action::Opened(page(0), UnixMs(0)));
        for between in [Step::Top, Step::HandOver] {
            let emptied = desk.after(Action::Show(between));
            assert_eq!((emptied.step, &emptied.draft, emptied.prepared), (between, &Draft::default(), [None; CHECKLIST]), "{what}");
            assert_eq!((emptied.visit(), &emptied.challenge, emptied.opened()), (None, &None, desk.opened()), "{what}");
            assert_ne!(emptied.run, desk.run, "{what}: entries of the former run lead to the top");
        }
        // On the way to and fro within one person's part nothing is lost.
        assert_eq!(desk.after(Action::Show(Step::Prepare)).draft, desk.draft, "{what}");
    }
    let untouched = empty_at(Step::Top);
    assert_eq!(untouched.after(Action::Show(Step::HandOver)).run, untouched.run, "nothing was held");
}

#[test]
fn a_page_opened_again_asks_before_it_shows_anything() {
    for step in [Step::Top, Step::Choose, Step::Confirm, Step::Identify, Step::Result] {
        let desk = load(step, at_identify().draft);
        assert!(desk.asks_to_go_on, "{step:?}");
        assert!(desk.holds_a_person(), "{step:?}: idle time counts");
        assert!(!desk.after(Action::GoOn).asks_to_go_on, "{step:?}");
        let anew = desk.after(Action::Restart(2));
        assert_eq!((anew.asks_to_go_on, anew.step, &anew.draft), (false, Step::Top, &Draft::default()), "{step:?}");
    }
    let half = Draft::default().with_answer(ConsentGroup::Surgery, Choice::Refuse);
    assert_eq!(start(Step::Choose, half.clone()).step, Step::Choose);
    assert!(load(Step::Choose, half).asks_to_go_on);
    assert!(!load(Step::Choose, Draft::default()).asks_to_go_on, "nothing to go on with");
}

fn statement(choices: Choices) -> Base64 {
    let institution = InstitutionCode::try_from("9969900001").unwrap();
    let (notice_version, language) = ("2026-11".to_owned(), "ja".to_owned());
    let (visit_kind, purpose, booked_on, at) = (VisitKind::HomeVisit, Purpose::Register, None, UnixMs(0));
    Base64(Statement { institution, visit_kind, purpose, choices, booked_on, notice_version, language, at }.to_bytes())
}

#[test]
fn nothing_but_the_listed_choices_is_signed() {
    let desk = at_identify();
    let signs = |statement| desk.fits(&Challenge { statement, ..challenge(1_000_000) });
    assert!(signs(statement(Choices::all(Choice::Agree))));
    assert!(!signs(statement(Choices { checkup: Choice::Refuse, ..Choices::all(Choice::Agree) })));
    assert!(!signs(Base64(vec![2])), "no statement at all");
}

fn replacement(former: &str) -> Rc<Replacement> {
    Rc::new(Replacement {
        former: former.to_owned(),
        former_use: VisitKind::HomeVisit,
        consented_at: UnixMs(0),
        expires_at: UnixMs(1),
        items: vec![(ConsentItem::Surgery, ItemState::Agreed)],
        new_items: vec![(ConsentItem::Surgery, ItemState::Refused)],
        new_expires_at: UnixMs(2),
        answer_by: UnixMs(3),
    })
}

/// The card has signed, and the server asks about a living consent.
fn asked() -> Desk {
    at_identify().after(Action::Signed(errand(), proof())).after(Action::Asked(errand(), replacement("c1")))
}

fn agreed_to(desk: &Desk) -> Option<&str> {
    desk.proof.as_ref().and_then(|proof| proof.replaces.as_deref())
}

#[test]
fn only_a_yes_replaces_an_earlier_consent_and_only_the_one_that_was_shown() {
    let desk = asked();
    assert_eq!((desk.is_busy, desk.is_asking_to_replace(), agreed_to(&desk)), (false, true, None));
    assert_eq!(desk.stored(), Stored::Nothing, "nothing is stored while the question stands");
    for step in [Step::Top, Step::Choose, Step::Confirm, Step::Paper] {
        assert_eq!(desk.after(Action::Show(step)), desk, "{step:?}: the question stands");
    }
    let yes = desk.after(Action::Replaces);
    assert_eq!((yes.is_busy, agreed_to(&yes), yes.stored()), (true, Some("c1"), Stored::Unknown));
    // Another device was quicker: the yes is not carried over.
    let again = yes.after(Action::Asked(errand(), replacement("c2")));
    assert_eq!((again.is_asked_again, again.is_busy, agreed_to(&again)), (true, false, None));
    assert_eq!(agreed_to(&again.after(Action::Replaces)), Some("c2"));
    let stored = yes.after(Action::Standing(errand(), done()));
    assert_eq!((stored.step, &stored.replacement), (Step::HandBack, &None));
}

#[test]
fn a_yes_whose_answer_was_lost_is_sent_again_and_a_late_one_asks_card_and_pin_again() {
    let yes = asked().after(Action::Replaces);
    let lost = yes.after(Action::Failed(errand(), Trouble::Network(Stored::Unknown)));
    assert_eq!((agreed_to(&lost), lost.stored()), (Some("c1"), Stored::Unknown));
    for no in [Trouble::Challenge, Trouble::TooOld(Stored::Nothing)] {
        let late = yes.after(Action::Failed(errand(), no.clone()));
        assert_eq!((&late.proof, &late.replacement), (&None, &None), "{no:?}");
    }
    // A reload loses the proof: the choices stay, nothing is stored, the earlier consent was not touched.
    let reloaded = load(Step::Identify, yes.draft.clone());
    assert_eq!((&reloaded.replacement, &reloaded.proof), (&None, &None));
    let open = reloaded.after(Action::Standing(errand(), open())).after(Action::GoOn);
    assert_eq!((open.step, open.asks_pin_again, open.stored()), (Step::Identify, true, Stored::Nothing));
}

#[test]
fn an_institution_that_asks_less_gets_answers_to_that_alone() {
    let asked = vec![ConsentGroup::Surgery, ConsentGroup::LimitCertificate];
    let opened = PageOpened { questions: asked.clone(), ..(*page(0)).clone() };
    let desk = empty_at(Step::Choose).after(Action::Opened(Rc::new(opened), UnixMs(0)));
    assert_eq!(desk.choices(), None);
    let desk = desk.after(Action::AnswerAll(Choice::Agree));
    let choices = desk.choices().unwrap();
    assert!(choices.answer_just(&asked) && choices.of(ConsentGroup::Checkup) == Choice::NotAsked);
    let own = Challenge { statement: statement(choices), ..challenge(1_000_000) };
    assert!(desk.fits(&own) && !desk.fits(&Challenge { statement: statement(Choices::all(Choice::Agree)), ..own.clone() }));
}

#[test]
fn after_the_result_no_way_leads_back_to_the_questions() {
    let desk = at_identify().after(Action::Signed(errand(), proof())).after(Action::Standing(errand(), done()));
    assert_eq!(desk.step, Step::HandBack);
    for step in [Step::Top, Step::Choose, Step::Confirm, Step::Identify] {
        assert_eq!(desk.after(Action::Show(step)).step, Step::HandBack, "{step:?}");
    }
    assert_eq!(desk.after(Action::Show(Step::Result)).step, Step::Result);
}

#[test]
fn back_and_a_correction_lose_no_answer() {
    let desk = at_identify().after(Action::Show(Step::Confirm)).after(Action::Show(Step::Choose));
    assert_eq!(desk.choices(), agreed().choices(&ConsentGroup::ALL));
    assert!(desk.visit().is_some(), "nothing was changed: the same visit serves");
    let changed = desk.after(Action::Answer(ConsentGroup::Surgery, Choice::Refuse));
    assert_eq!(changed.draft.answers().filter(Option::is_some).count(), 5);
    assert_eq!((changed.draft.key, changed.draft.visit, changed.challenge), (None, None, None));
}

/// 登録 was pressed, the answer is slow, the browser's Back leads to the choices.
fn back_before_the_answer() -> Desk {
    start(Step::Confirm, agreed()).after(Action::Confirm(key())).after(Action::Show(Step::Choose))
}

#[test]
fn a_late_answer_for_former_choices_changes_nothing() {
    let changed = back_before_the_answer().after(Action::Answer(ConsentGroup::Surgery, Choice::Refuse));
    assert!(!changed.is_busy, "nobody waits for the former choices");
    let other = Base64(vec![8; 16]);
    let confirmed = changed.after(Action::Show(Step::Confirm)).after(Action::Confirm(other.clone()));
    for desk in [changed, confirmed.clone()] {
        for late in [
            Action::VisitOpened(errand(), opened_visit()),
            Action::Fresh(errand(), challenge(1_000_000)),
            Action::Standing(errand(), done()),
            Action::Failed(errand(), Trouble::Network(Stored::Nothing)),
        ] {
            assert_eq!(desk.after(late.clone()), desk, "{late:?}");
        }
    }
    assert!(confirmed.is_busy, "the call for the new choices is still awaited");
    let own = confirmed.after(Action::VisitOpened(Errand { run: 1, key: Some(other) }, opened_visit()));
    assert_eq!((own.step, own.is_busy), (Step::Identify, false));
}

#[test]
fn a_late_answer_moves_nobody_away_from_the_choices() {
    let waiting = back_before_the_answer().after(Action::Answer(ConsentGroup::Surgery, Choice::Agree));
    assert!(waiting.is_busy, "the same answer again changes nothing");
    let opened = waiting.after(Action::VisitOpened(errand(), opened_visit()));
    assert_eq!((opened.step, opened.is_busy, opened.visit().is_some()), (Step::Choose, false, true));
    let changed = opened.after(Action::AnswerAll(Choice::Refuse));
    assert_eq!((changed.draft.visit, changed.challenge), (None, None));
}

#[test]
fn a_second_press_keeps_the_first_key() {
    let desk = start(Step::Confirm, agreed()).after(Action::Confirm(key()));
    let network = Trouble::Network(Stored::Unknown);
    let again = desk.after(Action::Failed(errand(), network)).after(Action::Confirm(Base64(vec![8; 16])));
    assert_eq!(again.draft.key, Some(key()));
    assert_eq!(again.trouble, None);
}

#[test]
fn a_lost_answer_keeps_the_proof_and_a_clear_no_ends_it() {
    let desk = at_identify().after(Action::Signed(errand(), proof()));
    for lost in [Trouble::Network(Stored::Unknown), Trouble::Internal(Stored::Unknown), Trouble::Wait(None)] {
        assert!(desk.after(Action::Failed(errand(), lost.clone())).proof.is_some(), "{lost:?}");
    }
    for no in [
        Trouble::Expired(None),
        Trouble::NotRegistered,
        Trouble::Challenge,
        Trouble::DoneOtherwise,
        Trouble::TooOld(Stored::Nothing),
        Trouble::Internal(Stored::Nothing),
    ] {
        assert_eq!(desk.after(Action::Failed(errand(), no.clone())).proof, None, "{no:?}");
    }
}

#[test]
fn no_way_leads_back_while_a_proof_is_on_its_way() {
    let sent = at_identify().after(Action::Signed(errand(), proof()));
    let lost = sent.after(Action::Failed(errand(), Trouble::Network(Stored::Unknown)));
    let reloaded = start(Step::Identify, sent.draft.clone()).after(Action::Failed(errand(), Trouble::Network(Stored::Unknown)));
    for desk in [&sent, &lost, &reloaded] {
        for step in [Step::Top, Step::Prepare, Step::Choose, Step::Confirm, Step::Paper] {
            assert_eq!(desk.after(Action::Show(step)), *desk, "{step:?}: step, proof and 「もう一度」 stay");
        }
        assert_eq!(desk.after(Action::AnswerAll(Choice::Refuse)), *desk, "the signed choices stand");
        assert_eq!(desk.stored(), Stored::Unknown);
        assert_eq!(desk.after(Action::Standing(errand(), done())).step, Step::HandBack);
        let free = desk.after(Action::Standing(errand(), open())).after(Action::Show(Step::Choose));
        assert_eq!((free.step, free.stored()), (Step::Choose, Stored::Nothing), "the server never saw it");
    }
    let refused = sent.after(Action::Failed(errand(), Trouble::NotRegistered));
    assert_eq!(refused.after(Action::Show(Step::Choose)).step, Step::Choose, "a clear no opens the way back");
}

#[test]
fn the_end_says_of_an_old_visit_what_the_server_said() {
    let sent = at_identify().after(Action::Signed(errand(), proof()));
    for stored in [Stored::Nothing, Stored::Kept] {
        assert_eq!(sent.after(Action::Failed(errand(), Trouble::TooOld(stored))).stored(), stored);
    }
    assert_eq!(sent.after(Action::Standing(errand(), VisitStanding::Expired)).stored(), Stored::Nothing);
    assert_eq!(sent.after(Action::Standing(errand(), done())).stored(), Stored::Kept);
}

#[test]
fn a_nonce_that_was_signed_is_not_used_again() {
    let desk = at_identify();
    assert!(desk.usable_challenge(UnixMs(0)).is_some());
    let desk = desk.after(Action::Signed(errand(), proof())).after(Action::Failed(errand(), Trouble::NotRegistered));
    assert_eq!(desk.usable_challenge(UnixMs(0)), None);
}

#[test]
fn a_challenge_near_its_end_is_replaced_by_the_servers_clock() {
    let desk = at_identify();
    let last = 1_000_000 - CHALLENGE_MARGIN_MS;
    assert!(desk.usable_challenge(UnixMs(last)).is_some());
    assert!(desk.usable_challenge(UnixMs(last + 1)).is_none());
    // A tablet whose clock is an hour slow still asks in time.
    let slow = desk.after(Action::Opened(page(3_600_000), UnixMs(0)));
    assert!(slow.usable_challenge(UnixMs(0)).is_none());
}

#[test]
fn a_reload_at_the_card_asks_the_pin_again_and_says_so() {
    let stored = at_identify().draft;
    let desk = start(Step::Identify, stored.clone());
    assert!(desk.asks_pin_again);
    assert_eq!(desk.step, Step::Identify);
    assert!(desk.after(Action::Standing(errand(), open())).asks_pin_again);
    assert_eq!(desk.after(Action::Standing(errand(), done())).step, Step::HandBack);
    let at_result = start(Step::Result, stored.clone()).after(Action::Standing(errand(), done()));
    assert_eq!(at_result.step, Step::Result, "a reload of the result shows it again");
    assert_eq!(desk.after(Action::Standing(errand(), VisitStanding::Expired)).trouble, Some(Trouble::TooOld(Stored::Nothing)));
}

#[test]
fn the_end_leaves_nothing_and_late_answers_change_nothing() {
    let desk = at_identify().after(Action::Signed(errand(), proof())).after(Action::Standing(errand(), done()));
    let ended = desk.after(Action::End(Ended { by_idling: true, stored: Stored::Kept, keeps_former: false }, 2));
    assert_eq!((&ended.draft, &ended.result, &ended.proof, &ended.challenge), (&Draft::default(), &None, &None, &None));
    assert_eq!(ended.step, Step::Top);
    assert!(!ended.holds_a_person());
    for late in [
        Action::Standing(errand(), done()),
        Action::VisitOpened(errand(), opened_visit()),
        Action::Failed(errand(), Trouble::TooOld(Stored::Nothing)),
    ] {
        assert_eq!(ended.after(late), ended);
    }
}

#[test]
fn idle_time_counts_from_the_hand_over_on() {
    assert!(!empty_at(Step::Top).holds_a_person());
    assert!(empty_at(Step::HandOver).holds_a_person());
    assert!(load(Step::Top, agreed()).holds_a_person());
}
