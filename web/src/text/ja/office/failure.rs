//! What a refusal says to the staff: what happened, whether anything was stored, what to do next.

use shared::api::device::WeakPasscode;
use shared::api::{Code, Detail, Refusal, Stored};
use shared::domain::consent::ItemState;

use super::x43::x43;
use super::x55::not_taken;
use super::{accounts, factors, medical, month, password, references, settings as settings_words};
use crate::text::Say;

/// The words of a refusal anywhere in the office.
#[must_use]
pub(crate) fn refusal(refusal: &Refusal) -> Say {
    let (happened, next) = match refusal.code {
        Code::X01 => ("通信できません。", "回線を確かめて、もう一度行ってください。".into()),
        Code::X09 => ("この電子証明書は使えません。", RELOAD.into()),
        Code::X10 => ("健康保険証としての利用登録がまだです。", RELOAD.into()),
        Code::X11 => ("このカードは確認できませんでした。", RELOAD.into()),
        Code::X18 => ("このURLは新しいものに変わりました。", "この画面を開き直して、新しいURLを確かめてください。".into()),
        Code::X19 => ("この受付は現在利用していません。", contact(refusal)),
        Code::X20 => (
            "この端末は別の機関に登録されています。",
            "先に、その機関の管理者がアクティベーションコード管理で「無効化する」を選ぶと、登録できます。".into(),
        ),
        Code::X21 => ("時間がたちました。", "最初からやり直してください。".into()),
        Code::X23 => ("この項目は対象外です。", RELOAD.into()),
        Code::Ended => ("この同意は、もう終わっています。", "この画面を開き直して、今の状態を確かめてください。".into()),
        Code::X24 => ("診療日を登録できません。", RELOAD.into()),
        Code::X34 => (
            "全国のシステムが止まっています。",
            "しばらくしてからやり直してください。資格の確認は「カードが使えないとき」に書き留め、復旧してから行えます。".into(),
        ),
        Code::Opening => ("この記録は開いていません。", "「災害・障害時」で、開いている記録を選んでください。".into()),
        Code::X35 => ("メンテナンス中です。", "「メンテナンス予定」で、いつ終わるかを確かめてください。".into()),
        Code::X37 => ("管理者のIDではアプリを使えません。", "「一般利用者」または「医療情報閲覧」のIDで登録してください。".into()),
        Code::X38 => (
            "このIDは資格確認端末で一度もログインしていません。",
            "事務所の画面で一度ログインし、初期パスワードを変更してから、もう一度登録してください。".into(),
        ),
        Code::X40 => ("コードを確認できません。", "管理者に再発行を依頼してください。".into()),
        Code::X41 => (
            "パスコードを確認できません。",
            "この端末の登録は消えました。管理者に新しいアクティベーションコードを発行してもらい、初期登録からやり直してください。".into(),
        ),
        Code::X42 => (
            "この端末は使えなくなっています。",
            "端末の中の登録は消えました。使うときは、管理者に新しいアクティベーションコードを発行してもらってください。".into(),
        ),
        Code::DeviceLate => (
            "パスコードの登録が間に合いませんでした。",
            "パスコードは、初期登録から30分以内に登録します。この端末の登録は消えました。管理者に新しいアクティベーションコードを発行してもらい、初期登録からやり直してください。"
                .into(),
        ),
        Code::Passcode if matches!(refusal.detail, Some(Detail::Passcode(_))) => ("このパスコードは使えません。", passcode(refusal)),
        Code::Passcode => ("パスコードがちがいます。", passcode(refusal)),
        Code::Nonce => ("時間がたちました。", "もう一度行ってください。".into()),
        Code::X39 => ("初期パスワードを変更してください。", "変更が終わると、ほかの画面を使えます。".into()),
        Code::X43 => return certificate(refusal),
        Code::X44 => ("利用期間外のIDです。", "管理者に、このIDの利用開始日と利用終了日を確かめてもらってください。".into()),
        Code::X55 => not_taken(refusal),
        Code::X56 => ("スマートフォンの電子証明書は使えなくなっています。", "カードをお使いください。".into()),
        Code::X61 => ("このカードでは確認できません。", "資格確認書をお持ちか、患者様にたずねてください。".into()),
        Code::X46 => return no_requery(refusal),
        Code::X64 => ("この機関コードは、もう使われていません。", code_changed(refusal)),
        Code::RealCardInDemo => ("実カードはデモでは使えません。", RELOAD.into()),
        Code::Challenge => ("受付の時間が切れました。", RELOAD.into()),
        Code::DoneOtherwise => ("この受付は、別のカードで終わっています。", "新しい受付を最初から行ってください。".into()),
        Code::Login => ("ログインできませんでした。", "機関コード、ユーザID、パスワードを確かめて、もう一度入力してください。".into()),
        Code::Wait => ("しばらく受け付けられません。", wait(refusal)),
        Code::Session => ("ログインが終わっています。", "もう一度ログインしてください。".into()),
        Code::Locked => ("ロック中です。", "ロックを解除すると、続きから使えます。".into()),
        Code::NotFound => ("見つかりません。", "一覧に戻って、選び直してください。".into()),
        Code::Forbidden => ("このIDではできません。", "必要なときは管理者に頼んでください。".into()),
        Code::StepUp => ("本人の確認が、まだできていません。", "もう一度行うと、確認の画面が開きます。".into()),
        Code::Factor => ("二段階認証の登録が先に必要です。", "登録が終わると、ほかの画面を使えます。".into()),
        Code::Proof => ("本人の確認ができませんでした。", "もう一度行ってください。番号やコードは、一度使ったものを使えません。".into()),
        Code::FactorFault => factor(refusal),
        Code::Password => ("このパスワードは使えません。", weak(refusal)),
        Code::Account => account(refusal),
        Code::Settings => settings(refusal),
        Code::Reference => reference(refusal),
        Code::Taken => ("この名前は、もう使われています。", "別の名前にしてください。".into()),
        Code::Link => (
            "このリンクは使えません。",
            "リンクは1回だけ、24時間以内に使えます。登録が済んでいればログインし、済んでいなければ、ユーザー登録をやり直してください。"
                .into(),
        ),
        Code::Application => ("申請の状況が変わっています。", "画面を開き直して、今の状況を確かめてください。".into()),
        Code::Sheet => {
            ("この設定情報は、すでに作られています。", "書類が手元にないときは、画面を開き直して「作り直す」を選んでください。".into())
        }
        Code::Paper => (
            "書類を作れません。",
            "パスワードは変わっていません。このサーバーに日本語のフォントがないことを、運営者に伝えてください。".into(),
        ),
        Code::NotViewable => closed(refusal),
        Code::NoSource => (medical::NO_SOURCE.0, medical::NO_SOURCE.1.into()),
        Code::Request => ("入力の内容を受け付けられませんでした。", "入力を確かめるか、画面を開き直して、もう一度行ってください。".into()),
        Code::Internal => (
            "サーバーで問題が起きました。",
            "少し待って、もう一度行ってください。続くときは、時刻とこの番号を管理者に伝えてください。".into(),
        ),
    };
    Say { code: refusal.code.word(), happened: happened.into(), stored: stored(refusal.stored).into(), next, ways: &[] }
}

/// How many tries are left, or why a passcode is not taken.
fn passcode(refusal: &Refusal) -> yew::AttrValue {
    match refusal.detail {
        Some(Detail::TriesLeft(left)) => format!("あと{left}回ちがうと、この端末の登録は消えます。").into(),
        Some(Detail::Passcode(WeakPasscode::NotDigits)) => "6桁から16桁の数字にしてください。".into(),
        Some(Detail::Passcode(WeakPasscode::TooSimple)) => {
            "同じ数字だけ、または順に並んだ数字は使えません。ほかの数字にしてください。".into()
        }
        Some(Detail::Passcode(WeakPasscode::SameAsBefore)) => "今のパスコードと同じです。ほかの数字にしてください。".into(),
        _ => "もう一度入力してください。".into(),
    }
}

/// X46.
fn no_requery(refusal: &Refusal) -> Say {
    let (happened, next) = match &refusal.detail {
        Some(Detail::NoRequery(why)) => (month::why(*why).into(), month::why_next(*why).into()),
        _ => ("同意の期限が切れています。".into(), "次の訪問で同意をお願いします。".into()),
    };
    Say { code: refusal.code.word(), happened, stored: stored(refusal.stored).into(), next, ways: &[] }
}

fn certificate(refusal: &Refusal) -> Say {
    let said = match &refusal.detail {
        Some(Detail::Certificate(said)) => Some(said),
        _ => None,
    };
    let (happened, next) = x43(said);
    let stored = stored(refusal.stored).into();
    Say { code: refusal.code.word(), happened: happened.into(), stored, next: next.into(), ways: &[] }
}

/// The words of a refusal at the login: one text for a wrong code, id or password.
#[must_use]
pub(crate) fn refusal_at_login(said: &Refusal) -> Say {
    let say = Say { stored: "まだログインしていません。".into(), ..refusal(said) };
    match said.detail {
        // The seconds are counted down beside the button.
        Some(Detail::RetryAfterS(_)) => Say { next: "時間をおいて、もう一度ログインしてください。".into(), ..say },
        _ => say,
    }
}

/// The words when the screen was not unlocked.
#[must_use]
pub(crate) fn refusal_at_unlock(said: &Refusal) -> Say {
    let say = Say { stored: "画面はロックされたままです。".into(), ..refusal(said) };
    match (said.code, &said.detail) {
        (Code::Login, _) => Say {
            happened: "パスワードがちがいます。".into(),
            next: "もう一度入力してください。忘れたときは、管理者にパスワードの再設定を頼んでください。".into(),
            ..say
        },
        // The seconds are counted down beside the button.
        (_, Some(Detail::RetryAfterS(_))) => Say { next: "時間をおいて、もう一度入力してください。".into(), ..say },
        _ => say,
    }
}

/// The words when the present password was wrong: the person is already logged in.
#[must_use]
pub(crate) fn refusal_of_old_password(said: &Refusal) -> Say {
    let say = refusal(said);
    match said.code {
        Code::Login => Say {
            happened: "今のパスワードがちがいます。".into(),
            next: "今のパスワードを確かめて、もう一度入力してください。".into(),
            ..say
        },
        // When it was changed, the session of before has ended with it.
        Code::X01 if said.stored == Stored::Unknown => Say {
            next: "もう一度押してください。ログインの画面が出たときは、まず新しいパスワードでログインしてください。".into(),
            ..say
        },
        _ => say,
    }
}

/// The words when the reception URL was not changed.
#[must_use]
pub(crate) fn refusal_of_url_change(said: &Refusal) -> Say {
    let say = refusal(said);
    match said.code {
        Code::Request => Say {
            happened: "変更できませんでした。".into(),
            next: "機関コードを確かめてください。ほかの人が先に変更したときは、「やめる」を押して新しいURLを確かめてください。".into(),
            ..say
        },
        Code::X01 => {
            Say { next: "「やめる」を押して、URLの発行日時が変わったかを確かめてください。".into(), ..say }
        }
        _ => say,
    }
}

/// The words when a choice among coverages was not kept.
#[must_use]
pub(crate) fn refusal_of_choice(said: &Refusal) -> Say {
    let say = refusal(said);
    match said.code {
        Code::Request => Say {
            happened: "選べませんでした。".into(),
            next: "ほかの人が先に選んだかもしれません。「やめる」を押して、今の選択を確かめてください。".into(),
            ..say
        },
        Code::X01 => Say { next: "「やめる」を押して、選ばれたかどうかを確かめてください。".into(), ..say },
        _ => say,
    }
}

/// The words when a code was not issued.
#[must_use]
pub(crate) fn refusal_of_code(said: &Refusal) -> Say {
    let say = refusal(said);
    match said.code {
        Code::Taken => Say {
            happened: "この端末の名前は、もう使われています。".into(),
            next: "別の名前にするか、一覧でその端末のコードを無効化してください。".into(),
            ..say
        },
        // The same press under the same key: the server does it once and gives the same digits.
        Code::X01 => {
            Say { next: "もう一度「発行」を押してください。同じコードが表示されます。".into(), ..say }
        }
        _ => say,
    }
}

const RELOAD: &str = "画面を開き直して、もう一度行ってください。";

fn stored(stored: Stored) -> &'static str {
    match stored {
        Stored::Nothing => "何も変わっていません。",
        Stored::Kept => "入力した内容は残っています。",
        Stored::Unknown => "変更されたかどうかは、まだ分かりません。",
    }
}

fn wait(refusal: &Refusal) -> yew::AttrValue {
    match &refusal.detail {
        Some(Detail::RetryAfterS(seconds)) => format!("{seconds}秒待って、もう一度行ってください。").into(),
        _ => "1分ほど待って、もう一度行ってください。".into(),
    }
}

fn code_changed(refusal: &Refusal) -> yew::AttrValue {
    let since = match &refusal.detail {
        Some(Detail::CodeChanged { on, .. }) => format!("{}に変わりました。", on.wareki()),
        _ => String::new(),
    };
    format!("{since}新しい機関コードで行ってください。前の機関コードでは、管理アカウントが120日間見ることだけができます。").into()
}

fn contact(refusal: &Refusal) -> yew::AttrValue {
    match &refusal.detail {
        Some(Detail::Contact(contact)) if !contact.is_empty() => format!("連絡先: {contact}").into(),
        _ => "管理者に確かめてください。".into(),
    }
}

fn closed(refusal: &Refusal) -> (&'static str, yew::AttrValue) {
    let state = match refusal.detail {
        Some(Detail::Item(state)) => state,
        _ => ItemState::Agreed,
    };
    let (happened, next) = medical::closed(state);
    (happened, next.into())
}

fn account(refusal: &Refusal) -> (&'static str, yew::AttrValue) {
    match &refusal.detail {
        Some(Detail::Account(fault)) => {
            let (happened, next) = accounts::fault(*fault);
            (happened, next.into())
        }
        _ => ("アカウントを更新できませんでした。", RELOAD.into()),
    }
}

fn reference(refusal: &Refusal) -> (&'static str, yew::AttrValue) {
    match &refusal.detail {
        Some(Detail::Reference(fault)) => {
            let (happened, next) = references::fault(*fault);
            (happened, next.into())
        }
        _ => ("照会番号を変更できませんでした。", RELOAD.into()),
    }
}

fn factor(refusal: &Refusal) -> (&'static str, yew::AttrValue) {
    match &refusal.detail {
        Some(Detail::Factor(fault)) => {
            let (happened, next) = factors::fault(*fault);
            (happened, next.into())
        }
        _ => ("二段階認証を変更できませんでした。", RELOAD.into()),
    }
}

/// The words when a proof was not taken: what to look at, by the kind of proof.
#[must_use]
pub(crate) fn refusal_of_proof(said: &Refusal, hint: &'static str) -> Say {
    let say = refusal(said);
    match said.code {
        Code::Proof => Say { stored: "まだ確認できていません。".into(), next: hint.into(), ..say },
        _ => say,
    }
}

fn settings(refusal: &Refusal) -> (&'static str, yew::AttrValue) {
    match refusal.detail {
        Some(Detail::Settings(fault)) => {
            let (happened, next) = settings_words::fault(fault);
            (happened, next.into())
        }
        _ => ("設定を更新できませんでした。", RELOAD.into()),
    }
}

fn weak(refusal: &Refusal) -> yew::AttrValue {
    match &refusal.detail {
        Some(Detail::Password(why)) => password::weak(*why).into(),
        _ => "決まりを確かめて、別のパスワードにしてください。".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_says_what_happened_what_became_of_it_and_what_to_do() {
        for code in Code::ALL.iter().copied() {
            for stored in [Stored::Nothing, Stored::Kept, Stored::Unknown] {
                let said = Refusal { code, stored, detail: None };
                for say in [
                    refusal(&said),
                    refusal_at_login(&said),
                    refusal_at_unlock(&said),
                    refusal_of_old_password(&said),
                    refusal_of_url_change(&said),
                    refusal_of_choice(&said),
                ] {
                    assert_eq!(serde_json::to_value(code).unwrap(), say.code);
                    for part in [&say.happened, &say.stored, &say.next] {
                        assert!(part.ends_with('。'), "{code:?}: {part}");
                        assert!(!part.contains(['!', '！']), "{code:?}: {part}");
                        // A form has its own button, and no 「もう一度」.
                        assert!(!part.contains("「もう一度」"), "{code:?} names a button that is not there: {part}");
                    }
                }
            }
        }
    }

    #[test]
    fn values_of_the_refusal_stand_in_its_text() {
        let said = |code, detail| refusal(&Refusal { code, stored: Stored::Nothing, detail: Some(detail) }).next;
        assert_eq!(said(Code::Wait, Detail::RetryAfterS(30)), "30秒待って、もう一度行ってください。");
        assert_eq!(said(Code::X19, Detail::Contact("電話 099-000-0000".to_owned())), "連絡先: 電話 099-000-0000");
        let weak = shared::domain::account::WeakPassword::HoldsId;
        assert_eq!(said(Code::Password, Detail::Password(weak)), password::weak(weak));
    }

    #[test]
    fn a_wrong_present_password_is_not_called_a_failed_login() {
        let said = Refusal { code: Code::Login, stored: Stored::Nothing, detail: None };
        assert_eq!(refusal_of_old_password(&said).happened, "今のパスワードがちがいます。");
        assert_eq!(refusal_at_login(&said).happened, "ログインできませんでした。");
        let lost = |stored| refusal_of_old_password(&Refusal { code: Code::X01, stored, detail: None }).next;
        assert!(lost(Stored::Unknown).contains("まず新しいパスワードでログイン"));
        assert!(!lost(Stored::Nothing).contains("新しいパスワード"));
    }
}
