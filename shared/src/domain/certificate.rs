//! Client certificates of the office's terminals (N170–N174, X43, P-CERT): how long they live, when to say what, and how one stands.

use serde::{Deserialize, Serialize};

use super::calendar::{CivilDate, UnixMs};

/// P-CERT as it counts from a day on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// First day in Japan: year, month, day.
    pub from: (u16, u8, u8),
    /// Life of a certificate, months: it ends with the day of that number, or with the last one of a shorter month.
    pub life_months: u16,
    /// It can be renewed from so many days before its last day on.
    pub renew_days: i64,
    /// Reminders so many days before its last day, the longest first.
    pub warn_days: [i64; 4],
    /// From so many days before on, one each day.
    pub daily_days: i64,
    /// Yen for a certificate of this server's own CA.
    pub own_cost: u32,
    /// Yen for one of the official system (N172), for institutions that bring their own.
    pub official_cost: u32,
}

/// Every version, the oldest first.
pub const TERMS: &[Terms] = &[Terms {
    from: (2024, 1, 1),
    life_months: 39,
    renew_days: 90,
    warn_days: [90, 60, 30, 15],
    daily_days: 7,
    own_cost: 0,
    official_cost: 1500,
}];

/// The terms of a day; of one before the first version, that one.
#[must_use]
pub fn terms_on(day: CivilDate) -> &'static Terms {
    const { assert!(!TERMS.is_empty(), "there is a version") };
    let at = TERMS.iter().rposition(|terms| terms.from <= (day.year(), day.month(), day.day())).unwrap_or(0);
    #[expect(clippy::indexing_slicing, reason = "a place in the table, or the first of one that is not empty")]
    &TERMS[at]
}

/// The last day of a certificate that begins on a day.
#[must_use]
pub fn last_day(begins: CivilDate) -> CivilDate {
    let end = begins.end_of_month_after(terms_on(begins).life_months);
    CivilDate::new(end.year(), end.month(), begins.day()).unwrap_or(end)
}

/// Days from one day to another; negative when it is before.
#[must_use]
pub fn days_between(from: CivilDate, to: CivilDate) -> i64 {
    const DAY_MS: i64 = 24 * 60 * 60_000;
    (to.at_jst(0, 0).0 - from.at_jst(0, 0).0) / DAY_MS
}

/// What is to be said about the end of a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    /// Days until its last day, 0 on that day; negative after it.
    pub days_left: i64,
    /// Which reminder this is: 90, 60, 30, 15, then each of the last days by its own number; negative after the end, each day anew. A
    /// notice that was read comes back with the next number.
    pub step: i64,
    /// One of the last days, or after them: to be said on every page.
    pub is_urgent: bool,
}

/// The reminder that stands on a day (P-CERT): the last one whose day has come; `None` before the first.
#[must_use]
pub fn due(ends_on: CivilDate, today: CivilDate) -> Option<Due> {
    let (terms, days_left) = (terms_on(today), days_between(today, ends_on));
    let is_urgent = days_left <= terms.daily_days;
    let step = if is_urgent { Some(days_left) } else { terms.warn_days.into_iter().rev().find(|step| days_left <= *step) };
    step.map(|step| Due { days_left, step, is_urgent })
}

/// True from the day on from which a certificate can be renewed.
#[must_use]
pub fn can_be_renewed(ends_on: CivilDate, today: CivilDate) -> bool {
    days_between(today, ends_on) <= terms_on(today).renew_days
}

/// How a certificate stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CertificateState {
    /// 有効.
    Valid,
    /// 期限が近い: it can be renewed.
    NearEnd,
    /// 期限切: its last day is over.
    Expired,
    /// 失効: it was ended.
    Revoked,
}

impl CertificateState {
    /// The state of a certificate with this last day.
    #[must_use]
    pub fn of(ends_on: CivilDate, is_revoked: bool, now: UnixMs) -> Self {
        let today = now.jst_date();
        match (is_revoked, ends_on < today) {
            (true, _) => Self::Revoked,
            (false, true) => Self::Expired,
            (false, false) if can_be_renewed(ends_on, today) => Self::NearEnd,
            (false, false) => Self::Valid,
        }
    }

    /// As the list says it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Valid => "有効",
            Self::NearEnd => "期限が近い",
            Self::Expired => "期限切",
            Self::Revoked => "失効",
        }
    }

    /// True while it opens the office.
    #[must_use]
    pub const fn is_good(self) -> bool {
        matches!(self, Self::Valid | Self::NearEnd)
    }
}

/// Whether an institution's office asks for a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CertificateMode {
    /// 使わない: none is looked at.
    Off,
    /// 使う(なくても入れる): one is looked at where there is one; a revoked one and another institution's keep out.
    Wanted,
    /// 必須: nobody is in without a good one.
    Required,
}

impl CertificateMode {
    /// Every mode, in the order of the choice.
    pub const ALL: [Self; 3] = [Self::Off, Self::Wanted, Self::Required];

    /// As the screen says it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Off => "使わない",
            Self::Wanted => "使う(証明書がなくても入れる)",
            Self::Required => "必須にする(証明書がないと入れない)",
        }
    }

    /// The word of values, settings and commands.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Wanted => "wanted",
            Self::Required => "required",
        }
    }

    /// Reads [`Self::word`].
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.word() == word)
    }
}

/// Why a certificate does not open the office (X43).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CertificateTrouble {
    /// The browser showed none.
    Missing,
    /// One that nobody here issued or registered.
    Unknown,
    /// Another institution's.
    OtherInstitution,
    /// Its first day has not come.
    NotYet,
    /// Its last day is over.
    Expired,
    /// It was ended.
    Revoked,
}

/// What is known of a certificate that a browser showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// None.
    Nothing,
    /// One that is not in the list.
    Unknown,
    /// One of the list.
    Known {
        /// Of the institution that is asked for.
        is_own: bool,
        /// Its first instant.
        starts_at: UnixMs,
        /// Its last day.
        ends_on: CivilDate,
        /// It was ended.
        is_revoked: bool,
    },
}

/// Whether what was shown opens the office of an institution at an instant.
///
/// # Errors
/// Why it does not.
pub fn judge(mode: CertificateMode, shown: Shown, now: UnixMs) -> Result<(), CertificateTrouble> {
    use CertificateTrouble as Trouble;
    let trouble = match shown {
        Shown::Nothing => Trouble::Missing,
        Shown::Unknown => Trouble::Unknown,
        Shown::Known { is_own: false, .. } => Trouble::OtherInstitution,
        Shown::Known { is_revoked: true, .. } => Trouble::Revoked,
        Shown::Known { starts_at, .. } if now < starts_at => Trouble::NotYet,
        Shown::Known { ends_on, .. } if ends_on < now.jst_date() => Trouble::Expired,
        Shown::Known { .. } => return Ok(()),
    };
    let keeps_out = match mode {
        CertificateMode::Off => false,
        CertificateMode::Wanted => matches!(trouble, Trouble::OtherInstitution | Trouble::Revoked),
        CertificateMode::Required => true,
    };
    if keeps_out { Err(trouble) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> CivilDate {
        CivilDate::try_from(text).unwrap()
    }

    #[test]
    fn a_certificate_lives_three_years_and_three_months() {
        for (begins, ends) in [
            ("2026-11-30", "2030-02-28"),
            ("2024-11-29", "2028-02-29"),
            ("2026-12-01", "2030-03-01"),
            ("2026-01-31", "2029-04-30"),
            ("2026-09-15", "2029-12-15"),
        ] {
            assert_eq!(last_day(day(begins)), day(ends), "{begins}");
        }
    }

    #[test]
    fn p_cert_reminds_at_90_60_30_15_then_daily_and_after_the_end() {
        let ends = day("2027-03-31");
        for (left, step, is_urgent) in [
            (91, None, false),
            (90, Some(90), false),
            (61, Some(90), false),
            (60, Some(60), false),
            (31, Some(60), false),
            (30, Some(30), false),
            (16, Some(30), false),
            (15, Some(15), false),
            (8, Some(15), false),
            (7, Some(7), true),
            (6, Some(6), true),
            (1, Some(1), true),
            (0, Some(0), true),
            (-1, Some(-1), true),
            (-40, Some(-40), true),
        ] {
            let today = ends.plus_days(-left);
            let wanted = step.map(|step| Due { days_left: left, step, is_urgent });
            assert_eq!(due(ends, today), wanted, "{left} days before");
            assert_eq!(can_be_renewed(ends, today), left <= 90, "{left}");
        }
    }

    #[test]
    fn a_state_follows_the_day_and_the_end() {
        let (ends, noon) = (day("2027-03-31"), |date: &str| day(date).at_jst(12, 0));
        for (now, state) in [
            ("2026-12-30", CertificateState::Valid),
            ("2026-12-31", CertificateState::NearEnd),
            ("2027-03-31", CertificateState::NearEnd),
            ("2027-04-01", CertificateState::Expired),
        ] {
            assert_eq!(CertificateState::of(ends, false, noon(now)), state, "{now}");
            assert_eq!(CertificateState::of(ends, true, noon(now)), CertificateState::Revoked);
        }
        assert_eq!(CertificateState::of(ends, false, ends.at_jst(23, 59)), CertificateState::NearEnd, "the whole last day in Japan");
    }

    #[test]
    fn x43_who_is_kept_out_by_which_mode() {
        use CertificateTrouble::{Expired, Missing, NotYet, OtherInstitution, Revoked, Unknown};
        let (starts_at, now) = (day("2026-11-30").at_jst(9, 0), day("2026-12-01").at_jst(9, 0));
        let known = |is_own, starts_at, ends: &str, is_revoked| Shown::Known { is_own, starts_at, ends_on: day(ends), is_revoked };
        for (shown, wanted, required) in [
            (Shown::Nothing, Ok(()), Err(Missing)),
            (Shown::Unknown, Ok(()), Err(Unknown)),
            (known(true, starts_at, "2030-02-28", false), Ok(()), Ok(())),
            (known(true, starts_at, "2026-12-01", false), Ok(()), Ok(())),
            (known(true, starts_at, "2026-11-30", false), Ok(()), Err(Expired)),
            (known(true, now.plus_ms(1), "2030-02-28", false), Ok(()), Err(NotYet)),
            (known(true, starts_at, "2030-02-28", true), Err(Revoked), Err(Revoked)),
            (known(false, starts_at, "2030-02-28", false), Err(OtherInstitution), Err(OtherInstitution)),
            (known(false, starts_at, "2030-02-28", true), Err(OtherInstitution), Err(OtherInstitution)),
        ] {
            assert_eq!(judge(CertificateMode::Off, shown, now), Ok(()), "{shown:?}");
            assert_eq!(judge(CertificateMode::Wanted, shown, now), wanted, "{shown:?}");
            assert_eq!(judge(CertificateMode::Required, shown, now), required, "{shown:?}");
        }
    }

    #[test]
    fn the_terms_of_a_day_are_the_last_that_began() {
        assert_eq!(terms_on(day("1999-01-01")), &TERMS[0]);
        for (place, terms) in TERMS.iter().enumerate() {
            let (year, month, from) = terms.from;
            assert_eq!(terms_on(CivilDate::new(year, month, from).unwrap()), terms);
            assert!(TERMS[..place].iter().all(|former| former.from < terms.from));
        }
    }
}
