//! 二段階認証: the second step of a login, the question before a sensitive act, the own factors, the policy. In Japanese.

use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::factor::FactorFault;

pub(crate) const TITLE: &str = "自分の二段階認証";
pub(crate) const TITLE_FIRST: &str = "二段階認証の登録";
pub(crate) const TITLE_STEP: &str = "ログイン(本人の確認)";
pub(crate) const TITLE_AGAIN: &str = "もう一度、本人の確認をしてください";
pub(crate) const LEAD: &str = "パスワードのほかに、本人だけが持つもので確認します。パスワードを人に知られても、ログインされません。";
pub(crate) const LEAD_FIRST: &str =
    "この機関では、パスワードのほかに、もう一つの確認が必要です。パスキーか認証アプリのどちらかを登録すると、ほかの画面を使えます。";

pub(crate) const STEP_LEAD: &str =
    "パスワードは確認できました。続けて、登録してあるもので本人の確認をしてください。10分以内に行ってください。";
pub(crate) const AGAIN_LEAD: &str =
    "大切な操作なので、今この画面の前にいるのが本人かを確かめます。確認が終わると、そのまま続きます。入力した内容は残っています。";
pub(crate) const BACK: &str = "パスワードからやり直す";
pub(crate) const LOST: &str = "登録した端末や鍵をなくしたときは、予備コードを使うか、管理者に二段階認証の解除を頼んでください。";

pub(crate) const PASSKEY: &str = "パスキー(顔・指紋・端末の暗証番号)";
pub(crate) const TOTP: &str = "認証アプリ";

pub(crate) const BY_PASSKEY: &str = "パスキーで確認する";
pub(crate) const BY_TOTP: &str = "認証アプリの番号で確認する";
pub(crate) const BY_RECOVERY: &str = "予備コードで確認する";
pub(crate) const PASSKEY_HOW: &str = "ボタンを押すと、この端末やスマートフォンが、顔・指紋・端末の暗証番号などを求めます。";
pub(crate) const TOTP_LABEL: &str = "認証アプリに表示されている番号";
pub(crate) const TOTP_HINT: &str = "数字6けた。30秒ごとに変わります。";
pub(crate) const RECOVERY_LABEL: &str = "予備コード";
pub(crate) const RECOVERY_HINT: &str = "紙に控えた12文字のうち、まだ使っていないもの。使ったコードには線を引いてください。";
pub(crate) const PASSWORD_LABEL: &str = "今のパスワード";
pub(crate) const SUBMIT: &str = "確認する";
pub(crate) const NO_CODE: &str = "番号は数字6けたで入力してください。";
pub(crate) const NO_RECOVERY: &str = "予備コードは英数字12文字で入力してください。";
pub(crate) const NO_PASSWORD: &str = "パスワードを入力してください。";
pub(crate) const HINT_PASSKEY: &str = "もう一度「パスキーで確認する」を押してください。続くときは、ほかの確認のしかたを選んでください。";
pub(crate) const HINT_TOTP: &str = "アプリに今表示されている番号を入力してください。一度使った番号は使えないので、次の番号に変わるまで待ってください。端末の時計がずれていると、番号が合いません。";
pub(crate) const HINT_RECOVERY: &str = "まだ使っていないコードか、いちばん新しい紙のコードかを確かめてください。";
pub(crate) const HINT_PASSWORD: &str = "パスワードを確かめて、もう一度入力してください。";

pub(crate) const UNSUPPORTED: &str = "このブラウザーではパスキーを使えません。";
pub(crate) const UNSUPPORTED_NEXT: &str = "ブラウザーを新しくするか、認証アプリを使ってください。";
pub(crate) const LEFT: &str = "パスキーの確認が途中で終わりました。";
pub(crate) const LEFT_NEXT: &str = "もう一度押して、画面の案内のとおりに進めてください。";
pub(crate) const KNOWN: &str = "この端末や鍵は、もう登録してあります。";
pub(crate) const KNOWN_NEXT: &str = "そのまま使えます。別の端末や鍵を足すときは、それを選んでください。";
pub(crate) const NOTHING: &str = "何も変わっていません。";

pub(crate) const NONE_YET: &str = "まだ何も登録していません。";
pub(crate) const PASSKEYS: &str = "登録したパスキー";
pub(crate) const SCROLLS: &str = "登録したパスキーの表(横に動かせます)";
pub(crate) const NAME: &str = "名前";
pub(crate) const ADDED: &str = "登録した日時";
pub(crate) const USED: &str = "最後に使った日時";
pub(crate) const ACT: &str = "操作";
pub(crate) const NEVER: &str = "まだ使っていません";
pub(crate) const REMOVE: &str = "削除する";
pub(crate) const REMOVE_TOTP: &str = "認証アプリの登録を削除する";

pub(crate) const ADD_PASSKEY_TITLE: &str = "パスキーを登録する(おすすめ)";
pub(crate) const ADD_PASSKEY_WHAT: &str = "パスキーは、パソコンやスマートフォンのロックを解除するときと同じ方法(顔・指紋・端末の暗証番号)で本人を確かめるしくみです。顔や指紋の情報は端末の中だけで使われ、送られません。使う端末ごとに登録しておくと安心です。";
pub(crate) const NAME_LABEL: &str = "パスキーの名前";
pub(crate) const NAME_HINT: &str = "どの端末か、あとで分かる名前。例: 受付のパソコン";
pub(crate) const BAD_NAME: &str = "名前は1〜40文字で入力してください。";
pub(crate) const ADD_PASSKEY: &str = "パスキーを登録する";
pub(crate) const NO_PASSKEYS_HERE: &str = "このサーバーのアドレスでは、パスキーを登録できません。認証アプリを使ってください。";

pub(crate) const ADD_TOTP_TITLE: &str = "認証アプリを登録する";
pub(crate) const ADD_TOTP_WHAT: &str =
    "パスキーを使えない端末で働くときのために、スマートフォンの認証アプリ(6けたの番号を30秒ごとに表示するアプリ)も使えます。";
pub(crate) const BEGIN_TOTP: &str = "認証アプリを登録する";
pub(crate) const TOTP_STEPS: [&str; 3] = [
    "スマートフォンで認証アプリを開き、「追加」を選びます。",
    "この二次元コードをアプリで読み取ります。読み取れないときは、下の文字をアプリに入力します。",
    "アプリに表示された6けたの番号を入力して、「確かめて登録する」を押します。",
];
pub(crate) const TOTP_QR: &str = "認証アプリで読み取る二次元コード";
pub(crate) const TOTP_SECRET: &str = "アプリに入力する文字";
pub(crate) const TOTP_ONCE: &str = "この二次元コードと文字は、この画面を離れるともう表示できません。5分以内に登録してください。";
pub(crate) const ADD_TOTP: &str = "確かめて登録する";
pub(crate) const STOP: &str = "やめる";
pub(crate) const HAS_TOTP: &str = "認証アプリを登録してあります。";

pub(crate) const RECOVERY_TITLE: &str = "予備コード";
pub(crate) const RECOVERY_WHAT: &str =
    "端末をなくしたり壊したりしたときに、一度だけ使えるコードを10個作ります。印刷して、端末とは別の、鍵のかかる場所に保管してください。";
pub(crate) const RECOVERY_FIRST: &str = "パスキーか認証アプリを登録すると、予備コードを作れます。";
pub(crate) const MAKE_RECOVERY: &str = "予備コードを作る";
pub(crate) const MAKE_RECOVERY_AGAIN: &str = "予備コードを作り直す";
pub(crate) const RECOVERY_AGAIN: &str = "作り直すと、前の予備コードはすべて使えなくなります。";
pub(crate) const RECOVERY_NEXT: &str =
    "印刷するか、紙に控えてください。1つのコードは一度だけ使えます。この画面を写真に撮って残さないでください。";
pub(crate) const SLIP_TITLE: &str = "二段階認証の予備コード";
pub(crate) const SLIP_NOTE: [&str; 3] = [
    "端末をなくしたときや壊れたときに、ログインの画面で「予備コードで確認する」を選び、まだ使っていないコードを1つ入力します。",
    "使ったコードには線を引いてください。1つのコードは一度だけ使えます。",
    "鍵のかかる場所に保管し、ほかの人に見せないでください。作り直したときは、この紙を細かく切って捨ててください。",
];
pub(crate) const SLIP_MADE: &str = "作った日時";
pub(crate) const INSTITUTION_NAME: &str = "機関名";
pub(crate) const USER: &str = "ユーザID";

pub(crate) const DONE_PASSKEY: &str = "パスキーを登録しました。ほかの画面でのログインは終わりました。";
pub(crate) const LOGIN_TITLE: &str = "パスキーを登録してある方";
pub(crate) const LOGIN_WHAT: &str = "この端末や鍵に保存したパスキーだけで、ユーザIDもパスワードも入力せずにログインできます。";
pub(crate) const LOGIN_BY_PASSKEY: &str = "パスキーでログイン";
pub(crate) const NONE_FOUND: &str = "パスキーを使うのをやめたか、この端末に使えるパスキーがありません。";
pub(crate) const NONE_FOUND_NEXT: &str = "もう一度押すか、上の欄にユーザIDとパスワードを入力してログインしてください。";
pub(crate) const TO_APPLY: &str = "資格確認限定型を利用したい施設の方(申請のページへ)";
pub(crate) const DONE_TOTP: &str = "認証アプリを登録しました。ほかの画面でのログインは終わりました。";
pub(crate) const DONE_REMOVED: &str = "削除しました。ほかの画面でのログインは終わりました。";
pub(crate) const FIRST_DONE: &str = "これで、ほかの画面を使えます。予備コードも作っておくと、端末をなくしたときに困りません。";
pub(crate) const GO_ON: &str = "続ける";

pub(crate) const REMOVE_ASK: &str = "この登録を削除しますか";
pub(crate) const REMOVE_WHAT: &str = "次のログインから使えなくなります。ほかの画面でのログインは終わります。";
pub(crate) const REMOVE_LAST: &str = "ほかに登録がないと、予備コードも消え、パスワードだけでログインする状態に戻ります。";

pub(crate) const COLUMN: &str = "二段階認証";
pub(crate) const HAS: &str = "あり";
pub(crate) const HAS_NOT: &str = "なし";
pub(crate) const OF_PROGRAM: &str = "対象外";
pub(crate) const RESET: &str = "二段階認証を解除する";
pub(crate) const RESET_ASK: &str = "二段階認証を解除しますか";
pub(crate) const RESET_WHAT: &str = "端末をなくしたときに使います。パスキー、認証アプリ、予備コードをすべて消し、ログイン中の画面を終わらせます。本人からの依頼かを、電話や対面で先に確かめてください。";
pub(crate) const RESET_DONE: &str = "二段階認証を解除しました";

pub(crate) const POLICY: &str = "二段階認証の方針";
pub(crate) const POLICY_WHAT: &str =
    "この日から、職員は二段階認証を登録しないと、ほかの画面を使えません。連携アプリ用・Web API用のIDは対象外です。";
pub(crate) const POLICY_LABEL: &str = "二段階認証を必要とする日";
pub(crate) const POLICY_HINT: &str = "今の日付より早い日にできます。遅らせるときは、運用者に頼んでください。";
pub(crate) const POLICY_CHANGE: &str = "日付を早める";
pub(crate) const POLICY_SUBMIT: &str = "この日からにする";
pub(crate) const POLICY_CHANGED: &str = "変更しました";
pub(crate) const BAD_DAY: &str = "日付を読み取れません。「2027/4/1」のように入力してください。";
pub(crate) const FULL: &str = "全員が登録しています。";

pub(crate) fn at(at: Option<UnixMs>) -> String {
    at.map_or_else(|| NEVER.to_owned(), UnixMs::jst_minute_text)
}

pub(crate) fn of_name(name: &str) -> String {
    format!("(「{name}」)")
}

pub(crate) fn totp_since(added: UnixMs, used: Option<UnixMs>) -> String {
    format!("{ADDED}: {}、{USED}: {}", added.jst_minute_text(), at(used))
}

pub(crate) fn recovery_left(left: u32, made_at: UnixMs) -> String {
    format!("まだ使っていない予備コード: {left}個({} に作成)", made_at.jst_minute_text())
}

/// From when a second factor is needed, as it stands on a day.
pub(crate) fn from(from: CivilDate, today: CivilDate) -> String {
    if from <= today {
        format!("必要です({}から)。", from.slashed())
    } else {
        format!("{}から必要です。それまでは、登録した人だけに確認を求めます。", from.slashed())
    }
}

pub(crate) fn without(without: u32, people: u32) -> String {
    if without == 0 {
        FULL.to_owned()
    } else {
        format!("まだ登録していない人: {people}人のうち{without}人。一覧の「{COLUMN}」で確かめられます。")
    }
}

/// What happened and what to do, for a refusal about a second factor.
pub(crate) fn fault(fault: FactorFault) -> (&'static str, &'static str) {
    match fault {
        FactorFault::Last => {
            ("最後の一つは削除できません。", "この機関では二段階認証が必要です。先に別のパスキーか認証アプリを登録してください。")
        }
        FactorFault::TooMany => ("パスキーは10個まで登録できます。", "使わなくなったものを削除してから、登録してください。"),
        FactorFault::HasTotp => ("認証アプリは、もう登録してあります。", "別のアプリに替えるときは、先に今の登録を削除してください。"),
        FactorFault::Known => ("この端末や鍵は、もう登録してあります。", KNOWN_NEXT),
        FactorFault::NoFactor => ("予備コードは、まだ作れません。", RECOVERY_FIRST),
        FactorFault::PutOff => ("日付を遅らせることはできません。", "今の日付より早い日にするか、運用者に頼んでください。"),
        FactorFault::NoPasskeys => ("このサーバーでは、パスキーを登録できません。", "認証アプリを使ってください。"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_says_what_to_do() {
        for one in FactorFault::ALL {
            let (happened, next) = fault(one);
            assert!(happened.ends_with('。') && next.ends_with('。'), "{one:?}");
        }
    }
}
