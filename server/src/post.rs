//! The way of mails out of the server: into a folder as files, or to a relay by SMTP.
//!
//! A mail that is sent again is the same bytes with the same `Message-ID`, made of its event: a folder holds it once, and a mailbox can
//! tell that it is the same.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use lettre::message::header::{ContentTransferEncoding, ContentType};
use lettre::message::{Body, Mailbox};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use ring::hmac;

use crate::files::write_secret;
use crate::letter::{LINK, PORTAL, forgotten_of, registration_of};
use crate::origin::Origin;
use crate::portal::{link_of, reset_link_of};
use crate::store::mail::MailRecord;

/// A relay that takes longer than this has failed; less than a job is leased for.
const SMTP_LIMIT: Duration = Duration::from_secs(20);

/// Where mails are to go, as the settings say. No `Debug` of a URL: it may hold a password.
#[derive(Clone)]
pub enum MailChoice {
    /// Into this folder.
    Folder(PathBuf),
    /// To the relay of this URL.
    Smtp(String),
}

impl std::fmt::Debug for MailChoice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MailChoice")
    }
}

/// Where mails go.
pub enum Way {
    /// Each as a file `.eml` in this folder.
    Folder(PathBuf),
    /// To a relay.
    Smtp(Box<AsyncSmtpTransport<Tokio1Executor>>),
}

/// Sends mails. No `Debug`: it holds a key.
pub struct Mailer {
    way: Way,
    from: Mailbox,
    origin: Origin,
    key: hmac::Key,
}

/// Says that a mail was not sent.
#[derive(Debug, thiserror::Error)]
pub enum NotSent {
    /// It cannot be written: an address, a header.
    #[error("the mail cannot be written")]
    Unwritable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The folder took it not.
    #[error("the folder of mails cannot be written to")]
    Folder(#[source] std::io::Error),
    /// The relay took it not, or may have.
    #[error("the mail relay did not take it")]
    Relay(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl NotSent {
    /// What of it may stand in a log: never the words of a relay, which repeat the recipient's address.
    #[must_use]
    pub fn kind(&self) -> String {
        match self {
            Self::Unwritable(_) => "unwritable".to_owned(),
            Self::Folder(why) => why.kind().to_string(),
            Self::Relay(why) => match why.downcast_ref::<lettre::transport::smtp::Error>() {
                Some(why) if why.is_tls() => "TLS".to_owned(),
                Some(why) => why.status().map_or_else(|| "no answer".to_owned(), |code| code.to_string()),
                None => "too late".to_owned(),
            },
        }
    }
}

/// Says why an address of a relay cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum NotARelay {
    /// No URL of a relay.
    #[error("not smtps://user:password@host or smtp://host?tls=required")]
    Url(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Unencrypted, and not on this machine.
    #[error("mails would travel unencrypted")]
    Unencrypted,
}

impl Way {
    /// The way to a relay: `smtps://…`, or `smtp://…?tls=required`; without TLS on this machine only.
    ///
    /// # Errors
    /// [`NotARelay`]; its text never holds the URL, which may hold a password.
    pub fn relay(url: &str) -> Result<Self, NotARelay> {
        let rest = url.strip_prefix("smtp://").map(|rest| rest.rsplit_once('@').map_or(rest, |(_, host)| host));
        let is_here = |rest: &str| {
            ["localhost", "127.0.0.1", "[::1]"]
                .iter()
                .any(|host| rest.strip_prefix(host).is_some_and(|after| after.is_empty() || after.starts_with([':', '/', '?'])))
        };
        if rest.is_some_and(|rest| !rest.contains("tls=required") && !is_here(rest)) {
            return Err(NotARelay::Unencrypted);
        }
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url).map_err(|why| NotARelay::Url(Box::new(why)))?;
        Ok(Self::Smtp(Box::new(builder.timeout(Some(SMTP_LIMIT)).build())))
    }
}

impl Mailer {
    /// `from` is the sender; `key` the one from which links are made.
    #[must_use]
    pub fn new(way: Way, from: Address, origin: Origin, key: &[u8; 32]) -> Self {
        let from = Mailbox::new(Some("uketsuke".to_owned()), from);
        Self { way, from, origin, key: hmac::Key::new(hmac::HMAC_SHA256, key) }
    }

    /// The mail as it travels: the same bytes however often it is made.
    ///
    /// # Errors
    /// [`NotSent::Unwritable`].
    pub fn message(&self, mail: &MailRecord) -> Result<Message, NotSent> {
        let unwritable = |why: Box<dyn std::error::Error + Send + Sync>| NotSent::Unwritable(why);
        let portal = format!("{}/o/apply", self.origin.as_str());
        // Behind `#`, so that no server and no log gets it before the person presses.
        let confirms = registration_of(mail).map(|id| format!("{portal}/confirm#{}", link_of(&self.key, &id)));
        let link =
            confirms.or_else(|| forgotten_of(mail).map(|(id, at)| format!("{portal}/password#{}", reset_link_of(&self.key, &id, at))));
        let text = mail.text.replace(LINK, link.as_deref().unwrap_or(&portal)).replace(PORTAL, &portal);
        let to: Address = mail.recipient.parse().map_err(|why: lettre::address::AddressError| unwritable(Box::new(why)))?;
        let at = SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(mail.created_at.0).unwrap_or_default());
        let body = Body::new_with_encoding(text, ContentTransferEncoding::Base64)
            .map_err(|_| unwritable("the text does not fit its encoding".into()))?;
        Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(&mail.subject)
            .date(at)
            .message_id(Some(format!("<{}@{}>", mail.id, self.origin.host())))
            .header(ContentType::TEXT_PLAIN)
            .body(body)
            .map_err(|why| unwritable(Box::new(why)))
    }

    /// Sends a mail. With a folder it is there once, whatever happened before.
    ///
    /// # Errors
    /// [`NotSent`]; a relay may have taken it all the same.
    pub async fn send(&self, mail: &MailRecord) -> Result<(), NotSent> {
        let message = self.message(mail)?;
        match &self.way {
            Way::Folder(folder) => {
                let (file, bytes) = (folder.join(file_name(&mail.id)), message.formatted());
                let folder = folder.clone();
                let write = tokio::task::spawn_blocking(move || write(&folder, &file, &bytes));
                write.await.map_err(|why| NotSent::Folder(std::io::Error::other(why)))?.map_err(NotSent::Folder)
            }
            Way::Smtp(relay) => match tokio::time::timeout(SMTP_LIMIT, relay.send(message)).await {
                Ok(taken) => taken.map(|_| ()).map_err(|why| NotSent::Relay(Box::new(why))),
                Err(late) => Err(NotSent::Relay(Box::new(late))),
            },
        }
    }
}

/// The file of a mail: nothing of a person stands in its name.
fn file_name(id: &str) -> String {
    format!("{id}.eml")
}

fn write(folder: &Path, file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    write_secret(file, bytes)
}

#[cfg(test)]
mod tests {
    use shared::domain::calendar::UnixMs;

    use super::*;
    use crate::store::ApplicantId;

    fn mailer(way: Way) -> Mailer {
        Mailer::new(way, "uketsuke@uketsuke.example".parse().unwrap(), Origin::parse("https://uketsuke.example").unwrap(), &[7; 32])
    }

    fn mail() -> MailRecord {
        MailRecord {
            id: format!("confirm.{}", ApplicantId::new(UnixMs(5), [3; 10]).as_str()),
            applicant: String::new(),
            recipient: "hinata@clinic.example".to_owned(),
            subject: "【資格確認限定型】メールアドレスの確認".to_owned(),
            text: format!("施術 花子 様\n\n{LINK}\n\n{PORTAL}\n"),
            created_at: UnixMs(1_795_000_000_000),
            sent_at: None,
            dead_at: None,
        }
    }

    #[test]
    fn a_mail_is_the_same_bytes_whenever_it_is_made() {
        let (one, other) = (mailer(Way::Folder("x".into())), mailer(Way::Folder("y".into())));
        let bytes = one.message(&mail()).unwrap().formatted();
        assert_eq!(bytes, other.message(&mail()).unwrap().formatted());
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.is_ascii(), "the head and the body travel anywhere");
        for head in [
            "From: uketsuke <uketsuke@uketsuke.example>",
            "To: hinata@clinic.example",
            "Date: Wed, 18 Nov 2026 11:06:40 +0000",
            "Content-Type: text/plain; charset=utf-8",
            "Content-Transfer-Encoding: base64",
            "Subject: =?utf-8?b?",
            &format!("Message-ID: <{}@uketsuke.example>", mail().id),
        ] {
            assert!(text.contains(head), "{head} in\n{text}");
        }
        let control = MailRecord { id: "registered.x".to_owned(), ..mail() };
        assert_ne!(text.as_bytes(), one.message(&control).unwrap().formatted(), "another event is another mail");
    }

    #[tokio::test]
    async fn a_folder_holds_a_mail_once_and_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let mailer = mailer(Way::Folder(folder.path().join("mails")));
        for _ in 0..3 {
            mailer.send(&mail()).await.unwrap();
        }
        let files: Vec<_> = std::fs::read_dir(folder.path().join("mails")).unwrap().map(|file| file.unwrap().path()).collect();
        assert_eq!(files.len(), 1);
        #[cfg(unix)]
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&files[0].metadata().unwrap().permissions()) & 0o777, 0o600);
        std::fs::write(folder.path().join("file"), "").unwrap();
        let no_folder = super::Mailer { way: Way::Folder(folder.path().join("file")), ..mailer };
        assert!(matches!(no_folder.send(&mail()).await, Err(NotSent::Folder(_))), "control");
    }

    #[test]
    fn a_relay_elsewhere_is_spoken_to_by_tls_alone() {
        for good in
            ["smtps://user:secret@mail.example", "smtp://mail.example:587?tls=required", "smtp://localhost:2525", "smtp://127.0.0.1"]
        {
            assert!(Way::relay(good).is_ok(), "{good}");
        }
        for bad in
            ["smtp://mail.example", "smtp://localhost.example:25", "smtp://localhost@mail.example", "smtp://mail.example?tls=opportunistic"]
        {
            assert!(matches!(Way::relay(bad), Err(NotARelay::Unencrypted)), "{bad}");
        }
        let refused = Way::relay("http://user:secret@mail.example").err().unwrap();
        assert!(!refused.to_string().contains("secret"), "{refused}");
    }
}
