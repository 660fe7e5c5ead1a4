//! The sources themselves, for the tests of rules that types cannot hold.

use std::path::{Path, PathBuf};

fn files_of(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files_of(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The files that hold these words, by their path below `src`, sorted; the test code at a file's end and files of tests are left out.
pub(crate) fn who_says(words: &str) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    files_of(&root, &mut files);
    let says = |file: &PathBuf| {
        !file.ends_with("tests.rs") && std::fs::read_to_string(file).unwrap().split("#[cfg(test)]").next().unwrap().contains(words)
    };
    let mut named: Vec<String> =
        files.into_iter().filter(says).map(|file| file.strip_prefix(&root).unwrap().to_str().unwrap().to_owned()).collect();
    named.sort();
    named
}
