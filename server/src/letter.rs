//! The mails to facilities that ask for 資格確認限定型 (N143, N145): what each says. Plain Japanese text; no secret but the link.
//!
//! A text holds [`PORTAL`] and [`LINK`] where an address of the server belongs: it is put in when the mail is sent.

use shared::api::portal::{ANSWER_DAYS, LINK_LIFE_MS, RESET_LIFE_MS};
use shared::domain::calendar::UnixMs;
use shared::domain::institution::InstitutionCode;

use crate::store::ApplicantId;
use crate::store::mail::MailRecord;
use crate::store::portal::ApplicantRecord;

/// Stands for the address of the portal page.
pub const PORTAL: &str = "{portal}";
/// Stands for the address that ends a registration.
pub const LINK: &str = "{link}";

/// A mail to an applicant about an event.
fn letter(id: String, to: &ApplicantRecord, subject: &str, body: &str, at: UnixMs) -> MailRecord {
    addressed(id, to, &format!("{}\n{} 様", to.facility_name, to.name), subject, body, at)
}

/// A mail to an address that nobody has proved to be theirs: nothing of what was typed stands in it, so that nobody writes to others by it.
fn unproved(id: String, to: &ApplicantRecord, subject: &str, body: &str, at: UnixMs) -> MailRecord {
    addressed(id, to, "ご担当者 様", subject, body, at)
}

fn addressed(id: String, to: &ApplicantRecord, whom: &str, subject: &str, body: &str, at: UnixMs) -> MailRecord {
    let portal = to.facility.portal().label();
    let text = format!(
        "{whom}\n\n{body}\n\n----\n資格確認限定型 利用申請({portal})\n{PORTAL}\n\n\
         このメールは自動で送っています。心当たりのない方は、何もせずにこのメールを消してください。\n"
    );
    MailRecord {
        id,
        applicant: to.id.as_str().to_owned(),
        recipient: to.mail.clone(),
        subject: format!("【資格確認限定型】{subject}"),
        text,
        created_at: at,
        sent_at: None,
        dead_at: None,
    }
}

/// The address is confirmed by following the link.
#[must_use]
pub fn confirm(to: &ApplicantRecord) -> MailRecord {
    let until = to.at.plus_ms(LINK_LIFE_MS).jst_minute_text();
    let body = format!(
        "ユーザー登録を受け付けました。登録はまだ終わっていません。\n\
         次のページを開き、登録のときに決めたパスワードを入力して、登録を完了してください。\n\n{LINK}\n\n\
         このページは1回だけ使えます。期限は {until} です。過ぎたときは、もう一度ユーザー登録をしてください。"
    );
    unproved(format!("confirm.{}", to.id.as_str()), to, "メールアドレスの確認", &body, to.at)
}

/// The address is registered already: told to it alone, so that nobody else learns it.
#[must_use]
pub fn already(to: &ApplicantRecord) -> MailRecord {
    let body = "このメールアドレスでユーザー登録の申し込みがありましたが、すでに登録されています。\n\
                あらためて登録する必要はありません。次のページから、前に決めたパスワードでログインしてください。\n\n{portal}";
    unproved(format!("confirm.{}", to.id.as_str()), to, "ユーザー登録について", body, to.at)
}

/// A forgotten password: the link by which another one is set.
#[must_use]
pub fn forgotten(to: &ApplicantRecord, at: UnixMs) -> MailRecord {
    let until = at.plus_ms(RESET_LIFE_MS).jst_minute_text();
    let body = format!(
        "パスワードの再設定の申し込みがありました。\n次のページを開き、新しいパスワードを決めてください。\n\n{LINK}\n\n\
         このページは1回だけ使えます。期限は {until} です。何もしなければ、今のパスワードのままです。"
    );
    letter(format!("{FORGOTTEN}{}.{}", to.id.as_str(), at.0), to, "パスワードの再設定", &body, at)
}

/// Another password was set.
#[must_use]
pub fn password_set(to: &ApplicantRecord, at: UnixMs) -> MailRecord {
    let body = "パスワードを再設定しました。新しいパスワードでログインしてください。\n\
                心当たりがないときは、すぐに運営者へ連絡してください。";
    letter(format!("password.{}.{}", to.id.as_str(), at.0), to, "パスワードの再設定の完了", body, at)
}

/// The registration is complete.
#[must_use]
pub fn registered(to: &ApplicantRecord, at: UnixMs) -> MailRecord {
    let body = "ユーザー登録が完了しました。\n次のページからログインして、利用開始申請に進んでください。\n\n{portal}";
    letter(format!("registered.{}", to.id.as_str()), to, "ユーザー登録完了", body, at)
}

/// 利用開始申請受付完了メール (N145).
#[must_use]
pub fn received(to: &ApplicantRecord, round: u32, at: UnixMs) -> MailRecord {
    let body = format!(
        "利用開始申請を受け付けました。\n審査には最大1週間({ANSWER_DAYS}日)かかります。終わりましたら、メールでお知らせします。\n\
         今の状況は、次のページで確かめられます。\n\n{PORTAL}"
    );
    letter(format!("received.{}.{round}", to.id.as_str()), to, "利用開始申請 受付完了", &body, at)
}

/// 利用申請の完了通知メール (N145).
#[must_use]
pub fn approved(to: &ApplicantRecord, institution: &InstitutionCode, at: UnixMs) -> MailRecord {
    let body = format!(
        "利用開始申請を承認しました。機関コードは {institution} です。\n\
         次のページにログインすると、アカウントごとの「ユーザー設定情報」を取り出せます。\n\
         「ユーザー設定情報」は1回だけ表示します。印刷か保存ができる場所で開いてください。\n\n{PORTAL}"
    );
    letter(format!("approved.{}", to.id.as_str()), to, "利用申請の完了通知", &body, at)
}

/// The application comes back.
#[must_use]
pub fn returned(to: &ApplicantRecord, round: u32, reason: &str, at: UnixMs) -> MailRecord {
    let body = format!(
        "利用開始申請を差し戻しました。理由は次のとおりです。\n\n{reason}\n\n\
         次のページにログインして、内容を直し、もう一度申請してください。\n\n{PORTAL}"
    );
    letter(format!("returned.{}.{round}", to.id.as_str()), to, "利用開始申請の差し戻し", &body, at)
}

/// Begins the id of a mail about a forgotten password.
const FORGOTTEN: &str = "forgotten.";

/// Whose password a mail is to set by its link, and when it was asked for; `None` for all other mails.
#[must_use]
pub fn forgotten_of(mail: &MailRecord) -> Option<(ApplicantId, UnixMs)> {
    let (id, at) = mail.id.strip_prefix(FORGOTTEN)?.split_once('.')?;
    Some((ApplicantId::parse(id)?, UnixMs(at.parse().ok()?)))
}

/// Whose registration a mail is to end by its link; `None` for all other mails.
#[must_use]
pub fn registration_of(mail: &MailRecord) -> Option<ApplicantId> {
    mail.id.strip_prefix("confirm.").and_then(ApplicantId::parse)
}

#[cfg(test)]
mod tests {
    use shared::domain::facility::FacilityKind;

    use super::*;

    fn applicant() -> ApplicantRecord {
        ApplicantRecord {
            id: ApplicantId::new(UnixMs(0), [1; 10]),
            facility: FacilityKind::Treatment,
            name: "施術 花子".to_owned(),
            facility_name: "ひなた施術所".to_owned(),
            phone: "0990000000".to_owned(),
            mail: "hinata@clinic.example".to_owned(),
            mail_key: "hinata@clinic.example".to_owned(),
            password_hash: "x".to_owned(),
            at: UnixMs(1_795_000_000_000),
        }
    }

    #[test]
    fn each_event_has_a_mail_of_its_own_and_says_what_to_do() {
        let (to, code) = (applicant(), InstitutionCode::try_from("9969900001").unwrap());
        let mails = [
            confirm(&to),
            registered(&to, UnixMs(1)),
            received(&to, 0, UnixMs(2)),
            received(&to, 1, UnixMs(3)),
            returned(&to, 1, "台数を確かめてください。", UnixMs(4)),
            approved(&to, &code, UnixMs(5)),
            forgotten(&to, UnixMs(6)),
            password_set(&to, UnixMs(7)),
        ];
        for (place, mail) in mails.iter().enumerate() {
            assert!(mails[..place].iter().all(|other| other.id != mail.id), "{}", mail.id);
            let is_proved = !mail.id.starts_with("confirm.");
            assert_eq!((mail.text.contains("施術 花子 様"), mail.text.contains("ひなた施術所")), (is_proved, is_proved), "{}", mail.id);
            assert!(mail.text.contains(PORTAL), "{}", mail.id);
            assert!(!mail.text.contains("0990000000"), "{}: more of the person than needed", mail.id);
            assert_eq!(mail.text.contains(LINK), !is_proved || mail.id.starts_with("forgotten."), "{}", mail.id);
        }
        let told = already(&to).text;
        assert!(!told.contains("施術 花子") && !told.contains("ひなた施術所"), "{told}");
        assert_eq!(forgotten_of(&mails[6]), Some((to.id.clone(), UnixMs(6))));
        assert_eq!(forgotten_of(&mails[0]), None);
        assert_eq!(registration_of(&mails[0]), Some(to.id.clone()));
        assert_eq!(registration_of(&mails[1]), None);
        assert!(mails[2].text.contains("最大1週間") && mails[4].text.contains("台数を確かめてください。"));
        // What the address is told when it is known already replaces the other mail of the same registration.
        assert_eq!(already(&to).id, confirm(&to).id);
        assert!(!already(&to).text.contains(LINK));
    }
}
