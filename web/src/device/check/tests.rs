//! The check at the device in its states, and its screens drawn natively.

use std::rc::Rc;

use shared::api::bedside::{BedsideAnswer, BedsideConsent, BedsideDesk, BedsideOpened, BedsideResult, OffRouteDesk, UnfiledRow};
use shared::api::reception::{CertificateChecks, Challenge, Replacement, Revocation};
use shared::bytes::Base64;
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::check::{CheckWay, Medium};
use shared::domain::consent::{Choice, Choices, ConsentGroup, ConsentItem, ItemState};
use shared::domain::coverage::{Coverage, Eligibility, Percent, Provided, Relation, Validity};
use shared::domain::institution::VisitKind;
use shared::domain::person::{Person, Sex};
use shared::domain::visit::{Assist, Place, Purpose};
use shared::evidence::Statement;
use shared::reader::FaceSignature;
use yew::prelude::*;

use super::flow::{Act, By, Flow, Photo, Step};
use super::result::ResultView;
use super::unfiled::UnfiledView;
use super::ways::WaysView;
use crate::drawn::{day, draw, has, institution, user, words as words_of};
use crate::reader::Signed;
use crate::text::office::{bedside as words, detail};

fn desk() -> BedsideDesk {
    BedsideDesk {
        visit_kind: VisitKind::HomeVisit,
        asks_consent: true,
        questions: ConsentGroup::ALL.to_vec(),
        asks_subsidy: false,
        allows_visual: true,
        is_visual: false,
        media: vec![Medium::Card],
        notice_version: "2026-11".to_owned(),
        consent_until: UnixMs(0),
        contact: String::new(),
        unfiled: 0,
        unsent: 0,
        maintenance: None,
        off_route: None,
    }
}

/// Both uses are on.
fn with_off_route() -> BedsideDesk {
    let today = day("2026-12-01");
    let off_route = OffRouteDesk { questions: vec![ConsentGroup::Surgery], asks_subsidy: false, media: vec![Medium::Card], today };
    BedsideDesk { off_route: Some(off_route), ..desk() }
}

fn flow(desk: BedsideDesk, acts: Vec<Act>) -> Flow {
    acts.into_iter().fold(Flow::new(By::Card, Rc::new(desk)), Flow::after)
}

fn challenge(choices: Choices) -> Challenge {
    challenge_of(VisitKind::HomeVisit, None, choices)
}

fn challenge_of(visit_kind: VisitKind, booked_on: Option<CivilDate>, choices: Choices) -> Challenge {
    let statement = Statement {
        institution: institution(),
        visit_kind,
        purpose: Purpose::Register,
        choices,
        booked_on,
        notice_version: "2026-11".to_owned(),
        language: "ja".to_owned(),
        at: UnixMs(0),
    };
    Challenge { nonce: Base64(vec![1; 32]), statement: Base64(statement.to_bytes()), expires_at: UnixMs(0) }
}

fn opened(choices: Choices) -> Act {
    Act::Opened(BedsideOpened { visit: "v".to_owned(), challenge: challenge(choices), expires_at: UnixMs(0) })
}

fn signed() -> Signed {
    Signed { nonce: Base64(vec![1; 32]), certificate: Base64(vec![2]), signature: Base64(vec![3]) }
}

fn answered() -> Vec<Act> {
    vec![Act::Assist(Assist::Alone), Act::AnswerAll(Choice::Agree), Act::Next, Act::Key(Base64(vec![4; 16])), Act::Show(Step::Read)]
}

pub(super) fn result() -> BedsideResult {
    let person = Person {
        name: "試験　一郎".to_owned(),
        name_kana: "ｼｹﾝ ｲﾁﾛｳ".to_owned(),
        name_of_other: None,
        birth_date: day("1960-06-02"),
        sex: Sex::Male,
    };
    let coverage = Coverage {
        insurer_number: "06990001".to_owned(),
        insurer_name: "試験組合".to_owned(),
        symbol: Some("12".to_owned()),
        member_number: "34".to_owned(),
        branch_number: Some("01".to_owned()),
        card_classification: "01".to_owned(),
        relation: Some(Relation::Insured),
        insured_name: None,
        address: None,
        post_number: None,
        sex_on_back: None,
        qualified_on: Some(day("2020-04-01")),
        disqualified_on: None,
        loss_reason: None,
        valid_from: Some(day("2020-04-01")),
        valid_until: None,
        copay_ratio: Provided::Value(Percent(30)),
        is_preschool: false,
        elderly: None,
        limit: Provided::NotProvided,
        specific_diseases: Provided::NotProvided,
    };
    BedsideResult {
        visit: "v".to_owned(),
        consent: Some(BedsideConsent {
            id: "c".to_owned(),
            visit_kind: VisitKind::HomeVisit,
            receipt: "ABCD2345".to_owned(),
            items: vec![(ConsentItem::Surgery, ItemState::Agreed)],
            expires_at: day("2027-02-28").at_jst(23, 59),
        }),
        check: None,
        done_at: day("2026-11-20").at_jst(10, 15),
        done_by: user(),
        check_way: CheckWay::Pin,
        medium: Medium::Card,
        eligibility: Eligibility::of_insurance(Validity::Valid, day("2026-11-20").at_jst(10, 15), Some(person), vec![coverage]),
        checks: CertificateChecks { signature: true, chain: true, period: true, revocation: Revocation::NotChecked },
        certificate_ends_on: None,
        is_grace: false,
        reference_number: None,
        is_filed: false,
    }
}

#[test]
fn nothing_goes_on_before_every_question_and_who_helps_have_an_answer() {
    let missing = flow(desk(), vec![Act::AnswerAll(Choice::Agree), Act::Next]);
    assert_eq!((missing.step, missing.points_out_missing), (Step::Ask, true), "who helps");
    let missing = flow(desk(), vec![Act::Assist(Assist::Staff), Act::Next]);
    assert_eq!((missing.step, missing.missing_presses), (Step::Ask, 1));
    assert_eq!(flow(desk(), vec![Act::Assist(Assist::Staff), Act::AnswerAll(Choice::Refuse), Act::Next]).step, Step::Confirm);
    let with_subsidy = BedsideDesk { asks_subsidy: true, ..desk() };
    assert_eq!(flow(with_subsidy, vec![Act::Assist(Assist::Staff), Act::AnswerAll(Choice::Agree), Act::Next]).step, Step::Ask);
}

#[test]
fn the_odd_route_begins_with_day_place_and_who_helps_and_keeps_them() {
    let desk = with_off_route().for_off_route().unwrap();
    assert!(with_off_route().for_off_route().is_some() && self::desk().for_off_route().is_none());
    let today = day("2026-12-01");
    let start = flow(desk.clone(), vec![]);
    assert_eq!((start.step, start.draft.occasion.booked_on, start.missing_of_where()), (Step::Where, Some(today), Some("place-0")));
    let whole = || vec![Act::Place(Place::Car), Act::Assist(Assist::Staff)];
    for (acts, missing) in [
        (vec![], Some("place-0")),
        (vec![Act::Place(Place::Car)], Some("assist-0")),
        ([whole(), vec![Act::Booked(None)]].concat(), Some("booked-on")),
        ([whole(), vec![Act::Booked(Some(day("2026-11-30")))]].concat(), Some("booked-on")),
        ([whole(), vec![Act::Booked(Some(day("2027-03-04")))]].concat(), Some("booked-on")),
        // Past midnight what was today is none that can be booked.
        ([whole(), vec![Act::Today(day("2026-12-02"))]].concat(), Some("booked-on")),
        ([whole(), vec![Act::Booked(Some(day("2027-03-03")))]].concat(), None),
        (whole(), None),
    ] {
        let went = flow(desk.clone(), [acts, vec![Act::Go(By::Eye)]].concat());
        let step = if missing.is_some() { Step::Where } else { Step::Ask };
        assert_eq!((went.missing_of_where(), went.step, went.points_out_missing), (missing, step, missing.is_some()));
    }
    let went = flow(desk.clone(), [whole(), vec![Act::Go(By::Eye), Act::AnswerAll(Choice::Agree), Act::Next]].concat());
    assert_eq!((went.by, went.step), (By::Eye, Step::Confirm), "who helps is not asked twice");
    // The card signs the use and the day that are shown.
    let choices = went.choices().unwrap();
    assert!(went.fits(&challenge_of(VisitKind::OffRoute, Some(today), choices)));
    assert!(!went.fits(&challenge_of(VisitKind::OffRoute, Some(day("2026-12-02")), choices)));
    assert!(!went.fits(&challenge_of(VisitKind::HomeVisit, Some(today), choices)));
    // X63 keeps what was said before the questions.
    let only = went.after(Act::EligibilityOnly(true));
    assert_eq!((only.step, only.draft.occasion.place, only.choices()), (Step::Read, Some(Place::Car), None));
    assert!(only.fits(&challenge_of(VisitKind::OffRoute, Some(today), Choices::all(Choice::NotAsked))));
    // Another day ends what was opened for the former one.
    let other = flow(desk, [whole(), answered()[1..].to_vec(), vec![opened(choices), Act::Booked(Some(day("2026-12-02")))]].concat());
    assert_eq!((other.visit, other.draft.key), (None, None));
}

#[test]
fn la_7_and_x63_ask_for_no_consent_and_sign_none() {
    let limited = flow(BedsideDesk { asks_consent: false, questions: Vec::new(), ..desk() }, vec![]);
    assert_eq!((limited.step, limited.choices()), (Step::Read, None));
    let only = flow(desk(), vec![Act::AnswerAll(Choice::Agree), Act::EligibilityOnly(true)]);
    assert_eq!((only.step, only.choices()), (Step::Read, None));
    assert!(only.fits(&challenge(Choices::all(Choice::NotAsked))));
    assert!(!only.fits(&challenge(Choices::all(Choice::Agree))), "no consent is made up");
    assert_eq!(only.after(Act::EligibilityOnly(false)).step, Step::Ask);
}

#[test]
fn only_the_shown_answers_are_signed_and_a_changed_one_opens_another_check() {
    let all = Choices::all(Choice::Agree);
    let at = flow(desk(), [answered(), vec![opened(all)]].concat());
    assert!(at.fits(at.challenge.as_ref().unwrap()));
    assert!(!at.fits(&challenge(Choices { surgery: Choice::Refuse, ..all })));
    let changed = at.after(Act::Answer(ConsentGroup::Surgery, Choice::Refuse));
    assert_eq!((changed.visit, changed.challenge, changed.draft.key), (None, None, None));
}

#[test]
fn da_8c_the_way_is_what_the_phone_did() {
    for (medium, had_pin, way) in [
        (Medium::Card, true, CheckWay::Pin),
        (Medium::Android, true, CheckWay::Pin),
        (Medium::Iphone, false, CheckWay::PhoneUnlock),
        (Medium::Iphone, true, CheckWay::Pin),
    ] {
        let proof = flow(desk(), [answered(), vec![opened(Choices::all(Choice::Agree)), Act::Signed(signed(), medium, had_pin)]].concat());
        let proof = proof.proof.unwrap();
        assert_eq!((proof.way, proof.medium, proof.signature.is_some()), (way, medium, true));
    }
}

#[test]
fn da_8a_the_photo_is_gone_with_the_press_and_no_signature_is_claimed() {
    let shown = || vec![opened(Choices::all(Choice::NotAsked)), Act::Photo("/photo/x".to_owned(), FaceSignature::Fits)];
    let matched = flow(desk(), [shown(), vec![Act::Matched(true)]].concat());
    assert_eq!(matched.photo, None);
    let proof = matched.after(Act::Looked(Base64(vec![2]))).proof.unwrap();
    assert_eq!((proof.way, proof.medium, proof.signature), (CheckWay::Visual, Medium::Card, None));
    let differs = flow(desk(), [shown(), vec![Act::Matched(false)]].concat());
    assert_eq!((differs.step, differs.photo, differs.proof), (Step::NotMatched, None, None));
    assert_eq!(flow(desk(), [shown(), vec![Act::PhotoGone]].concat()).photo, Some(Photo::Gone));
    assert_eq!(flow(desk(), vec![Act::PhotoGone]).photo, None, "there was none");
}

#[test]
fn a_refused_proof_serves_for_nothing_and_the_yes_is_another_one() {
    let proved = || [answered(), vec![opened(Choices::all(Choice::Agree)), Act::Signed(signed(), Medium::Card, true)]].concat();
    let refused = flow(desk(), [proved(), vec![Act::Refused]].concat());
    assert_eq!((refused.proof, refused.step), (None, Step::Read));
    let replacement = |former: &str| Replacement {
        former: former.to_owned(),
        former_use: VisitKind::HomeVisit,
        consented_at: UnixMs(0),
        expires_at: UnixMs(0),
        items: Vec::new(),
        new_items: Vec::new(),
        new_expires_at: UnixMs(0),
        answer_by: UnixMs(0),
    };
    let asks = |former| Act::Answered(BedsideAnswer::ConfirmNeeded(Box::new(replacement(former))));
    let asked = flow(desk(), [proved(), vec![asks("a")]].concat());
    assert!(asked.result.is_none() && asked.proof.as_ref().is_some_and(|proof| proof.replaces.is_none()));
    let yes = asked.clone().after(Act::Replaces);
    assert_eq!(yes.proof.as_ref().and_then(|proof| proof.replaces.clone()).as_deref(), Some("a"));
    assert!(yes.after(asks("b")).is_asked_again, "another device was first");
    let done = asked.after(Act::Answered(BedsideAnswer::Done(Box::new(result()))));
    assert_eq!((done.step, done.proof, done.replacement), (Step::Result, None, None));
}

#[tokio::test]
async fn da_5_what_the_institution_forbids_is_absent_and_the_toggle_is_seen() {
    let ways = async |desk: BedsideDesk| draw(move || html! { <WaysView {desk} is_busy=false onswitch={Callback::noop()} /> }).await;
    let html = ways(desk()).await;
    for expected in [words::TITLE, words::EYE_ONCE, words::TOGGLE] {
        has(&html, expected);
    }
    assert!(!html.contains(words::BY_PHONE) && !html.contains("U-X49"));
    let html = ways(BedsideDesk { is_visual: true, unfiled: 2, media: vec![Medium::Card, Medium::Iphone], ..desk() }).await;
    let first = html.find(words::EYE_TITLE).zip(html.find(words::TITLE));
    assert!(first.is_some_and(|(eye, card)| eye < card), "the standing way comes first");
    has(&ways(BedsideDesk { unsent: 3, ..desk() }).await, "レセコンへ送れていない結果が3件あります");
    for expected in [words::BY_PHONE, "まだ保存していない結果が2件あります", "checked"] {
        has(&html, expected);
    }
    assert!(!html.contains("/d/flow"));
    let html = ways(with_off_route()).await;
    for expected in ["href=\"/d/flow\"", "外来診療等(通常とは異なる動線)", "href=\"/d/check\""] {
        has(&html, expected);
    }
    let html = ways(BedsideDesk { asks_consent: false, ..with_off_route() }).await;
    has(&html, "href=\"/d/flow\"");
    assert!(!html.contains("href=\"/d/check\""), "the only use that is on");
    let html = ways(BedsideDesk { allows_visual: false, ..desk() }).await;
    for absent in [words::EYE_ONCE, words::EYE_TITLE, words::TOGGLE] {
        assert!(!html.contains(absent), "{absent}");
    }
}

#[tokio::test]
async fn da_10_the_verdict_comes_first_and_what_is_not_known_is_said_so() {
    let draw_result = async |result: BedsideResult| draw(move || html! { <ResultView result={Rc::new(result.clone())} /> }).await;
    let html = draw_result(result()).await;
    let said = words_of(&html).join("\n");
    let at = |text: &str| said.find(text).unwrap_or_else(|| panic!("no {text} in {said}"));
    assert!(at("有効") < at("試験　一郎") && at("試験　一郎") < at("3割") && at("3割") < at("保険者番号") && at("記号") < at("枝番"));
    for expected in [
        words::DONE_CONSENT,
        words::GIVE_BACK,
        "ABCD2345",
        detail::NOT_PROVIDED,
        "昭和35",
        "1960",
        "暗証番号",
        words::REFERENCE_ASK,
        "reference-set",
        detail::REVOCATION_NOT_CHECKED,
    ] {
        has(&html, expected);
    }
    let grace = BedsideResult { consent: None, is_grace: true, certificate_ends_on: Some(day("2026-11-19")), ..result() };
    let html = draw_result(grace).await;
    for expected in ["U-X08", words::GRACE, words::NO_CONSENT, words::DONE, words::REFERENCE_ASK_OFFICE] {
        has(&html, expected);
    }
    assert!(!html.contains("reference-set"), "a number is registered for a consent");
    let checks = CertificateChecks { signature: false, ..result().checks };
    let seen = BedsideResult { check_way: CheckWay::Visual, checks, reference_number: Some("77".to_owned()), ..result() };
    let html = draw_result(seen).await;
    for expected in ["目視", words::SIGNED_NO, "77"] {
        has(&html, expected);
    }
    assert!(!html.contains(words::REFERENCE_ASK));
    let mut dotted = result();
    dotted.eligibility.person.as_mut().unwrap().name = "試●　一郎".to_owned();
    has(&draw_result(dotted).await, detail::DOT);
}

#[tokio::test]
async fn x49_the_list_names_nobody_and_says_when_it_is_empty() {
    let rows = vec![UnfiledRow {
        visit: "v".to_owned(),
        done_at: day("2026-11-20").at_jst(10, 15),
        initials: "ｼ・ｲ".to_owned(),
        check_way: CheckWay::Visual,
        validity: Validity::Valid,
    }];
    let html = draw(move || html! { <UnfiledView rows={rows.clone()} /> }).await;
    for expected in ["10:15", "ｼ・ｲ", "目視", "有効", "/d/result/v"] {
        has(&html, expected);
    }
    has(&draw(|| html! { <UnfiledView rows={Vec::new()} /> }).await, words::UNFILED_NONE);
}

/// What is copied at the device is what this product reads back from a paste: every field, whatever it holds.
#[test]
fn da_10_what_is_copied_reads_back() {
    use crate::office::consent::copied::text_of_coverage;
    use shared::domain::calendar::CivilDate;
    use shared::domain::coverage::{ElderlyCertificate, Percent, Provided, Relation};
    use shared::domain::pasted::Pasted;
    use shared::domain::person::Sex;

    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut next = |below: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % below
    };
    let texts = [
        "試－７",
        "12-34",
        "在宅　次郎",
        "山田 太郎: 二",
        "●島　正",
        "ＴＡＲＯ",
        "ﾀﾛｳ ﾔﾏﾀﾞ",
        "a",
        "試験市一丁目 2-3：4",
        "資格情報",
        "氏名",
    ];
    for _ in 0..10_000 {
        let mut eligibility = result().eligibility;
        let mut text = || texts[usize::try_from(next(11)).unwrap()].to_owned();
        let (name, kana, symbol, member) = (text(), text(), text(), text());
        let (insurer_name, address, insured, classification, other) = (text(), text(), text(), text(), text());
        let mut maybe = |text: String| (next(3) > 0).then_some(text);
        let (symbol, address, insured_name, other) = (maybe(symbol), maybe(address), maybe(insured), maybe(other));
        let branch = maybe("01".to_owned()).map(|one| if next(2) == 0 { one } else { "00".to_owned() });
        let mut date = || {
            CivilDate::new(
                u16::try_from(1900 + next(200)).unwrap(),
                1 + u8::try_from(next(12)).unwrap(),
                1 + u8::try_from(next(28)).unwrap(),
            )
        };
        let [born, from, until, qualified, elderly_from] = [(); 5].map(|()| date().unwrap());
        let sex = [Sex::Male, Sex::Female, Sex::Unset][usize::try_from(next(3)).unwrap()];
        let person = eligibility.person.as_mut().unwrap();
        (person.name, person.name_kana, person.name_of_other, person.birth_date, person.sex) = (name, kana, other, born, sex);
        let of = &mut eligibility.coverages[0];
        (of.symbol, of.member_number, of.branch_number, of.insurer_name) = (symbol, member, branch, insurer_name);
        (of.address, of.insured_name, of.card_classification, of.valid_from) = (address, insured_name, classification, Some(from));
        of.valid_until = (next(2) > 0).then_some(until);
        of.qualified_on = (next(2) > 0).then_some(qualified);
        of.is_preschool = next(2) > 0;
        of.relation = [None, Some(Relation::Insured), Some(Relation::Family)][usize::try_from(next(3)).unwrap()];
        of.sex_on_back = [None, Some(Sex::Unset)][usize::try_from(next(2)).unwrap()];
        let ratio = Percent([10, 15, 20, 30][usize::try_from(next(4)).unwrap()]);
        of.copay_ratio = if next(2) > 0 { Provided::Value(ratio) } else { Provided::NotProvided };
        of.elderly = (next(2) > 0).then_some(ElderlyCertificate { valid_from: elderly_from, valid_until: None, ratio });
        // What the text has no line for.
        (of.disqualified_on, of.loss_reason) = (None, None);
        (of.limit, of.specific_diseases) = (Provided::NotProvided, Provided::NotProvided);
        let number = (next(2) > 0).then_some("00-11");
        let text = text_of_coverage(&eligibility, &eligibility.coverages[0], number);
        let read = Pasted::read(&text).unwrap_or_else(|why| panic!("{why}: {text}"));
        assert_eq!((Some(&read.person), &read.coverage), (eligibility.person.as_ref(), &eligibility.coverages[0]), "{text}");
        assert_eq!(read.reference_number.as_ref().map(|number| number.as_str()), number);
        assert_eq!(read.checked_on, Some(eligibility.checked_at.jst_date()));
        assert!(read.unknown.is_empty(), "{text}");
    }
}
