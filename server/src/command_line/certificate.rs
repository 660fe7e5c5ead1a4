//! `certificate …`.

use std::path::PathBuf;

use clap::Subcommand;
use shared::domain::certificate::CertificateMode;

use super::InstitutionAt;

/// What can be done with the certificates of terminals.
#[derive(Subcommand)]
pub enum CertificateCommand {
    /// Issues a certificate for a terminal, writes its file, and prints the password that opens the file: shown only then.
    Issue {
        /// Where.
        #[command(flatten)]
        at: InstitutionAt,
        /// What tells the terminal, for example 受付のパソコン
        #[arg(long, value_name = "LABEL")]
        label: String,
        /// Who looks after it: a name or a post
        #[arg(long, value_name = "WHO")]
        holder: String,
        /// The file to write (PKCS #12); must not exist
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
    },
    /// Lists the certificates, the newest first, separated by tabs: ID, state, label, last day, who, last seen.
    List {
        /// Where.
        #[command(flatten)]
        at: InstitutionAt,
    },
    /// Renews a certificate in its last 90 days or after its end, as `issue` does. The former one counts until the new one is used.
    Renew {
        /// Where.
        #[command(flatten)]
        at: InstitutionAt,
        /// ID of the certificate, as `certificate list` says it
        #[arg(long, value_name = "ID")]
        id: String,
        /// The file to write (PKCS #12); must not exist
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
    },
    /// Ends a certificate: it opens nothing from the next request on.
    Revoke {
        /// Where.
        #[command(flatten)]
        at: InstitutionAt,
        /// ID of the certificate, as `certificate list` says it
        #[arg(long, value_name = "ID")]
        id: String,
    },
    /// Writes the file of a certificate again, within seven days of its issue, with another password.
    Export {
        /// Where.
        #[command(flatten)]
        at: InstitutionAt,
        /// ID of the certificate, as `certificate list` says it
        #[arg(long, value_name = "ID")]
        id: String,
        /// The file to write (PKCS #12); must not exist
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
    },
    /// Lets in the terminals of the institution's own CA, or says which CAs are: each certificate that it signed itself for TLS clients
    /// stands in the list from its first login on. Browsers are told of it at the server's next start.
    Trust {
        /// Where.
        #[command(flatten)]
        at: InstitutionAt,
        /// Certificate of the CA, PEM
        #[arg(long, value_name = "FILE")]
        ca: Option<PathBuf>,
        /// Takes the CA with this fingerprint back; its certificates in the list stay until they are revoked
        #[arg(long, value_name = "SHA256", conflicts_with = "ca")]
        remove: Option<String>,
    },
    /// Says whether the institution's office asks for a certificate, or sets it: the way back where nobody gets in any more.
    Mode {
        /// Where.
        #[command(flatten)]
        at: InstitutionAt,
        /// off, wanted (in without one, too) or required
        #[arg(long, value_name = "MODE", value_parser = certificate_mode)]
        set: Option<CertificateMode>,
        /// First day [default: today]
        #[arg(long, value_name = "DAY", requires = "set")]
        from: Option<String>,
    },
}

fn certificate_mode(text: &str) -> Result<CertificateMode, &'static str> {
    CertificateMode::from_word(text).ok_or("one of off, wanted, required")
}
