//! Statements on how finished checks get into other programs.

use std::collections::HashMap;

use shared::domain::calendar::UnixMs;
use shared::domain::hand_over::{HandOver, HandOverFault, HandOverState, HandOverWay};

use super::tx::{Row, Tx, Value, values};
use super::{ConsentId, StoreError};
use crate::tenant::Tenant;

fn read(row: &Row<'_>) -> Result<HandOver, StoreError> {
    let reason = row.get::<Option<String>>("reason")?;
    let fault = reason.map(|text| serde_json::from_str(&text).map_err(|_| StoreError::Damaged("reason of a hand-over"))).transpose()?;
    Ok(HandOver {
        way: HandOverWay::of_word(&row.get::<String>("way")?).ok_or(StoreError::Damaged("way of a hand-over"))?,
        state: HandOverState::of_word(&row.get::<String>("state")?).ok_or(StoreError::Damaged("state of a hand-over"))?,
        at: row.instant("at")?,
        file: row.get("file")?,
        fault,
    })
}

fn id_of(row: &Row<'_>) -> Result<ConsentId, StoreError> {
    ConsentId::parse(&row.get::<String>("consent")?).ok_or(StoreError::Damaged("consent id"))
}

/// Notes how far a way of a check is. False when nothing changed: it stood so, it is 受け取られた, or the check is another institution's.
/// The name of the file stays where none is given.
///
/// # Errors
/// What the database says; so for every function here.
pub fn note(tx: &mut Tx<'_>, tenant: &Tenant, consent: &ConsentId, of: &HandOver) -> Result<bool, StoreError> {
    let reason = of.fault.as_ref().map(serde_json::to_string).transpose().map_err(|_| StoreError::Damaged("reason of a hand-over"))?;
    let changed = tx.execute(
        "INSERT INTO hand_overs (institution, consent, way, state, at, file, reason)
         SELECT c.institution, c.id, $3, $4, CAST($5 AS BIGINT), $6, $7 FROM consents c WHERE c.institution = $1 AND c.id = $2
         ON CONFLICT (institution, consent, way) DO UPDATE SET state = excluded.state, at = excluded.at,
             file = COALESCE(excluded.file, hand_overs.file), reason = excluded.reason
         WHERE hand_overs.state <> 'received' AND (hand_overs.state <> excluded.state
             OR COALESCE(hand_overs.reason, '') <> COALESCE(excluded.reason, '')
             OR COALESCE(hand_overs.file, '') <> COALESCE(excluded.file, hand_overs.file, ''))",
        values![tenant, consent, of.way.word(), of.state.word(), of.at, of.file.as_deref(), reason.as_deref()],
    )?;
    Ok(changed > 0)
}

/// Notes that a program or a person has a check, by a way: once; again it changes nothing and is false.
pub fn note_received(tx: &mut Tx<'_>, tenant: &Tenant, consent: &ConsentId, way: HandOverWay, at: UnixMs) -> Result<bool, StoreError> {
    note(tx, tenant, consent, &HandOver { way, state: HandOverState::Received, at, file: None, fault: None })
}

/// The ways of a check, in the order of their words.
pub fn of(tx: &mut Tx<'_>, tenant: &Tenant, consent: &ConsentId) -> Result<Vec<HandOver>, StoreError> {
    tx.rows(
        "SELECT way, state, at, file, reason FROM hand_overs WHERE institution = $1 AND consent = $2 ORDER BY way",
        values![tenant, consent],
        read,
    )
}

/// True once a check of the institution was ever on its way by the folder or the API, whatever came of it: a link is there.
pub fn has_link(tx: &mut Tx<'_>, tenant: &Tenant) -> Result<bool, StoreError> {
    let any = "SELECT 1 AS one FROM hand_overs WHERE institution = $1 AND way <> 'download' LIMIT 1";
    Ok(tx.row(any, values![tenant], |row| row.get::<i64>("one"))?.is_some())
}

/// So many checks are asked about in one statement.
const STATES_AT_ONCE: usize = 50;
/// Text of [`states`].
pub const STATES: &str = "SELECT consent, way, state, at, file, reason FROM hand_overs WHERE institution = $1 AND consent IN
     ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26,
      $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38, $39, $40, $41, $42, $43, $44, $45, $46, $47, $48, $49, $50, $51)";

/// The state of each of some checks ([`HandOverState::overall`]); one without a row is missing.
pub fn states(tx: &mut Tx<'_>, tenant: &Tenant, consents: &[&ConsentId]) -> Result<HashMap<ConsentId, HandOverState>, StoreError> {
    let mut found: HashMap<ConsentId, Vec<HandOverState>> = HashMap::new();
    for some in consents.chunks(STATES_AT_ONCE) {
        let mut asked = values![tenant].to_vec();
        asked.extend(some.iter().map(|id| Value::Text(id.as_str())));
        // Places that are left over are no id.
        asked.resize(STATES_AT_ONCE + 1, Value::Text(""));
        for (id, of) in tx.rows(STATES, &asked, |row| Ok((id_of(row)?, read(row)?.state)))? {
            found.entry(id).or_default().push(of);
        }
    }
    Ok(found.into_iter().map(|(id, states)| (id, HandOverState::overall(states))).collect())
}

/// Text of [`open_files`].
pub const OPEN_FILES: &str = "SELECT consent, way, state, at, file, reason FROM hand_overs
     WHERE institution = $1 AND at >= $2 AND way = 'folder' AND state <> 'received' AND file IS NOT NULL ORDER BY at, consent";

/// Files of the folder's way since an instant that nobody is known to have taken, the oldest first.
pub fn open_files(tx: &mut Tx<'_>, tenant: &Tenant, since: UnixMs) -> Result<Vec<(ConsentId, HandOver)>, StoreError> {
    tx.rows(OPEN_FILES, values![tenant, since], |row| Ok((id_of(row)?, read(row)?)))
}

/// Text of [`kept_out`].
pub const KEPT_OUT: &str = "SELECT consent, way, state, at, file, reason FROM hand_overs
     WHERE institution = $1 AND at >= $2 AND way = 'folder' AND state <> 'received' AND state = 'failed' ORDER BY at, consent LIMIT $3";

/// Checks that the folder itself kept out since an instant, the oldest first: at most `most`.
pub fn kept_out(tx: &mut Tx<'_>, tenant: &Tenant, since: UnixMs, most: u32) -> Result<Vec<ConsentId>, StoreError> {
    let failed = tx.rows(KEPT_OUT, values![tenant, since, most], |row| Ok((id_of(row)?, read(row)?.fault)))?;
    let is_kept_out = |fault: &Option<HandOverFault>| fault.as_ref().is_some_and(HandOverFault::is_of_folder);
    Ok(failed.into_iter().filter(|(_, fault)| is_kept_out(fault)).map(|(id, _)| id).collect())
}

/// Text of [`unsent`].
pub const UNSENT: &str = "SELECT c.id AS consent FROM consents c
     WHERE c.institution = $1 AND c.consented_at >= $2 AND c.consented_at < $3 AND NOT EXISTS
         (SELECT 1 FROM hand_overs h WHERE h.institution = $1 AND h.consent = c.id AND h.state IN ('written', 'received'))
     ORDER BY c.consented_at, c.id LIMIT $4";

/// Finished checks of a span that have left by no way (X49), the oldest first: at most `most`.
pub fn unsent(tx: &mut Tx<'_>, tenant: &Tenant, (from, to): (UnixMs, UnixMs), most: u32) -> Result<Vec<ConsentId>, StoreError> {
    tx.rows(UNSENT, values![tenant, from, to, most], id_of)
}
