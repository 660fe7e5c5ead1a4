//! One PostgreSQL cluster for the run of these tests, and a database for each test.

use std::sync::LazyLock;

use server::store::db::Db;

use crate::cluster::Cluster;

static CLUSTER: LazyLock<Cluster> = LazyLock::new(|| Cluster::start(false).unwrap());

/// An empty database, and its URL.
pub(crate) fn fresh_url() -> String {
    CLUSTER.database().unwrap()
}

pub(crate) fn connect(url: &str) -> Db {
    Db::connect(url, None).unwrap()
}

/// Runs a statement on a database, past the server under test.
pub(crate) fn by_hand(url: &str, sql: &str) -> Result<(), postgres::Error> {
    blocking(|| postgres::Client::connect(url, postgres::NoTls).unwrap().batch_execute(sql))
}

/// The one text column of a query.
pub(crate) fn texts(url: &str, sql: &str) -> Vec<String> {
    blocking(|| {
        let rows = postgres::Client::connect(url, postgres::NoTls).unwrap().query(sql, &[]).unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    })
}

/// Ends every connection to a database but one's own.
pub(crate) fn cut_connections(url: &str) {
    by_hand(url, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
        .unwrap();
}

/// The client of this crate drives a runtime of its own, which a thread with another one refuses.
pub(crate) fn blocking<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| scope.spawn(work).join().unwrap())
}
