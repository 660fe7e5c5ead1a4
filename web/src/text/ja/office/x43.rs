//! X43: the terminal's certificate.

use shared::api::certificate::CertificateRefusal;
use shared::domain::calendar::CivilDate;
use shared::domain::certificate::CertificateTrouble;

/// The last day of a certificate.
pub(crate) fn until(ends_on: CivilDate) -> String {
    format!("{}({})まで", ends_on.slashed(), ends_on.wareki())
}

/// X43: what happened, and what to do.
pub(crate) fn x43(said: Option<&CertificateRefusal>) -> (String, String) {
    let Some(said) = said else {
        return ("端末の証明書を確認してください。".to_owned(), format!("{REOPEN}{ASK}"));
    };
    let end = said.ends_on.map(|ends_on| format!("({})", until(ends_on))).unwrap_or_default();
    let (happened, next) = match said.why {
        CertificateTrouble::Missing => ("端末の証明書を確認してください。証明書が選ばれていません。".to_owned(), format!("{REOPEN}{ASK}")),
        CertificateTrouble::Unknown => ("端末の証明書を確認してください。この証明書は一覧にありません。".to_owned(), format!("{REOPEN}{ASK}")),
        CertificateTrouble::OtherInstitution => {
            ("端末の証明書を確認してください。別の機関の証明書です。".to_owned(), format!("{REOPEN}{ASK}"))
        }
        CertificateTrouble::NotYet => (
            "端末の証明書を確認してください。まだ使えない証明書です。".to_owned(),
            "端末とサーバーの時計が合っているか、管理者に確かめてもらってください。".to_owned(),
        ),
        CertificateTrouble::Expired => (
            format!("端末の証明書の期限が切れています{end}。"),
            "管理者に、証明書の更新を頼んでください。管理者も入れないときは、運用者が更新できます。新しいファイルを入れたら、別の媒体にも保存します。".to_owned(),
        ),
        CertificateTrouble::Revoked => (
            "端末の証明書は失効しています。".to_owned(),
            "更新した新しい証明書があるときは、それを選んでください。ないときは、管理者に発行を頼んでください。".to_owned(),
        ),
    };
    let contact = if said.contact.is_empty() { String::new() } else { format!("連絡先: {}", said.contact) };
    (happened, next + &contact)
}

const REOPEN: &str = "ブラウザーの窓をすべて閉じて、この画面を開き直し、証明書を選ぶ画面でこの端末の証明書を選んでください。";
const ASK: &str = "証明書が入っていない端末のときは、管理者に発行を頼んでください。";

#[cfg(test)]
mod tests {
    use super::*;

    fn said(why: CertificateTrouble) -> (String, String) {
        let ends_on = CivilDate::try_from("2026-11-29").ok();
        x43(Some(&CertificateRefusal { why, ends_on, contact: "事務所 099-000-0000".to_owned() }))
    }

    #[test]
    fn x43_each_reason_says_what_to_do_and_whom_to_ask() {
        use CertificateTrouble::{Expired, Missing, NotYet, OtherInstitution, Revoked, Unknown};
        for (why, happened, next) in [
            (Missing, "選ばれていません", "窓をすべて閉じて"),
            (Unknown, "一覧にありません", "証明書を選ぶ画面で"),
            (OtherInstitution, "別の機関", "管理者に発行を頼んで"),
            (NotYet, "まだ使えない", "時計"),
            (Expired, "2026/11/29(令和8年11月29日)まで", "更新を頼んで"),
            (Revoked, "失効しています", "発行を頼んで"),
        ] {
            let (said_happened, said_next) = said(why);
            assert!(said_happened.contains(happened) && said_happened.ends_with('。'), "{said_happened}");
            assert!(said_next.contains(next) && said_next.ends_with("連絡先: 事務所 099-000-0000"), "{said_next}");
        }
    }
}
