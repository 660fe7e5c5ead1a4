//! 月次再照会, 根拠一覧, 利用状況, 本日の訪問・予約, 請求前の確認, 期限の近い方 (OT-14, OT-26 to OT-28, OT-34).

use shared::api::day::DayFault;
use shared::api::month::Run;
use shared::api::requery::WhyNot;
use shared::domain::calendar::{CivilDate, UnixMs};

pub(crate) const GROUP: &str = "今月の仕事";
pub(crate) const PREVIOUS: &str = "前の月";
pub(crate) const NEXT: &str = "次の月";
pub(crate) const PRINT: &str = "印刷する";
pub(crate) const PAGES: &str = "ページ";
pub(crate) const NOBODY: &str = "(氏名がわかりません)";
pub(crate) const CHANGED_FIELDS: &str = "変わったところ(前 → 今)";
pub(crate) const ASK_AGAIN: &str = "再照会する";

pub(crate) fn more_than(count: u32, most: u32) -> String {
    if count > most { format!("{most}件以上") } else { format!("{count}件") }
}

pub(crate) fn why(why: WhyNot) -> String {
    match why {
        WhyNot::Expired(on) => format!("同意の期限が切れています({}まで)。", on.slashed()),
        WhyNot::Replaced => "同意の期限が切れています(新しい同意に置き換わっています)。".to_owned(),
        WhyNot::Withdrawn => "同意の期限が切れています(取り消されています)。".to_owned(),
        WhyNot::OtherUse => "同意の期限が切れています(別の用途の同意に変わっています)。".to_owned(),
        WhyNot::RelationEnded(on) => format!("訪問が終わっています(終了日 {})。", on.slashed()),
        WhyNot::NoHomeVisit => "訪問の同意ではないため、再照会できません。".to_owned(),
    }
}

pub(crate) fn why_next(why: WhyNot) -> &'static str {
    match why {
        WhyNot::Replaced => "一覧で、新しい同意の明細を開いてください。",
        WhyNot::RelationEnded(_) => "訪問が続いているときは、終了日を取り消してください。",
        WhyNot::Expired(_) | WhyNot::Withdrawn | WhyNot::OtherUse | WhyNot::NoHomeVisit => "次の訪問で同意をお願いします。",
    }
}

pub(crate) fn ran(run: &Run) -> String {
    let Run { total, done, changed, refused, .. } = run;
    let by = run.started_by.as_str();
    match run.finished_at {
        None => format!(
            "{total}件中 {}件まで進みました({by}さんが{}に開始)。画面を閉じても続きます。",
            done + refused,
            run.started_at.jst_minute_text()
        ),
        Some(at) => {
            format!("{}に終わりました。照会 {done}件、うち資格が変わった方 {changed}件、照会できない方 {refused}件。", at.jst_minute_text())
        }
    }
}

/// 月次再照会.
pub(crate) mod worklist {
    pub(crate) const TITLE: &str = "月次再照会";
    pub(crate) const ABOUT: &str = "訪問の方の資格を、カードを使わずに月に1回確かめ、変わった方を調べます。";
    pub(crate) const LEAD: &str =
        "訪問の同意が有効な方は、カードも暗証番号も使わずに資格を確かめられます。1人につき月に1回の成功が、加算の根拠になります。";
    pub(crate) const START: &str = "まだの方をまとめて再照会する";
    pub(crate) const START_ASK: &str = "まだの方をまとめて再照会しますか";
    pub(crate) const START_ABOUT: &str =
        "同意が有効で、訪問が続いている方だけに照会します。終わるまで数分かかることがあります。途中で止まっても続きから進みます。";
    pub(crate) const STARTED: &str = "再照会を開始しました。";
    pub(crate) const OTHER_MONTH: &str = "まとめて再照会できるのは今月だけです。";
    pub(crate) const CHANGED: &str = "資格が変わった方";
    pub(crate) const CHANGED_NONE: &str = "この月に資格が変わった方はいません。";
    pub(crate) const OTHERS: &str = "ほかの方";
    pub(crate) const SHOW: &str = "表示";
    pub(crate) const COLUMNS: [&str; 4] = ["氏名", "同意有効期限", "確認", "再照会"];
    pub(crate) const CHANGED_COLUMNS: [&str; 4] =
        ["氏名", "見つかった日時", shared::domain::coverage::Validity::NAME, super::CHANGED_FIELDS];
    pub(crate) const SCROLLS: &str = "月次再照会の表";
    pub(crate) const OPEN_NONE: &str = "まだの方はいません。";
    pub(crate) const OPEN_NONE_NEXT: &str = "この月は、訪問の同意がある方の資格をすべて確かめました。";
    pub(crate) const DONE_NONE: &str = "確かめた方はまだいません。";
    pub(crate) const DONE_NONE_NEXT: &str = "「まとめて再照会する」か、訪問先の受付で確かめると、ここに出ます。";
    pub(crate) const CAN: &str = "できます";
    pub(crate) const EVIDENCE: &str = "加算の根拠一覧";
    pub(crate) const BOTH_KEPT: &str = "前の結果も今の結果も残ります。レセコンの保険情報を直し、保険証の写しなどを差し替えてください。";
}

/// 加算の根拠一覧.
pub(crate) mod evidence {
    pub(crate) const TITLE: &str = "加算の根拠一覧";
    pub(crate) const BACK: &str = "月次再照会に戻る";
    pub(crate) const LEAD: &str = "同意のもとで最初に資格を確かめられた日時です。1人につき1行です。";
    pub(crate) const FEES: &str = "この月に算定できることのある加算";
    pub(crate) const NO_FEES: &str = "この月の加算は、この表にはありません。";
    pub(crate) const DECIDE: &str = "算定するかどうかは、要件(届出、掲示、行った人の資格、ほかの加算との関係)を確かめて、事業所で決めてください。同じ月に2つ以上は算定できないものがほとんどです。";
    pub(crate) const COLUMNS: [&str; 5] = ["氏名", "最初の確認日時", "確認の方法", "媒体", "行った人"];
    pub(crate) const PATIENT: &str = "本人(訪問先の端末)";
    pub(crate) const NONE: &str = "この月に確かめた方はいません。";
    pub(crate) const NONE_NEXT: &str = "訪問先の受付か、月次再照会で確かめると、ここに出ます。";
}

/// 利用状況.
pub(crate) mod usage {
    pub(crate) const TITLE: &str = "利用状況";
    pub(crate) const ABOUT: &str = "確認の方法、媒体、診療区分ごとの件数を、月ごとに調べます。";
    pub(crate) const LEAD: &str = "この機関の資格確認の件数です。氏名は出ません。";
    pub(crate) const COLUMNS: [&str; 4] = [shared::domain::institution::VisitKind::NAME, "確認の方法", "媒体", "件数"];
    pub(crate) const NO_USE: &str = "指定なし";
    pub(crate) const NONE: &str = "この月の資格確認はありません。";
    pub(crate) const NONE_NEXT: &str = "ほかの月を選んでください。";

    pub(crate) fn share(all: u32, by_card: u32) -> String {
        let tenths = u64::from(by_card) * 1_000 / u64::from(all.max(1));
        format!("合計 {all}件、うちカード・スマートフォン {by_card}件({}.{}%)", tenths / 10, tenths % 10)
    }
}

/// 本日の訪問・予約.
pub(crate) mod day {
    use super::DayFault;

    pub(crate) const TITLE: &str = "本日の訪問・予約";
    pub(crate) const ABOUT: &str = "その日に訪問する方の一覧を作り、行く前にまとめて資格を確かめます。";
    pub(crate) const LEAD: &str = "行く前に、全員の資格をまとめて確かめられます。診療や薬剤の情報は、ここでは取り寄せません。";
    pub(crate) const TODAY: &str = "今日";
    pub(crate) const BEFORE: &str = "前の日";
    pub(crate) const AFTER: &str = "次の日";
    pub(crate) const CHECK: &str = "まだの方をまとめて確かめる";
    pub(crate) const CHECKING: &str = "訪問する方の確認";
    pub(crate) const CHECK_STARTED: &str = "確認を開始しました。";
    pub(crate) const COLUMNS: [&str; 6] = ["氏名", "生年月日", "部屋", "今月はじめて", "状態", "取り消し"];
    pub(crate) const SCROLLS: &str = "訪問・予約の表";
    pub(crate) const NONE: &str = "この日の訪問はまだ登録されていません。";
    pub(crate) const NONE_NEXT: &str = "下で、同意のある方を選ぶか、氏名を入力するか、ファイルから登録してください。";
    pub(crate) const FIRST: &str = "今月はじめて";
    pub(crate) const NOT_FIRST: &str = "確認済み";
    pub(crate) const REMOVE: &str = "取り消す";
    pub(crate) const REMOVED: &str = "一覧から取り消しました。確かめた結果は残ります。";
    pub(crate) const ADDED: &str = "一覧に登録しました。";
    pub(crate) const WAS_THERE: &str = "その方は、もう一覧にあります。";
    pub(crate) const ADD_TITLE: &str = "氏名を入力して登録";
    pub(crate) const ADD: &str = "登録";
    pub(crate) const NAME: &str = "氏名";
    pub(crate) const NO_NAME: &str = "氏名を入力してください。";
    pub(crate) const KANA: &str = "氏名(カナ)";
    pub(crate) const KANA_HINT: &str = "カナと生年月日が同意のある方と合うと、その方として登録されます";
    pub(crate) const BIRTH: &str = "生年月日";
    pub(crate) const NO_BIRTH: &str = "生年月日を確かめてください。番号で確かめるときは、生年月日が必要です。";
    pub(crate) const ROOM: &str = "部屋";
    pub(crate) const HOME: &str = "施設";
    pub(crate) const HOME_HINT: &str = "施設を訪問するとき。端末の「部屋の一覧」に出ます";
    pub(crate) const FLOOR: &str = "階";
    pub(crate) const FLOOR_HINT: &str = "空のときは部屋番号から決まります(203は2階)";
    pub(crate) const NUMBERS: &str = "同意のない方を番号で確かめるとき";
    pub(crate) const INSURER: &str = "保険者番号";
    pub(crate) const SYMBOL: &str = "記号";
    pub(crate) const MEMBER: &str = "番号";
    pub(crate) const NO_MEMBER: &str = "保険者番号と番号の両方を入力してください。";
    pub(crate) const BRANCH: &str = "枝番";
    pub(crate) const BAD_TEXT: &str = "長すぎるか、使えない文字があります。個人番号は入力しないでください。";
    pub(crate) const PICK_TITLE: &str = "同意のある方から選んで登録";
    pub(crate) const PICK_LEAD: &str = "この日の月に、資格の確認がまだの方と、済みの方に分けています。";
    pub(crate) const PICK_SHOW: &str = "選ぶ方";
    pub(crate) const PICK_OPEN: &str = "まだの方";
    pub(crate) const PICK_DONE: &str = "済みの方";
    pub(crate) const PICK: &str = "この日に登録";
    pub(crate) const PICK_NONE: &str = "確認がまだの方はいません。済みの方は、上で選ぶと出ます。";
    pub(crate) const PICK_DONE_NONE: &str = "確認が済みの方はいません。";
    pub(crate) const FILE_TITLE: &str = "ファイルから登録";
    pub(crate) const FILE: &str = "訪問・予約のファイル(CSV)";
    pub(crate) const FILE_HINT: &str = "1行目は「氏名,氏名(カナ),生年月日,部屋,保険者番号,記号,番号,枝番」、施設を訪問するときは続けて「,施設,階」。UTF-8かシフトJIS、300人まで";
    pub(crate) const TRY: &str = "内容を確かめる";
    pub(crate) const APPLY: &str = "この内容で登録する";
    pub(crate) const NO_FILE: &str = "ファイルを選んでください。";
    pub(crate) const LONG_FILE: &str = "ファイルが大きすぎます。";
    pub(crate) const LINES: [&str; 3] = ["行", "氏名", "結果"];
    pub(crate) const LINE_KNOWN: &str = "同意のある方として登録します";
    pub(crate) const LINE_NEW: &str = "登録します";
    pub(crate) const FAULTY: &str = "直す行があります。だれも登録していません。";

    pub(crate) fn fault(fault: DayFault) -> &'static str {
        match fault {
            DayFault::Columns => "列の数がちがいます",
            DayFault::Name => "氏名がないか、使えません",
            DayFault::Kana => "カナが使えません",
            DayFault::BirthDate => "生年月日が日付ではありません",
            DayFault::Room => "部屋が長すぎます",
            DayFault::Insurance => "保険者番号、番号、生年月日がそろっていません",
        }
    }
}

/// 請求前の確認.
pub(crate) mod claims {
    pub(crate) const TITLE: &str = "請求前の確認";
    pub(crate) const ABOUT: &str = "資格確認のない訪問、資格が変わった方、仮確認のままの方、未送信の結果を、請求の前に確かめます。";
    pub(crate) const LEAD: &str = "ひとりでに「確認済み」になることはありません。確かめた人が、理由を書いて「確認済み」にします。";
    pub(crate) const COLUMNS: [&str; 4] = ["氏名", "日", "内容", "確認"];
    pub(crate) const NONE: &str = "ありません。";
    pub(crate) const MORE: &str = "ほかにもあります。全部は、CSVで保存してください。";
    pub(crate) const CLOSE: &str = "確認済みにする";
    pub(crate) const REOPEN: &str = "未確認に戻す";
    pub(crate) const CLOSE_ASK: &str = "確認済みにしますか";
    pub(crate) const NOTE: &str = "確かめた内容";
    pub(crate) const NOTE_HINT: &str = "例: 電話で保険者に確かめた";
    pub(crate) const NO_NOTE: &str = "確かめた内容を入力してください。";
    pub(crate) const CLOSED: &str = "確認済みにしました。";
    pub(crate) const REOPENED: &str = "未確認に戻しました。";
    pub(crate) const NO_CHECK: &str = "この月に、資格を確かめた記録がありません。";
    pub(crate) const NO_SUCCESS: &str = "受付では資格を確かめられませんでした。請求の前に、資格確認書などで確かめてください。";
    pub(crate) const PROVISIONAL: &str = "後で確かめることになっています。";

    pub(crate) fn closed(note: &str, by: &str, at: super::UnixMs) -> String {
        format!("確認済み: {note}({by}さん {})", at.jst_minute_text())
    }
}

/// 期限の近い方.
pub(crate) mod expiring {
    use super::CivilDate;
    use shared::api::expiring::Kind;

    pub(crate) const TITLE: &str = "期限の近い方";
    pub(crate) const ABOUT: &str = "電子証明書、資格確認書、訪問の同意の期限が近い方を調べ、お知らせ票を印刷します。";
    pub(crate) const SHOW: &str = "何の期限";
    pub(crate) const COLUMNS: [&str; 4] = ["氏名", "生年月日", "期限", "最後に確かめた日時"];
    pub(crate) const NONE: &str = "期限の近い方はいません。";
    pub(crate) const NONE_NEXT: &str = "この施設で確かめたことのある方だけが、この一覧に出ます。";
    pub(crate) const OVER: &str = "(切れています)";
    pub(crate) const SLIPS: &str = "このページの方のお知らせ票を作る";
    pub(crate) const BACK: &str = "一覧に戻る";
    pub(crate) const SLIP_TITLE: &str = "お知らせ";
    pub(crate) const SLIP_LEAD: &str = "1人1枚です。保険の番号などは載っていません。";

    pub(crate) fn span(from: CivilDate, to: CivilDate) -> String {
        format!("{}〜{}に期限の来る方です。", from.slashed(), to.slashed())
    }

    /// What a slip says about a last day, and what to do next; `is_over`: the day has passed.
    pub(crate) fn slip(kind: Kind, on: CivilDate, is_over: bool) -> (String, &'static str) {
        let ends = if is_over { "期限が切れています" } else { "期限が近づいています" };
        let ends = |what: &str| format!("{what}{ends}({}まで)。", on.wareki());
        match kind {
            Kind::Certificate if is_over => (
                ends("マイナンバーカードの電子証明書の"),
                "市区町村の窓口で更新できます。期限から3か月の間は資格を確かめられますが、お薬や診療の情報は使えません。",
            ),
            Kind::Certificate => (
                ends("マイナンバーカードの電子証明書の"),
                "市区町村の窓口で更新できます。期限が切れても3か月の間は資格を確かめられますが、お薬や診療の情報は使えなくなります。",
            ),
            Kind::Paper => (ends("資格確認書の有効"), "新しい資格確認書が届きましたら、次の訪問のときに見せてください。"),
            Kind::Consent => (ends("訪問での同意の"), "次の訪問のときに、マイナンバーカードと4けたの暗証番号をご用意ください。"),
        }
    }
}

/// 再照会 on OT-11.
pub(crate) mod requery {
    pub(crate) const TITLE: &str = "再照会";
    pub(crate) const CAN: &str = "カードも暗証番号も使わずに、今の資格を確かめられます。";
    pub(crate) const ASKED: &str = "再照会しました。";
    pub(crate) const CHANGED: &str = "資格が変わりました。";
    pub(crate) const CHANGED_NEXT: &str = "前の結果も今の結果も残ります。レセコンの保険情報を確かめてください。";
    pub(crate) const ANSWERS: &str = "これまでの再照会";
    pub(crate) const NONE: &str = "まだありません。";
    pub(crate) const COLUMNS: [&str; 3] = ["日時", shared::domain::coverage::Validity::NAME, "行った人"];
    pub(crate) const END_TITLE: &str = "訪問の終了日";
    pub(crate) const END_LABEL: &str = "終了日";
    pub(crate) const END: &str = "終了日を登録";
    pub(crate) const GOES_ON: &str = "終了日を取り消す";
    pub(crate) const END_ABOUT: &str = "終了日の次の日から、この方の再照会はできなくなります。同意そのものは、期限まで残ります。";
    pub(crate) const ENDED: &str = "終了日を登録しました。";
    pub(crate) const WENT_ON: &str = "終了日を取り消しました。";
    pub(crate) const NO_DAY: &str = "同意の日かその後の日付を入力してください。";

    pub(crate) fn former(at: super::UnixMs) -> String {
        format!("前の結果({})と比べています。", at.jst_minute_text())
    }

    pub(crate) fn ended(on: super::CivilDate) -> String {
        format!("終了日: {}", on.slashed())
    }
}
