//! What a failure says: what happened, what was stored, what to do next (style: no blame, no machine words).

use shared::api::Stored;
use shared::domain::coverage::{Coverage, Validity};
use shared::reader::{CardKind, Spent};
use yew::AttrValue;

use crate::reader::Why;
use crate::text::Say;
use crate::trouble::Trouble;

const NOTHING: &str = "登録は行われていません。";
const NOTHING_KEPT: &str = "登録は行われていません。選んだ内容はこの画面に残っています。";
const UNSPENT: &str = "登録は行われていません。暗証番号の回数は減っていません。";

fn say(code: &'static str, happened: impl Into<AttrValue>, stored: impl Into<AttrValue>, next: impl Into<AttrValue>) -> Say {
    Say { code, happened: happened.into(), stored: stored.into(), next: next.into(), ways: &[] }
}

/// How a locked PIN is set anew, and who may go (X04).
macro_rules! unlock {
    () => {
        "市区町村の窓口で設定し直せます（代理の方も行けます）。署名用のパスワード（英数字6〜16文字）がわかる方は、スマートフォンのアプリとコンビニの機械でも設定し直せます。"
    };
}

/// A counter without a try left: what it may be, by what is printed on the card, and what to do then.
const PIN_UNUSABLE_WAYS: &[(&str, &str)] = &[
    (
        "「顔認証」と書かれているとき",
        "暗証番号のないカードです。こわれたのでも、ロックされたのでもありません。この画面では確認できませんので、職員の方が顔を見て確かめます。「カードを使わない方法」へ進んでください。",
    ),
    ("書かれていないとき", concat!("暗証番号がロックされています。", unlock!(), "今日の確認は「カードを使わない方法」で行えます。")),
];

fn spent(spent: Spent) -> &'static str {
    match spent {
        Spent::No => UNSPENT,
        Spent::Yes => "登録は行われていません。暗証番号は1回使われました。",
        Spent::Unknown => {
            "登録は行われていません。暗証番号が合っていたかどうかも、回数が減ったかどうかも、まだわかりません。次に読み取るときに残りの回数が出ます。"
        }
    }
}

fn stored(stored: Stored) -> &'static str {
    match stored {
        Stored::Nothing => NOTHING_KEPT,
        Stored::Kept => "ここまでの内容は保管されています。",
        Stored::Unknown => "登録できたかどうかは、まだわかりません。二重に登録されることはありません。",
    }
}

/// The institution's own words about whom to ask, or where else they stand.
fn whom_to_ask(contact: &str) -> String {
    match contact {
        "" => "連絡先は、訪問のときの書類や、事業所の受付の案内用紙で確かめられます。".to_owned(),
        contact => format!("連絡先：{contact}"),
    }
}

/// The text of a failure.
#[must_use]
pub fn trouble(trouble: &Trouble) -> Say {
    match trouble {
        Trouble::Network(kept) => say(
            "U-X01",
            "通信できません",
            match kept {
                Stored::Unknown => stored(Stored::Unknown),
                Stored::Nothing | Stored::Kept => "登録はまだ行われていません。選んだ内容はこの画面に残っています。",
            },
            "電波のよい所で「もう一度」を押してください。つながらないときは、施設のWi-Fiではなく携帯電話の回線をお試しください。事業所の回線が止まっているときも、つながれば続きから行えます。",
        ),
        Trouble::WrongPin(left) => say(
            "U-X02",
            match left {
                Some(left) => format!("暗証番号がちがいます。あと{left}回でロックされます"),
                None => "暗証番号がちがいます".to_owned(),
            },
            NOTHING_KEPT,
            "数字4けたの暗証番号をお確かめのうえ、「もう一度」を押してください。わからないときは、押さずに職員にお知らせください。",
        ),
        Trouble::LastTry => say(
            "U-X03",
            "暗証番号がちがいます。あと1回まちがえるとロックされます",
            "登録は行われていません。選んだ内容はこの画面に残っています。カードはまだ使えます。",
            "暗証番号がわからないときは、ここでやめてください。カードを使わない確認の方法があります。",
        ),
        Trouble::PinLocked => say(
            "U-X04",
            "暗証番号がちがったため、ロックされました",
            NOTHING,
            concat!(unlock!(), "今日の確認は「カードを使わない方法」で行えます。"),
        ),
        Trouble::PinUnusable => Say {
            ways: PIN_UNUSABLE_WAYS,
            ..say(
                "U-X04",
                "このカードの暗証番号は使えません",
                NOTHING,
                "カードのおもての追記欄（住所の変更などを書く欄）に「顔認証」と書かれているかどうかを見てください。",
            )
        },
        Trouble::PinShape => {
            say("U-X05", "暗証番号は数字4けたです", UNSPENT, "数字4けたで入力してください。英字や、7けた以上の番号は使いません。")
        }
        Trouble::NoCertificate => say(
            "U-X06",
            "このカードには、確認に使う電子証明書が入っていません",
            UNSPENT,
            "電子証明書は、市区町村の窓口で発行できます。今日の確認は「カードを使わない方法」で行えます。",
        ),
        Trouble::Expired(until) => say(
            "U-X09",
            match until {
                Some(until) => format!("この電子証明書は使えません（期限 {}）", until.wareki()),
                None => "この電子証明書は使えません".to_owned(),
            },
            NOTHING,
            "市区町村の窓口で更新できます。今日の確認は、カードを使わない方法で行えます。",
        ),
        Trouble::NotRegistered => say(
            "U-X10",
            "健康保険証としての利用登録がまだです",
            NOTHING,
            "マイナポータルや、病院・薬局のカードリーダー、セブン銀行のATMで登録できます。暗証番号のないカード（追記欄に「顔認証」）は、病院・薬局の顔認証付きカードリーダーだけで登録できます。登録が済んだら、「準備にもどる」から続けてください。",
        ),
        Trouble::NotTrusted => say(
            "U-X11",
            "このカードは確認できませんでした",
            NOTHING,
            "マイナンバーカードであることを確かめて、もう一度お試しください。続くときは、カードを使わない方法で確認します。",
        ),
        Trouble::CardNotTaken => say(
            "U-X61",
            "このカードでは確認できません",
            NOTHING,
            "資格確認書をお持ちですか。お持ちのときは、「カードを使わない方法」で確認します。",
        ),
        Trouble::RealCard => say(
            "U-REAL-CARD",
            "実カードはデモでは使えません",
            "登録は行われていません。カードの情報は保存していません。",
            "カードを取り出し、お試し用のカードを使ってください。",
        ),
        Trouble::Phone => say(
            "U-X13",
            "この端末ではカードを読み取れません",
            NOTHING_KEPT,
            "スマートフォンとiPad・Androidタブレットでは読み取りができません。Windows・macOS・Linuxのタブレットかパソコンで、同じページを開いてください。",
        ),
        Trouble::NoReader { has_ended } => say(
            "U-X13",
            "カードリーダーがつながっていません",
            UNSPENT,
            if *has_ended {
                "カードリーダーをこの端末につないでから、「もう一度」を押してください。"
            } else {
                "カードリーダーをこの端末につないでください。つなぐと自動で先へ進みます。"
            },
        ),
        Trouble::ReaderService { is_denied, has_ended } => say(
            "U-X13",
            "この端末はまだ読み取りの準備ができていません",
            UNSPENT,
            match (is_denied, has_ended) {
                (true, _) => "この端末の利用者に、カードリーダーを使う許可がありません。端末の担当の方に確認してください。",
                (false, true) => {
                    "カードリーダーを使うための仕組みが動いていません。端末の担当の方に起動を頼み、動いたら「もう一度」を押してください。"
                }
                (false, false) => {
                    "カードリーダーを使うための仕組みが動いていません。端末の担当の方に起動を頼んでください。動くと自動で先へ進みます。"
                }
            },
        ),
        Trouble::Moved(tries) => {
            say("U-X14", "読み取れませんでした", spent(*tries), "カードを置き直し、動かさずに、もう一度お試しください。")
        }
        Trouble::Removed(tries) => say(
            "U-X14",
            "カードがカードリーダーから離れたため、読み取れませんでした",
            spent(*tries),
            "カードを置き、終わるまで動かさずに、もう一度お試しください。",
        ),
        Trouble::NoHelper(why) => say(
            "U-X15",
            match why {
                Why::MayBePermission | Why::NotRunning => "読み取りプログラムが見つかりません",
                Why::NotAllowed => "読み取りプログラムは動いていますが、このページの利用が許可されていません",
                Why::PortTaken => "読み取りプログラムの場所を、ほかのソフトが使っています",
                Why::Stopped => "読み取りプログラムとの接続が、途中で止められています",
                Why::NoRoom => "読み取りプログラムを使うページが多すぎます",
            },
            NOTHING_KEPT,
            match why {
                Why::MayBePermission => {
                    "この端末で読み取りプログラム（uketsuke-helper）を起動してください。ブラウザが接続の許可をたずねたときは「許可」を選びます。そのあと「もう一度確かめる」を押してください。"
                }
                Why::NotRunning => {
                    "この端末で読み取りプログラム（uketsuke-helper）を起動してください。起動すると自動で先へ進みます。入っていないときや、iPad・Androidのタブレットのときは、Windows・macOS・Linuxの端末で同じページを開いてください。"
                }
                Why::NotAllowed => {
                    "端末の担当の方に、下の命令でこのページを許可してもらい、「もう一度確かめる」を押してください。この端末にほかの人もログインしているときは、その人にログアウトしてもらってください。"
                }
                Why::PortTaken => {
                    "端末の担当の方に、下の命令でそのソフトの名前を確かめ、終わらせてもらってください。読み取りプログラム（uketsuke-helper）を起動したら、「もう一度確かめる」を押してください。"
                }
                Why::Stopped => {
                    "広告ブロックなどの拡張機能や、セキュリティソフトが止めています。このページでは止めないように設定してから、「もう一度確かめる」を押してください。"
                }
                Why::NoRoom => "使っていない受付の画面（タブ）を閉じて、「もう一度確かめる」を押してください。",
            },
        ),
        Trouble::HelperLost(tries) => say(
            "U-X15",
            "読み取りプログラムとの接続が切れました",
            spent(*tries),
            "読み取りプログラム（uketsuke-helper）が動いていることを確かめて、「もう一度」を押してください。",
        ),
        Trouble::OldHelper => say(
            "U-X15",
            "読み取りプログラムの更新が必要です",
            NOTHING_KEPT,
            "端末の担当の方に、読み取りプログラム（uketsuke-helper）の更新を頼んでください。急ぐときは、ほかの端末で同じページを開いてください。",
        ),
        Trouble::OtherHelper => say(
            "U-X15",
            "読み取りプログラムが、前に使ったものと違います",
            NOTHING_KEPT,
            "番号を入力せずに、この端末を職員の方か端末の担当の方に見せてください。担当の方が入れ直したことがわかっているときだけ、「このまま使う」を押してください。",
        ),
        Trouble::BrowserRefuses => say(
            "U-X17",
            "ブラウザの接続の許可が止まっています",
            NOTHING_KEPT,
            "下の「許可のしかた」のとおりに許可してから、「もう一度確かめる」を押してください。",
        ),
        Trouble::FormerUrl(contact) => say(
            "U-X18",
            "このURLは新しいものに変わりました",
            NOTHING,
            format!(
                "事業所に新しい二次元コードを確認してください。新しいページを開いたら、ホーム画面やお気に入りも入れ替えてください。{}",
                whom_to_ask(contact)
            ),
        ),
        Trouble::SwitchedOff(contact) => {
            say("U-X19", "この受付は現在利用していません", NOTHING, format!("事業所にお問い合わせください。{}", whom_to_ask(contact)))
        }
        Trouble::CodeChanged(on, contact) => say(
            "U-X64",
            match on {
                Some(on) => format!("医療機関コードが{}に変わりました", on.wareki()),
                None => "医療機関コードが変わりました".to_owned(),
            },
            NOTHING,
            format!("事業所に新しい二次元コードを確認して、そこから開いてください。{}", whom_to_ask(contact)),
        ),
        Trouble::TooOld(Stored::Kept) => say(
            "U-X21",
            "この受付は、もう終わっています",
            super::reception::ended_stored(Stored::Kept),
            "「最初からはじめる」を押すと、最初の画面に戻ります。",
        ),
        Trouble::TooOld(kept) => say(
            "U-X21",
            "時間がたったため、最初からやり直してください",
            super::reception::ended_stored(*kept),
            "「最初からはじめる」を押して、もう一度内容をお選びください。",
        ),
        Trouble::BookedDate => say(
            "U-X24",
            "診療日を入力してください（予約がなければ本日）",
            NOTHING_KEPT,
            "過ぎた日や、予約できる期間より先の日は登録できません。「診療日を直す」を押してください。選んだ内容は残っています。",
        ),
        Trouble::NotAsked => say(
            "U-X23",
            "この受付では、おたずねしていない項目がありました",
            NOTHING,
            "受付の途中で、事業所がおたずねする内容を変えたときに出ます。特定健診の情報は40歳以上の方が対象です。「最初からはじめる」を押して、もう一度内容をお選びください。",
        ),
        Trouble::Challenge => {
            say("U-CHALLENGE", "確認の時間が過ぎました", NOTHING_KEPT, "もう一度、カードの読み取りと暗証番号の入力をお願いします。")
        }
        Trouble::DoneOtherwise => say(
            "U-DONE",
            "この受付は、別のカードで終わっています",
            "今のカードの同意は登録されていません。先に終わった方の登録は、そのままです。",
            "「最初からはじめる」を押して、新しい受付で内容をお選びください。",
        ),
        Trouble::WrongCard(Some(phone @ (CardKind::PhoneAndroid | CardKind::PhoneIos))) => say(
            "U-X55",
            match phone {
                CardKind::PhoneIos => "iPhoneの電子証明書は、ここでは使えません",
                _ => "Androidスマートフォンの電子証明書は、ここでは使えません",
            },
            UNSPENT,
            "スマートフォンを離し、マイナンバーカードを置いてください。",
        ),
        Trouble::PhoneByFace => say(
            "U-X55",
            "スマートフォンでは、目視の確認ができません",
            UNSPENT,
            "スマートフォンを離し、マイナンバーカードを置いてください。",
        ),
        Trouble::PhoneLocked => say(
            "U-PHONE-LOCKED",
            "iPhoneの認証を確かめられませんでした",
            UNSPENT,
            "iPhoneでもう一度認証してから、ゆっくりかざし直してください。続くときは、マイナンバーカードを置いてください。",
        ),
        Trouble::NewerCard => say(
            "U-CARD-NEWER",
            "このカードには、まだ対応していません",
            UNSPENT,
            "新しい種類のカードで、置き直しても読み取れません。今日の確認は、カードを使わない方法で行えます。",
        ),
        Trouble::WrongCard(kind) => say(
            "U-CARD",
            match kind {
                Some(CardKind::JukiCard) => "住民基本台帳カードは使えません",
                Some(CardKind::Mute) => "カードを読み取れません",
                _ => "このカードは使えません",
            },
            UNSPENT,
            match kind {
                Some(CardKind::Mute) => {
                    "カードの表と裏、向きを確かめて置き直してください。続くときは、カードがこわれていることがあります。"
                }
                _ => "マイナンバーカードを置いてください。",
            },
        ),
        Trouble::Busy => {
            say("U-BUSY", "ほかのソフトがカードを使っています", UNSPENT, "ほかのソフトを終わらせてから、「もう一度」を押してください。")
        }
        Trouble::Held => {
            say("U-BUSY", "ほかのソフトがカードを使っています", UNSPENT, "ほかのソフトを終わらせてください。終わると自動で先へ進みます。")
        }
        Trouble::TakenOver => {
            say("U-LEASE", "ほかの画面に切り替わりました", UNSPENT, "この画面で続けるときは、「もう一度」を押してください。")
        }
        Trouble::Cancelled { before_last_try: false } => {
            say("U-CANCELLED", "読み取りをやめました", NOTHING_KEPT, "続けるときは「もう一度」を押してください。")
        }
        Trouble::Cancelled { before_last_try: true } => say(
            "U-CANCELLED",
            "暗証番号の入力をやめました",
            UNSPENT,
            "暗証番号がわからないときは「カードを使わない方法」へ進んでください。思い出したときは「もう一度」で入力できます（あと1回まちがえるとロックされます）。",
        ),
        Trouble::Timeout => {
            say("U-TIMEOUT", "時間切れになりました", UNSPENT, "ゆっくりで大丈夫です。準備ができたら「もう一度」を押してください。")
        }
        Trouble::Wait(seconds) => say(
            "U-WAIT",
            "こみ合っています",
            NOTHING_KEPT,
            match seconds {
                Some(seconds) => format!("{seconds}秒ほど待ってから、「もう一度」を押してください。"),
                None => "しばらく待ってから、「もう一度」を押してください。".to_owned(),
            },
        ),
        Trouble::TooOften => say(
            "U-WAIT",
            "しばらくのあいだ、読み取りを始められません",
            UNSPENT,
            "番号のまちがいが続くと、この端末では10分ほど読み取りができなくなります。10分ほど待ってから、「もう一度」を押してください。",
        ),
        Trouble::SystemDown => say(
            "U-X34",
            "全国のシステムが止まっています",
            "登録はまだ行われていません。選んだ内容はこの画面に残っています。",
            "しばらく待って「もう一度」を押してください。急ぐときは、下の「仮確認」に書き留めて、後日確認します。",
        ),
        Trouble::Maintenance(span) => say(
            "U-X35",
            match span {
                Some(span) => super::reception::no_visits(*span),
                None => "メンテナンスのため、今は受付できません".to_owned(),
            },
            NOTHING_KEPT,
            "終わるまで待って「もう一度」を押してください。急ぐときは、資格確認書などで確かめ、後日もう一度確認してください。",
        ),
        Trouble::NotFound => say(
            "U-NOT-FOUND",
            "このページは見つかりません",
            NOTHING,
            "アドレスを確かめるか、事業所の二次元コードからもう一度開いてください。",
        ),
        Trouble::Internal(kept) => say(
            "U-INTERNAL",
            "うまくいきませんでした",
            stored(*kept),
            "「もう一度」を押してください。続くときは、事業所にこの番号をお伝えください。",
        ),
    }
}

/// The text of a result that is not simply valid (X28–X31); `None` for 有効. The result itself was stored.
#[must_use]
pub fn result(validity: Validity, coverages: &[Coverage]) -> Option<Say> {
    const STORED: &str = "同意と確認の結果は登録されました。";
    Some(match validity {
        Validity::Valid => return None,
        Validity::Invalid => say(
            "U-X28",
            match coverages.first().and_then(|coverage| coverage.disqualified_on.map(|lost| (lost, coverage.loss_reason.as_deref()))) {
                Some((lost, Some(reason))) => format!("資格は無効です（喪失日 {}、{reason}）", lost.wareki()),
                Some((lost, None)) => format!("資格は無効です（喪失日 {}）", lost.wareki()),
                None => "資格は無効です".to_owned(),
            },
            STORED,
            "新しい保険証や資格確認書をお持ちかどうか、患者様におたずねください。",
        ),
        Validity::Replaced => say(
            "U-X29",
            "新しい資格があります",
            STORED,
            "はじめに新しい資格、つぎに前の資格を表示しています。新しい資格でよいか、患者様に確かめてください。",
        ),
        Validity::NotFound => say(
            "U-X30",
            "該当する資格が見つかりません",
            STORED,
            "加入してすぐのときは、登録を待っていることがあります。資格確認書などを見せていただき、後日もう一度確認してください。",
        ),
        Validity::Several => say(
            "U-X31",
            "複数の資格があります",
            STORED,
            "どの資格を使うかは自動では決めません。患者様に確かめ、事業所の画面で選んでください。",
        ),
        Validity::AidNotRegistered => say(
            "U-X58",
            "医療扶助: 未委託・未登録です",
            STORED,
            "登録は月の中ごろです。16日を過ぎても変わらないときは、福祉事務所に確かめてください。紙の医療券はそのまま使えます。",
        ),
    })
}
