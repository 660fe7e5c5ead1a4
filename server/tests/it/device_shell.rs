//! The device page on a home screen: its manifest, its service worker, the build it is of, and the files of former builds.

use axum::http::StatusCode;
use server::serve::Parts;
use shared::api::office::Me;
use shared::api::{Code, Refusal};

use crate::headers::{get, pages};
use crate::world::{STATION, World};

const NEUTRAL: &str = "/d/manifest.webmanifest";

async fn world() -> (World, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    pages(folder.path());
    let device = folder.path().join("device");
    for (name, text) in [("worker.js", "// worker"), ("build.txt", "0123456789abcdef"), ("icon-maskable-512.png", "png")] {
        std::fs::write(device.join(name), text).unwrap();
    }
    let path = folder.path().to_owned();
    (World::with(|parts: &mut Parts| (parts.pages, parts.is_demo) = (Some(path), false)).await, folder)
}

async fn text(world: &World, path: &str) -> String {
    let (status, headers, body) = get(world, path, &[]).await;
    assert_eq!(status, StatusCode::OK, "{path}");
    assert_eq!(headers["cache-control"], "no-store", "{path}");
    String::from_utf8(body).unwrap()
}

#[tokio::test]
async fn the_manifest_names_the_institution_to_its_own_and_tells_nobody_which_codes_exist() {
    let (world, _folder) = world().await;
    let admin = world.login(STATION, "kanri1").await;
    let session = world.call::<Me>(&[], &admin, &()).await.unwrap();
    let named: serde_json::Value = serde_json::from_str(&text(&world, &session.manifest).await).unwrap();
    assert_eq!((named["name"].as_str(), named["start_url"].as_str()), (Some("端末 ひなた訪問看護ステーション"), Some("/d")));
    let neutral = text(&world, NEUTRAL).await;
    let plain: serde_json::Value = serde_json::from_str(&neutral).unwrap();
    for same in ["id", "start_url", "scope", "display", "icons", "theme_color"] {
        assert_eq!(plain[same], named[same], "{same}: one app before and after");
    }
    assert_eq!(plain["icons"][1]["purpose"], "maskable");
    // With a code that exists, one that does not, and what is none: one answer.
    let tag = session.manifest.split_once('.').unwrap().1;
    for part in [format!("{STATION}.AAAAAAAAAAAAAAAAAAAAAA"), format!("9969900999.{}", tag.split('/').next().unwrap()), "x".to_owned()] {
        assert_eq!(text(&world, &format!("/d/app/{part}/manifest.webmanifest")).await, neutral, "{part}");
    }
    let (status, _, body) = get(&world, &session.manifest, &[("sec-fetch-site", "cross-site")]).await;
    assert_eq!((status, serde_json::from_slice::<Refusal>(&body).unwrap().code), (StatusCode::FORBIDDEN, Code::Forbidden));
    // A code that has ended names nobody any more.
    let connection = rusqlite::Connection::open(world.folder().join("u.db")).unwrap();
    connection.execute("UPDATE institutions SET closed_at = 1 WHERE code = ?1", [STATION]).unwrap();
    assert_eq!(text(&world, &session.manifest).await, neutral);
}

#[tokio::test]
async fn the_service_worker_is_of_the_device_desk_alone_and_fetches_from_here_alone() {
    let (world, _folder) = world().await;
    let (status, headers, body) = get(&world, "/d/worker.js", &[]).await;
    assert_eq!((status, body.as_slice()), (StatusCode::OK, "// worker".as_bytes()));
    for (name, value) in
        [("service-worker-allowed", "/d"), ("cache-control", "no-cache"), ("content-type", "text/javascript; charset=utf-8")]
    {
        assert_eq!(headers[name], value, "{name}");
    }
    let csp = headers["content-security-policy"].to_str().unwrap();
    assert!(csp.starts_with("default-src 'none'; connect-src 'self';") && !csp.contains("script-src"), "{csp}");
    assert_eq!(text(&world, "/d/build").await, "0123456789abcdef");
}

/// A build that has no service worker still has its page.
#[tokio::test]
async fn without_a_service_worker_there_is_a_page_and_no_empty_program() {
    let folder = tempfile::tempdir().unwrap();
    pages(folder.path());
    let path = folder.path().to_owned();
    let world = World::with(|parts: &mut Parts| parts.pages = Some(path)).await;
    for path in ["/d/worker.js", "/d/build"] {
        assert_eq!(get(&world, path, &[]).await.0, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(get(&world, "/d", &[]).await.0, StatusCode::OK);
}

#[tokio::test]
async fn files_of_the_build_before_are_served_for_a_day() {
    const OLD: &str = "/assets/device/a-77580e229861718c_bg.wasm";
    const NEW: &str = "/assets/device/a-0123456789abcdef_bg.wasm";
    let (folder, kept) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    pages(folder.path());
    let start = async || {
        let (pages, former) = (folder.path().to_owned(), kept.path().join("former"));
        World::with(|parts: &mut Parts| (parts.pages, parts.former_pages) = (Some(pages), Some(former))).await
    };
    let before = start().await;
    assert_eq!(get(&before, OLD, &[]).await.0, StatusCode::OK);
    let device = folder.path().join("device");
    for suffix in ["", ".br", ".gz"] {
        std::fs::rename(
            device.join(format!("a-77580e229861718c_bg.wasm{suffix}")),
            device.join(format!("a-0123456789abcdef_bg.wasm{suffix}")),
        )
        .unwrap();
    }
    let world = start().await;
    for path in [OLD, NEW] {
        let (status, headers, body) = get(&world, path, &[("accept-encoding", "br")]).await;
        assert_eq!((status, body.as_slice()), (StatusCode::OK, "wasm as br".as_bytes()), "{path}");
        assert_eq!(
            (headers["content-type"].as_bytes(), headers["content-encoding"].as_bytes()),
            ("application/wasm".as_bytes(), "br".as_bytes())
        );
        assert_eq!(headers["cache-control"], "public, max-age=31536000, immutable", "{path}");
    }
    // Only of the page it belonged to, and nothing else that lies there.
    for path in ["/assets/device/ended.json", "/assets/device/../ended.json", "/assets/device/a-1111111111111111_bg.wasm"] {
        assert_eq!(get(&world, path, &[]).await.0, StatusCode::NOT_FOUND, "{path}");
    }
    world.later(24 * 60 * 60 * 1000);
    assert_eq!(get(&world, OLD, &[]).await.0, StatusCode::NOT_FOUND);
    assert_eq!(get(&world, NEW, &[]).await.0, StatusCode::OK, "control");
}
