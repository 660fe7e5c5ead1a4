//! 資格確認限定型の利用申請 (LA-1…LA-5), in Japanese.

use shared::api::portal::{ANSWER_DAYS, DEVICES_MAX};
use shared::api::{Code, Detail, Refusal};
use shared::domain::account::WeakPassword;
use shared::domain::calendar::UnixMs;
use shared::domain::facility::FacilityCheck;

use crate::text::Say;

pub(crate) const TITLE: &str = "資格確認限定型の利用申請";
pub(crate) const ABOUT: &str = "資格確認限定型は、健康保険の資格だけを確かめる使い方です。薬剤情報・診療情報・特定健診情報は見られません。";
pub(crate) const STEPS: &str = "申請の流れ";
pub(crate) const STEP_LIST: [&str; 5] = [
    "施設の種類を選ぶ",
    "ユーザー登録をして、届いたメールのページで登録を完了する",
    "ログインして、利用開始申請を送る",
    "審査の結果をメールで待つ(最大1週間)",
    "承認されたら、ユーザー設定情報を取り出す",
];
pub(crate) const CHOOSE: &str = "施設の種類を選んでください";
pub(crate) const KNOWN: &str = "ユーザー登録がお済みの方";
pub(crate) const TO_LOGIN: &str = "ログインへ";
pub(crate) const TO_START: &str = "申請の最初のページへ";

pub(crate) const TITLE_REGISTER: &str = "ユーザー登録";
pub(crate) const KIND: &str = "施設の種類";
pub(crate) const PORTAL: &str = "申請先";
pub(crate) const OTHER_KIND: &str = "施設の種類を選び直す";
pub(crate) const NAME: &str = "氏名";
pub(crate) const FACILITY: &str = "医療機関名";
pub(crate) const FACILITY_HINT: &str = "施設の正式な名前。100文字まで";
pub(crate) const PHONE: &str = "電話番号";
pub(crate) const PHONE_HINT: &str = "日中につながる番号。例: 099-000-0000";
pub(crate) const MAIL: &str = "メールアドレス";
pub(crate) const MAIL_HINT: &str = "確認のメールと審査の結果が届きます";
pub(crate) const PASSWORD: &str = "パスワード";
pub(crate) const PASSWORD_AGAIN: &str = "パスワード(もう一度)";
pub(crate) const PASSWORD_RULE: &str =
    "パスワードは15文字以上。言葉をいくつか並べると覚えやすくなります。このメールの登録を完了するときと、ログインのときに使います。";
pub(crate) const REGISTER: &str = "登録";
pub(crate) const BAD_NAME: &str = "氏名を40文字以内で入力してください。";
pub(crate) const BAD_FACILITY: &str = "医療機関名を100文字以内で入力してください。マイナンバー(12けた)は書かないでください。";
pub(crate) const BAD_PHONE: &str = "電話番号を、0から始まる10けたか11けたで入力してください。";
pub(crate) const BAD_MAIL: &str = "メールアドレスを確かめてください。例: uketsuke@clinic.example";
pub(crate) const NO_PASSWORD: &str = "パスワードを入力してください。";
pub(crate) const DIFFERENT: &str = "2回の入力がちがいます。同じものを入力してください。";
pub(crate) const SENT: &str = "確認のメールを送りました";
pub(crate) const SENT_NEXT: &str = "登録はまだ終わっていません。届いたメールのページを24時間以内に開いて、登録を完了してください。";
pub(crate) const SENT_NONE: &str = "数分たっても届かないときは、迷惑メールの箱とメールアドレスを確かめて、もう一度登録してください。";

pub(crate) const TITLE_CONFIRM: &str = "ユーザー登録の完了";
pub(crate) const CONFIRM_ABOUT: &str = "登録のときに決めたパスワードを入力すると、登録が完了します。";
pub(crate) const CONFIRM: &str = "登録を完了する";
pub(crate) const NO_LINK: &str = "このページは、確認のメールから開いてください";
pub(crate) const NO_LINK_NEXT: &str = "メールの中のアドレスを、最後の文字まで写してください。";
pub(crate) const CONFIRMED: &str = "ユーザー登録が完了しました";
pub(crate) const CONFIRMED_NEXT: &str = "完了のお知らせをメールでも送りました。ログインして、利用開始申請に進んでください。";

pub(crate) const TITLE_LOGIN: &str = "利用申請のログイン";
pub(crate) const LOGIN: &str = "ログイン";
pub(crate) const FORGOTTEN: &str = "パスワードを忘れた方";
pub(crate) const TITLE_FORGOTTEN: &str = "パスワードの再設定";
pub(crate) const FORGOTTEN_ABOUT: &str = "登録したメールアドレスを入力してください。新しいパスワードを決めるページを、メールで送ります。";
pub(crate) const FORGOTTEN_ASK: &str = "メールを送る";
pub(crate) const FORGOTTEN_SENT: &str = "受け付けました";
pub(crate) const FORGOTTEN_SENT_NEXT: &str =
    "このメールアドレスが登録されていれば、メールが届きます。1時間以内に、メールのページを開いてください。";
pub(crate) const FORGOTTEN_NONE: &str = "数分たっても届かないときは、迷惑メールの箱とメールアドレスを確かめてください。次のメールは、1時間たつと送れます。届かないときは、このサーバーの運営者に連絡してください。";
pub(crate) const TITLE_PASSWORD: &str = "新しいパスワード";
pub(crate) const PASSWORD_NEW_RULE: &str = "パスワードは15文字以上。言葉をいくつか並べると覚えやすくなります。";
pub(crate) const PASSWORD_NEW: &str = "新しいパスワード";
pub(crate) const PASSWORD_NEW_AGAIN: &str = "新しいパスワード(もう一度)";
pub(crate) const PASSWORD_SAVE: &str = "このパスワードにする";
pub(crate) const PASSWORD_SET: &str = "パスワードを再設定しました";
pub(crate) const PASSWORD_SET_NEXT: &str = "新しいパスワードでログインしてください。";
pub(crate) const LOGGED_OUT: &str = "ログアウトしました。";
pub(crate) const IDLE: &str = "しばらく操作がなかったため、画面を消しました。もう一度ログインしてください。";
pub(crate) const LOG_OUT: &str = "ログアウト";

pub(crate) const TITLE_FORM: &str = "利用開始申請";
pub(crate) const CHECK: &str = "施設の確認方法";
pub(crate) const DIGITS: &str = "口座番号の下4けた";
pub(crate) const DIGITS_HINT: &str = "診療報酬や療養費の振り込みに使っている口座の番号。数字4けた";
pub(crate) const CALL_ABOUT: &str = "届け出のある電話番号に、運営者が電話をかけて確かめます。";
pub(crate) const STAFF: &str = "職員数";
pub(crate) const DEVICES: &str = "申請台数";
pub(crate) const PEOPLE: &str = "人";
pub(crate) const UNITS: &str = "台";
pub(crate) const DEVICES_HINT: &str = "資格を確かめる端末の数。20台まで";
pub(crate) const TO_REVIEW: &str = "確認へ進む";
pub(crate) const REVIEW: &str = "この内容で申請しますか";
pub(crate) const SEND: &str = "送信";
pub(crate) const BACK: &str = "内容を直す";
pub(crate) const BAD_CHECK: &str = "施設の確認方法を選んでください。";
pub(crate) const BAD_DIGITS: &str = "口座番号の下4けたを、数字4けたで入力してください。";
pub(crate) const BAD_STAFF: &str = "職員数を、1から9999までの数字で入力してください。";

pub(crate) const TITLE_RECEIVED: &str = "利用開始申請の状況";
pub(crate) const RECEIVED: &str = "受付中です(最大1週間)";
pub(crate) const RECEIVED_NEXT: &str = "審査が終わると、メールでお知らせします。このページでも確かめられます。";
pub(crate) const RETURNED: &str = "申請は差し戻されました";
pub(crate) const RETURNED_NEXT: &str = "理由を読んで内容を直し、もう一度申請してください。";
pub(crate) const RELOAD: &str = "最新の状況にする";
pub(crate) const SENT_AT: &str = "受付日時";
pub(crate) const DUE_AT: &str = "審査の期限";

pub(crate) const TITLE_APPROVED: &str = "資格確認アカウント管理";
pub(crate) const APPROVED: &str = "申請は承認されました";
pub(crate) const CODE: &str = "機関コード";
pub(crate) const APPROVED_AT: &str = "承認日時";
pub(crate) const ACCOUNTS: &str = "アカウント";
pub(crate) const COLUMNS: [&str; 4] = ["ユーザID", "権限区分", "ユーザー設定情報", "操作"];
pub(crate) const SCROLLS: &str = "アカウントの表(横に動かせます)";
pub(crate) const ONCE: &str = "ユーザー設定情報には、初期パスワードとアクティベーションコードがのります。作るのは1回だけで、同じものは二度と表示できません。印刷か保存ができる場所で作ってください。";
pub(crate) const MAKE: &str = "設定情報を作る";
pub(crate) const MAKE_AGAIN: &str = "作り直す";
pub(crate) const NOT_MADE: &str = "まだ作られていません";
pub(crate) const ASK: &str = "ユーザー設定情報を作りますか";
pub(crate) const ASK_AGAIN: &str = "ユーザー設定情報を作り直しますか";
pub(crate) const ASK_ABOUT: &str = "作ったあと、この画面を閉じると、同じものは取り出せません。";
pub(crate) const ASK_AGAIN_ABOUT: &str =
    "前の書類のパスワードと、まだ使っていないアクティベーションコードは使えなくなります。登録済みの端末は、そのまま使えます。";
pub(crate) const MADE: &str = "ユーザー設定情報を作りました";
pub(crate) const MADE_NEXT: &str = "今すぐ保存して、印刷してください。「保存したので閉じる」を押すと、この書類は取り出せなくなります。";
pub(crate) const SAVE: &str = "ユーザー設定情報を保存する(PDF)";
pub(crate) const SAVED: &str = "保存したので閉じる";

/// 施設の確認方法 in words.
pub(crate) fn check(check: FacilityCheck) -> &'static str {
    match check {
        FacilityCheck::Account => "① 口座番号の下4けたで確認する",
        FacilityCheck::CallBack => "② 運営者からの電話で確認する",
    }
}

pub(crate) fn bad_devices() -> String {
    format!("申請台数を、1から{DEVICES_MAX}までの数字で入力してください。")
}

pub(crate) fn signed_in(facility: &str, name: &str) -> String {
    format!("{facility} {name}さん")
}

pub(crate) fn due(at: UnixMs) -> String {
    format!("{}({ANSWER_DAYS}日以内)", at.jst_minute_text())
}

pub(crate) fn made(count: u32, at: UnixMs) -> String {
    format!("{count}回目を {} に作りました", at.jst_minute_text())
}

pub(crate) fn of_account(user: &str) -> String {
    format!("ユーザID {user}")
}

pub(crate) fn make_read(user: &str, is_again: bool) -> String {
    if is_again { format!("{user}の設定情報を作り直す") } else { format!("{user}の設定情報を作る") }
}

/// The words of a refusal in the portal.
#[must_use]
pub(crate) fn refusal(said: &Refusal) -> Say {
    let say = super::refusal(said);
    match (said.code, &said.detail) {
        (Code::Login, _) => Say {
            stored: "まだログインしていません。".into(),
            next: "メールアドレスとパスワードを確かめて、もう一度入力してください。".into(),
            ..say
        },
        (Code::Password, Some(Detail::Password(WeakPassword::HoldsId))) => {
            Say { next: "メールアドレスの@より前の部分を、パスワードに入れないでください。".into(), ..say }
        }
        (Code::X01, _) => Say {
            next: "回線を確かめて、もう一度押してください。二重に受け付けることはありません。".into(), ..say
        },
        (Code::NotFound, _) => Say { next: "画面を開き直して、アカウントを確かめてください。".into(), ..say },
        _ => say,
    }
}

/// The words of a refusal at the end of a registration: the address is known from the link.
#[must_use]
pub(crate) fn refusal_of_confirmation(said: &Refusal) -> Say {
    let say = refusal(said);
    match said.code {
        Code::Login => Say {
            happened: "パスワードがちがいます。".into(),
            stored: "登録はまだ終わっていません。".into(),
            next: "ユーザー登録のときに決めたパスワードを確かめて、もう一度入力してください。".into(),
            ..say
        },
        _ => say,
    }
}

#[cfg(test)]
mod tests {
    use shared::api::Stored;

    use super::*;

    #[test]
    fn every_code_says_what_to_do_in_the_words_of_this_page() {
        for code in Code::ALL.iter().copied() {
            let said = Refusal { code, stored: Stored::Nothing, detail: None };
            for say in [refusal(&said), refusal_of_confirmation(&said)] {
                for part in [&say.happened, &say.stored, &say.next] {
                    assert!(part.ends_with('。'), "{code:?}: {part}");
                }
            }
        }
        let wrong = refusal_of_confirmation(&Refusal { code: Code::Login, stored: Stored::Nothing, detail: None });
        assert!(!wrong.next.contains("機関コード"), "there is none here");
    }
}
