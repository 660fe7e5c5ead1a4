use super::*;

fn today() -> CivilDate {
    CivilDate::try_from("2026-11-30").unwrap()
}

fn start() -> Settings {
    Settings::at_start("03-0000-0000")
}

#[test]
fn an_institution_begins_with_home_visits_and_nothing_that_needs_terms() {
    let settings = start();
    assert_eq!(settings.clone().checked(today()), Ok(settings.clone()));
    assert!(settings.is_on(VisitKind::HomeVisit) && settings.terms().is_empty());
    assert_eq!(settings.asked(VisitKind::HomeVisit, today()), ConsentGroup::ALL);
}

#[test]
fn n042_n048_what_is_switched_on_names_its_terms() {
    let mut settings = start();
    settings.subsidies = true;
    assert_eq!(settings.terms(), [TermsId::Subsidies]);
    settings.off_route.is_on = true;
    assert_eq!(settings.terms(), [TermsId::OnlineCheck, TermsId::Subsidies]);
    for id in TermsId::ALL {
        assert_eq!(TermsId::from_word(id.word()), Some(id));
        assert_eq!(serde_json::to_value(id).unwrap(), id.word());
    }
}

#[test]
fn every_use_can_be_switched_on_for_its_reception_page() {
    for of in Use::ALL {
        let mut settings = start();
        settings.of_mut(of).is_on = true;
        assert!(settings.checked(today()).is_ok_and(|settings| settings.is_on(of.reception())), "{of:?}");
    }
}

#[test]
fn items_stand_in_the_order_of_the_screen_and_one_is_asked_at_least() {
    let mut settings = start();
    settings.home_visit.items = vec![ConsentGroup::Checkup, ConsentGroup::Surgery, ConsentGroup::Checkup];
    let kept = settings.clone().checked(today()).unwrap();
    assert_eq!(kept.home_visit.items, [ConsentGroup::Surgery, ConsentGroup::Checkup]);
    assert_eq!(kept.asked(VisitKind::HomeVisit, today()), kept.home_visit.items);
    settings.home_visit.items.clear();
    assert_eq!(settings.checked(today()), Err(SettingsFault::Items(Use::HomeVisit)));
}

#[test]
fn a_contact_is_one_short_line_without_an_individual_number() {
    assert_eq!(contact_of(" 03-0000-0000\n平日\u{200B} "), Ok("03-0000-0000 平日".to_owned()));
    assert_eq!(contact_of(""), Ok(String::new()));
    assert!(contact_of(&"あ".repeat(120)).is_ok());
    assert_eq!(contact_of(&"あ".repeat(121)), Err(SettingsFault::ContactTooLong));
    assert_eq!(contact_of(concat!("番号 1234 5678 ", "9018")), Err(SettingsFault::MyNumber));
}

#[test]
fn phones_follow_the_policy_until_the_institution_says_otherwise() {
    let mut settings = start();
    let takes =
        |settings: &Settings, of| [Medium::Card, Medium::Android, Medium::Iphone, Medium::Paper].map(|it| settings.takes(of, it, today()));
    assert_eq!(takes(&settings, Use::HomeVisit), [true, false, false, false]);
    assert_eq!(takes(&settings, Use::OffRoute), [true, true, true, false]);
    settings.home_visit.android = PhoneRule::Taken;
    settings.off_route.iphone = PhoneRule::NotTaken;
    assert_eq!(takes(&settings, Use::HomeVisit), [true, true, false, false]);
    assert_eq!(takes(&settings, Use::OffRoute), [true, true, false, false]);
}

/// One change of each setting.
fn changes() -> Vec<(&'static str, Settings)> {
    let of = |name, change: fn(&mut Settings)| {
        let mut settings = start();
        change(&mut settings);
        (name, settings)
    };
    vec![
        of("訪問診療等機能", |s| s.home_visit.is_on = false),
        of("訪問診療等: 受付でたずねる項目", |s| s.home_visit.items.truncate(2)),
        of("訪問診療等: Androidスマートフォン", |s| s.home_visit.android = PhoneRule::Taken),
        of("訪問診療等: iPhone", |s| s.home_visit.iphone = PhoneRule::Taken),
        of("オンライン診療等機能", |s| s.online.is_on = true),
        of("外来診療等(通常とは異なる動線)機能", |s| s.off_route.is_on = true),
        of("医療扶助", |s| s.medical_aid = false),
        of("医療費助成情報", |s| s.subsidies = true),
        of("電子処方箋", |s| s.e_prescription = true),
        of("処方箋の発行形態", |s| s.prescription_form = PrescriptionForm::AtReception),
        of("目視確認", |s| s.visual_check = false),
        of("受付の端末での資格の表示", |s| s.shows_eligibility = false),
        of("結果の自動書き出し", |s| s.hand_over.is_on = false),
        of("書き出しの方法", |s| s.hand_over.way = FileWay::Download),
        of("書き出しの文字コード", |s| s.hand_over.encoding = FileEncoding::ShiftJis),
        of("連絡先", |s| s.contact.clear()),
    ]
}

#[test]
fn what_changed_is_said_from_old_to_new() {
    for (name, changed) in changes() {
        let said = differences(&start(), &changed);
        assert_eq!(said.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), [name]);
        assert_ne!(said[0].old, said[0].new, "{name}");
    }
    assert!(differences(&start(), &start()).is_empty());
    let off = differences(&start(), &changes()[0].1);
    assert_eq!((off[0].old.as_str(), off[0].new.as_str()), ("利用する", "利用しない"));
}

#[test]
fn of_two_changes_at_once_none_is_lost() {
    let base = start();
    for (name, mine) in changes() {
        for (other, theirs) in changes() {
            let both = theirs.with_changes_of(&mine, &base);
            let names: Vec<_> = differences(&base, &both).into_iter().map(|one| one.name).collect();
            assert!(names.iter().any(|one| one == name) && names.iter().any(|one| one == other), "{name} and {other}: {names:?}");
            assert_eq!(names.len(), if name == other { 1 } else { 2 });
        }
        assert_eq!(base.with_changes_of(&base, &base), base, "{name}");
    }
}
