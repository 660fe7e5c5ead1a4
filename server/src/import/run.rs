//! A run over the files of `uketsuke-server import`: result files from a folder into what is kept.

use std::path::{Path, PathBuf};

use shared::domain::calendar::UnixMs;

use super::{People, Report, order_of, take_file};
use crate::export::bulk;
use crate::store::db::Db;
use crate::store::register::Kept;
use crate::store::{AuditEntry, StoreError, audit, register};
use crate::tenant::Tenant;
use crate::trouble::Trouble;

/// So many people are written at once: other writers get between.
const AT_ONCE: usize = 500;

/// The files of a run.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Files {
    /// To be read, in this order.
    pub files: Vec<PathBuf>,
    /// Others in the folders: not opened (C16).
    pub left_alone: usize,
}

/// Finds the files: those that are named, and of folders those whose name begins with OQS and ends in .xml. By the time in their name, so
/// that the newest has the last word.
///
/// # Errors
/// A folder or a file that is not there.
pub fn found(named: &[PathBuf]) -> Result<Files, Trouble> {
    let mut found = Files::default();
    for path in named {
        if !path.is_dir() {
            found.files.push(path.clone());
            continue;
        }
        let entries = std::fs::read_dir(path).and_then(|entries| entries.collect::<Result<Vec<_>, _>>());
        let entries = entries.map_err(|why| {
            Trouble::machine(format!("the folder {} cannot be read", path.display()), "check its name and rights").because(why)
        })?;
        for entry in entries {
            let name = entry.file_name().to_string_lossy().to_ascii_lowercase();
            if name.starts_with("oqs") && name.ends_with(".xml") { found.files.push(entry.path()) } else { found.left_alone += 1 }
        }
    }
    found.files.sort_by_key(|path| order_of(&name_of(path)));
    found.files.dedup();
    Ok(found)
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Reads the files and keeps what they say, unless it is a dry run. The same files a second time change nothing; a run that was stopped
/// is run again.
///
/// # Errors
/// What the database says. What is wrong with a file is in the report.
pub async fn take_in(db: &Db, tenant: &Tenant, files: &Files, is_dry: bool, now: UnixMs) -> Result<Report, StoreError> {
    let whose = tenant.clone();
    let mut people = People::of(db.search(move |tx| register::all(tx, &whose)).await?);
    let mut report = Report::default();
    for path in &files.files {
        let name = name_of(path);
        // A file that is too large is not read into memory first.
        let is_large = std::fs::metadata(path).is_ok_and(|found| found.len() > bulk::MAX_BYTES as u64);
        match std::fs::read(path) {
            _ if is_large => report.unreadable.push((name, "larger than 64 MiB".to_owned())),
            Ok(bytes) => take_file(&mut people, tenant.code(), &name, &bytes, &mut report),
            Err(why) => report.unreadable.push((name, why.to_string())),
        }
    }
    if is_dry {
        return Ok(report);
    }
    let touched: Vec<Kept> = people.touched().cloned().collect();
    let of = tenant.clone();
    // On the record before the first one is kept.
    let entry = AuditEntry::of_operator(now, tenant, "import.results", tenant.code().as_str());
    db.write(move |tx| audit::add(tx, &entry)).await?;
    for some in touched.chunks(AT_ONCE) {
        let (of, some) = (of.clone(), some.to_vec());
        db.write(move |tx| some.iter().try_for_each(|one| register::put(tx, &of, one, now))).await?;
    }
    Ok(report)
}

/// Forgets everybody who was taken in; how many.
///
/// # Errors
/// What the database says.
pub async fn forget(db: &Db, tenant: &Tenant, now: UnixMs) -> Result<u64, StoreError> {
    let whose = tenant.clone();
    let entry = AuditEntry::of_operator(now, tenant, "import.forget", tenant.code().as_str());
    db.write(move |tx| {
        audit::add(tx, &entry)?;
        register::forget(tx, &whose)
    })
    .await
}

/// The report for the operator: files, lines and elements, never people.
#[must_use]
pub fn lines(report: &Report, files: &Files, is_dry: bool) -> Vec<String> {
    let at = |name: &str, line: Option<usize>| line.map_or_else(|| name.to_owned(), |line| format!("{name} line {line}"));
    let would = if is_dry { "dry run, nothing is kept: " } else { "" };
    let mut lines = vec![format!(
        "{would}added {}, same {}, older {}, changed {}, doubtful {}, refused {}, unreadable files {}",
        report.added,
        report.same,
        report.older,
        report.changed.len(),
        report.doubtful.len(),
        report.refused.len(),
        report.unreadable.len()
    )];
    lines.extend(report.changed.iter().map(|(name, line, fields)| format!("changed: {}: {}", at(name, *line), fields.join(", "))));
    lines.extend(report.doubtful.iter().map(|(name, line, fields)| format!("doubtful, taken: {}: {}", at(name, *line), fields.join(", "))));
    lines.extend(report.refused.iter().map(|(name, line, why)| format!("refused: {}: {why}", at(name, *line))));
    lines.extend(report.unreadable.iter().map(|(name, why)| format!("unreadable: {name}: {why}")));
    lines.extend(report.unknown.iter().map(|(element, count)| format!("unknown element: {element}: {count}")));
    if files.left_alone > 0 {
        lines.push(format!("left alone, other files: {}", files.left_alone));
    }
    lines
}

/// What the command ends with.
///
/// # Errors
/// When something was refused or unreadable.
pub fn verdict(report: &Report) -> Result<(), Trouble> {
    match report.refused.len() + report.unreadable.len() {
        0 => Ok(()),
        count => Err(Trouble::machine(
            format!("{count} results or files were not taken"),
            "see the lines above; everything else was taken, and the same files can be run again",
        )),
    }
}
