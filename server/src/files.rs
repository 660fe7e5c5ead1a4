//! Files and folders that are still there after a power cut.

use std::path::{Path, PathBuf};

/// Folder in the data folder with the files of former builds of the pages: made from the pages, and in no backup.
pub const FORMER_PAGES: &str = "former-pages";

/// Writes a file that only its owner can read, whole or not at all; it is on the disk, with its name, when this returns.
///
/// # Errors
/// What the file system says.
pub fn write_secret(file: &Path, content: &[u8]) -> std::io::Result<()> {
    write_secret_in(file, content, sync_folder)
}

/// Puts the names in a folder on the disk: a file that was made or renamed is else still gone after a power cut.
///
/// # Errors
/// What the file system says. Where folders cannot be opened (Windows), the names follow by themselves.
pub fn sync_folder(folder: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    std::fs::File::open(folder)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

fn write_secret_in(file: &Path, content: &[u8], sync: impl FnOnce(&Path) -> std::io::Result<()>) -> std::io::Result<()> {
    use std::io::Write as _;
    let mut draft = file.as_os_str().to_owned();
    draft.push(".new");
    let draft = PathBuf::from(draft);
    let _ = std::fs::remove_file(&draft);
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut open = options.open(&draft)?;
    open.write_all(content)?;
    open.sync_all()?;
    std::fs::rename(&draft, file)?;
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    sync(folder.unwrap_or(Path::new(".")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_secret_is_still_there_after_a_power_cut() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret");
        let mut synced = None;
        let sync = |synced_folder: &Path| {
            synced = Some((synced_folder.to_owned(), std::fs::read(&file).unwrap(), folder.path().join("secret.new").exists()));
            Ok(())
        };
        write_secret_in(&file, b"one", sync).unwrap();
        assert_eq!(synced, Some((folder.path().to_owned(), b"one".to_vec(), false)), "the folder, once the file has its name");
        let refused = write_secret_in(&file, b"two", |_| Err(std::io::Error::other("no space"))).unwrap_err();
        assert_eq!(refused.to_string(), "no space", "what is not on the disk is not called written");
        sync_folder(folder.path()).unwrap();
        #[cfg(unix)]
        assert!(sync_folder(&folder.path().join("missing")).is_err(), "control");
    }

    #[cfg(unix)]
    #[test]
    fn secrets_are_readable_by_their_owner_only() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret");
        for content in ["one", "two"] {
            write_secret(&file, content.as_bytes()).unwrap();
            assert_eq!(std::fs::read_to_string(&file).unwrap(), content);
            assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }
}
