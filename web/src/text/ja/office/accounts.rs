//! OT-7 アカウント管理, in Japanese.

use shared::api::account::{BULK_COLUMNS, BULK_FILE_MAX, BULK_ROWS_MAX, BulkAct, BulkFault};
use shared::domain::account::{AccountFault, AccountKind, AccountState};
use shared::domain::calendar::UnixMs;

pub(crate) const TITLE: &str = "アカウント管理";
pub(crate) const TITLE_NEW: &str = "アカウント管理(登録)";
pub(crate) const TITLE_ONE: &str = "アカウント管理(更新)";
pub(crate) const TITLE_BULK: &str = "アカウント一括登録・一括更新";
pub(crate) const GROUP: &str = "アカウント情報管理";
pub(crate) const ABOUT: &str = "職員のIDを登録し、更新し、停止します。忘れたパスワードの再設定もここで行います。";
pub(crate) const BACK: &str = "アカウントの一覧に戻る";
pub(crate) const LEAD: &str = "この機関のアカウントです。ユーザIDを選ぶと、更新、停止、パスワードの再設定ができます。";
pub(crate) const LEAD_MASTER: &str =
    "この機関のアカウントです。管理者のユーザIDを選ぶと、更新、停止、パスワードの再設定ができます。ほかのアカウントは管理者が更新します。";
pub(crate) const NEW: &str = "アカウントを登録する";
pub(crate) const BULK: &str = "一括登録・一括更新";
pub(crate) const MORE: &str = "続きを表示する";
pub(crate) const EMPTY: &str = "アカウントがありません。";
pub(crate) const SCROLLS: &str = "アカウントの表(横に動かせます)";

pub(crate) const USER: &str = "ユーザID";
pub(crate) const NAME: &str = "ユーザ名";
pub(crate) const KANA: &str = "ユーザ名(カナ)";
pub(crate) const KIND: &str = "権限区分";
pub(crate) const STATE: &str = "状態";
pub(crate) const PERIOD: &str = "利用期間";
pub(crate) const NO_PERIOD: &str = "指定なし";
pub(crate) const FROM: &str = "利用開始年月日";
pub(crate) const UNTIL: &str = "利用終了年月日";
pub(crate) const LAST_LOGIN: &str = "最後のログイン";
pub(crate) const NEVER: &str = "一度もログインしていません";
pub(crate) const NEVER_NEXT: &str = "本人が、端末のアプリで使う前に、このIDで事務所の画面に一度ログインしてください。";
pub(crate) const INSTITUTION: &str = "機関コード";
pub(crate) const INSTITUTION_NAME: &str = "機関名";

pub(crate) const USER_HINT: &str = "半角英数字 2〜8文字。一度使ったIDは、停止や期間終了のあとも、ほかの人には使えません。";
pub(crate) const KANA_HINT: &str = "カタカナかひらがなで入力すると、半角カナに直して登録します。";
pub(crate) const KIND_HINT: &str = "医療情報を見る医師・歯科医師・薬剤師などは「医療情報閲覧」、そのほかの職員は「一般利用者」を選びます。";
pub(crate) const KIND_HINT_MASTER: &str =
    "マスタアカウントで登録できるのは、管理者のアカウントです。ほかのアカウントは、管理者が登録します。";
pub(crate) const UNTIL_HINT: &str = "決まっていないときは空けておきます。";
pub(crate) const SUBMIT_NEW: &str = "登録する";
pub(crate) const SUBMIT_CHANGE: &str = "更新する";
pub(crate) const BAD_KIND: &str = "権限区分を選んでください。";
pub(crate) const BAD_USER: &str = "ユーザIDは半角英数字2〜8文字で入力してください。";
pub(crate) const BAD_NAME: &str = "ユーザ名は1〜40文字で入力してください。";
pub(crate) const MY_NUMBER: &str = "マイナンバー(12桁)は入力できません。";
pub(crate) const BAD_KANA: &str = "カナで入力してください。漢字や「ヰ」「ヱ」「ヵ」「ヶ」は使えません。";
pub(crate) const NO_FROM: &str = "利用開始年月日を入力してください。";
pub(crate) const BAD_FROM: &str = "日付を読み取れません。「2026/12/1」や「R8.12.1」のように入力してください。";
pub(crate) const BAD_UNTIL: &str = "利用終了年月日を、日付として読めません。書き直すか、空けてください。";
pub(crate) const BACKWARDS: &str = "利用終了年月日は、利用開始年月日と同じ日か、それより後にしてください。";

pub(crate) const FIRST_PASSWORD: &str = "初期パスワード";
pub(crate) const FIRST_NEXT: &str = "本人に渡してください。このパスワードで最初にログインすると、新しいパスワードに変える画面が開きます。";
pub(crate) const MADE: &str = "アカウントを登録しました";
pub(crate) const MADE_BEFORE: &str = "処理は済んでいますが、初期パスワードはもう表示できません。";
pub(crate) const MADE_BEFORE_NEXT: &str = "アカウントの画面で「パスワードを再設定する」を押してください。";
pub(crate) const CLOSE: &str = "閉じる";

pub(crate) const CHANGED: &str = "更新しました";
pub(crate) const READ_ONLY: &str =
    "この区分のアカウントは、ここでは更新できません。管理者のアカウントはマスタアカウントか運用者が更新します。";
pub(crate) const READ_ONLY_MASTER: &str = "この区分のアカウントは、マスタアカウントでは更新できません。管理者が更新します。";
pub(crate) const CHANGE_TITLE: &str = "登録内容の更新";
pub(crate) const ACTIONS: &str = "停止とパスワード";
pub(crate) const SUSPEND: &str = "停止する";
pub(crate) const RESUME: &str = "停止を解除する";
pub(crate) const RESET: &str = "パスワードを再設定する";
pub(crate) const RESET_DONE: &str = "パスワードを再設定しました";
pub(crate) const UNLOCK: &str = "ログインの待ちを解除する";
pub(crate) const END_ALL: &str = "すべてのログインを終わらせる";
pub(crate) const END_ONE: &str = "終わらせる";
pub(crate) const SUSPEND_ASK: &str = "このアカウントを停止しますか";
pub(crate) const SUSPEND_WHAT: &str =
    "ログイン中の画面は、次の操作で使えなくなります。停止はあとで解除できます。IDはほかの人には使えません。";
pub(crate) const RESUME_ASK: &str = "停止を解除しますか";
pub(crate) const RESUME_WHAT: &str =
    "前と同じ人が、前と同じパスワードでログインできるようになります。別の人には新しいIDを登録してください。";
pub(crate) const RESET_ASK: &str = "パスワードを再設定しますか";
pub(crate) const RESET_WHAT: &str =
    "今のパスワードは使えなくなり、ログイン中の画面は終わります。新しい初期パスワードを一度だけ表示します。";
pub(crate) const UNLOCK_ASK: &str = "ログインの待ちを解除しますか";
pub(crate) const UNLOCK_WHAT: &str = "間違えた回数を忘れて、すぐにログインできるようにします。本人が間違えたのかを確かめてください。";
pub(crate) const END_ASK: &str = "ログインを終わらせますか";
pub(crate) const END_WHAT: &str =
    "その画面は次の操作で使えなくなります。パスワードはそのままです。知らない人のときは、パスワードを再設定してください。";
/// Said in the question of who ends the own logins with it.
pub(crate) const ENDS_OWN: &str = "自分のアカウントです。この画面も終わり、ログインの画面になります。";
pub(crate) const PERIOD_ASK: &str = "利用期間を更新しますか";
/// Before an end is taken that is over.
pub(crate) const PAST_UNTIL: &str = "この日付は過ぎています。すぐに使えなくなります。よろしいですか。";
pub(crate) const PERIOD_PAST: &str = "利用終了年月日を確かめてください";
pub(crate) const PERIOD_WHAT: &str = "期間の外になると、このアカウントを使うプログラムはログインできなくなります。";
pub(crate) const UNLOCKED: &str = "ログインの待ちを解除しました";
pub(crate) const SUSPENDED: &str = "停止しました";
pub(crate) const RESUMED: &str = "停止を解除しました";
pub(crate) const ENDED: &str = "ログインを終わらせました";
pub(crate) const OWN_PASSWORD: &str = "自分のパスワードは、メニューの「パスワード変更」で変えます。";

pub(crate) const SESSIONS: &str = "ログイン中の画面";
pub(crate) const SESSIONS_NONE: &str = "今ログインしている画面はありません。";
pub(crate) const SESSIONS_SCROLLS: &str = "ログイン中の画面の表(横に動かせます)";
pub(crate) const SINCE: &str = "ログインした日時";
pub(crate) const SEEN: &str = "最後の操作";
pub(crate) const FROM_WHERE: &str = "接続元";
pub(crate) const END_COLUMN: &str = "操作";
pub(crate) const UNKNOWN: &str = "記録なし";
pub(crate) const OWN: &str = "この画面";

/// What stops when a program's account is changed, and what has to be done then (N175–N178, X54).
pub(crate) const BREAKS_TITLE: &str = "変更するとレセコン連携が止まります。";
pub(crate) const BREAKS: [&str; 3] = [
    "レセコン・電子カルテとの連携(資格確認の結果が自動で届かなくなります)",
    "カードでの資格確認の取り込み",
    "薬剤情報・特定健診情報などの取り込み",
];
pub(crate) const THEN_TITLE: &str = "変更したあとに、両方で設定し直してください";
pub(crate) const THEN_LINK: [&str; 3] = [
    FIRST_LOGIN,
    "資格確認端末: 連携アプリの設定画面で、このIDのパスワードを新しいものにする",
    "レセコン・電子カルテ: 連携アプリの接続設定を確かめる",
];
pub(crate) const THEN_WEB_API: [&str; 3] = [
    FIRST_LOGIN,
    "レセコン・電子カルテ: Web APIの接続設定で、このIDのパスワードを新しいものにする",
    "資格確認端末: つながったことを稼働状況で確かめる",
];
const FIRST_LOGIN: &str = "事務所の画面: このIDと初期パスワードで一度ログインし、新しいパスワードに変える";
pub(crate) const USE_AGAIN_TITLE: &str = "もう一度使うときは、両方を確かめてください";
pub(crate) const USE_AGAIN: [&str; 2] =
    ["資格確認端末: このIDの停止が解除され、利用期間に入っていることを確かめる", "レセコン・電子カルテ: つながったことを確かめる"];
pub(crate) const CHARGE: &str = "設定し直す作業は、業者に頼むと費用がかかることがあります。先に業者に相談してください。";
pub(crate) const TYPE_USER: &str = "続けるには、ユーザIDを入力してください";
pub(crate) const TYPED_WRONG: &str = "ユーザIDがちがいます。大文字と小文字も同じに入力してください。";

pub(crate) const BULK_LEAD: &str = "CSVファイルで、まとめて登録・更新します。すべての行が正しいときだけ、まとめて行います。";
pub(crate) const TEMPLATE: &str = "様式を保存する(CSV)";
pub(crate) const TEMPLATE_ABOUT: &str = "1行目はそのまま残し、例の行を書き換えてください。";
pub(crate) const FILE: &str = "一括登録・一括更新のファイル";
pub(crate) const CHECK: &str = "内容を確かめる";
pub(crate) const NO_FILE: &str = "ファイルを選んでください。";
pub(crate) const NOT_READ: &str = "ファイルを読めませんでした。もう一度選んでください。";
pub(crate) const TOO_LONG: &str = "ファイルが大きすぎます。行を分けて、2つのファイルにしてください。";
pub(crate) const REPORT: &str = "確かめた結果";
pub(crate) const REPORT_SCROLLS: &str = "確かめた結果の表(横に動かせます)";
pub(crate) const LINE: &str = "行";
pub(crate) const WHAT: &str = "内容";
pub(crate) const SAME: &str = "登録内容と同じです。何も変わりません。";
pub(crate) const ALL_GOOD: &str = "すべての行が正しく読めました。まだ何も登録していません。";
pub(crate) const APPLY: &str = "すべて登録・更新する";
pub(crate) const APPLIED: &str = "一括登録・一括更新が終わりました";
pub(crate) const APPLIED_BEFORE: &str =
    "処理は済んでいますが、初期パスワードはもう表示できません。登録した人の分は、アカウントの画面でパスワードを再設定してください。";
pub(crate) const SLIPS: &str = "1人1枚で印刷する";
pub(crate) const DONE: &str = "控えたので閉じる";
pub(crate) const PASSWORDS: &str = "初期パスワードの一覧";

pub(crate) const SLIP_TITLE: &str = "ログインのお知らせ(本人だけが見てください)";
pub(crate) const SLIP_ADDRESS: &str = "開くアドレス";
pub(crate) const SLIP_STEPS: [&str; 3] = [
    "ブラウザで上のアドレスを開き、機関コード、ユーザID、初期パスワードを入力します",
    "新しいパスワードを決めて変更します",
    "変更したら、この紙を細かく切って捨ててください",
];

pub(crate) fn bulk_hint() -> String {
    format!("CSV、{BULK_ROWS_MAX}行まで、{}KBまで。UTF-8でもシフトJIS(Excelの「CSV」)でも読めます。", BULK_FILE_MAX / 1024)
}

pub(crate) fn faulty_rows(rows: usize) -> String {
    format!("直す行が{rows}行あります。ファイルを直して、もう一度選んでください。何も登録していません。")
}

/// Beside the state of an account of which somebody has typed too many wrong passwords.
pub(crate) fn waits(until: UnixMs) -> String {
    format!("パスワードの間違いが続き、{}までログインを待つ端末があります", until.jst_minute_text())
}

pub(crate) fn becomes(kana: &str) -> String {
    format!("登録するカナ: {kana}")
}

pub(crate) fn whose(name: &str, user: &str) -> String {
    format!("{name}(ユーザID {user})")
}

/// Tells the buttons of the logins apart.
pub(crate) fn of_login(since: &str) -> String {
    format!("({since}からのログイン)")
}

pub(crate) fn type_hint(user: &str) -> String {
    format!("このアカウントのユーザID: {user}")
}

pub(crate) fn done(added: usize, changed: u32) -> String {
    format!("登録 {added}件、更新 {changed}件")
}

pub(crate) fn state(state: AccountState, must_change_password: bool) -> &'static str {
    match state {
        AccountState::Suspended => "停止中",
        AccountState::NotYet => "利用開始前",
        AccountState::Over => "期間終了",
        AccountState::Living if must_change_password => "利用中(初期パスワードのまま)",
        AccountState::Living => "利用中",
    }
}

pub(crate) fn would(act: &BulkAct) -> String {
    match act {
        BulkAct::Add(kind) => format!("「{}」として登録します。", kind.label()),
        BulkAct::Change(columns) if columns.is_empty() => SAME.to_owned(),
        BulkAct::Change(columns) => {
            let names: Vec<&str> = columns.iter().filter_map(|column| BULK_COLUMNS.get(usize::from(*column)).copied()).collect();
            format!("{}を変えます。", names.join("、"))
        }
    }
}

pub(crate) fn bulk_fault(fault: BulkFault) -> &'static str {
    match fault {
        BulkFault::Columns => "列の数がちがいます。様式と同じ7列にしてください。",
        BulkFault::Act => "処理は「登録」か「更新」と書いてください。",
        BulkFault::Kind => "権限区分は「一般利用者」「医療情報閲覧」「連携アプリ用」「Web API用」のどれかにしてください。",
        BulkFault::KindChanged => "権限区分は変えられません。新しいIDで登録してください。",
        BulkFault::UserId => "ユーザIDは半角英数字2〜8文字で書いてください。",
        BulkFault::IdTaken => "このユーザIDは使われています。別のIDにするか、処理を「更新」にしてください。",
        BulkFault::Twice => "同じユーザIDの行がほかにあります。1行にしてください。",
        BulkFault::NotThere => "このユーザIDのアカウントはありません。IDを確かめるか、処理を「登録」にしてください。",
        BulkFault::OthersKind => "このアカウントは、ここでは更新できません。行を消してください。",
        BulkFault::OfProgram => "プログラム用のアカウントは、一括では更新できません。アカウントの画面で1件ずつ更新してください。",
        BulkFault::Name => "ユーザ名は1〜40文字で書いてください。",
        BulkFault::MyNumber => "ユーザ名にマイナンバー(12桁)は書けません。消してください。",
        BulkFault::Kana => "カナはカタカナかひらがなで書いてください。漢字は使えません。",
        BulkFault::From => "利用開始年月日を、2026-12-01のように書いてください。",
        BulkFault::Until => "利用終了年月日を、2027-03-31のように書くか、空けてください。",
        BulkFault::PeriodBackwards => BACKWARDS,
    }
}

/// What happened, and what to do.
pub(crate) fn fault(fault: AccountFault) -> (&'static str, &'static str) {
    match fault {
        AccountFault::IdTaken => (
            "このユーザIDは使われています。",
            "別のユーザIDにしてください。停止中や期間終了のIDも、大文字と小文字だけちがうIDも使えません。",
        ),
        AccountFault::PeriodBackwards => ("利用期間が逆です。", BACKWARDS),
        AccountFault::LastAdmin => (
            "最後の管理者のアカウントです。",
            "止めると、アカウントを管理する人がいなくなります。先に、マスタアカウントか運用者に別の管理者を登録してもらってください。",
        ),
        AccountFault::OthersKind => {
            ("この区分のアカウントは更新できません。", "管理者のアカウントはマスタアカウントか運用者が、そのほかは管理者が更新します。")
        }
        AccountFault::NotTyped => ("ユーザIDが入力されていません。", "止まる連携を確かめて、ユーザIDを入力してください。"),
        AccountFault::Suspended => ("このIDは停止されています。", "使うときは、管理者に停止の解除を頼んでください。"),
        AccountFault::Rows => (
            "ファイルの内容を登録できませんでした。",
            "確かめたあとに登録内容が変わったかもしれません。もう一度「内容を確かめる」を押してください。",
        ),
        AccountFault::Tokens => ("使えるトークンが10個あります。", "使っていないトークンを取り消してから、もう一度作ってください。"),
        AccountFault::File => {
            ("アカウントのファイルとして読めませんでした。", "様式の1行目を残し、50行までのCSV(UTF-8かシフトJIS)で保存し直してください。")
        }
    }
}

/// After 再設定: its order, the new password everywhere. After a stop or another period the password stays.
pub(crate) fn then(kind: AccountKind, is_new_password: bool) -> (&'static str, &'static [&'static str]) {
    match (is_new_password, kind) {
        (false, _) => (USE_AGAIN_TITLE, &USE_AGAIN),
        (true, AccountKind::WebApi) => (THEN_TITLE, &THEN_WEB_API),
        (true, _) => (THEN_TITLE, &THEN_LINK),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fault_says_what_to_do() {
        for one in AccountFault::ALL {
            let (happened, next) = fault(one);
            assert!(happened.ends_with('。') && next.contains("ください。") || one == AccountFault::OthersKind, "{one:?}: {next}");
        }
        for one in BulkFault::ALL {
            assert!(bulk_fault(one).contains("ください。"), "{one:?}");
        }
        assert!(fault(AccountFault::File).1.contains(&format!("{BULK_ROWS_MAX}行")), "the limit as it is");
    }
}
