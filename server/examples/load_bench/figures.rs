//! Figures: percentiles, time of the processor, memory.

use std::collections::BTreeMap;
use std::time::Duration;

/// Ticks of the processor's clock per second, as Linux counts them for programs.
const TICKS: f64 = 100.0;

/// What became of the visits that were offered.
#[derive(Default)]
pub(crate) struct Outcome {
    /// From the instant at which each was due to its last answer.
    pub(crate) served: Vec<Duration>,
    /// 503 with `Retry-After`: how long each took from the instant at which it was due.
    pub(crate) refused: Vec<Duration>,
    /// The same two from the instant at which each was sent: what the server alone took. Empty where nothing was due at an instant.
    pub(crate) of_sent: OfSent,
    /// How long after it was due each was sent: the generator's own delay, and that of tablets that all still waited.
    pub(crate) late: Vec<Duration>,
    /// Everything else, by what it was.
    pub(crate) others: BTreeMap<String, usize>,
    /// From the first one due to the last answer.
    pub(crate) took: Duration,
    pub(crate) use_of: Vec<(&'static str, f64)>,
}

/// Times from the instant of sending.
#[derive(Default)]
pub(crate) struct OfSent {
    pub(crate) served: Vec<Duration>,
    pub(crate) refused: Vec<Duration>,
}

impl Outcome {
    /// Adds another's visits; times add up.
    pub(crate) fn add(&mut self, other: Self) {
        self.served.extend(other.served);
        self.refused.extend(other.refused);
        self.late.extend(other.late);
        self.of_sent.served.extend(other.of_sent.served);
        self.of_sent.refused.extend(other.of_sent.refused);
        for (what, number) in other.others {
            *self.others.entry(what).or_default() += number;
        }
        self.took += other.took;
        self.use_of = other.use_of;
    }

    pub(crate) fn other(&mut self, what: impl Into<String>) {
        *self.others.entry(what.into()).or_default() += 1;
    }

    #[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
    pub(crate) fn rate(&self) -> f64 {
        self.served.len() as f64 / self.took.as_secs_f64()
    }

    /// In milliseconds.
    pub(crate) fn percentile(&self, share: f64) -> f64 {
        percentile(&self.served, share)
    }

    #[expect(clippy::print_stdout, reason = "figures are what this program is for")]
    pub(crate) fn print(&self, name: &str) {
        let [p50, p99, max] = [0.5, 0.99, 1.0].map(|share| self.percentile(share));
        println!("{name}: {:.0} visits/s, p50 {p50:.1} ms, p99 {p99:.1} ms, max {max:.1} ms ({} visits)", self.rate(), self.served.len());
        let sent = &self.of_sent;
        if !sent.served.is_empty() {
            let [p50, p99, max] = [0.5, 0.99, 1.0].map(|share| percentile(&sent.served, share));
            println!("  from sending: p50 {p50:.1} ms, p99 {p99:.1} ms, max {max:.1} ms");
        }
        if !self.refused.is_empty() {
            println!("  refused with 503 and Retry-After: {}, p99 {:.1} ms", self.refused.len(), percentile(&self.refused, 0.99));
            let [p50, p99, max] = [0.5, 0.99, 1.0].map(|share| percentile(&sent.refused, share));
            println!("  refused, from sending: p50 {p50:.1} ms, p99 {p99:.1} ms, max {max:.1} ms");
        }
        if !self.late.is_empty() {
            println!("  sent late: p50 {:.1} ms, p99 {:.1} ms", percentile(&self.late, 0.5), percentile(&self.late, 0.99));
        }
        for (what, number) in &self.others {
            println!("  {what}: {number}");
        }
        if !self.use_of.is_empty() {
            let parts: Vec<String> = self.use_of.iter().map(|(who, cores)| format!("{who} {cores:.2}")).collect();
            println!("  cores in use: {}", parts.join(", "));
        }
    }
}

/// In milliseconds; the nearest rank.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts far below 2^52")]
pub(crate) fn percentile(times: &[Duration], share: f64) -> f64 {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    let rank = ((sorted.len() as f64 * share).ceil() as usize).max(1) - 1;
    sorted.get(rank).map_or(f64::NAN, |time| time.as_secs_f64() * 1000.0)
}

/// One figure for a program to read.
#[expect(clippy::print_stdout, reason = "figures are what this program is for")]
pub(crate) fn bar(name: &str, database: &str, value: f64, n: usize) {
    println!(r#"{{"bar":"{name}","database":"{database}","value":{value:.3},"n":{n}}}"#);
}

/// Seconds of a processor that a process and its threads took.
pub(crate) fn cpu_of(process: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // The name in brackets may hold spaces.
    let rest = stat.rsplit(')').next().unwrap_or_default();
    rest.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / TICKS
}

/// Seconds of a processor that the whole machine took.
pub(crate) fn cpu_of_all() -> f64 {
    let stat = std::fs::read_to_string("/proc/stat").unwrap_or_default();
    let mut ticks = stat.lines().next().unwrap_or_default().split_whitespace().skip(1).filter_map(|ticks| ticks.parse::<f64>().ok());
    let [user, nice, system] = [ticks.next(), ticks.next(), ticks.next()].map(Option::unwrap_or_default);
    // Idle and waiting are left out.
    (user + nice + system + ticks.skip(2).take(2).sum::<f64>()) / TICKS
}

/// Resident memory of a process, MiB.
pub(crate) fn memory_of(process: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|kib| kib.parse::<f64>().ok()).map_or(f64::NAN, |kib| kib / 1024.0)
}
