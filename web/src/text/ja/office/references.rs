//! 照会番号管理 (OT-21), 結びつけの訂正 (OT-20), この方の記録 (OT-11).

use shared::api::reference::{LineAct, ReferenceEvent, SentAs};
use shared::domain::calendar::UnixMs;
use shared::domain::reference::{ReferenceFault, SendState};
use shared::domain::visit::Assist;

pub(crate) const TITLE: &str = "照会番号管理";
pub(crate) const ABOUT: &str = "カルテの番号(照会番号)の登録の状況を確かめ、まとめて登録します。";
pub(crate) const TITLE_BULK: &str = "照会番号の一括登録";
pub(crate) const TITLE_LINK: &str = "結びつけの訂正";
pub(crate) const BACK: &str = "照会番号管理に戻る";
pub(crate) const BACK_DETAIL: &str = "一覧に戻る";
pub(crate) const LEAD: &str =
    "照会番号は、カルテの患者番号です。一人に一つ、いちばん新しい資格で登録します。登録や変更は、同意と資格の明細から行います。";
pub(crate) const TO_BULK: &str = "CSVでまとめて登録する";
pub(crate) const LIST: &str = "照会番号の一覧";
pub(crate) const SCROLLS: &str = "照会番号の表(横に動かせます)";
pub(crate) const COLUMNS: [&str; 5] = ["照会番号", "状態", "氏名", "登録した資格", "変更した日時"];
pub(crate) const NONE: &str = "条件に合う照会番号はありません。";
pub(crate) const NONE_NEXT: &str = "同意と資格の明細から登録するか、CSVでまとめて登録してください。";
pub(crate) const NUMBER: &str = "照会番号";
pub(crate) const NUMBER_WHOLE: &str = "番号のすべて";
pub(crate) const STATE: &str = "状態";
pub(crate) const ALL: &str = "すべて";
pub(crate) const HELD_ONLY: &str = "結びつけの訂正が要る";
pub(crate) const SEARCH: &str = "検索";
pub(crate) const PAGES: &str = "ページの移動";
pub(crate) const NO_NUMBER: &str = "(外してあります)";
pub(crate) const NOBODY_YET: &str = "まだ受付のない方";
pub(crate) const BY_ITSELF: &str = "自動";

// この方の記録
pub(crate) const PERSON: &str = "この方の記録";
pub(crate) const PERSON_LEAD: &str = "この機関での、この方の照会番号と、これまでの資格確認です。";
pub(crate) const NUMBER_NOW: &str = "今の照会番号";
pub(crate) const NEVER: &str = "未登録";
pub(crate) const NUMBER_HINT: &str = "カルテの患者番号。半角の英数字とハイフンで50文字まで";
pub(crate) const SET: &str = "照会番号を登録する";
pub(crate) const CHANGE: &str = "照会番号を変更する";
pub(crate) const TAKE_OFF: &str = "照会番号を外す";
pub(crate) const TAKE_OFF_TITLE: &str = "照会番号を外しますか";
pub(crate) const TAKE_OFF_HERE: &str = "この方の結果から照会番号が消えます。外したことは記録に残ります。";
pub(crate) const TAKE_OFF_THERE: &str = "外れるのは、このシステムの中だけです。送信ずみの登録は、送信先に残ります。";
pub(crate) const BAD_NUMBER: &str = "半角の英数字とハイフンで、50文字までで入れてください。12桁の個人番号は入れられません。";
pub(crate) const DONE_SET: &str = "照会番号を登録しました。";
pub(crate) const DONE_OFF: &str = "照会番号を外しました。";
pub(crate) const DONE_HELD: &str = "別の方の記録に結びついていると記録しました。自動の書き出しを止めています。";
pub(crate) const DONE_RELEASED: &str = "結びつけは正しいと記録しました。自動の書き出しを再開します。";
pub(crate) const DONE_CORRECTED: &str = "結びつけを訂正しました。";
pub(crate) const TO_LINK: &str = "別の方の記録に結びついているとき";
pub(crate) const HELD: &str = "この結果は別の方の記録に結びついています。"; // X62
pub(crate) const HELD_NEXT: &str = "訂正が終わるまで、この方と相手の方の結果は、自動では書き出しません。";
pub(crate) const CHANGES: &str = "照会番号の記録";
pub(crate) const NO_CHANGES: &str = "照会番号の記録はありません。";
pub(crate) const RESULTS: &str = "この方の資格確認";
pub(crate) const RESULTS_SCROLLS: &str = "この方の資格確認の表(横に動かせます)";
pub(crate) const RESULT_COLUMNS: [&str; 5] =
    ["確認日", "方法", shared::domain::institution::VisitKind::NAME, shared::domain::coverage::Validity::NAME, "保険"];
pub(crate) const MORE_RESULTS: &str = "これより前の資格確認は、一覧から探してください。";
pub(crate) const THIS_ONE: &str = "(この画面)";
pub(crate) const WITHOUT_CONSENT: &str = "同意なしの確認";

// 結びつけの訂正
pub(crate) const LINK_LEAD: &str = "結果は書き換えません。照会番号の結びつけだけを直し、元の結びつけは記録に残します。";
pub(crate) const THIS_PERSON: &str = "この結果の方";
pub(crate) const OTHER_PERSON: &str = "今の照会番号の正しい方";
pub(crate) const OTHER_UNKNOWN: &str = "まだ選んでいません。";
pub(crate) const FIND_LABEL: &str = "今の照会番号の正しい方を探す";
pub(crate) const FIND_HINT: &str = "その方の受付番号か照会番号。分からないときは、空けたままで訂正できます";
pub(crate) const FIND: &str = "探す";
pub(crate) const FIND_EMPTY: &str = "受付番号か照会番号を入れてください。";
pub(crate) const FOUND_NONE: &str = "見つかりません。番号を確かめてください。";
pub(crate) const CHOOSE: &str = "この方を選ぶ";
pub(crate) const CHOOSE_NONE: &str = "選び直す";
pub(crate) const SAME_ONE: &str = "この結果の方と同じ方です。";
pub(crate) const MARK_WRONG: &str = "まちがいと記録して、自動の書き出しを止める";
pub(crate) const MARK_RIGHT: &str = "結びつけは正しかった";
pub(crate) const MARK_LEAD: &str = "すぐに訂正できないときは、先にまちがいと記録してください。";
pub(crate) const FORM: &str = "正しい結びつけ";
pub(crate) const RIGHT_NUMBER: &str = "この結果の方の正しい照会番号";
pub(crate) const RIGHT_NUMBER_HINT: &str = "空けたままにすると、結びつけを外します(あとで結びつけられます)";
pub(crate) const REASON: &str = "理由";
pub(crate) const CHOOSE_REASON: &str = "選んでください";
pub(crate) const NO_REASON: &str = "理由を選んでください。";
pub(crate) const NOTE: &str = "くわしい理由";
pub(crate) const NOTE_HINT: &str = "200文字まで。「そのほか」のときは必要です";
pub(crate) const NO_NOTE: &str = "くわしい理由を書いてください。";
pub(crate) const BAD_NOTE: &str = "200文字までで書いてください。個人番号は書けません。";
pub(crate) const NEXT: &str = "内容を確かめる";
pub(crate) const ASK_TITLE: &str = "結びつけを訂正しますか";
pub(crate) const CORRECT: &str = "訂正する";
pub(crate) const SENT: &str = "すでに渡したもの";
pub(crate) const SENT_NONE: &str = "この方の結果で、すでに渡したものはありません。";
pub(crate) const SENT_NEXT: &str =
    "渡したものは、このシステムからは取り消せません。渡した先(レセコンなど)で、正しい方の記録に直してください。";
pub(crate) const NOT_LINKED: &str = "この方には照会番号がありません。";
pub(crate) const NOT_LINKED_NEXT: &str = "照会番号は、同意と資格の明細で登録します。";
pub(crate) const ADDRESS: &str = "住所";
pub(crate) const INSURANCE: &str = "保険";
pub(crate) const RESULT_DAY: &str = "いちばん新しい結果";
pub(crate) const TO_DETAIL: &str = "明細に戻る";

// 一括登録
pub(crate) const BULK_LEAD: &str = "はじめての登録や、番号をまとめて変えるときに使います。登録する前に、1行ずつ何が起きるかを確かめられます。全部の行を登録するか、何もしないかのどちらかです。";
pub(crate) const BULK_ABOUT: &str = "方は、保険(保険者番号・記号・番号・枝番)か、受付番号の列で指定します。";
pub(crate) const TEMPLATE: &str = "様式を保存する(CSV)";
pub(crate) const FILE: &str = "照会番号のファイル";
pub(crate) const FILE_HINT: &str = "CSV。2,000行、256KBまで";
pub(crate) const CHECK: &str = "内容を確かめる";
pub(crate) const APPLY: &str = "この内容で登録する";
pub(crate) const REPORT: &str = "確かめた結果";
pub(crate) const REPORT_SCROLLS: &str = "確かめた結果の表(横に動かせます)";
pub(crate) const REPORT_COLUMNS: [&str; 3] = ["行", "照会番号", "どうなるか"];
pub(crate) const ALL_GOOD: &str = "全部の行を登録できます。まだ何も登録していません。";
pub(crate) const TOO_LONG: &str = "ファイルが大きすぎます。行を分けて、2つのファイルにしてください。";
pub(crate) const NOT_READ: &str = "ファイルを読めませんでした。もう一度選んでください。";
pub(crate) const NO_FILE: &str = "ファイルを選んでください。";
pub(crate) const DONE: &str = "登録しました。";
pub(crate) const DONE_NEXT: &str = "送信は順に行います。状態は、照会番号管理で確かめてください。";

pub(crate) fn faulty_rows(rows: usize) -> String {
    format!("直すところが{rows}行あります。直してから、もう一度選んでください。まだ何も登録していません。")
}

pub(crate) fn done(done: u32, same: u32) -> String {
    format!("登録・変更 {done}件、変わらないもの {same}件")
}

pub(crate) fn line_act(act: LineAct) -> &'static str {
    match act {
        LineAct::Set => "登録します",
        LineAct::Change => "変更します",
        LineAct::Ahead => "登録します(まだ受付のない方)",
        LineAct::Same => "変わりません",
    }
}

pub(crate) fn changed(at: UnixMs, by: Option<&str>) -> String {
    format!("{}({})", at.jst_minute_text(), by.unwrap_or(BY_ITSELF))
}

pub(crate) fn held(at: UnixMs, by: Option<&str>) -> String {
    format!("{}に、{}が記録しました。", at.jst_minute_text(), by.unwrap_or(BY_ITSELF))
}

/// What happened, with the numbers and the reason.
pub(crate) fn event(of: &ReferenceEvent) -> String {
    let numbers = match (of.former.as_deref(), of.number.as_deref()) {
        (Some(former), Some(number)) if former == number => format!("({number})"),
        (Some(former), Some(number)) => format!("({former} → {number})"),
        (Some(former), None) => format!("({former} → なし)"),
        (None, Some(number)) => format!("({number})"),
        (None, None) => String::new(),
    };
    let reason = of.reason.map(|reason| format!(" 理由: {}", reason.label())).unwrap_or_default();
    let note = if of.note.is_empty() { String::new() } else { format!(" {}", of.note) };
    format!("{}{numbers}{reason}{note}", of.act.label())
}

/// Who operated, on a result of the person.
pub(crate) fn assist(assist: Assist) -> String {
    format!("操作: {}", assist.label())
}

pub(crate) fn sent_as(what: SentAs) -> &'static str {
    match what {
        SentAs::FaceFile => "レセコンなどに渡した資格の結果",
        SentAs::Reference => "照会番号の登録",
    }
}

pub(crate) fn sent(at: UnixMs, what: SentAs, number: Option<&str>) -> String {
    format!("{} {} 照会番号 {}", at.jst_minute_text(), sent_as(what), number.unwrap_or("なし"))
}

/// What stays at the other side when a number is taken off or given to somebody else.
pub(crate) fn stays_there(number: &str, state: SendState) -> Option<String> {
    (state == SendState::Registered).then(|| format!("照会番号 {number} の登録(送信先)"))
}

pub(crate) fn will_move(number: &str, name: &str) -> String {
    format!("照会番号 {number} は、{name} 様に結びつけます。")
}

pub(crate) fn will_get(number: &str, name: &str) -> String {
    format!("{name} 様には、照会番号 {number} を結びつけます。")
}

pub(crate) fn will_lose(number: &str, name: &str) -> String {
    format!("{name} 様からは、照会番号 {number} を外します(あとで結びつけられます)。")
}

/// What is wrong and what to do.
pub(crate) fn fault(fault: ReferenceFault) -> (&'static str, &'static str) {
    match fault {
        ReferenceFault::Number => ("この番号は使えません。", BAD_NUMBER),
        ReferenceFault::InUse => (
            "この照会番号は、別の方に登録されています。",
            "番号を確かめてください。別の方の登録がまちがいのときは、その方の明細から訂正します。",
        ),
        ReferenceFault::InsuranceInUse => (
            "同じ保険で、別の照会番号が登録されています。",
            "照会番号管理で、その番号の方を確かめてください。枝番のない保険では、家族が同じになることがあります。",
        ),
        ReferenceFault::NoInsurance => ("この方には、登録に使える資格がありません。", "資格が確認できてから登録してください。"),
        ReferenceFault::Several => ("資格が複数あり、まだ選ばれていません。", "明細で使う資格を選んでから、登録してください。"),
        ReferenceFault::Held => {
            ("この方の結びつけは、まちがいと記録されています。", "「結びつけの訂正」で直してください。訂正すると、番号も変えられます。")
        }
        ReferenceFault::ChangedMeanwhile => ("ほかの人が先に変更しました。", "画面を開き直して、今の番号を確かめてください。"),
        ReferenceFault::SamePerson => ("同じ方です。", "別の方を選んでください。"),
        ReferenceFault::NothingThere => ("訂正するところがありません。", "今の照会番号と、正しい照会番号を確かめてください。"),
        ReferenceFault::NoWords => ("くわしい理由がありません。", NO_NOTE),
        ReferenceFault::Cells => ("列が足りないか、多すぎます。", "保険者番号と番号、または受付番号を入れてください。"),
        ReferenceFault::Twice => ("同じ照会番号か同じ保険が、前の行にもあります。", "一人に一つだけにしてください。"),
        ReferenceFault::Ambiguous => ("同じ保険の方が、2人以上います。", "受付番号の列で、どの方かを指定してください。"),
        ReferenceFault::Receipt => ("この受付番号の結果がありません。", "受付番号を確かめてください。"),
        ReferenceFault::File => {
            ("照会番号のファイルとして読めません。", "様式の1行目をそのまま使い、2,000行までのCSV(UTF-8かShift_JIS)にしてください。")
        }
    }
}
