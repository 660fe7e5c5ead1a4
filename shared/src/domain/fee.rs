//! Fees as a dated table (P-FEE), and the notices that an institution puts up for them (OT-32). No amounts: they are the claims system's.
//!
//! The wording is ours and an offer: the institution reads it over, changes it, and keeps its own.

use serde::{Deserialize, Serialize};

use super::calendar::CivilDate;
use super::institution::InstitutionCode;

/// What kind of house an institution is, for what it may claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InstitutionKind {
    /// 医科.
    Medical,
    /// 歯科.
    Dental,
    /// 薬局.
    Pharmacy,
    /// 訪問看護ステーション.
    Station,
}

impl InstitutionKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Medical, Self::Dental, Self::Pharmacy, Self::Station];

    /// The kind that the third digit of a code says (点数表番号: 1, 3, 4, 6); `None` for another digit.
    #[must_use]
    pub fn of(code: &InstitutionCode) -> Option<Self> {
        match code.as_str().as_bytes().get(2)? {
            b'1' => Some(Self::Medical),
            b'3' => Some(Self::Dental),
            b'4' => Some(Self::Pharmacy),
            b'6' => Some(Self::Station),
            _ => None,
        }
    }

    /// In Japanese.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Medical => "医科",
            Self::Dental => "歯科",
            Self::Pharmacy => "薬局",
            Self::Station => "訪問看護ステーション",
        }
    }
}

/// Where a notice is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// On the wall of the house, on paper.
    Wall,
    /// On the house's web site.
    Web,
}

impl Place {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Wall, Self::Web];

    /// As it is kept.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Wall => "wall",
            Self::Web => "web",
        }
    }

    /// In Japanese.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Wall => "院内・事業所内の掲示",
            Self::Web => "ウェブサイトの掲載文",
        }
    }
}

/// Whether a fee asks for a notice, as far as it is known here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duty {
    /// A notice must be up, on the web site too.
    WallAndWeb,
    /// A notice must be up; for the web site the house asks.
    Wall,
    /// Not known here: the house asks where it hands in its notification.
    NotKnown,
}

/// One row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fee {
    /// Tells it from the others, for good.
    pub id: &'static str,
    /// Its official name.
    pub name: &'static str,
    /// Who may have it.
    pub kinds: &'static [InstitutionKind],
    /// First month; `None`: before this table begins.
    pub from: Option<(u16, u8)>,
    /// Last month, included; `None`: goes on.
    pub until: Option<(u16, u8)>,
    /// Whether a notice is asked for.
    pub duty: Duty,
    /// What the house does, offered as the middle of the notice.
    does: &'static str,
}

use InstitutionKind::{Dental, Medical, Pharmacy, Station};

/// The table, in the order in which the screen offers it. Source: P-FEE; what is not known there is not known here.
pub const FEES: [Fee; 7] = [
    Fee {
        id: "home-dx",
        name: "在宅医療DX情報活用加算",
        kinds: &[Medical, Dental],
        from: Some((2025, 4)),
        until: None,
        duty: Duty::Wall,
        does: "訪問診療のとき、患者様の同意を得て、オンライン資格確認等システムから薬剤や診療などの情報を取り寄せ、診療に役立てています。",
    },
    Fee {
        id: "nurse-dx",
        name: "訪問看護医療DX情報活用加算",
        kinds: &[Station],
        from: Some((2024, 6)),
        until: None,
        duty: Duty::Wall,
        does: "訪問看護のとき、利用者様の同意を得て、オンライン資格確認等システムから薬剤や診療などの情報を取り寄せ、訪問看護の計画と実施に役立てています。",
    },
    Fee {
        id: "nurse-link",
        name: "訪問看護医療情報連携加算",
        kinds: &[Station],
        from: Some((2026, 6)),
        until: None,
        duty: Duty::WallAndWeb,
        does: "利用者様の同意を得て、ほかの医療機関や事業所とICTで記録を共有し、訪問看護の計画と実施に役立てています。",
    },
    Fee {
        id: "record-link",
        name: "電子的診療情報連携体制整備加算",
        kinds: &[Medical, Dental],
        from: Some((2026, 6)),
        until: None,
        duty: Duty::NotKnown,
        does: "オンライン資格確認で患者様の保険の資格を確かめ、同意を得た薬剤や診療などの情報を診療に役立てるための体制を整えています。",
    },
    Fee {
        id: "dispensing-link",
        name: "電子的調剤情報連携体制整備加算",
        kinds: &[Pharmacy],
        from: Some((2026, 6)),
        until: None,
        duty: Duty::NotKnown,
        does: "電子処方箋の仕組みなどを使い、飲み合わせや重複を確かめて調剤するための体制を整えています。",
    },
    Fee {
        id: "dx-system",
        name: "医療DX推進体制整備加算",
        kinds: &[Medical, Dental, Pharmacy],
        from: None,
        until: Some((2026, 5)),
        duty: Duty::Wall,
        does: "オンライン資格確認で得た情報を診療や調剤に役立て、マイナ保険証の利用をお願いしています。",
    },
    Fee {
        id: "information",
        name: "医療情報取得加算",
        kinds: &[Medical, Dental, Pharmacy],
        from: None,
        until: Some((2026, 5)),
        duty: Duty::Wall,
        does: "オンライン資格確認で得た薬剤や診療などの情報を、診療や調剤に役立てています。",
    },
];

impl Fee {
    /// The row of this id.
    #[must_use]
    pub fn of(id: &str) -> Option<&'static Self> {
        FEES.iter().find(|fee| fee.id == id)
    }

    /// True where the row counts on a day.
    #[must_use]
    pub fn is_valid_on(&self, day: CivilDate) -> bool {
        let month = (day.year(), day.month());
        self.from.is_none_or(|from| from <= month) && self.until.is_none_or(|until| month <= until)
    }

    /// The rows that an institution of this kind may claim on a day.
    pub fn valid(kind: InstitutionKind, day: CivilDate) -> impl Iterator<Item = &'static Self> {
        FEES.iter().filter(move |fee| fee.kinds.contains(&kind) && fee.is_valid_on(day))
    }

    /// The offered notice.
    #[must_use]
    pub fn offered(&self, place: Place, kind: InstitutionKind, institution: &str, contact: &str) -> String {
        let person = if kind == Station { "利用者様" } else { "患者様" };
        let house = match kind {
            Medical | Dental => "当院",
            Pharmacy => "当薬局",
            Station => "当事業所",
        };
        let ask = match (contact, place) {
            ("", Place::Wall) => "くわしくは、職員におたずねください。".to_owned(),
            ("", Place::Web) => format!("くわしくは、{house}におたずねください。"),
            (contact, _) => format!("お問い合わせ: {contact}"),
        };
        let Self { name, does, .. } = self;
        format!(
            "{house}では、「{name}」の届出をしています。\n\n{does}\n\n情報の取得に同意するかどうかは、{person}がお決めになれます。\
             同意されない場合も、診療などを受けられなくなることはありません。得た情報は、法令に従って扱います。\n\n{ask}\n\n{institution}"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> CivilDate {
        text.try_into().unwrap()
    }

    fn names(kind: InstitutionKind, on: &str) -> Vec<&'static str> {
        Fee::valid(kind, day(on)).map(|fee| fee.id).collect()
    }

    #[test]
    fn only_what_counts_on_the_day_is_offered() {
        assert_eq!(names(Station, "2024-05-31"), [""; 0]);
        assert_eq!(names(Station, "2024-06-01"), ["nurse-dx"]);
        assert_eq!(names(Station, "2026-05-31"), ["nurse-dx"]);
        assert_eq!(names(Station, "2026-06-01"), ["nurse-dx", "nurse-link"]);
        assert_eq!(names(Medical, "2026-05-31"), ["home-dx", "dx-system", "information"]);
        assert_eq!(names(Medical, "2026-06-01"), ["home-dx", "record-link"]);
        assert_eq!(names(Pharmacy, "2026-05-31"), ["dx-system", "information"]);
        assert_eq!(names(Pharmacy, "2026-11-30"), ["dispensing-link"]);
    }

    #[test]
    fn the_third_digit_says_the_kind() {
        for (code, kind) in
            [("9919900002", Some(Medical)), ("9939900008", Some(Dental)), ("9949900006", Some(Pharmacy)), ("9969900001", Some(Station))]
        {
            assert_eq!(InstitutionKind::of(&InstitutionCode::try_from(code).unwrap()), kind, "{code}");
        }
        assert_eq!(InstitutionKind::of(&InstitutionCode::try_from("9999900000").unwrap()), None);
    }

    #[test]
    fn an_offered_notice_names_house_fee_and_whom_to_ask_and_no_amount() {
        for fee in FEES {
            assert_eq!(Fee::of(fee.id), Some(&fee));
            for kind in fee.kinds {
                for place in Place::ALL {
                    let text = fee.offered(place, *kind, "ひなた", "電話 099-000-0000");
                    for part in [fee.name, "ひなた", "電話 099-000-0000"] {
                        assert!(text.contains(part), "{text}");
                    }
                    assert!(!text.contains('点') && !text.contains('円'), "{text}");
                    assert!(super::super::prose::Prose::try_from(text.as_str()).is_ok());
                }
            }
        }
    }
}
