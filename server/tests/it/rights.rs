//! The walk: every endpoint of the table × everyone who might call it. A new endpoint is walked without a change here,
//! except for its path and body.

use axum::http::StatusCode;
use shared::api::reception::VisitOpened;
use shared::api::{Code, Method, Permission, Refusal, Row, TABLE};
use shared::domain::account::AccountKind;
use shared::domain::consent::{Choice, Choices};

use crate::world::{CLINIC, ORIGIN, STATION, With, World, holder, nobody};

/// Who calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    Nobody,
    Admin,
    General,
    Viewer,
    MustChange,
    ExpiredSession,
    /// Another institution's admin.
    Stranger,
    Tablet,
    /// The secret of another visit.
    OtherTablet,
}

const EVERYONE: [Who; 9] = [
    Who::Nobody,
    Who::Admin,
    Who::General,
    Who::Viewer,
    Who::MustChange,
    Who::ExpiredSession,
    Who::Stranger,
    Who::Tablet,
    Who::OtherTablet,
];

impl Who {
    fn kind(self) -> Option<AccountKind> {
        match self {
            Self::Admin | Self::Stranger => Some(AccountKind::Admin),
            Self::General => Some(AccountKind::General),
            Self::Viewer => Some(AccountKind::Viewer),
            Self::Nobody | Self::MustChange | Self::ExpiredSession | Self::Tablet | Self::OtherTablet => None,
        }
    }
}

/// What the walk expects: let through (whatever the rule then says), or refused with this code before any rule.
fn expected(permission: Permission, who: Who) -> Result<(), (u16, Code)> {
    match permission {
        Permission::Anyone | Permission::ReceptionPage => Ok(()),
        Permission::VisitHolder => {
            if who == Who::Tablet {
                Ok(())
            } else {
                Err((404, Code::NotFound))
            }
        }
        Permission::AnyAccount => {
            if who.kind().is_some() || who == Who::MustChange {
                Ok(())
            } else {
                Err((401, Code::Session))
            }
        }
        Permission::Office(kinds) => match who.kind() {
            Some(kind) if kinds.contains(&kind) => Ok(()),
            Some(_) => Err((403, Code::Forbidden)),
            None if who == Who::MustChange => Err((403, Code::X39)),
            None => Err((401, Code::Session)),
        },
    }
}

struct Scene {
    world: World,
    visit: VisitOpened,
    other_visit: VisitOpened,
    consent: String,
    expired: With,
}

impl Scene {
    async fn new() -> Self {
        let world = World::new().await;
        let expired = world.login(STATION, "kanri1").await;
        world.later(10 * 60_000);
        world.visit_of("ichiro").await.unwrap();
        let visit = world.open(Choices::all(Choice::Agree)).await;
        let other_visit = world.open(Choices::all(Choice::Agree)).await;
        let consent = world.first_consent().await;
        Self { world, visit, other_visit, consent, expired }
    }

    /// A fresh session for each call: some calls end it.
    async fn with(&self, who: Who) -> With {
        match who {
            Who::Nobody => nobody(),
            Who::Admin => self.world.login(STATION, "kanri1").await,
            Who::General => self.world.login(STATION, "ippan1").await,
            Who::Viewer => self.world.login(STATION, "etsu1").await,
            Who::MustChange => self.world.login(STATION, "shin1").await,
            Who::ExpiredSession => self.expired.clone(),
            Who::Stranger => self.world.login(CLINIC, "kanri1").await,
            Who::Tablet => holder(&self.visit),
            Who::OtherTablet => holder(&self.other_visit),
        }
    }

    fn path(&self, row: &Row) -> String {
        row.path.replace("{token}", self.world.token.as_str()).replace("{visit}", &self.visit.visit).replace("{consent}", &self.consent)
    }

    async fn ask(&self, row: &Row, with: &With) -> (StatusCode, Vec<u8>) {
        let (method, body) = match row.method {
            Method::Get => ("GET", ""),
            Method::Post => ("POST", "null"),
        };
        let (status, _, bytes) = self.world.send(method, &self.path(row), with, body).await;
        (status, bytes)
    }
}

#[tokio::test]
async fn every_endpoint_is_closed_to_everyone_without_its_right() {
    let scene = Scene::new().await;
    let mut cells = 0;
    for row in TABLE {
        for who in EVERYONE {
            // Leaving ends the visit for the rest of the walk, and login needs no right: both are walked elsewhere with care.
            let is_last = row.name == "reception.leave_visit" && who == Who::Tablet;
            if is_last {
                continue;
            }
            let (status, body) = scene.ask(row, &scene.with(who).await).await;
            let refusal = serde_json::from_slice::<Refusal>(&body).ok().filter(|_| !status.is_success());
            match expected(row.permission, who) {
                Ok(()) => {
                    let is_closed = refusal
                        .as_ref()
                        .is_some_and(|refusal| matches!(refusal.code, Code::Session | Code::Forbidden | Code::X39 | Code::Internal));
                    assert!(!is_closed, "{} is closed to {who:?}: {status} {refusal:?}", row.name);
                }
                Err((wanted, code)) => {
                    assert_eq!(status.as_u16(), wanted, "{} by {who:?}", row.name);
                    assert_eq!(refusal.map(|refusal| refusal.code), Some(code), "{} by {who:?}", row.name);
                }
            }
            cells += 1;
        }
    }
    assert_eq!(cells, TABLE.len() * EVERYONE.len() - 1);
}

#[tokio::test]
async fn what_is_not_yours_is_not_there() {
    let scene = Scene::new().await;
    let stranger = scene.world.login(CLINIC, "kanri1").await;
    let foreign = scene.world.send("GET", &format!("/api/office/consents/{}", scene.consent), &stranger, "").await;
    let missing = scene.world.send("GET", "/api/office/consents/AAAAAAAAAAAAAAAAAAAAAA", &stranger, "").await;
    let garbage = scene.world.send("GET", "/api/office/consents/x", &stranger, "").await;
    assert_eq!(foreign.0, StatusCode::NOT_FOUND);
    assert_eq!((&foreign.1, &foreign.2), (&missing.1, &missing.2), "not even the headers differ");
    assert_eq!((&foreign.1, &foreign.2), (&garbage.1, &garbage.2));
    let own = scene.world.login(STATION, "kanri1").await;
    assert_eq!(scene.world.send("GET", &format!("/api/office/consents/{}", scene.consent), &own, "").await.0, StatusCode::OK, "control");

    // A visit: wrong secret, no secret, and no such visit are one answer.
    let path = format!("/api/visits/{}", scene.visit.visit);
    let wrong = scene.world.send("GET", &path, &holder(&scene.other_visit), "").await;
    let without = scene.world.send("GET", &path, &nobody(), "").await;
    let missing = scene.world.send("GET", "/api/visits/AAAAAAAAAAAAAAAAAAAAAA", &holder(&scene.visit), "").await;
    assert_eq!(wrong.0, StatusCode::NOT_FOUND);
    assert!(wrong == without && wrong == missing);

    // A reception page: no such token and no token at all.
    let missing = scene.world.send("GET", &format!("/api/reception/{}", "A".repeat(43)), &nobody(), "").await;
    assert_eq!(missing.0, StatusCode::NOT_FOUND);
    assert_eq!(missing, scene.world.send("GET", "/api/reception/x", &nobody(), "").await);
}

#[tokio::test]
async fn lists_hold_the_own_institution_only() {
    let scene = Scene::new().await;
    let search = serde_json::json!({
        "consented_from": "2026-01-01", "consented_to": "2026-12-31", "name_prefix": "", "reference_number": "",
        "state": "all", "order": "newest_first"
    });
    for (institution, total) in [(STATION, 1), (CLINIC, 0)] {
        let with = scene.world.login(institution, "kanri1").await;
        let (status, _, body) = scene.world.send("POST", "/api/office/consents/search", &with, search.to_string()).await;
        let page: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!((status.as_u16(), page["total"].as_u64()), (200, Some(total)), "{institution}");
    }
}

#[tokio::test]
async fn calls_from_other_pages_are_refused() {
    use axum::body::Body;
    use axum::http::Request;
    let scene = Scene::new().await;
    let with = scene.world.login(STATION, "kanri1").await;
    let ask = |headers: &[(&str, &str)]| {
        let mut request = Request::builder()
            .method("POST")
            .uri("/api/office/logout")
            .header("host", "uketsuke.example")
            .header("content-type", "application/json")
            .header("cookie", with.cookie.clone().unwrap());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        scene.world.raw(request.body(Body::from("null")).unwrap())
    };
    let good = [("origin", ORIGIN), ("x-uketsuke-page", "1")];
    let bad: [&[(&str, &str)]; 7] = [
        &[],
        &[("origin", ORIGIN)],
        &[("x-uketsuke-page", "1")],
        &[("origin", "null"), ("x-uketsuke-page", "1")],
        &[("origin", "https://uketsuke.example.evil"), ("x-uketsuke-page", "1")],
        &[("origin", "http://uketsuke.example"), ("x-uketsuke-page", "1")],
        &[("origin", ORIGIN), ("x-uketsuke-page", "1"), ("sec-fetch-site", "cross-site")],
    ];
    for headers in bad {
        assert_eq!(ask(headers).await.0, StatusCode::FORBIDDEN, "{headers:?}");
    }
    assert_eq!(ask(&good).await.0, StatusCode::OK);
}

#[tokio::test]
async fn only_the_declared_methods_are_served() {
    let scene = Scene::new().await;
    let with = scene.world.login(STATION, "kanri1").await;
    for row in TABLE {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "OPTIONS"] {
            let declared = TABLE.iter().any(|other| {
                let is_method = matches!((other.method, method), (Method::Get, "GET") | (Method::Post, "POST"));
                other.path == row.path && is_method
            });
            if !declared {
                let (status, _, _) = scene.world.send(method, &scene.path(row), &with, "").await;
                assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED, "{method} {}", row.path);
            }
        }
    }
}
