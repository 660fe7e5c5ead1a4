//! A whole PostgreSQL database table by table, and back into an empty one.

use std::collections::BTreeMap;
use std::io::Write as _;

use postgres::{Client, IsolationLevel, Transaction};
use refinery::Target;

use super::{Way, migrations};
use crate::store::StoreError;
use crate::store::copied::{Ask, Facts, Goal, Rows, Tables, facts, quoted};

/// Tables of a trial, beside the server's own.
const TRIAL: &str = "uketsuke_trial";

fn io(why: std::io::Error) -> StoreError {
    match why.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => StoreError::Full,
        _ => StoreError::Database(Box::new(why)),
    }
}

fn client(url: &str, ca: Option<&str>) -> Result<Client, StoreError> {
    Ok(Way::new(url, ca)?.open()?)
}

fn one_moment(client: &mut Client) -> Result<Transaction<'_>, StoreError> {
    Ok(client.build_transaction().isolation_level(IsolationLevel::RepeatableRead).read_only(true).start()?)
}

pub(in crate::store) fn known_migrations() -> Vec<i64> {
    migrations::migrations::runner().get_migrations().iter().map(|one| one.version().into()).collect()
}

pub(in crate::store) fn reading<T>(
    url: &str,
    ca: Option<&str>,
    ask: impl FnOnce(&mut dyn Ask) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    ask(&mut one_moment(&mut client(url, ca)?)?)
}

pub(in crate::store) fn dump(url: &str, ca: Option<&str>, to: &mut dyn Tables) -> Result<(), StoreError> {
    let mut client = client(url, ca)?;
    let mut moment = one_moment(&mut client)?;
    to.facts(&facts(&mut moment)?).map_err(io)?;
    for table in moment.tables()? {
        let columns = columns(&mut moment, &table)?;
        let mut rows = moment.copy_out(&format!("COPY {} ({}) TO STDOUT", quoted(&table), list(&columns)))?;
        to.table(&table, &columns, &mut rows).map_err(io)?;
    }
    Ok(())
}

fn list(columns: &[String]) -> String {
    columns.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ")
}

/// Columns that hold what was written; not those that the database works out.
fn columns(ask: &mut dyn Ask, table: &str) -> Result<Vec<String>, StoreError> {
    let name = table.replace('\'', "''");
    ask.texts(&format!(
        "SELECT a.attname::text FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
         WHERE c.relname = '{name}' AND c.relnamespace = current_schema()::regnamespace AND a.attnum > 0 AND NOT a.attisdropped
           AND a.attgenerated = '' ORDER BY a.attnum"
    ))
}

pub(in crate::store) fn load(
    url: &str,
    ca: Option<&str>,
    goal: Goal,
    migrations: &[i64],
    from: &mut dyn Rows,
) -> Result<Facts, StoreError> {
    let mut client = client(url, ca)?;
    match goal {
        Goal::Trial => {
            client.batch_execute(&format!("DROP SCHEMA IF EXISTS {TRIAL} CASCADE; CREATE SCHEMA {TRIAL}; SET search_path TO {TRIAL}"))?;
            let loaded = fill(&mut client, migrations, from);
            client.batch_execute(&format!("DROP SCHEMA IF EXISTS {TRIAL} CASCADE"))?;
            loaded
        }
        Goal::Empty => {
            let tables = client.query_one("SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()", &[])?;
            if tables.try_get::<_, i64>(0)? > 0 {
                return Err(StoreError::Address("the database is not empty: make a new one with createdb --encoding UTF8", None));
            }
            fill(&mut client, migrations, from)
        }
    }
}

fn fill(client: &mut Client, wanted: &[i64], from: &mut dyn Rows) -> Result<Facts, StoreError> {
    let newest = wanted.last().and_then(|version| (*version).try_into().ok()).ok_or(StoreError::Damaged("a copy without tables"))?;
    // The tables as they were when the copy was made; the next start brings them up to date.
    let made = migrations::migrations::runner().set_grouped(true).set_target(Target::Version(newest)).run(client);
    made.map_err(|why| StoreError::Database(Box::new(why)))?;
    // All rows or none.
    let mut transaction = client.transaction()?;
    // What the texts of the migrations put in is in the copy as well. The log refuses to be emptied; nothing is in it.
    for table in transaction.tables()?.iter().rev().filter(|name| !name.starts_with("audit")) {
        transaction.execute(&format!("DELETE FROM {}", quoted(table)), &[])?;
    }
    while let Some((table, columns)) = from.next().map_err(io)? {
        let mut rows = transaction.copy_in(&format!("COPY {} ({}) FROM STDIN", quoted(&table), list(&columns)))?;
        from.rows(&mut rows).map_err(io)?;
        rows.flush().map_err(io)?;
        rows.finish()?;
    }
    // Numbers go on behind those that came in.
    for (table, column) in numbered(&mut transaction)? {
        let (table, field) = (quoted(&table), quoted(&column));
        let next = format!("SELECT setval(pg_get_serial_sequence($1, $2), (SELECT coalesce(max({field}), 0) + 1 FROM {table}), false)");
        transaction.query_one(&next, &[&table, &column])?;
    }
    let found = facts(&mut transaction)?;
    transaction.commit()?;
    Ok(found)
}

/// Columns that the database numbers by itself.
fn numbered(transaction: &mut Transaction<'_>) -> Result<Vec<(String, String)>, StoreError> {
    let rows = transaction.query(
        "SELECT c.relname::text, a.attname::text FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
         WHERE c.relnamespace = current_schema()::regnamespace AND a.attidentity <> '' AND NOT a.attisdropped",
        &[],
    )?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

impl Ask for Transaction<'_> {
    fn number(&mut self, sql: &str) -> Result<i64, StoreError> {
        Ok(self.query_one(sql, &[])?.try_get(0)?)
    }

    fn numbers(&mut self, sql: &str) -> Result<Vec<i64>, StoreError> {
        self.query(sql, &[])?.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }

    fn texts(&mut self, sql: &str) -> Result<Vec<String>, StoreError> {
        self.query(sql, &[])?.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }

    fn tables(&mut self) -> Result<Vec<String>, StoreError> {
        let all = self.texts("SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1")?;
        let pairs = self.query(
            "SELECT r.relname::text, t.relname::text FROM pg_constraint c JOIN pg_class r ON r.oid = c.conrelid
             JOIN pg_class t ON t.oid = c.confrelid
             WHERE c.contype = 'f' AND r.relnamespace = current_schema()::regnamespace AND c.conrelid <> c.confrelid",
            &[],
        )?;
        let mut needs: BTreeMap<String, Vec<String>> = all.into_iter().map(|name| (name, Vec::new())).collect();
        for row in &pairs {
            if let Some(list) = needs.get_mut(&row.try_get::<_, String>(0)?) {
                list.push(row.try_get(1)?);
            }
        }
        let mut ordered: Vec<String> = Vec::new();
        while !needs.is_empty() {
            let is_ready = |list: &Vec<String>| list.iter().all(|name| ordered.contains(name));
            let ready: Vec<String> = needs.iter().filter(|(_, list)| is_ready(list)).map(|(name, _)| name.clone()).collect();
            if ready.is_empty() {
                return Err(StoreError::Damaged("tables that refer to each other in a circle"));
            }
            needs.retain(|name, _| !ready.contains(name));
            ordered.extend(ready);
        }
        Ok(ordered)
    }
}
