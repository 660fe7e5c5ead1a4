//! Work at the device without a card in hand: DA-12 再照会, DA-13 資格確認書で確認, DA-14 部屋の一覧, DA-15 本日の訪問, X12.

use shared::api::room::{RoomState, RoomWay};
use shared::domain::calendar::CivilDate;

pub(crate) const TODAY: &str = "本日の訪問";
pub(crate) const ROOMS: &str = "部屋の一覧";
pub(crate) const PERSON: &str = "部屋の方の確認";
pub(crate) const PAPER: &str = "資格確認書で確認";
pub(crate) const REQUERY: &str = "再照会";
pub(crate) const CARDLESS: &str = "カードなしの確認";
pub(crate) const TO_ROOMS: &str = "部屋の一覧へ戻る";
pub(crate) const TO_TODAY: &str = "本日の訪問へ戻る";

/// DA-13.
pub(crate) mod paper {
    pub(crate) const LEAD: &str = "資格確認書のとおりに入力してください。画面の数字キーでも、キーボードでも入力できます。";
    pub(crate) const PAD: &str = "数字キー";
    pub(crate) const ERASE: &str = "1文字消す";
    pub(crate) const NEXT_FIELD: &str = "次の項目へ";
    pub(crate) const SHARE: &str = "負担割合(券面)";
    pub(crate) const SHARE_NONE: &str = "記載なし";
    pub(crate) const SHARES: [(&str, &str); 3] = [("10", "1割"), ("20", "2割"), ("30", "3割")];
    pub(crate) const OTHER_SHARE: &str = "負担割合が券面とちがいます。";
    pub(crate) const OTHER_SHARE_NEXT: &str =
        "今の負担割合は下の結果のとおりです。新しい資格確認書が届いていないか、ご本人に聞いてください。";
    pub(crate) const BEFORE: &str = "以前に確認した方から入力する";
    pub(crate) const KANA: &str = "氏名(カナ)";
    pub(crate) const FIND: &str = "以前の番号を探す";
    pub(crate) const NO_KANA: &str = "氏名(カナ)を入力してください。";
    pub(crate) const FOUND: &str = "以前の番号を入力しました。資格確認書と同じか確かめてください。";
    pub(crate) const NONE_BEFORE: &str = "この方の以前の確認は見つかりません。資格確認書から入力してください。";
}

/// DA-14.
pub(crate) mod rooms {
    pub(crate) const NONE: &str = "今日の一覧に部屋のある方がいません。";
    pub(crate) const NONE_NEXT: &str = "事務所の「本日の訪問・予約」で、今日の一覧に施設と部屋を入れて登録してください。";
    pub(crate) const HOME: &str = "施設";
    pub(crate) const NO_HOME: &str = "施設名なし";
    pub(crate) const NEXT: &str = "次の方";
    pub(crate) const END: &str = "未の方はいません。";
    pub(crate) const END_ALL: &str = "全員の確認が済みました。";
    pub(crate) const LEFT: &str = "あとでの方";
    pub(crate) const CARDS: &str = "返していないカード";
    pub(crate) const CARDS_NEXT: &str = "施設を出る前に、次の方へカードを返し、「カードを返しました」に印を付けてください。";
    pub(crate) const CARD_OUT: &str = "カード未返却";
    pub(crate) const CARD_BACK: &str = "カード返却済";
    pub(crate) const LEGEND: &str = "部屋と頭文字だけを示します。お名前は、その方を開いたときだけ表示します。";
    pub(crate) const NO_INITIALS: &str = "(名前なし)";
    pub(crate) const NO_FLOOR: &str = "階のない部屋";
}

/// The person in hand.
pub(crate) mod person {
    pub(crate) const WHO: &str = "この方";
    pub(crate) const ROOM: &str = "部屋";
    pub(crate) const NAME: &str = "氏名";
    pub(crate) const KANA: &str = "氏名(カナ)";
    pub(crate) const BIRTH: &str = "生年月日";
    pub(crate) const STATE: &str = "状態";
    pub(crate) const WAY: &str = "確認のしかた";
    pub(crate) const CARD_NEXT: &str =
        "カードを預かったら、次の画面で読み取ってください。読み取ったあとこの画面に戻ると、結果をこの方に記録できます。";
    pub(crate) const TO_CARD: &str = "カードを読み取る";
    pub(crate) const NO_CONSENT: &str = "有効な同意がないため、再照会はできません。";
    pub(crate) const ASK: &str = "再照会する";
    pub(crate) const OFFERED: &str = "今日の確認があります";
    pub(crate) const OFFERED_NEXT: &str = "この方の確認なら、記録してください。";
    pub(crate) const TAKE: &str = "この方の確認として記録する";
    pub(crate) const LATER: &str = "あとで";
    pub(crate) const LATER_ABOUT: &str = "今は確認できないときに、理由を残します。";
    pub(crate) const REASON: &str = "理由";
    pub(crate) const REASONS: [&str; 5] = ["不在", "入浴中", "お休み中", "カードが見つからない", "暗証番号がわからない"];
    pub(crate) const NO_REASON: &str = "理由を入力してください。";
    pub(crate) const SET_LATER: &str = "あとでにする";
    pub(crate) const RETURNED: &str = "カードを返しました";
    pub(crate) const RETURNED_HINT: &str = "預からなかったときも、印を付けてください。印を付けるまで、部屋の一覧で知らせます。";
    pub(crate) const TAKE_BACK: &str = "取り消す";
    pub(crate) const TAKE_BACK_ABOUT: &str = "印だけを取り消します。記録した確認は残ります。";
    pub(crate) const TAKEN_BACK: &str = "印を取り消しました。記録した確認は残っています。";
    pub(crate) const MARKED: &str = "記録しました。";
    pub(crate) const RESULT: &str = "今日の確認の結果";
    pub(crate) const MISMATCH: &str = "氏名か生年月日が、一覧の方とちがいます。";
    pub(crate) const MISMATCH_NEXT: &str = "別の方の確認なら「取り消す」を押し、正しい方で確認してください。";
    pub(crate) const NOT_MARKED: &str = "確認は記録しましたが、部屋の一覧にまだ印がありません。";
    pub(crate) const MARK_AGAIN: &str = "もう一度印を付ける";
}

/// DA-15.
pub(crate) mod today {
    pub(crate) const LEAD: &str = "日本時間の0時に、前の日の分は画面から消えます。";
    pub(crate) const LIST: &str = "訪問する方";
    pub(crate) const NONE: &str = "今日の訪問はまだ登録されていません。";
    pub(crate) const NONE_NEXT: &str = "事務所の「本日の訪問・予約」で登録できます。登録がなくても、資格確認書での確認はできます。";
    pub(crate) const FIRST: &str = "今月はじめて";
    pub(crate) const OWN: &str = "あなたの今日の確認";
    pub(crate) const OWN_NONE: &str = "今日の確認はまだありません。";
    pub(crate) const UNKNOWN: &str = "(不明)";
    pub(crate) const ASK: &str = "再照会";
    pub(crate) const OPEN_ROOM: &str = "部屋の一覧で開く";

    pub(crate) fn later(count: u32) -> String {
        format!("仮確認のまま、あとで確認する方が{count}人います。事務所の「あとで確認する方」の一覧に載っています。")
    }
}

/// DA-12.
pub(crate) mod requery {
    pub(crate) const LEAD: &str = "カードも暗証番号も使わずに、今の資格を確かめます。";
    pub(crate) const ASKED: &str = "再照会しました。";
    pub(crate) const VISIT_NEXT: &str = "資格確認書かカードで確認するか、次の訪問で同意をお願いしてください。";
}

pub(crate) fn day(of: CivilDate) -> String {
    of.wareki()
}

pub(crate) fn floor(of: &str) -> String {
    if of.is_empty() {
        return rooms::NO_FLOOR.to_owned();
    }
    if of.ends_with('階') { of.to_owned() } else { format!("{of}階") }
}

pub(crate) fn room(of: &str) -> String {
    if of.is_empty() || of.ends_with('室') || of.ends_with("号") { of.to_owned() } else { format!("{of}号室") }
}

/// 未, 済, 紙 or あとで with the reason.
pub(crate) fn state(of: &RoomState) -> String {
    match of {
        RoomState::Open => "未".to_owned(),
        RoomState::Done => "済".to_owned(),
        RoomState::Paper => "紙".to_owned(),
        RoomState::Later(reason) => format!("あとで({reason})"),
    }
}

pub(crate) fn counts(done: usize, all: usize) -> String {
    format!("{all}人のうち{done}人が済みました。")
}

pub(crate) const fn about(way: RoomWay) -> &'static str {
    match way {
        RoomWay::Visual => "カードの顔写真と見比べます(暗証番号は使いません)。",
        RoomWay::Pin => "ご本人が4桁を入力します。",
        RoomWay::Paper => "資格確認書の番号で確認します。",
        RoomWay::Requery => "有効な同意のある方を、カードなしで確認します。",
    }
}
