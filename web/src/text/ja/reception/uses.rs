//! The other uses (RW-11 to RW-13), and what a patient does with an own consent (RW-9, RW-10).

use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::institution::VisitKind;
use shared::domain::visit::{Occasion, Place};

use super::{day, moment, until};

/// Name of the buttons for the size of the text.
pub const TEXT_SIZE: &str = "文字を大きく";
/// The sizes, small to large: what a button says aloud.
pub const TEXT_SIZES: [&str; 3] = ["標準の文字", "大きな文字", "もっと大きな文字"];

/// RW-9 on the top.
pub const REVIEW: &str = "同意照会・更新";
/// RW-10 on the top.
pub const WITHDRAW: &str = "すべての同意を取消す";
/// Above both.
pub const OWN_CONSENTS: &str = "登録済みの同意";

/// Heading of RW-13.
pub const PLACE: &str = "場所と付き添い";
/// RW-13: the question.
pub const PLACE_QUESTION: &str = "患者様はどこで受けますか";
/// RW-13: what it is for.
pub const PLACE_MEANING: &str = "控えと事業所の記録に残します。";
/// RW-13, without an answer.
pub const PLACE_MISSING: &str = "場所をお選びください。";
/// RW-13: the name of the place or station.
pub const PLACE_NAME: &str = "施設・事業所の名前（わかるとき）";
/// RW-13: what is on the device afterwards.
pub const PLACE_CLEARS: &str =
    "この端末には何も残りません。患者様のものでない端末では、ブックマークやホーム画面への追加をしないでください。";
/// RW-13, a nurse is there: whose URL it is.
pub const PLACE_DOCTOR: &str = "付き添う事業所の端末では、診療する医師の医療機関のURLを開きます。";

/// RW-2: who operates.
pub const ASSIST: &str = "どなたが操作しますか";
/// RW-2: what is kept of it, and what is never taken over.
pub const ASSIST_MEANING: &str =
    "だれが手伝ったかだけを記録し、お名前はうかがいません。暗証番号はご本人が入力します。職員はうかがいません。";
/// RW-2, without an answer.
pub const ASSIST_MISSING: &str = "操作する方をお選びください。";

/// RW-11 and its field.
pub const BOOKED: &str = "予約した診療日";
/// RW-11: what the date does.
pub const BOOKED_LEAD: &str = "同意は、この日の23時59分まで有効です。登録したあとは変えられません。";
/// RW-11: for today.
pub const BOOKED_TODAY: &str = "予約がない（本日）";
/// RW-11: the field for a day.
pub const BOOKED_FIELD: &str = "日付をお選びください";
/// X24, at the field.
pub const BOOKED_WRONG: &str = "診療日を入力してください（予約がなければ本日）。";

/// RW-11: which days can be booked.
#[must_use]
pub fn booked_range(first: CivilDate, last: CivilDate) -> String {
    format!("{}から{}まで選べます。", day(first), day(last))
}

/// A day with its weekday, in both calendars.
#[must_use]
pub fn weekday(date: CivilDate) -> String {
    const DAYS: [&str; 7] = ["月", "火", "水", "木", "金", "土", "日"];
    format!("{}（{}）", day(date), DAYS.get(usize::from(date.weekday())).copied().unwrap_or_default())
}

/// X24: back to the date.
pub const TO_BOOKING: &str = "診療日を直す";

/// RW-12 (X26): heading.
pub const OTHER_USE: &str = "別の用途の同意は取り消されます";
/// RW-12: yes.
pub const OTHER_USE_YES: &str = "取り消して登録する";
/// RW-12: no.
pub const OTHER_USE_NO: &str = "やめる";
/// RW-12: what each answer does.
pub const OTHER_USE_MEANING: &str = "「取り消して登録する」を押すと、前の用途の同意は終わり、今回の内容を登録します。「やめる」を押すと、今回の内容と資格の確認の結果は登録されず、前の同意がそのまま続きます。";

/// RW-12: which consent it is about.
#[must_use]
pub fn other_use_lead(of: VisitKind, at: UnixMs) -> String {
    format!("この医療機関・事業所には、「{}」の同意（{}）があります。今回の登録で終わります。", of.label(), until(at))
}

/// X26, on the result.
#[must_use]
pub fn ended_use(of: VisitKind) -> String {
    format!("「{}」の同意は、今回の登録で終わりました。", of.label())
}

/// X51, on the result of an online visit at home.
pub const PHOTO_ID: &str = "診療日の来院時に、写真付きの身分証で本人確認をしてください";
/// X51: for whom not.
pub const PHOTO_ID_WHY: &str = "明らかにご本人とわかる方には、必要ありません。";

/// RW-9, before card and PIN.
pub const REVIEW_LEAD: &str = "カードと暗証番号でご本人であることを確かめたあと、いま登録されている同意を見て、変えることができます。";
/// RW-10, before card and PIN.
pub const WITHDRAW_LEAD: &str = "この医療機関・事業所に登録されている同意を、すべて終わらせます。職員は、診療や薬などの情報を見られなくなります。資格の確認の記録は残ります。";
/// RW-10: nothing happens yet.
pub const WITHDRAW_NEXT: &str = "このあと、カードと暗証番号でご本人であることを確かめます。取り消す前に、もう一度おたずねします。";
/// To card and PIN.
pub const TO_CARD: &str = "カードで確かめる";

/// RW-9 and RW-10 after the card: there is none.
pub const NO_LIVING: &str = "有効な同意はありません";
/// What follows from it.
pub const NO_LIVING_MEANING: &str =
    "この医療機関・事業所に、いま有効な同意は登録されていません。期限が切れたか、取り消されたか、まだ登録していないときに出ます。";
/// RW-9 after the card.
pub const LIVING: &str = "登録されている同意";
/// RW-9: what can be done here.
pub const LIVING_LEAD: &str = "変えたい項目を選び直し、「変更を登録する」を押してください。「同意しない」にした項目の情報は、すぐに見られなくなります。期限は変わりません。";
/// RW-9: why the date stands fast.
pub const BOOKED_FIXED: &str = "予約した診療日は、ここでは変えられません。変わったときは、医療機関で登録し直します。";
/// RW-9: yes.
pub const SAVE: &str = "変更を登録する";
/// RW-9: nothing differs.
pub const NOTHING_CHANGED: &str = "変わったところがありません。";
/// RW-9: no.
pub const LEAVE_AS_IS: &str = "変えずに終わる";
/// RW-10 after the card.
pub const STOPS: &str = "次の同意を取り消します";
/// RW-10: yes.
pub const WITHDRAW_NOW: &str = "取消す";
/// RW-10: no.
pub const KEEP: &str = "取り消さない";
/// Asked once more: it was changed elsewhere.
pub const LIVING_AGAIN: &str = "登録されている内容が、ほかの端末で変わりました。もう一度お確かめください。";

/// RW-7 after an update.
pub const UPDATED: &str = "同意の変更を登録しました";
/// RW-7 after a withdrawal.
pub const WITHDRAWN: &str = "同意を取り消しました";
/// Name of the field: when it was changed or withdrawn.
pub const CHANGED_AT: &str = "手続きの日時";
/// Name of the field: the deadline that a withdrawn consent had.
pub const WOULD_HAVE_ENDED: &str = "取り消す前の期限";

/// Name of the field: what was done.
pub const DONE: &str = "手続き";
/// RW-9 and RW-10: what was done.
pub const DONE_REVIEW: &str = "同意の変更";
/// RW-10.
pub const DONE_WITHDRAW: &str = "すべての同意の取消し";
/// RW-9: name of the field, the items that are agreed to now.
pub const NOW_AGREED: &str = "いま同意している項目";
/// RW-10: name of the field, the items that were withdrawn.
pub const NOW_WITHDRAWN: &str = "取り消した項目";

/// RW-8 after RW-9 or RW-10: what was done, and when.
#[must_use]
pub fn done_at(done: &str, at: Option<UnixMs>) -> String {
    at.map_or_else(|| done.to_owned(), |at| format!("{done} {}", moment(at)))
}

/// The lines of a receipt about the occasion: name and words.
#[must_use]
pub fn occasion(occasion: &Occasion) -> Vec<(&'static str, String)> {
    let place = |place: Place| match occasion.place_name.as_str() {
        "" => place.label().to_owned(),
        name => format!("{}（{name}）", place.label()),
    };
    let lines = [
        occasion.booked_on.map(|on| (BOOKED, weekday(on))),
        occasion.place.map(|of| (PLACE, place(of))),
        occasion.assist.map(|of| ("操作した方", of.label().to_owned())),
    ];
    lines.into_iter().flatten().collect()
}
