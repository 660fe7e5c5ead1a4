//! What the screens without a card show, and what the keys do.

use std::rc::Rc;

use shared::api::day::DayState;
use shared::api::room::{CardPlace, RoomRow, RoomState, RoomWay, RoomsShown};
use shared::domain::calendar::UnixMs;
use yew::prelude::*;

use super::pad::{Key, pressed};
use super::paper::Paper;
use super::person::beside;
use super::rooms::RoomsView;
use crate::drawn::{day, draw, words};

fn row(id: &str, room: &str, state: RoomState, card: CardPlace) -> RoomRow {
    RoomRow {
        id: id.to_owned(),
        home: "ひなた苑".to_owned(),
        floor: "1".to_owned(),
        room: room.to_owned(),
        initials: "シ・ハ".to_owned(),
        state,
        said: DayState::Open,
        way: Some(RoomWay::Paper),
        card,
        checked_at: None,
    }
}

async fn text(rows: Vec<RoomRow>) -> String {
    let shown = RoomsShown { day: day("2026-11-30"), rows, now: UnixMs(0) };
    let html = draw(move || html! { <RoomsView shown={Rc::new(shown)} /> }).await;
    words(&html).join("\n")
}

#[test]
fn a_key_types_into_the_field_and_one_takes_the_last_away() {
    assert_eq!(pressed("", Key::Text("昭")), "昭");
    assert_eq!(pressed("昭13", Key::Text(".")), "昭13.");
    assert_eq!(pressed("試－", Key::Erase), "試");
    assert_eq!(pressed("", Key::Erase), "");
    assert_eq!(pressed("1", Key::Next), "1");
}

#[test]
fn the_other_cards_of_the_home_stand_beside_the_person_in_hand() {
    let mut elsewhere = row("d", "101", RoomState::Open, CardPlace::Out);
    elsewhere.home = "別の家".to_owned();
    let rows = [
        row("a", "101", RoomState::Open, CardPlace::Out),
        row("b", "102", RoomState::Open, CardPlace::Out),
        row("c", "103", RoomState::Open, CardPlace::Back),
        elsewhere,
    ];
    let of = |id: &str| {
        let (next, cards) = beside(&rows, id);
        (next.map(|(path, _)| path), cards.into_iter().map(|(_, who)| who).collect::<Vec<_>>())
    };
    assert_eq!(of("a"), (Some("/d/rooms/b".to_owned()), vec!["102号室 シ・ハ".to_owned()]));
    assert_eq!(of("b").1, ["101号室 シ・ハ"], "after 次の方 the card that was taken before is still said");
    assert_eq!(of("d"), (None, Vec::new()));
    assert_eq!(of("gone"), (None, Vec::new()));
}

#[test]
fn the_list_of_the_day_fills_the_paper_in() {
    let birth = Some(day("1938-05-20"));
    let paper = Paper::of_list(None, birth, "コウレイ トメ");
    assert_eq!((paper.of.birth.as_str(), paper.of.insurer.as_str()), ("1938/05/20", ""));
}

#[tokio::test]
async fn the_rooms_say_who_is_next_and_at_the_end_who_is_left_and_which_cards_are_out() {
    let open = row("a", "101", RoomState::Open, CardPlace::Untouched);
    let later = row("b", "102", RoomState::Later("入浴中".to_owned()), CardPlace::Out);
    let done = row("c", "103", RoomState::Paper, CardPlace::Back);
    let all = text(vec![open, later.clone(), done.clone()]).await;
    assert!(
        all.contains("次の方 101号室 シ・ハ") && all.contains("3人のうち1人が済みました。") && all.contains("返していないカード"),
        "{all}"
    );
    let end = text(vec![later, done.clone()]).await;
    assert!(end.contains("未の方はいません。") && end.contains("あとで(入浴中)"), "{end}");
    let over = text(vec![done]).await;
    assert!(over.contains("全員の確認が済みました。") && !over.contains("返していないカード"), "{over}");
    assert!(text(Vec::new()).await.contains("今日の一覧に部屋のある方がいません。"));
}
