//! The person's own folder: files that this program keeps for one account of the machine, which no other account can read. And how
//! the text of a file is read that a person wrote with whatever editor there was.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Where this account keeps settings of this program; `None` when the account has no home.
#[must_use]
pub fn folder() -> Option<PathBuf> {
    let folder = |variable: &str| std::env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute());
    let config = if cfg!(windows) {
        folder("APPDATA")
    } else if cfg!(target_os = "macos") {
        folder("HOME").map(|home| home.join("Library/Application Support"))
    } else {
        folder("XDG_CONFIG_HOME").or_else(|| folder("HOME").map(|home| home.join(".config")))
    };
    config.map(|config| config.join("uketsuke"))
}

/// Writes a file that only its owner can read, whole or not at all, and so that a power cut does not undo it.
/// The folder is made, for its owner alone. (On Windows the account's own folders keep others out.)
///
/// # Errors
/// What the system says; the former file is as it was.
pub fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    private_folder(path)?;
    let draft = path.with_extension("new");
    match fs::remove_file(&draft) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = private(OpenOptions::new().write(true).create_new(true)).open(&draft)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&draft, path)?;
    // The new name is durable only with its folder; elsewhere a folder cannot be opened.
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// The text of a file. Editors of Windows put a mark before it (BOM), which is no part of it, or write it in UTF-16.
///
/// # Errors
/// What is wrong with it, and what to do.
pub fn text(content: Vec<u8>) -> Result<String, &'static str> {
    match content.as_slice() {
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => Err("it is written in UTF-16: save it as UTF-8"),
        [0xEF, 0xBB, 0xBF, rest @ ..] => String::from_utf8(rest.to_vec()).map_err(|_| NOT_UTF8),
        _ => String::from_utf8(content).map_err(|_| NOT_UTF8),
    }
}

const NOT_UTF8: &str = "it is not written in UTF-8: save it as UTF-8";

/// Waits until nobody else holds the lock beside a file; it is held until the value is dropped.
///
/// # Errors
/// What the system says.
pub fn lock(path: &Path) -> io::Result<File> {
    private_folder(path)?;
    let lock = private(OpenOptions::new().create(true).truncate(false).write(true)).open(path.with_extension("lock"))?;
    lock.lock()?;
    Ok(lock)
}

fn private_folder(path: &Path) -> io::Result<()> {
    let Some(folder) = path.parent() else { return Ok(()) };
    fs::create_dir_all(folder)?;
    #[cfg(unix)]
    fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
    Ok(())
}

fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_any_editor_is_read_or_says_how_to_save_it() {
        let read = |content: &[u8]| text(content.to_vec());
        assert_eq!(read("\u{FEFF}a = 1".as_bytes()), Ok("a = 1".to_owned()));
        assert_eq!(read("a = \"é\"".as_bytes()), Ok("a = \"é\"".to_owned()));
        assert_eq!(read(b"\xFF\xFEa\0"), Err("it is written in UTF-16: save it as UTF-8"));
        assert_eq!(read(b"\xFE\xFF\0a"), Err("it is written in UTF-16: save it as UTF-8"));
        // Shift_JIS, as older editors in Japan write it.
        assert_eq!(read(b"# \x90\xDD\x92\xE8"), Err(NOT_UTF8));
        assert_eq!(read(b""), Ok(String::new()));
    }

    #[test]
    #[cfg(unix)]
    fn what_is_written_is_for_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("own/file");
        write(&path, b"one").unwrap();
        write(&path, b"two").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(path.parent().unwrap()), fs::read(&path).unwrap()), (0o600, 0o700, b"two".to_vec()));
        assert!(!path.with_extension("new").exists());
    }
}
