//! OT-1 端末の証明書 (N170–N174, X43, P-CERT).

use shared::api::Refusal;
use shared::api::certificate::{ModeChange, UsedCertificate};
use shared::api::{Code, Detail};
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::certificate::{CertificateMode, Due, terms_on};
use shared::domain::code::{LABEL_MAX_CHARS, NotALabel};

pub(crate) use super::x43::until;
use crate::text::Say;

pub(crate) const TITLE: &str = "端末の証明書";
pub(crate) const ABOUT: &str = "事務所の画面を開く端末ごとに、証明書を発行し、更新し、失効させます。";
pub(crate) const LEAD: &str =
    "事務所の画面を開く端末1台ごとに、証明書を1つ発行します。証明書を入れた端末だけが、事務所の画面に入れるようにできます。";
pub(crate) const NOT_ASKED: &str = "このアドレスでは、証明書は求められません。";
pub(crate) const NOT_ASKED_NEXT: &str = "証明書を使うには、事務所の画面に専用のアドレスが要ります。運用者に頼んでください(--office-listen と --office-origin)。発行だけは、先にしておけます。";

pub(crate) const MODE_TITLE: &str = "証明書を求めるかどうか";
pub(crate) const MODE_NOW: &str = "今の設定";
pub(crate) const MODE_NEXT: &str = "これからの設定";
pub(crate) const MODE_FIELD: &str = "変更後の設定";
pub(crate) const MODE_FROM: &str = "いつから(空のときは今日から)";
pub(crate) const MODE_MISSING: &str = "設定を選んでください。";
pub(crate) const MODE_SUBMIT: &str = "設定を変更する";
pub(crate) const MODE_BAD_DAY: &str = "今日か、今日より後の日を入力してください。";
pub(crate) const MODE_CHANGED: &str = "更新しました。";
pub(crate) const MODE_HINT: &str =
    "必須にする前に、使うすべての端末に証明書を入れ、この画面も証明書で開いてください。入れなくなったときは、運用者のコマンドで戻せます。";

pub(crate) const NEW_TITLE: &str = "証明書の発行";
pub(crate) const LABEL: &str = "端末の名前";
pub(crate) const LABEL_HINT: &str = "証明書を選ぶ画面に出ます。例: 受付のパソコン";
pub(crate) const HOLDER: &str = "管理する人";
pub(crate) const HOLDER_HINT: &str = "名前か役職。例: 事務長";
pub(crate) const ISSUE: &str = "発行する";
pub(crate) const NO_HOLDER: &str = "管理する人を入力してください。";

pub(crate) const LIST_TITLE: &str = "証明書の一覧";
pub(crate) const SCROLLS: &str = "証明書の表";
pub(crate) const COLUMNS: [&str; 6] = ["端末の名前", "状態", "期限", "管理する人", "最後の利用", "操作"];
pub(crate) const NONE_YET: &str = "証明書はまだありません。";
pub(crate) const NONE_NEXT: &str = "端末の名前を入力して「発行する」を押すと、証明書ができます。";
pub(crate) const THIS: &str = "今この端末で使っている証明書";
pub(crate) const FOREIGN: &str = "機関の認証局の証明書";
pub(crate) const NEVER: &str = "まだ使われていません";
pub(crate) const EXPORT: &str = "ファイルを取り出す";
pub(crate) const RENEW: &str = "更新する";
pub(crate) const REVOKE: &str = "失効させる";

pub(crate) const FILE_PASSWORD: &str = "ファイルのパスワード";
pub(crate) const FILE_NEXT: &str = "先にファイルを保存してから、パスワードを控えてください。端末にファイルを入れるときに、このパスワードを入力します。ファイルを保存し直すときは、もう一度取り出します(パスワードは変わります)。";
pub(crate) const FILE_TITLE: &str = "証明書のファイル";
pub(crate) const FILE_SAVE: &str = "ファイルを保存(PKCS #12)";
pub(crate) const FILE_STEPS: [&str; 4] = [
    "ファイルを、この端末のほかに、USBメモリなどの別の媒体にも保存します。デスクトップに置いたままにしません。",
    "端末でファイルを開き、パスワードを入力して証明書を入れます。Windowsでは「現在のユーザー」に入れます。",
    "ブラウザーの窓をすべて閉じて、事務所の画面を開き直し、証明書を選ぶ画面でこの端末の証明書を選びます。",
    "媒体とパスワードの控えは、別々の鍵のかかる所に保管します。控えがないまま端末が壊れると、証明書は発行し直しになります。",
];
/// A certificate with its key opens the office to whoever has file and password.
pub(crate) const FILE_WARN: &str = "ファイルとパスワードがあれば、だれでもこの証明書を使えます。メールで送らないでください。";

pub(crate) const REVOKE_DOES: &str = "失効させると、この証明書では、次の操作から事務所の画面に入れなくなります。開いている画面も同じです。端末をなくしたときは、すぐに失効させてください。";
pub(crate) const REVOKE_BACK: &str = "元に戻すことはできません。もう一度使うときは、新しい証明書を発行します。";
pub(crate) const REVOKE_THIS: &str = "これは、今この端末で使っている証明書です。失効させると、この画面も使えなくなることがあります。";
pub(crate) const RENEW_DOES: &str =
    "新しい証明書を発行します。ファイルを取り出して端末に入れ、新しい証明書で一度入ると、前の証明書は使えなくなります。";
pub(crate) const RENEW_BACKUP: &str = "更新した後は、新しいファイルを、もう一度別の媒体に保存してください。";

pub(crate) const CHECK_AGAIN: &str = "開き直す";
pub(crate) const USED_NONE: &str = "証明書は選ばれていません。";
pub(crate) const USED_UNKNOWN: &str = "選ばれた証明書は、このサーバーの一覧にありません。";

pub(crate) fn fault(why: NotALabel, empty: &str) -> String {
    match why {
        NotALabel::Empty => empty.to_owned(),
        NotALabel::TooLong => format!("{LABEL_MAX_CHARS}文字以内で入力してください。"),
        NotALabel::MyNumber => super::accounts::MY_NUMBER.to_owned(),
    }
}

/// A day in both calendars.
fn day(day: CivilDate) -> String {
    format!("{}({})", day.slashed(), day.wareki())
}

pub(crate) fn left(days: i64) -> String {
    match days {
        0 => "今日が最後の日です".to_owned(),
        1.. => format!("あと{days}日"),
        _ => format!("{}日前に切れました", -days),
    }
}

/// The certificate in use, on the login (OT-2).
pub(crate) fn used(of: &UsedCertificate) -> String {
    format!("この端末の証明書: {}({}、{})", of.label, of.institution_name, until(of.ends_on))
}

/// The reminder of P-CERT.
pub(crate) fn due(label: &str, ends_on: CivilDate, due: Due) -> String {
    if due.days_left < 0 {
        format!("「{label}」の証明書は、{}に期限が切れました。", day(ends_on))
    } else {
        format!("「{label}」の証明書は、{}に期限が切れます({})。", day(ends_on), left(due.days_left))
    }
}

pub(crate) const DUE_NEXT: &str = "管理者は「端末の証明書」で更新し、新しいファイルを端末に入れてください。";

/// What renewing costs: days and money (N172).
pub(crate) fn renew_costs(days_left: i64, today: CivilDate) -> String {
    let terms = terms_on(today);
    let money =
        if terms.own_cost == 0 { "費用はかかりません。".to_owned() } else { format!("費用は{}円です。", terms.own_cost) };
    let lost = if days_left > 0 {
        format!("今更新すると、残りの{days_left}日は使われずになくなります。")
    } else {
        String::new()
    };
    let (years, months) = (terms.life_months / 12, terms.life_months % 12);
    format!("新しい期限は、今日から{years}年{months}か月です。{lost}{money}")
}

/// Beside the list: the rhythm, and what an official certificate costs.
pub(crate) fn terms(today: CivilDate) -> String {
    let terms = terms_on(today);
    let (years, months) = (terms.life_months / 12, terms.life_months % 12);
    format!(
        "証明書の期限は{years}年{months}か月で、{}日前から更新できます。この一覧の証明書に費用はかかりません(オンライン資格確認等システムの端末の証明書は別のもので、1枚{}円です)。",
        terms.renew_days, terms.official_cost
    )
}

pub(crate) fn export_until(at: UnixMs) -> String {
    format!("ファイルは{}まで取り出せます", at.jst_minute_text())
}

pub(crate) fn named(act: &str, label: &str) -> String {
    format!("{label}の証明書: {act}")
}

pub(crate) fn ask_revoke(label: &str) -> String {
    format!("「{label}」の証明書を失効させますか")
}

pub(crate) fn ask_renew(label: &str) -> String {
    format!("「{label}」の証明書を更新しますか")
}

pub(crate) fn issued(label: &str) -> String {
    format!("「{label}」の証明書を発行しました。続けて、一覧の「ファイルを取り出す」を押してください。")
}

pub(crate) fn revoked(label: &str) -> String {
    format!("「{label}」の証明書を失効させました。")
}

pub(crate) fn whose(label: &str) -> String {
    format!("端末: {label}")
}

pub(crate) fn mode_now(mode: CertificateMode, since: Option<CivilDate>) -> String {
    since.map_or_else(|| mode.label().to_owned(), |since| format!("{}({}から)", mode.label(), day(since)))
}

pub(crate) fn mode_next(next: &ModeChange) -> String {
    format!("{}から {}", day(next.from), next.mode.label())
}

/// The words when the switch was not changed.
pub(crate) fn refusal_of_mode(said: &Refusal) -> Say {
    let say = super::refusal(said);
    match (said.code, &said.detail) {
        (Code::Request, Some(Detail::Certificate(_))) => Say {
            happened: "必須にできませんでした。".into(),
            next: "必須にするのは、証明書で開いた画面からだけです。この端末に証明書を入れ、専用のアドレスで開き直してから、もう一度行ってください。".into(),
            ..say
        },
        _ => say,
    }
}

/// The words when no certificate was issued.
pub(crate) fn refusal_of_issue(said: &Refusal) -> Say {
    let say = super::refusal(said);
    match said.code {
        Code::Taken => Say {
            happened: "この端末の名前は、もう使われています。".into(),
            next: "別の名前にするか、一覧でその端末の証明書を失効させてください。".into(),
            ..say
        },
        _ => say,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n172_what_is_lost_and_what_it_costs_is_said_before() {
        let today = CivilDate::try_from("2026-11-30").unwrap();
        let words = renew_costs(40, today);
        assert!(words.contains("3年3か月") && words.contains("残りの40日") && words.contains("費用はかかりません"), "{words}");
        assert!(!renew_costs(-3, today).contains("残り"), "nothing is left");
        assert!(terms(today).contains("90日前") && terms(today).contains("1500円"));
    }
}
