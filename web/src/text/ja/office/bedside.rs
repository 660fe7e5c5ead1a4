//! The check at the device with the card (DA-5…DA-11).

use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::check::Medium;
use shared::reader::CardKind;

use super::checks::minute;

pub(crate) const TITLE: &str = "暗証番号で確認";
pub(crate) const EYE_TITLE: &str = "目視で確認";
pub(crate) const EYE_ONCE: &str = "この方だけ目視で確認";
pub(crate) const UNFILED_TITLE: &str = "まだ保存していない結果";
pub(crate) const RESULT_TITLE: &str = "資格確認結果";
pub(crate) const BY_PIN: &str = "カードを読み取り、患者様が暗証番号を入力します。";
pub(crate) const BY_PHONE: &str = "スマートフォンも使えます。";
pub(crate) const BY_EYE: &str = "カードの顔写真とご本人を見くらべます。暗証番号は使いません。";
pub(crate) const TOGGLE: &str = "目視確認で本人認証";
pub(crate) const TOGGLE_HINT: &str = "オンの間は、いつも目視で確認します。オフに戻すまで続きます。切り替えは記録されます。";
pub(crate) const EYE_NOT_ALLOWED: &str = "目視での確認は、この機関の設定では使えません。";
pub(crate) const EYE_NOT_ALLOWED_NEXT: &str = "暗証番号で確認してください。設定は、管理者が「環境設定情報」で変えられます。";

// DA-7
pub(crate) const STAGES: [&str; 3] = ["同意", "読み取り", "結果"];
pub(crate) const STAGES_LIMITED: [&str; 2] = ["読み取り", "結果"];
pub(crate) const STAGES_LABEL: &str = "資格確認の進みぐあい";
pub(crate) const CANNOT_ANSWER: &str = "ご本人が答えられないとき(資格の確認だけ)";
pub(crate) const CANNOT_ANSWER_TITLE: &str = "資格の確認だけを行います";
pub(crate) const CANNOT_ANSWER_NEXT: &str = "ご本人の意思を確認できないため、同意はどれも登録しません(「同意しない」ではなく「おたずねしていない」になります)。診療・薬剤などの情報は見られません。";
pub(crate) const WITH_CONSENT: &str = "同意をおたずねする";

/// The odd route.
pub(crate) mod one_hand {
    pub(crate) const ABOUT: &str = "車内や発熱外来の部屋などで確認します。片手で使えます。";
    pub(crate) const WHERE: &str = "診療日と場所";
    pub(crate) const PLACE: &str = "患者様はどこにいますか";
    pub(crate) const RECORD_LEAD: &str = "カードもスマートフォンもなく、システムも使えないときは、お名前などを書き留め、後で確認します。";
    pub(crate) const RECORD: &str = "確認できないときの記録";
    pub(crate) const TO_WHERE: &str = "診療日・場所を直す";
    pub(crate) const IS_OFF: &str = "外来診療等(通常とは異なる動線)は、この機関の設定では使えません。";
    pub(crate) const IS_ONLY: &str = "この機関で使うのは、外来診療等(通常とは異なる動線)だけです。下から進んでください。";
    pub(crate) const IS_OFF_NEXT: &str = "設定は、管理者が「環境設定情報」で変えられます。";
}

// DA-8B, DA-8C, DA-9
pub(crate) const READ: &str = "読み取り";
pub(crate) const PIN_BY_PERSON: &str = "暗証番号はご本人が入力します。職員はうかがいません。";
pub(crate) const MEDIUM: &str = "何をかざしますか";
pub(crate) const MEDIUM_MEANING: &str = "スマートフォンは、電子証明書を入れたものが使えます。";
pub(crate) const IPHONE_NEXT: &str = "手元のiPhoneで認証してから、カードリーダーにゆっくりかざしてください。暗証番号は入力しません。機種により読み取る場所がちがいます。金属から離してください。";
pub(crate) const ANDROID_NEXT: &str = "カードリーダーにかざし、スマートフォン用の暗証番号を入力します(カードの暗証番号とちがうことがあります)。機種により読み取る場所がちがいます。金属から離してください。";
pub(crate) const IPHONE_PIN: &str = "iPhoneの暗証番号を入力する";
pub(crate) const OTHER_FOUND_NEXT: &str = "このまま続けるか、置きかえてください。";
pub(crate) const PHONE_FAILS: &str = "スマートフォンを読み取れないとき";
pub(crate) const PHONE_FAILS_TEXT: &str = "カードをお持ちか、患者様にたずねてください。お持ちでないときは、患者様のスマートフォンでマイナポータルの資格情報の画面を見せてもらい、「カードなしの確認」で仮確認として記録し、後で確認してください。";
pub(crate) const SENDING: &str = "資格を確認しています。カードを動かさないでください。";
pub(crate) const WAITING: &str = "送れるのを待っています。カードはお返しください。";
pub(crate) const WITHOUT: &str = "カードを使わない方法";
pub(crate) const WITHOUT_LEAD: &str = "まだ何も登録していません。カードをお返しし、次のどれかで確認してください。";
pub(crate) const WITHOUT_WAYS: [&str; 3] = [
    "資格確認書: 番号を入力して確認します(事務所の「資格確認書等で確認」でもできます)。",
    "目視: カードの顔写真とご本人を見くらべます(機関が使うと決めているとき)。",
    "仮確認: 「カードなしの確認」に書き留め、後で確認します。",
];
pub(crate) const BACK_TO_READING: &str = "読み取りに戻る";
pub(crate) const HOME: &str = "認証選択に戻る";

// DA-8A
pub(crate) const COMPARE: &str = "カードの顔写真とご本人を見くらべてください";
pub(crate) const CHECKLIST: [&str; 4] = [
    "カードはご本人が出した、マイナンバーカードの原本です(コピーや画面ではありません)",
    "顔のかたち、目、鼻、口、耳が写真と同じです",
    "カードの有効期限が過ぎていません",
    "追記欄に「顔認証」とあるカードも、この方法で確認できます",
];
pub(crate) const AGREES: &str = "患者ご本人に、カードの読み取りについて説明し、同意を得ました";
pub(crate) const AGREES_HINT: &str = "カードを取り出すと、チェックは外れます。";
pub(crate) const SHOW_PHOTO: &str = "カードの中の顔写真も見る";
pub(crate) const SHOW_PHOTO_HINT: &str =
    "カードの表の数字(生年月日、有効期限の年、セキュリティコード)を入力すると、印刷の写真より大きく表示できます。";
pub(crate) const MATCHED: &str = "一致した";
pub(crate) const NOT_MATCHED: &str = "一致しない";
pub(crate) const MATCHED_MEANING: &str =
    "押すと、あなたのアカウントと日時が記録され、カードの電子証明書を読み取って資格を確認します。カードの署名はありません。";
pub(crate) const NEEDS_CARD: &str = "カードをカードリーダーに置き、同意のチェックを入れると押せます。";
pub(crate) const NOT_MATCHED_TITLE: &str = "本人確認ができませんでした";
pub(crate) const NOT_MATCHED_NEXT: &str = "電子証明書は読み取っていません。結果も同意も残していません(一致しなかったことだけを記録しました)。カードをお返しください。資格確認書で確認するかどうかは、職員が決めてください。";

// DA-10, DA-11
pub(crate) const DONE_CONSENT: &str = "資格を確認し、同意を登録しました";
pub(crate) const DONE: &str = "資格を確認しました";
pub(crate) const GIVE_BACK: &str = "カードをお返しください";
pub(crate) const GRACE: &str = "資格の確認はできますが、診療・薬剤などの情報は見られません。";
pub(crate) const CONSENTS: &str = "同意の内容";
pub(crate) const NO_CONSENT: &str = "同意は登録していません(資格の確認だけです)。";
pub(crate) const RECORD: &str = "確認の記録";
pub(crate) const SIGNED: &str = "カードの署名";
pub(crate) const SIGNED_NO: &str = "ありません(職員が見くらべました)";
pub(crate) const REFERENCE_ASK: &str = "照会番号を登録しますか";
pub(crate) const REFERENCE_ASK_NEXT: &str =
    "この方の照会番号は、まだ登録されていません。カルテの番号を入れると、この結果が結び付きます。事務所であとから登録することもできます。";
pub(crate) const REFERENCE_ASK_OFFICE: &str =
    "この方の照会番号は、まだ登録されていません。事務所の「照会番号の登録」で、カルテの番号と結び付けられます。";
pub(crate) const REFERENCE_KEPT: &str = "照会番号を登録しました。まちがえたときは、事務所の「同意と資格の明細」で直せます。";
pub(crate) const FILE: &str = "保存して閉じる";
pub(crate) const CLOSE: &str = "閉じる";
pub(crate) const CLOSE_ASK: &str = "まだ保存していません。閉じますか";
pub(crate) const CLOSE_ASK_NEXT: &str =
    "結果はサーバーに残り、事務所の一覧で見られます。この端末では「まだ保存していない結果」に72時間残ります。";
pub(crate) const STAY: &str = "結果に戻る";
pub(crate) const FILED: &str = "保存済みです。";
pub(crate) const FILE_MEANING: &str =
    "「保存して閉じる」は、結果を見て処理が済んだ印です。レセコンへの連携は、事務所の設定のとおりに行われます。";
pub(crate) const UNFILED_LEAD: &str =
    "確認は済んでいますが、「保存して閉じる」を押していない結果です。72時間で一覧から消えますが、事務所には残ります。";
pub(crate) const UNFILED_NONE: &str = "保存していない結果はありません。";
pub(crate) const UNFILED_NONE_NEXT: &str = "「保存して閉じる」を押さずに閉じた結果が、ここに並びます。";
pub(crate) const UNFILED_COLUMNS: [&str; 4] = ["時刻", "頭文字", "方法", "結果"];
pub(crate) const UNFILED_SCROLLS: &str = "まだ保存していない結果の表";
pub(crate) const NOBODY: &str = "該当なし";

/// X49.
pub(crate) fn unfiled(count: u32) -> String {
    format!("まだ保存していない結果が{count}件あります")
}

/// X48, X49.
pub(crate) fn unsent(count: u32) -> String {
    format!("レセコンへ送れていない結果が{count}件あります")
}
pub(crate) const UNSENT_NEXT: &str = "結果は失われていません。事務所の「請求前の確認」で理由を確かめてください。";

/// X55: what lies there is not what was chosen, and is taken as well.
pub(crate) fn other_found(kind: Option<CardKind>) -> String {
    let found = match kind {
        Some(CardKind::PhoneAndroid) => "Androidスマートフォン",
        Some(CardKind::PhoneIos) => "iPhone",
        _ => "マイナンバーカード",
    };
    format!("選んだものとちがうものが置かれています({found})。")
}

/// A medium as the question names it.
pub(crate) fn medium(medium: Medium) -> &'static str {
    match medium {
        Medium::Android => "Androidスマートフォン",
        other => other.label(),
    }
}

/// X08: when the certificate ended.
pub(crate) fn grace(on: CivilDate) -> String {
    format!("電子証明書の期限は{}でした。市区町村の窓口で更新してください。", on.wareki())
}

/// X07.
pub(crate) fn ends_soon(on: CivilDate) -> String {
    format!("電子証明書の期限は{}です。早めの更新を案内してください。", on.wareki())
}

/// Until when the consent counts.
pub(crate) fn until(at: UnixMs) -> String {
    format!("{}まで有効", minute(at))
}
