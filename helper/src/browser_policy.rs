//! `uketsuke-helper browser-policy ORIGIN`: what an administrator gives to managed browsers, so that nobody is asked whether the
//! institution's page may reach this program. Source of the names: `reader-helper.md` §2.5 and §2.6.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::ValueEnum;
use serde_json::{Value, json};

use crate::config;
use crate::gate::Origin;
use crate::user_files;

/// The policy of Chromium and its kin since version 146: origins that may reach loopback, and nothing else of the network.
const ALLOWED: &str = "LoopbackNetworkAllowedForUrls";
/// The one that wins over it.
const BLOCKED: &str = "LoopbackNetworkBlockedForUrls";

/// A browser that takes policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "lowercase")]
pub enum Browser {
    /// Google Chrome.
    Chrome,
    /// Microsoft Edge.
    Edge,
    /// Chromium.
    Chromium,
    /// Mozilla Firefox.
    Firefox,
}

/// The form of a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "lowercase")]
pub enum Form {
    /// A file of the browser's own kind.
    Json,
    /// A file for the registry of Windows.
    Reg,
}

/// What `browser-policy` is told.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// The institution's page: scheme, host and port.
    #[arg(value_name = "URL")]
    pub page: String,
    /// Browser to write it for.
    #[arg(long, value_name = "BROWSER", default_value = "chrome")]
    pub browser: Browser,
    /// json: a file of the browser's own kind; reg: a file for the registry of Windows.
    #[arg(long, value_name = "FORM", default_value = "json")]
    pub form: Form,
}

/// Prints the policy, and to stderr where to put it. Exit code 2 for wrong usage.
#[must_use]
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "the policy is what was asked for")]
pub fn run(args: Args) -> ExitCode {
    let page = config::origin(args.page).map_err(|error| error.to_string());
    match page.and_then(|page| policy(&page, args.browser, args.form).map_err(|error| error.to_string())) {
        Ok(text) => {
            print!("{text}");
            eprintln!("{}", args.browser.places(args.form));
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

/// Says that this browser has no policy of this form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} has no policy for the registry here\nnext: leave --form out; the JSON file serves on Windows too")]
pub struct NoSuchForm(Browser);

impl Browser {
    /// Folder where the browser reads files of managed policies on Linux.
    #[must_use]
    pub fn managed(self) -> &'static str {
        match self {
            Self::Chrome => "/etc/opt/chrome/policies/managed",
            Self::Edge => "/etc/opt/edge/policies/managed",
            Self::Chromium => "/etc/chromium/policies/managed",
            Self::Firefox => "/etc/firefox/policies",
        }
    }

    /// Where the browser keeps its policies in the registry of Windows.
    fn key(self) -> Option<&'static str> {
        match self {
            Self::Chrome => Some("Google\\Chrome"),
            Self::Edge => Some("Microsoft\\Edge"),
            Self::Chromium => Some("Chromium"),
            Self::Firefox => None,
        }
    }

    /// What to do with the file, for a person.
    #[must_use]
    pub fn places(self, form: Form) -> String {
        match (self, form) {
            (_, Form::Reg) => {
                "Windows: save it as uketsuke.reg and import it as an administrator. It writes entry 1 of the list: give it another\n\
                               number when the list has entries already. In a domain, set the same policy by the browser's ADMX templates."
                    .to_owned()
            }
            (Self::Firefox, Form::Json) => format!(
                "Linux: {}/policies.json. Windows: distribution\\policies.json beside firefox.exe.\n\
                 macOS: Firefox.app/Contents/Resources/distribution/policies.json. Merge it when the file exists. Needs Firefox 151 or ESR 153.",
                self.managed()
            ),
            (browser, Form::Json) => {
                let edge = if browser == Self::Edge { " (Edge for Linux: the vendor names Windows and macOS only)" } else { "" };
                format!(
                    "Linux: {}/uketsuke.json{edge}, any name ending in .json, readable by all. Windows: --form reg.\n\
                     macOS: a configuration profile with the same key and value. Needs version 146 or newer.\n\
                     See the effect in {}://policy.",
                    browser.managed(),
                    if browser == Self::Edge { "edge" } else { "chrome" }
                )
            }
        }
    }
}

/// The policy's text, with a line end.
///
/// # Errors
/// [`NoSuchForm`].
pub fn policy(origin: &Origin, browser: Browser, form: Form) -> Result<String, NoSuchForm> {
    let value = match (browser, form) {
        (Browser::Firefox, Form::Json) => {
            // Firefox compares host names: without scheme and port.
            let host = origin.host().split(':').next().unwrap_or_default();
            json!({ "policies": { "LocalNetworkAccess": { "SkipDomains": [host] } } })
        }
        (_, Form::Json) => json!({ ALLOWED: [origin.as_str()] }),
        (_, Form::Reg) => {
            let key = browser.key().ok_or(NoSuchForm(browser))?;
            return Ok(format!(
                "Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\{key}\\{ALLOWED}]\r\n\"1\"=\"{origin}\"\r\n"
            ));
        }
    };
    // The origin came through `Origin::parse`, so there is nothing in it that JSON would have to escape.
    Ok(format!("{value:#}\n"))
}

/// The managed policies below `root` that grant `origin` the way to loopback, and those that take it away.
#[must_use]
pub fn managed(root: &Path, origin: &Origin) -> Vec<(PathBuf, bool)> {
    let mut found = Vec::new();
    for browser in [Browser::Chrome, Browser::Edge, Browser::Chromium] {
        let folder = root.join(browser.managed().trim_start_matches('/'));
        let files = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
        for file in files.filter(|file| file.extension().is_some_and(|kind| kind == "json")) {
            let text = std::fs::read(&file).ok().and_then(|content| user_files::text(content).ok());
            let policy = text.and_then(|text| serde_json::from_str::<Value>(&text).ok()).unwrap_or_default();
            let names =
                |key: &str| policy.get(key).and_then(Value::as_array).is_some_and(|list| list.iter().any(|url| url == origin.as_str()));
            if names(BLOCKED) {
                found.push((file, false));
            } else if names(ALLOWED) {
                found.push((file, true));
            }
        }
    }
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(text: &str) -> Origin {
        Origin::parse(text).unwrap()
    }

    /// The files that the package installs, for the example's origin.
    #[test]
    fn the_installed_templates_are_what_the_command_prints() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging/policies");
        for (name, browser, form) in [
            ("chromium.json", Browser::Chromium, Form::Json),
            ("chromium.json", Browser::Chrome, Form::Json),
            ("chromium.json", Browser::Edge, Form::Json),
            ("firefox.json", Browser::Firefox, Form::Json),
            ("chrome.reg", Browser::Chrome, Form::Reg),
            ("edge.reg", Browser::Edge, Form::Reg),
        ] {
            let text = std::fs::read_to_string(folder.join(name)).unwrap_or_default();
            assert_eq!(text, policy(&origin("https://uketsuke.example"), browser, form).unwrap(), "{name}");
        }
    }

    #[test]
    fn a_policy_names_exactly_one_origin() {
        let page = origin("https://uketsuke.example:8443");
        let text = policy(&page, Browser::Chrome, Form::Json).unwrap();
        assert_eq!(
            serde_json::from_str::<Value>(&text).unwrap(),
            json!({ "LoopbackNetworkAllowedForUrls": ["https://uketsuke.example:8443"] })
        );
        let text = policy(&page, Browser::Firefox, Form::Json).unwrap();
        assert_eq!(
            serde_json::from_str::<Value>(&text).unwrap(),
            json!({ "policies": { "LocalNetworkAccess": { "SkipDomains": ["uketsuke.example"] } } })
        );
        assert_eq!(policy(&page, Browser::Firefox, Form::Reg), Err(NoSuchForm(Browser::Firefox)));
    }

    #[test]
    fn a_managed_policy_is_found_where_the_browser_reads_it() {
        let root = tempfile::tempdir().unwrap();
        let page = origin("https://uketsuke.example");
        assert_eq!(managed(root.path(), &page), []);
        let folder = root.path().join("etc/chromium/policies/managed");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("broken.json"), "{").unwrap();
        std::fs::write(folder.join("other.json"), policy(&origin("https://other.example"), Browser::Chromium, Form::Json).unwrap())
            .unwrap();
        assert_eq!(managed(root.path(), &page), [], "another page's");
        let file = folder.join("uketsuke.json");
        std::fs::write(&file, policy(&page, Browser::Chromium, Form::Json).unwrap()).unwrap();
        assert_eq!(managed(root.path(), &page), [(file.clone(), true)]);
        // As an editor of Windows saves it: Chromium reads past the mark (tried in 156).
        std::fs::write(&file, format!("\u{FEFF}{}", policy(&page, Browser::Chromium, Form::Json).unwrap())).unwrap();
        assert_eq!(managed(root.path(), &page), [(file.clone(), true)]);
        std::fs::write(&file, format!("{{\"{BLOCKED}\": [\"{page}\"], \"{ALLOWED}\": [\"{page}\"]}}")).unwrap();
        assert_eq!(managed(root.path(), &page), [(file, false)]);
    }
}
