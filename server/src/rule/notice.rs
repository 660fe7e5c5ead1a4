//! お知らせ (N060): who is shown which notice, and who may end it.

use shared::domain::account::UserId;
use shared::domain::calendar::{CivilDate, UnixMs};

use crate::store::notice::{NewNoticeRow, NoticeRecord, add, find, mark};
use crate::store::tx::Tx;
use crate::store::{AuditEntry, NoticeId, StoreError, audit, notice};
use crate::tenant::Tenant;

/// Who asks for a notice.
#[derive(Debug, Clone)]
pub struct Asking {
    /// Whose account.
    pub user: UserId,
    /// The account may write notices: it sees those of its institution that are not shown, too.
    pub may_write: bool,
    /// When.
    pub now: UnixMs,
}

/// One notice, where the account may see it.
///
/// # Errors
/// What the database says; so for every rule.
pub fn open(tx: &mut Tx<'_>, tenant: &Tenant, id: &NoticeId, of: &Asking) -> Result<Option<NoticeRecord>, StoreError> {
    let is_seen = |found: &NoticeRecord| {
        let is_written_here = of.may_write && found.by.is_some();
        is_written_here || is_shown(found, of.now.jst_date())
    };
    Ok(find(tx, tenant, &of.user, id)?.filter(is_seen))
}

fn is_shown(found: &NoticeRecord, today: CivilDate) -> bool {
    found.state(today) == shared::api::notice::NoticeState::Shown
}

/// Notes that the account has read a notice that it may see.
pub fn read(tx: &mut Tx<'_>, tenant: &Tenant, id: &NoticeId, of: &Asking) -> Result<Option<NoticeRecord>, StoreError> {
    let Some(found) = open(tx, tenant, id, of)? else { return Ok(None) };
    mark(tx, tenant, &of.user, id, of.now)?;
    Ok(Some(NoticeRecord { is_read: true, ..found }))
}

/// Puts up a notice of the own institution; its writer has read it. `None` where its last day is before its first.
pub fn write(tx: &mut Tx<'_>, tenant: &Tenant, new: &NewNoticeRow, entry: &AuditEntry) -> Result<Option<NoticeRecord>, StoreError> {
    let Some(by) = new.by.as_ref().filter(|_| new.until.is_none_or(|until| new.from <= until)) else { return Ok(None) };
    add(tx, Some(tenant), new)?;
    mark(tx, tenant, by, &new.id, new.at)?;
    audit::add(tx, entry)?;
    find(tx, tenant, by, &new.id)
}

/// Takes down a notice that an account of the institution wrote; `None` for any other. One that is down stays as it is.
pub fn end(tx: &mut Tx<'_>, tenant: &Tenant, id: &NoticeId, of: &Asking, entry: &AuditEntry) -> Result<Option<NoticeRecord>, StoreError> {
    if find(tx, tenant, &of.user, id)?.is_none_or(|found| found.by.is_none()) {
        return Ok(None);
    }
    notice::end(tx, tenant, id, entry.at)?;
    audit::add(tx, entry)?;
    find(tx, tenant, &of.user, id)
}
