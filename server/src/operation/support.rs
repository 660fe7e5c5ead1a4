//! サポートへ送る記録 (OT-25, N186): versions, parts, last refusals, settings. Nothing of a person, no institution, no address, no key:
//! each line is made of what cannot hold one.

use shared::api::audit::act_words;
use shared::api::operation::{Operation, PartState, RecordLine, SupportRecord};
use shared::domain::calendar::UnixMs;

use crate::app::App;
use crate::store::audit::{AuditQuery, list};
use crate::store::{Institution, StoreError, operation};
use crate::tenant::Tenant;

/// Refusals of so long are looked at, milliseconds: 7 days.
const REFUSALS_MS: i64 = 7 * 24 * 60 * 60_000;
/// At most so many of them.
const REFUSALS: u32 = 20;

/// The lines of the record.
///
/// # Errors
/// What the store says.
pub(crate) async fn record(
    app: &App,
    tenant: &Tenant,
    institution: &Institution,
    seen: &Operation,
    now: UnixMs,
) -> Result<SupportRecord, StoreError> {
    let of = tenant.clone();
    let query = AuditQuery {
        from: now.plus_ms(-REFUSALS_MS),
        to: now.plus_ms(1),
        before: None,
        actor: String::new(),
        action: String::new(),
        is_done: Some(false),
        rows: REFUSALS,
    };
    let (tables, refusals) = app.db.search(move |tx| Ok((operation::tables_version(tx)?, list(tx, &of, &query)?))).await?;
    let line = |title: &str, value: String| RecordLine { title: title.to_owned(), value };
    let yes_no = |is_on: bool| if is_on { "はい" } else { "いいえ" }.to_owned();
    let mut lines = vec![
        line("作成", now.jst_minute_text()),
        line("サーバーの版", env!("CARGO_PKG_VERSION").to_owned()),
        line("表の版", tables.map_or_else(|| "不明".to_owned(), |version| version.to_string())),
        line("サーバーの機種", format!("{} {}", std::env::consts::OS, std::env::consts::ARCH)),
        line("TLS", yes_no(app.door.origin.is_https())),
        line("読み取りプログラムのポート", format!("{}{}", app.helper.port, if app.helper.is_tls { "(TLS)" } else { "" })),
        line("訪問診療等の利用", yes_no(institution.settings.home_visit.is_on)),
        line("オンライン診療等の利用", yes_no(institution.settings.online.is_on)),
        line("通常とは異なる動線の利用", yes_no(institution.settings.off_route.is_on)),
        line("目視確認", yes_no(institution.settings.visual_check)),
        line("端末での資格の表示", yes_no(institution.settings.shows_eligibility)),
    ];
    lines.extend(seen.parts.iter().map(|state| line(state.part.label(), words_of(state))));
    lines.extend(seen.windows.iter().map(|row| line("メンテナンス中", format!("{} {}", row.window.part.label(), row.window.span.words()))));
    // An outcome is a code, or the name of a question; anything else would be of a newer release.
    let codes = refusals.rows.iter().filter(|row| row.entry.outcome.starts_with("U-"));
    lines.extend(codes.map(|row| {
        let entry = &row.entry;
        line("できなかった操作", format!("{} {} {}", entry.at.jst_minute_text(), entry.outcome, act_words(&entry.action)))
    }));
    Ok(SupportRecord { lines, now })
}

/// Light, since when, last good moment, and what was measured: words of ours, instants and counts.
fn words_of(state: &PartState) -> String {
    let at = |at: Option<UnixMs>| at.map_or_else(|| "―".to_owned(), UnixMs::jst_minute_text);
    let fact = serde_json::to_string(&state.fact).unwrap_or_default();
    format!("{} {}から 最後に正常 {} {fact}", state.light.label(), at(state.since), at(state.good_at))
}
