//! The office desk, in Japanese: one module per screen.

pub(crate) mod accounts;
pub(crate) mod activation;
pub(crate) mod aid;
pub(crate) mod apply;
pub(crate) mod audit;
pub(crate) mod backups;
pub(crate) mod bedside;
pub(crate) mod bulk_checks;
pub(crate) mod care;
pub(crate) mod certificates;
pub(crate) mod checks;
pub(crate) mod codes;
pub(crate) mod desks;
pub(crate) mod device;
pub(crate) mod device_guide;
pub(crate) mod device_settings;
pub(crate) mod device_shell;
pub(crate) mod drop_ask;
pub(crate) mod enquiries;
pub(crate) mod factors;
mod failure;
pub(crate) mod front;
pub(crate) mod grants;
pub(crate) mod hand_over;
pub(crate) mod laters;
pub(crate) mod leave;
pub(crate) mod lock;
pub(crate) mod maintenance;
pub(crate) mod medical;
pub(crate) mod month;
pub(crate) mod notices;
pub(crate) mod openings;
pub(crate) mod operation;
pub(crate) mod papers;
pub(crate) mod papers_of;
pub(crate) mod references;
pub(crate) mod settings;
pub(crate) mod setup;
pub(crate) mod succession;
pub(crate) mod tokens;
pub(crate) mod training;
pub(crate) mod withdrawals;
mod x43;
mod x55;

use shared::domain::account::{PASSWORD_MAX_CHARS, PASSWORD_MIN_CHARS, WeakPassword};
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::consent::{ConsentItem, ItemState};
use shared::domain::coverage::Validity;

pub(crate) use failure::{
    refusal, refusal_at_login, refusal_at_unlock, refusal_of_choice, refusal_of_code, refusal_of_old_password, refusal_of_proof,
    refusal_of_url_change,
};

/// What stands around every screen (OT-5, OT-18).
pub(crate) mod frame {
    pub(crate) const MENU: &str = "メニュー";
    pub(crate) const LOG_OUT: &str = "ログアウト";
    pub(crate) const RETRY: &str = "もう一度";
    pub(crate) const LOADING: &str = "読み込んでいます…";
    pub(crate) const BUSY: &str = "お待ちください…";
    pub(crate) const IDLE_WARNING: &str = "操作がないため、まもなくこの画面をロックします。";
    pub(crate) const IDLE_CONTINUE: &str = "続ける";
    pub(crate) const ENDED_EXPIRED: &str = "ログインが終わりました。もう一度ログインしてください。";
    pub(crate) const ENDED_LOGGED_OUT: &str = "ログアウトしました。";
    pub(crate) const NO_SUCH_PAGE: &str = "このページはありません";
    pub(crate) const NO_SUCH_PAGE_NEXT: &str = "メニューから選び直してください。";
    pub(crate) const NOT_FOR_YOU: &str = "この画面は、このアカウントでは使えません。必要なときは、管理者に相談してください。";
    pub(crate) const TO_MENU: &str = "メニューへ";

    pub(crate) fn signed_in(user_name: &str, kind: &str) -> String {
        format!("{user_name}さん({kind})")
    }
}

/// What can be filled in.
pub(crate) mod field {
    use super::CivilDate;

    pub(crate) const REQUIRED: &str = "必須";
    pub(crate) const DAY_HINT: &str = "西暦でも和暦でも入力できます。例: 2026/12/1、令和8年12月1日、R8.12.1";

    /// A day that was understood, in both calendars.
    pub(crate) fn day(day: CivilDate) -> String {
        format!("{}({})", day.wareki(), day.slashed())
    }

    pub(crate) fn chosen(name: &str, bytes: u64) -> String {
        if bytes < 1_000_000 {
            format!("選んだファイル: {name}(約{}KB)", bytes.div_ceil(1_000))
        } else {
            format!("選んだファイル: {name}(約{}MB)", bytes.div_ceil(1_000_000))
        }
    }
}

/// What is handed over: copied, printed, shown once; and how far a work has come.
pub(crate) mod hand {
    pub(crate) const COPIED: &str = "コピーしました。";
    pub(crate) const NOT_COPIED: &str = "この画面ではコピーできません。文字を選んで写してください。";
    pub(crate) const COPY: &str = "コピー";
    pub(crate) const PRINT: &str = "印刷する";
    pub(crate) const ONCE: &str = "この画面を閉じると、もう一度表示することはできません";
    pub(crate) const DONE: &str = "控えたので閉じる";

    pub(crate) fn progress(label: &str, done: u32, total: Option<u32>) -> String {
        total.map_or_else(|| format!("{label}: {done}件まで済みました"), |total| format!("{label}: {total}件中 {done}件まで済みました"))
    }
}

/// A question before something is done.
pub(crate) mod confirm {
    pub(crate) const CANCEL: &str = "やめる";
}

/// OT-5 ホーム.
pub(crate) mod home {
    pub(crate) const TITLE: &str = "メニュー";
    pub(crate) const GROUP_CONSENTS: &str = "訪問診療等・オンライン診療等";
    pub(crate) const GROUP_RECEPTION: &str = "訪問先の受付ページ";
    pub(crate) const GROUP_ADMIN: &str = "管理";
    pub(crate) const CODES_ABOUT: &str = "訪問先で使う端末ごとに、アクティベーションコードを発行し、無効化します。";
    pub(crate) const AUDIT_ABOUT: &str = "だれが、いつ、どこから、何をしたかを調べ、保存します。";
    pub(crate) const GROUP_HELP: &str = "困ったとき";
    pub(crate) const GROUP_CARD: &str = "患者様のカード";
    pub(crate) const CONSENTS_ABOUT: &str = "訪問先で受け付けた同意と、資格確認の結果を調べます。";
    pub(crate) const URL_ABOUT: &str = "訪問先で開く受付ページのURLと二次元コードを取り出し、印刷し、変更します。";
    pub(crate) const CARD_ABOUT: &str = "登録した端末で、カードを読み取って確認します。職員のアカウントで、端末ごとに登録します。";
    pub(crate) const DEVICE: &str = "端末での確認";
}

/// A list as a file.
pub(crate) mod save_file {
    pub(crate) const MAKE: &str = "一覧をファイルにする(CSV)";
    pub(crate) const SAVE: &str = "保存する(CSV)";
    pub(crate) const TOO_MANY: &str = "10,000件をこえる一覧は、ファイルにできません。";
    pub(crate) const TOO_MANY_NEXT: &str = "期間を短くするなど、条件を狭めて検索し、もう一度押してください。";
    pub(crate) const HAS_MORE: &str = "件数が多いため、ファイルには初めの10,000件だけが入っています。続きは画面で見てください。";

    pub(crate) fn rows(rows: u32) -> String {
        format!("{rows}件。患者様の情報が入っています。保管する場所に気をつけ、要らなくなったら消してください。")
    }
}

/// The groups of the header's menu.
pub(crate) mod menu {
    pub(crate) const CONSENTS: &str = "同意・受付";
    pub(crate) const CHECKS: &str = "資格の確認";
    pub(crate) const MONTH: &str = "今月の仕事";
    pub(crate) const MEDICAL: &str = "医療情報・災害時";
    pub(crate) const ADMIN: &str = "事務所・管理";
    pub(crate) const HELP: &str = "困ったとき";
    pub(crate) const OWN: &str = "自分の設定";
}

/// OT-3 ログイン.
pub(crate) mod login {
    pub(crate) const TITLE: &str = "ログイン";
    pub(crate) const INSTITUTION: &str = "機関コード";
    pub(crate) const INSTITUTION_HINT: &str = "半角数字10けた";
    pub(crate) const USER: &str = "ユーザID";
    pub(crate) const USER_HINT: &str = "半角英数字 2〜8文字";
    pub(crate) const PASSWORD: &str = "パスワード";
    pub(crate) const SUBMIT: &str = "ログイン";
    pub(crate) const BAD_SHAPE: &str = "機関コードは半角数字10けたで入力してください。";
    pub(crate) const DOUBTFUL: &str =
        "機関コードの最後の数字が、ほかの9けたと合いません。書類と見くらべて、合っていればそのままログインしてください。";
    pub(crate) const BAD_USER: &str = "ユーザIDは半角英数字2〜8文字で入力してください。";
    pub(crate) const OTHER_FORM: &str = "半角の英数字・記号ではない文字が入っています。全角で入力していないか、「表示する」で確かめてください。全角と半角は、ちがうパスワードになります。";
    pub(crate) const NO_PASSWORD: &str = "パスワードを入力してください。";
    pub(crate) const FORGOTTEN: &str = "ログインできないときは、管理者に確かめてください。";
    pub(crate) const NOT_KEPT: &str = "入力した内容は、この端末に残しません。";

    pub(crate) const WAITED: &str = "もう一度ログインできます。";

    pub(crate) fn wait_s(seconds: u32) -> String {
        format!("あと{seconds}秒待つと、もう一度ログインできます。")
    }
}

/// OT-4 初期パスワード変更, also パスワード変更 from the menu.
pub(crate) mod password {
    use super::{PASSWORD_MAX_CHARS, PASSWORD_MIN_CHARS, WeakPassword};

    pub(crate) const TITLE: &str = "パスワード変更";
    pub(crate) const TITLE_FIRST: &str = "初期パスワードの変更";
    pub(crate) const FIRST: &str = "はじめてのログインです。新しいパスワードに変えると、ほかの画面を使えるようになります。";
    pub(crate) const OLD: &str = "今のパスワード";
    pub(crate) const OLD_FIRST: &str = "初期パスワード(今のパスワード)";
    pub(crate) const NEW: &str = "新しいパスワード";
    pub(crate) const AGAIN: &str = "新しいパスワード(もう一度)";
    pub(crate) const SUBMIT: &str = "パスワードを変更する";
    pub(crate) const SHOW: &str = "表示する";
    pub(crate) const HIDE: &str = "隠す";
    pub(crate) const RULES: &str = "パスワードの決まり";
    pub(crate) const RULE_REGULAR: &str = "5種類以上の文字を使う。「aaaa…」や「12345…」のような並びは使えません";
    pub(crate) const RULE_ID: &str = "機関コードとユーザIDを入れない";
    pub(crate) const RULE_OTHER: &str = "今のパスワードとちがうもの";
    pub(crate) const RULE_ALIKE: &str = "使えるのは、半角の英字・数字・記号・空白と、ひらがな、全角カタカナ、漢字です。全角の英数字・記号・空白、半角カナ、絵文字、円記号は使えません";
    pub(crate) const RULE_FREE: &str = "大文字・数字・記号を混ぜる決まりはありません。言葉をいくつか並べると覚えやすくなります。かなと漢字は、パスワードを隠したままでは入力できない端末があります。";
    pub(crate) const OTHER_SESSIONS: &str = "変更すると、ほかの端末でのログインは終わります。";
    pub(crate) const GOOD: &str = "このパスワードは使えます。";
    pub(crate) const NO_OLD: &str = "今のパスワードを入力してください。";
    pub(crate) const NO_NEW: &str = "新しいパスワードを入力してください。";
    pub(crate) const DIFFERENT: &str = "2回の入力がちがいます。同じものを入力してください。";
    pub(crate) const CHANGED: &str = "パスワードを変更しました。";

    pub(crate) fn show(label: &str, is_shown: bool) -> String {
        if is_shown { format!("{label}を隠す") } else { format!("{label}を表示する") }
    }

    pub(crate) fn rule_length() -> String {
        format!("{PASSWORD_MIN_CHARS}文字以上、{PASSWORD_MAX_CHARS}文字以内")
    }

    pub(crate) fn missing_chars(chars: usize) -> String {
        format!("あと{chars}文字以上必要です。")
    }

    pub(crate) fn weak(why: WeakPassword) -> String {
        match why {
            WeakPassword::NotAlike => {
                "ほかの端末で同じように入力できない文字が入っています。英字・数字・記号・空白は半角で、かなは全角で入力してください。"
                    .to_owned()
            }
            WeakPassword::TooShort => format!("短すぎます。{PASSWORD_MIN_CHARS}文字以上にしてください。"),
            WeakPassword::TooLong => format!("長すぎます。{PASSWORD_MAX_CHARS}文字以内にしてください。"),
            WeakPassword::TooRegular => "同じ文字や続いた文字が多すぎます。別の言葉を足してください。".to_owned(),
            WeakPassword::HoldsId => "機関コードやユーザIDが入っています。別の言葉にしてください。".to_owned(),
            WeakPassword::Unchanged => "今のパスワードと同じです。別のものにしてください。".to_owned(),
        }
    }
}

/// OT-9 医療機関別URL取得・変更, and its printed sheet.
pub(crate) mod url {
    pub(crate) const TITLE: &str = "医療機関別URL取得・変更";
    pub(crate) const LEAD: &str = "訪問先の端末でこのURLを開くと、受付のページが出ます。二次元コードを読み取るか、URLを写して使います。";
    pub(crate) const IS_OFF: &str = "この受付は利用しない設定です";
    pub(crate) const IS_OFF_WHY: &str =
        "URLを開いた人には、利用していないことと連絡先が出ます。「利用する」に戻すと、前と同じURLと印刷した紙がまた使えます。";
    pub(crate) const TO_SETTINGS: &str = "環境設定情報照会・更新へ";
    pub(crate) const INSTITUTION: &str = "機関名";
    pub(crate) const ISSUED: &str = "発行日時";
    pub(crate) const FORMER: &str = "これまでの変更";
    pub(crate) const URL: &str = "受付ページのURL";
    pub(crate) const COPY: &str = "URLをコピー";
    pub(crate) const QR: &str = "受付ページの二次元コード";
    pub(crate) const FILE_SVG: &str = "二次元コードを保存(SVG)";
    pub(crate) const FILE_PNG: &str = "二次元コードを保存(PNG)";
    pub(crate) const PRINT: &str = "A4で印刷する";
    pub(crate) const CHANGE_TITLE: &str = "URLを変更する";
    pub(crate) const CHANGE_WHY: &str =
        "紙をなくしたときや、知らない人にURLが渡ったときに変更します。変更すると、今のURLはすぐに使えなくなります。";
    pub(crate) const CHANGE: &str = "変更する";
    pub(crate) const ADMIN_ONLY: &str = "変更は管理者だけができます。必要なときは管理者に頼んでください。";
    pub(crate) const ASK_DIES: &str = "変更すると、次のものはすぐに使えなくなります。元に戻すことはできません。";
    pub(crate) const DIES: [&str; 3] =
        ["印刷して配った紙の二次元コードとURL", "端末のブックマークとホーム画面のアイコン", "今開いている受付ページ"];
    pub(crate) const STAYS: &str = "登録済みの同意と資格の結果は、そのまま残ります。";
    pub(crate) const TYPE_CODE: &str = "続けるには、機関コードを入力してください";
    pub(crate) const TYPED_WRONG: &str = "機関コードがちがいます。ログインのときの10けたを入力してください。";
    pub(crate) const CHANGED: &str = "新しいURLに変わりました";
    pub(crate) const CHANGED_NEXT: &str = "印刷した紙を新しいものに取り替え、端末のブックマークとホーム画面のアイコンを作り直してください。前のURLを開いた人には、新しい二次元コードを確認するように案内が出ます。";

    pub(crate) fn ask_title(of: &str) -> String {
        format!("{of}のURLを変更しますか")
    }

    pub(crate) fn former(times: u32) -> String {
        if times == 0 { "なし".to_owned() } else { format!("{times}回") }
    }

    pub(crate) fn code_hint(code: &str) -> String {
        format!("この機関の機関コード: {code}")
    }
}

/// The former URLs of OT-9.
pub(crate) mod former_urls {
    pub(crate) const TITLE: &str = "これまでのURL";
    pub(crate) const BACK: &str = "医療機関別URLに戻る";
    pub(crate) const LEAD: &str = "変更して使えなくなった受付ページのURLです。URLそのものは残していません。";
    pub(crate) const RETIRED: &str = "使えなくなった日時";
    pub(crate) const ISSUED: &str = "発行日時";
    pub(crate) const SCROLLS: &str = "これまでのURLの表(横に動かせます)";
    pub(crate) const NONE: &str = "これまでに変更したことはありません。";

    pub(crate) fn caption(of: &str) -> String {
        format!("{of}のこれまでのURL")
    }

    pub(crate) fn cut(most: u32) -> String {
        format!("新しいものから{most}件までを出しています。")
    }
}

/// The sheet of OT-9 on paper: nothing about patients.
pub(crate) mod sheet {
    pub(crate) const HEADING: &str = "受付ページの二次元コード";
    pub(crate) const FOR_STAFF: &str = "職員用。この二次元コードを端末で読み取るか、下の住所(URL)を入力して開きます。";
    pub(crate) const USE: &str = shared::domain::institution::VisitKind::NAME;
    pub(crate) const CODE: &str = "機関コード";
    pub(crate) const ISSUED: &str = "発行日";
    pub(crate) const CONTACT: &str = "困ったときの連絡先";
    pub(crate) const NO_CONTACT: &str = "                              ";
    pub(crate) const SHORTCUT: &str = "はじめの1回だけ: お気に入り(ブックマーク)とホーム画面のアイコンを作る";
    pub(crate) const ACTUAL_SIZE: &str = "実際のサイズ(100%)で印刷してください。縮小すると読み取れないことがあります。";
    pub(crate) const REPLACED: &str = "URLを変更すると、この紙は使えなくなります。新しい紙に取り替えてください。";
    pub(crate) const READS_CARDS: &str = "カードを読み取れる端末: ";
    pub(crate) const READS_CARDS_WHAT: &str = "カードの読み取り機をつないだ Windows・Mac・Linux のタブレットまたはパソコン。";
    pub(crate) const READS_NONE: &str = "カードを読み取れない端末: ";
    pub(crate) const READS_NONE_WHAT: &str = "iPhone・iPad・Android。ページは開きますが、マイナンバーカードはここでは読み取れません。";
    /// Browser, steps to the bookmark and to the icon (N073), on the machines that read cards.
    pub(crate) const STEPS: [(&str, [&str; 2]); 4] = [
        ("Chrome", ["アドレス欄の「☆」を押す", "「︙」→「キャスト、保存、共有」→「ショートカットを作成」"]),
        ("Edge", ["アドレス欄の「☆」を押す", "「…」→「その他のツール」→「スタートにピン留めする」"]),
        ("Firefox", ["アドレス欄の「☆」を押す", "アドレス欄の鍵のマークを、デスクトップまで引いて放す"]),
        ("Safari(Mac)", ["共有ボタン→「ブックマークに追加」", "「ファイル」→「Dockに追加」"]),
    ];
    pub(crate) const PHONES: &str =
        "スマートフォンでページを見るだけのとき: Androidは「︙」→「ホーム画面に追加」、iPhone・iPadは共有ボタン→「ホーム画面に追加」。";
    pub(crate) const STEPS_NOTE: &str =
        "言葉は、端末やアプリの版によって少しちがいます。Safariでカードを読み取るには、はじめに設定が要ります。";
}

/// OT-10 同意済資格情報取得.
pub(crate) mod consents {
    use super::{ItemState, UnixMs};

    pub(crate) const TITLE: &str = "同意済資格情報取得";
    pub(crate) const CONDITIONS: &str = "検索条件";
    pub(crate) const DAYS: &str = "同意年月日";
    pub(crate) const DAYS_OF: &str = "期間の種類";
    pub(crate) const DAYS_BOOKED: &str = "受診(予約)年月日";
    pub(crate) const FROM_BOOKED: &str = "受診(予約)年月日(開始)";
    pub(crate) const TO_BOOKED: &str = "受診(予約)年月日(終了)";
    pub(crate) const FROM: &str = "同意年月日(開始)";
    pub(crate) const TO: &str = "同意年月日(終了)";
    pub(crate) const NAME: &str = "氏名・カナ・通称";
    pub(crate) const NAME_HINT: &str = "はじめの文字から(全角・半角)";
    pub(crate) const RECEIPT: &str = "受付番号";
    pub(crate) const RECEIPT_HINT: &str = "受付の控えの8文字";
    pub(crate) const REFERENCE: &str = "照会番号";
    pub(crate) const REFERENCE_HINT: &str = "番号のすべて";
    pub(crate) const STATE: &str = "同意の状態";
    pub(crate) const STATE_ALL: &str = "すべて";
    pub(crate) const STATE_LIVING: &str = "有効期間内";
    pub(crate) const STATE_EXPIRED: &str = "期限切れ";
    pub(crate) const STATE_REPLACED: &str = "置換";
    pub(crate) const STATE_WITHDRAWN: &str = "取消";
    pub(crate) const ORDER: &str = "並び順";
    pub(crate) const ORDER_NEWEST: &str = "同意の新しい順";
    pub(crate) const ORDER_EXPIRY: &str = "期限の近い順";
    pub(crate) const USE: &str = shared::domain::institution::VisitKind::NAME;
    pub(crate) const USE_ALL: &str = "すべて";
    pub(crate) const SEARCH: &str = "検索";
    pub(crate) const RESULTS: &str = "検索結果";
    pub(crate) const SEARCHING: &str = "検索しています…";
    pub(crate) const NOT_YET: &str = "同意年月日を確かめて、「検索」を押してください。";
    pub(crate) const EMPTY: &str = "条件に合う同意はありません。";
    pub(crate) const LOST_PEOPLE: &str =
        "氏名や番号の条件は、この端末に残しません。画面を開き直したので、もう一度入れて「検索」を押してください。";
    pub(crate) const EMPTY_NEXT: [&str; 4] = [
        "同意年月日の期間を広げる",
        "氏名を漢字で探したときは、カナで探す。旧字体や異体字の漢字は、見た目が同じでも見つからないことがあります",
        "氏名は、はじめの1〜2文字だけにする。姓と名の間に空白がある場合は、姓だけで探す",
        "「同意の状態」を「すべて」にする",
    ];
    pub(crate) const EMPTY_VISIT: &str = "訪問先で受付が終わっていないときは、ここに出ません。端末の結果の画面を確かめてください。";
    pub(crate) const NO_FROM: &str = "開始の年月日を入れてください。";
    pub(crate) const NO_TO: &str = "終了の年月日を入れてください。";
    pub(crate) const BACKWARDS: &str = "終了は、開始と同じ日か、それより後にしてください。";
    pub(crate) const PERSON_UNKNOWN: &str = "該当資格なし(氏名不明)";
    pub(crate) const NOTHING: &str = "―";
    pub(crate) const NOTHING_READ: &str = "なし";
    pub(crate) const SCROLLS: &str = "検索結果の表(横に動かせます)";
    /// The headings of N107: these, one for each kind of information, the two days.
    pub(crate) const PERSON: [&str; 5] = ["氏名", "氏名(カナ)", "生年月日", "性別", "照会番号"];
    pub(crate) const CONSENTED: &str = "同意年月日";
    pub(crate) const EXPIRES: &str = "同意有効期限";
    pub(crate) const VALIDITY: &str = shared::domain::coverage::Validity::NAME;
    pub(crate) const LEGEND: &str =
        "○ 同意あり　× 同意なし　期限切 同意の期限切れ　置換 新しい同意に置き換わり　取消 同意の取消し　対象外 40歳未満など";
    pub(crate) const CHOSEN: &str = "職員が選択済み";

    /// How far the result is on its way.
    pub(crate) fn hand_over(of: shared::domain::hand_over::HandOverState) -> String {
        format!("レセコン: {}", of.label())
    }

    /// Before its deadline.
    pub(crate) fn ended(at: UnixMs, is_withdrawn: bool) -> String {
        format!("{} {}", at.jst_date().slashed(), if is_withdrawn { "取消" } else { "置換" })
    }

    pub(crate) fn booked(on: super::CivilDate) -> String {
        format!("受診 {}", on.slashed())
    }

    /// How a kind of information reads: the mark on the screen and the words for a screen reader.
    pub(crate) fn mark(state: ItemState) -> (&'static str, &'static str) {
        match state {
            ItemState::Agreed => ("○", "同意あり"),
            ItemState::Refused => ("×", "同意なし"),
            ItemState::Expired => ("期限切", "同意の期限切れ"),
            ItemState::Replaced => ("置換", "新しい同意に置き換わり"),
            ItemState::Withdrawn => ("取消", "同意の取消し"),
            ItemState::NotApplicable => ("対象外", "対象外"),
            ItemState::NotAsked => ("―", "たずねていません"),
        }
    }
}

/// 「検索結果：1件 1-1件表示 <<前へ 1 次へ>>」 (N106).
pub(crate) mod pager {
    pub(crate) const ABOVE: &str = "ページの移動(表の上)";
    pub(crate) const BELOW: &str = "ページの移動(表の下)";
    pub(crate) const PREVIOUS: &str = "前へ";
    pub(crate) const NEXT: &str = "次へ";
    pub(crate) const FIRST: &str = "最初へ";

    pub(crate) fn found(total: u32, is_total_more: bool, first: u32, last: u32) -> String {
        let total = if is_total_more { format!("{}件以上", grouped(total)) } else { format!("{total}件") };
        if last == 0 { format!("検索結果：{total}") } else { format!("検索結果：{total} {first}-{last}件表示") }
    }

    /// `10,000`.
    fn grouped(number: u32) -> String {
        if number < 1000 { number.to_string() } else { format!("{},{:03}", grouped(number / 1000), number % 1000) }
    }

    pub(crate) const DAMAGED_NEXT: &str = "このページの一部です。システムの担当者に知らせてください。ほかの行はそのまま使えます。";

    pub(crate) fn damaged(rows: u32) -> String {
        format!("読み取れない行が{rows}件あります。")
    }
}

/// OT-11 明細.
pub(crate) mod detail {
    use shared::domain::visit::Place;

    use super::{CivilDate, ItemState, UnixMs, Validity};

    pub(crate) const TITLE: &str = "同意と資格の明細";
    pub(crate) const BACK: &str = "一覧に戻る";
    pub(crate) const PRINT: &str = "印刷する";
    pub(crate) const VERDICT: &str = "資格確認の結果";
    pub(crate) const COVERAGE: &str = "資格情報";
    pub(crate) const COVERAGE_NEW: &str = "新しい資格";
    pub(crate) const COVERAGE_FORMER: &str = "前の資格";
    pub(crate) const ON_BACK: &str = "裏面記載情報";
    pub(crate) const ELDERLY: &str = "高齢受給者証";
    pub(crate) const LIMIT: &str = "限度額適用認定証";
    pub(crate) const SPECIFIC_DISEASE: &str = "特定疾病療養受療証";
    pub(crate) const CONSENT: &str = "同意";
    pub(crate) const RECEPTION: &str = "受付と本人確認";
    pub(crate) const NOT_WRITTEN: &str = "記載なし";
    pub(crate) const NOT_PROVIDED: &str = "情報がありません(「なし」とは限りません)"; // X32
    pub(crate) const NONE: &str = "なし";
    pub(crate) const PRESCHOOL: &str = "義務教育就学前";
    pub(crate) const NOT_PRESCHOOL: &str = "該当しない";
    pub(crate) const DOT: &str = "表示できない文字(●)があります。"; // X33
    pub(crate) const DOT_NEXT: &str = "カルテの氏名と見比べて、職員が確かめてください。カルテの氏名は自動では書き換えません。";
    pub(crate) const REPLACED: &str = "この同意は、同じ方の新しい同意に置き換わりました。";
    pub(crate) const REPLACED_NEXT: &str = "今の内容は、一覧の新しい行を見てください。";
    pub(crate) const PIN: &str = "暗証番号(利用者証明用電子証明書)";
    pub(crate) const DONE: &str = "確認しました";
    pub(crate) const NOT_DONE: &str = "確認していません";
    pub(crate) const REVOCATION_NOT_CHECKED: &str = "失効の確認はしていません";
    pub(crate) const COPY: &str = "結果をコピーする";
    pub(crate) const COPY_NOT_CHOSEN: &str = "資格が複数あります。使う資格を選ぶと、結果をコピーできます。";
    pub(crate) const LOGGED: &str = "この画面を見たことは記録されます。";

    /// Names of the fields, in the words of the result (`docs/requirements.md`).
    pub(crate) mod field {
        pub(crate) const REFERENCE: &str = "照会番号";
        pub(crate) const PRESCHOOL: &str = "未就学区分";
        pub(crate) const CHECKED: &str = "確認日";
        pub(crate) const INSURER_NUMBER: &str = "保険者番号";
        pub(crate) const INSURER_NAME: &str = "保険者名";
        pub(crate) const SYMBOL: &str = "記号";
        pub(crate) const MEMBER_NUMBER: &str = "番号";
        pub(crate) const BRANCH_NUMBER: &str = "枝番";
        pub(crate) const KANA: &str = "フリガナ";
        pub(crate) const NAME: &str = "氏名";
        pub(crate) const BIRTH: &str = "生年月日";
        pub(crate) const SEX: &str = "性別";
        pub(crate) const POST_NUMBER: &str = "郵便番号";
        pub(crate) const ADDRESS: &str = "住所";
        pub(crate) const CLASSIFICATION: &str = "証区分";
        pub(crate) const VALID_FROM: &str = "有効開始日";
        pub(crate) const VALID_UNTIL: &str = "有効終了日";
        pub(crate) const QUALIFIED: &str = "資格取得年月日";
        pub(crate) const DISQUALIFIED: &str = "資格喪失年月日";
        pub(crate) const LOSS_REASON: &str = "資格喪失事由";
        pub(crate) const COPAY: &str = "負担割合";
        pub(crate) const RELATION: &str = "本人・家族の別";
        pub(crate) const INSURED_NAME: &str = "被保険者氏名";
        pub(crate) const NAME_OF_OTHER: &str = "氏名(その他)";
        pub(crate) const LEVEL: &str = "適用区分";
        pub(crate) const DISEASE: &str = "認定疾病区分";
        pub(crate) const SELF_PAY: &str = "自己負担限度額";
        pub(crate) const CONSENTED: &str = "同意年月日";
        pub(crate) const EXPIRES: &str = "同意有効期限";
        pub(crate) const REPLACED: &str = "置き換わった日時";
        pub(crate) const USE: &str = shared::domain::institution::VisitKind::NAME;
        pub(crate) const RECEIPT: &str = "受付番号";
        pub(crate) const IDENTITY: &str = "本人確認の方法";
        pub(crate) const BOOKED: &str = "受診(予約)年月日";
        pub(crate) const ASSIST: &str = "操作した方";
        pub(crate) const PLACE: &str = "場所";
        pub(crate) const SIGNATURE: &str = "カードの署名";
        pub(crate) const CHAIN: &str = "電子証明書の発行元";
        pub(crate) const PERIOD: &str = "電子証明書の有効期間";
        pub(crate) const REVOCATION: &str = "電子証明書の失効";
    }

    /// What each verdict means and what to do (X28–X31).
    pub(crate) fn verdict(validity: Validity) -> &'static str {
        match validity {
            Validity::Valid => "資格は有効です。",
            Validity::Invalid => "資格は無効です。新しい保険に入っていないか、患者様に確かめてください。",
            Validity::Replaced => {
                "新しい資格があります。上が新しい資格、下が前の資格です。新しい資格で進めてよいか、患者様に確かめてください。"
            }
            Validity::NotFound => {
                "該当する資格が見つかりません。加入直後は登録待ちのことがあります。日をおいて、もう一度確かめてください。"
            }
            Validity::Several => "複数の資格があります。どれを使うかは、患者様と保険者に確かめて職員が決めてください。機械では選びません。",
            Validity::AidNotRegistered => "医療扶助: 未委託・未登録です。登録は月の中ごろです。",
        }
    }

    pub(crate) const NOT_ASKED: &str = "たずねていません";
    pub(crate) const NEW_PATIENT: &str = "新しい患者として渡す";
    pub(crate) const NEW_PATIENT_ABOUT: &str = "この方には、この事業所の照会番号がまだありません。";
    pub(crate) const NEW_PATIENT_BY_HAND: &str = "レセコンの患者台帳に自動で登録することは、まだできません。見出しと1行をコピーして、レセコンの登録画面や表計算ソフトに貼り付けてください。";
    pub(crate) const NEW_PATIENT_COPY: &str = "1行でコピーする";
    pub(crate) const NEW_PATIENT_THEN: &str = "レセコンで患者番号が決まったら、下の「この方の記録」で照会番号として登録してください。";

    /// Where the person was, with the name of the place where one was written.
    pub(crate) fn place(place: Place, name: &str) -> String {
        if name.is_empty() { place.label().to_owned() } else { format!("{}({name})", place.label()) }
    }

    pub(crate) const CHOOSE: &str = "この資格を使う";
    pub(crate) const CHOOSE_TITLE: &str = "この資格を使いますか";
    pub(crate) const CHOOSE_FIRST: &str = "患者様と保険者に確かめてから選んでください。あとで選び直すこともできます。";
    pub(crate) const CHOOSE_LOGGED: &str = "選んだ人と日時は記録されます。保険者から届いた結果は、そのまま残ります。";
    pub(crate) const SYMBOL_AND_NUMBER: &str = "記号・番号・枝番";
    pub(crate) const CHOSEN: &str = "職員がこの資格を選びました。";
    pub(crate) const NOT_CHOSEN: &str = "選ばれていません。";

    pub(crate) fn settled(place: usize, of: usize) -> String {
        format!("複数の資格があり、職員が「{}」を選びました。", coverage_of(place, of))
    }

    pub(crate) fn chosen_by(at: UnixMs, by: &str) -> String {
        format!("{}に、{by} が選びました。", at.jst_minute_text())
    }

    pub(crate) fn lost(on: CivilDate, reason: &str) -> String {
        format!("資格喪失: {}({}) {reason}", on.slashed(), on.wareki())
    }

    pub(crate) fn coverage_of(place: usize, of: usize) -> String {
        format!("資格情報 {place}/{of}")
    }

    pub(crate) fn day(day: CivilDate) -> String {
        format!("{}({})", day.slashed(), day.wareki())
    }

    pub(crate) fn minute(at: UnixMs) -> String {
        format!("{}({})", at.jst_minute_text(), at.jst_date().wareki())
    }

    pub(crate) fn yen_a_month(yen: u32) -> String {
        let digits = yen.to_string();
        let grouped = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy).collect::<Vec<_>>().join(",");
        format!("月 {grouped}円")
    }

    pub(crate) fn consent_until(state: ItemState, expires_at: UnixMs) -> String {
        let until = expires_at.jst_minute_text();
        match state {
            ItemState::Agreed => format!("同意あり({until} まで)"),
            ItemState::Refused => "同意なし".to_owned(),
            ItemState::Expired => format!("同意の期限切れ({until} まででした)"),
            ItemState::Replaced => "同意あり。新しい同意に置き換わりました".to_owned(),
            ItemState::Withdrawn => "同意を取り消しました".to_owned(),
            ItemState::NotApplicable => "対象外(40歳以上の方の項目です)".to_owned(),
            ItemState::NotAsked => "受付でたずねていません".to_owned(),
        }
    }

    pub(crate) fn other_identity(way: &str, medium: &str) -> String {
        format!("{way}({medium})")
    }
}

/// Full names of the kinds of information, for OT-11.
pub(crate) fn item(item: ConsentItem) -> &'static str {
    match item {
        ConsentItem::Surgery => "手術情報",
        ConsentItem::Treatment => "診療情報",
        ConsentItem::Drug => "薬剤情報",
        ConsentItem::Checkup => "特定健診情報",
        ConsentItem::LimitCertificate => "限度額適用認定証情報",
        ConsentItem::SpecificDisease => "特定疾病療養受療証情報",
    }
}
