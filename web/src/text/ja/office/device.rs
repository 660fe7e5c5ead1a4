//! カードの確認 at the device desk (`/d`).

use shared::domain::calendar::CivilDate;
use shared::reader::{Asks, ErrorCode, FaceSignature, Failure, Spent, Step};
use yew::AttrValue;

use crate::reader::View;
use crate::text::{Say, errors, reception};
use crate::trouble::Trouble;

pub(crate) const TITLE: &str = "カードの確認";
pub(crate) const LEAD: &str = "患者様のマイナンバーカードについて、窓口で確かめたいことを選びます。";
pub(crate) const NOT_RECORDED: &str = "この画面の結果は記録されません。";

pub(crate) const TAKE_NEXT: &str = "この画面で使うときは、下から確かめることを選んでください。ほかの画面の読み取りは終わります。";

pub(crate) const CONSENT_TITLE: &str = "ご本人の同意";
pub(crate) const CONSENT: &str = "患者ご本人に、カードの読み取りについて説明し、同意を得ました";
pub(crate) const CONSENT_MEANING: &str = "電子証明書か顔写真を読み取る前に必要です。カードを取り出すと、チェックは外れます。";

pub(crate) const ACTS_TITLE: &str = "確かめること";
pub(crate) const NEEDS_CARD: &str = "カードがカードリーダーに置かれると、選べるようになります。";
pub(crate) const NEEDS_CONSENT: &str = "「ご本人の同意」にチェックを入れると、選べるようになります。";
pub(crate) const PIN_STATUS: &str = "暗証番号の残り回数を確認";
pub(crate) const PIN_STATUS_ABOUT: &str = "暗証番号をあと何回までまちがえられるか、ロックされていないかを確かめます。回数は減りません。";
pub(crate) const IDENTIFY: &str = "電子証明書だけを読み取る(目視確認用)";
pub(crate) const IDENTIFY_ABOUT: &str = "暗証番号を使わずに、電子証明書の有効期限を確かめます。ご本人であることの証明にはなりません。";
pub(crate) const FACE: &str = "カードの中の顔写真を表示";
pub(crate) const FACE_ABOUT: &str =
    "カードの表に印刷された数字を入力すると、カードの中の顔写真が出ます。目の前の方と見比べるときに使います。";

pub(crate) const RESULT: &str = "読み取りの結果";
pub(crate) const CARD_KIND: &str = "カードの種類";
pub(crate) const MY_NUMBER_CARD: &str = "マイナンバーカード";

pub(crate) const AUTH_PIN: &str = "利用者証明用の暗証番号(数字4けた)";
pub(crate) const SIGN_PIN: &str = "署名用の暗証番号(英数字6〜16文字)";
pub(crate) const CERTIFICATE: &str = "利用者証明用電子証明書";
pub(crate) const HAS_CERTIFICATE: &str = "あります";
pub(crate) const NO_CERTIFICATE: &str = "ありません";
pub(crate) const LOCKED_TITLE: &str = "利用者証明用の暗証番号は使えません";
pub(crate) const LOCKED_NEXT: &str = "カードのおもての追記欄(住所の変更などを書く欄)に「顔認証」と書かれているかどうかを見てください。どちらのときも、本人であることは「カードの中の顔写真を表示」で確かめられます。資格は、資格確認書などで確認してください。";
pub(crate) const LOCKED_WAYS: &[(&str, &str)] = &[
    (
        "「顔認証」と書かれているとき",
        "暗証番号のないカードです。ロックされたのではありません。暗証番号が必要なときは、市区町村の窓口で設定できます。",
    ),
    (
        "書かれていないとき",
        "暗証番号がロックされています。お住まいの市区町村の窓口で設定し直せます(代理の方も行けます)。署名用の暗証番号がわかる方は、スマートフォンのアプリとコンビニの機械でも設定し直せます。",
    ),
];
pub(crate) const SIGN_LOCKED_TITLE: &str = "署名用の暗証番号は使えません";
pub(crate) const SIGN_LOCKED_NEXT: &str = "資格の確認には使わない番号です。必要なときは、お住まいの市区町村の窓口で設定し直せます。";
pub(crate) const NO_CERTIFICATE_TITLE: &str = "このカードには利用者証明用電子証明書がありません";
pub(crate) const NO_CERTIFICATE_NEXT: &str = "暗証番号での確認はできません。電子証明書は、お住まいの市区町村の窓口で発行できます。";

pub(crate) const PROVES_NOTHING: &str = "ご本人であることも、ご本人がここにいることも証明していません";
pub(crate) const PROVES_NOTHING_NEXT: &str =
    "電子証明書は、カードを持っていれば誰でも読み取れます。必ず、カードの顔写真と目の前の方を見比べてください。";
pub(crate) const VALID_UNTIL: &str = "電子証明書の有効期限";
pub(crate) const UNTIL_UNREADABLE: &str = "読み取れませんでした";
pub(crate) const NOT_CHECKED: &str = "確かめていないこと";
pub(crate) const NOT_CHECKED_WHAT: &str = "電子証明書が失効していないこと、発行元";
pub(crate) const EXPIRED_TITLE: &str = "電子証明書の有効期限が切れています";
pub(crate) const EXPIRED_NEXT: &str = "暗証番号での確認はできません。お住まいの市区町村の窓口で更新できます。";

pub(crate) const PHOTO: &str = "カードの中の顔写真";
pub(crate) const PHOTO_COMPARE: &str = "目の前の方の顔を、カードに印刷された写真ではなく、この写真と見比べてください。";
pub(crate) const PHOTO_ENDS: &str = "写真は保存されません。2分たつか、この画面を離れると消えます。";
pub(crate) const PHOTO_MATCHES: &str = "一致した";
pub(crate) const PHOTO_DIFFERS: &str = "一致しない";
pub(crate) const PHOTO_CLEAR: &str = "消す";
pub(crate) const PHOTO_MATCHED: &str = "写真を消しました(一致した)";
pub(crate) const PHOTO_MATCHED_NEXT: &str = "この結果は記録されていません。必要なときは、確認した日時と方法を、施設の決まりのとおりに控えてください。カードを患者様にお返しください。";
pub(crate) const PHOTO_DIFFERED: &str = "写真を消しました(一致しない)";
pub(crate) const PHOTO_DIFFERED_NEXT: &str =
    "このカードでは本人確認ができません。ほかの書類で確かめ、責任者に相談してください。この結果は記録されていません。";
pub(crate) const PHOTO_CLEARED: &str = "写真を消しました";
pub(crate) const PHOTO_CLEARED_NEXT: &str = "もう一度見るときは、「カードの中の顔写真を表示」を選んでください。";
pub(crate) const PHOTO_TIMED_OUT: &str = "2分たったため、写真を消しました";
pub(crate) const PHOTO_HIDDEN: &str = "画面を離れたため、写真を消しました";
pub(crate) const PHOTO_NOT_LOADED: &str = "写真を表示できませんでした";

/// Tries left of a PIN.
pub(crate) fn tries(left: Option<u8>) -> String {
    match left {
        None => "カードから回数が得られません".to_owned(),
        Some(0) => "0回(使えません)".to_owned(),
        Some(left) => format!("あと{left}回"),
    }
}

/// The end of the certificate's time.
pub(crate) fn valid_until(day: CivilDate) -> String {
    format!("{}まで", reception::day(day))
}

/// What the card's signature says of the photo: first line, what to do.
pub(crate) fn signature(signature: FaceSignature) -> (&'static str, Option<&'static str>) {
    match signature {
        FaceSignature::Fits => ("カードの中の署名と一致しました(署名した機関の確認は行っていません)", None),
        FaceSignature::Wrong => (
            "写真が書き換えられているおそれがあります。この写真で本人確認をしないでください。",
            Some("ほかの書類で確かめ、責任者に相談してください。"),
        ),
        FaceSignature::NotChecked => {
            ("署名は確認できませんでした", Some("写真が書き換えられていないことを、この画面では確かめられません。"))
        }
    }
}

/// A state of the reader that is no trouble: first line and what to do.
pub(crate) fn reader_state(view: &View, takes_over: bool) -> Option<(&'static str, &'static str)> {
    Some(match view {
        View::InUse if takes_over => ("ほかの画面で使用中です", TAKE_NEXT),
        View::Ready => ("カードが置かれています", "下から、確かめることを選んでください。"),
        View::Pin { asks: Asks::FaceCode, last_try: true, .. } => (LAST_TRY, LAST_TRY_NEXT),
        View::Pin { asks: Asks::FaceCode, .. } => (
            "カードの表の数字を入力してください",
            "下の枠に、カードの表に印刷された数字を入力し、「確定」を押してください。カードは置いたままにします。",
        ),
        View::Working(Step::Verifying) => ("読み取り中です。動かさないでください", "入力された数字を確かめています。"),
        View::Working(Step::Signing | Step::Reading) => ("読み取り中です。動かさないでください", "カードの中を読み取っています。"),
        View::Done => ("読み取りが終わりました", "結果は下に出ます。"),
        other => return reception::reader_state(other),
    })
}

/// The words for what stands in the way, before or after a press.
pub(crate) fn trouble(view: &View) -> Option<Say> {
    let say = errors::trouble(&Trouble::of_view(view)?);
    Some(match view {
        View::Failed(failure) => Say { stored: spent(failure.try_spent).into(), ..failed(failure, say) },
        View::Lost(try_spent) => Say { stored: spent(*try_spent).into(), ..say },
        _ => Say { stored: "カードの中は読み取っていません。".into(), ..say },
    })
}

fn failed(failure: &Failure, say: Say) -> Say {
    let with =
        |code, happened: AttrValue, next: &'static str| Say { code, happened, next: next.into(), stored: AttrValue::default(), ways: &[] };
    match (failure.code, failure.tries_left) {
        (ErrorCode::PinBlocked, _) | (ErrorCode::PinWrong, Some(0)) => with(
            "U-X04",
            "カードの表の数字での読み取りがロックされています".into(),
            "お住まいの市区町村の窓口で解除できます。今日の確認は、ほかの書類で行ってください。",
        ),
        (ErrorCode::PinWrong, left) => with(
            "U-X02",
            match left {
                Some(left) => format!("カードの表の数字と合いません。あと{left}回でロックされます").into(),
                None => "カードの表の数字と合いません".into(),
            },
            "生年月日、有効期限の年、セキュリティコードを確かめて、「もう一度」から、はじめからやり直してください。",
        ),
        (ErrorCode::NoCertificate, _) => with("U-X06", NO_CERTIFICATE_TITLE.into(), NO_CERTIFICATE_NEXT),
        (ErrorCode::Cancelled, Some(1)) => with(
            "U-CANCELLED",
            "数字の入力をやめました".into(),
            "あと1回まちがえるとロックされます。数字が読みにくいときは、ほかの書類で確かめてください。",
        ),
        (ErrorCode::ConsentMissing, _) => {
            with("U-CONSENT", "ご本人の同意を確認できませんでした".into(), "「ご本人の同意」にチェックを入れて、もう一度選んでください。")
        }
        _ => say,
    }
}

fn spent(spent: Spent) -> &'static str {
    match spent {
        Spent::No => "番号の残り回数は減っていません。",
        Spent::Yes => "番号の残り回数が1回減りました。",
        Spent::Unknown => "番号の残り回数が減ったかどうかは、まだわかりません。次に読み取るときに出ます。",
    }
}

/// The last try before the lock: said before the frame.
pub(crate) const LAST_TRY: &str = "あと1回まちがえるとロックされます";
/// What to do then.
pub(crate) const LAST_TRY_NEXT: &str = "数字が読みにくいときは、下の枠の「やめる」を押してください。";
