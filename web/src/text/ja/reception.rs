//! The reception desk, in Japanese: plain words, short sentences, read at a bedside.

pub mod uses;

use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::consent::{Choice, ConsentGroup, ItemState};
use shared::domain::maintenance::Span;
use shared::domain::operation::Part;
use shared::reader::{CardKind, Step as Work};

use crate::reader::View;

// --- around every screen

/// The patient acts now.
pub const PATIENT_ACTS: &str = "いま操作するのは：患者様";
/// The staff act now.
pub const STAFF_ACTS: &str = "いま操作するのは：職員様";

/// Name of the row of steps.
pub const STEPS: &str = "受付の手順";
/// The steps of a visit.
pub const STEP_NAMES: [&str; 5] = ["準備", "選択", "確認", "本人確認", "結果"];
/// On the way on.
pub const NEXT: &str = "次へ";
/// One step back.
pub const BACK: &str = "もどる";
/// Try again.
pub const AGAIN: &str = "もう一度";
/// From the start.
pub const START_OVER: &str = "最初からはじめる";
/// End of the visit on this tablet.
pub const FINISH: &str = "終了する";
/// To the ways without a card.
pub const TO_PAPER: &str = "カードを使わない方法";
/// To the checklist.
pub const TO_PREPARE: &str = "準備にもどる";
/// While a call is on its way.
pub const WAITING: &str = "通信しています。しばらくお待ちください。";
/// While the page opens.
pub const OPENING: &str = "受付の画面を開いています";
/// The last idle minute.
pub const IDLE_WARNING: &str = "しばらく操作がありません。あと1分ほどで、入力した内容を消して終わります。";
/// Goes on.
pub const IDLE_CONTINUE: &str = "続ける";

// --- RW-1, hand-over

/// Heading of RW-1.
pub const TOP: &str = "資格確認と同意の受付";
/// Name of the field.
pub const INSTITUTION: &str = "医療機関・事業所";
/// Name of the field.
pub const USE: &str = shared::domain::institution::VisitKind::NAME;
/// What the page does.
pub const TOP_LEAD: &str = "患者様のマイナンバーカードで、健康保険の資格を確認し、情報の利用に同意するかどうかをうかがいます。";
/// Heading of the reader's state on RW-1.
pub const READINESS: &str = "カードリーダーの準備";

/// No visit can begin then (X35).
#[must_use]
pub fn no_visits(span: Span) -> String {
    format!("{}は受付できません", span.words())
}

/// A part stands still then; visits go on.
#[must_use]
pub fn part_stops(part: Part, span: Span) -> String {
    format!("{}は、メンテナンスのため{}が止まります。受付はできます。", span.words(), part.label())
}

/// The reader's state for the staff, before a visit: first line and what to do.
#[must_use]
pub fn readiness(view: &View) -> (&'static str, &'static str) {
    match view {
        View::AskFirst => (
            "カードリーダーへの接続を許可してください",
            "患者様にお渡しする前に「接続する」を押してください。ブラウザが接続の許可をたずねたら、「許可」を選びます。カードの読み取りにだけ使います。",
        ),
        View::PutCard | View::WrongCard(_) => ("カードリーダーの準備ができています", "端末を患者様にお渡しできます。"),
        View::Ready | View::Recognising | View::InUse | View::Held => {
            ("カードリーダーの準備ができています", "カードが置かれています。前の方のカードのときは、取り出してから端末をお渡しください。")
        }
        _ => ("カードリーダーの準備を確かめています", "そのままお待ちください。"),
    }
}

/// Starts a visit.
pub const REGISTER: &str = "同意登録をする";
/// What comes.
pub const TOP_NEXT: &str = "このあと、端末を患者様にお渡しします。途中の操作は、患者様ご本人にお願いします。";
/// Heading where the page was opened again in the middle of a visit. Nothing of the visit is said.
pub const FOUND: &str = "前の受付が残っています";
/// Who should press what.
pub const FOUND_LEAD: &str = "同じ患者様の受付を続けるときは「続ける」、そうでないときは「はじめから」を押してください。";
/// What becomes of it.
pub const FOUND_CLEARS: &str =
    "「はじめから」を押すと、この端末に残っている内容を消します。登録が済んでいたときは、登録はそのまま残ります。";
/// Goes on with it.
pub const GO_ON: &str = "続ける";
/// Begins with nothing.
pub const BEGIN: &str = "はじめから";
/// Heading of the hand-over.
pub const HAND_OVER: &str = "端末を患者様にお渡しください";
/// What the staff do meanwhile.
pub const HAND_OVER_LEAD: &str = "ここからは患者様の画面です。職員の方は、暗証番号が見えない位置でお待ちください。";
/// Pressed by the patient.
pub const I_AM_PATIENT: &str = "患者です。はじめます";

// --- RW-2

/// Heading of RW-2.
pub const PREPARE: &str = "はじめる前の準備";
/// What to do here.
pub const PREPARE_LEAD: &str = "次のことをお確かめください。「まだ」のときは、どうすればよいかをご案内します。";
/// Said at a point without an answer.
pub const PREPARE_MISSING: &str = "「はい」か「まだ」をお選びください。";
/// Words of the answers.
pub const PREPARE_WORDS: (&str, &str) = ("はい", "まだ");

/// The points of the checklist: question, meaning, help for 「まだ」.
pub const CHECKLIST: [(&str, &str, &str); 3] = [
    (
        "マイナンバーカードは手元にありますか",
        "顔写真のついたプラスチックのカードです。",
        "カードがないときは、資格確認書などで確認できます。職員の方にお声がけください。",
    ),
    (
        "数字4けたの暗証番号はわかりますか",
        "カードを受け取ったときに決めた番号です。",
        "3回続けてまちがえるとロックされます。わからないときは無理に入力せず、職員の方にお声がけください。番号は市区町村の窓口で決め直せます。カードに「顔認証」と書かれているときは、暗証番号のないカードです。",
    ),
    (
        "カードを健康保険証として使う登録はお済みですか",
        "病院や薬局の受付で一度でも使っていれば、お済みです。",
        "マイナポータルや、病院・薬局のカードリーダー、セブン銀行のATMで登録できます。「顔認証」と書かれたカードは、病院・薬局のカードリーダーだけで登録できます。わからないときは、このまま進んで確かめることもできます。",
    ),
];

// --- RW-3

/// Heading of RW-3.
pub const CHOOSE: &str = "同意する内容をお選びください";

/// To whom the consent goes.
#[must_use]
pub fn choose_lead(institution: &str) -> String {
    format!(
        "「{institution}」が、あなたの情報を見てもよいかをうかがいます。同意しなくても診療や訪問は受けられます。選ばないままのものがあると、先へ進めません。"
    )
}

/// The question of all.
pub const CHOOSE_ALL: &str = "まとめて選ぶ";
/// Agrees to all.
pub const AGREE_ALL: &str = "すべて同意する";
/// Refuses all.
pub const REFUSE_ALL: &str = "すべて同意しない";
/// Above the single questions.
pub const CHOOSE_EACH: &str = "ひとつずつ選ぶ";

/// Said once all were answered at once.
#[must_use]
pub fn all_set(choice: Choice, questions: usize) -> String {
    let all = if questions == 1 { String::new() } else { format!("{questions}つとも") };
    format!("{all}「{}」にしました。下で変えられます。", choice_word(choice))
}

/// What this institution does not ask.
const NOT_ASKED: &str = "おたずねしていません";

/// Whom to ask, in the institution's own words.
#[must_use]
pub fn contact(contact: &str) -> String {
    format!("困ったときの連絡先: {contact}")
}

/// An answer.
#[must_use]
pub fn choice_word(choice: Choice) -> &'static str {
    match choice {
        Choice::Agree => "同意する",
        Choice::Refuse => "同意しない",
        Choice::NotAsked => NOT_ASKED,
    }
}

/// Name of what is asked.
#[must_use]
pub fn group_name(group: ConsentGroup) -> &'static str {
    match group {
        ConsentGroup::Surgery => "手術の情報",
        ConsentGroup::TreatmentAndDrug => "診療・薬剤の情報",
        ConsentGroup::Checkup => "特定健診の情報（40歳以上の方）",
        ConsentGroup::LimitCertificate => "限度額適用認定証の情報",
        ConsentGroup::SpecificDisease => "特定疾病療養受療証の情報",
    }
}

/// What a consent means, in a plain sentence.
#[must_use]
pub fn group_meaning(group: ConsentGroup) -> &'static str {
    match group {
        ConsentGroup::Surgery => "これまでに受けた手術の名前と日付を、職員が見られるようになります。",
        ConsentGroup::TreatmentAndDrug => {
            "ほかの病院や薬局での診療と、処方された薬を、職員が見られるようになります。薬の重なりや飲み合わせの確認に役立ちます。"
        }
        ConsentGroup::Checkup => "特定健診の結果を、職員が見られるようになります。40歳未満の方は、どちらを選んでも対象になりません。",
        ConsentGroup::LimitCertificate => {
            "医療費の自己負担に上限があるかを、職員が見られるようになります。窓口での支払いが上限までで済みます。"
        }
        ConsentGroup::SpecificDisease => "人工透析など、長く高額な治療が必要な病気の証明があるかを、職員が見られるようになります。",
    }
}

/// Under a question without an answer.
pub const MISSING: &str = "「同意する」か「同意しない」をお選びください。";

/// How many answers are missing.
#[must_use]
pub fn missing_count(count: usize) -> String {
    format!("まだ選んでいないものが{count}つあります。")
}

// --- RW-4

/// Heading of RW-4.
pub const CONFIRM: &str = "この内容でよろしいですか";
/// Name of the field.
pub const UNTIL: &str = "同意の期限";
/// Back to the choices.
pub const CORRECT: &str = "修正する";
/// Opens the visit.
pub const SUBMIT: &str = "同意内容を登録する";
/// What comes; nothing counts before the card.
pub const CONFIRM_NEXT: &str = "このあと、カードと暗証番号でご本人であることを確かめます。確かめ終わるまで、登録は行われません。";
/// X22.
pub const ALL_REFUSED: &str = "資格の確認だけを行います。よろしいですか。";
/// X22: what it means.
pub const ALL_REFUSED_MEANING: &str = "すべて「同意しない」として登録します。診療や薬などの情報は見られません。";

/// A deadline, in both calendars.
#[must_use]
pub fn until(at: UnixMs) -> String {
    format!("{}まで", moment(at))
}

/// An instant, in the calendar that people use.
#[must_use]
pub fn moment(at: UnixMs) -> String {
    let (hour, minute) = at.jst_time();
    format!("{} {hour}時{minute:02}分", day(at.jst_date()))
}

/// A day: the year in both calendars, then month and day.
#[must_use]
pub fn day(date: CivilDate) -> String {
    let wareki = date.wareki();
    match wareki.split_once('年') {
        Some((year, rest)) => format!("{year}年（{}年）{rest}", date.year()),
        None => wareki,
    }
}

// --- RW-5

/// Heading of what the card will sign.
pub const SIGNED: &str = "登録する同意の内容";
/// Heading of RW-5.
pub const IDENTIFY: &str = "ご本人の確認";
/// What to do.
pub const IDENTIFY_LEAD: &str = "カードをカードリーダーに置いて読み取り、数字4けたの暗証番号を入力します。";
/// Starts the reading.
pub const START: &str = "読み取りを始める";
/// Takes the card from another page.
pub const TAKE: &str = "こちらで使う";
/// Ends the reading.
pub const STOP: &str = "やめる";
/// Connects to the helper.
pub const CONNECT: &str = "接続する";
/// Uses the helper that is another one than before.
pub const TRUST: &str = "このまま使う";
/// Looks for the helper again.
pub const CHECK_AGAIN: &str = "もう一度確かめる";
/// Before the pad with one try left (X03).
pub const LAST_TRY: &str = "あと1回まちがえるとロックされます";
/// What to do then.
pub const LAST_TRY_NEXT: &str = "暗証番号に自信がないときは、下の枠の「やめる」を押してください。カードを使わない確認の方法があります。";
/// A reload lost an unsent signature.
pub const PIN_AGAIN: &str = "ページを読み込み直したため、もう一度カードと暗証番号で確かめます";
/// What became of the choices.
pub const PIN_AGAIN_STORED: &str = "登録はまだ行われていません。選んだ内容は残っています。";
/// Help.
pub const HELP_PIN: &str = "暗証番号がわからない";
/// Help.
pub const HELP_PIN_TEXT: &str = "カードを受け取ったときに決めた、数字4けたの番号です。続けて3回まちがえるとロックされます。わからないときは入力せず、職員の方にお声がけください。\
     番号は市区町村の窓口で決め直せます（代理の方も行けます）。署名用のパスワードがわかる方は、スマートフォンのアプリとコンビニの機械でも決め直せます。カードの追記欄に「顔認証」と書かれているときは、暗証番号のないカードです。";
/// Help.
pub const HELP_CARD: &str = "カードの置き方";
/// Help.
pub const HELP_CARD_TEXT: &str = "カードをケースから出し、リーダーの中央に平らに置きます。差しこむ形のリーダーでは、金色のチップを奥に向けて止まるまで入れます。結果が出るまで動かさないでください。";
/// A state of the reader that is no trouble: first line and what to do.
#[must_use]
pub fn reader_state(view: &View) -> Option<(&'static str, &'static str)> {
    Some(match view {
        View::Connecting => ("読み取りプログラムにつないでいます", "そのままお待ちください。"),
        View::AskFirst => (
            "カードリーダーへの接続を許可してください",
            "「接続する」を押すと、ブラウザが接続の許可をたずねます。「許可」を選んでください。カードの読み取りにだけ使います。",
        ),
        View::PutCard => ("カードを置いてください", "カードリーダーにマイナンバーカードを置いてください。"),
        View::PutCardBeside(kind) => (
            "マイナンバーカードを置いてください",
            match kind {
                Some(CardKind::JukiCard) => "住民基本台帳カードは使えません。マイナンバーカードに置きかえてください。",
                Some(CardKind::PhoneAndroid) => {
                    "Androidスマートフォンの電子証明書は、ここでは使えません。カードリーダーにマイナンバーカードを置いてください。"
                }
                Some(CardKind::PhoneIos) => {
                    "iPhoneの電子証明書は、ここでは使えません。カードリーダーにマイナンバーカードを置いてください。"
                }
                Some(CardKind::Mute) => {
                    "カードリーダーにマイナンバーカードを置いてください。もう置いてあるときは、カードの表と裏、向きを確かめて置き直してください。"
                }
                None => {
                    "カードリーダーにマイナンバーカードを置いてください。もう置いてあるときは、ほかのソフトがカードを使っています。ほかのソフトを終わらせてください。"
                }
                _ => "カードリーダーにマイナンバーカードを置いてください。もう置いてあるときは、そのカードは使えません。",
            },
        ),
        View::Recognising => ("カードを確かめています", "動かさずにお待ちください。"),
        View::InUse => (
            "ほかの画面で使用中です",
            "カードは、ほかのタブか画面で使われています。この画面で続けるときは「こちらで使う」を押してください。",
        ),
        View::Ready => ("カードが置かれています", "「読み取りを始める」を押してください。"),
        // Gone in a moment, unless a reader with keys still waits for those of a page that was closed.
        View::Starting => (
            "カードの準備をしています",
            "カードを動かさずにお待ちください。キーのついたカードリーダーが番号の入力を待っているときは、その取消キーを押してください。",
        ),
        View::Pin { last_try: true, .. } => (LAST_TRY, LAST_TRY_NEXT),
        View::Pin { .. } => {
            ("暗証番号を入力してください", "下の枠に数字4けたを入力し、「確定」を押してください。カードは置いたままにします。")
        }
        View::OnPad => (
            "カードリーダーのキーで入力してください",
            "暗証番号（数字4けた）をカードリーダーのキーで入力し、カードリーダーの確定キーを押してください。やめるときは、カードリーダーの取消キーを押してください。",
        ),
        View::Working(Work::Verifying) => ("読み取り中です。動かさないでください", "暗証番号を確かめています。"),
        View::Working(Work::Signing) => ("読み取り中です。動かさないでください", "ご本人の確認をしています。"),
        View::Working(Work::Reading) => ("読み取り中です。動かさないでください", "カードの証明書を読み取っています。"),
        View::Stopping => ("読み取りをやめています", "カードはまだ動かさないでください。"),
        View::StoppingOnPad => (
            "カードリーダーの取消キーを押してください",
            "カードリーダーが、まだ暗証番号の入力を待っています。番号は入力せずに、取消キーを押してください。押さなくても、1分半ほどで終わります。",
        ),
        View::Done => ("カードの読み取りが終わりました", "結果を確かめています。カードを取り出してもかまいません。"),
        View::Phone
        | View::Denied
        | View::Absent(_)
        | View::OldHelper
        | View::OtherHelper
        | View::ServiceDown
        | View::ServiceDenied
        | View::NoReader
        | View::Held
        | View::WrongCard(_)
        | View::Failed(_)
        | View::Lost(_) => return None,
    })
}

// --- RW-6, RW-7, RW-8

/// Heading of RW-6.
pub const HAND_BACK: &str = "受付が終わりました";
/// What the patient does.
pub const HAND_BACK_LEAD: &str = "ありがとうございました。カードを取り出し、端末を職員の方にお返しください。";
/// To the patient, where the insurance is not simply valid.
pub const STAFF_GUIDES: &str = "職員がご案内します。";
/// The ratio, where several coverages stand beside each other.
pub const RATIO_OF_EACH: &str = "資格ごとに下で確かめてください";
/// Pressed by the staff.
pub const I_AM_STAFF: &str = "職員です。結果を見る";
/// Heading of RW-7.
pub const RESULT: &str = "受付の結果";
/// Heading of the eligibility.
pub const ELIGIBILITY: &str = "資格の確認";
/// Q8 is off.
pub const ELIGIBILITY_HIDDEN: &str = "資格の内容は、事業所の画面で確認してください。";
/// Heading of the consents.
pub const CONSENTS: &str = "同意の内容";
/// Heading of the checks.
pub const CHECKS: &str = "カードの確認";
/// Heading of RW-8.
pub const SLIP: &str = "控え";
/// Name of the field.
pub const RECEIPT: &str = "受付番号";
/// Name of the field.
pub const CONSENTED_AT: &str = "受付日時";
/// Prints the slip alone: nothing of the insurance.
pub const PRINT_SLIP: &str = "控えだけを印刷する";
/// Prints the page.
pub const PRINT: &str = "すべて印刷する";
/// Before 終了する.
pub const FINISH_LEAD: &str = "「終了する」を押すと、この端末から患者様の情報を消します。結果は事業所の画面に残ります。";

/// How a kind of information was stored.
#[must_use]
pub fn item_state(state: ItemState) -> &'static str {
    match state {
        ItemState::Agreed => "同意する",
        ItemState::Refused => "同意しない",
        ItemState::NotApplicable => "対象外（40歳未満）",
        ItemState::NotAsked => NOT_ASKED,
        ItemState::Expired => "期限切れ",
        ItemState::Replaced => "新しい同意に置き換わりました",
        ItemState::Withdrawn => "取消し",
    }
}

/// X07.
#[must_use]
pub fn certificate_ends(on: CivilDate) -> String {
    format!("電子証明書の期限が近づいています（{}まで）。市区町村の窓口で更新できます。", day(on))
}

/// Heading of X25.
pub const REPLACE: &str = "すでに登録があります";
/// X25 once more: the earlier consent is another one by now.
pub const REPLACE_AGAIN: &str = "ほかの端末で登録が変わったため、もう一度おたずねします。";
/// The earlier consent.
pub const FORMER: &str = "前の登録";
/// The new one.
pub const NEW: &str = "今回の内容";
/// In the place of the time at which the new one was stored.
pub const NOT_YET_REGISTERED: &str = "まだ登録していません";
/// Beside an answer that is not as before.
pub const CHANGES: &str = "前と変わります";
/// What each answer does.
pub const REPLACE_MEANING: &str = "「今回の内容に置きかえる」を押すと、前の登録は終わります。「前の登録のままにする」を押すと、今回の内容と資格の確認の結果は登録されず、前の登録がそのまま続きます。";
/// Yes.
pub const REPLACES: &str = "今回の内容に置きかえる";
/// No.
pub const KEEPS: &str = "前の登録のままにする";
/// The end after a no.
pub const FORMER_STAYS: &str = "前の登録は、そのままです。カードを取り出し、端末を職員の方にお返しください。";

/// X25: which consent it is about.
#[must_use]
pub fn replace_lead(until: UnixMs) -> String {
    format!("この医療機関・事業所には、{}の同意がすでに登録されています。今回の内容に置きかえますか。", self::until(until))
}

/// X25: until when the answer counts, by the clock.
#[must_use]
pub fn answer_by(at: UnixMs) -> String {
    let (hour, minute) = at.jst_time();
    format!("{hour}時{minute:02}分までにお選びください。過ぎると、もう一度カードと暗証番号で確かめます。")
}

/// X25, on the result.
#[must_use]
pub fn replaced(until: UnixMs) -> String {
    format!("前の登録（{}まで）は、今回の内容に置きかわりました。", moment(until))
}

/// X33.
pub const REPLACEMENT_DOT: &str =
    "表示できない文字があります（●）。お手元の記録と見くらべて確かめてください。記録を自動で書きかえることはありません。";
/// X32.
pub const NOT_PROVIDED: &str = "情報がありません（「なし」とは限りません）";
/// The source says there is none.
pub const NONE: &str = "なし";
/// Not shown for want of consent.
pub const WITHOUT_CONSENT: &str = "同意がないため表示しません";
/// A check that was made and held.
pub const CHECKED: &str = "確認しました";
/// A check that did not hold or was not made.
pub const NOT_CHECKED: &str = "確認していません";
/// The card's signature.
pub const CHECK_SIGNATURE: &str = "カードの署名";
/// The chain to the issuer.
pub const CHECK_CHAIN: &str = "発行者";
/// The period.
pub const CHECK_PERIOD: &str = "有効期間";
/// The revocation.
pub const CHECK_REVOCATION: &str = "失効";
/// Said as it is.
pub const REVOCATION_NOT_CHECKED: &str = "失効の確認はしていません";
/// First and further coverages of a replaced one.
pub const COVERAGE_NEW: &str = "新しい資格";
/// The former coverage.
pub const COVERAGE_FORMER: &str = "前の資格";

/// One of several coverages, counted from 1.
#[must_use]
pub fn coverage_of_several(place: usize) -> String {
    format!("資格 その{place}")
}

/// RW-8: the short text for the patient, `done` last. No insurance data.
#[must_use]
pub fn slip(institution: &str, visit_kind: &str, receipt: &str, at: UnixMs, done: &str) -> String {
    format!("{institution}（{visit_kind}）／受付番号 {receipt}／{}受付／{done}", moment(at))
}

/// RW-8: until when the consent counts.
#[must_use]
pub fn slip_until(until: UnixMs) -> String {
    format!("同意の期限 {}まで", moment(until))
}

/// Names of the result fields (recekon.md §10, in its order).
pub mod field {
    /// 未就学区分.
    pub const PRESCHOOL: (&str, &str) = ("未就学区分", "義務教育就学前");
    /// 確認日.
    pub const CHECKED_ON: &str = "確認日";
    /// 保険者番号.
    pub const INSURER_NUMBER: &str = "保険者番号";
    /// 保険者名.
    pub const INSURER_NAME: &str = "保険者名";
    /// 記号.
    pub const SYMBOL: &str = "記号";
    /// 番号.
    pub const NUMBER: &str = "番号";
    /// 枝番.
    pub const BRANCH: &str = "枝番";
    /// フリガナ.
    pub const KANA: &str = "フリガナ";
    /// 氏名.
    pub const NAME: &str = "氏名";
    /// 生年月日.
    pub const BIRTH: &str = "生年月日";
    /// 性別.
    pub const SEX: &str = "性別";
    /// 郵便番号.
    pub const POST: &str = "郵便番号";
    /// 住所.
    pub const ADDRESS: &str = "住所";
    /// 証区分.
    pub const CLASSIFICATION: &str = "証区分";
    /// 有効開始日.
    pub const VALID_FROM: &str = "有効開始日";
    /// 有効終了日.
    pub const VALID_UNTIL: &str = "有効終了日";
    /// 資格取得年月日.
    pub const QUALIFIED: &str = "資格取得年月日";
    /// 資格喪失年月日.
    pub const DISQUALIFIED: &str = "資格喪失年月日";
    /// 資格喪失事由.
    pub const LOSS_REASON: &str = "資格喪失事由";
    /// 負担割合.
    pub const RATIO: &str = "負担割合";
    /// 本人・家族の別.
    pub const RELATION: &str = "本人・家族の別";
    /// 被保険者氏名.
    pub const INSURED: &str = "被保険者氏名";
    /// 裏面記載情報: another name.
    pub const OTHER_NAME: &str = "氏名（裏面記載）";
    /// 裏面記載情報: sex.
    pub const OTHER_SEX: &str = "性別（裏面記載）";
    /// 高齢受給者証.
    pub const ELDERLY: &str = "高齢受給者証";
    /// 限度額適用認定証.
    pub const LIMIT: &str = "限度額適用認定証";
    /// 特定疾病療養受療証.
    pub const DISEASE: &str = "特定疾病療養受療証";
}

/// A level or category with its period.
#[must_use]
pub fn with_period(what: &str, from: CivilDate, until: Option<CivilDate>) -> String {
    match until {
        Some(until) => format!("{what}（{}〜{}）", from.wareki(), until.wareki()),
        None => format!("{what}（{}から）", from.wareki()),
    }
}

/// The limit that a person pays for a disease.
#[must_use]
pub fn self_pay(yen: u32) -> String {
    if yen.is_multiple_of(10_000) {
        format!("自己負担の限度額 月{}万円", yen / 10_000)
    } else {
        format!("自己負担の限度額 月{yen}円")
    }
}

// --- X12, end

/// Heading of X12.
pub const PAPER: &str = "カードを使わない確認の方法";
/// Where a patient has come here: the tablet changes hands.
pub const PAPER_HAND_OVER: &str = "患者様へ：この先は職員が行います。端末を職員にお渡しください。";
/// What it is.
pub const PAPER_LEAD: &str =
    "職員の方へ：この画面からの登録は行われていません。これから確認することも、この画面には記録されません。事業所の記録に控えてください。";
/// 目視, as far as it goes today: heading and what it is.
pub const PAPER_FACE: (&str, &str) = (
    "本人の確認（目視）",
    "登録した端末の「カードの確認」で、カードの中の顔写真を表示し、ご本人と見くらべられます。暗証番号は使いません。「顔認証」と書かれた、暗証番号のないカードでも使えます。見くらべた結果は記録されず、資格の確認にもなりません。",
);
/// To the device desk, beside this page.
pub const PAPER_FACE_LINK: &str = "端末の画面を開く";
/// What that needs.
pub const PAPER_FACE_LINK_NEXT: &str = "別のタブで開きます。登録した端末で、職員がパスコードを入力します。";
/// Where this device reads no card.
pub const PAPER_FACE_ELSEWHERE: &str = "この端末ではカードを読み取れません。カードリーダーをつないだ、登録済みの端末で確認してください。";
/// Above the papers: heading and what they are.
pub const PAPER_PAPERS: (&str, &str) =
    ("資格の確認", "次のどれかで確認してください。資格確認書のほかは、どれも仮の確認です。後日、カードでもう一度確認します。");
/// The ways: name and what to do.
pub const PAPER_WAYS: [(&str, &str); 5] = [
    ("資格確認書", "見せていただき、記号・番号・負担割合・有効期限を書き写します。"),
    ("マイナンバーカードと「資格情報のお知らせ」", "2つを一緒に見せていただきます。カードが読み取れないときに使えます。"),
    (
        "マイナポータルの資格情報の画面（またはPDF）とカード",
        "患者様のスマートフォンの画面や、保存したPDFを、カードと一緒に見せていただきます。",
    ),
    ("被保険者資格申立書（はじめての訪問）", "どれもないときは、申立書に書いていただきます。"),
    ("前回までの記録（2回目からの訪問）", "資格が変わっていないことを口頭でうかがい、前回の記録を使います。"),
];

/// Heading of the end.
#[must_use]
pub fn ended(by_idling: bool) -> &'static str {
    if by_idling { "操作がなかったため、終了しました" } else { "終了しました" }
}

/// What became of the consent.
#[must_use]
pub fn ended_stored(stored: shared::api::Stored) -> &'static str {
    use shared::api::Stored;
    match stored {
        Stored::Nothing => "登録は行われていません。",
        Stored::Kept => "登録は済んでいます。結果は事業所の画面で見られます。",
        Stored::Unknown => "この端末での表示は終わっています。登録されたかどうかは、事業所の画面で確認してください。",
    }
}

/// What was cleared.
pub const ENDED_CLEARED: &str = "患者様の情報は、この端末から消しました。";
/// To the top.
pub const TO_TOP: &str = "最初の画面へ";

/// Name of a kind of information in the result.
#[must_use]
pub fn item_name(item: shared::domain::consent::ConsentItem) -> &'static str {
    use shared::domain::consent::ConsentItem;
    match item {
        ConsentItem::Surgery => "手術の情報",
        ConsentItem::Treatment => "診療の情報",
        ConsentItem::Drug => "薬剤の情報",
        ConsentItem::Checkup => "特定健診の情報",
        ConsentItem::LimitCertificate => "限度額適用認定証の情報",
        ConsentItem::SpecificDisease => "特定疾病療養受療証の情報",
    }
}
