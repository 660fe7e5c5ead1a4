//! Which desks a listener serves, under which origin. With an office origin of its own (`--office-listen`, `--office-origin`) the first
//! listener serves no office, and only the second one asks browsers for a certificate: a patient's browser never sees that question.

use crate::origin::Origin;

/// Where browsers tell what a page's policy kept from running: those that know no `report-to` by `report-uri`.
pub(crate) const REPORTS: &str = "/csp-report";

/// One listener.
#[derive(Debug, Clone)]
pub struct Door {
    /// As browsers write it: what Host and Origin must say here, and what redirects lead to.
    pub origin: Origin,
    /// What is served here.
    pub desks: Desks,
    /// Browsers are asked for a client certificate.
    pub asks: bool,
}

/// What a listener serves.
#[derive(Debug, Clone)]
pub enum Desks {
    /// Everything.
    All,
    /// Everything but the office, which is at this origin; of its calls those that a device has signed.
    WithoutOffice(Origin),
    /// The office alone.
    Office,
}

impl Door {
    /// The one listener of a server without an office origin.
    #[must_use]
    pub fn of_all(origin: Origin) -> Self {
        Self { origin, desks: Desks::All, asks: false }
    }

    /// True where the certificates that an institution asks for are looked at. Where the office is elsewhere they are not: no browser was
    /// asked for one, and nothing of the office can be reached.
    #[must_use]
    pub fn is_of_office(&self) -> bool {
        !matches!(self.desks, Desks::WithoutOffice(_))
    }

    /// `by_device`: the request says that it is of a device; the gate lets no other session through then.
    pub(crate) fn serves(&self, path: &str, by_device: bool) -> bool {
        let is_at = |desk: &str| path.strip_prefix(desk).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        match self.desks {
            Desks::All => true,
            Desks::WithoutOffice(_) => {
                let is_office = path == "/" || is_at("/o") || is_at("/api/office") || is_at("/api/portal") || is_at("/assets/office");
                !is_office || by_device && is_at("/api/office")
            }
            Desks::Office => {
                path == "/" || path == REPORTS || is_at("/o") || is_at("/api/office") || is_at("/api/portal") || is_at("/assets/office")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn door(desks: Desks) -> Door {
        Door { origin: Origin::parse("https://a.example").unwrap(), desks, asks: false }
    }

    #[test]
    fn each_listener_serves_its_desks_and_no_other() {
        let elsewhere = Desks::WithoutOffice(Origin::parse("https://o.example").unwrap());
        for (path, first, office) in [
            ("/", false, true),
            ("/o", false, true),
            ("/o/certificates", false, true),
            ("/api/office/codes", false, true),
            // Facilities that apply for the limited type do so on the office's page.
            ("/o/apply", false, true),
            ("/api/portal/login", false, true),
            ("/assets/office/office.js", false, true),
            ("/csp-report", true, true),
            ("/r/AAAA", true, false),
            ("/d", true, false),
            ("/api/reception/AAAA", true, false),
            ("/api/visits/AAAA/proof", true, false),
            ("/assets/reception/reception.js", true, false),
            ("/assets/device/device.js", true, false),
            ("/other", true, false),
            ("/office", true, false),
            ("/api/office/login", false, true),
            ("/api/device/login", true, false),
        ] {
            assert!(door(Desks::All).serves(path, false), "{path}");
            assert_eq!(door(elsewhere.clone()).serves(path, false), first, "{path}");
            assert_eq!(door(Desks::Office).serves(path, false), office, "{path}");
        }
        // A device asks the calls of the office where it is; pages and the portal it does not.
        for (path, wanted) in [("/api/office/me", true), ("/o", false), ("/api/portal/login", false), ("/assets/office/office.js", false)] {
            assert_eq!(door(elsewhere.clone()).serves(path, true), wanted, "{path}");
        }
    }
}
