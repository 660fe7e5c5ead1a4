//! The cases, each with the section of `helper/PROTOCOL.md` that it comes from.
//!
//! None presses 確定: whatever a case sends, the card has as many tries left after it as before.

use std::fmt::Write as _;
use std::io::Write as _;
use std::time::Instant;

use ring::digest::{SHA256, digest};
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use serde_json::{Value, json};
use shared::bytes::Base64;
use shared::domain::calendar::UnixMs;
use shared::domain::consent::{Choice, Choices};
use shared::domain::institution::{InstitutionCode, VisitKind};
use shared::domain::visit::Purpose;
use shared::evidence::{NONCE_LEN, Statement, identity_bytes};
use shared::reader::FRAME_MAX;

use super::line::{Heard, Miss, Page, Target, Tried, demand, fail};

/// One case.
pub(crate) struct Case {
    /// Its number, for good: a case that goes leaves a gap.
    pub(crate) id: &'static str,
    /// Section of the page.
    pub(crate) rule: &'static str,
    /// What holds.
    pub(crate) title: &'static str,
    run: fn(&Target) -> Tried,
}

/// What came of a case.
pub(crate) struct Report {
    /// The case.
    pub(crate) case: &'static Case,
    /// How it ended.
    pub(crate) result: Tried,
}

/// Runs every case, one after the other.
pub(crate) fn run(target: &Target) -> Vec<Report> {
    // Opened first and looked at last: the helper's own ping takes its time.
    let waiting = Page::greeted(target);
    let mut reports = run_those(target, |_| true);
    reports.push(Report { case: &PING, result: waiting.and_then(|mut page| page.hears_a_ping()) });
    reports
}

/// Runs the cases that are meant; the ping is none of them.
pub(crate) fn run_those(target: &Target, is_meant: fn(&Case) -> bool) -> Vec<Report> {
    CASES.iter().filter(|case| is_meant(case)).map(|case| Report { case, result: (case.run)(target) }).collect()
}

/// Every case, as `--list` shows them.
pub(crate) fn cases() -> impl Iterator<Item = &'static Case> {
    CASES.iter().chain([&PING])
}

/// 0 when nothing failed, else 1.
pub(crate) fn exit(reports: &[Report]) -> u8 {
    u8::from(reports.iter().any(|report| matches!(report.result, Err(Miss::Fail(_)))))
}

/// The table and a last line with the counts.
pub(crate) fn table(reports: &[Report]) -> String {
    let mut text = String::new();
    for Report { case, result } in reports {
        let (word, why) = words(result);
        let why = why.map(|why| format!(": {}", why.replace("\r\n", " | "))).unwrap_or_default();
        let _ = writeln!(text, "{}  {:<5} {word}  {}{why}", case.id, format!("§{}", case.rule), case.title);
    }
    let count = |wanted| reports.iter().filter(|report| words(&report.result).0 == wanted).count();
    let _ = writeln!(text, "{} passed, {} failed, {} skipped", count("PASS"), count("FAIL"), count("SKIP"));
    text
}

/// The same for programs.
pub(crate) fn as_json(reports: &[Report]) -> Value {
    let row = |Report { case, result }: &Report| {
        let (word, why) = words(result);
        json!({"id": case.id, "section": case.rule, "title": case.title, "result": word, "reason": why})
    };
    reports.iter().map(row).collect()
}

fn words(result: &Tried) -> (&'static str, Option<&str>) {
    match result {
        Ok(()) => ("PASS", None),
        Err(Miss::Fail(why)) => ("FAIL", Some(why)),
        Err(Miss::Skip(why)) => ("SKIP", Some(why)),
    }
}

macro_rules! cases {
    ($($id:literal $rule:literal $title:literal, $run:expr;)*) => {
        const CASES: &[Case] = &[$(Case { id: $id, rule: $rule, title: $title, run: $run },)*];
    };
}

const PING: Case = Case { id: "C-103", rule: "1.4", title: "the helper sends a ping by itself", run: |_| Ok(()) };

cases! {
    "C-001" "1.2" "an allowed page is let in", |t| status(t, &[&t.host()], &[&t.origin], 101);
    "C-002" "1.2" "localhost is a name of the helper", |t| status(t, &[&format!("localhost:{}", t.address.port())], &[&t.origin], 101);
    "C-003" "1.2" "[::1] is a name of the helper", |t| status(t, &[&format!("[::1]:{}", t.address.port())], &[&t.origin], 101);
    "C-004" "1.2" "another Host is refused", |t| status(t, &["evil.example"], &[&t.origin], 421);
    "C-005" "1.2" "another Host with the right port is refused", |t| host(t, "evil.example:{port}");
    "C-006" "1.2" "a Host without port is refused", |t| host(t, "127.0.0.1");
    "C-007" "1.2" "a Host with another port is refused", |t| host(t, "127.0.0.1:1");
    "C-008" "1.2" "another loopback address is refused", |t| host(t, "127.0.0.2:{port}");
    "C-009" "1.2" "0.0.0.0 is refused", |t| host(t, "0.0.0.0:{port}");
    "C-010" "1.2" "an address as one number is refused", |t| host(t, "2130706433:{port}");
    "C-011" "1.2" "LOCALHOST is refused", |t| host(t, "LOCALHOST:{port}");
    "C-012" "1.2" "localhost with a dot is refused", |t| host(t, "localhost.:{port}");
    "C-013" "1.2" "a name that begins like ours is refused", |t| host(t, "127.0.0.1.evil.example:{port}");
    "C-014" "1.2" "a missing Host is refused", |t| status(t, &[], &[&t.origin], 421);
    "C-015" "1.2" "two Hosts are refused", |t| status(t, &[&t.host(), "evil.example"], &[&t.origin], 421);
    "C-016" "1.2" "a target that names a host is refused", absolute_target;
    "C-017" "1.2" "a missing Origin is refused", |t| status(t, &[&t.host()], &[], 403);
    "C-018" "1.2" "the Origin null is refused", |t| origin(t, "null");
    "C-019" "1.2" "an empty Origin is refused", |t| origin(t, "");
    "C-020" "1.2" "a foreign Origin is refused", |t| origin(t, &t.foreign.clone());
    "C-021" "1.2" "an allowed Origin with a slash is refused", |t| origin(t, &format!("{}/", t.origin));
    "C-022" "1.2" "an Origin that begins like an allowed one is refused", |t| origin(t, &format!("{}.evil.example", bare(&t.origin)));
    "C-023" "1.2" "an allowed host on another port is refused", |t| origin(t, &format!("{}:1", bare(&t.origin)));
    "C-024" "1.2" "an allowed host with another scheme is refused", |t| origin(t, &other_scheme(&t.origin));
    "C-025" "1.2" "an allowed Origin in capitals is refused", |t| origin(t, &t.origin.to_uppercase());
    "C-026" "1.2" "the helper's own Origin is refused", |t| origin(t, &format!("http://{}", t.host()));
    "C-027" "1.2" "two Origins are refused", |t| status(t, &[&t.host()], &[&t.origin, &t.origin], 403);
    "C-028" "1.2" "Host is judged before Origin", |t| status(t, &["evil.example"], &[&t.foreign], 421);
    "C-029" "1.2" "a refusal says nothing but its status", refusal_is_silent;
    "C-030" "1.2" "a foreign page learns of no path", |t| paths(t, &t.foreign, [403, 403, 403]);
    "C-031" "1.2" "an allowed page is told what is not there", |t| paths(t, &t.origin, [404, 405, 400]);
    "C-032" "1.2" "a foreign page's preflight is refused", foreign_preflight;
    "C-033" "1.2" "/health is for allowed pages", health;
    "C-034" "1.2" "the plain page says that the program runs, and no data", plain_page;
    "C-035" "1.2" "a connection that says nothing is ended", |t| silent(t, "");
    "C-036" "1.2" "a connection with half a head is ended", |t| silent(t, "GET /v1 HTTP/1.1\r\nHost: ");
    "C-037" "1.2" "a head beyond 16 KiB is refused", long_head;
    "C-038" "1.2" "the seventeenth page is told to wait, a stranger is told nothing of it", crowd;
    "C-039" "1.3" "compression is not agreed to", |t| not_agreed(t, "Sec-WebSocket-Extensions", "permessage-deflate");
    "C-040" "1.3" "no subprotocol is agreed to", |t| not_agreed(t, "Sec-WebSocket-Protocol", "uketsuke");
    "C-041" "1.3" "a handshake of another WebSocket version is refused", old_websocket;
    "C-042" "1.3" "a frame of the longest length is read", longest;
    "C-043" "1.3" "a frame that is one byte longer ends the connection", |t| ends(t, |page| page.send(&" ".repeat(FRAME_MAX + 1)));
    "C-044" "1.3" "a longer message in fragments ends the connection", |t| ends(t, |page| fragments(page, &" ".repeat(FRAME_MAX + 1)));
    "C-045" "1.3" "an announced length of a tebibyte ends the connection at once", |t| ends(t, |page| page.send_header(0x81, true, 1 << 40));
    "C-046" "1.3" "a fragmented message is read", fragmented;
    "C-047" "1.3" "a binary message is refused", binary;
    "C-048" "1.3" "bytes that are not UTF-8 end the connection", |t| ends(t, |page| page.send_raw(0x81, true, b"{\"v\":1,\xFF}"));
    "C-049" "1.3" "a frame without a mask ends the connection", |t| ends(t, |page| page.send_raw(0x81, false, b"{}"));
    "C-050" "1.3" "a compressed frame ends the connection", |t| ends(t, |page| page.send_raw(0xC1, true, b"{}"));
    "C-051" "1.3" "an unknown kind of frame ends the connection", |t| ends(t, |page| page.send_raw(0x83, true, b"{}"));
    "C-052" "1.4" "a ping is answered with its own payload", pong;
    "C-053" "1.4" "a ping between two fragments is answered", ping_between;
    "C-054" "1.5" "a flood is slowed, then ended, and others go on", flood;
    "C-055" "1.6" "a close is answered with a close", close;
    "C-056" "2.1" "hello comes first", hello_first;
    "C-057" "2.1" "a second hello is refused", |t| refused(t, &[(r#"{"v":1,"id":ID,"op":"hello","versions":[1],"lang":"ja"}"#, "bad_state")]);
    "C-058" "2.1" "an id that does not rise is refused", ids_rise;
    "C-059" "2.1" "ids may leave gaps, up to the largest", ids_may_jump;
    "C-060" "2.1" "a frame that cannot be read does not use up its id", id_not_used_up;
    "C-061" "2.1" "what is no request is refused with id 0", no_request;
    "C-062" "2.1" "a deeply nested frame is refused", |t| {
        let mut page = Page::greeted(t)?;
        page.send(&"[".repeat(FRAME_MAX))?;
        says(&mut page, 0, "bad_message")?;
        page.is_alive()
    };
    "C-063" "2.1" "unknown keys are refused", |t| refused(t, &[
        (r#"{"v":1,"id":ID,"op":"cancel","target":1,"x":1}"#, "bad_message"),
        (r#"{"v":1,"id":ID,"op":"pin_status","reader":"r1","generation":1,"take":null,"pin":"1234"}"#, "bad_message"),
        (r#"{"v":1,"id":ID,"op":"identify","reader":"r1","generation":1,"consented":true,"take":null,"pin":"1234"}"#, "bad_message"),
        (r#"{"v":1,"id":ID,"op":"face","reader":"r1","generation":1,"consented":true,"take":null,"code":"1"}"#, "bad_message"),
        (r#"{"v":1,"id":ID,"op":"authenticate","reader":"r1","generation":1,"nonce":"","statement":"","take":null,"pin":"1234"}"#,
            "bad_message"),
    ]);
    "C-064" "2.1" "doubled keys are refused", |t| refused(t, &[
        (r#"{"v":1,"id":ID,"op":"cancel","target":1,"target":2}"#, "bad_message"),
        (r#"{"v":1,"id":ID,"op":"pin_status","reader":"r1","reader":"r1","generation":1,"take":null}"#, "bad_message"),
    ]);
    "C-065" "2.1" "missing keys are refused", |t| refused(t, &[
        (r#"{"v":1,"id":ID,"op":"cancel"}"#, "bad_message"),
        (r#"{"v":1,"id":ID,"op":"pin_status","reader":"r1","take":null}"#, "bad_message"),
        (r#"{"v":1,"id":ID,"op":"identify","reader":"r1","generation":1,"take":null}"#, "bad_message"),
        (r#"{"v":1,"id":ID,"op":"authenticate","reader":"r1","generation":1,"statement":"","take":null}"#, "bad_message"),
    ]);
    "C-066" "2.1" "values of another kind are refused", |t| refused(t, &[
        (r#"{"v":1,"id":ID,"op":"cancel","target":"1"}"#, "bad_message"),
        (r#"{"v":1,"id":ID,"op":"cancel","target":-1}"#, "bad_message"),
        (r#"{"v":1,"id":ID,"op":"cancel","target":1.5}"#, "bad_message"),
        (r#"{"v":1,"id":ID,"op":"pin_status","reader":1,"generation":1,"take":null}"#, "bad_message"),
        (r#"{"v":1,"id":ID,"op":"identify","reader":"r1","generation":1,"consented":"true","take":null}"#, "bad_message"),
        (r#"{"v":1,"id":ID,"op":"identify","reader":"r1","generation":1,"consented":1,"take":null}"#, "bad_message"),
    ]);
    "C-067" "2.1" "take may be left out", |t| refused(t, &[
        (r#"{"v":1,"id":ID,"op":"pin_status","reader":"nowhere","generation":1}"#, "no_reader or pcsc_down or pcsc_denied"),
    ]);
    "C-068" "2.1" "operations that nobody knows are refused: no command, no digest, no PIN", |t| {
        let words = ["transmit", "apdu", "verify", "sign", "change_pin", "unblock", "reset", "select", "control", "Cancel", ""];
        let mut page = Page::greeted(t)?;
        for op in words {
            let id = page.ask(json!({"op": op, "pin": "1234", "apdu": "00200098", "data": "00200098"}))?;
            says(&mut page, id, "unknown_op")?;
            let id = page.last_id();
            page.set_id(id.saturating_sub(1));
        }
        page.is_alive()
    };
    "C-069" "3" "hello names the version and the limits", hello_says;
    "C-070" "1.7" "a helper that shows its identity signs this page's nonce", identity;
    "C-071" "3" "a frame of another version is refused", |t| refused(t, &[
        (r#"{"v":0,"id":ID,"op":"cancel","target":1}"#, "version_mismatch"),
        (r#"{"v":2,"id":ID,"op":"cancel","target":1}"#, "version_mismatch"),
    ]);
    "C-072" "3" "without a common version hello is refused, and may be said again", no_common_version;
    "C-073" "4" "a late page gets the whole state", late_page;
    "C-074" "5.2" "only a statement is signed", statements;
    "C-075" "5.2" "a nonce has 32 bytes", nonces;
    "C-076" "5.3" "without consent no certificate is read", |t| consent(t, "identify");
    "C-077" "5.4" "without consent no photo is read", |t| consent(t, "face");
    "C-078" "5.2" "a reader that is not there is said to be", |t| refused(t, &[
        (r#"{"v":1,"id":ID,"op":"pin_status","reader":"r999999","generation":1,"take":null}"#, "no_reader or pcsc_down or pcsc_denied"),
        (r#"{"v":1,"id":ID,"op":"pin_status","reader":"","generation":1,"take":null}"#, "no_reader or pcsc_down or pcsc_denied"),
    ]);
    "C-079" "5.6" "cancelling what does not run is fine", |t| {
        let mut page = Page::greeted(t)?;
        for target in [0, 1, 7, u64::MAX] {
            let id = page.ask(json!({"op": "cancel", "target": target}))?;
            let answer = page.answer(id)?;
            demand(answer["ok"]["cancel"]["was_running"] == json!(false), || answer.to_string())?;
        }
        Ok(())
    };
    "C-080" "6" "a dead ticket shows that it is dead", dead_ticket;
    "C-081" "6" "the frame's press is refused from any page", |t| {
        for origin in [Some(t.origin.as_str()), Some(t.foreign.as_str()), Some("null"), None] {
            press(t, "AAAAAAAAAAAAAAAAAAAAAA", origin, 403)?;
        }
        Ok(())
    };
    "C-082" "6" "the frame's press needs our Host", |t| {
        let own = format!("http://{}", t.host());
        let head = [("Host", "evil.example"), ("Origin", own.as_str()), ("Content-Type", "application/json")];
        let got = t.http("POST", "/pin/AAAAAAAAAAAAAAAAAAAAAA", &head, r#"{"pin":"0000"}"#)?.status;
        demand(got == 421, || got.to_string())
    };
    "C-083" "7" "a dead photo is not found by an allowed page, and refused to others", dead_photo;
    "C-084" "4" "[card] another insertion than the one named is refused", |t| {
        let (mut page, which) = with_card(t)?;
        for generation in [0, which.generation + 1, u64::MAX] {
            let id = page.ask(json!({"op": "pin_status", "reader": which.reader, "generation": generation, "take": null}))?;
            says(&mut page, id, "card_removed")?;
        }
        Ok(())
    };
    "C-085" "5.5" "[card] the counters are told", |t| {
        let (mut page, which) = with_card(t)?;
        let status = tries(&mut page, &which)?;
        demand(status["auth"].is_u64() && status["certificate"].is_boolean(), || status.to_string())
    };
    "C-086" "5.3" "[card] the certificate is a DER sequence and nothing more", certificate;
    "C-087" "5.2" "[card] a signature is acknowledged and asks for the PIN", |t| asks(t, "authenticate", "pin");
    "C-088" "5.4" "[card] a photo is acknowledged and asks for the code", |t| asks(t, "face", "face_code");
    "C-089" "6" "[card] every ticket is another, of 128 bits", tickets;
    "C-090" "2.1" "[card] a page has one request with a card at a time", |t| {
        let (mut page, which) = with_card(t)?;
        let Entry { id, .. } = entry(&mut page, &which)?;
        for op in ["authenticate", "identify", "face", "pin_status"] {
            let second = page.ask(which.op(op))?;
            says(&mut page, second, "bad_state")?;
        }
        cancelled(&mut page, id)
    };
    "C-091" "5.6" "[card] a cancel ends the entry and its ticket", |t| {
        let (mut page, which) = with_card(t)?;
        let mut why = None;
        for op in ENTRIES {
            let id = page.ask(which.op(op))?;
            let ticket = match ticket(&mut page, id) {
                Err(Miss::Skip(reason)) => {
                    why = Some(reason);
                    continue;
                }
                other => other?,
            };
            cancelled(&mut page, id)?;
            let got = frame(t, &ticket)?.status;
            demand(got == 404, || format!("the ticket lives on: {got}"))?;
            page.sees("a free lease", |state| state["lease"] == "free")?;
        }
        // What could be tried passed; what could not is said.
        why.map_or(Ok(()), |why| Err(Miss::Skip(why)))
    };
    "C-092" "5.6" "[card] a cancel right behind the request ends it", |t| {
        for op in ["authenticate", "identify", "face", "pin_status"] {
            let (mut page, which) = with_card(t)?;
            let id = page.ask(which.op(op))?;
            let cancel = page.ask(json!({"op": "cancel", "target": id}))?;
            let code = page.code(id)?;
            // The card may have been quicker, whatever it had to say.
            demand(code == "cancelled" || code == "ok" || of_the_card(&code), || format!("{op}: {code}"))?;
            demand(page.code(cancel)? == "ok", || format!("the cancel of {op} failed"))?;
            page.is_alive()?;
        }
        Ok(())
    };
    "C-093" "5.6" "[card] a page cannot cancel another's request", |t| {
        let (mut page, which) = with_card(t)?;
        let Entry { id, .. } = entry(&mut page, &which)?;
        let mut other = Page::greeted(t)?;
        let cancel = other.ask(json!({"op": "cancel", "target": id}))?;
        let answer = other.answer(cancel)?;
        demand(answer["ok"]["cancel"]["was_running"] == json!(false), || answer.to_string())?;
        cancelled(&mut page, id)
    };
    "C-094" "1.6" "[card] a page that goes frees card, lease and ticket", |t| {
        let (mut page, which) = with_card(t)?;
        let mut other = Page::greeted(t)?;
        let Entry { ticket, .. } = entry(&mut page, &which)?;
        other.sees("another's lease", |state| state["lease"]["other"].is_u64())?;
        drop(page);
        other.sees("a free lease", |state| state["lease"] == "free")?;
        let got = frame(t, &ticket)?.status;
        demand(got == 404, || format!("the ticket lives on: {got}"))
    };
    "C-095" "4" "[card] another page is told who works, and is refused", |t| {
        let (mut page, mut other, which, Entry { id, .. }) = two_pages(t)?;
        for op in ["authenticate", "identify", "face", "pin_status"] {
            let held = other.ask(which.op(op))?;
            says(&mut other, held, "lease_held")?;
        }
        cancelled(&mut page, id)
    };
    "C-096" "4" "[card] only the lease that was seen can be taken", |t| {
        let (mut page, mut other, which, Entry { id, .. }) = two_pages(t)?;
        let seen = other.state["lease"]["other"].as_u64().unwrap_or(0);
        for stale in [0, seen.saturating_sub(1), seen + 1, u64::MAX] {
            let mut op = which.op("pin_status");
            op["take"] = json!(stale);
            let held = other.ask(op)?;
            if stale != seen {
                says(&mut other, held, "lease_held")?;
            }
        }
        cancelled(&mut page, id)
    };
    "C-097" "4" "[card] the page that loses the lease is told twice: as an event and as its answer", |t| {
        let (mut page, mut other, which, Entry { op, id, .. }) = two_pages(t)?;
        let mut taking = which.op(op);
        taking["take"] = other.state["lease"]["other"].clone();
        let taken = other.ask(taking)?;
        ticket(&mut other, taken)?;
        page.until("the event", |frame| (frame["ev"] == "lease_lost" && frame["for"] == json!(id)).then_some(()))?;
        says(&mut page, id, "lease_lost")?;
        cancelled(&mut other, taken)
    };
    "C-098" "6" "[card] the frame has its headers", frame_headers;
    "C-099" "6" "[card] the frame holds no script of its own and names who asks", |t| {
        let (mut page, which) = with_card(t)?;
        let Entry { id, ticket, .. } = entry(&mut page, &which)?;
        let body = frame(t, &ticket)?.body;
        let scripts = body.matches("<script").count();
        demand(scripts == body.matches("<script src=\"/").count() && !body.contains("<style"), || "a script in the page".to_owned())?;
        let host = t.origin.split_once("://").map_or("", |(_, host)| host);
        demand(body.contains(host), || "it does not say who asks".to_owned())?;
        cancelled(&mut page, id)
    };
    "C-100" "6" "[card] looking at the frame uses nothing up", |t| {
        let (mut page, which) = with_card(t)?;
        let before = tries(&mut page, &which)?;
        let Entry { id, ticket, .. } = entry(&mut page, &which)?;
        for _ in 0..5 {
            let got = frame(t, &ticket)?.status;
            demand(got == 200, || got.to_string())?;
        }
        cancelled(&mut page, id)?;
        same_tries(&mut page, &which, &before)
    };
    "C-101" "6" "[card] no page can press: a living ticket's POST is refused from every origin but the frame's", |t| {
        let (mut page, which) = with_card(t)?;
        let before = tries(&mut page, &which)?;
        let Entry { id, ticket, .. } = entry(&mut page, &which)?;
        for origin in [Some(t.origin.as_str()), Some(t.foreign.as_str()), Some("null"), Some(""), None] {
            press(t, &ticket, origin, 403)?;
        }
        for method in ["PUT", "DELETE", "PATCH", "OPTIONS"] {
            let host = t.host();
            let got = t.http(method, &format!("/pin/{ticket}"), &[("Host", &host), ("Origin", &t.origin)], "")?.status;
            demand(got == 405 || got == 403, || format!("{method}: {got}"))?;
        }
        cancelled(&mut page, id)?;
        same_tries(&mut page, &which, &before)
    };
    "C-102" "8" "[card] no operation reaches the card's PIN in any state: every operation in every state, the tries counted", every_operation_in_every_state;
}

impl Page {
    fn hears_a_ping(&mut self) -> Tried {
        // Three looks of the patience, so that 20 s and a busy machine fit.
        for _ in 0..1000 {
            match self.hear() {
                Ok(Heard::Ping) => return Ok(()),
                Ok(Heard::Closed(code)) => return fail(format!("closed: {code:?}")),
                Ok(_) => {}
                Err(miss) => return Err(miss),
            }
        }
        fail("no ping among a thousand messages")
    }
}

// §1: who is let in.

fn status(t: &Target, host: &[&str], origin: &[&str], wanted: u16) -> Tried {
    let got = t.handshake(host, origin, &[])?.status;
    demand(got == wanted, || format!("answered with {got}, not {wanted}"))
}

fn host(t: &Target, host: &str) -> Tried {
    status(t, &[&host.replace("{port}", &t.address.port().to_string())], &[&t.origin], 421)
}

fn origin(t: &Target, origin: &str) -> Tried {
    status(t, &[&t.host()], &[origin], 403)
}

/// An origin without its port.
fn bare(origin: &str) -> &str {
    match origin.rsplit_once(':') {
        Some((bare, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) => bare,
        _ => origin,
    }
}

fn other_scheme(origin: &str) -> String {
    origin.strip_prefix("https://").map_or_else(|| origin.replacen("http://", "https://", 1), |rest| format!("http://{rest}"))
}

fn absolute_target(t: &Target) -> Tried {
    let host = t.host();
    for target in [format!("http://evil.example{}", t.path), format!("http://{host}{}", t.path)] {
        let got = t.http("GET", &target, &[("Host", &host), ("Origin", &t.origin)], "")?.status;
        demand(got == 421, || format!("{target}: {got}"))?;
    }
    Ok(())
}

fn refusal_is_silent(t: &Target) -> Tried {
    for (host, origin, status) in [("evil.example", &t.origin, 421), (&t.host(), &t.foreign, 403)] {
        let got = t.handshake(&[host], &[origin], &[])?;
        demand(got.status == status, || format!("answered with {}", got.status))?;
        demand(got.body.is_empty() && !got.head.contains("access-control") && !got.head.contains(&t.origin), || got.head.clone())?;
    }
    Ok(())
}

fn paths(t: &Target, origin: &str, [elsewhere, post, plain]: [u16; 3]) -> Tried {
    let host = t.host();
    for (method, path, wanted) in [("GET", "/elsewhere", elsewhere), ("POST", t.path.as_str(), post), ("GET", t.path.as_str(), plain)] {
        let got = t.http(method, path, &[("Host", &host), ("Origin", origin)], "")?.status;
        demand(got == wanted, || format!("{method} {path}: {got}, not {wanted}"))?;
    }
    Ok(())
}

fn foreign_preflight(t: &Target) -> Tried {
    let head = [
        ("Host", t.host()),
        ("Origin", t.foreign.clone()),
        ("Access-Control-Request-Method", "POST".to_owned()),
        ("Access-Control-Request-Private-Network", "true".to_owned()),
    ];
    let head: Vec<(&str, &str)> = head.iter().map(|(name, value)| (*name, value.as_str())).collect();
    for path in ["/", "/health", "/pin/AAAAAAAAAAAAAAAAAAAAAA", &t.path] {
        let got = t.http("OPTIONS", path, &head, "")?;
        demand(got.status == 403 && !got.head.contains("access-control-allow"), || format!("{path}: {}", got.head))?;
    }
    Ok(())
}

fn health(t: &Target) -> Tried {
    let host = t.host();
    let good = t.http("GET", "/health", &[("Host", &host), ("Origin", &t.origin)], "")?;
    demand(good.status == 200 && good.head.contains(&format!("access-control-allow-origin: {}\r\n", t.origin)), || good.head.clone())?;
    let bad = t.http("GET", "/health", &[("Host", &host), ("Origin", &t.foreign)], "")?;
    demand(bad.status == 403 && bad.body.is_empty(), || bad.head.clone())
}

fn plain_page(t: &Target) -> Tried {
    let names: Vec<String> = Page::greeted(t)?.state["readers"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|reader| Some(reader["name"].as_str()?.to_owned()))
        .collect();
    let page = t.http("GET", "/", &[("Host", &t.host())], "")?;
    demand(page.status == 200, || page.head.clone())?;
    for wanted in ["frame-ancestors 'none'", "nosniff", "no-store"] {
        demand(page.head.contains(wanted), || format!("no {wanted}"))?;
    }
    for data in names.iter().chain([&t.origin]) {
        demand(!page.body.contains(data.as_str()), || format!("it shows {data}"))?;
    }
    Ok(())
}

fn silent(t: &Target, start: &str) -> Tried {
    use std::io::Read as _;
    let mut stream = t.dial()?;
    stream.write_all(start.as_bytes())?;
    let mut rest = Vec::new();
    match stream.read_to_end(&mut rest) {
        Err(error) if error.kind() != std::io::ErrorKind::ConnectionReset => fail("still open"),
        _ => demand(!rest.starts_with(b"HTTP/1.1 1") && !rest.starts_with(b"HTTP/1.1 2"), || "served".to_owned()),
    }
}

fn long_head(t: &Target) -> Tried {
    let long = "x".repeat(40_000);
    let got = t.http("GET", &t.path, &[("Host", &t.host()), ("Origin", &t.origin), ("X-Long", &long)], "")?.status;
    demand(got == 431 || got == 0, || format!("answered with {got}"))
}

fn crowd(t: &Target) -> Tried {
    let outcome = one_too_many(t);
    // A place is free a little after its page is gone; the next case needs one.
    let until = Instant::now() + t.patience;
    while matches!(Page::try_connect(t, &t.origin)?, Err(429)) {
        demand(Instant::now() < until, || "no place became free".to_owned())?;
    }
    outcome
}

fn one_too_many(t: &Target) -> Tried {
    let mut pages = Vec::new();
    for _ in 0..17 {
        match Page::try_connect(t, &t.origin)? {
            Ok(page) => pages.push(page),
            // The stranger's refusal is the same as ever.
            Err(429) => return origin(t, &t.foreign),
            Err(other) => return fail(format!("page {} was answered with {other}", pages.len() + 1)),
        }
    }
    fail("seventeen pages at once")
}

fn not_agreed(t: &Target, name: &str, value: &str) -> Tried {
    let got = t.handshake(&[&t.host()], &[&t.origin], &[(name, value)])?;
    demand(got.status == 101 && !got.head.contains(&name.to_ascii_lowercase()), || got.head.clone())
}

fn old_websocket(t: &Target) -> Tried {
    let head = [
        ("Host", t.host()),
        ("Origin", t.origin.clone()),
        ("Connection", "Upgrade".to_owned()),
        ("Upgrade", "websocket".to_owned()),
        ("Sec-WebSocket-Version", "8".to_owned()),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==".to_owned()),
    ];
    let head: Vec<(&str, &str)> = head.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let got = t.http("GET", &t.path, &head, "")?.status;
    demand(got == 400 || got == 426, || format!("answered with {got}"))
}

// §1.3 to §1.6: frames.

fn longest(t: &Target) -> Tried {
    let mut page = Page::greeted(t)?;
    let id = page.last_id() + 1;
    let request = format!(r#"{{"v":1,"id":{id},"op":"cancel","target":1}}"#);
    page.send(&format!("{request}{}", " ".repeat(FRAME_MAX - request.len())))?;
    says(&mut page, id, "ok")
}

fn ends(t: &Target, send: impl Fn(&mut Page) -> Tried) -> Tried {
    let mut page = Page::greeted(t)?;
    send(&mut page)?;
    page.until_closed()?;
    Page::greeted(t)?.is_alive()
}

fn fragments(page: &mut Page, text: &str) -> Tried {
    let (first, second) = text.as_bytes().split_at(text.len() / 2);
    page.send_raw(0x01, true, first)?;
    page.send_raw(0x80, true, second)
}

fn fragmented(t: &Target) -> Tried {
    let mut page = Page::greeted(t)?;
    let id = page.last_id() + 1;
    fragments(&mut page, &format!(r#"{{"v":1,"id":{id},"op":"cancel","target":1}}"#))?;
    says(&mut page, id, "ok")
}

fn binary(t: &Target) -> Tried {
    let mut page = Page::greeted(t)?;
    page.send_raw(0x82, true, b"\x00\x20\x00\x98\x04")?;
    says(&mut page, 0, "bad_message")?;
    page.is_alive()
}

fn pong(t: &Target) -> Tried {
    let mut page = Page::greeted(t)?;
    for payload in [&b""[..], b"are you there", &[0xFF; 125]] {
        page.send_raw(0x89, true, payload)?;
        same_payload(&mut page, payload)?;
    }
    page.is_alive()
}

fn same_payload(page: &mut Page, payload: &[u8]) -> Tried {
    loop {
        match page.hear()? {
            Heard::Pong(got) => return demand(got == payload, || "another payload".to_owned()),
            Heard::Frame(_) | Heard::Ping => {}
            Heard::Closed(code) => return fail(format!("closed: {code:?}")),
        }
    }
}

fn ping_between(t: &Target) -> Tried {
    let mut page = Page::greeted(t)?;
    let id = page.last_id() + 1;
    let text = format!(r#"{{"v":1,"id":{id},"op":"cancel","target":1}}"#);
    let (first, second) = text.as_bytes().split_at(10);
    page.send_raw(0x01, true, first)?;
    page.send_raw(0x89, true, b"between")?;
    page.send_raw(0x80, true, second)?;
    same_payload(&mut page, b"between")?;
    says(&mut page, id, "ok")
}

fn flood(t: &Target) -> Tried {
    let mut other = Page::greeted(t)?;
    let mut page = Page::greeted(t)?;
    let mut sender = page.sender()?;
    let limited = std::thread::scope(|scope| {
        // A page that floods does not wait for answers. They are read beside it: what nobody has read is lost with a reset connection.
        scope.spawn(move || (0..400).try_for_each(|_| sender.ask(json!({"op": "cancel", "target": 0})).map(drop)));
        let mut limited = 0;
        loop {
            match page.hear()? {
                Heard::Frame(frame) if frame["err"]["code"] == "rate_limited" => limited += 1,
                Heard::Closed(_) => return Ok::<u32, Miss>(limited),
                Heard::Frame(_) | Heard::Ping | Heard::Pong(_) => {}
            }
        }
    })?;
    demand(limited > 0, || "ended without a word".to_owned())?;
    other.is_alive()
}

fn close(t: &Target) -> Tried {
    let mut page = Page::greeted(t)?;
    page.send_raw(0x88, true, &1000_u16.to_be_bytes())?;
    page.until_closed().map(drop)
}

// §2, §3: order and versions.

/// The answer to an id has one of these codes (`a or b`), or is `ok`.
fn says(page: &mut Page, id: u64, wanted: &str) -> Tried {
    let code = page.code(id)?;
    demand(wanted.split(" or ").any(|wanted| wanted == code), || format!("{code}, not {wanted}"))
}

/// Each frame is refused with its code, and the page goes on. `ID` stands for the next id.
fn refused(t: &Target, frames: &[(&str, &str)]) -> Tried {
    let mut page = Page::greeted(t)?;
    for (text, wanted) in frames {
        let id = page.last_id() + 1;
        page.send(&text.replace("ID", &id.to_string()))?;
        says(&mut page, id, wanted).map_err(|miss| named(miss, text))?;
        page.set_id(id);
    }
    page.is_alive()
}

fn named(miss: Miss, what: &str) -> Miss {
    match miss {
        Miss::Fail(why) => Miss::Fail(format!("{what}: {why}")),
        skip @ Miss::Skip(_) => skip,
    }
}

fn hello_first(t: &Target) -> Tried {
    let which = Which { reader: "r1".to_owned(), generation: 1 };
    let mut page = Page::connect(t)?;
    for op in OPS.iter().filter(|op| **op != "hello") {
        let id = page.ask(which.op(op))?;
        says(&mut page, id, if is_known(op) { "bad_state" } else { "unknown_op" }).map_err(|miss| named(miss, op))?;
    }
    let id = page.ask(json!({"op": "hello", "versions": [1], "lang": "ja"}))?;
    says(&mut page, id, "ok")
}

fn ids_rise(t: &Target) -> Tried {
    let mut page = Page::greeted(t)?;
    for (id, wanted) in [(5, "ok"), (5, "bad_state"), (4, "bad_state"), (1, "bad_state"), (0, "bad_state"), (6, "ok")] {
        page.send(&format!(r#"{{"v":1,"id":{id},"op":"cancel","target":1}}"#))?;
        says(&mut page, id, wanted)?;
    }
    Ok(())
}

fn ids_may_jump(t: &Target) -> Tried {
    let mut page = Page::greeted(t)?;
    for (id, wanted) in [(10, "ok"), (1 << 53, "ok"), (u64::MAX, "ok"), (u64::MAX, "bad_state")] {
        page.send(&format!(r#"{{"v":1,"id":{id},"op":"cancel","target":1}}"#))?;
        says(&mut page, id, wanted)?;
    }
    Ok(())
}

fn id_not_used_up(t: &Target) -> Tried {
    let mut page = Page::greeted(t)?;
    for (text, wanted) in [
        (r#"{"v":1,"id":9,"op":"cancel"}"#, "bad_message"),
        (r#"{"v":1,"id":9,"op":"nonsense"}"#, "unknown_op"),
        (r#"{"v":7,"id":9,"op":"cancel","target":1}"#, "version_mismatch"),
        (r#"{"v":1,"id":9,"op":"cancel","target":1}"#, "ok"),
    ] {
        page.send(text)?;
        says(&mut page, 9, wanted)?;
    }
    Ok(())
}

fn no_request(t: &Target) -> Tried {
    let mut page = Page::greeted(t)?;
    for text in [
        "",
        " ",
        "null",
        "1",
        "[]",
        "{}",
        "hello",
        "\"hello\"",
        "{\"v\":1}",
        r#"{"v":1,"op":"cancel","target":1}"#,
        r#"{"id":9,"op":"cancel","target":1}"#,
        r#"{"v":1,"id":-1,"op":"cancel","target":1}"#,
        r#"{"v":1,"id":1.5,"op":"cancel","target":1}"#,
        r#"{"v":1,"id":"9","op":"cancel","target":1}"#,
        r#"{"v":1,"id":9,"id":10,"op":"cancel","target":1}"#,
        r#"{"v":1,"id":9,"op":"cancel","target":1} {}"#,
        r#"{"v":65536,"id":9,"op":"cancel","target":1}"#,
        r#"{"v":1,"id":18446744073709551616,"op":"cancel","target":1}"#,
        "{\"v\":1,\"id\":9,\"op\":\"cancel\",\"target\":1",
    ] {
        page.send(text)?;
        says(&mut page, 0, "bad_message").map_err(|miss| named(miss, text))?;
    }
    page.is_alive()
}

fn hello_says(t: &Target) -> Tried {
    let mut page = Page::connect(t)?;
    let id = page.ask(json!({"op": "hello", "versions": [1, 2, 77], "lang": "ja"}))?;
    let answer = page.answer(id)?;
    let hello = &answer["ok"]["hello"];
    demand(hello["version"] == json!(1) && hello["frame_max"] == json!(FRAME_MAX), || answer.to_string())?;
    demand(hello["build"].as_str().is_some_and(|build| !build.is_empty()) && hello["simulator"].is_boolean(), || answer.to_string())?;
    let state = &hello["state"];
    demand(matches!(state["service"].as_str(), Some("up" | "down" | "denied")), || state.to_string())?;
    demand(state["readers"].is_array() && !state["lease"].is_null(), || state.to_string())
}

fn identity(t: &Target) -> Tried {
    let mut keys = Vec::new();
    for byte in [7, 8] {
        let nonce = [byte; NONCE_LEN];
        let mut page = Page::connect(t)?;
        let id = page.ask(json!({"op": "hello", "versions": [1], "lang": "ja", "nonce": Base64(nonce.to_vec()).to_text()}))?;
        let answer = page.answer(id)?;
        let identity = &answer["ok"]["hello"]["identity"];
        if identity.is_null() {
            return Err(Miss::Skip("the helper has no key of its own".to_owned()));
        }
        let bytes = |key: &str| identity[key].as_str().and_then(|text| Base64::parse(text).ok()).map(|bytes| bytes.0).unwrap_or_default();
        let origin = digest(&SHA256, t.origin.as_bytes());
        let message = origin.as_ref().try_into().map(|origin| identity_bytes(origin, &nonce)).unwrap_or_default();
        let (key, signature) = (bytes("key"), bytes("signature"));
        let fits = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &key).verify(&message, &signature);
        demand(fits.is_ok(), || "the signature does not fit".to_owned())?;
        keys.push(key);
    }
    demand(keys.first() == keys.last(), || "another key each time".to_owned())
}

fn no_common_version(t: &Target) -> Tried {
    let mut page = Page::connect(t)?;
    for (versions, wanted) in [(json!([]), "version_mismatch"), (json!([2, 3]), "version_mismatch"), (json!([3, 1]), "ok")] {
        let id = page.ask(json!({"op": "hello", "versions": versions, "lang": "ja"}))?;
        says(&mut page, id, wanted)?;
    }
    Ok(())
}

fn late_page(t: &Target) -> Tried {
    let mut first = Page::greeted(t)?;
    first.is_alive()?;
    let mut second = Page::greeted(t)?;
    second.is_alive()?;
    demand(first.state["readers"] == second.state["readers"], || format!("{} and {}", first.state, second.state))
}

// §5: what can be tried without a card.

fn statements(t: &Target) -> Tried {
    let good = statement();
    let mut longer = good.clone();
    longer.push(0);
    let shorter = good.get(1..).unwrap_or_default().to_vec();
    let mut page = Page::greeted(t)?;
    for bytes in [Vec::new(), vec![0; 32], vec![0x30; 51], b"any bytes of a page".to_vec(), longer, shorter, vec![b'x'; 3000]] {
        let op = json!({"op": "authenticate", "reader": "r1", "generation": 1, "nonce": nonce(), "statement": Base64(bytes).to_text(),
            "take": null});
        let id = page.ask(op)?;
        says(&mut page, id, "statement_refused")?;
    }
    page.is_alive()
}

fn nonces(t: &Target) -> Tried {
    let mut page = Page::greeted(t)?;
    let statement = Base64(statement()).to_text();
    let lengths = [0, 31, 33, 64].map(|length| Base64(vec![0x5A; length]).to_text());
    for nonce in lengths.into_iter().chain(["not base64!".to_owned(), format!("{}=", nonce())]) {
        let op = json!({"op": "authenticate", "reader": "r1", "generation": 1, "nonce": nonce, "statement": statement, "take": null});
        let id = page.ask(op)?;
        says(&mut page, id, "bad_message").map_err(|miss| named(miss, &nonce))?;
    }
    page.is_alive()
}

fn consent(t: &Target, op: &str) -> Tried {
    let mut page = Page::greeted(t)?;
    let reader = page.state["readers"][0]["id"].as_str().unwrap_or("r1").to_owned();
    let generation = page.state["readers"][0]["card"]["generation"].as_u64().unwrap_or(1);
    let id = page.ask(json!({"op": op, "reader": reader, "generation": generation, "consented": false, "take": null}))?;
    says(&mut page, id, "consent_missing")
}

/// A statement of nobody: signed by no test here.
fn statement() -> Vec<u8> {
    let statement = InstitutionCode::try_from("9969900001").map(|institution| Statement {
        institution,
        visit_kind: VisitKind::HomeVisit,
        purpose: Purpose::Register,
        booked_on: None,
        choices: Choices::all(Choice::Refuse),
        notice_version: "conformance".to_owned(),
        language: "ja".to_owned(),
        at: UnixMs(0),
    });
    statement.map(|statement| statement.to_bytes()).unwrap_or_default()
}

fn nonce() -> String {
    Base64(vec![0x5A; 32]).to_text()
}

// §6, §7: the frame and the photo.

fn frame(t: &Target, ticket: &str) -> Tried<super::line::Answer> {
    t.http("GET", &format!("/pin/{ticket}"), &[("Host", &t.host())], "")
}

fn dead_ticket(t: &Target) -> Tried {
    for ticket in ["AAAAAAAAAAAAAAAAAAAAAA", "x", "%2e%2e%2f"] {
        let got = frame(t, ticket)?;
        demand(got.status == 404 && !got.head.contains("access-control"), || got.head.clone())?;
        demand(got.head.contains("no-store") && got.head.contains("nosniff"), || got.head.clone())?;
    }
    // The frame's own origin: the program says that the ticket is over, and no card hears of it.
    press(t, "AAAAAAAAAAAAAAAAAAAAAA", Some(&format!("http://{}", t.host())), 410)
}

fn press(t: &Target, ticket: &str, origin: Option<&str>, wanted: u16) -> Tried {
    let host = t.host();
    let mut head = vec![("Host", host.as_str()), ("Content-Type", "application/json")];
    head.extend(origin.map(|origin| ("Origin", origin)));
    let got = t.http("POST", &format!("/pin/{ticket}"), &head, r#"{"pin":"0000"}"#)?.status;
    demand(got == wanted, || format!("Origin {origin:?}: {got}, not {wanted}"))
}

fn dead_photo(t: &Target) -> Tried {
    let host = t.host();
    for (origin, wanted) in [(Some(t.origin.as_str()), 404), (Some(t.foreign.as_str()), 403), (None, 403)] {
        let mut head = vec![("Host", host.as_str())];
        head.extend(origin.map(|origin| ("Origin", origin)));
        let got = t.http("GET", "/photo/AAAAAAAAAAAAAAAAAAAAAA", &head, "")?.status;
        demand(got == wanted, || format!("{origin:?}: {got}, not {wanted}"))?;
    }
    Ok(())
}

fn frame_headers(t: &Target) -> Tried {
    let (mut page, which) = with_card(t)?;
    let Entry { id, ticket, .. } = entry(&mut page, &which)?;
    let got = frame(t, &ticket)?;
    demand(got.status == 200 && !got.head.contains("access-control"), || got.head.clone())?;
    let policy = got.head.lines().find_map(|line| line.strip_prefix("content-security-policy: ")).unwrap_or_default().to_owned();
    let rules: Vec<&str> = policy.split(';').map(str::trim).collect();
    for wanted in ["default-src 'none'", "script-src 'self'", "connect-src 'self'", "form-action 'none'", "base-uri 'none'"] {
        demand(rules.contains(&wanted), || format!("no {wanted}: {policy}"))?;
    }
    demand(rules.contains(&format!("frame-ancestors {}", t.origin).as_str()), || policy.clone())?;
    for wanted in ["x-content-type-options: nosniff", "cache-control: no-store", "cross-origin-resource-policy: same-origin"] {
        demand(got.head.contains(wanted), || format!("no {wanted}"))?;
    }
    cancelled(&mut page, id)
}

// With a card.

/// The card that is used.
struct Which {
    reader: String,
    generation: u64,
}

/// Every operation of the protocol, and some that must not be in it.
pub(crate) const OPS: &[&str] =
    &["hello", "authenticate", "identify", "face", "pin_status", "cancel", "verify", "transmit", "sign", "change_pin", "unblock"];

fn is_known(op: &str) -> bool {
    matches!(op, "hello" | "authenticate" | "identify" | "face" | "pin_status" | "cancel")
}

impl Which {
    /// A whole request of an operation.
    fn op(&self, op: &str) -> Value {
        let mut body = match op {
            "hello" => return json!({"op": "hello", "versions": [1], "lang": "ja"}),
            "cancel" => return json!({"op": "cancel", "target": 1}),
            "authenticate" => json!({"nonce": nonce(), "statement": Base64(statement()).to_text()}),
            "identify" | "face" => json!({"consented": true}),
            "pin_status" => json!({}),
            _ => json!({"pin": "0000", "data": "00200098"}),
        };
        for (key, value) in
            [("op", json!(op)), ("reader", json!(self.reader)), ("generation", json!(self.generation)), ("take", Value::Null)]
        {
            body[key] = value;
        }
        body
    }
}

/// A page that sees a My Number Card which nobody uses.
fn with_card(t: &Target) -> Tried<(Page, Which)> {
    let mut page = Page::greeted(t)?;
    let has_card = |state: &Value| state["readers"].as_array().into_iter().flatten().any(|reader| reader["card"].is_object());
    if !has_card(&page.state) {
        return Err(Miss::Skip("no card lies on a reader".to_owned()));
    }
    page.sees("the kind of the card", |state| {
        state["readers"].as_array().into_iter().flatten().all(|reader| !reader["card"]["kind"].is_null() || reader["card"].is_null())
    })?;
    page.sees("a free lease", |state| state["lease"] == "free")?;
    let readers = page.state["readers"].clone();
    let found = readers.as_array().into_iter().flatten().find(|reader| reader["card"]["kind"] == "my_number_card");
    let Some(reader) = found else { return Err(Miss::Skip("no My Number Card lies on a reader".to_owned())) };
    let which = Which {
        reader: reader["id"].as_str().unwrap_or_default().to_owned(),
        generation: reader["card"]["generation"].as_u64().unwrap_or_default(),
    };
    Ok((page, which))
}

fn tries(page: &mut Page, which: &Which) -> Tried<Value> {
    let id = page.ask(which.op("pin_status"))?;
    let answer = page.answer(id)?;
    demand(answer["ok"]["pin_status"].is_object(), || answer.to_string())?;
    Ok(answer["ok"]["pin_status"].clone())
}

fn same_tries(page: &mut Page, which: &Which, before: &Value) -> Tried {
    let after = tries(page, which)?;
    demand(after == *before, || format!("{before} before, {after} after"))
}

/// Operations that ask a person for something.
const ENTRIES: [&str; 2] = ["authenticate", "face"];

/// Whether it is the card's own state that a code tells: a locked PIN, no certificate, a key of a newer kind.
fn of_the_card(code: &str) -> bool {
    matches!(code, "pin_blocked" | "no_certificate" | "card_newer" | "card_unknown")
}

/// The ticket of a request; a card that cannot be asked for its PIN ends the case.
fn ticket(page: &mut Page, id: u64) -> Tried<String> {
    let (outcome, frame) = page.outcome(id)?;
    match outcome.as_str() {
        "asked" => Ok(frame["ticket"].as_str().unwrap_or_default().to_owned()),
        code if of_the_card(code) => Err(Miss::Skip(format!("the card cannot be used: {code}"))),
        other => fail(format!("the PIN is not asked for: {other}")),
    }
}

/// A frame that waits for a person.
struct Entry {
    op: &'static str,
    id: u64,
    ticket: String,
}

/// Opens a frame: for the PIN, or for the code where the card's PIN cannot be asked for.
fn entry(page: &mut Page, which: &Which) -> Tried<Entry> {
    let mut why = String::new();
    for op in ENTRIES {
        let id = page.ask(which.op(op))?;
        match ticket(page, id) {
            Err(Miss::Skip(reason)) => why = reason,
            other => return Ok(Entry { op, id, ticket: other? }),
        }
    }
    Err(Miss::Skip(why))
}

/// Cancels what runs, and hears both answers.
fn cancelled(page: &mut Page, id: u64) -> Tried {
    let cancel = page.ask(json!({"op": "cancel", "target": id}))?;
    says(page, id, "cancelled")?;
    let answer = page.answer(cancel)?;
    demand(answer["ok"]["cancel"]["was_running"] == json!(true), || answer.to_string())
}

fn certificate(t: &Target) -> Tried {
    let (mut page, which) = with_card(t)?;
    let id = page.ask(which.op("identify"))?;
    let answer = page.answer(id)?;
    if let Some(code) = answer["err"]["code"].as_str().filter(|code| of_the_card(code)) {
        return Err(Miss::Skip(format!("the card gives no certificate: {code}")));
    }
    let text = answer["ok"]["identify"]["certificate"].as_str().unwrap_or_default();
    let bytes = Base64::parse(text).or_else(|_| fail("not base64url"))?.0;
    let Some(length) = sequence_length(&bytes) else { return fail("not a DER sequence") };
    demand(bytes.len() == length, || format!("{} bytes, the sequence has {length}", bytes.len()))
}

/// Length of the DER sequence at the front, its header counted, up to 64 KiB. DER has one form for each length.
pub(crate) fn sequence_length(bytes: &[u8]) -> Option<usize> {
    match *bytes {
        [0x30, length @ 0..=0x7F, ..] => Some(usize::from(length) + 2),
        [0x30, 0x81, length @ 0x80..=0xFF, ..] => Some(usize::from(length) + 3),
        [0x30, 0x82, high @ 1..=0xFF, low, ..] => Some(usize::from(u16::from_be_bytes([high, low])) + 4),
        _ => None,
    }
}

fn asks(t: &Target, op: &str, wanted: &str) -> Tried {
    let (mut page, which) = with_card(t)?;
    let id = page.ask(which.op(op))?;
    page.until("the acknowledgement", |frame| (frame["id"] == json!(id) && frame["ack"] == json!(true)).then_some(()))?;
    let (outcome, event) = page.outcome(id)?;
    if of_the_card(&outcome) {
        return Err(Miss::Skip(format!("the card cannot be used: {outcome}")));
    }
    demand(outcome == "asked" && event["asks"] == wanted, || event.to_string())?;
    let left = &event["tries_left"];
    demand(left.is_null() || left.as_u64().is_some_and(|left| left > 0), || event.to_string())?;
    demand(event["last_try"] == json!(*left == json!(1)), || event.to_string())?;
    demand(page.state["lease"] == "mine", || page.state.to_string())?;
    cancelled(&mut page, id)
}

fn tickets(t: &Target) -> Tried {
    let (mut page, which) = with_card(t)?;
    let mut seen = Vec::new();
    for _ in 0..8 {
        let Entry { id, ticket, .. } = entry(&mut page, &which)?;
        demand(Base64::parse(&ticket).is_ok_and(|bits| bits.0.len() == 16), || ticket.clone())?;
        demand(!seen.contains(&ticket), || "the same ticket twice".to_owned())?;
        seen.push(ticket);
        cancelled(&mut page, id)?;
    }
    Ok(())
}

/// One page with the frame open, and another that sees it.
fn two_pages(t: &Target) -> Tried<(Page, Page, Which, Entry)> {
    let (mut page, which) = with_card(t)?;
    let mut other = Page::greeted(t)?;
    let entry = entry(&mut page, &which)?;
    // The lease of an entry that was refused before it may have been seen: the last one counts.
    other.is_alive()?;
    other.sees("another's lease", |state| state["lease"]["other"].is_u64())?;
    Ok((page, other, which, entry))
}

/// States of a page in which every operation is tried.
const STATES: &[&str] =
    &["silent", "greeted", "asking", "entry", "face entry", "cancelled", "other in entry", "lost", "old insertion", "no such reader"];

fn every_operation_in_every_state(t: &Target) -> Tried {
    let (mut page, which) = with_card(t)?;
    let opened = entry(&mut page, &which)?;
    cancelled(&mut page, opened.id)?;
    drop(page);
    let before = all_tries(t)?;
    for state in STATES {
        for op in OPS {
            one(t, opened.op, state, op).map_err(|miss| named(miss, &format!("{op} when {state}")))?;
        }
    }
    let after = all_tries(t)?;
    demand(after == before, || format!("{before} before, {after} after"))
}

/// The counters that can be seen without a press: both PINs and the code.
fn all_tries(t: &Target) -> Tried<Value> {
    let (mut page, which) = with_card(t)?;
    let status = tries(&mut page, &which)?;
    let id = page.ask(which.op("face"))?;
    let (outcome, event) = page.outcome(id)?;
    Ok(json!([status, outcome, event["tries_left"], event["err"]["tries_left"]]))
}

/// One operation in one state: one outcome of those that belong there. `opens` is an operation that opens a frame with this card.
fn one(t: &Target, opens: &str, state: &str, op: &str) -> Tried {
    let (mut page, mut which) = with_card(t)?;
    let mut others = Vec::new();
    match state {
        "silent" => page = Page::connect(t)?,
        "asking" => drop(page.ask(which.op(opens))?),
        "entry" | "face entry" => {
            let id = page.ask(which.op(if state == "entry" { opens } else { "face" }))?;
            match ticket(&mut page, id) {
                // The number on the card is locked: there is no such state with it.
                Err(Miss::Skip(_)) => return Ok(()),
                other => drop(other?),
            }
        }
        "cancelled" => {
            let id = page.ask(which.op(opens))?;
            ticket(&mut page, id)?;
            cancelled(&mut page, id)?;
        }
        "other in entry" => {
            let mut other = Page::greeted(t)?;
            let id = other.ask(which.op(opens))?;
            ticket(&mut other, id)?;
            others.push(other);
        }
        "lost" => {
            let id = page.ask(which.op(opens))?;
            ticket(&mut page, id)?;
            let mut other = Page::greeted(t)?;
            other.sees("another's lease", |state| state["lease"]["other"].is_u64())?;
            let mut taking = which.op(opens);
            taking["take"] = other.state["lease"]["other"].clone();
            let taken = other.ask(taking)?;
            ticket(&mut other, taken)?;
            says(&mut page, id, "lease_lost")?;
            others.push(other);
        }
        "old insertion" => which.generation = which.generation.wrapping_sub(1),
        "no such reader" => which.reader = "r999999".to_owned(),
        _ => {}
    }
    let is_card = matches!(op, "authenticate" | "identify" | "face" | "pin_status");
    let wanted = match (state, op) {
        (_, op) if !is_known(op) => "unknown_op",
        ("silent", "hello") | (_, "cancel") if state != "silent" || op == "hello" => "ok",
        ("silent", _) | (_, "hello") => "bad_state",
        ("asking" | "entry" | "face entry", _) if is_card => "bad_state",
        ("other in entry" | "lost", _) => "lease_held",
        ("old insertion", _) => "card_removed",
        ("no such reader", _) => "no_reader",
        (_, "authenticate" | "face") => "asked",
        _ => "ok",
    };
    let id = page.ask(which.op(op))?;
    let (outcome, frame) = page.outcome(id)?;
    let is_the_cards = matches!(op, "authenticate" | "face" | "identify") && matches!(wanted, "asked" | "ok") && of_the_card(&outcome);
    demand(outcome == wanted || is_the_cards, || format!("{frame}, not {wanted}"))?;
    page.is_alive_or_silent(state)
}

impl Page {
    /// Hears everything that was sent so far: a second answer or a step of the card would be found.
    fn is_alive_or_silent(&mut self, state: &str) -> Tried {
        if state == "silent" {
            return Ok(());
        }
        self.is_alive()
    }
}
