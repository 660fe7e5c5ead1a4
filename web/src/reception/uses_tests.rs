//! The other uses, and what a patient does with an own consent: the desk and its screens, without a browser.

use shared::api::reception::Living;
use shared::domain::visit::{Assist, Place, Purpose};

use super::*;

fn online() -> Rc<PageOpened> {
    Rc::new(PageOpened { visit_kind: VisitKind::Online, ..(*page()).clone() })
}

fn at_top(page: Rc<PageOpened>) -> Desk {
    Desk::new(Mark { step: Step::Top, run: RUN }, Draft::default()).after(Action::Opened(page, moment()))
}

fn told(desk: &Desk, change: impl FnOnce(&mut Occasion)) -> Desk {
    let mut occasion = desk.draft.occasion.clone();
    change(&mut occasion);
    desk.after(Action::Occasion(occasion))
}

fn living() -> Living {
    let items = ConsentItem::ALL.into_iter().map(|item| (item, ItemState::Agreed)).collect();
    Living {
        id: "c1".to_owned(),
        visit_kind: VisitKind::Online,
        consented_at: moment(),
        expires_at: date("2024-02-01").at_jst(23, 59),
        booked_on: Some(date("2024-02-01")),
        items,
        questions: ConsentGroup::ALL.to_vec(),
        answer_by: moment(),
    }
}

/// The card has signed, and the server shows the living consent.
fn lives(purpose: Purpose, living: Option<Living>) -> Desk {
    let opened = VisitOpened {
        visit: "v1".to_owned(),
        secret: Base64(vec![2; 32]),
        challenge: shared::api::reception::Challenge { nonce: Base64(vec![1; 32]), statement: Base64(vec![]), expires_at: moment() },
        expires_at: moment(),
        consent_until: moment(),
    };
    let desk = told(&at_top(page()), |occasion| occasion.purpose = purpose).after(Action::Show(Step::Own));
    let desk = desk.after(Action::Confirm(Base64(vec![9; 16])));
    let desk = desk.after(Action::VisitOpened(desk.errand(), opened));
    let proof =
        Proof { nonce: Base64(vec![1; 32]), certificate: Base64(vec![4]), signature: Base64(vec![5]), replaces: None, changes: None };
    let desk = desk.after(Action::Signed(desk.errand(), Rc::new(proof)));
    desk.after(Action::Lives(desk.errand(), living.map(Rc::new)))
}

#[test]
fn s25_the_way_of_another_use_asks_place_and_date_before_the_choices() {
    let desk = at_top(online());
    assert_eq!(desk.places(), Place::of(VisitKind::Online));
    assert_eq!((desk.after_prepare(), at_top(page()).after_prepare()), (Step::Booking, Step::Choose));
    let desk = told(&desk, |occasion| occasion.place = Some(Place::Home)).after(Action::Show(Step::HandOver));
    assert_eq!(desk.draft.occasion.place, Some(Place::Home), "what the staff said goes with the tablet");
    let desk = told(&desk.after(Action::Show(Step::Prepare)), |occasion| occasion.assist = Some(Assist::Family));
    assert_eq!(desk.after(Action::Show(Step::Choose)).step, Step::Booking, "no choices before the date");
    let desk = told(&desk, |occasion| occasion.booked_on = Some(date("2024-01-20"))).after(Action::Show(Step::Choose));
    assert_eq!(desk.step, Step::Choose);
    // Back at the hand-over the next person begins without date and helper.
    let next = desk.after(Action::Show(Step::HandOver)).draft.occasion;
    assert_eq!((next.place, next.booked_on, next.assist), (Some(Place::Home), None, None));
    assert_eq!(desk.after(Action::Show(Step::Top)).draft, Draft::default());
}

#[test]
fn a_changed_date_ends_key_and_visit_as_a_changed_answer_does() {
    let desk = lives(Purpose::Review, None);
    assert!(desk.draft.visit.is_some());
    let draft = desk.draft.with_occasion(Occasion { booked_on: Some(date("2024-01-20")), ..desk.draft.occasion.clone() });
    assert_eq!((draft.key, draft.visit), (None, None));
}

#[test]
fn what_is_shown_after_the_card_is_stored_by_a_yes_only() {
    let desk = lives(Purpose::Withdraw, Some(living()));
    assert_eq!((desk.stored(), desk.is_asking_to_replace()), (Stored::Nothing, true));
    let yes = desk.after(Action::Revises(None));
    assert_eq!(yes.proof.as_ref().and_then(|proof| proof.replaces.clone()), Some("c1".to_owned()));
    assert_eq!((yes.stored(), yes.is_busy), (Stored::Unknown, true));
    // It was changed elsewhere meanwhile: asked once more, and the yes is gone.
    let changed = Living { id: "c2".to_owned(), ..living() };
    let again = yes.after(Action::Lives(yes.errand(), Some(Rc::new(changed))));
    assert!(again.is_asked_again && again.proof.as_ref().is_some_and(|proof| proof.replaces.is_none()));
    assert_eq!(lives(Purpose::Review, None).stored(), Stored::Nothing);
}

#[tokio::test]
async fn every_screen_of_it_says_what_it_asks() {
    let own = |purpose| told(&at_top(page()), |occasion| occasion.purpose = purpose).after(Action::Show(Step::Own));
    for (desk, texts) in [
        (at_top(page()), &["同意照会・更新", "すべての同意を取消す", "文字を大きく"][..]),
        (
            at_top(online()).after(Action::Show(Step::Place)),
            &["自宅など", "オンライン診療受診施設", "看護師などが付き添う", "何も残りません"],
        ),
        (at_top(online()).after(Action::Show(Step::Booking)), &["予約がない（本日）", "2024-04-18", "令和6年"]),
        (own(Purpose::Withdraw), &["すべて終わらせます", "もう一度おたずねします"]),
        (own(Purpose::Review), &["見て、変えることができます"]),
        (
            lives(Purpose::Review, Some(living())),
            &["予約した診療日は、ここでは変えられません", "木）", "変更を登録する", "変わったところがありません"],
        ),
        (lives(Purpose::Withdraw, Some(living())), &["次の同意を取り消します", "取り消さない", "手術の情報"]),
        (lives(Purpose::Withdraw, None), &["有効な同意はありません"]),
    ] {
        let html = draw(desk).await;
        for text in texts {
            assert!(html.contains(text), "{text} is missing: {html}");
        }
    }
}

#[tokio::test]
async fn x26_and_the_receipt_name_the_other_use() {
    let mut desk = asked();
    desk.page = Page::Open(online());
    let html = draw(desk).await;
    assert!(html.contains("U-X26") && html.contains("「訪問診療等」の同意") && !html.contains("U-X25"), "{html}");
    let occasion =
        Occasion { booked_on: Some(date("2024-01-20")), place: Some(Place::Home), assist: Some(Assist::Staff), ..Occasion::default() };
    let stored = VisitResult { ended_use: Some(VisitKind::HomeVisit), occasion, ..result(Validity::Valid) };
    let desk = Desk { result: Some(Rc::new(stored)), step: Step::Result, ..at_top(online()) };
    let html = draw(desk).await;
    for text in ["U-X51", "U-X26", "自宅など", "職員が介助", "予約した診療日"] {
        assert!(html.contains(text), "{text} is missing: {html}");
    }
}

#[tokio::test]
async fn x34_the_staff_act_while_they_write_down_who_it_is() {
    let html = draw(identify().after(Action::Failed(errand(), Trouble::SystemDown))).await;
    assert!(html.contains("仮確認として登録") && html.contains(t::STAFF_ACTS), "{html}");
    let html = draw(identify().after(Action::Failed(errand(), Trouble::Challenge))).await;
    assert!(!html.contains("仮確認として登録") && html.contains(t::PATIENT_ACTS), "{html}");
}

#[tokio::test]
async fn rw_9_and_rw_10_the_receipt_says_what_was_done() {
    let slip = |purpose: Purpose, state: ItemState| async move {
        let items = ConsentItem::ALL.into_iter().map(|item| (item, if item == ConsentItem::Drug { ItemState::Refused } else { state }));
        let occasion = Occasion { purpose, ..Occasion::default() };
        let changed_at = Some(date("2024-02-01").at_jst(9, 30));
        let stored = VisitResult { items: items.collect(), occasion, changed_at, eligibility: None, ..result(Validity::Valid) };
        let html = draw(Desk { result: Some(Rc::new(stored)), step: Step::Result, ..at_top(online()) }).await;
        // The panel that is printed, and the short text.
        let panel = html.split("slip\"").nth(1).unwrap().split("</section>").next().unwrap().to_owned();
        let text = html.split("slip__text").nth(1).unwrap().split("</p>").next().unwrap().to_owned();
        (panel, text)
    };
    let (panel, text) = slip(Purpose::Withdraw, ItemState::Withdrawn).await;
    for part in ["手続き", "すべての同意の取消し", "取り消した項目", "手術の情報、"] {
        assert!(panel.contains(part), "{part} is missing: {panel}");
    }
    assert!(!panel.contains("薬") && text.contains("すべての同意の取消し") && !text.contains("期限"), "{panel} {text}");
    let (panel, text) = slip(Purpose::Review, ItemState::Agreed).await;
    for part in ["同意の変更", "いま同意している項目", "手術の情報、"] {
        assert!(panel.contains(part), "{part} is missing: {panel}");
    }
    assert!(text.contains("同意の変更") && text.contains("同意の期限"), "{text}");
    let (panel, text) = slip(Purpose::Register, ItemState::Agreed).await;
    assert!(!panel.contains("手続き</dt>") && text.contains("同意の期限"), "{panel} {text}");
}
