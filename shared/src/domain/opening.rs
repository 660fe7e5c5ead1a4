//! OT-17 災害・障害時: openings, on what ground, and the dated policy P-OPEN. X12: how a person is taken in without a usable card.

use serde::{Deserialize, Serialize};

use super::calendar::{CivilDate, UnixMs};
use super::note::Note;
use super::person::Sex;

/// Makes the words of an enum without values: the stored one and the label.
macro_rules! worded {
    ($(#[$doc:meta])* $Type:ident { $($(#[$of:meta])* $name:ident $word:literal $label:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum $Type {
            $($(#[$of])* #[serde(rename = $word)] $name,)+
        }

        impl $Type {
            /// Every value, for tables and tests.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// The word that is stored: never renamed, only added to.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)+
                }
            }

            /// Reads [`Self::word`].
            #[must_use]
            pub fn of_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.word() == word)
            }

            /// The Japanese name shown to people.
            #[must_use]
            pub const fn label(self) -> &'static str {
                match self {
                    $(Self::$name => $label,)+
                }
            }
        }
    };
}

worded! {
    /// What is opened.
    OpeningKind {
        /// 災害時医療情報閲覧.
        Disaster "disaster" "災害時医療情報閲覧";
        /// 資格情報照会(システム障害時): eligibility alone.
        Outage "outage" "資格情報照会(システム障害時)";
    }
}

worded! {
    /// What an admin may do with an opening (P-OPEN, Q12).
    DisasterAdmin {
        /// Open, close, report; the viewer searches and views.
        Open "open" "開始と報告";
        /// The same, and search and view.
        OpenAndView "open_and_view" "開始、報告、照会、閲覧";
        /// Nothing.
        None "none" "何もできない";
    }
}

worded! {
    /// Ground on which a person's data are seen in a disaster (OT-17d), said each time.
    GroundWord {
        /// 口頭で同意.
        Oral "oral" "口頭で同意";
        /// 意思を確認できない; with a reason.
        Unable "unable" "意思を確認できない";
    }
}

worded! {
    /// How somebody is taken in whose card cannot be used (X12, X34). Each leaves a 仮確認 with its later check.
    CardlessRoute {
        /// Card and 資格情報のお知らせ.
        Notice "notice" "カードと資格情報のお知らせ";
        /// Card and the portal's screen (PDF).
        PortalScreen "portal_screen" "カードとマイナポータルの画面";
        /// 被保険者資格申立書, at a first visit.
        Declaration "declaration" "被保険者資格申立書";
        /// What is known here from before.
        Past "past" "過去の資格情報";
        /// The register is away (X34), at reception or at the office.
        SystemDown "system_down" "全国のシステムの停止";
    }
}

/// A row of P-OPEN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpeningPolicy {
    /// First day on which it counts.
    pub from: (u16, u8, u8),
    /// Flag `disaster_admin`.
    pub disaster_admin: DisasterAdmin,
    /// An opening for a failure lasts so many hours at most.
    pub outage_hours: u16,
    /// In a disaster a ground of consent is said for each person.
    pub needs_ground: bool,
}

/// P-OPEN, the oldest row first.
pub const POLICY: &[OpeningPolicy] =
    &[OpeningPolicy { from: (2024, 12, 2), disaster_admin: DisasterAdmin::Open, outage_hours: 24, needs_ground: true }];

/// The row of [`POLICY`] that counts on a day; before the first one the first.
#[must_use]
pub fn policy_on(day: CivilDate) -> OpeningPolicy {
    row_on(POLICY, day)
}

fn row_on(rows: &[OpeningPolicy], day: CivilDate) -> OpeningPolicy {
    let day = (day.year(), day.month(), day.day());
    let first = OpeningPolicy { from: (0, 1, 1), disaster_admin: DisasterAdmin::Open, outage_hours: 24, needs_ground: true };
    rows.iter().rev().find(|row| row.from <= day).or(rows.first()).copied().unwrap_or(first)
}

/// On what ground something is opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum OpeningGround {
    /// Disaster: the notice that announced it.
    Notice {
        /// Its number.
        number: Note<100>,
    },
    /// Failure: the call to the centre, which called back the number on file.
    Call {
        /// When it was called.
        at: UnixMs,
        /// Who was spoken to.
        whom: Note<100>,
        /// When it called back.
        called_back_at: UnixMs,
        /// Number of the case.
        case_number: Note<100>,
    },
}

/// An opening as it is written down (OT-17a).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opening {
    /// What.
    pub kind: OpeningKind,
    /// Municipalities; empty: this institution.
    pub area: Note<200>,
    /// From.
    pub from: UnixMs,
    /// Until; not itself in it.
    pub to: UnixMs,
    /// Ground.
    pub ground: OpeningGround,
}

/// Why nothing is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpeningFault {
    /// The ground is not that of the kind, or is not whole.
    Ground,
    /// It called back before it was called, or in the future.
    CalledBack,
    /// It ends before it begins, or is over.
    Span,
    /// An opening for a failure begins after the call back.
    BeforeCall,
    /// An opening for a failure lasts so many hours at most.
    TooLong(u16),
}

impl Opening {
    /// Says what is wrong at an instant.
    ///
    /// # Errors
    /// [`OpeningFault`].
    pub fn check(&self, now: UnixMs) -> Result<(), OpeningFault> {
        match (&self.kind, &self.ground) {
            (OpeningKind::Disaster, OpeningGround::Notice { number }) if !number.is_empty() => {}
            (OpeningKind::Outage, OpeningGround::Call { at, whom, called_back_at, case_number }) => {
                if whom.is_empty() || case_number.is_empty() {
                    return Err(OpeningFault::Ground);
                }
                if called_back_at < at || *called_back_at > now {
                    return Err(OpeningFault::CalledBack);
                }
                if self.from < *called_back_at {
                    return Err(OpeningFault::BeforeCall);
                }
            }
            _ => return Err(OpeningFault::Ground),
        }
        if self.from >= self.to || self.to <= now {
            return Err(OpeningFault::Span);
        }
        let hours = policy_on(self.from.jst_date()).outage_hours;
        if self.kind == OpeningKind::Outage && self.to > self.from.plus_ms(i64::from(hours) * 3_600_000) {
            return Err(OpeningFault::TooLong(hours));
        }
        Ok(())
    }
}

/// The ground of one view (OT-17d).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsentGround {
    /// Which.
    pub word: GroundWord,
    /// Why the person cannot answer; empty for 口頭で同意.
    pub reason: Note<300>,
}

impl ConsentGround {
    /// True where nothing of it is missing.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.word == GroundWord::Oral || !self.reason.is_empty()
    }
}

/// A person as written down by hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TypedPerson {
    /// 氏名; may be empty where only kana are looked for.
    pub name: Note<100>,
    /// 氏名(カナ).
    pub kana: Note<100>,
    /// 生年月日.
    pub birth_date: CivilDate,
    /// 性別.
    pub sex: Sex,
    /// 住所, municipality or more.
    pub address: Note<200>,
}

/// Insurance data as typed from a paper or a screen.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TypedInsurance {
    /// 保険者番号.
    pub insurer_number: Note<20>,
    /// 記号.
    pub symbol: Note<40>,
    /// 番号.
    pub member_number: Note<40>,
    /// 枝番.
    pub branch_number: Note<10>,
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMs = UnixMs(1_795_000_000_000);
    const HOUR: i64 = 3_600_000;

    fn note<const MAX: usize>(text: &str) -> Note<MAX> {
        Note::try_from(text).unwrap()
    }

    fn outage(from: i64, to: i64) -> Opening {
        let ground = OpeningGround::Call {
            at: NOW.plus_ms(-HOUR),
            whom: note("窓口"),
            called_back_at: NOW.plus_ms(-60_000),
            case_number: note("1-2"),
        };
        Opening { kind: OpeningKind::Outage, area: note(""), from: NOW.plus_ms(from), to: NOW.plus_ms(to), ground }
    }

    fn disaster(from: i64, to: i64) -> Opening {
        let ground = OpeningGround::Notice { number: note("保発第1号") };
        Opening { kind: OpeningKind::Disaster, area: note("受付市"), from: NOW.plus_ms(from), to: NOW.plus_ms(to), ground }
    }

    #[test]
    fn p_open_an_opening_is_whole_in_time_and_as_long_as_its_kind_may_be() {
        assert_eq!(outage(0, 24 * HOUR).check(NOW), Ok(()));
        assert_eq!(outage(0, 24 * HOUR + 1).check(NOW), Err(OpeningFault::TooLong(24)));
        assert_eq!(outage(-HOUR, HOUR).check(NOW), Err(OpeningFault::BeforeCall));
        assert_eq!(disaster(-HOUR, 90 * 24 * HOUR).check(NOW), Ok(()), "as long as it was announced for");
        assert_eq!(disaster(-HOUR, 0).check(NOW), Err(OpeningFault::Span));
        assert_eq!(disaster(HOUR, HOUR).check(NOW), Err(OpeningFault::Span));
        let mixed = Opening { ground: disaster(0, HOUR).ground, ..outage(0, HOUR) };
        assert_eq!(mixed.check(NOW), Err(OpeningFault::Ground));
        let empty = Opening { ground: OpeningGround::Notice { number: note(" ") }, ..disaster(0, HOUR) };
        assert_eq!(empty.check(NOW), Err(OpeningFault::Ground));
        let OpeningGround::Call { at, whom, case_number, .. } = outage(0, HOUR).ground else { panic!() };
        for called_back_at in [at.plus_ms(-1), NOW.plus_ms(1)] {
            let ground = OpeningGround::Call { at, whom: whom.clone(), called_back_at, case_number: case_number.clone() };
            assert_eq!(Opening { ground, ..outage(HOUR, 2 * HOUR) }.check(NOW), Err(OpeningFault::CalledBack));
        }
    }

    #[test]
    fn p_open_counts_by_its_day() {
        let row = |from, outage_hours| OpeningPolicy { from, outage_hours, ..POLICY[0] };
        let rows = [row((2024, 12, 2), 24), row((2027, 4, 1), 12)];
        for (day, hours) in [("2020-01-01", 24), ("2026-11-30", 24), ("2027-03-31", 24), ("2027-04-01", 12)] {
            assert_eq!(row_on(&rows, CivilDate::try_from(day).unwrap()).outage_hours, hours, "{day}");
        }
        let today = policy_on(CivilDate::try_from("2026-11-30").unwrap());
        assert_eq!((today.disaster_admin, today.outage_hours, today.needs_ground), (DisasterAdmin::Open, 24, true));
    }

    #[test]
    fn who_cannot_answer_needs_a_reason() {
        let of = |word, reason: &str| ConsentGround { word, reason: note(reason) }.is_whole();
        assert!(of(GroundWord::Oral, "") && of(GroundWord::Unable, "意識がない") && !of(GroundWord::Unable, " "));
    }

    #[test]
    fn the_stored_words_read_back() {
        for kind in OpeningKind::ALL {
            assert_eq!((OpeningKind::of_word(kind.word()), serde_json::to_value(kind).unwrap()), (Some(*kind), kind.word().into()));
        }
        for route in CardlessRoute::ALL {
            assert_eq!(CardlessRoute::of_word(route.word()), Some(*route));
        }
        for word in GroundWord::ALL {
            assert_eq!(GroundWord::of_word(word.word()), Some(*word));
        }
    }
}
