//! Headers of every answer, the pages, and the one host.

use std::path::Path;

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use shared::api::{Code, Method, table};

use crate::world::{World, nobody};

const SCRIPT: &str = "import init from '/assets/reception/a.js';init();";

/// A folder as the build leaves it.
pub(crate) fn pages(folder: &Path) {
    for page in ["reception", "device", "office"] {
        let folder = folder.join(page);
        std::fs::create_dir_all(&folder).unwrap();
        let html = format!("<!doctype html><title>{page}</title><style>h1{{}}</style><script type=\"module\">{SCRIPT}</script>");
        std::fs::write(folder.join("index.html"), &html).unwrap();
        std::fs::write(folder.join("index.html.br"), format!("br of {page}")).unwrap();
        std::fs::write(folder.join("demo.html"), html.replace("<style>", "demo<style>")).unwrap();
        std::fs::write(folder.join("demo.html.br"), format!("br of {page} as a demo")).unwrap();
        std::fs::write(folder.join("a-77580e229861718c_bg.wasm"), "wasm").unwrap();
        std::fs::write(folder.join("a-77580e229861718c_bg.wasm.br"), "wasm as br").unwrap();
        std::fs::write(folder.join("a-77580e229861718c_bg.wasm.gz"), "wasm as gz").unwrap();
        std::fs::write(folder.join("a.js"), "js").unwrap();
        std::fs::write(folder.join("icon-180.png"), "png").unwrap();
    }
}

async fn world() -> (World, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    pages(folder.path());
    let path = folder.path().to_owned();
    let as_in_production = |parts: &mut server::serve::Parts| (parts.pages, parts.is_demo) = (Some(path), false);
    (World::with(as_in_production).await, folder)
}

#[tokio::test]
async fn a_demo_says_so_on_every_page_before_anyone_is_known() {
    let folder = tempfile::tempdir().unwrap();
    pages(folder.path());
    for is_demo in [true, false] {
        let path = folder.path().to_owned();
        let world = World::with(|parts| (parts.pages, parts.is_demo) = (Some(path), is_demo)).await;
        for (path, page) in [("/r/anything", "reception"), ("/o", "office"), ("/d", "device")] {
            let shown = String::from_utf8(get(&world, path, &[]).await.2).unwrap();
            assert_eq!(shown.contains("demo<style>"), is_demo, "{path}");
            let (_, headers, body) = get(&world, path, &[("accept-encoding", "br")]).await;
            assert_eq!(headers["content-encoding"], "br", "{path}: a slow line carries it in full");
            assert_eq!(body, format!("br of {page}{}", if is_demo { " as a demo" } else { "" }).into_bytes());
        }
    }
}

pub(crate) async fn get(world: &World, path: &str, headers: &[(&str, &str)]) -> (StatusCode, HeaderMap, Vec<u8>) {
    let mut request = Request::builder().uri(path).header("host", "uketsuke.example");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    world.raw(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn every_answer_carries_the_headers() {
    let (world, _folder) = world().await;
    let reception = format!("/r/{}", world.token.as_str());
    let manifest = format!("{reception}/manifest.webmanifest");
    let mut paths: Vec<(&str, String)> = [
        "/",
        "/o",
        "/o/consents/x",
        "/d",
        "/nothing",
        "/assets/reception/a.js",
        "/assets/device/a-77580e229861718c_bg.wasm",
        "/assets/reception/nothing.js",
        &reception,
        &manifest,
    ]
    .iter()
    .map(|path| ("GET", (*path).to_owned()))
    .collect();
    paths.extend(table().map(|row| {
        let method = if row.method == Method::Get { "GET" } else { "POST" };
        (method, row.path.replace("{token}", world.token.as_str()).replace("{visit}", "x").replace("{consent}", "x"))
    }));
    paths.push(("DELETE", "/api/office/me".to_owned()));
    for (method, path) in paths {
        let (status, headers, _) = world.send(method, &path, &nobody(), "null").await;
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("x-frame-options", "DENY"),
            ("strict-transport-security", "max-age=63072000; includeSubDomains"),
        ] {
            assert_eq!(headers.get(name).map(|found| found.to_str().unwrap()), Some(value), "{method} {path} {status}: {name}");
        }
        let csp = headers["content-security-policy"].to_str().unwrap();
        assert!(csp.starts_with("default-src 'none'") && !csp.contains("unsafe-inline"), "{path}: {csp}");
        assert!(csp.contains("frame-ancestors 'none'") && csp.contains("base-uri 'none'"), "{path}: {csp}");
        let permissions = headers["permissions-policy"].to_str().unwrap();
        assert!(permissions.contains("loopback-network=(self \"http://127.0.0.1:35970\")"), "{path}");
        let caching = match path.rsplit_once('.') {
            Some((_, "wasm")) => "public, max-age=31536000, immutable",
            Some((_, "js")) if status.is_success() => "no-cache",
            _ => "no-store",
        };
        assert_eq!(headers["cache-control"], caching, "{method} {path}");
        assert!(!headers.contains_key("server") && !headers.contains_key("access-control-allow-origin"));
    }
}

#[tokio::test]
async fn a_page_runs_its_own_scripts_only() {
    let (world, folder) = world().await;
    for path in ["/r/anything", "/r/anything/else", "/o", "/o/consents", "/d"] {
        let (status, headers, body) = get(&world, path, &[]).await;
        assert_eq!((status, headers["content-type"].to_str().unwrap()), (StatusCode::OK, "text/html; charset=utf-8"), "{path}");
        let desk = if path.starts_with("/r") {
            "reception"
        } else if path.starts_with("/d") {
            "device"
        } else {
            "office"
        };
        assert_eq!(body, std::fs::read(folder.path().join(desk).join("index.html")).unwrap(), "{path}");
        let csp = headers["content-security-policy"].to_str().unwrap();
        let hash = shared::bytes::Base64(server::sha256(SCRIPT.as_bytes()).to_vec()).to_text().replace('-', "+").replace('_', "/");
        assert!(csp.contains(&format!("script-src 'self' 'wasm-unsafe-eval' 'sha256-{hash}=';")), "{csp}");
        assert!(csp.contains("style-src 'self' 'sha256-"), "{csp}");
        assert!(csp.contains("connect-src 'self' ws://127.0.0.1:35970 http://127.0.0.1:35970; frame-src http://127.0.0.1:35970;"), "{csp}");
        assert!(csp.contains("img-src 'self' data: http://127.0.0.1:35970;"), "{csp}");
        let (worker, trusted) = if desk == "device" { ("'self'", "uketsuke-worker") } else { ("'none'", "'none'") };
        assert!(csp.contains(&format!("worker-src {worker};")), "{csp}");
        assert!(csp.contains(&format!("require-trusted-types-for 'script'; trusted-types {trusted};")), "{csp}");
        assert_eq!(headers["reporting-endpoints"], "policy=\"/csp-report\"");
    }
}

/// Camera and passkeys only where a desk needs them.
#[tokio::test]
async fn a_page_may_use_what_its_desk_needs_and_nothing_else() {
    let (world, _folder) = world().await;
    let used = async |path: &str| {
        let (_, headers, _) = get(&world, path, &[]).await;
        let policy = headers["permissions-policy"].to_str().unwrap().to_owned();
        let allowed = policy.split(", ").filter(|entry| !entry.ends_with("=()")).map(str::to_owned);
        allowed.filter(|entry| !entry.starts_with("loopback-network=") && entry != "fullscreen=(self)").collect::<Vec<_>>()
    };
    let passkeys = ["publickey-credentials-create=(self)", "publickey-credentials-get=(self)"];
    for path in ["/r/anything", "/nothing", "/api/office/me", "/assets/device/a.js"] {
        assert_eq!(used(path).await, [""; 0], "{path}");
    }
    for path in ["/o", "/o/consents"] {
        assert_eq!(used(path).await, passkeys, "{path}");
    }
    assert_eq!(used("/d").await, ["camera=(self)", passkeys[0], passkeys[1]]);
}

/// A helper that speaks TLS is named so in every header: the schemes of a policy are compared exactly.
#[test]
fn a_helper_with_tls_is_named_so() {
    let csp = server::headers::page_csp(&[], &[], shared::api::HelperAt { port: 35970, is_tls: true }, server::headers::Powers::OFFICE);
    let helper: Vec<&str> = csp.split([' ', ';']).filter(|word| word.contains("127.0.0.1")).collect();
    let https = "https://127.0.0.1:35970";
    assert_eq!(helper, ["wss://127.0.0.1:35970", https, https, https], "{csp}");
}

/// A bookmark with a slash too many, a mistyped address: a person reads a page, never JSON; programs keep their refusal.
#[tokio::test]
async fn an_address_where_nothing_is_gives_a_person_a_page() {
    let (world, _folder) = world().await;
    let reception = format!("/r/{}", world.token.as_str());
    for (path, without_slash) in [("/o/".to_owned(), "/o"), ("/d/".to_owned(), "/d"), (format!("{reception}/"), &reception)] {
        let (status, headers, _) = get(&world, &path, &[]).await;
        assert_eq!((status, headers["location"].to_str().unwrap()), (StatusCode::PERMANENT_REDIRECT, without_slash), "{path}");
    }
    for path in ["/r", "/r/", "/r//", "/nothing", "/o2", "/index.html"] {
        let (status, headers, body) = get(&world, path, &[]).await;
        assert_eq!((status, headers["content-type"].to_str().unwrap()), (StatusCode::NOT_FOUND, "text/html; charset=utf-8"), "{path}");
        let body = String::from_utf8(body).unwrap();
        assert!(body.contains("ページが見つかりません") && body.contains("二次元コード"), "{path}: {body}");
        let style = body.split_once("<style>").unwrap().1.split_once("</style>").unwrap().0;
        let hash = shared::bytes::Base64(server::sha256(style.as_bytes()).to_vec()).to_text().replace('-', "+").replace('_', "/");
        let csp = headers["content-security-policy"].to_str().unwrap();
        assert!(csp.contains(&format!("style-src 'sha256-{hash}='")) && !csp.contains("script-src"), "{csp}");
    }
    for path in ["/api/nothing", "/api/reception/x/y", "/assets/nothing"] {
        assert_eq!(get(&world, path, &[]).await.1["content-type"], "application/json", "{path}");
    }
}

#[tokio::test]
async fn files_come_compressed_and_with_their_types() {
    let (world, _folder) = world().await;
    let text = |answer: (StatusCode, HeaderMap, Vec<u8>)| {
        let encoding = answer.1.get("content-encoding").map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
        (String::from_utf8(answer.2).unwrap(), encoding, answer.1["content-type"].to_str().unwrap().to_owned())
    };
    let wasm = "/assets/reception/a-77580e229861718c_bg.wasm";
    let of = |body: &str, encoding: &str| (body.to_owned(), encoding.to_owned(), "application/wasm".to_owned());
    assert_eq!(text(get(&world, wasm, &[("accept-encoding", "gzip, br")]).await), of("wasm as br", "br"));
    assert_eq!(text(get(&world, wasm, &[("accept-encoding", "gzip")]).await), of("wasm as gz", "gzip"));
    assert_eq!(text(get(&world, wasm, &[]).await), of("wasm", ""));
    assert_eq!(text(get(&world, "/assets/office/a.js", &[]).await).2, "text/javascript");
    assert_eq!(text(get(&world, "/o", &[("accept-encoding", "br")]).await).0, "br of office");
    for hidden in
        ["/assets/reception/index.html", "/assets/reception/", "/assets/", "/assets/reception/../../Cargo.toml", "/assets/other/a.js"]
    {
        let (status, headers, _) = get(&world, hidden, &[]).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{hidden}");
        assert_eq!(headers["content-type"], "application/json", "{hidden}");
    }
}

#[tokio::test]
async fn the_home_screen_opens_the_page_again() {
    let (world, _folder) = world().await;
    let start = format!("/r/{}", world.token.as_str());
    let (status, headers, body) = get(&world, &format!("{start}/manifest.webmanifest"), &[]).await;
    assert_eq!((status, headers["content-type"].to_str().unwrap()), (StatusCode::OK, "application/manifest+json"));
    let manifest: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert_eq!((manifest["start_url"].as_str(), manifest["short_name"].as_str()), (Some(start.as_str()), Some("受付")));
    assert_eq!(manifest["icons"][0]["src"], "/assets/reception/icon-180.png");
    assert_eq!(get(&world, &format!("/r/{}/manifest.webmanifest", "A".repeat(43)), &[]).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_switched_off_or_former_page_names_its_institution_to_nobody() {
    use server::store::AuditEntry;
    use shared::domain::institution::{InstitutionCode, ReceptionToken, VisitKind};
    let (world, _folder) = world().await;
    let code = InstitutionCode::try_from(crate::world::STATION).unwrap();
    let path = format!("/r/{}/manifest.webmanifest", world.token.as_str());
    let refused = async |headers: &[(&str, &str)]| {
        let (status, _, body) = get(&world, &path, headers).await;
        let text = String::from_utf8(body).unwrap();
        assert!(!text.contains("ひなた") && !text.contains(world.token.as_str()), "{text}");
        let refusal: shared::api::Refusal = serde_json::from_str(&text).unwrap();
        (status.as_u16(), refusal.code)
    };
    assert_eq!(refused(&[("sec-fetch-site", "cross-site")]).await, (403, Code::Forbidden));
    assert_eq!(get(&world, &path, &[("sec-fetch-site", "same-origin")]).await.0, StatusCode::OK, "control");
    world.store.switch_home_visit(&code, false).await.unwrap();
    assert_eq!(refused(&[]).await, (403, Code::X19));
    world.store.switch_home_visit(&code, true).await.unwrap();
    assert_eq!(get(&world, &path, &[]).await.0, StatusCode::OK, "control");
    let audit = AuditEntry {
        at: world.clock.now(),
        institution: Some(code),
        actor: "user kanri1".to_owned(),
        action: "office.change_reception_url".into(),
        address: None,
        subject: None,
        outcome: "ok".to_owned(),
    };
    let next = ReceptionToken::from_random([9; 32]);
    world.store.change_reception_url(VisitKind::HomeVisit, world.token.clone(), next, audit).await.unwrap().unwrap();
    assert_eq!(refused(&[]).await, (410, Code::X18));
}

#[tokio::test]
async fn another_host_is_sent_to_the_one_that_is_served() {
    let (world, _folder) = world().await;
    let ask = |method: &str, host: &str, path: &str| {
        let request = Request::builder().method(method).uri(path).header("host", host);
        world.raw(request.body(Body::empty()).unwrap())
    };
    let (status, headers, _) = ask("GET", "127.0.0.1:8080", "/r/x?y=1").await;
    assert_eq!((status, headers["location"].to_str().unwrap()), (StatusCode::PERMANENT_REDIRECT, "https://uketsuke.example/r/x?y=1"));
    assert_eq!(ask("GET", "evil.example", "//evil.example/").await.1["location"], "https://uketsuke.example/");
    assert_eq!(ask("POST", "127.0.0.1:8080", "/api/office/login").await.0, StatusCode::MISDIRECTED_REQUEST);
    assert_eq!(ask("GET", "uketsuke.example:444", "/o").await.0, StatusCode::PERMANENT_REDIRECT);
    assert_eq!(ask("GET", "uketsuke.example", "https://evil.example/o").await.0, StatusCode::PERMANENT_REDIRECT, "absolute form");
    let without = world.raw(Request::builder().uri("/o").body(Body::empty()).unwrap()).await;
    assert_eq!(without.0, StatusCode::BAD_REQUEST);
    assert_eq!(ask("GET", "UKETSUKE.example", "/o").await.0, StatusCode::OK, "control");
}

#[tokio::test]
async fn reports_about_a_policy_are_taken_and_nothing_else() {
    let world = World::new().await;
    let csp = server::headers::page_csp(&[], &[], shared::api::HelperAt { port: 35970, is_tls: true }, server::headers::Powers::OFFICE);
    assert!(csp.ends_with("; report-uri /csp-report; report-to policy"), "{csp}");
    let report =
        |directive: &str| serde_json::json!({ "csp-report": { "effective-directive": directive, "document-uri": "x" } }).to_string();
    let newer = |kind: &str, directive: &str| serde_json::json!({ "type": kind, "url": "x", "body": { "effectiveDirective": directive } });
    let list = |reports: &[serde_json::Value]| serde_json::Value::from(reports).to_string();
    for (body, status) in [
        (report("script-src-elem"), 204),
        (list(&[newer("csp-violation", "require-trusted-types-for")]), 204),
        (list(&[serde_json::json!({ "type": "deprecation", "body": {} }), newer("csp-violation", "img-src")]), 204),
        (list(&[serde_json::json!({ "type": "deprecation", "body": {} })]), 400),
        (list(&[newer("csp-violation", "資格")]), 400),
        ("[]".to_owned(), 400),
        (report("資格"), 400),
        (report(&"x".repeat(41)), 400),
        ("{}".to_owned(), 400),
        ("not json".to_owned(), 400),
        (" ".repeat(20_000), 400),
    ] {
        assert_eq!(world.send("POST", "/csp-report", &nobody(), body.clone()).await.0.as_u16(), status, "{body}");
    }
    assert_eq!(world.send("GET", "/csp-report", &nobody(), "").await.0.as_u16(), 405);
}
