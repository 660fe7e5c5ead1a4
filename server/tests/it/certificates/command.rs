//! `uketsuke-server certificate …` as a process.

use crate::program::{run, said};

#[test]
fn certificates_have_their_commands() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let (exit, ..) = said(&run(&["institution", "add", "--data", data, "--code", "9919900002", "--name", "試験クリニック"]));
    assert_eq!(exit, 0);
    let at = ["--data", data, "--institution", "9919900002"];
    let certificate = |command: &str, more: &[&str]| said(&run(&[&["certificate", command], &at[..], more].concat()));
    let file = folder.path().join("a.p12");
    let to = file.to_str().unwrap();
    let (exit, out, errors) = certificate("issue", &["--label", "受付のパソコン", "--holder", "事務長", "--to", to]);
    assert_eq!((exit, errors.as_str()), (0, ""));
    let password = out.lines().find_map(|line| line.strip_prefix("password  ")).unwrap();
    assert!(super::pem_of(&std::fs::read(&file).unwrap(), password).contains("BEGIN PRIVATE KEY"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let id = out.split('\t').next().unwrap();
    let again = folder.path().join("b.p12");
    let again = again.to_str().unwrap();
    let (_, exported, _) = certificate("export", &["--id", id, "--to", again]);
    assert!(exported.contains("password  ") && !exported.contains(password), "another password");
    let (_, list, _) = certificate("list", &[]);
    assert!(list.contains("\t有効\t受付のパソコン\t") && list.contains("\t事務長\t-"), "{list}");
    assert!(certificate("mode", &[]).1.starts_with("now   off\tsince -"));
    assert!(certificate("mode", &["--set", "required", "--from", "2099-01-01"]).1.contains("next  required\tfrom 2099-01-01"));
    let ca = folder.path().join("ca.pem");
    let mut params = rcgen::CertificateParams::default();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    std::fs::write(&ca, params.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap().pem()).unwrap();
    let ca = ca.to_str().unwrap();
    let (_, trusted, _) = certificate("trust", &["--ca", ca]);
    let fingerprint = trusted.split('\t').next().unwrap();
    assert!(fingerprint.len() == 64 && trusted.contains("at the next start"), "{trusted}");
    assert!(certificate("trust", &["--ca", ca]).2.contains("known already"));
    assert!(certificate("trust", &["--ca", to]).2.contains("--ca:"), "no certificate");
    assert_eq!(certificate("trust", &["--remove", fingerprint]), (0, String::new(), String::new()));
    assert!(certificate("trust", &["--remove", fingerprint]).2.contains("no such CA"));
    assert!(certificate("revoke", &["--id", id]).1.contains("\t失効\t"));
    for (command, more, word) in [
        ("issue", &["--label", "b", "--holder", "c", "--to", to][..], "exists already"),
        ("issue", &["--label", "", "--holder", "c", "--to", "x.p12"], "--label"),
        ("renew", &["--id", id, "--to", "x.p12"], "cannot be renewed now"),
        ("export", &["--id", id, "--to", "x.p12"], "not here any more"),
        ("revoke", &["--id", "AAAAAAAAAAAAAAAAAAAAAA"], "no such certificate"),
        ("mode", &["--set", "off", "--from", "2020-01-01"], "before today"),
    ] {
        let (exit, _, errors) = certificate(command, more);
        assert!(exit == 2 && errors.contains(word) && errors.contains("next:"), "{command}: {errors}");
    }
    let rows = said(&run(&["certificate", "list", "--data", data, "--institution", "9969900001"]));
    assert!(rows.0 == 2 && rows.2.contains("no institution"), "{}", rows.2);
}
