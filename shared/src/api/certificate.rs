//! 端末の証明書 (OT-1, N170–N174): which one is in use, the list, issue, renewal, revocation, the file with its password, and the switch.

use serde::{Deserialize, Serialize};

use super::{Again, Answer, Audit, Body, CertificatePart, Permission, SMALL};
use crate::bytes::Base64;
use crate::domain::account::UserId;
use crate::domain::calendar::{CivilDate, UnixMs};
use crate::domain::certificate::{CertificateMode, CertificateState, CertificateTrouble, Due};
use crate::domain::code::DeviceLabel;
use crate::right::Act;

/// An institution has so many living certificates at most.
pub const CERTIFICATES_MAX: usize = 200;
/// The file of a certificate can be taken for so long after its issue, milliseconds: 7 days. Then its key is forgotten here.
pub const EXPORT_MS: i64 = 7 * 24 * 60 * 60_000;

super::endpoints! {
    /// The certificate that this browser showed, in words. Its holder has proved it: whoever shows none learns nothing.
    CertificateInUse {
        name: "office.certificate_in_use",
        call: Get "/api/office/certificate",
        right: Permission::Anyone,
        asks: Body::None => (),
        answers: Answer::Json => InUse,
        audit: Audit::None,
        again: Again::Harmless,
    }

    /// The institution's certificates, the newest first, and whether they are asked for.
    ListCertificates {
        name: "office.certificates",
        call: Get "/api/office/certificates",
        right: Permission::Account(Act::ChangeSettings),
        asks: Body::None => (),
        answers: Answer::Json => CertificateList,
        audit: Audit::None,
        again: Again::Harmless,
    }

    /// 発行: makes key and certificate of a terminal. The file comes with [`ExportCertificate`].
    IssueCertificate {
        name: "office.issue_certificate",
        call: Post "/api/office/certificates",
        right: Permission::Account(Act::ManageCertificates),
        asks: Body::Json(SMALL) => NewCertificate,
        answers: Answer::Json => CertificateRow,
        audit: Audit::Row,
        again: Again::Keyed,
    }

    /// 更新: another certificate for the same terminal, from today on. The former one counts until the new one is used.
    RenewCertificate(certificate: CertificatePart) {
        name: "office.renew_certificate",
        call: Post "/api/office/certificates/{certificate}/renew",
        right: Permission::Account(Act::ManageCertificates),
        asks: Body::Json(SMALL) => (),
        answers: Answer::Json => CertificateRow,
        audit: Audit::Row,
        again: Again::Keyed,
    }

    /// 失効: it opens nothing from the next request on, also on connections that are open. Done again, it changes nothing.
    RevokeCertificate(certificate: CertificatePart) {
        name: "office.revoke_certificate",
        call: Post "/api/office/certificates/{certificate}/revoke",
        right: Permission::Account(Act::ManageCertificates),
        asks: Body::Json(SMALL) => (),
        answers: Answer::Json => CertificateRow,
        audit: Audit::Row,
        again: Again::Keyed,
    }

    /// 取り出し: key and certificate as a PKCS #12 file, with the password that opens it. Each call encrypts anew and gives another
    /// password; neither is kept.
    ExportCertificate(certificate: CertificatePart) {
        name: "office.export_certificate",
        call: Post "/api/office/certificates/{certificate}/export",
        right: Permission::Account(Act::ManageCertificates),
        asks: Body::Json(SMALL) => (),
        answers: Answer::Json => CertificateFile,
        audit: Audit::Row,
        again: Again::Harmless,
    }

    /// 証明書を求めるかどうか, from a day on. What was set for that day and later is replaced.
    SetCertificateMode {
        name: "office.set_certificate_mode",
        call: Post "/api/office/certificates/mode",
        right: Permission::Account(Act::ManageCertificates),
        asks: Body::Json(SMALL) => ModeChange,
        answers: Answer::Json => Modes,
        audit: Audit::Row,
        again: Again::Keyed,
    }
}

/// What this browser showed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InUse {
    /// This origin asks browsers for a certificate.
    pub is_asked: bool,
    /// The browser showed one, also one that is not known.
    pub is_shown: bool,
    /// What is known of it.
    pub certificate: Option<UsedCertificate>,
    /// Its institution's office does not open with it.
    pub refused: Option<CertificateRefusal>,
}

/// A certificate in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsedCertificate {
    /// The terminal.
    pub label: DeviceLabel,
    /// 機関名.
    pub institution_name: String,
    /// How it stands.
    pub state: CertificateState,
    /// Its last day.
    pub ends_on: CivilDate,
    /// What is to be said about its end.
    pub due: Option<Due>,
}

/// Why the office does not open (X43), and whom to ask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateRefusal {
    /// Why.
    pub why: CertificateTrouble,
    /// The last day of the certificate that was shown.
    pub ends_on: Option<CivilDate>,
    /// Whom to ask, in the institution's words; may be empty.
    pub contact: String,
}

/// The certificates of an institution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateList {
    /// This origin asks browsers for a certificate: else the switch opens and shuts nothing.
    pub is_asked: bool,
    /// The switch.
    pub modes: Modes,
    /// Living ones, and those that ended, the newest first.
    pub rows: Vec<CertificateRow>,
    /// The server's clock.
    pub now: UnixMs,
}

/// The switch of an institution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Modes {
    /// As it stands now.
    pub mode: CertificateMode,
    /// The first day of that, and who set it (`None`: the operator); nothing where it was never set.
    pub since: Option<(CivilDate, Option<UserId>)>,
    /// What comes next.
    pub next: Option<ModeChange>,
}

/// From a day on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModeChange {
    /// What.
    pub mode: CertificateMode,
    /// First day in Japan; today or later.
    pub from: CivilDate,
}

/// The terminal to issue a certificate for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewCertificate {
    /// What tells the terminal; no other living certificate has it (else [`super::Code::Taken`]).
    pub label: DeviceLabel,
    /// Who looks after it: a name or a post.
    pub holder: DeviceLabel,
}

/// One certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateRow {
    /// Names it.
    pub id: String,
    /// The terminal.
    pub label: DeviceLabel,
    /// Who looks after it.
    pub holder: DeviceLabel,
    /// How it stands.
    pub state: CertificateState,
    /// Serial number, hexadecimal.
    pub serial: String,
    /// It was issued by the institution's own CA, not by this server: it is renewed there.
    pub is_foreign: bool,
    /// Its first instant.
    pub starts_at: UnixMs,
    /// Its last day.
    pub ends_on: CivilDate,
    /// Days until then, negative after it.
    pub days_left: i64,
    /// Who issued it; `None`: the operator, by command.
    pub issued_by: Option<UserId>,
    /// When it was last shown.
    pub last_seen_at: Option<UnixMs>,
    /// When it was revoked, or a renewed one took its place.
    pub revoked_at: Option<UnixMs>,
    /// The file can be taken until then.
    pub export_until: Option<UnixMs>,
    /// It can be renewed now.
    pub can_be_renewed: bool,
    /// This request came with it.
    pub is_in_use: bool,
}

/// A certificate with its key. No `Debug`: it holds the password.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateFile {
    /// The row of the list.
    pub row: CertificateRow,
    /// Name for the download; ASCII.
    pub file_name: String,
    /// PKCS #12 (AES-256, SHA-256).
    pub file: Base64,
    /// Opens it: shown once.
    pub password: String,
}
